//! One step of a plan: what it is called, and how it is done.

use super::event::Event;
use super::site::{Home, Site};
use super::unit::{self, Failed};
use super::{event, job, subscriber};
use crate::engine::{Engine, EngineError, ImageProblem};
use crate::plan::observed::all_run;
use crate::plan::unit::{Start, Unit};
use crate::plan::{Action, Handover, Plan, Restart, Step};
use crate::registry::Entry;
use std::time::Duration;

/// What a step is about: `module web`, `image shop/web:2`.
pub fn subject(action: &Action) -> String {
    match action {
        Action::PullImage { reference, .. } => format!("image {reference}"),
        Action::CreateNetwork { name } | Action::RemoveNetwork { name } => format!("network {name}"),
        Action::CreateVolume { name } | Action::RemoveVolume { name } => format!("volume {name}"),
        Action::StartUnit { unit }
        | Action::ReplaceUnit { unit, .. }
        | Action::AddInstances { unit, .. }
        | Action::WakeUnit { unit, .. } => format!("module {}", unit.module),
        Action::StopUnit { module, .. } | Action::RemoveUnit { module, .. } => format!("module {module}"),
        Action::RunTask { unit, task } => format!("task {}/{}", unit.module, task.name),
        Action::ClearAway { .. } => "leftovers".to_owned(),
        Action::Publish { module, .. } => format!("entries of {module}"),
        Action::Retract { .. } => "discontinued entries".to_owned(),
        Action::Subscribe { .. } => "subscriptions".to_owned(),
        Action::Unsubscribe { .. } => "discontinued subscriptions".to_owned(),
        Action::UpdateSubscriber(update) => format!("subscriber {}/{}", update.subscriber, update.unit.module),
    }
}

/// Where the module stands that a step is for: `mtad.yaml:14`.
pub fn declared(action: &Action, plan: &Plan) -> Option<String> {
    match action {
        Action::StartUnit { unit }
        | Action::ReplaceUnit { unit, .. }
        | Action::AddInstances { unit, .. }
        | Action::WakeUnit { unit, .. } => unit.declared.clone(),
        Action::RunTask { task, .. } => task.declared.clone(),
        Action::UpdateSubscriber(update) => update.unit.declared.clone(),
        Action::PullImage { module, .. } | Action::Publish { module, .. } => {
            let mut units = plan.record.iter().flat_map(|record| &record.units);
            units.find(|unit| unit.module == *module)?.declared.clone()
        }
        Action::CreateNetwork { .. }
        | Action::RemoveNetwork { .. }
        | Action::CreateVolume { .. }
        | Action::RemoveVolume { .. }
        | Action::StopUnit { .. }
        | Action::RemoveUnit { .. }
        | Action::ClearAway { .. }
        | Action::Retract { .. }
        | Action::Subscribe { .. }
        | Action::Unsubscribe { .. } => None,
    }
}

fn runs_once(unit: &Unit) -> bool {
    unit.execution.is_some() && unit.start == Start::Yes
}

/// What is being done, while it is.
pub fn doing(action: &Action) -> &'static str {
    match action {
        Action::PullImage { .. } => "pull",
        Action::CreateNetwork { .. } | Action::CreateVolume { .. } => "create",
        Action::StartUnit { unit } | Action::ReplaceUnit { unit, .. } if runs_once(unit) => "run",
        Action::RunTask { .. } => "run",
        Action::StartUnit { .. } | Action::AddInstances { .. } => "start",
        Action::ReplaceUnit { handover: Handover::NewFirst, .. } => "replace, new first",
        Action::ReplaceUnit { handover: Handover::OldFirst, .. } => "replace, old first",
        Action::WakeUnit { containers, .. } if all_run(containers) => "wait until it is up",
        Action::WakeUnit { .. } => "start again",
        Action::StopUnit { .. } => "stop",
        Action::RemoveUnit { .. }
        | Action::ClearAway { .. }
        | Action::RemoveVolume { .. }
        | Action::RemoveNetwork { .. } => "remove",
        Action::Publish { .. } => "publish",
        Action::Retract { .. } => "retract",
        Action::Subscribe { .. } => "subscribe",
        Action::Unsubscribe { .. } => "unsubscribe",
        Action::UpdateSubscriber(update) => match update.restart {
            Restart::Now => "update",
            Restart::Later => "record",
        },
    }
}

