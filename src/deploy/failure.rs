//! Why a step failed, with everything that a person needs to find the cause without another command.

use crate::engine::{EngineError, Family, ImageProblem, Look};
use crate::name::ModuleName;
use crate::plan::job::JobKind;
use crate::plan::observed::{Container, ContainerState};
use crate::plan::unit::{Check, Unit};
use crate::store::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// A step that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `module web`, `image shop/web:2`.
    pub subject: String,
    /// `mtad.yaml:14`, where the module stands that this was for.
    pub declared: Option<String>,
    pub problem: Problem,
    pub after: Aftermath,
}

/// What a failed step left behind.
#[derive(Clone, Debug, PartialEq)]
pub enum Aftermath {
    /// All is as it was before the step.
    Restored,
    /// In words, one line each.
    Remains(Vec<String>),
}

#[derive(Clone, Debug)]
pub enum Problem {
    Instance(Box<InstanceReport>),
    Engine(Arc<EngineError>),
    Store(Arc<StoreError>),
    /// The world is not as it was when the plan was made.
    Moved(String),
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Problem {
        Problem::Engine(error.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::Store(error.into())
    }
}

impl Problem {
    /// Whether it may be gone in a moment, with nobody changing what is deployed.
    pub fn may_pass(&self) -> bool {
        match self {
            Problem::Instance(_) => false,
            Problem::Store(_) | Problem::Moved(_) => true,
            Problem::Engine(error) => match &**error {
                EngineError::Unreachable { .. } | EngineError::Refused { .. } => true,
                EngineError::BadEndpoint { .. } | EngineError::PortTaken { .. } => false,
                EngineError::Image { problem, .. } => match problem {
                    ImageProblem::Host { .. } | ImageProblem::Tls { .. } | ImageProblem::Other { .. } => true,
                    ImageProblem::Credentials { .. }
                    | ImageProblem::Expired { .. }
                    | ImageProblem::Scope { .. }
                    | ImageProblem::Repository { .. }
                    | ImageProblem::Tag { .. }
                    | ImageProblem::Missing { .. }
                    | ImageProblem::Reference { .. } => false,
                },
            },
        }
    }

    /// What kind of mistake it is, if it is one of image, credentials or process.
    pub fn family(&self) -> Option<Family> {
        match self {
            Problem::Engine(error) => error.family(),
            Problem::Instance(report) => report.family(),
            Problem::Store(_) | Problem::Moved(_) => None,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::Instance(report) => f.write_str(&report.sentence()),
            Problem::Engine(error) => error.fmt(f),
            Problem::Store(error) => error.fmt(f),
            Problem::Moved(what) => f.write_str(what),
        }
    }
}

/// An instance that did not come up, or a container that was to run to an end and did not do so well.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceReport {
    pub module: ModuleName,
    /// When it was no instance, but a task or a hook of the module: its name.
    pub job: Option<(JobKind, String)>,
    /// Whether it was to run to an end: a job, or a module that is run once.
    pub runs_once: bool,
    pub instance: u32,
    /// Where the descriptor declares the module, or the task: `mtad.yaml:14`.
    pub declared: Option<String>,
    pub image: String,
    pub verdict: Verdict,
    /// From start to verdict.
    pub lived: Duration,
    pub restarts: u32,
    /// Equal answers in a row are one line with a count; the latest last.
    pub probes: Vec<Probes>,
    /// The end of the log, secrets masked.
    pub last_lines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Ended {
        code: Option<i64>,
        out_of_memory: bool,
    },
    /// Someone removed the container while it was awaited.
    Vanished,
    TimedOut {
        check: Check,
        limit: Limit,
    },
    /// It was to run to an end, and wrote a line that matches its `failure-marker`.
    SaidFailure {
        line: String,
    },
    /// It ended well, and wrote no line that matches its `success-marker`; with `check-deploy-id`, one with this id.
    Silent {
        marker: String,
        deploy_id: Option<String>,
    },
    /// It was to run to an end, and was stopped at this limit.
    RanTooLong {
        limit: Duration,
    },
    /// It was to run to an end, and was stopped because someone interrupted the operation.
    Interrupted,
}

/// The arithmetic of giving up.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub total: Duration,
    pub interval: Duration,
    pub invocation: Duration,
    /// Whether `--start-timeout` set the total.
    pub from_option: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Probes {
    pub count: u32,
    pub answer: String,
}

