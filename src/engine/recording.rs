//! An engine in memory, for tests of what is above: it starts from a given state, remembers every verb, and fails on demand.
//!
//! It is stricter than a real engine: it refuses to start what was not created, to take a name twice, and to remove a
//! network or a volume that something still uses. A test that passes here has not relied on an engine's patience.

use super::mark::{Holder, Mark, Place};
use super::{CreateRequest, Death, Engine, EngineError, EngineInfo, ImageProblem, LogLine, LogLines, Look, Manifest};
use crate::name::ModuleName;
use crate::plan::job;
use crate::plan::machine::{DiskQuota, Machine};
use crate::plan::names;
use crate::plan::observed::{Container, ContainerState, EngineState, PublishedPort, Role};
use crate::plan::unit::{ImageCredentials, MountSource, Protocol, Unit};
use crate::registry::DeploymentId;
use futures_util::{Stream, StreamExt, TryStreamExt as _, stream};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What shall go wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The n-th verb, counted from 1, is refused.
    Verb(usize),
    /// The registry has no such image.
    NoImage(String),
    /// Containers of the module cannot be started.
    StartRefused(ModuleName),
    /// The module's process ends at once.
    Dies { module: ModuleName, code: i64, out_of_memory: bool },
    /// The module's process ends at once, and the engine starts it again and again.
    KeepsDying { module: ModuleName, code: i64 },
    /// Probes of the module never succeed.
    Unhealthy(ModuleName),
    /// The module's first probes fail.
    HealthyAfter { module: ModuleName, probes: u32 },
    /// The task or hook of this name ends with this code. Without a fault it ends well, as does a module that is itself
    /// run once; both at once.
    JobFails { job: String, code: i64 },
    /// The task, the hook or the module of this name runs until it is stopped.
    NeverEnds(String),
}

pub struct Recording {
    world: Mutex<World>,
    latency: Duration,
}

#[derive(Default)]
struct World {
    images: BTreeMap<String, String>,
    /// What a registry has: digest by reference. An empty one cannot be asked.
    registry: BTreeMap<String, String>,
    /// Under which digests images came from there.
    digests: BTreeMap<String, Vec<String>>,
    networks: Vec<String>,
    volumes: Vec<String>,
    /// Made by others.
    foreign_networks: Vec<String>,
    cpus: Option<u64>,
    limits_disks: bool,
    /// Ports that something outside of windlass holds, and what.
    taken: BTreeMap<u16, String>,
    held: Vec<Held>,
    faults: Vec<Fault>,
    /// With module and instance in fault texts.
    journal: Vec<String>,
    made: usize,
    probes: BTreeMap<String, u32>,
    at_work: usize,
    most_at_work: usize,
    marks: Vec<(DeploymentId, Mark)>,
    /// What the clock says.
    time: i64,
}

struct Held {
    container: Container,
    unit: Option<Unit>,
    network: Option<String>,
    /// The tar stream that was put into it.
    content: Vec<u8>,
}

impl Default for Recording {
    fn default() -> Recording {
        Recording::new()
    }
}

impl Recording {
    /// An engine with nothing on it.
    pub fn new() -> Recording {
        Recording { world: Mutex::default(), latency: Duration::ZERO }
    }

    /// Puts an image on the engine.
    pub fn with_image(self, reference: &str) -> Recording {
        let id = format!("sha256:{reference}");
        self.with_image_id(reference, &id)
    }

    /// Lets an image's name mean this id.
    pub fn with_image_id(self, reference: &str, id: &str) -> Recording {
        self.world().images.insert(reference.into(), id.into());
        self
    }

    /// Lets an image of the engine have come from a registry.
    pub fn with_digest(self, reference: &str, digest: &str) -> Recording {
        self.world().digests.entry(reference.into()).or_default().push(digest.into());
        self
    }

    /// Lets a registry have an image under this digest.
    pub fn with_manifest(self, reference: &str, digest: &str) -> Recording {
        self.world().registry.insert(reference.into(), digest.into());
        self
    }

    /// Lets containers have a `disk-quota`.
    pub fn with_disk_quota(self) -> Recording {
        self.world().limits_disks = true;
        self
    }

