//! What somebody does to one module that is deployed, without a descriptor: it stops, starts, or goes.
//!
//! The record is the truth here. It says what the module is, and stays as it is until the module goes: a suspended module is
//! one that is not to run for now, not another one.

use super::difference::{PlanOptions, Volumes, hooks_of_removal};
use super::fingerprint::has_fingerprint;
use super::instances::{handover, is_alive};
use super::job::{HookRun, Phase, hooks_at};
use super::observed::{Container, ContainerState, Deployed, EngineState, Touched};
use super::steps::Steps;
use super::subscribers::{self, Changed};
use super::unit::{MountSource, Start, Unit};
use super::{Action, Cause, Hooks, Plan, PlanKind, Record, world};
use crate::name::ModuleName;
use crate::registry::{DeploymentId, EntryChanges};
use crate::target::Target;
use std::sync::Arc;

/// What is to be done to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Suspend,
    Resume,
    Restart,
    Delete(Volumes),
}

/// A module, and what is known of the deployment that it belongs to.
#[derive(Debug)]
pub struct Subject<'a> {
    pub deployment: &'a DeploymentId,
    pub module: &'a ModuleName,
    pub engine: &'a EngineState,
    pub deployed: &'a Deployed,
    /// The subscribers of [`entries_of`] the module, when it is deleted.
    pub touched: &'a [Touched],
    pub target: &'a Target,
    pub options: &'a PlanOptions,
}

/// What the registry loses with a module.
pub fn entries_of(module: &ModuleName, deployed: &Deployed) -> EntryChanges {
    let own = deployed.entries.iter().filter(|entry| entry.module.as_ref() == Some(module));
    EntryChanges { retracted: own.cloned().collect(), ..EntryChanges::default() }
}

/// What has to be done; nothing for a module that is not deployed, or is already as it is to be.
pub fn plan(act: Act, subject: &Subject<'_>) -> Plan {
    let record = subject.deployed.record.as_ref();
    let version = record.map(|record| record.version.clone());
    let mut plan = Plan {
        deployment: subject.deployment.clone(),
        kind: match act {
            Act::Suspend => PlanKind::Suspend,
            Act::Resume => PlanKind::Resume,
            Act::Restart => PlanKind::Restart,
            Act::Delete(_) => PlanKind::Delete,
        },
        from: version.clone(),
        to: version,
        steps: Vec::new(),
        broken_subscribers: Vec::new(),
        unchanged: Vec::new(),
        left_alone: Vec::new(),
        drift: Vec::new(),
        suspends: Vec::new(),
        resumes: Vec::new(),
        held_back: Vec::new(),
        notices: Vec::new(),
        world: world::facts(subject.engine, subject.deployed, subject.touched),
        record: None,
    };
    let Some((record, unit)) = record.and_then(|record| Some((record, unit_of(record, subject.module)?))) else {
        return plan;
    };
    let containers: Vec<Container> =
        subject.engine.containers.iter().filter(|container| container.module == *subject.module).cloned().collect();
    let is_suspended = subject.deployed.suspended.contains(subject.module);
    let this = || vec![subject.module.clone()];
    let mut steps = Steps::default();
    match act {
        Act::Suspend => {
            plan.suspends = if is_suspended { Vec::new() } else { this() };
            let alive: Vec<Container> = containers.into_iter().filter(is_alive).collect();
            if !alive.is_empty() {
                let hooks = hooks(unit, &[Phase::BeforeStop, Phase::AfterStop], subject);
                steps.add_with_hooks(stop(subject.module, alive), requested(), [], hooks);
            }
        }
        Act::Resume => {
            plan.resumes = if is_suspended { this() } else { Vec::new() };
            let asleep: Vec<Container> =
                containers.into_iter().filter(|container| container.state != ContainerState::Running).collect();
            if !asleep.is_empty() {
                let hooks = hooks(unit, &[Phase::BeforeStart], subject);
                steps.add_with_hooks(wake(unit, asleep), requested(), [], hooks);
            }
        }
        Act::Restart => restart(unit, containers, subject, &mut steps),
        Act::Delete(volumes) => delete(unit, containers, volumes, record, subject, &mut plan, &mut steps),
    }
    plan.steps = steps.into_list();
    plan
}

fn unit_of<'r>(record: &'r Record, module: &ModuleName) -> Option<&'r Arc<Unit>> {
    record.units.iter().find(|unit| unit.module == *module)
}

fn requested() -> Vec<Cause> {
    vec![Cause::Requested]
}

fn hooks(unit: &Arc<Unit>, phases: &[Phase], subject: &Subject<'_>) -> Vec<HookRun> {
    match subject.options.hooks {
        Hooks::Run => hooks_at(phases, unit, unit),
        Hooks::Skip => Vec::new(),
    }
}

