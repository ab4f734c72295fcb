//! Desired state − observed state = plan.
//!
//! Steps stand in an order in which they could be done one by one: images, network, volumes and units module by module in
//! deploy order, each followed by what it publishes; then subscriptions, what is taken back, what is removed; subscribers
//! of others last, one after another, because their environment depends on all of it.

use super::desired::{Desired, Wanted};
use super::instances::{Need, Present, What, need};
use super::observed::{Container, Deployed, EngineState, Touched};
use super::steps::Steps;
use super::subscribers::{self, Changed};
use super::unit::{MountSource, Unit};
use super::{Action, Cause, Plan, PlanKind, Record, Restart, Secrets, StepId, changes, entries, world};
use crate::name::ModuleName;
use crate::registry::{Entry, EntryChanges};
use crate::target::Target;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use super::undeploy::{Volumes, undeploy_plan};
pub use entries::{entries_of_undeployment, entry_changes};

/// Decisions that the command line leaves to the user.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// `Later` with `--no-restart-subscribed-apps`.
    pub subscribers: Restart,
    pub secrets: Secrets,
}

/// What a deployment has to do. `touched` are the subscribers of [`entry_changes`]; `target` is where this deployment goes.
pub fn plan(
    desired: &Desired,
    engine: &EngineState,
    deployed: &Deployed,
    touched: &[Touched],
    target: &Target,
    options: &PlanOptions,
) -> Plan {
    let published = entry_changes(desired, deployed);
    let mut making = Making::new(desired, engine, deployed, &published, options);
    let freed = making.remove_what_is_in_the_way();
    making.network();
    for wanted in &desired.units {
        making.module(wanted, &freed);
    }
    making.rest(&published);
    let subscribers = subscribers::updates(touched, &Changed { changes: &published, publisher: target, options });
    making.steps.one_after_another(subscribers.updates);
    let Making { steps, unchanged, recorded, .. } = making;
    let record = record(desired);
    let mut notices = desired.notices.clone();
    notices.extend(subscribers.notices);
    notices.extend(desired.units.iter().filter_map(|Wanted { unit, .. }| {
        let (old, new) = changes::routes(recorded.get(&unit.module)?, unit)?;
        Some(format!("module `{}`: routes {old} -> {new}, without a restart", unit.module))
    }));
    notices.extend(volumes_left_behind(desired, engine));
    Plan {
        deployment: desired.deployment.clone(),
        kind: PlanKind::Deploy,
        from: deployed.record.as_ref().map(|record| record.version.clone()),
        to: Some(desired.version.clone()),
        steps: steps.into_list(),
        broken_subscribers: subscribers.broken,
        unchanged,
        notices,
        world: world::facts(engine, deployed, touched),
        record: deployed.record.as_ref().is_none_or(|old| differs(old, &record)).then_some(record),
    }
}

struct Making<'a> {
    desired: &'a Desired,
    engine: &'a EngineState,
    options: &'a PlanOptions,
    deployed: &'a Deployed,
    recorded: HashMap<&'a ModuleName, &'a Unit>,
    containers: BTreeMap<&'a ModuleName, Vec<Container>>,
    steps: Steps,
    network: Option<StepId>,
    volumes: HashMap<&'a str, StepId>,
    pulls: HashMap<(String, Option<String>), StepId>,
    /// What whoever waits for a module waits for; nothing when the module and all it waits for stay as they are.
    done: HashMap<&'a ModuleName, BTreeSet<StepId>>,
    to_publish: BTreeMap<ModuleName, Vec<Entry>>,
    surplus: Vec<Surplus>,
    removed: BTreeSet<&'a ModuleName>,
    unchanged: Vec<ModuleName>,
}

/// Containers that a module has too many.
struct Surplus {
    module: ModuleName,
    containers: Vec<Container>,
    causes: Vec<Cause>,
    after: BTreeSet<StepId>,
}