    /// A network that somebody else has made.
    pub fn with_foreign_network(self, name: &str) -> Recording {
        self.world().foreign_networks.push(name.into());
        self
    }

    pub fn with_cpus(self, cpus: u64) -> Recording {
        self.world().cpus = Some(cpus);
        self
    }

    pub fn with_network(self, name: &str) -> Recording {
        self.world().networks.push(name.into());
        self
    }

    pub fn with_volume(self, name: &str) -> Recording {
        self.world().volumes.push(name.into());
        self
    }

    /// Puts a container on the engine, attached to `network` and made from `unit`.
    pub fn with_container(self, container: Container, unit: &Unit, network: &str) -> Recording {
        self.world().held.push(Held {
            container,
            unit: Some(unit.clone()),
            network: Some(network.into()),
            content: Vec::new(),
        });
        self
    }

    pub fn with_taken_port(self, port: u16, holder: &str) -> Recording {
        self.world().taken.insert(port, holder.into());
        self
    }

    pub fn with_fault(self, fault: Fault) -> Recording {
        self.world().faults.push(fault);
        self
    }

    /// Each verb takes this long.
    pub fn with_latency(self, latency: Duration) -> Recording {
        Recording { latency, ..self }
    }

    /// Every verb so far, one line each, in the order in which they took effect.
    pub fn journal(&self) -> Vec<String> {
        self.world().journal.clone()
    }

    /// How many verbs were at work at the same time, at most.
    pub fn most_at_work(&self) -> usize {
        self.world().most_at_work
    }

    /// Lets the clock go forward, or back.
    pub fn turn_clock(&self, seconds: i64) {
        self.world().time += seconds;
    }

    /// Loses all marks, as an engine whose unused volumes somebody clears away.
    pub fn lose_marks(&self) {
        self.world().marks.clear();
    }

    /// `name state`, sorted by name.
    pub fn containers(&self) -> Vec<String> {
        let mut all: Vec<String> = self.world().held.iter().map(|held| describe(&held.container)).collect();
        all.sort();
        all
    }

    /// What was put into the container of this name.
    pub fn content(&self, name: &str) -> Vec<u8> {
        let world = self.world();
        world.held.iter().find(|held| held.container.name == name).map(|held| held.content.clone()).unwrap_or_default()
    }

    pub fn networks(&self) -> Vec<String> {
        self.world().networks.clone()
    }

    pub fn volumes(&self) -> Vec<String> {
        self.world().volumes.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one verb: waits as an engine would, then applies `act` unless a fault says otherwise.
    async fn verb<T>(
        &self,
        line: String,
        act: impl FnOnce(&mut World) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        {
            let mut world = self.world();
            world.at_work += 1;
            world.most_at_work = world.most_at_work.max(world.at_work);
        }
        // Dropped on cancellation too, so that a cancelled verb does not count as being at work for ever.
        let at_work = AtWork(self);
        if self.latency.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(self.latency).await;
        }
        drop(at_work);
        let mut world = self.world();
        world.journal.push(line.clone());
        let number = world.journal.len();
        if world.faults.contains(&Fault::Verb(number)) {
            return Err(EngineError::Refused { doing: line, reason: format!("verb {number} was told to fail") });
        }
        act(&mut world)
    }
}

struct AtWork<'a>(&'a Recording);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.world().at_work -= 1;
    }
}

fn describe(container: &Container) -> String {
    let state = match &container.state {
        ContainerState::Created => "created",
        ContainerState::Running => "running",
        ContainerState::Restarting { .. } => "restarting",
        ContainerState::Paused => "paused",
        ContainerState::Exited { .. } => "exited",
        ContainerState::Dead => "dead",
    };
    format!("{} {state}", container.name)
}

fn refused(doing: impl Into<String>, reason: impl Into<String>) -> EngineError {
    EngineError::Refused { doing: doing.into(), reason: reason.into() }
}

impl World {
    fn find(&mut self, id: &str, doing: &str) -> Result<&mut Held, EngineError> {
        self.held
            .iter_mut()
            .find(|held| held.container.id == id)
            .ok_or_else(|| refused(doing, format!("no such container: {id}")))
    }

    fn name_of(&self, id: &str) -> String {
        let found = self.held.iter().find(|held| held.container.id == id);
        found.map_or_else(|| id.to_owned(), |held| held.container.name.clone())
    }