impl InstanceReport {
    /// The name of the signal that ended the process, if one did: engines report 128 + its number.
    pub fn signal(&self) -> Option<&'static str> {
        match &self.verdict {
            Verdict::Ended { code: Some(code), .. } => signal_name(code - 128),
            _ => None,
        }
    }

    pub fn probe_count(&self) -> u32 {
        self.probes.iter().map(|probes| probes.count).sum()
    }

    /// A process that could not begin ends as well, and what it has written, or the code of a shell that found no program, tells.
    pub fn family(&self) -> Option<Family> {
        let Verdict::Ended { code, out_of_memory } = self.verdict else { return None };
        let is_unusable = self.is_for_another_processor() || (matches!(code, Some(126 | 127)) && !out_of_memory);
        // What was to end has not failed by ending.
        let process = (!self.runs_once).then_some(Family::Process);
        if is_unusable { Some(Family::Image) } else { process }
    }

    /// Some engines start such a program, and it says so itself with its last breath.
    fn is_for_another_processor(&self) -> bool {
        self.last_lines.iter().any(|line| line.to_lowercase().contains("exec format error"))
    }

    /// What happened, as one sentence without a full stop.
    pub fn sentence(&self) -> String {
        let who = match &self.job {
            Some((kind, name)) => format!("{} `{name}` of module `{}`", kind.word(), self.module),
            None if self.runs_once => format!("module `{}`", self.module),
            None => format!("`{}` instance {}", self.module, self.instance),
        };
        let lived = in_words(self.lived);
        match &self.verdict {
            Verdict::Ended { code, out_of_memory } => {
                let mut text = format!("{who} ended after {lived}");
                if let Some(code) = code {
                    text += &format!(" with exit code {code}");
                }
                if let Some(signal) = self.signal() {
                    text += &format!(" ({signal})");
                }
                if *out_of_memory {
                    text += ", because it needed more memory than it may use";
                }
                if self.restarts > 0 {
                    text += &format!("; the engine has restarted it {}", times(self.restarts));
                }
                text + &format!(" (image {})", self.image)
            }
            Verdict::Vanished if self.runs_once => format!("the container of {who} was removed by someone else"),
            Verdict::Vanished => format!("the container of {who} was removed by someone else while it was starting"),
            Verdict::SaidFailure { line } => {
                format!("{who} failed after {lived}: it wrote `{line}`, which matches its `failure-marker`")
            }
            Verdict::Silent { marker, deploy_id } => {
                let id = deploy_id.as_ref().map(|id| format!(" and holds the id `{id}`")).unwrap_or_default();
                format!("{who} ended after {lived} without a line that matches its `success-marker` `{marker}`{id}")
            }
            Verdict::RanTooLong { limit } => format!("{who} did not end within {} and was stopped", in_words(*limit)),
            Verdict::Interrupted => format!("{who} was stopped after {lived}, because the operation was interrupted"),
            Verdict::TimedOut { check, .. } => {
                let what = match check {
                    Check::Http { port, path } => format!("`GET {path}` on port {port} to answer 200"),
                    Check::Port { port } => format!("port {port} to accept a connection"),
                    Check::Process => "its process to stay up".to_owned(),
                };
                format!("{who} was not healthy after {lived}: waited for {what}")
            }
        }
    }

    /// How long was waited and which parameter changes that; what to try next.
    pub fn advice(&self) -> Vec<String> {
        let mut advice = self.way_out();
        if self.runs_once {
            advice.push("what it had done by then, to a database for example, is not undone".to_owned());
            if matches!(self.job, Some((JobKind::Hook, _))) {
                advice.push("`--no-hooks` goes on without hooks".to_owned());
            }
        }
        advice
    }

    fn way_out(&self) -> Vec<String> {
        match &self.verdict {
            Verdict::TimedOut { limit, .. } => {
                let knob = if limit.from_option {
                    "`--start-timeout`"
                } else {
                    "`health-check-timeout` of the module, or `--start-timeout`"
                };
                vec![format!(
                    "probes at most {} apart, {} each, {} in all: gave up after {}; {knob} changes it",
                    in_words(limit.interval),
                    in_words(limit.invocation),
                    times(self.probe_count()),
                    in_words(limit.total),
                )]
            }
            Verdict::Ended { out_of_memory: true, .. } => {
                vec!["raise `memory` of the module, or make the application use less".to_owned()]
            }
            Verdict::Ended { code: Some(1 | 126 | 127 | 255), .. } if self.is_for_another_processor() => {
                vec!["the image is built for another kind of processor; push one for the engine's".to_owned()]
            }
            Verdict::Ended { code: Some(0), .. } => {
                vec!["a module's process must stay up: it ended by itself and without an error".to_owned()]
            }
            Verdict::Ended { code: Some(126 | 127), .. } if self.job.is_some() => {
                vec!["the command cannot be run in this image".to_owned()]
            }
            Verdict::Ended { code: Some(126 | 127), .. } => {
                vec!["the command cannot be run in this image: check `command` and `container.entrypoint`".to_owned()]
            }
            Verdict::RanTooLong { .. } => vec![
                "`task-execution-timeout` of the module, or `--task-timeout`, changes that; of an executed application, \
                 `start-timeout` when it is set"
                    .to_owned(),
            ],
            Verdict::Ended { .. }
            | Verdict::Vanished
            | Verdict::SaidFailure { .. }
            | Verdict::Silent { .. }
            | Verdict::Interrupted => Vec::new(),
        }
    }
}

