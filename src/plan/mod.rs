//! What must be done, and why: desired state − observed state = plan, as data.
//!
//! `plan` reads its arguments and nothing else: same inputs, same plan, byte for byte. It knows no engine and no database,
//! only what was seen there. [`crate::deploy`] executes a plan and decides nothing.

pub mod job;
pub mod machine;
pub mod names;
pub mod observed;
pub mod unit;

pub mod changes;
pub mod conflicts;
pub mod desired;
pub mod difference;
pub mod drift;
mod due;
mod entries;
pub mod fingerprint;
mod instances;
pub mod lifecycle;
pub mod parameters;
pub mod saved;
pub mod selection;
mod sleep;
mod stay;
mod steps;
mod subscribers;
pub mod succession;
mod undeploy;
pub mod variables;
pub mod world;

use crate::name::ModuleName;
use crate::registry::{DeploymentId, Entry, Subscription};
use job::{HookRun, Job};
use observed::Container;
use std::collections::BTreeMap;
use std::sync::Arc;
use unit::{ImageCredentials, Unit};

/// A plan. Steps are in topological order, and deterministic.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub deployment: DeploymentId,
    pub kind: PlanKind,
    /// The version that is deployed now, if any.
    pub from: Option<String>,
    /// The version after; `None` for an undeployment.
    pub to: Option<String>,
    pub steps: Vec<Step>,
    /// Subscribers in other deployments whose environment cannot be computed after this plan, and why (exit code 6).
    pub broken_subscribers: Vec<BrokenSubscriber>,
    /// What is not as the last deployment left it; the steps repair it.
    pub drift: Vec<drift::Drift>,
    /// Modules without any change, in deploy order; shown by `--full`.
    pub unchanged: Vec<ModuleName>,
    /// Modules of the descriptor that were not selected, and that nothing is done about.
    pub left_alone: Vec<ModuleName>,
    /// Modules that are to stay stopped from then on.
    pub suspends: Vec<ModuleName>,
    /// Modules that are no longer to stay stopped.
    pub resumes: Vec<ModuleName>,
    /// Modules whose containers lack something of the descriptor, because it says that they may wait.
    pub held_back: Vec<ModuleName>,
    /// One line each: what people should know and need not act on.
    pub notices: Vec<String>,
    /// What the plan was made from, fact by fact (name → fingerprint); a saved plan is refused when one has changed.
    pub world: BTreeMap<String, String>,
    /// Everything the store must remember once all steps are done.
    pub record: Option<Record>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanKind {
    Deploy,
    Undeploy,
    /// Stops modules, which stay stopped.
    Suspend,
    /// Starts what was suspended.
    Resume,
    Restart,
    /// Removes one module of several.
    Delete,
}

impl PlanKind {
    /// `deploy`, as programs read it.
    pub fn word(self) -> &'static str {
        match self {
            PlanKind::Deploy => "deploy",
            PlanKind::Undeploy => "undeploy",
            PlanKind::Suspend => "suspend",
            PlanKind::Resume => "resume",
            PlanKind::Restart => "restart",
            PlanKind::Delete => "delete",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub usize);

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: StepId,
    pub action: Action,
    pub causes: Vec<Cause>,
    /// Steps that must have ended well before this one begins.
    pub after: Vec<StepId>,
    /// What runs once around what the step does to a module, phase by phase.
    pub hooks: Vec<HookRun>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    PullImage {
        module: ModuleName,
        reference: String,
        credentials: Option<ImageCredentials>,
        /// Seconds.
        timeout: u32,
    },
    CreateNetwork {
        name: String,
    },
    CreateVolume {
        name: String,
    },
    /// Nothing of the module is there: create all instances, start them, wait until they are healthy. A module that is
    /// itself run once is awaited until it has succeeded, here and when it is replaced.
    StartUnit {
        unit: Arc<Unit>,
    },
    /// Instances are there and differ: put new ones in their place; on failure the old ones keep running (or run again).
    ReplaceUnit {
        unit: Arc<Unit>,
        old: Vec<Container>,
        handover: Handover,
    },
    /// Some instances are as wanted and stay; the ones named are missing: create them, start them, wait until they are
    /// healthy.
    AddInstances {
        unit: Arc<Unit>,
        instances: Vec<u32>,
    },
    /// The instances are as wanted, but do not run; or they run, and nobody has seen them healthy yet.
    WakeUnit {
        unit: Arc<Unit>,
        containers: Vec<Container>,
    },
    /// `no-start`: the instances run and should not.
    StopUnit {
        module: ModuleName,
        containers: Vec<Container>,
    },
    RemoveUnit {
        module: ModuleName,
        containers: Vec<Container>,
    },
    /// Runs a task of a module, to its end.
    RunTask {
        unit: Arc<Unit>,
        task: Job,
    },
    /// Removes containers of tasks and hooks that an operation left which was cut short.
    ClearAway {
        containers: Vec<Container>,
    },
    /// Adds or updates entries in the registry.
    Publish {
        module: ModuleName,
        entries: Vec<Entry>,
    },
    /// Removes entries from the registry.
    Retract {
        entries: Vec<Entry>,
    },
    Subscribe {
        subscriptions: Vec<Subscription>,
    },
    Unsubscribe {
        subscriptions: Vec<Subscription>,
    },
    /// Gives a module of another deployment its new environment.
    UpdateSubscriber(Box<SubscriberUpdate>),
    RemoveVolume {
        name: String,
    },
    RemoveNetwork {
        name: String,
    },
}