    fn holder_of(&self, port: u16, but: &str) -> Option<String> {
        let ours = self.held.iter().find(|held| {
            held.container.id != but
                && held.container.state == ContainerState::Running
                && held.container.ports.iter().any(|published| published.host == port)
        });
        self.taken.get(&port).cloned().or_else(|| ours.map(|held| format!("container {}", held.container.name)))
    }

    fn start(&mut self, id: &str) -> Result<(), EngineError> {
        let held = self.find(id, "start a container")?;
        let (module, unit) = (held.container.module.clone(), held.unit.clone());
        if held.container.state == ContainerState::Running {
            return Err(refused("start a container", "it runs already"));
        }
        if self.faults.contains(&Fault::StartRefused(module.clone())) {
            return Err(refused(format!("start {module}"), "it was told to fail"));
        }
        let wanted: Vec<_> = unit.iter().flat_map(|unit| &unit.ports).cloned().collect();
        let mut published = Vec::new();
        for port in wanted {
            if let Some(host) = port.host
                && let Some(holder) = self.holder_of(host, id)
            {
                return Err(EngineError::PortTaken { module: Some(module), port: host, holder });
            }
            let protocol = match port.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
            };
            published.push(PublishedPort {
                container: port.container,
                host: port.host.unwrap_or(32768),
                address: port.address.unwrap_or_else(|| "0.0.0.0".into()),
                protocol: protocol.into(),
            });
        }
        let fate = self.faults.iter().find_map(|fault| match fault {
            Fault::Dies { module: who, code, out_of_memory } if *who == module => {
                Some((ContainerState::Exited { code: *code, out_of_memory: *out_of_memory }, 0))
            }
            Fault::KeepsDying { module: who, code } if *who == module => {
                Some((ContainerState::Restarting { code: *code, out_of_memory: false }, 2))
            }
            _ => None,
        });
        let fate = fate.or_else(|| self.end_of(id));
        let held = self.find(id, "start a container")?;
        (held.container.state, held.container.restarts) = fate.unwrap_or((ContainerState::Running, 0));
        held.container.ports = published;
        held.container.address = Some("10.0.0.2".into());
        held.container.started_at = Some("2026-01-01T00:00:00Z".into());
        Ok(())
    }
}

impl World {
    /// An application that says its secrets: what is above must mask them.
    fn said(&self, id: &str) -> Vec<String> {
        let Some(held) = self.held.iter().find(|held| held.container.id == id) else { return Vec::new() };
        let mut said = vec![format!("{} says its last words", held.container.module)];
        for (name, variable) in held.unit.iter().flat_map(|unit| &unit.environment) {
            said.push(format!("{name} is {}", variable.text));
        }
        said
    }

    /// What becomes of a container that runs to an end; `None` for one that stays up.
    fn end_of(&self, id: &str) -> Option<(ContainerState, u32)> {
        let held = self.held.iter().find(|held| held.container.id == id)?;
        let name = match &held.container.role {
            Role::Job { name, .. } => name,
            Role::Instance if held.unit.as_ref().is_some_and(|unit| unit.execution.is_some()) => {
                held.container.module.as_str()
            }
            Role::Instance => return None,
        };
        if self.faults.contains(&Fault::NeverEnds(name.to_owned())) {
            return None;
        }
        let failing = self.faults.iter().find_map(|fault| match fault {
            Fault::JobFails { job, code } if job == name => Some(*code),
            _ => None,
        });
        Some((ContainerState::Exited { code: failing.unwrap_or(0), out_of_memory: false }, 0))
    }
}

