//! A world in which steps always go well: a registry's file, and containers in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use windlass::engine::recording::Recording;
use windlass::name::{ModuleName, MtaId};
use windlass::plan::difference::Volumes;
use windlass::plan::fingerprint::{fingerprint, job_fingerprint, run_fingerprint};
use windlass::plan::job::{JobKind, Run};
use windlass::plan::observed::{Container, ContainerState, MadeFrom, PublishedPort, Role};
use windlass::plan::unit::{SERVICES, Start, Unit};
use windlass::plan::{Action, Plan, Restart, names};
use windlass::registry::DeploymentId;
use windlass::store::{Access, Store};
use windlass::target::Space;

/// `world.yaml`: what has happened since, and how the plan is asked for. Containers are called `module-instance`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Changes {
    /// Images that have another id now.
    moved: Vec<String>,
    /// What registries have: image → digest. The engine has each of them as `sha256:0123456789abcdef`.
    registry: BTreeMap<String, String>,
    /// Images that are not on the engine.
    unknown: Vec<String>,
    /// `running`, `created`, `paused`, or `exited CODE`.
    states: BTreeMap<String, String>,
    gone: Vec<String>,
    /// Containers that have another name than they should: `module-instance` → name.
    names: BTreeMap<String, String>,
    /// Tasks that an operation left which was cut short: `module/task`.
    leftovers: Vec<String>,
    /// Tasks that have not ended well: `module/task`; `module` alone: it was to run once.
    not_run: Vec<String>,
    /// Further containers of a module that is there: module → instance.
    extra: BTreeMap<String, u32>,
    networks_gone: bool,
    /// Applications whose record is not there: their deployment ended before it could write down what it had done.
    unrecorded: Vec<String>,
    /// Host port → who holds it.
    taken: BTreeMap<u16, String>,
    /// Networks that others have made.
    foreign_networks: Vec<String>,
    /// Processors of the engine's machine.
    cpus: Option<u64>,
    /// The engine can keep a `disk-quota`.
    limits_disks: bool,
    /// Modules that were stopped on purpose.
    suspended: Vec<String>,
    /// `--resume`
    pub resume: bool,
    /// What somebody does to a module, instead of deploying: `suspend web`.
    pub act: Option<String>,
    /// Containers that somebody has made anew by hand: the image, and variables.
    by_hand: BTreeMap<String, ByHand>,
    pub no_start: bool,
    /// What is selected; absent: all.
    pub modules: Option<Vec<String>>,
    pub resources: Option<Vec<String>>,
    pub version_rule: Option<String>,
    pub delete_data: bool,
    pub restart_later: bool,
    pub no_hooks: bool,
    pub full: bool,
    pub undeploy: Option<String>,
    delete_volumes: bool,
    /// When it is asked for, in milliseconds; else at the same time as what was deployed before.
    pub timestamp: Option<String>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ByHand {
    image: Option<String>,
    /// With another value, or added.
    set: BTreeMap<String, String>,
    unset: Vec<String>,
}

impl Changes {
    pub fn volumes(&self) -> Volumes {
        if self.delete_volumes { Volumes::Remove } else { Volumes::Keep }
    }
}

pub fn read(path: &Path) -> Changes {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        Err(_) => Changes::default(),
    }
}

pub fn deployment(mta: &str) -> DeploymentId {
    let space = Space { org: "local".into(), space: "dev".into() };
    DeploymentId { mta: MtaId::new(mta), namespace: None, space }
}

struct Held {
    container: Container,
    unit: Unit,
    network: String,
}

pub struct World {
    pub store: Store,
    _folder: tempfile::TempDir,
    held: Vec<Held>,
    images: BTreeMap<String, String>,
    networks: Vec<String>,
    volumes: Vec<String>,
    taken: BTreeMap<u16, String>,
    foreign_networks: Vec<String>,
    cpus: Option<u64>,
    limits_disks: bool,
    registry: BTreeMap<String, String>,
    next_id: u32,
    /// What is deployed by the plan at hand.
    version: Option<String>,
}

