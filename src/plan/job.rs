//! What a module runs once, in a container of its own: tasks and hooks; and modules that are themselves run once.
//!
//! A job has no desired state that an engine could show: once it has ended well, nothing is left to look at. So what ran is
//! remembered ([`Run`]), with a fingerprint of what it was run with, and a task runs again when that has changed. A hook is
//! tied to something that happens to its module, and runs whenever that happens.

use super::unit::{Check, Health, RestartPolicy, Start, Unit, Variable};
use crate::name::ModuleName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub kind: JobKind,
    pub name: String,
    /// `mtad.yaml:31`, for reports.
    #[serde(default)]
    pub declared: Option<String>,
    /// Program and arguments; it takes the place of the image's entry point and command.
    pub command: Vec<String>,
    /// Whether the command holds a secret, so that it must not be shown.
    #[serde(default)]
    pub secret_command: bool,
    /// What in it is secret, word by word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_words: Vec<String>,
    /// Bytes; `None`: as the module.
    #[serde(default)]
    pub memory: Option<u64>,
    /// What the job has beside the module's variables, or instead of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, Variable>,
    /// Seconds.
    pub timeout: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    Task,
    Hook,
}

impl JobKind {
    pub fn word(self) -> &'static str {
        match self {
            JobKind::Task => "task",
            JobKind::Hook => "hook",
        }
    }
}

impl Job {
    /// Leaves only what makes a job another one.
    pub fn forget_places(&mut self) {
        self.declared = None;
        for variable in self.environment.values_mut() {
            variable.forget_place();
        }
    }

    /// What the job's container is made from: all that the module's containers have, but it is no instance of the module.
    /// So it publishes nothing, and the engine does not start it again.
    pub fn unit(&self, module: &Unit) -> Unit {
        let mut unit = module.clone();
        unit.declared.clone_from(&self.declared);
        unit.entrypoint = Some(self.command.clone());
        unit.command = Some(Vec::new());
        unit.environment.extend(self.environment.clone());
        unit.secret_words.extend(self.secret_words.iter().cloned());
        unit.memory = self.memory.or(module.memory);
        unit.instances = 1;
        unit.start = Start::Yes;
        unit.restart = RestartPolicy::No;
        unit.health = Health { check: Check::Process, ..module.health.clone() };
        unit.port = None;
        unit.ports.clear();
        unit.readiness = None;
        unit.routes.clear();
        // A proxy that looks for labels of its own would take the job for an instance.
        unit.labels.clear();
        unit.provides.clear();
        unit.tasks.clear();
        unit.hooks.clear();
        unit.execution = None;
        unit
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hook {
    pub job: Job,
    pub phases: Vec<Phase>,
}

/// What happens to a module, and may have hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The module is about to be removed.
    BeforeUnmapRoutes,
    BeforeStop,
    AfterStop,
    BeforeStart,
}

impl Phase {
    pub const ALL: [Phase; 4] = [Phase::BeforeUnmapRoutes, Phase::BeforeStop, Phase::AfterStop, Phase::BeforeStart];

    /// As descriptors write it, behind `deploy.application.`.
    pub fn word(self) -> &'static str {
        match self {
            Phase::BeforeUnmapRoutes => "before-unmap-routes",
            Phase::BeforeStop => "before-stop",
            Phase::AfterStop => "after-stop",
            Phase::BeforeStart => "before-start",
        }
    }

    /// `before the module stops`.
    pub fn in_words(self) -> &'static str {
        match self {
            Phase::BeforeUnmapRoutes => "before the module is removed",
            Phase::BeforeStop => "before the module stops",
            Phase::AfterStop => "after the module has stopped",
            Phase::BeforeStart => "before the module starts",
        }
    }
}

/// A hook that a step of a plan runs.
#[derive(Clone, Debug, PartialEq)]
pub struct HookRun {
    pub phase: Phase,
    pub job: Job,
    /// The module as it is at that moment: what stops does so with the image and the variables that it was deployed with.
    pub unit: Arc<Unit>,
}

