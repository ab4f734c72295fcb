//! Why a container was started, in words: for `windlass why`.
//!
//! A plan says of each step why it is there. This finds the step behind a start, and says its causes without values that are
//! secret, which no plan holds.

use super::event::{Instance, Job};
use crate::plan::job::JobKind;
use crate::plan::{Action, Cause, Change, Detail, Plan, Shown, Step};

/// Of an old instance that was started again.
pub(super) const RESTORED: &str = "its replacement failed, so the old one runs again";

/// Why an instance was started.
pub(super) fn of_start(plan: &Plan, instance: &Instance) -> String {
    if instance.mta != plan.deployment {
        return of_subscriber(plan, instance);
    }
    let starts = |step: &&Step| match &step.action {
        Action::StartUnit { unit }
        | Action::ReplaceUnit { unit, .. }
        | Action::AddInstances { unit, .. }
        | Action::WakeUnit { unit, .. } => unit.module == instance.module,
        _ => false,
    };
    let Some(step) = plan.steps.iter().find(starts) else { return "the operation started it".to_owned() };
    let why = words(&step.causes);
    match &step.action {
        Action::StartUnit { .. } if step.causes == [Cause::Missing] => "it was not there".to_owned(),
        Action::StartUnit { .. } => format!("started: {why}"),
        Action::AddInstances { .. } => format!("instance added: {why}"),
        Action::WakeUnit { .. } => format!("started again: {why}"),
        _ => format!("replaced: {why}"),
    }
}

fn of_subscriber(plan: &Plan, instance: &Instance) -> String {
    let updates = plan.steps.iter().filter_map(|step| match &step.action {
        Action::UpdateSubscriber(update) => Some(update),
        _ => None,
    });
    let mut updates =
        updates.filter(|update| update.subscriber == instance.mta && update.unit.module == instance.module);
    let names = updates.next().map(|update| listed(update.changes.iter().map(|change| change.name.as_str())));
    let names = names.filter(|names| !names.is_empty()).map(|names| format!(" ({names})")).unwrap_or_default();
    format!("`{}` has published what it follows{names}", plan.deployment)
}

/// Why a task or a hook was started.
pub(super) fn of_job(plan: &Plan, job: &Job) -> String {
    match job.kind {
        JobKind::Hook => format!("hook `{}`", job.name),
        JobKind::Task => {
            let step = plan.steps.iter().find(|step| match &step.action {
                Action::RunTask { unit, task } => unit.module == job.module && task.name == job.name,
                _ => false,
            });
            let why = step.map(|step| words(&step.causes)).unwrap_or_default();
            format!("task `{}`: {why}", job.name)
        }
    }
}

fn words(causes: &[Cause]) -> String {
    causes.iter().map(of_cause).collect::<Vec<_>>().join("; ")
}

fn of_cause(cause: &Cause) -> String {
    match cause {
        Cause::Missing => "it was not there".to_owned(),
        Cause::Changed(changes) => changes.iter().map(of_change).collect::<Vec<_>>().join(", "),
        Cause::Drifted(detail) | Cause::Due(detail) => detail.clone(),
        Cause::Orphaned => "the descriptor no longer has it".to_owned(),
        Cause::Requested => "it was asked for".to_owned(),
        Cause::Needed => "another step needs it".to_owned(),
    }
}

fn of_change(change: &Change) -> String {
    match &change.detail {
        Detail::Values { old: Shown::Plain(old), new: Shown::Plain(new) } => format!("{} {old} -> {new}", change.what),
        Detail::Values { .. } => change.what.clone(),
        Detail::Variables(variables) => {
            format!("{} {}", change.what, listed(variables.iter().map(|variable| variable.name.as_str())))
        }
    }
}

/// Each name once, and not too many of them.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MANY: usize = 5;
    let mut unique: Vec<&str> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    match unique.len().checked_sub(MANY) {
        None | Some(0) => unique.join(", "),
        Some(more) => format!("{} and {more} more", unique[..MANY].join(", ")),
    }
}
