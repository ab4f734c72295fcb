//! Desired state − observed state = plan.
//!
//! Steps stand in an order in which they could be done one by one: images, network, volumes and units module by module in
//! deploy order, each followed by what it publishes; then subscriptions, what is taken back, what is removed; subscribers
//! of others last, one after another, because their environment depends on all of it.

use super::desired::{Desired, Wanted};
use super::instances::{Need, Present, What, is_alive, need, need_to_run};
use super::job::{HookRun, Job, Phase, hooks_at};
use super::observed::{Container, Deployed, EngineState, Touched};
use super::selection::Staying;
use super::steps::Steps;
use super::subscribers::{self, Changed};
use super::unit::{MountSource, Start, Unit, Variable};
use super::{
    Action, Cause, Handover, Hooks, Plan, PlanKind, Record, Restart, Secrets, StepId, Suspended, changes, drift, due,
    entries, selection, sleep, stay, world,
};
use crate::name::ModuleName;
use crate::registry::{Entry, EntryChanges};
use crate::target::Target;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use super::undeploy::{Volumes, undeploy_plan};
pub use entries::{entries_of_undeployment, entry_changes};
pub use subscribers::{follow_oneself, subscribers_target};

/// Decisions that the command line leaves to the user.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// `Later` with `--no-restart-subscribed-apps`.
    pub subscribers: Restart,
    pub hooks: Hooks,
    pub secrets: Secrets,
    pub suspended: Suspended,
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
    let (desired, kept) = stay::with_what_stays(desired, engine, deployed);
    let desired = &*desired;
    let published = entry_changes(desired, deployed);
    let (asleep, sleeping) = sleep::with_what_sleeps(desired, deployed, options.suspended);
    let mut making = Making::new(&asleep, engine, deployed, &published, options);
    making.clear_away();
    let freed = making.remove_what_is_in_the_way();
    making.network();
    for wanted in &asleep.units {
        making.module(wanted, &freed);
    }
    making.rest(&published);
    let subscribers = subscribers::updates(touched, &Changed { changes: &published, publisher: target, options });
    making.steps.one_after_another(subscribers.updates);
    let Making { steps, unchanged, .. } = making;
    let record = record(desired);
    let waits = |unit: &&Arc<Unit>| !unit.held_back.is_empty();
    let held_back =
        desired.units.iter().map(|wanted| &wanted.unit).filter(waits).map(|unit| unit.module.clone()).collect();
    let mut notices = desired.notices.clone();
    notices.extend(subscribers.notices);
    notices.extend(selection::notice(&desired.left_alone));
    notices.extend(kept);
    notices.extend(sleeping.notices);
    let not_now = |unit: &&Arc<Unit>| unit.execution.is_some() && unit.start == Start::No;
    notices.extend(
        desired
            .units
            .iter()
            .map(|wanted| &wanted.unit)
            .filter(not_now)
            .map(|unit| format!("module `{}` is run once, and not now (`no-start`)", unit.module)),
    );
    notices.extend(volumes_left_behind(desired, engine));
    Plan {
        deployment: desired.deployment.clone(),
        kind: PlanKind::Deploy,
        from: deployed.record.as_ref().map(|record| record.version.clone()),
        to: Some(desired.version.clone()),
        steps: steps.into_list(),
        broken_subscribers: subscribers.broken,
        suspends: Vec::new(),
        resumes: sleeping.resumes,
        held_back,
        unchanged,
        drift: drift::drift(engine, deployed, &desired.left_alone),
        left_alone: desired.left_alone.modules.iter().cloned().collect(),
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
    recorded: HashMap<&'a ModuleName, &'a Arc<Unit>>,
    containers: BTreeMap<&'a ModuleName, Vec<Container>>,
    steps: Steps,
    /// What every module waits for.
    cleared: Option<StepId>,
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
            recorded: units.map(|unit| (&unit.module, unit)).collect(),
            containers,
            steps: Steps::default(),
            cleared: None,
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

    /// A task of an operation that was cut short may still be at work: it must end before anything else begins.
    fn clear_away(&mut self) {
        let alone = |job: &&Container| self.desired.left_alone.modules.contains(&job.module);
        let containers: Vec<Container> = self.engine.jobs.iter().filter(|job| !alone(job)).cloned().collect();
        if !containers.is_empty() {
            let cause = Cause::Drifted("an operation that was cut short left them".to_owned());
            self.cleared = Some(self.steps.add(Action::ClearAway { containers }, vec![cause], []));
        }
    }

    /// Orphans that hold a host port which a wanted module needs go first; all others go last.
    fn remove_what_is_in_the_way(&mut self) -> Vec<StepId> {
        let wanted: BTreeSet<u16> =
            self.desired.units.iter().flat_map(|wanted| &wanted.unit.ports).filter_map(|port| port.host).collect();
        let mut steps = Vec::new();
        for (module, containers) in self.orphans() {
            if containers.iter().flat_map(|container| &container.ports).any(|port| wanted.contains(&port.host)) {
                let hooks = self.removal_hooks(module, &containers);
                let action = Action::RemoveUnit { module: module.clone(), containers };
                steps.push(self.steps.add_with_hooks(action, vec![Cause::Orphaned], self.cleared, hooks));
                self.removed.insert(module);
            }
        }
        steps
    }

    /// The descriptor may say nothing of a module that goes: what was deployed does.
    fn removal_hooks(&self, module: &ModuleName, containers: &[Container]) -> Vec<HookRun> {
        let there = self.network_is_there() || self.network.is_some();
        let unit = self.recorded.get(module).filter(|_| there);
        unit.map(|unit| hooks_of_removal(unit, containers, self.options.hooks)).unwrap_or_default()
    }

    fn orphans(&self) -> Vec<(&'a ModuleName, Vec<Container>)> {
        let wanted: BTreeSet<&ModuleName> = self.desired.units.iter().map(|wanted| &wanted.unit.module).collect();
        let alone = &self.desired.left_alone.modules;
        let orphans =
            self.containers.iter().filter(|(module, _)| !wanted.contains(**module) && !alone.contains(**module));
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
        let recorded = self.recorded.get(&unit.module).copied();
        let present = Present {
            containers,
            recorded: recorded.map(|unit| &**unit),
            images: &self.engine.images,
            moved: self.engine.moved(&unit.image),
            network_is_there: self.network_is_there(),
            secrets: self.options.secrets,
        };
        let past = due::Past {
            runs: &self.deployed.runs,
            recorded: present.recorded,
            images: present.images,
            moved: present.moved.as_ref(),
            secrets: present.secrets,
        };
        let Need { what, causes, surplus, surplus_causes } = match unit.execution {
            Some(_) => need_to_run(unit, due::execution(unit, &past), &present),
            None => need(unit, &present),
        };
        let tasks: Vec<(&Job, Cause)> =
            unit.tasks.iter().filter_map(|task| Some((task, due::task(task, unit, &past)?))).collect();
        let mut after: BTreeSet<StepId> =
            wanted.after.iter().filter_map(|module| self.done.get(module)).flatten().copied().collect();
        let mut hooks = self.hooks(unit, &what);
        let mine = |unit: &Arc<Unit>| Arc::clone(unit);
        let action = match what {
            What::Nothing => None,
            What::Start => Some((true, Action::StartUnit { unit: mine(unit) })),
            What::Add { instances } => Some((true, Action::AddInstances { unit: mine(unit), instances })),
            What::Replace { old, handover } => {
                // What runs after the stop relies on nothing running then, neither the old instances nor the new ones.
                let between = hooks.iter().any(|hook| hook.phase == Phase::AfterStop);
                let handover = if between { Handover::OldFirst } else { handover };
                if handover == Handover::NewFirst {
                    hooks.sort_by_key(|hook| hook.phase != Phase::BeforeStart);
                }
                Some((true, Action::ReplaceUnit { unit: mine(unit), old, handover }))
            }
            What::Wake { containers } => Some((false, Action::WakeUnit { unit: mine(unit), containers })),
            What::Stop { containers } => Some((false, Action::StopUnit { module: unit.module.clone(), containers })),
        };
        if action.is_none() && tasks.is_empty() && surplus.is_empty() {
            self.unchanged.push(unit.module.clone());
        }
        if let Some((creates, action)) = action {
            if creates {
                after.extend(self.what_creation_needs(wanted));
                after.extend(unit.ports.iter().any(|port| port.host.is_some()).then_some(freed).into_iter().flatten());
                after.extend(self.earlier_holders(unit));
            } else if !hooks.is_empty() {
                after.extend(self.what_creation_needs(wanted));
            }
            after.extend(self.cleared);
            let step = self.steps.add_with_hooks(action, causes, after, hooks);
            after = BTreeSet::from([step]);
        }
        for (task, cause) in tasks {
            after.extend(self.what_creation_needs(wanted));
            after.extend(self.cleared);
            let action = Action::RunTask { unit: mine(unit), task: task.clone() };
            after = BTreeSet::from([self.steps.add(action, vec![cause], after)]);
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

    /// The hooks of what happens to the module. Instances that come or go beside others are no start and no stop of it.
    fn hooks(&self, unit: &Arc<Unit>, what: &What) -> Vec<HookRun> {
        let starts = unit.start == Start::Yes;
        let (stopped, started) = match what {
            What::Start => (false, starts),
            What::Replace { old, .. } => (old.iter().any(is_alive), starts),
            What::Wake { containers } => (false, !containers.iter().all(is_alive)),
            What::Stop { .. } => (true, false),
            What::Nothing | What::Add { .. } => (false, false),
        };
        let as_it_was = self.recorded.get(&unit.module).copied().unwrap_or(unit);
        let mut hooks = Vec::new();
        if self.options.hooks == Hooks::Skip {
            return hooks;
        }
        if stopped {
            hooks.extend(hooks_at(&[Phase::BeforeStop, Phase::AfterStop], unit, as_it_was));
        }
        if started {
            hooks.extend(hooks_at(&[Phase::BeforeStart], unit, unit));
        }
        hooks
    }

    fn what_creation_needs(&mut self, wanted: &'a Wanted) -> Vec<StepId> {
        let Wanted { unit, handling, .. } = wanted;
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
        let moved = self.engine.moved(&unit.image);
        let is_there = self.engine.images.contains_key(&unit.image) && moved.is_none();
        if !is_there && (unit.instances > 0 || !unit.tasks.is_empty()) {
            let user = unit.credentials.as_ref().map(|credentials| credentials.username.clone());
            let steps = &mut self.steps;
            let step = self.pulls.entry((unit.image.clone(), user)).or_insert_with(|| {
                let pull = Action::PullImage {
                    module: unit.module.clone(),
                    reference: unit.image.clone(),
                    credentials: unit.credentials.clone(),
                    timeout: handling.pull_timeout,
                };
                steps.add(pull, vec![moved.as_ref().map_or(Cause::Missing, changes::tag_moved)], [])
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
                let hooks = self.removal_hooks(module, &containers);
                let action = Action::RemoveUnit { module: module.clone(), containers };
                self.steps.add_with_hooks(action, vec![Cause::Orphaned], complete.clone(), hooks);
            }
        }
        if self.desired.unused_volumes == Volumes::Remove {
            // Only when nothing that has used them is there any more.
            let complete = self.steps.ends();
            for name in unused_volumes(self.desired, self.engine) {
                let action = Action::RemoveVolume { name: name.clone() };
                self.steps.add(action, vec![Cause::Requested], complete.clone());
            }
        }
    }
}

/// The hooks of a module that is removed, from a network that is there; what does not run has nothing to end.
pub(super) fn hooks_of_removal(unit: &Arc<Unit>, containers: &[Container], hooks: Hooks) -> Vec<HookRun> {
    let phases = [Phase::BeforeUnmapRoutes, Phase::BeforeStop, Phase::AfterStop];
    match hooks {
        Hooks::Run if containers.iter().any(is_alive) => hooks_at(&phases, unit, unit),
        Hooks::Run | Hooks::Skip => Vec::new(),
    }
}

fn record(desired: &Desired) -> Record {
    let after = |wanted: &Wanted| (wanted.unit.module.clone(), wanted.after.clone());
    let mut units: Vec<Arc<Unit>> = desired.units.iter().map(|wanted| Arc::clone(&wanted.unit)).collect();
    let staying = &desired.left_alone.recorded;
    // In rising order of their places, so each place is that of the whole list.
    for Staying { place, unit, .. } in staying {
        units.insert((*place).min(units.len()), Arc::clone(unit));
    }
    let as_it_was = |staying: &Staying| (staying.unit.module.clone(), staying.after.clone());
    let staying = staying.iter().filter(|staying| !staying.after.is_empty()).map(as_it_was);
    Record {
        version: desired.version.clone(),
        units,
        network: desired.network.clone(),
        volumes: desired.volumes.clone(),
        after: desired.units.iter().filter(|wanted| !wanted.after.is_empty()).map(after).chain(staying).collect(),
    }
}

/// Whether there is something new to remember. That lines have moved in the descriptor is not, nor that time has passed.
fn differs(old: &Record, new: &Record) -> bool {
    let without_places = |record: &Record| {
        let mut record = record.clone();
        for unit in record.units.iter_mut().map(Arc::make_mut) {
            unit.declared = None;
            unit.digest = None;
            // Never stored, so never in the old one.
            unit.credentials = None;
            unit.tasks.iter_mut().chain(unit.hooks.iter_mut().map(|hook| &mut hook.job)).for_each(Job::forget_places);
            unit.environment.values_mut().for_each(Variable::forget_place);
        }
        record
    };
    without_places(old) != without_places(new) || digests_differ(old, new)
}

/// Whether a tag means something else than it did. That nobody knew before is nothing new: a record of an earlier version has none.
fn digests_differ(old: &Record, new: &Record) -> bool {
    let before = |unit: &Unit| old.units.iter().find(|old| old.module == unit.module)?.digest.as_ref();
    new.units.iter().any(|unit| before(unit).zip(unit.digest.as_ref()).is_some_and(|(before, now)| before != now))
}

/// Data is removed by a deployment only when it is told so; that it lies there unused is worth a line.
fn volumes_left_behind<'a>(desired: &'a Desired, engine: &'a EngineState) -> impl Iterator<Item = String> + 'a {
    let stay = desired.unused_volumes == Volumes::Keep;
    let unused = unused_volumes(desired, engine).filter(move |_| stay);
    unused.map(|name| format!("volume `{name}` is no longer used and stays, with its data; `--delete-data` deletes it"))
}

fn unused_volumes<'a>(desired: &'a Desired, engine: &'a EngineState) -> impl Iterator<Item = &'a String> {
    engine.volumes.iter().filter(|name| !desired.volumes.contains(name))
}
