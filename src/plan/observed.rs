//! What is there: seen on the engine (by labels) and read from the store.

use super::job::{JobKind, Run};
use super::{Record, names};
use crate::name::ModuleName;
use crate::registry::{DeploymentId, Entry, Question, Subscription};
use crate::target::supply::Supplies;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the engine shows of one deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineState {
    /// All instances of the deployment's modules, sorted by module, instance, id.
    pub containers: Vec<Container>,
    /// Containers of tasks and hooks, sorted likewise: those of an operation at work, or of one that was cut short.
    pub jobs: Vec<Container>,
    /// Names of its networks and volumes.
    pub networks: Vec<String>,
    pub volumes: Vec<String>,
    /// Image reference → id of the image that it names on the engine now; absent when it is not there.
    pub images: BTreeMap<String, String>,
    /// Image reference → the digests under which the engine has that image from the reference's repository. One that was built here
    /// has none.
    pub digests: BTreeMap<String, Vec<String>>,
    /// Image reference → what its registry has under it now; absent when nobody has asked, or there was no answer.
    pub registry: BTreeMap<String, String>,
    /// Host ports that others hold: (port, protocol as text) → the container that holds it, in words.
    pub taken_ports: BTreeMap<(u16, String), String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    pub id: String,
    pub name: String,
    pub deployment: DeploymentId,
    pub module: ModuleName,
    pub role: Role,
    /// From 1.
    pub instance: u32,
    /// Label `windlass.config-hash`: the fingerprint of the unit that it was made from.
    pub config_hash: String,
    /// Id of the image it runs.
    pub image_id: String,
    pub state: ContainerState,
    /// Published ports: container port → host address and port.
    pub ports: Vec<PublishedPort>,
    /// Its address in the deployment's network, when it runs.
    pub address: Option<String>,
    pub restarts: u32,
    /// RFC 3339, as the engine says it.
    pub started_at: Option<String>,
    /// Label `windlass.mta.version`: the version of the application that it was made for.
    pub version: Option<String>,
    /// What it was made from in truth, whatever its labels say; `None` where only a listing was asked.
    pub made_from: Option<MadeFrom>,
}

/// What a container was really made from.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeFrom {
    /// The image's reference, or its id when it was made from that.
    pub image: String,
    /// All its variables.
    pub variables: BTreeMap<String, String>,
    /// Those that its image brings; `None` when the engine no longer has the image.
    pub brought: Option<Arc<BTreeMap<String, String>>>,
}

/// Variables may be secret.
impl std::fmt::Debug for MadeFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("MadeFrom").field("image", &self.image).field("variables", &names).finish_non_exhaustive()
    }
}

impl Container {
    /// Whether it has another name than an instance has that is there to stay.
    pub fn is_misnamed(&self) -> bool {
        self.name != names::container(&self.deployment, &self.module, self.instance)
    }
}

/// What a container is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// An instance of its module.
    Instance,
    /// It runs a task or a hook of its module, once.
    Job { kind: JobKind, name: String },
}

/// Whether there is nothing to start in any of them.
pub fn all_run(containers: &[Container]) -> bool {
    containers.iter().all(|container| container.state == ContainerState::Running)
}

/// A tag that means another image in its registry than on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: String,
    pub to: String,
}

impl EngineState {
    /// What a reference means after a pull, if it takes one: in its registry, else on the engine.
    pub fn digest(&self, reference: &str) -> Option<&String> {
        self.registry.get(reference).or_else(|| self.digests.get(reference)?.first())
    }

    /// Whether the registry has something else under this reference than the engine.
    pub fn moved(&self, reference: &str) -> Option<Moved> {
        let (here, there) = (self.digests.get(reference)?, self.registry.get(reference)?);
        let from = here.first().filter(|_| !here.contains(there))?;
        Some(Moved { from: from.clone(), to: there.clone() })
    }

    /// Puts containers where they belong, by what they are for.
    pub fn of(containers: Vec<Container>) -> EngineState {
        let (containers, jobs) = containers.into_iter().partition(|container| container.role == Role::Instance);
        EngineState { containers, jobs, ..EngineState::default() }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PublishedPort {
    pub container: u16,
    pub host: u16,
    pub address: String,
    pub protocol: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    Created,
    Running,
    /// Ended, and the engine is about to start it again.
    Restarting {
        code: i64,
        out_of_memory: bool,
    },
    Paused,
    Exited {
        code: i64,
        out_of_memory: bool,
    },
    Dead,
}

/// What the store remembers of one deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deployed {
    pub record: Option<Record>,
    /// Rises by one with each recorded change.
    pub revision: u64,
    pub entries: Vec<Entry>,
    pub subscriptions: Vec<Subscription>,
    /// What has run once and ended well, sorted by module and task.
    pub runs: Vec<Run>,
    /// Modules that were stopped on purpose.
    pub suspended: BTreeSet<ModuleName>,
}

/// A subscription whose filter matches something that a plan publishes or retracts.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    pub subscription: Subscription,
    /// The answer to its question as the registry stands before the plan.
    pub answer: Vec<Entry>,
    /// What else its renewal asks, with the answers: others have a share in its variable.
    pub beside: Vec<(Question, Vec<Entry>)>,
    /// The secrets that its fragment asks for.
    pub supplies: Supplies,
    /// What is deployed there.
    pub deployed: Deployed,
    /// Its containers on the engine.
    pub containers: Vec<Container>,
}