pub fn signal_name(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// `350 ms`, `6.1 s`, `2 min 5 s`.
pub fn in_words(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 if millis % 1000 < 50 => format!("{} s", millis / 1000),
        1000..60_000 => format!("{:.1} s", span.as_secs_f64()),
        _ if span.as_secs().is_multiple_of(60) => format!("{} min", span.as_secs() / 60),
        _ => format!("{} min {} s", span.as_secs() / 60, span.as_secs() % 60),
    }
}

/// How a container ended, when it has.
pub fn ended(container: &Container) -> Option<Verdict> {
    match container.state {
        ContainerState::Exited { code, out_of_memory } | ContainerState::Restarting { code, out_of_memory } => {
            Some(Verdict::Ended { code: Some(code), out_of_memory })
        }
        ContainerState::Dead => Some(Verdict::Ended { code: None, out_of_memory: false }),
        // It runs again, so how it ended is no longer said.
        ContainerState::Running if container.restarts > 0 => Some(Verdict::Ended { code: None, out_of_memory: false }),
        ContainerState::Created | ContainerState::Running | ContainerState::Paused => None,
    }
}

/// Reads the end of a container's log for a report. A log that cannot be read must not hide the failure itself.
pub async fn last_lines(engine: &impl Look, id: &str, unit: &Unit) -> Vec<String> {
    match engine.last_lines(id, LAST_LINES).await {
        Ok(lines) => {
            let veil = Veil::of(unit);
            lines.iter().map(|line| veil.over(line)).collect()
        }
        Err(error) => vec![format!("(the log cannot be read: {error})")],
    }
}

const LAST_LINES: usize = 20;

/// What a unit's containers must not be heard saying: what is secret in their command, the values of secret variables, the
/// secrets that went into those, and the strings inside those that are JSON.
///
/// A secret of two or three characters is masked where it stands alone, between characters that are no letters and no digits:
/// elsewhere it would be found in every other word. A single character is no secret worth the name.
#[derive(Debug, Default)]
pub struct Veil {
    /// The longest first.
    anywhere: Vec<String>,
    alone: Vec<String>,
}

/// Characters from which on a secret is masked anywhere.
const ANYWHERE_FROM: usize = 4;
const ALONE_FROM: usize = 2;

impl Veil {
    pub fn of(unit: &Unit) -> Veil {
        let mut secrets = unit.secret_words.clone();
        for variable in unit.environment.values().filter(|variable| variable.secret) {
            secrets.push(variable.text.clone());
            secrets.extend(variable.secret_parts.iter().cloned());
            if let Ok(value) = serde_json::from_str(&variable.text) {
                let mut strings = Vec::new();
                strings_in(value, &mut strings);
                // Not all of them are secret: short ones would be names and kinds.
                secrets.extend(strings.into_iter().filter(|text| text.chars().count() >= ANYWHERE_FROM));
            }
        }
        Veil::new(secrets)
    }

    fn new(mut secrets: Vec<String>) -> Veil {
        // A program may write a key line by line.
        let lines: Vec<String> =
            secrets.iter().flat_map(|secret| secret.lines()).map(|line| line.trim().to_owned()).collect();
        secrets.extend(lines);
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        secrets.retain(|secret| secret.chars().count() >= ALONE_FROM);
        let (anywhere, alone) = secrets.into_iter().partition(|secret| secret.chars().count() >= ANYWHERE_FROM);
        Veil { anywhere, alone }
    }

    /// The text with every secret in it replaced.
    pub fn over(&self, text: &str) -> String {
        let text = self.anywhere.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK));
        self.alone.iter().fold(text, |text, secret| without_alone(&text, secret))
    }
}

const MASK: &str = "(sensitive)";

fn without_alone(text: &str, secret: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (before, behind) = (&rest[..at], &rest[at + secret.len()..]);
        out.push_str(before);
        let stands_alone = !out.chars().next_back().is_some_and(char::is_alphanumeric)
            && !behind.chars().next().is_some_and(char::is_alphanumeric);
        out.push_str(if stands_alone { MASK } else { secret });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Something that a container of the unit said, fit to be shown.
pub fn masked(text: &str, unit: &Unit) -> String {
    Veil::of(unit).over(text)
}

fn strings_in(value: serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text),
        serde_json::Value::Array(items) => items.into_iter().for_each(|item| strings_in(item, found)),
        serde_json::Value::Object(map) => map.into_iter().for_each(|(_, item)| strings_in(item, found)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_several_lines_is_hidden_line_by_line() {
        let veil = Veil::new(vec!["-----BEGIN KEY-----\nabcd\n  efgh\nxy\n-----END KEY-----".to_owned()]);
        assert_eq!(veil.over("1 abcd"), "1 (sensitive)");
        assert_eq!(veil.over("efgh"), "(sensitive)");
        assert_eq!(veil.over("xy: pin=xy, xylophone, lxy, Äxy"), "(sensitive): pin=(sensitive), xylophone, lxy, Äxy");
    }

    #[test]
    fn durations_read_like_speech() {
        let words = [350, 2_000, 6_130, 60_000, 125_000].map(|millis| in_words(Duration::from_millis(millis)));
        assert_eq!(words, ["350 ms", "2 s", "6.1 s", "1 min", "2 min 5 s"]);
    }
}
