//! What is there: what the store remembers and what the engine shows, held beside each other.
//!
//! Nothing is believed of the store alone: a module runs when its containers run, whatever was recorded.

use crate::engine::Look;
use crate::name::ModuleName;
use crate::operation::{Operation, State, StepState};
use crate::plan::fingerprint::{job_has_fingerprint, run_has_fingerprint};
use crate::plan::job::Run;
use crate::plan::observed::{Container, ContainerState, Deployed};
use crate::plan::unit::{Check, Start, Traffic, Unit};
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::store::{Store, StoreError, Which};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::failure::masked;
use super::lock;
use super::look::LookError;
use super::warning::{Kind, LastDeployment, Wanted, Warning, concerns, of_instances, of_readiness};

/// One deployment as it stands.
#[derive(Debug)]
pub struct Survey {
    pub deployment: DeploymentId,
    /// `None`: the engine has containers of it, and the store knows nothing.
    pub version: Option<String>,
    pub revision: u64,
    /// The operation that is changing it at this moment, in words.
    pub at_work: Option<String>,
    /// The last operation on it, when that was cut short and nobody has gone on with it.
    pub cut_short: Option<Operation>,
    /// In deploy order; modules that only the engine knows come last.
    pub modules: Vec<Module>,
    /// Containers of tasks and hooks: of the operation that is at work, or of one that was cut short.
    pub jobs: Vec<Container>,
    pub entries: Vec<Entry>,
    pub subscriptions: Vec<Subscription>,
}

#[derive(Debug)]
pub struct Module {
    pub name: ModuleName,
    /// What people call it.
    pub display_name: Option<String>,
    /// As recorded; `None` when only the engine knows the module.
    pub image: Option<String>,
    /// What the image's tag meant when its containers were made; `None` when no registry has said.
    pub digest: Option<String>,
    pub status: Status,
    /// How many instances there should be.
    pub wanted: u32,
    pub instances: Vec<Instance>,
    pub routes: Vec<String>,
    /// Where a browser finds it: one per published port.
    pub addresses: Vec<String>,
    /// In the order in which they run.
    pub tasks: Vec<Task>,
    /// What its containers lack of the last descriptor, by name, as that says they may.
    pub held_back: Vec<String>,
    /// Somebody has stopped it on purpose.
    pub suspended: bool,
    /// What is not as it should be.
    pub warnings: Vec<Warning>,
}

#[derive(Debug)]
pub struct Task {
    pub name: String,
    /// The revision that ran it as it is recorded; `None`: it has not ended well.
    pub revision: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is no container of it.
    NotDeployed,
    /// An operation is at work on it.
    Deploying,
    /// Its process runs, or the engine is about to start it again.
    Running,
    /// Deployed, but not running: on purpose, or with a warning that says why.
    Suspended,
    /// It is run once, and has ended well.
    Completed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::NotDeployed => "Not Deployed",
            Status::Deploying => "Deploying",
            Status::Running => "Running",
            Status::Suspended => "Suspended",
            Status::Completed => "Completed",
        }
    }
}

#[derive(Debug)]
pub struct Instance {
    pub container: Container,
    pub health: Health,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    Healthy,
    /// What the probe said.
    Unhealthy(String),
    /// It does not run, or nothing says how to ask.
    Unknown,
}

impl Survey {
    /// Whether something is not as it was left. That a deployment has failed is no such thing by itself: what it has changed, it
    /// has recorded.
    pub fn has_drifted(&self) -> bool {
        let warnings = self.modules.iter().flat_map(|module| &module.warnings);
        warnings.into_iter().any(|warning| warning.kind != Kind::DeployFailed) || !self.leftovers().is_empty()
    }

    /// Containers of tasks and hooks that no operation is at work on.
    pub fn leftovers(&self) -> &[Container] {
        if self.at_work.is_some() { &[] } else { &self.jobs }
    }
}

impl Module {
    /// Whether people should look at it. That a restart waits for its time is no trouble.
    pub fn warns(&self) -> bool {
        self.warnings.iter().any(|warning| warning.kind != Kind::RestartPending)
    }

    /// How often the engine has started its containers again.
    pub fn restarts(&self) -> u32 {
        self.instances.iter().map(|instance| instance.container.restarts).sum()
    }

    pub fn restart_is_pending(&self) -> bool {
        self.warnings.iter().any(|warning| warning.kind == Kind::RestartPending)
    }

    pub fn running(&self) -> usize {
        self.instances.iter().filter(|instance| instance.container.state == ContainerState::Running).count()
    }
}

/// All deployments that the store or the engine knows.
pub async fn deployments(store: &Store, engine: &impl Look) -> Result<Vec<DeploymentId>, LookError> {
    let mut all: BTreeSet<DeploymentId> = store.deployments()?.into_iter().map(|(deployment, _)| deployment).collect();
    all.extend(engine.all_containers().await?.into_iter().map(|container| container.deployment));
    Ok(all.into_iter().collect())
}