/// What a step has done: `replaced`.
pub(super) fn done(action: &Action) -> &'static str {
    match action {
        Action::PullImage { .. } => "pulled",
        Action::CreateNetwork { .. } | Action::CreateVolume { .. } => "created",
        Action::StartUnit { unit } | Action::ReplaceUnit { unit, .. } if runs_once(unit) => "completed",
        Action::RunTask { .. } => "completed",
        Action::StartUnit { unit } | Action::AddInstances { unit, .. } => match unit.start {
            Start::Yes => "started",
            Start::No => "created, not started",
        },
        Action::ReplaceUnit { .. } => "replaced",
        Action::WakeUnit { containers, .. } if all_run(containers) => "up",
        Action::WakeUnit { .. } => "started again",
        Action::StopUnit { .. } => "stopped",
        Action::RemoveUnit { .. }
        | Action::ClearAway { .. }
        | Action::RemoveVolume { .. }
        | Action::RemoveNetwork { .. } => "removed",
        Action::Publish { .. } => "published",
        Action::Retract { .. } => "retracted",
        Action::Subscribe { .. } => "subscribed",
        Action::Unsubscribe { .. } => "unsubscribed",
        Action::UpdateSubscriber(_) => "updated",
    }
}

/// Does a step; returns what was done.
pub(super) async fn perform<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    step: &Step,
) -> Result<&'static str, Failed> {
    let engine = site.engine;
    let hooks = &step.hooks;
    match &step.action {
        Action::PullImage { reference, credentials, timeout, .. } => {
            let limit = Duration::from_secs(u64::from(*timeout));
            let pull = site.verb(tokio::time::timeout(limit, engine.pull(reference, credentials.as_ref()))).await;
            pull.unwrap_or_else(|_| {
                let reason = format!("it was not there after {timeout} s (`upload-timeout`)");
                Err(EngineError::Image { reference: reference.clone(), problem: ImageProblem::Other { reason } })
            })?;
        }
        Action::CreateNetwork { name } => site.verb(engine.create_network(home.deployment, name)).await?,
        Action::CreateVolume { name } => site.verb(engine.create_volume(home.deployment, name)).await?,
        Action::RemoveNetwork { name } => site.verb(engine.remove_network(home.deployment, name)).await?,
        Action::RemoveVolume { name } => site.verb(engine.remove_volume(home.deployment, name)).await?,
        Action::StartUnit { unit } => {
            let all: Vec<u32> = (1..=unit.instances).collect();
            unit::start(site, home, unit, &all, hooks).await?;
        }
        Action::AddInstances { unit, instances } => unit::start(site, home, unit, instances, hooks).await?,
        Action::ReplaceUnit { unit, old, handover } => unit::replace(site, home, unit, old, *handover, hooks).await?,
        Action::WakeUnit { unit, containers } => unit::wake(site, home, unit, containers, hooks).await?,
        Action::StopUnit { module, containers } => unit::stop(site, home, module, containers, hooks).await?,
        Action::RemoveUnit { module, containers } => unit::remove(site, home, module, containers, hooks).await?,
        Action::RunTask { unit, task } => job::task(site, home, unit, task).await?,
        Action::ClearAway { containers } => job::clear_away(site, containers).await?,
        Action::Publish { entries, .. } => {
            site.store.publish(entries)?;
            tell_entries(site, entries, |provider_id, provider_version| Event::EntryPublished {
                provider_id,
                provider_version,
            });
        }
        Action::Retract { entries } => {
            site.store.retract(entries)?;
            tell_entries(site, entries, |provider_id, provider_version| Event::EntryRetracted {
                provider_id,
                provider_version,
            });
        }
        Action::Subscribe { subscriptions } => {
            site.store.subscribe(subscriptions)?;
            for subscription in subscriptions {
                let (module, resource) = (subscription.module.clone(), subscription.resource.to_string());
                site.tell(Event::SubscriptionAdded { module, resource });
            }
        }
        Action::Unsubscribe { subscriptions } => {
            site.store.unsubscribe(subscriptions)?;
            for subscription in subscriptions {
                let (module, resource) = (subscription.module.clone(), subscription.resource.to_string());
                site.tell(Event::SubscriptionRemoved { module, resource });
            }
        }
        Action::UpdateSubscriber(update) => return subscriber::update(site, step.id, update).await,
    }
    Ok(done(&step.action))
}

fn tell_entries<E: Engine>(
    site: &Site<'_, E>,
    entries: &[Entry],
    event: impl Fn(String, Option<String>) -> event::Event,
) {
    for entry in entries {
        site.tell(event(entry.provider_id.clone(), entry.provider_version.clone()));
    }
}