/// The hooks that stand at these phases, phase by phase, in the order of the descriptor. `hooks` says which, `as_it_is`
/// what the module is at that moment.
pub fn hooks_at(phases: &[Phase], hooks: &Unit, as_it_is: &Arc<Unit>) -> Vec<HookRun> {
    let at = |phase: &Phase| {
        let phase = *phase;
        let chosen = hooks.hooks.iter().filter(move |hook| hook.phases.contains(&phase));
        chosen.map(move |hook| HookRun { phase, job: hook.job.clone(), unit: Arc::clone(as_it_is) })
    };
    phases.iter().flat_map(at).collect()
}

/// `execute-app`: the module's process is to end by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// A line that says that it has succeeded, before the process ends.
    #[serde(default)]
    pub success: Option<Marker>,
    /// A line that says that it has failed.
    #[serde(default)]
    pub failure: Option<Marker>,
    /// `check-deploy-id`: markers count only in lines that hold the id of the operation, and it is run by every one.
    #[serde(default)]
    pub check_deploy_id: bool,
    /// `stop-app`: stop it once it has succeeded; else what still runs goes on.
    #[serde(default)]
    pub stop: bool,
    /// Seconds.
    pub timeout: u32,
}

/// The variable that tells an application the id of the operation, with `check-deploy-id`.
pub const DEPLOY_ID: &str = "DEPLOY_ID";

/// One of a container's two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// `STDOUT:regex` or `STDERR:regex`: a line of a log that means something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker {
    stream: Stream,
    pattern: regex_lite::Regex,
}

/// Why a text is no marker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMarker {
    #[error("it does not begin with `STDOUT:` or `STDERR:`")]
    Stream,
    #[error("its regular expression cannot be used: {0}")]
    Pattern(String),
}

impl Marker {
    pub fn parse(text: &str) -> Result<Marker, BadMarker> {
        let (stream, pattern) = match (text.strip_prefix("STDOUT:"), text.strip_prefix("STDERR:")) {
            (Some(pattern), _) => (Stream::Out, pattern),
            (None, Some(pattern)) => (Stream::Err, pattern),
            (None, None) => return Err(BadMarker::Stream),
        };
        match regex_lite::Regex::new(pattern) {
            Ok(pattern) => Ok(Marker { stream, pattern }),
            Err(error) => Err(BadMarker::Pattern(error.to_string())),
        }
    }

    /// Whether the marker is somewhere in this line.
    pub fn is_in(&self, stream: Stream, line: &str) -> bool {
        self.stream == stream && self.pattern.is_match(line)
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stream = match self.stream {
            Stream::Out => "STDOUT",
            Stream::Err => "STDERR",
        };
        write!(f, "{stream}:{}", self.pattern.as_str())
    }
}

impl PartialEq for Marker {
    fn eq(&self, other: &Marker) -> bool {
        self.stream == other.stream && self.pattern.as_str() == other.pattern.as_str()
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> String {
        marker.to_string()
    }
}

impl TryFrom<String> for Marker {
    type Error = BadMarker;

    fn try_from(text: String) -> Result<Marker, BadMarker> {
        Marker::parse(&text)
    }
}

/// Something that has run and ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub module: ModuleName,
    /// The task's name; `None` for a module that is itself run once.
    pub task: Option<String>,
    /// Of what it was run with.
    pub fingerprint: String,
    /// Id of the image that it ran; empty when the engine did not say.
    pub image_id: String,
    /// The revision of the deployment that ran it.
    pub revision: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_looked_for_anywhere_in_lines_of_its_stream() {
        let marker = Marker::parse("STDERR:^done [0-9]+").unwrap();
        assert!(marker.is_in(Stream::Err, "done 12 of 12"));
        assert!(!marker.is_in(Stream::Out, "done 12 of 12"));
        assert!(!marker.is_in(Stream::Err, "not done 12"));
        assert_eq!(Marker::try_from(String::from(marker.clone())), Ok(marker));
    }

    #[test]
    fn what_is_no_marker_says_why() {
        assert_eq!(Marker::parse("done").err(), Some(BadMarker::Stream));
        assert!(matches!(Marker::parse("STDOUT:(done"), Err(BadMarker::Pattern(_))));
        // Java knows this, and the engine of regular expressions here does not: better refused than misunderstood.
        assert!(matches!(Marker::parse("STDOUT:done(?!ly)"), Err(BadMarker::Pattern(_))));
    }
}
