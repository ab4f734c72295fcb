//! What an undeployment has to do: the way back, dependents before what they need.

use super::difference::{PlanOptions, hooks_of_removal};
use super::job::HookRun;
use super::observed::{Container, Deployed, EngineState, Touched};
use super::steps::Steps;
use super::subscribers::{self, Changed};
use super::{Action, Cause, Hooks, Plan, PlanKind, StepId, entries, world};
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use crate::target::Target;
use std::collections::{BTreeMap, HashMap};

/// Whether an undeployment takes the data along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volumes {
    Keep,
    Remove,
}

/// What an undeployment has to do. `touched` are the subscribers of all that the deployment has published
/// ([`entries::entries_of_undeployment`]).
pub fn undeploy_plan(
    deployment: &DeploymentId,
    engine: &EngineState,
    deployed: &Deployed,
    touched: &[Touched],
    target: &Target,
    options: &PlanOptions,
    volumes: Volumes,
) -> Plan {
    let changes = entries::entries_of_undeployment(deployed);
    let mut steps = Steps::default();
    if !engine.jobs.is_empty() {
        let containers = engine.jobs.clone();
        let cause = Cause::Drifted("an operation that was cut short left them".to_owned());
        steps.add(Action::ClearAway { containers }, vec![cause], []);
    }
    // First nobody follows, then nobody finds, then nothing runs.
    if !deployed.subscriptions.is_empty() {
        let subscriptions = deployed.subscriptions.clone();
        steps.add(Action::Unsubscribe { subscriptions }, vec![Cause::Requested], []);
    }
    if !changes.retracted.is_empty() {
        steps.add(Action::Retract { entries: changes.retracted.clone() }, vec![Cause::Requested], []);
    }
    remove_modules(engine, deployed, options.hooks, &mut steps);
    let stopped = steps.ends();
    for name in &engine.networks {
        steps.add(Action::RemoveNetwork { name: name.clone() }, vec![Cause::Requested], stopped.clone());
    }
    let mut notices = Vec::new();
    for name in &engine.volumes {
        match volumes {
            Volumes::Remove => {
                steps.add(Action::RemoveVolume { name: name.clone() }, vec![Cause::Requested], stopped.clone());
            }
            Volumes::Keep => notices.push(format!("volume `{name}` stays, with its data")),
        }
    }
    let subscribers = subscribers::updates(touched, &Changed { changes: &changes, publisher: target, options });
    steps.one_after_another(subscribers.updates);
    notices.extend(subscribers.notices);
    Plan {
        deployment: deployment.clone(),
        kind: PlanKind::Undeploy,
        from: deployed.record.as_ref().map(|record| record.version.clone()),
        to: None,
        steps: steps.into_list(),
        broken_subscribers: subscribers.broken,
        suspends: Vec::new(),
        resumes: Vec::new(),
        held_back: Vec::new(),
        unchanged: Vec::new(),
        left_alone: Vec::new(),
        drift: Vec::new(),
        notices,
        world: world::facts(engine, deployed, touched),
        record: None,
    }
}

/// A module goes after those that had waited for it. What the record does not know goes at once.
fn remove_modules(engine: &EngineState, deployed: &Deployed, hooks: Hooks, steps: &mut Steps) {
    let mut containers: BTreeMap<&ModuleName, Vec<Container>> = BTreeMap::new();
    for container in &engine.containers {
        containers.entry(&container.module).or_default().push(container.clone());
    }
    let begin = steps.ends();
    let mut removal = |module: &ModuleName, containers: Vec<Container>, after: Vec<StepId>, hooks: Vec<HookRun>| {
        let after = after.into_iter().chain(begin.iter().copied());
        let action = Action::RemoveUnit { module: module.clone(), containers };
        steps.add_with_hooks(action, vec![Cause::Requested], after, hooks)
    };
    // For each module, what the removals of its dependents are: its own waits for them.
    let mut dependents: HashMap<&ModuleName, Vec<StepId>> = HashMap::new();
    if let Some(record) = &deployed.record {
        // A hook needs the network that its module is in.
        let hooks = if engine.networks.contains(&record.network) { hooks } else { Hooks::Skip };
        for unit in record.units.iter().rev() {
            let before = dependents.get(&unit.module).cloned().unwrap_or_default();
            // A module without containers is no step, but hands on what stands behind it.
            let done = match containers.remove(&unit.module) {
                Some(containers) => {
                    let hooks = hooks_of_removal(unit, &containers, hooks);
                    vec![removal(&unit.module, containers, before, hooks)]
                }
                None => before,
            };
            for needed in record.after.get(&unit.module).into_iter().flatten() {
                dependents.entry(needed).or_default().extend(&done);
            }
        }
    }
    for (module, containers) in containers {
        removal(module, containers, Vec::new(), Vec::new());
    }
}