impl World {
    pub fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let store = Store::open(&folder.path().join("state.sqlite"), Access::Write).expect("a store");
        World {
            store,
            _folder: folder,
            held: Vec::new(),
            images: BTreeMap::new(),
            networks: Vec::new(),
            volumes: Vec::new(),
            taken: BTreeMap::new(),
            foreign_networks: Vec::new(),
            cpus: None,
            limits_disks: false,
            registry: BTreeMap::new(),
            next_id: 1,
            version: None,
        }
    }

    /// Every image that a descriptor names is on the engine, until `world.yaml` says otherwise.
    pub fn know_images(&mut self, descriptor: &str) {
        for rest in descriptor.split("image: ").skip(1) {
            let name: String = rest.chars().take_while(|c| !c.is_whitespace() && !"},".contains(*c)).collect();
            self.images.entry(name.clone()).or_insert_with(|| format!("sha256:{name}"));
        }
    }

    pub fn change(&mut self, changes: &Changes) {
        for name in &changes.moved {
            self.images.insert(name.clone(), format!("sha256:new {name}"));
        }
        for name in &changes.unknown {
            self.images.remove(name);
        }
        self.held.retain(|held| !changes.gone.contains(&called(&held.container)));
        for held in &mut self.held {
            if let Some(name) = changes.names.get(&called(&held.container)) {
                held.container.name.clone_from(name);
            }
            if let Some(state) = changes.states.get(&called(&held.container)) {
                held.container.state = match state.split_once(' ') {
                    Some(("exited", code)) => {
                        ContainerState::Exited { code: code.parse().expect("an exit code"), out_of_memory: false }
                    }
                    _ => match &**state {
                        "running" => ContainerState::Running,
                        "created" => ContainerState::Created,
                        "paused" => ContainerState::Paused,
                        other => panic!("unknown state {other}"),
                    },
                };
            }
        }
        for held in &mut self.held {
            let Some(by_hand) = changes.by_hand.get(&called(&held.container)) else { continue };
            let made = held.container.made_from.as_mut().expect("each container is made from something");
            made.image = by_hand.image.clone().unwrap_or_else(|| made.image.clone());
            made.variables.retain(|name, _| !by_hand.unset.contains(name));
            made.variables.extend(by_hand.set.clone());
        }
        for (module, instance) in &changes.extra {
            let like = self.held.iter().find(|held| held.container.module.as_str() == module).expect("such a module");
            let (deployment, unit) = (like.container.deployment.clone(), like.unit.clone());
            self.run(&deployment, &unit, [*instance]);
        }
        for mta in &changes.unrecorded {
            self.store.forget(&deployment(mta)).expect("the store can be written");
        }
        for (module, task) in changes.leftovers.iter().filter_map(|name| name.split_once('/')) {
            let like = self.held.iter().find(|held| held.container.module.as_str() == module).expect("such a module");
            let mut left =
                Held { container: like.container.clone(), unit: like.unit.clone(), network: like.network.clone() };
            left.container.role = Role::Job { kind: JobKind::Task, name: task.into() };
            left.container.id = format!("left-{task}");
            left.container.name = format!("{}-task-{task}-op0", left.container.name);
            self.held.push(left);
        }
        for name in &changes.not_run {
            let (module, task) = name.split_once('/').map_or((&**name, None), |(module, task)| (module, Some(task)));
            let like = self.held.iter().find(|held| held.container.module.as_str() == module).expect("such a module");
            let (deployment, unit) = (like.container.deployment.clone(), like.unit.clone());
            self.ran(&deployment, &unit, task, "another one".into());
        }
        for module in &changes.suspended {
            let deployed = self.held.first().expect("something is deployed").container.deployment.clone();
            let module = ModuleName::new(module.as_str());
            self.store.suspend(&deployed, &module, "op0", std::time::UNIX_EPOCH).expect("the store can be written");
        }
        if changes.networks_gone {
            self.networks.clear();
        }
        self.taken = changes.taken.clone();
        self.foreign_networks = changes.foreign_networks.clone();
        self.cpus = changes.cpus;
        self.limits_disks = changes.limits_disks;
        self.registry = changes.registry.clone();
    }

    /// The engine as this application sees it: of networks, only its own carry its labels.
    pub fn engine(&self, mta: &str) -> Recording {
        let mut engine = Recording::new();
        for (name, id) in &self.images {
            engine = engine.with_image_id(name, id);
        }
        let own = names::network(&deployment(mta));
        for name in self.networks.iter().filter(|name| **name == own) {
            engine = engine.with_network(name);
        }
        for name in &self.volumes {
            engine = engine.with_volume(name);
        }
        for name in &self.foreign_networks {
            engine = engine.with_foreign_network(name);
        }
        if let Some(cpus) = self.cpus {
            engine = engine.with_cpus(cpus);
        }
        for (name, digest) in &self.registry {
            engine = engine.with_digest(name, "sha256:0123456789abcdef").with_manifest(name, digest);
        }
        if self.limits_disks {
            engine = engine.with_disk_quota();
        }
        for (port, holder) in &self.taken {
            engine = engine.with_taken_port(*port, holder);
        }
        for held in &self.held {
            engine = engine.with_container(held.container.clone(), &held.unit, &held.network);
        }
        engine
    }

    /// Believes that every step of the plan went well.
    pub fn apply(&mut self, plan: &Plan) {
        let stored = "the store can be written";
        self.version.clone_from(&plan.to);
        for step in &plan.steps {
            match &step.action {
                Action::CreateNetwork { name } => self.networks.push(name.clone()),
                Action::CreateVolume { name } => self.volumes.push(name.clone()),
                Action::PullImage { .. } | Action::RemoveVolume { .. } | Action::RemoveNetwork { .. } => {}
                Action::StartUnit { unit } => self.run(&plan.deployment, unit, 1..=unit.instances),
                Action::AddInstances { unit, instances } => self.run(&plan.deployment, unit, instances.iter().copied()),
                Action::ReplaceUnit { unit, old, .. } => {
                    self.remove(old);
                    self.run(&plan.deployment, unit, 1..=unit.instances);
                }
                Action::RemoveUnit { containers, .. } => self.remove(containers),
                Action::WakeUnit { .. } | Action::StopUnit { .. } => {}
                Action::RunTask { unit, task } => {
                    let fingerprint = job_fingerprint(task, unit);
                    self.ran(&plan.deployment, unit, Some(&task.name), fingerprint);
                }
                Action::ClearAway { containers } => self.remove(containers),
                Action::Publish { entries, .. } => self.store.publish(entries).expect(stored),
                Action::Retract { entries } => {
                    self.store.retract(entries).expect(stored);
                }
                Action::Subscribe { subscriptions } => self.store.subscribe(subscriptions).expect(stored),
                Action::Unsubscribe { subscriptions } => self.store.unsubscribe(subscriptions).expect(stored),
                Action::UpdateSubscriber(update) => {
                    self.store.record_unit(&update.subscriber, &update.unit, "").expect(stored);
                    if update.restart == Restart::Now {
                        self.remove(&update.old);
                        self.run(&update.subscriber, &update.unit, 1..=update.unit.instances);
                    }
                }
            }
        }
        if let Some(record) = &plan.record {
            self.store.record(&plan.deployment, record).expect(stored);
        }
    }

    fn ran(&self, deployment: &DeploymentId, unit: &Unit, task: Option<&str>, fingerprint: String) {
        let run = Run {
            module: unit.module.clone(),
            task: task.map(str::to_owned),
            fingerprint,
            image_id: self.images.get(&unit.image).cloned().unwrap_or_default(),
            revision: 1,
        };
        self.store.ran(deployment, &run).expect("the store can be written");
    }

    fn remove(&mut self, containers: &[Container]) {
        self.held.retain(|held| !containers.iter().any(|container| container.id == held.container.id));
    }

    fn run(&mut self, deployment: &DeploymentId, unit: &Unit, instances: impl IntoIterator<Item = u32>) {
        for instance in instances {
            let id = format!("id{}", self.next_id);
            self.next_id += 1;
            let host = |port: Option<u16>| port.unwrap_or(40000);
            let ports = unit.ports.iter().map(|port| PublishedPort {
                container: port.container,
                host: host(port.host),
                address: "0.0.0.0".into(),
                protocol: "tcp".into(),
            });
            let state = match (unit.start, &unit.execution) {
                (Start::No, _) => ContainerState::Created,
                (Start::Yes, None) => ContainerState::Running,
                (Start::Yes, Some(_)) => ContainerState::Exited { code: 0, out_of_memory: false },
            };
            if unit.execution.is_some() {
                self.ran(deployment, unit, None, run_fingerprint(unit));
            }
            let container = Container {
                id,
                name: names::container(deployment, &unit.module, instance),
                deployment: deployment.clone(),
                module: unit.module.clone(),
                role: Role::Instance,
                instance,
                config_hash: fingerprint(unit),
                image_id: format!("sha256:{}", unit.image),
                state,
                ports: ports.collect(),
                address: None,
                restarts: 0,
                started_at: None,
                version: self.version.clone(),
                made_from: Some(MadeFrom {
                    image: unit.image.clone(),
                    variables: with_what_images_bring(unit),
                    brought: Some(Arc::new(BTreeMap::from([("FROM_IMAGE".into(), "yes".into())]))),
                }),
            };
            self.held.push(Held { container, unit: unit.clone(), network: names::network(deployment) });
        }
    }
}

/// What a container of this unit really gets.
fn with_what_images_bring(unit: &Unit) -> BTreeMap<String, String> {
    let in_a_file = |name: &str| unit.services_file.is_some() && name == SERVICES;
    let own = unit.environment.iter().filter(|(name, _)| !in_a_file(name));
    let mut all: BTreeMap<String, String> = own.map(|(name, variable)| (name.clone(), variable.text.clone())).collect();
    all.entry("FROM_IMAGE".into()).or_insert_with(|| "yes".into());
    all.insert("PATH".into(), "/bin".into());
    all
}

fn called(container: &Container) -> String {
    format!("{}-{}", container.module, container.instance)
}