impl Look for Recording {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        Ok(EngineInfo {
            endpoint: "memory".into(),
            chosen_because: "a test".into(),
            version: "Recording".into(),
            host: "localhost".into(),
        })
    }

    async fn observe(&self, deployment: &DeploymentId, images: &[String]) -> Result<EngineState, EngineError> {
        let world = self.world();
        let mut containers: Vec<Container> = world
            .held
            .iter()
            .filter(|held| held.container.deployment == *deployment)
            .map(|held| held.container.clone())
            .collect();
        containers.sort_by(|a, b| (&a.module, a.instance, &a.id).cmp(&(&b.module, b.instance, &b.id)));
        Ok(EngineState {
            networks: world.networks.clone(),
            volumes: world.volumes.clone(),
            images: images.iter().filter_map(|name| Some((name.clone(), world.images.get(name)?.clone()))).collect(),
            digests: images.iter().filter_map(|name| Some((name.clone(), world.digests.get(name)?.clone()))).collect(),
            taken_ports: world.taken.iter().map(|(port, holder)| ((*port, "tcp".to_owned()), holder.clone())).collect(),
            ..EngineState::of(containers)
        })
    }

    async fn all_containers(&self) -> Result<Vec<Container>, EngineError> {
        Ok(self.world().held.iter().map(|held| held.container.clone()).collect())
    }

    async fn machine(&self) -> Result<Machine, EngineError> {
        let world = self.world();
        Ok(Machine {
            disk_quota: match world.limits_disks {
                true => DiskQuota::Kept,
                false => DiskQuota::Ignored("an engine in memory has no disk".into()),
            },
            cpus: world.cpus,
            networks: world.networks.iter().chain(&world.foreign_networks).cloned().collect(),
        })
    }

    async fn marks(&self, deployment: Option<&DeploymentId>) -> Result<Vec<Mark>, EngineError> {
        tokio::task::yield_now().await;
        let world = self.world();
        let wanted = world.marks.iter().filter(|(of, _)| deployment.is_none_or(|wanted| wanted == of));
        Ok(wanted.map(|(_, mark)| mark.clone()).collect())
    }

    async fn time(&self) -> Result<Option<i64>, EngineError> {
        Ok(Some(self.world().time))
    }

    async fn manifest(&self, reference: &str, _: Option<&ImageCredentials>) -> Result<Manifest, EngineError> {
        let world = self.world();
        let problem = match world.registry.get(reference) {
            Some(digest) => {
                let digest = Some(digest.clone());
                return Ok(Manifest { digest, platforms: Vec::new(), used: "no credentials".into() });
            }
            None if world.registry.is_empty() => ImageProblem::Other { reason: "there is no registry".into() },
            None => ImageProblem::Tag { repository: "memory".into(), tag: reference.into() },
        };
        Err(EngineError::Image { reference: reference.into(), problem })
    }

    async fn details(&self, containers: Vec<Container>) -> Result<Vec<Container>, EngineError> {
        let world = self.world();
        let known = |id: &str| world.held.iter().find(|held| held.container.id == id);
        let detailed =
            containers.into_iter().map(|listed| known(&listed.id).map_or(listed, |held| held.container.clone()));
        Ok(detailed.collect())
    }

    async fn inspect(&self, id: &str) -> Result<Option<Container>, EngineError> {
        Ok(self.world().held.iter().find(|held| held.container.id == id).map(|held| held.container.clone()))
    }

    async fn last_lines(&self, id: &str, lines: usize) -> Result<Vec<String>, EngineError> {
        let world = self.world();
        if !world.held.iter().any(|held| held.container.id == id) {
            return Err(refused("read a log", format!("no such container: {id}")));
        }
        let mut said = world.said(id);
        Ok(said.split_off(said.len().saturating_sub(lines)))
    }

    /// A log that is followed ends with its container.
    fn logs(&self, id: &str, wanted: LogLines) -> impl Stream<Item = Result<LogLine, EngineError>> + Send {
        let world = self.world();
        let runs = |held: &Held| held.container.id == id && held.container.state == ContainerState::Running;
        let goes_on = wanted.follow && world.held.iter().any(runs);
        let lines: Vec<_> =
            world.said(id).into_iter().map(|text| Ok(LogLine { stream: job::Stream::Out, text })).collect();
        let rest = if goes_on { stream::pending().left_stream() } else { stream::empty().right_stream() };
        stream::iter(lines).chain(rest)
    }

    fn stirrings(&self) -> impl Stream<Item = Result<(), EngineError>> + Send {
        stream::pending()
    }

    /// As often as it was started again.
    async fn deaths_since(&self, container: &str, _since: SystemTime) -> Result<usize, EngineError> {
        Ok(self.inspect(container).await?.map_or(0, |container| container.restarts as usize))
    }

    /// Nothing is told: what waits for a container has to look, too.
    fn deaths(&self, _deployment: &DeploymentId) -> impl Stream<Item = Result<Death, EngineError>> + Send {
        stream::pending()
    }

    async fn probe(&self, container: &Container, _unit: &Unit) -> Result<(), String> {
        tokio::task::yield_now().await;
        let mut world = self.world();
        let asked = world.probes.entry(container.id.clone()).or_default();
        *asked += 1;
        let asked = *asked;
        let runs = |held: &Held| held.container.id == container.id && held.container.state == ContainerState::Running;
        if !world.held.iter().any(runs) {
            return Err("connection refused".into());
        }
        let failing = world.faults.iter().any(|fault| match fault {
            Fault::Unhealthy(module) => *module == container.module,
            Fault::HealthyAfter { module, probes } => *module == container.module && asked <= *probes,
            _ => false,
        });
        if failing { Err("HTTP 503".into()) } else { Ok(()) }
    }
}

