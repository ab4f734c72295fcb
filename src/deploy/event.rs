//! What an operation tells while it runs.
//!
//! Events are facts, in the order in which they happened. How they look (lines on a terminal, lines in a build log, JSON) is
//! decided in [`crate::report`]. Names are `noun.noun.verb-ed` and fields only grow, because programs read them. No event
//! holds a variable's value, and what containers say is masked before it gets here ([`super::failure`]).

use super::Outcome;
use super::failure::Failure;
use crate::name::ModuleName;
use crate::plan::job::JobKind;
use crate::plan::{PlanKind, StepId};
use crate::registry::DeploymentId;
use std::time::{Duration, SystemTime};

/// The name of the last event, whatever happens.
pub const FINISHED: &str = "operation.finished";

/// Listens to an operation.
pub trait Events: Sync {
    fn tell(&self, at: SystemTime, event: &Event);
}

/// Listens to nothing.
pub struct Silence;

impl Events for Silence {
    fn tell(&self, _at: SystemTime, _event: &Event) {}
}

#[derive(Clone, Debug)]
pub enum Event {
    OperationStarted {
        deployment: DeploymentId,
        kind: PlanKind,
        from: Option<String>,
        to: Option<String>,
        steps: usize,
    },
    /// Nothing has ended for a while: what is awaited, one line each.
    OperationAwaited {
        on: Vec<Awaited>,
    },
    /// Ctrl-C: no new steps begin, these go on to their end.
    OperationInterrupted {
        running: Vec<String>,
    },
    /// What happens cannot be written down; it goes on all the same.
    OperationUnrecorded {
        reason: String,
    },
    /// Always the last one.
    OperationFinished {
        outcome: Outcome,
        elapsed: Duration,
    },
    /// `subject`: `module web`; `doing`: `replace, new first`.
    StepStarted {
        step: StepId,
        subject: String,
        doing: String,
    },
    /// `result`: `replaced`, `pulled`, …
    StepFinished {
        step: StepId,
        subject: String,
        result: String,
        elapsed: Duration,
    },
    StepFailed {
        step: StepId,
        subject: String,
        failure: Box<Failure>,
        elapsed: Duration,
    },
    /// It did not begin, because another one failed or the operation was interrupted.
    StepSkipped {
        step: StepId,
        subject: String,
    },
    InstanceCreated(Instance),
    InstanceStarted(Instance),
    /// A probe that did not succeed; `probe` counts from 1.
    InstanceProbed {
        instance: Instance,
        probe: u32,
        answer: String,
        elapsed: Duration,
        limit: Duration,
    },
    InstanceHealthy {
        instance: Instance,
        elapsed: Duration,
    },
    /// A line of a module that is run once, secrets masked.
    InstanceWrote {
        instance: Instance,
        line: String,
    },
    /// A module that is run once has succeeded.
    InstanceCompleted {
        instance: Instance,
        elapsed: Duration,
    },
    InstanceStopped(Instance),
    InstanceRemoved(Instance),
    /// The old instance runs again, because the new one failed.
    InstanceRestored(Instance),
    JobStarted(Job),
    /// A line of its output, secrets masked.
    JobWrote {
        job: Job,
        line: String,
    },
    /// It has ended well.
    JobEnded {
        job: Job,
        elapsed: Duration,
    },
    EntryPublished {
        provider_id: String,
        provider_version: Option<String>,
    },
    EntryRetracted {
        provider_id: String,
        provider_version: Option<String>,
    },
    SubscriptionAdded {
        module: ModuleName,
        resource: String,
    },
    SubscriptionRemoved {
        module: ModuleName,
        resource: String,
    },
    /// A module of another deployment runs with its new environment.
    SubscriberUpdated {
        subscriber: DeploymentId,
        module: ModuleName,
    },
    /// The new environment is stored and takes effect with the next restart.
    SubscriberRecorded {
        subscriber: DeploymentId,
        module: ModuleName,
    },
    SubscriberFailed {
        subscriber: DeploymentId,
        module: ModuleName,
        reason: String,
    },
}

/// One container of a module, or of a subscriber's module.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    pub mta: DeploymentId,
    pub module: ModuleName,
    pub number: u32,
    pub container: String,
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.module, self.number)
    }
}

/// A task or a hook that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub mta: DeploymentId,
    pub module: ModuleName,
    pub kind: JobKind,
    pub name: String,
    pub container: String,
}

impl Job {
    fn says(&self, task: &'static str, hook: &'static str) -> &'static str {
        match self.kind {
            JobKind::Task => task,
            JobKind::Hook => hook,
        }
    }
}

impl std::fmt::Display for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}/{}", self.kind.word(), self.module, self.name)
    }
}

/// Something that the operation waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Awaited {
    pub subject: String,
    /// `health, probe 3, last: 503`, `the image` …
    pub what: String,
    pub elapsed: Duration,
}

impl Event {
    /// The name that programs know the event by.
    pub fn name(&self) -> &'static str {
        match self {
            Event::OperationStarted { .. } => "operation.started",
            Event::OperationAwaited { .. } => "operation.awaited",
            Event::OperationInterrupted { .. } => "operation.interrupted",
            Event::OperationUnrecorded { .. } => "operation.unrecorded",
            Event::OperationFinished { .. } => FINISHED,
            Event::StepStarted { .. } => "step.started",
            Event::StepFinished { .. } => "step.finished",
            Event::StepFailed { .. } => "step.failed",
            Event::StepSkipped { .. } => "step.skipped",
            Event::InstanceCreated(_) => "module.instance.created",
            Event::InstanceStarted(_) => "module.instance.started",
            Event::InstanceProbed { .. } => "module.instance.probed",
            Event::InstanceHealthy { .. } => "module.instance.healthy",
            Event::InstanceWrote { .. } => "module.instance.wrote",
            Event::InstanceCompleted { .. } => "module.instance.completed",
            Event::InstanceStopped(_) => "module.instance.stopped",
            Event::InstanceRemoved(_) => "module.instance.removed",
            Event::InstanceRestored(_) => "module.instance.restored",
            Event::JobStarted(job) => job.says("task.started", "hook.started"),
            Event::JobWrote { job, .. } => job.says("task.wrote", "hook.wrote"),
            Event::JobEnded { job, .. } => job.says("task.ended", "hook.ended"),
            Event::EntryPublished { .. } => "entry.published",
            Event::EntryRetracted { .. } => "entry.retracted",
            Event::SubscriptionAdded { .. } => "subscription.added",
            Event::SubscriptionRemoved { .. } => "subscription.removed",
            Event::SubscriberUpdated { .. } => "subscriber.updated",
            Event::SubscriberRecorded { .. } => "subscriber.recorded",
            Event::SubscriberFailed { .. } => "subscriber.failed",
        }
    }
}
