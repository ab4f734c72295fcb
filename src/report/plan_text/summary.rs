//! The closing line: how many of what.

use super::block::count;
use crate::plan::observed::all_run;
use crate::plan::{Action, Plan, PlanKind, Restart};

pub fn summary(plan: &Plan) -> String {
    let parts = parts(plan);
    if !parts.is_empty() {
        return format!("Plan: {}.", parts.join(", "));
    }
    let name = &plan.deployment;
    match (plan.kind, plan.is_empty()) {
        (PlanKind::Deploy, is_empty) if !plan.held_back.is_empty() => {
            let modules: Vec<String> = plan.held_back.iter().map(|module| format!("`{module}`")).collect();
            let modules = modules.join(", ");
            match is_empty {
                true => format!("Nothing to do now: {name} is deployed, and changes of {modules} wait."),
                false => format!("Plan: nothing to change now but the record: changes of {modules} wait."),
            }
        }
        (PlanKind::Deploy, true) if !plan.left_alone.is_empty() => {
            format!("Nothing to do: what is selected of {name} is deployed as described.")
        }
        (PlanKind::Deploy, true) => format!("Nothing to do: {name} is deployed as described."),
        (PlanKind::Undeploy, true) => format!("Nothing to do: {name} is not deployed."),
        (PlanKind::Deploy, false) => match (&plan.from, &plan.to) {
            (Some(from), Some(to)) if from != to => {
                format!("Plan: nothing to change but the recorded version, {from} -> {to}.")
            }
            _ => "Plan: nothing to change but the record of what is deployed.".to_owned(),
        },
        (PlanKind::Suspend | PlanKind::Resume | PlanKind::Restart | PlanKind::Delete, _) => "Nothing to do.".to_owned(),
        (PlanKind::Undeploy, false) => format!("Plan: nothing to remove but the record of {name}."),
    }
}

fn parts(plan: &Plan) -> Vec<String> {
    let number = |counts: &dyn Fn(&Action) -> usize| plan.steps.iter().map(|step| counts(&step.action)).sum::<usize>();
    let mut parts = Vec::new();
    let mut say = |number: usize, words: &str| {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    };
    let is = |yes: bool| usize::from(yes);
    let once = |action: &Action| match action {
        Action::StartUnit { unit } | Action::ReplaceUnit { unit, .. } => unit.execution.is_some(),
        Action::RunTask { .. } => true,
        _ => false,
    };
    say(number(&|action| is(matches!(action, Action::StartUnit { .. }) && !once(action))), "to create");
    say(number(&|action| is(matches!(action, Action::AddInstances { .. }))), "to scale up");
    say(number(&|action| is(matches!(action, Action::ReplaceUnit { .. }) && !once(action))), "to replace");
    let waits = |action: &Action| matches!(action, Action::WakeUnit { containers, .. } if all_run(containers));
    say(number(&|action| is(matches!(action, Action::WakeUnit { .. }) && !waits(action))), "to start");
    say(number(&|action| is(waits(action))), "to wait for");
    let hooks: usize = plan.steps.iter().map(|step| step.hooks.len()).sum();
    say(number(&|action| is(once(action))) + hooks, "to run once");
    say(number(&|action| is(matches!(action, Action::StopUnit { .. }))), "to stop");
    say(number(&|action| is(matches!(action, Action::RemoveUnit { .. }))), "to remove");
    let mut things = |number: usize, what: &str, verb: &str| {
        if number > 0 {
            let what = count(number, what).replace("entrys", "entries");
            parts.push(format!("{what} to {verb}"));
        }
    };
    let pulled = |action: &Action| is(matches!(action, Action::PullImage { .. }));
    things(number(&pulled), "image", "pull");
    let published = |action: &Action| match action {
        Action::Publish { entries, .. } => entries.len(),
        _ => 0,
    };
    things(number(&published), "entry", "publish");
    let retracted = |action: &Action| match action {
        Action::Retract { entries } => entries.len(),
        _ => 0,
    };
    things(number(&retracted), "entry", "retract");
    let added = |action: &Action| match action {
        Action::Subscribe { subscriptions } => subscriptions.len(),
        _ => 0,
    };
    things(number(&added), "subscription", "add");
    let dropped = |action: &Action| match action {
        Action::Unsubscribe { subscriptions } => subscriptions.len(),
        _ => 0,
    };
    things(number(&dropped), "subscription", "remove");
    let restarted =
        |action: &Action| is(matches!(action, Action::UpdateSubscriber(update) if update.restart == Restart::Now));
    things(number(&restarted), "subscriber", "restart");
    let recorded =
        |action: &Action| is(matches!(action, Action::UpdateSubscriber(update) if update.restart == Restart::Later));
    things(number(&recorded), "subscriber", "record");
    things(plan.broken_subscribers.len(), "subscriber", "leave as it is");
    let deleted = |action: &Action| is(matches!(action, Action::RemoveVolume { .. }));
    things(number(&deleted), "volume", "delete");
    // What only supports the rest is worth a word when there is nothing else.
    if parts.is_empty() && !plan.steps.is_empty() {
        parts.push(count(plan.steps.len(), "step"));
    }
    parts
}
