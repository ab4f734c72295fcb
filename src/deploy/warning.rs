//! What is not as it should be with a module, and why: beside its status, in `status` and `module ls`.
//!
//! A process of an application must stay up, whatever its exit code says: one that has ended well has ended all the same.

use super::failure::{Verdict, ended, last_lines, masked, signal_name};
use crate::engine::Look;
use crate::name::ModuleName;
use crate::operation::{self, Operation, State, StepRecord, StepState};
use crate::plan::drift::by_hand;
use crate::plan::fingerprint::has_fingerprint;
use crate::plan::observed::{Container, ContainerState};
use crate::plan::unit::{Start, Unit};
use crate::registry::DeploymentId;
use crate::store::{Store, StoreError, Which};
use futures_util::future::join_all;
use std::time::{Duration, SystemTime};

use super::survey::Health;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    pub kind: Kind,
    /// What people read: a sentence without a full stop, secrets masked.
    pub text: String,
    /// Of a process that has ended.
    pub end: Option<End>,
}

/// How a process has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    pub instance: u32,
    /// `None`: the engine does not say any more.
    pub code: Option<i64>,
    /// `SIGKILL`.
    pub signal: Option<&'static str>,
    pub out_of_memory: bool,
    /// The end of its log, secrets masked.
    pub last_lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The last operation on it did not end well.
    DeployFailed,
    /// It has ended and should run.
    Ended,
    /// It is started again and again.
    Restarts,
    Unhealthy,
    NotReady,
    /// Containers are missing, or too many.
    Instances,
    /// It does not run for another reason than that it has ended.
    Stopped,
    /// It runs and should not.
    Running,
    /// Its containers do not have the recorded configuration yet.
    RestartPending,
    /// Something of it that is to run once has not ended well.
    NotRun,
    /// A container was made anew by hand, otherwise than by its last deployment.
    MadeByHand,
    /// Nothing is recorded of it.
    Unrecorded,
}

impl Kind {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Kind::DeployFailed => "deploy-failed",
            Kind::Ended => "ended",
            Kind::Restarts => "restarts",
            Kind::Unhealthy => "unhealthy",
            Kind::NotReady => "not-ready",
            Kind::Instances => "instances",
            Kind::Stopped => "stopped",
            Kind::Running => "running",
            Kind::RestartPending => "restart-pending",
            Kind::NotRun => "not-run",
            Kind::MadeByHand => "made-by-hand",
            Kind::Unrecorded => "unrecorded",
        }
    }
}

impl Warning {
    pub fn new(kind: Kind, text: impl Into<String>) -> Warning {
        Warning { kind, text: text.into(), end: None }
    }
}

/// From so many restarts in [`WITHIN`] on, a process constantly ends.
const OFTEN: usize = 3;
const WITHIN: Duration = Duration::from_secs(600);

/// Whether a module should run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Running,
    /// `no-start`
    NotStarted,
    /// By `module suspend`.
    Suspended,
}

impl Wanted {
    pub fn of(unit: &Unit, is_suspended: bool) -> Wanted {
        match (is_suspended, unit.start) {
            (true, _) => Wanted::Suspended,
            (false, Start::Yes) => Wanted::Running,
            (false, Start::No) => Wanted::NotStarted,
        }
    }
}

/// What is wrong with the instances of a module that is to stay up.
pub async fn of_instances(
    engine: &impl Look,
    unit: &Unit,
    wanted: Wanted,
    containers: &[Container],
    healths: &[Health],
    now: SystemTime,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if containers.is_empty() && unit.instances > 0 {
        warnings.push(Warning::new(Kind::Instances, "its containers are gone"));
    } else if containers.len() != unit.instances as usize {
        let text = format!("{} of {} instances are there", containers.len(), unit.instances);
        warnings.push(Warning::new(Kind::Instances, text));
    }
    if containers.iter().any(|container| !has_fingerprint(unit, &container.config_hash)) {
        let text = "a restart is pending: its containers do not have the recorded configuration yet";
        warnings.push(Warning::new(Kind::RestartPending, text));
    }
    for (container, health) in containers.iter().zip(healths) {
        if let Some(what) = by_hand(unit, container) {
            warnings.push(Warning::new(Kind::MadeByHand, format!("instance {} was {what}", container.instance)));
        }
        warnings.extend(of_state(engine, unit, wanted, container, now).await);
        if let Health::Unhealthy(answer) = health {
            let text = format!("instance {} is not healthy: {answer}", container.instance);
            warnings.push(Warning::new(Kind::Unhealthy, text));
        }
    }
    warnings
}