impl<'a> Making<'a> {
    fn new(
        desired: &'a Desired,
        engine: &'a EngineState,
        deployed: &'a Deployed,
        changes: &EntryChanges,
        options: &'a PlanOptions,
    ) -> Self {
        let units = deployed.record.iter().flat_map(|record| &record.units);
        let mut containers: BTreeMap<&ModuleName, Vec<Container>> = BTreeMap::new();
        for container in &engine.containers {
            containers.entry(&container.module).or_default().push(container.clone());
        }
        Making {
            desired,
            engine,
            options,
            deployed,
            recorded: units.map(|unit| (&unit.module, &**unit)).collect(),
            containers,
            steps: Steps::default(),
            network: None,
            volumes: HashMap::new(),
            pulls: HashMap::new(),
            done: HashMap::new(),
            to_publish: entries::by_module(&changes.published),
            surplus: Vec::new(),
            removed: BTreeSet::new(),
            unchanged: Vec::new(),
        }
    }

    /// Orphans that hold a host port which a wanted module needs go first; all others go last.
    fn remove_what_is_in_the_way(&mut self) -> Vec<StepId> {
        let wanted: BTreeSet<u16> =
            self.desired.units.iter().flat_map(|wanted| &wanted.unit.ports).filter_map(|port| port.host).collect();
        let mut steps = Vec::new();
        for (module, containers) in self.orphans() {
            if containers.iter().flat_map(|container| &container.ports).any(|port| wanted.contains(&port.host)) {
                let action = Action::RemoveUnit { module: module.clone(), containers };
                steps.push(self.steps.add(action, vec![Cause::Orphaned], []));
                self.removed.insert(module);
            }
        }
        steps
    }

    fn orphans(&self) -> Vec<(&'a ModuleName, Vec<Container>)> {
        let wanted: BTreeSet<&ModuleName> = self.desired.units.iter().map(|wanted| &wanted.unit.module).collect();
        let orphans = self.containers.iter().filter(|(module, _)| !wanted.contains(**module));
        orphans.map(|(module, containers)| (*module, containers.clone())).collect()
    }

    fn network(&mut self) {
        if !self.desired.units.is_empty() && !self.network_is_there() {
            let action = Action::CreateNetwork { name: self.desired.network.clone() };
            self.network = Some(self.steps.add(action, vec![Cause::Missing], []));
        }
    }

    fn network_is_there(&self) -> bool {
        self.engine.networks.contains(&self.desired.network)
    }

    fn module(&mut self, wanted: &'a Wanted, freed: &[StepId]) {
        let unit = &wanted.unit;
        let containers = self.containers.get(&unit.module).map(Vec::as_slice).unwrap_or_default();
        let Need { what, causes, surplus, surplus_causes } = need(
            unit,
            &Present {
                containers,
                recorded: self.recorded.get(&unit.module).copied(),
                images: &self.engine.images,
                network_is_there: self.network_is_there(),
                secrets: self.options.secrets,
            },
        );
        let mut after: BTreeSet<StepId> =
            wanted.after.iter().filter_map(|module| self.done.get(module)).flatten().copied().collect();
        let mine = |unit: &Arc<Unit>| Arc::clone(unit);
        let action = match what {
            What::Nothing => None,
            What::Start => Some((true, Action::StartUnit { unit: mine(unit) })),
            What::Add { instances } => Some((true, Action::AddInstances { unit: mine(unit), instances })),
            What::Replace { old, handover } => Some((true, Action::ReplaceUnit { unit: mine(unit), old, handover })),
            What::Wake { containers } => Some((false, Action::WakeUnit { unit: mine(unit), containers })),
            What::Stop { containers } => Some((false, Action::StopUnit { module: unit.module.clone(), containers })),
        };
        if let Some((creates, action)) = action {
            if creates {
                after.extend(self.what_creation_needs(unit));
                after.extend(unit.ports.iter().any(|port| port.host.is_some()).then_some(freed).into_iter().flatten());
                after.extend(self.earlier_holders(unit));
            }
            let step = self.steps.add(action, causes, after);
            after = BTreeSet::from([step]);
        } else if surplus.is_empty() {
            self.unchanged.push(unit.module.clone());
        }
        if !surplus.is_empty() {
            self.surplus.push(Surplus {
                module: unit.module.clone(),
                containers: surplus,
                causes: surplus_causes,
                after: after.clone(),
            });
        }
        self.publish(&unit.module, &after);
        self.done.insert(&unit.module, after);
    }