impl Engine for Recording {
    /// Marks are no part of the journal: they say who works, not what is done.
    async fn put_up(&self, deployment: &DeploymentId, place: &Place, holder: &Holder) -> Result<Mark, EngineError> {
        tokio::task::yield_now().await;
        let mut world = self.world();
        if let Some((_, mark)) = world.marks.iter().find(|(of, mark)| of == deployment && mark.place == *place) {
            return Ok(mark.clone());
        }
        let lock = names::lock(deployment);
        let mark = Mark { lock, place: place.clone(), holder: holder.clone(), at: Some(world.time) };
        world.marks.push((deployment.clone(), mark.clone()));
        Ok(mark)
    }

    async fn take_down(&self, deployment: &DeploymentId, place: &Place) -> Result<(), EngineError> {
        tokio::task::yield_now().await;
        self.world().marks.retain(|(of, mark)| of != deployment || mark.place != *place);
        Ok(())
    }

    async fn pull(&self, reference: &str, _credentials: Option<&ImageCredentials>) -> Result<String, EngineError> {
        self.verb(format!("pull {reference}"), |world| {
            if world.faults.contains(&Fault::NoImage(reference.into())) {
                let problem = ImageProblem::Other { reason: "it is not there".into() };
                return Err(EngineError::Image { reference: reference.into(), problem });
            }
            let there = world.registry.get(reference).cloned();
            if let Some(digest) = &there {
                world.digests.insert(reference.into(), vec![digest.clone()]);
            }
            let id = there.unwrap_or_else(|| format!("sha256:{reference}"));
            world.images.insert(reference.into(), id.clone());
            Ok(id)
        })
        .await
    }

    async fn create_network(&self, _deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        self.verb(format!("create network {name}"), |world| {
            if !world.networks.iter().any(|held| held == name) {
                world.networks.push(name.into());
            }
            Ok(())
        })
        .await
    }

    async fn remove_network(&self, _deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        self.verb(format!("remove network {name}"), |world| {
            if let Some(user) = world.held.iter().find(|held| held.network.as_deref() == Some(name)) {
                return Err(refused("remove a network", format!("{} uses it", user.container.name)));
            }
            world.networks.retain(|held| held != name);
            Ok(())
        })
        .await
    }

    async fn create_volume(&self, _deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        self.verb(format!("create volume {name}"), |world| {
            if !world.volumes.iter().any(|held| held == name) {
                world.volumes.push(name.into());
            }
            Ok(())
        })
        .await
    }

    async fn remove_volume(&self, _deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        self.verb(format!("remove volume {name}"), |world| {
            let uses = |unit: &Unit| unit.volumes.iter().any(|mount| mount.source == MountSource::Volume(name.into()));
            if let Some(user) = world.held.iter().find(|held| held.unit.as_ref().is_some_and(uses)) {
                return Err(refused("remove a volume", format!("{} uses it", user.container.name)));
            }
            world.volumes.retain(|held| held != name);
            Ok(())
        })
        .await
    }

