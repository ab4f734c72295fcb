//! What is there: what the store remembers and what the engine shows, held beside each other.
//!
//! Nothing is believed of the store alone: a module runs when its containers run, whatever was recorded.

use crate::engine::{EngineError, Look};
use crate::name::ModuleName;
use crate::plan::fingerprint::{has_fingerprint, job_has_fingerprint, run_has_fingerprint};
use crate::plan::job::Run;
use crate::plan::observed::{Container, ContainerState, Deployed};
use crate::plan::unit::{Check, Start, Traffic, Unit};
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::store::Store;
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};

use super::failure::masked;
use super::lock;
use super::look::LookError;

/// One deployment as it stands.
#[derive(Debug)]
pub struct Survey {
    pub deployment: DeploymentId,
    /// `None`: the engine has containers of it, and the store knows nothing.
    pub version: Option<String>,
    pub revision: u64,
    /// The operation that is changing it at this moment, in words.
    pub at_work: Option<String>,
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
    /// As recorded; `None` when only the engine knows the module.
    pub image: Option<String>,
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
    /// What is not as it should be, one line each.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
pub struct Task {
    pub name: String,
    /// The revision that ran it as it is recorded; `None`: it has not ended well.
    pub revision: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    NotDeployed,
    Running,
    /// Deployed, but not running.
    Suspended,
    /// It is run once, and has ended well.
    Completed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::NotDeployed => "Not Deployed",
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
    /// Whether something is not as it was left.
    pub fn has_drifted(&self) -> bool {
        self.modules.iter().any(|module| !module.warnings.is_empty()) || !self.leftovers().is_empty()
    }