/// What is wrong with one container's state.
async fn of_state(
    engine: &impl Look,
    unit: &Unit,
    wanted: Wanted,
    container: &Container,
    now: SystemTime,
) -> Option<Warning> {
    let who = format!("instance {}", container.instance);
    let say = |kind: Kind, what: &str| Some(Warning::new(kind, format!("{who} {what}")));
    match (&container.state, wanted) {
        (ContainerState::Running | ContainerState::Restarting { .. }, Wanted::NotStarted) => {
            say(Kind::Running, "runs and should not")
        }
        (ContainerState::Running | ContainerState::Restarting { .. }, Wanted::Suspended) => {
            say(Kind::Running, "runs although the module is suspended")
        }
        (_, Wanted::NotStarted | Wanted::Suspended) => None,
        (ContainerState::Running, Wanted::Running) => {
            let often = often_restarted(engine, container, now).await?;
            let text = format!("{who} was restarted {often} times in the last 10 minutes: its process ends by itself");
            let end = end(engine, unit, container).await;
            Some(Warning { end: Some(end), ..Warning::new(Kind::Restarts, text) })
        }
        (ContainerState::Created, Wanted::Running) => say(Kind::Stopped, "was created and never started"),
        (ContainerState::Paused, Wanted::Running) => say(Kind::Stopped, "is paused"),
        (ContainerState::Dead, Wanted::Running) => say(Kind::Stopped, "is dead"),
        (ContainerState::Restarting { .. }, Wanted::Running) => {
            let end = end(engine, unit, container).await;
            let times = container.restarts;
            let text = format!("{who} ends again and again: {}, restarted {times} times", in_words(&end));
            Some(Warning { end: Some(end), ..Warning::new(Kind::Restarts, text) })
        }
        (ContainerState::Exited { code, .. }, Wanted::Running) => {
            let code = *code;
            let end = end(engine, unit, container).await;
            let text = match code {
                0 => format!("{who} has ended by itself with exit code 0, and an application must stay up"),
                _ => format!("{who} has ended with {}", in_words(&end)),
            };
            Some(Warning { end: Some(end), ..Warning::new(Kind::Ended, text) })
        }
    }
}

/// How often the engine has started it again in the last while, when that is too often.
async fn often_restarted(engine: &impl Look, container: &Container, now: SystemTime) -> Option<usize> {
    if (container.restarts as usize) < OFTEN {
        return None;
    }
    let since = now.checked_sub(WITHIN)?;
    // Stops that somebody asked for are deaths, too, and no restarts of the engine.
    let deaths = engine.deaths_since(&container.id, since).await.unwrap_or_default();
    Some(deaths.min(container.restarts as usize)).filter(|count| *count >= OFTEN)
}

async fn end(engine: &impl Look, unit: &Unit, container: &Container) -> End {
    let (code, out_of_memory) = match ended(container) {
        Some(Verdict::Ended { code, out_of_memory }) => (code, out_of_memory),
        _ => (None, false),
    };
    End {
        instance: container.instance,
        code,
        signal: code.and_then(|code| signal_name(code - 128)),
        out_of_memory,
        last_lines: last_lines(engine, &container.id, unit).await,
    }
}