fn stop(module: &ModuleName, containers: Vec<Container>) -> Action {
    Action::StopUnit { module: module.clone(), containers }
}

/// Whoever asks for a start wants one, whatever the descriptor said when it was deployed.
fn wake(unit: &Arc<Unit>, containers: Vec<Container>) -> Action {
    let mut unit = Arc::clone(unit);
    if unit.start == Start::No {
        Arc::make_mut(&mut unit).start = Start::Yes;
    }
    Action::WakeUnit { unit, containers }
}

/// The same containers again. Those that lack something of the record (a restart was put off) are replaced: that is what the
/// restart was put off for.
fn restart(unit: &Arc<Unit>, containers: Vec<Container>, subject: &Subject<'_>, steps: &mut Steps) {
    if containers.is_empty() {
        return;
    }
    let both = [Phase::BeforeStop, Phase::AfterStop];
    if containers.iter().any(|container| !has_fingerprint(unit, &container.config_hash)) {
        let handover = handover(unit, Some(unit), &containers);
        let cause = Cause::Drifted("it still runs with an earlier configuration".to_owned());
        let action = Action::ReplaceUnit { unit: Arc::clone(unit), old: containers, handover };
        steps.add(action, vec![cause], []);
        return;
    }
    let mut before = None;
    let alive: Vec<Container> = containers.iter().filter(|container| is_alive(container)).cloned().collect();
    if !alive.is_empty() {
        before = Some(steps.add_with_hooks(stop(subject.module, alive), requested(), [], hooks(unit, &both, subject)));
    }
    // As the step before leaves them.
    let stopped = |container: Container| match container.state {
        ContainerState::Running | ContainerState::Restarting { .. } | ContainerState::Paused => {
            Container { state: ContainerState::Exited { code: 0, out_of_memory: false }, ..container }
        }
        ContainerState::Created | ContainerState::Exited { .. } | ContainerState::Dead => container,
    };
    let asleep = containers.into_iter().map(stopped).collect();
    steps.add_with_hooks(wake(unit, asleep), requested(), before, hooks(unit, &[Phase::BeforeStart], subject));
}

/// First nobody finds it, then it does not run, then what only it has had goes, and those who follow it hear of it.
fn delete(
    unit: &Arc<Unit>,
    containers: Vec<Container>,
    volumes: Volumes,
    record: &Record,
    subject: &Subject<'_>,
    plan: &mut Plan,
    steps: &mut Steps,
) {
    let Subject { module, engine, deployed, touched, target, options, .. } = *subject;
    let subscriptions: Vec<_> =
        deployed.subscriptions.iter().filter(|subscription| subscription.module == *module).cloned().collect();
    if !subscriptions.is_empty() {
        steps.add(Action::Unsubscribe { subscriptions }, requested(), []);
    }
    let changes = entries_of(module, deployed);
    if !changes.retracted.is_empty() {
        steps.add(Action::Retract { entries: changes.retracted.clone() }, requested(), []);
    }
    if !containers.is_empty() {
        let after = steps.ends();
        let there = if engine.networks.contains(&record.network) { options.hooks } else { Hooks::Skip };
        let hooks = hooks_of_removal(unit, &containers, there);
        steps.add_with_hooks(Action::RemoveUnit { module: module.clone(), containers }, requested(), after, hooks);
    }
    let mounted =
        |unit: &Unit, name: &str| unit.volumes.iter().any(|mount| mount.source == MountSource::Volume(name.to_owned()));
    let others = || record.units.iter().filter(|other| other.module != *module);
    let own = |name: &&String| mounted(unit, name) && !others().any(|other| mounted(other, name));
    let removed = steps.ends();
    let mut gone = Vec::new();
    for name in engine.volumes.iter().filter(own) {
        match volumes {
            Volumes::Remove => {
                steps.add(Action::RemoveVolume { name: name.clone() }, requested(), removed.clone());
                gone.push(name.clone());
            }
            Volumes::Keep => plan.notices.push(format!("volume `{name}` stays, with its data")),
        }
    }
    let subscribers = subscribers::updates(touched, &Changed { changes: &changes, publisher: target, options });
    steps.one_after_another(subscribers.updates);
    plan.broken_subscribers = subscribers.broken;
    plan.notices.extend(subscribers.notices);
    plan.notices.push(format!(
        "the next deployment of `{}` brings `{module}` back, as long as its descriptor has it",
        subject.deployment
    ));
    let mut record = record.clone();
    record.units.retain(|unit| unit.module != *module);
    record.volumes.retain(|name| !gone.contains(name));
    record.after.remove(module);
    for after in record.after.values_mut() {
        after.retain(|other| other != module);
    }
    plan.record = Some(record);
}