/// Looks at one deployment; `None` when neither the store nor the engine knows it.
#[expect(clippy::disallowed_methods, reason = "how often something has happened lately depends on the time of now")]
pub async fn survey(deployment: &DeploymentId, store: &Store, engine: &impl Look) -> Result<Option<Survey>, LookError> {
    let now = SystemTime::now();
    let deployed = store.deployed(deployment)?;
    let state = engine.observe(deployment, &[]).await?;
    if deployed.record.is_none() && state.containers.is_empty() && state.jobs.is_empty() {
        return Ok(None);
    }
    let host = engine.info().await?.host;
    let mut containers: BTreeMap<ModuleName, Vec<Container>> = BTreeMap::new();
    for container in engine.details(state.containers).await? {
        containers.entry(container.module.clone()).or_default().push(container);
    }
    let Deployed { record, revision, entries, subscriptions, runs, suspended } = deployed;
    let at_work = match store.at_work(deployment)? {
        Some(at_work) => Some(at_work),
        None => lock::at_work(deployment, store, engine).await?,
    };
    let last = store.operations(&Which { deployment: Some(deployment), last: Some(1) })?.pop();
    let cut_short = last.filter(|last| at_work.is_none() && last.state == State::Interrupted);
    let units = record.as_ref().map_or(&[][..], |record| &record.units);
    let mut modules = Vec::new();
    for unit in units {
        let own = containers.remove(&unit.module).unwrap_or_default();
        let known = Known { unit, is_suspended: suspended.contains(&unit.module), runs: &runs, host: &host, now };
        modules.push(recorded(engine, &known, own).await);
    }
    modules.extend(containers.into_iter().map(|(name, own)| unrecorded(name, own, &host, at_work.is_some())));
    match &at_work {
        Some(_) => {
            let ahead = ahead(deployment, store)?;
            let is_at_work = |module: &Module| {
                ahead.as_ref().is_none_or(|ahead| ahead.iter().any(|subject| concerns(subject, &module.name)))
            };
            for module in modules.iter_mut().filter(|module| is_at_work(module)) {
                module.status = Status::Deploying;
                // What is being changed is not yet as it should be, and that is no news.
                module.warnings.clear();
            }
        }
        None => {
            if let Some(last) = LastDeployment::failed(deployment, store)? {
                let all: Vec<ModuleName> = modules.iter().map(|module| module.name.clone()).collect();
                for module in &mut modules {
                    module.warnings.extend(last.warning(&module.name, module.image.as_deref(), &all));
                }
            }
        }
    }
    let version = record.map(|record| record.version);
    let (deployment, jobs) = (deployment.clone(), state.jobs);
    Ok(Some(Survey { deployment, version, revision, at_work, cut_short, modules, jobs, entries, subscriptions }))
}

/// What the operation at work still has to do; `None` when it has not said so yet.
fn ahead(deployment: &DeploymentId, store: &Store) -> Result<Option<Vec<String>>, StoreError> {
    let last = store.operations(&Which { deployment: Some(deployment), last: Some(1) })?;
    let Some(operation) = last.into_iter().find(|operation| operation.state == State::Running) else { return Ok(None) };
    let steps = store.steps_of(&operation.id)?.into_iter();
    let ahead = steps.filter(|step| matches!(step.state, StepState::Pending | StepState::Running));
    Ok(Some(ahead.map(|step| step.subject).collect()))
}

/// What is known of a module besides its containers.
struct Known<'a> {
    unit: &'a Unit,
    is_suspended: bool,
    runs: &'a [Run],
    host: &'a str,
    now: SystemTime,
}

async fn recorded(engine: &impl Look, known: &Known<'_>, containers: Vec<Container>) -> Module {
    let Known { unit, is_suspended, runs, host, now } = *known;
    let healths = join_all(containers.iter().map(|container| health(engine, container, unit))).await;
    let ran = |task: Option<&str>, is_it: &dyn Fn(&str) -> bool| {
        let run = runs.iter().find(|run| run.module == unit.module && run.task.as_deref() == task);
        run.filter(|run| is_it(&run.fingerprint)).map(|run| run.revision)
    };
    let tasks = unit.tasks.iter().map(|task| {
        let revision = ran(Some(&task.name), &|hash| job_has_fingerprint(task, unit, hash));
        Task { name: task.name.clone(), revision }
    });
    let tasks: Vec<Task> = tasks.collect();
    let not_run = tasks.iter().filter(|task| task.revision.is_none());
    let mut warnings: Vec<Warning> = not_run
        .map(|task| Warning::new(Kind::NotRun, format!("its task `{}` has not ended well yet", task.name)))
        .collect();
    let mut status = status(&containers);
    if unit.execution.is_none() {
        let wanted = Wanted::of(unit, is_suspended);
        warnings.extend(of_instances(engine, unit, wanted, &containers, &healths, now).await);
        warnings.extend(of_readiness(engine, &containers, &healths, unit).await);
    } else if status != Status::Running && unit.instances > 0 {
        // An ended container may be cleared away by anybody: what has run is known from the record.
        status = match ran(None, &|hash| run_has_fingerprint(unit, hash)) {
            Some(_) => Status::Completed,
            None if unit.start == Start::Yes && !is_suspended => {
                warnings.push(Warning::new(Kind::NotRun, "it has not ended well yet"));
                status
            }
            None => status,
        };
    }
    Module {
        name: unit.module.clone(),
        display_name: unit.display_name.clone(),
        image: Some(unit.image.clone()),
        digest: unit.digest.clone(),
        status,
        wanted: unit.instances,
        suspended: is_suspended,
        addresses: addresses(&containers, unit.port, unit.traffic, host),
        instances: containers
            .into_iter()
            .zip(healths)
            .map(|(container, health)| Instance { container, health })
            .collect(),
        routes: unit.routes.clone(),
        tasks,
        held_back: unit.held_back.clone(),
        warnings,
    }
}