    /// Containers of tasks and hooks that no operation is at work on.
    pub fn leftovers(&self) -> &[Container] {
        if self.at_work.is_some() { &[] } else { &self.jobs }
    }
}

impl Module {
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
pub async fn survey(deployment: &DeploymentId, store: &Store, engine: &impl Look) -> Result<Option<Survey>, LookError> {
    let deployed = store.deployed(deployment)?;
    let state = engine.observe(deployment, &[]).await?;
    if deployed.record.is_none() && state.containers.is_empty() && state.jobs.is_empty() {
        return Ok(None);
    }
    let host = engine.info().await?.host;
    let mut containers: BTreeMap<ModuleName, Vec<Container>> = BTreeMap::new();
    for container in details(engine, state.containers).await? {
        containers.entry(container.module.clone()).or_default().push(container);
    }
    let Deployed { record, revision, entries, subscriptions, runs } = deployed;
    let at_work = match store.at_work(deployment)? {
        Some(at_work) => Some(at_work),
        None => lock::at_work(deployment, engine).await?,
    };
    let units = record.as_ref().map_or(&[][..], |record| &record.units);
    let mut modules = Vec::new();
    for unit in units {
        let own = containers.remove(&unit.module).unwrap_or_default();
        modules.push(recorded(engine, unit, own, &runs, &host).await);
    }
    modules.extend(containers.into_iter().map(|(name, own)| unrecorded(name, own, &host, at_work.is_some())));
    let version = record.map(|record| record.version);
    let (deployment, jobs) = (deployment.clone(), state.jobs);
    Ok(Some(Survey { deployment, version, revision, at_work, modules, jobs, entries, subscriptions }))
}

/// A listing does not say since when a container runs and how often it was restarted.
async fn details(engine: &impl Look, listed: Vec<Container>) -> Result<Vec<Container>, EngineError> {
    let all = join_all(listed.iter().map(|container| engine.inspect(&container.id))).await;
    let mut detailed = Vec::new();
    for (container, looked) in listed.into_iter().zip(all) {
        detailed.push(looked?.unwrap_or(container));
    }
    Ok(detailed)
}

async fn recorded(engine: &impl Look, unit: &Unit, containers: Vec<Container>, runs: &[Run], host: &str) -> Module {
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
    let mut warnings: Vec<String> =
        not_run.map(|task| format!("its task `{}` has not ended well yet", task.name)).collect();
    let mut status = status(&containers);
    if unit.execution.is_none() {
        warnings.extend(not_as_recorded(unit, &containers, &healths));
        warnings.extend(unready(engine, &containers, &healths, unit).await);
    } else if status != Status::Running && unit.instances > 0 {
        // An ended container may be cleared away by anybody: what has run is known from the record.
        status = match ran(None, &|hash| run_has_fingerprint(unit, hash)) {
            Some(_) => Status::Completed,
            None if unit.start == Start::Yes => {
                warnings.push("it has not ended well yet".to_owned());
                status
            }
            None => status,
        };
    }
    Module {
        name: unit.module.clone(),
        image: Some(unit.image.clone()),
        status,
        wanted: unit.instances,
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

/// What is wrong with the instances of a module that is to stay up.
fn not_as_recorded(unit: &Unit, containers: &[Container], healths: &[Health]) -> Vec<String> {
    let mut warnings = Vec::new();
    if containers.is_empty() && unit.instances > 0 {
        warnings.push("its containers are gone".to_owned());
    } else if containers.len() != unit.instances as usize {
        warnings.push(format!("{} of {} instances are there", containers.len(), unit.instances));
    }
    if containers.iter().any(|container| !has_fingerprint(unit, &container.config_hash)) {
        warnings.push("a restart is pending: its containers do not have the recorded configuration yet".to_owned());
    }
    for (container, health) in containers.iter().zip(healths) {
        warnings.extend(trouble(container, unit.start));
        if let Health::Unhealthy(answer) = health {
            warnings.push(format!("instance {} is not healthy: {answer}", container.instance));
        }
    }
    warnings
}

/// What an operation is still at work on, or left when it was killed before it could write down what it had done.
fn unrecorded(name: ModuleName, containers: Vec<Container>, host: &str, at_work: bool) -> Module {
    let warning = "not recorded: left by an operation that did not end";
    Module {
        name,
        image: None,
        status: status(&containers),
        // Nothing says how many there should be.
        wanted: u32::try_from(containers.len()).unwrap_or(u32::MAX),
        addresses: addresses(&containers, None, Traffic::Http, host),
        instances: containers.into_iter().map(|container| Instance { container, health: Health::Unknown }).collect(),
        routes: Vec::new(),
        tasks: Vec::new(),
        held_back: Vec::new(),
        warnings: if at_work { Vec::new() } else { vec![warning.to_owned()] },
    }
}

fn status(containers: &[Container]) -> Status {
    if containers.is_empty() {
        Status::NotDeployed
    } else if containers.iter().any(|container| container.state == ContainerState::Running) {
        Status::Running
    } else {
        Status::Suspended
    }
}

/// What is wrong with one container's state, given whether it should run.
fn trouble(container: &Container, start: Start) -> Option<String> {
    let who = format!("instance {}", container.instance);
    match (&container.state, start) {
        (ContainerState::Running, Start::No) => Some(format!("{who} runs and should not")),
        (ContainerState::Running, Start::Yes) if container.restarts >= 3 => {
            Some(format!("{who} was restarted {} times", container.restarts))
        }
        (ContainerState::Running, Start::Yes) | (_, Start::No) => None,
        (ContainerState::Created, Start::Yes) => Some(format!("{who} was created and never started")),
        (ContainerState::Paused, Start::Yes) => Some(format!("{who} is paused")),
        (ContainerState::Dead, Start::Yes) => Some(format!("{who} is dead")),
        (ContainerState::Restarting { code, out_of_memory }, Start::Yes) => Some(format!(
            "{who} ends again and again: exit code {code}{}, restarted {} times",
            memory(*out_of_memory),
            container.restarts
        )),
        (ContainerState::Exited { code, out_of_memory }, Start::Yes) => {
            Some(format!("{who} has ended with exit code {code}{}", memory(*out_of_memory)))
        }
    }
}

fn memory(out_of_memory: bool) -> &'static str {
    if out_of_memory { " (out of memory)" } else { "" }
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

/// Which instances are healthy, and want no traffic for now (`readiness-health-check-type`).
async fn unready(engine: &impl Look, containers: &[Container], healths: &[Health], unit: &Unit) -> Vec<String> {
    let Some(readiness) = &unit.readiness else { return Vec::new() };
    let mut asked = unit.clone();
    asked.health.check = readiness.check.clone();
    asked.health.invocation_timeout = readiness.invocation_timeout.unwrap_or(unit.health.invocation_timeout);
    let healthy = containers.iter().zip(healths).filter(|(_, health)| **health == Health::Healthy);
    let asked = healthy.map(|(container, _)| {
        let asked = &asked;
        async move {
            let answer = engine.probe(container, asked).await.err()?;
            Some(format!("instance {} is not ready for traffic: {}", container.instance, masked(&answer, asked)))
        }
    });
    join_all(asked).await.into_iter().flatten().collect()
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
        };
        assert_eq!(
            addresses(std::slice::from_ref(&container), Some(8080), Traffic::Http, "localhost"),
            ["http://127.0.0.1:32000", "http://127.0.0.1:32001"]
        );
        assert_eq!(addresses(&[container], None, Traffic::Tcp, "10.0.0.5")[0], "tcp://10.0.0.5:32000");
    }
}