/// `exit code 137 (SIGKILL), out of memory`
fn in_words(end: &End) -> String {
    let mut text =
        end.code.map_or_else(|| "an exit code that is not known".to_owned(), |code| format!("exit code {code}"));
    if let Some(signal) = end.signal {
        text += &format!(" ({signal})");
    }
    if end.out_of_memory {
        text += ", out of memory";
    }
    text
}

/// The last deployment, when it did not end well.
#[derive(Debug)]
pub struct LastDeployment {
    operation: Operation,
    steps: Vec<StepRecord>,
}

impl LastDeployment {
    /// Looks at what is remembered of the latest ones; `None` when all is well, or nothing is known.
    pub fn failed(deployment: &DeploymentId, store: &Store) -> Result<Option<LastDeployment>, StoreError> {
        let latest = store.operations(&Which { deployment: Some(deployment), last: Some(LOOKED_AT) })?;
        let deploys =
            |operation: &Operation| matches!(operation.kind, operation::Kind::Deploy | operation::Kind::Rollback);
        let Some(last) = latest.into_iter().find(deploys).filter(Operation::is_open) else { return Ok(None) };
        let steps = store.steps_of(&last.id)?;
        Ok(Some(LastDeployment { operation: last, steps }))
    }

    /// What of it is about this module; what is about none of them is about all.
    pub fn warning(&self, module: &ModuleName, image: Option<&str>, all: &[ModuleName]) -> Option<Warning> {
        let failed: Vec<&StepRecord> = self.steps.iter().filter(|step| step.state == StepState::Failed).collect();
        let of_one = failed.iter().any(|step| all.iter().any(|module| concerns(&step.subject, module)));
        let mine = failed.iter().find(|step| {
            let pulls = image.is_some_and(|image| step.subject == format!("image {image}"));
            concerns(&step.subject, module) || pulls || !of_one
        });
        let id = &self.operation.id;
        let text = match (mine, self.operation.state) {
            (Some(step), _) => format!("the last deployment ({id}) failed: {}", step.detail),
            (None, State::Interrupted) if self.is_unfinished(module) => {
                format!("the last deployment ({id}) was interrupted")
            }
            (None, State::Failed) if failed.is_empty() => format!("the last deployment ({id}) failed"),
            (None, _) => return None,
        };
        Some(Warning::new(Kind::DeployFailed, text))
    }
}

impl LastDeployment {
    /// Whether something of it is still to be done with this module.
    fn is_unfinished(&self, module: &ModuleName) -> bool {
        self.steps.iter().any(|step| step.state != StepState::Done && concerns(&step.subject, module))
    }
}

/// How far back the last deployment is looked for among what was done since.
const LOOKED_AT: usize = 20;

/// Whether a step is about the module.
pub fn concerns(subject: &str, module: &ModuleName) -> bool {
    let (module, behind) = (module.as_str(), |what: &str| subject.strip_prefix(what));
    behind("module ") == Some(module)
        || behind("entries of ") == Some(module)
        || behind("task ").and_then(|task| task.strip_prefix(module)).is_some_and(|rest| rest.starts_with('/'))
}

/// Which instances are healthy, and want no traffic for now (`readiness-health-check-type`).
pub async fn of_readiness(
    engine: &impl Look,
    containers: &[Container],
    healths: &[Health],
    unit: &Unit,
) -> Vec<Warning> {
    let Some(readiness) = &unit.readiness else { return Vec::new() };
    let mut asked = unit.clone();
    asked.health.check = readiness.check.clone();
    asked.health.invocation_timeout = readiness.invocation_timeout.unwrap_or(unit.health.invocation_timeout);
    let healthy = containers.iter().zip(healths).filter(|(_, health)| **health == Health::Healthy);
    let asked = healthy.map(|(container, _)| {
        let asked = &asked;
        async move {
            let answer = engine.probe(container, asked).await.err()?;
            let answer = masked(&answer, asked);
            let text = format!("instance {} is not ready for traffic: {answer}", container.instance);
            Some(Warning::new(Kind::NotReady, text))
        }
    });
    join_all(asked).await.into_iter().flatten().collect()
}