    fn what_creation_needs(&mut self, unit: &'a Unit) -> Vec<StepId> {
        let mut needed: Vec<StepId> = self.network.into_iter().collect();
        for mount in &unit.volumes {
            let MountSource::Volume(name) = &mount.source else { continue };
            if self.engine.volumes.contains(name) {
                continue;
            }
            let steps = &mut self.steps;
            let step = self
                .volumes
                .entry(name)
                .or_insert_with(|| steps.add(Action::CreateVolume { name: name.clone() }, vec![Cause::Missing], []));
            needed.push(*step);
        }
        if !self.engine.images.contains_key(&unit.image) && unit.instances > 0 {
            let user = unit.credentials.as_ref().map(|credentials| credentials.username.clone());
            let steps = &mut self.steps;
            let step = self.pulls.entry((unit.image.clone(), user)).or_insert_with(|| {
                let pull = Action::PullImage {
                    module: unit.module.clone(),
                    reference: unit.image.clone(),
                    credentials: unit.credentials.clone(),
                };
                steps.add(pull, vec![Cause::Missing], [])
            });
            needed.push(*step);
        }
        needed
    }

    /// Modules that come before, are replaced, and hold a host port that this one wants: it moved from one to the other.
    fn earlier_holders(&self, unit: &Unit) -> Vec<StepId> {
        let fixed: Vec<u16> = unit.ports.iter().filter_map(|port| port.host).collect();
        if fixed.is_empty() {
            return Vec::new();
        }
        let holds = |containers: &Vec<Container>| {
            containers.iter().flat_map(|container| &container.ports).any(|port| fixed.contains(&port.host))
        };
        let others = self.containers.iter().filter(|(module, held)| **module != &unit.module && holds(held));
        others.filter_map(|(module, _)| self.done.get(*module)).flatten().copied().collect()
    }

    fn publish(&mut self, module: &ModuleName, after: &BTreeSet<StepId>) {
        if let Some(entries) = self.to_publish.remove(module) {
            let action = Action::Publish { module: module.clone(), entries };
            self.steps.add(action, vec![Cause::Needed], after.iter().copied());
        }
    }

    /// Everything that waits until all modules are complete.
    fn rest(&mut self, changes: &EntryChanges) {
        let complete = self.steps.ends();
        let stored = &self.deployed.subscriptions;
        for action in entries::subscription_actions(&self.desired.subscriptions, stored) {
            self.steps.add(action, vec![Cause::Needed], complete.clone());
        }
        if !changes.retracted.is_empty() {
            let action = Action::Retract { entries: changes.retracted.clone() };
            self.steps.add(action, vec![Cause::Orphaned], complete.clone());
        }
        for Surplus { module, containers, causes, after } in std::mem::take(&mut self.surplus) {
            self.steps.add(Action::RemoveUnit { module, containers }, causes, after);
        }
        for (module, containers) in self.orphans() {
            if !self.removed.contains(module) {
                let action = Action::RemoveUnit { module: module.clone(), containers };
                self.steps.add(action, vec![Cause::Orphaned], complete.clone());
            }
        }
    }
}

fn record(desired: &Desired) -> Record {
    let unit = |wanted: &Wanted| Arc::clone(&wanted.unit);
    let after = |wanted: &Wanted| (wanted.unit.module.clone(), wanted.after.clone());
    Record {
        version: desired.version.clone(),
        units: desired.units.iter().map(unit).collect(),
        network: desired.network.clone(),
        volumes: desired.volumes.clone(),
        after: desired.units.iter().filter(|wanted| !wanted.after.is_empty()).map(after).collect(),
    }
}

/// Whether there is something new to remember. That lines have moved in the descriptor is not, nor that time has passed.
fn differs(old: &Record, new: &Record) -> bool {
    let without_places = |record: &Record| {
        let mut record = record.clone();
        for unit in record.units.iter_mut().map(Arc::make_mut) {
            unit.declared = None;
            // Never stored, so never in the old one.
            unit.credentials = None;
            for variable in unit.environment.values_mut() {
                variable.origin = None;
                variable.origins_inside.clear();
                if variable.tells_the_time {
                    variable.text.clear();
                }
            }
        }
        record
    };
    without_places(old) != without_places(new)
}

/// Data is never removed by a deployment; that it lies there unused is worth a line.
fn volumes_left_behind<'a>(desired: &'a Desired, engine: &'a EngineState) -> impl Iterator<Item = String> + 'a {
    let unused = engine.volumes.iter().filter(|name| !desired.volumes.contains(name));
    unused.map(|name| format!("volume `{name}` is no longer used and stays, with its data"))
}