/// What an operation is still at work on, or left when it was killed before it could write down what it had done.
fn unrecorded(name: ModuleName, containers: Vec<Container>, host: &str, at_work: bool) -> Module {
    let warning = "not recorded: left by an operation that did not end";
    Module {
        name,
        display_name: None,
        suspended: false,
        image: None,
        digest: None,
        status: status(&containers),
        // Nothing says how many there should be.
        wanted: u32::try_from(containers.len()).unwrap_or(u32::MAX),
        addresses: addresses(&containers, None, Traffic::Http, host),
        instances: containers.into_iter().map(|container| Instance { container, health: Health::Unknown }).collect(),
        routes: Vec::new(),
        tasks: Vec::new(),
        held_back: Vec::new(),
        warnings: if at_work { Vec::new() } else { vec![Warning::new(Kind::Unrecorded, warning)] },
    }
}

fn status(containers: &[Container]) -> Status {
    if containers.is_empty() {
        Status::NotDeployed
    } else if containers.iter().any(is_up) {
        Status::Running
    } else {
        Status::Suspended
    }
}

/// The engine says of what it is about to start again that it runs, and so do we: a table must not flicker.
fn is_up(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Restarting { .. })
}

async fn health(engine: &impl Look, container: &Container, unit: &Unit) -> Health {
    if container.state != ContainerState::Running {
        return Health::Unknown;
    }
    match unit.health.check {
        // That it runs is all there is to know.
        Check::Process => Health::Healthy,
        Check::Http { .. } | Check::Port { .. } => match engine.probe(container, unit).await {
            Ok(()) => Health::Healthy,
            Err(answer) => Health::Unhealthy(masked(&answer, unit)),
        },
    }
}

/// Addresses for a browser, or for a client that speaks TCP; the port that the application listens on first.
fn addresses(containers: &[Container], port: Option<u16>, traffic: Traffic, host: &str) -> Vec<String> {
    let running = containers.iter().filter(|container| container.state == ContainerState::Running);
    let mut published: Vec<_> = running
        .flat_map(|container| &container.ports)
        .filter(|port| port.protocol == "tcp" && port.host != 0)
        .collect();
    published.sort_by_key(|one| (Some(one.container) != port, one.container, one.host));
    let scheme = match traffic {
        Traffic::Http => "http",
        Traffic::Tcp => "tcp",
    };
    let mut addresses: Vec<String> = Vec::new();
    for one in published {
        // What listens everywhere is reached under the engine's host; `localhost` may mean an IPv6 address nobody listens on.
        let name = match one.address.as_str() {
            "" | "0.0.0.0" | "::" if host == "localhost" => "127.0.0.1".to_owned(),
            "" | "0.0.0.0" | "::" => host.to_owned(),
            address if address.contains(':') => format!("[{address}]"),
            address => address.to_owned(),
        };
        let address = format!("{scheme}://{name}:{}", one.host);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::observed::PublishedPort;

    #[test]
    fn an_address_is_one_that_a_browser_can_open() {
        let port = |container, host, address: &str| PublishedPort {
            container,
            host,
            address: address.into(),
            protocol: "tcp".into(),
        };
        let container = Container {
            id: "1".into(),
            name: "web".into(),
            deployment: DeploymentId {
                mta: crate::name::MtaId::new("shop"),
                namespace: None,
                space: crate::target::Space { org: "local".into(), space: "dev".into() },
            },
            module: ModuleName::new("web"),
            role: crate::plan::observed::Role::Instance,
            instance: 1,
            config_hash: String::new(),
            image_id: String::new(),
            state: ContainerState::Running,
            ports: vec![port(9000, 32001, "127.0.0.1"), port(8080, 32000, "0.0.0.0"), port(8080, 32000, "::")],
            address: None,
            restarts: 0,
            started_at: None,
            version: None,
            made_from: None,
        };
        assert_eq!(
            addresses(std::slice::from_ref(&container), Some(8080), Traffic::Http, "localhost"),
            ["http://127.0.0.1:32000", "http://127.0.0.1:32001"]
        );
        assert_eq!(addresses(&[container], None, Traffic::Tcp, "10.0.0.5")[0], "tcp://10.0.0.5:32000");
    }
}