    async fn create(&self, request: &CreateRequest<'_>) -> Result<String, EngineError> {
        self.verb(format!("create {}", request.name), |world| {
            let doing = format!("create {}", request.name);
            let Some(image_id) = world.images.get(&request.unit.image).cloned() else {
                return Err(refused(doing, format!("no such image: {}", request.unit.image)));
            };
            if !world.networks.iter().any(|held| held == request.network) {
                return Err(refused(doing, format!("no such network: {}", request.network)));
            }
            if let Some(missing) = request
                .unit
                .networks
                .iter()
                .find(|name| ![&world.networks, &world.foreign_networks].iter().any(|all| all.contains(name)))
            {
                return Err(refused(doing, format!("no such network: {missing}")));
            }
            if request.unit.disk_quota.is_some() && !world.limits_disks {
                return Err(refused(doing, "disks are not limited here"));
            }
            for mount in &request.unit.volumes {
                if let MountSource::Volume(name) = &mount.source
                    && !world.volumes.contains(name)
                {
                    return Err(refused(doing, format!("no such volume: {name}")));
                }
            }
            if world.held.iter().any(|held| held.container.name == request.name) {
                return Err(refused(doing, "the name is in use"));
            }
            world.made += 1;
            let id = format!("id-{}", world.made);
            world.held.push(Held {
                container: Container {
                    id: id.clone(),
                    name: request.name.into(),
                    deployment: request.deployment.clone(),
                    module: request.unit.module.clone(),
                    role: request.role.clone(),
                    instance: request.instance,
                    config_hash: request.config_hash.into(),
                    image_id,
                    state: ContainerState::Created,
                    ports: Vec::new(),
                    address: None,
                    restarts: 0,
                    started_at: None,
                    version: Some(request.version.to_owned()),
                    made_from: None,
                },
                unit: Some(request.unit.clone()),
                network: Some(request.network.into()),
                content: Vec::new(),
            });
            Ok(id)
        })
        .await
    }

    async fn fill(
        &self,
        id: &str,
        files: impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static,
    ) -> Result<(), EngineError> {
        let line = format!("fill {}", self.world().name_of(id));
        let files: Result<Vec<Vec<u8>>, _> = files.try_collect().await;
        self.verb(line, |world| {
            let tar = files.map_err(|error| refused("fill a container", error.to_string()))?.concat();
            let held = world.find(id, "fill a container")?;
            if held.container.state != ContainerState::Created {
                return Err(refused("fill a container", "it has been started"));
            }
            held.content = tar;
            Ok(())
        })
        .await
    }

    async fn copy_folder(&self, from: &str, to: &str, folder: &str) -> Result<(), EngineError> {
        let line = {
            let world = self.world();
            format!("copy {folder} from {} to {}", world.name_of(from), world.name_of(to))
        };
        self.verb(line, |world| {
            let content = world.find(from, "hand out content")?.content.clone();
            let held = world.find(to, "fill a container")?;
            if held.container.state != ContainerState::Created {
                return Err(refused("fill a container", "it has been started"));
            }
            held.content = content;
            Ok(())
        })
        .await
    }

    async fn start(&self, id: &str) -> Result<(), EngineError> {
        let line = format!("start {}", self.world().name_of(id));
        self.verb(line, |world| {
            let started = world.start(id);
            if started.is_err() {
                world.held.retain(|held| held.container.id != id || held.container.state != ContainerState::Created);
            }
            started
        })
        .await
    }

    async fn stop(&self, id: &str) -> Result<(), EngineError> {
        let line = format!("stop {}", self.world().name_of(id));
        self.verb(line, |world| {
            let held = world.find(id, "stop a container")?;
            if matches!(held.container.state, ContainerState::Running | ContainerState::Restarting { .. }) {
                held.container.state = ContainerState::Exited { code: 143, out_of_memory: false };
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let line = format!("remove {}", self.world().name_of(id));
        self.verb(line, |world| {
            world.held.retain(|held| held.container.id != id);
            Ok(())
        })
        .await
    }

    async fn rename(&self, id: &str, name: &str) -> Result<(), EngineError> {
        let line = format!("rename {} to {name}", self.world().name_of(id));
        self.verb(line, |world| {
            if world.held.iter().any(|held| held.container.name == name && held.container.id != id) {
                return Err(refused("rename a container", format!("the name {name} is in use")));
            }
            world.find(id, "rename a container")?.container.name = name.into();
            Ok(())
        })
        .await
    }
}