/// How a module is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The new instances become healthy before the old ones go.
    NewFirst,
    /// The old ones stop first, because both want the same host port or write the same volume; they run again when the
    /// new ones fail.
    OldFirst,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SubscriberUpdate {
    pub subscriber: DeploymentId,
    /// The whole unit with the new environment.
    pub unit: Unit,
    pub changes: Vec<VariableChange>,
    pub restart: Restart,
    pub old: Vec<Container>,
    pub handover: Handover,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    Now,
    /// `--no-restart-subscribed-apps`: recorded only; `status` shows that a restart is pending.
    Later,
}

/// What becomes of modules that are suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspended {
    /// They stay so, whatever changes in them.
    Stay,
    /// `--resume`: they start.
    Resume,
}

/// Whether hooks run at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hooks {
    Run,
    /// `--no-hooks`: the way out when one cannot succeed, and so nothing could be stopped.
    Skip,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BrokenSubscriber {
    pub subscriber: DeploymentId,
    pub module: ModuleName,
    pub resource: String,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    Missing,
    /// What differs: `image`, `command`, `env`, `memory` …
    Changed(Vec<Change>),
    /// The container is there but not as it was left: stopped, removed in part, changed by hand.
    Drifted(String),
    /// In the store or on the engine, and no longer in the descriptor.
    Orphaned,
    Requested,
    /// Something that runs once has to run; the reason in words.
    Due(String),
    /// Needed by another step.
    Needed,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The input that changed: `image`, `env`, `command`, `ports`, `memory` …
    pub what: String,
    pub detail: Detail,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Old and new, as text.
    Values {
        old: Shown,
        new: Shown,
    },
    Variables(Vec<VariableChange>),
}

/// Whether secret values enter a plan at all. They do only when somebody at a terminal asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Mask,
    Show,
}

/// One variable's change. A secret's values are never stored here, only that they differ.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableChange {
    pub name: String,
    /// Below the variable when both values are JSON: `[0].plugin_url`; then `old` and `new` are JSON texts. Empty for the
    /// variable itself; then they are the texts that the container gets.
    pub path: String,
    pub old: Shown,
    pub new: Shown,
    /// `mtad.yaml:31`, where the new value comes from.
    pub origin: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Absent,
    Plain(String),
    Masked,
}

/// What the store remembers of a deployment.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Record {
    pub version: String,
    /// In deploy order.
    pub units: Vec<Arc<Unit>>,
    pub network: String,
    pub volumes: Vec<String>,
    /// For each module, those that must be complete before it: an undeployment goes the other way round.
    #[serde(default)]
    pub after: BTreeMap<ModuleName, Vec<ModuleName>>,
}

impl Plan {
    /// Whether there is nothing to do, not even something to remember.
    pub fn is_empty(&self) -> bool {
        let forgets = self.kind == PlanKind::Undeploy && self.from.is_some();
        let remembers = self.record.is_some() || !self.suspends.is_empty() || !self.resumes.is_empty();
        self.steps.is_empty() && !remembers && !forgets
    }
}
