//! Modules of other deployments whose environment follows from what a plan publishes or takes back.
//!
//! For each of them, the answer to its question after the plan is worked out from the answer before; then the same stages
//! run on it that a deployment of its own would run. What does not change leads to nothing. What cannot be computed is
//! no failure of this plan: the subscriber keeps running as it is, and the plan says so.

use super::desired::{Desired, secret_parts};
use super::difference::PlanOptions;
use super::entries::identity;
use super::instances::handover;
use super::observed::Touched;
use super::unit::{Unit, Variable};
use super::{BrokenSubscriber, Restart, SubscriberUpdate, variables};
use crate::finding::Findings;
use crate::registry::{Entry, EntryChanges, Filter, Question, Subscription, matching};
use crate::stage;
use crate::stage::renew::renew;
use crate::target::{Space, Target};
use std::sync::Arc;

/// What a plan does to the registry.
#[derive(Debug)]
pub struct Changed<'a> {
    pub changes: &'a EntryChanges,
    /// Where the deployment goes that makes the plan.
    pub publisher: &'a Target,
    pub options: &'a PlanOptions,
}

#[derive(Debug, Default)]
pub struct Subscribers {
    pub updates: Vec<SubscriberUpdate>,
    pub broken: Vec<BrokenSubscriber>,
    pub notices: Vec<String>,
}

/// One update for each module that changes, however many of its subscriptions are touched.
pub fn updates(touched: &[Touched], changed: &Changed<'_>) -> Subscribers {
    let mut found = Subscribers::default();
    let mut sorted: Vec<&Touched> = touched.iter().collect();
    let place = |touched: &Touched| {
        let Subscription { subscriber, module, resource, .. } = &touched.subscription;
        (subscriber.clone(), module.clone(), resource.clone())
    };
    sorted.sort_by_key(|touched| place(touched));
    for group in sorted.chunk_by(|a, b| {
        let (a, b) = (&a.subscription, &b.subscription);
        (&a.subscriber, &a.module) == (&b.subscriber, &b.module)
    }) {
        if let Some(first) = group.first() {
            module(first, group, changed, &mut found);
        }
    }
    found
}

fn module(first: &Touched, group: &[&Touched], changed: &Changed<'_>, found: &mut Subscribers) {
    let Subscription { subscriber, module, .. } = &first.subscription;
    let units = first.deployed.record.iter().flat_map(|record| &record.units);
    let Some(recorded) = units.clone().find(|unit| unit.module == *module) else {
        found.notices.push(format!(
            "module `{module}` of `{subscriber}` has a subscription and is not deployed; `windlass registry purge` forgets it"
        ));
        return;
    };
    let mut unit = Unit::clone(recorded);
    let target = subscribers_target(&first.subscription, changed.publisher);
    for touched in group {
        match renewed(touched, changed.changes, &target) {
            Ok(variables) => unit.environment.extend(variables),
            Err(broken) => found.broken.push(broken),
        }
    }
    let changes = variables::changes(&recorded.environment, &unit.environment, changed.options.secrets);
    if changes.is_empty() {
        return;
    }
    for (name, variable) in &mut unit.environment {
        // What was renewed was compared by its text. The next deployment leaves the time out again.
        variable.tells_the_time = recorded.environment.get(name).is_some_and(|recorded| recorded.tells_the_time);
    }
    let old: Vec<_> = first.containers.iter().filter(|container| container.module == *module).cloned().collect();
    let restart = match (changed.options.subscribers, old.is_empty()) {
        (Restart::Now, false) => Restart::Now,
        (Restart::Now, true) => {
            found.notices.push(format!("module `{module}` of `{subscriber}` has no containers; only recorded"));
            Restart::Later
        }
        (Restart::Later, _) => Restart::Later,
    };
    found.updates.push(SubscriberUpdate {
        subscriber: subscriber.clone(),
        handover: handover(&unit, Some(recorded), &old),
        unit,
        changes,
        restart,
        old,
    });
}

/// Modules that follow what their own deployment publishes: they get at once what the next deployment would find. (The deploy
/// service starts them with what was there before, and updates them at the end like all others.)
pub fn follow_oneself(
    desired: &mut Desired,
    touched: &[Touched],
    changes: &EntryChanges,
    target: &Target,
) -> Vec<BrokenSubscriber> {
    let mut broken = Vec::new();
    for touched in touched {
        let unit = desired.units.iter_mut().map(|wanted| &mut wanted.unit);
        let Some(unit) = unit.into_iter().find(|unit| unit.module == touched.subscription.module) else { continue };
        match renewed(touched, changes, target) {
            Ok(variables) => {
                let is_other = |(name, new): &(String, Variable)| {
                    unit.environment.get(name).is_none_or(|held| held.text != new.text)
                };
                let others: Vec<_> = variables.into_iter().filter(is_other).collect();
                if !others.is_empty() {
                    Arc::make_mut(unit).environment.extend(others);
                }
            }
            Err(found) => broken.push(found),
        }
    }
    broken
}

/// The variables that follow from the registry as the plan leaves it.
fn renewed(
    touched: &Touched,
    changes: &EntryChanges,
    target: &Target,
) -> Result<Vec<(String, Variable)>, BrokenSubscriber> {
    let Touched { subscription, answer, beside, supplies, .. } = touched;
    let viewer = &subscription.subscriber.space;
    let answer = answer_after(answer, changes, &subscription.filter, viewer);
    let beside: Vec<(Question, Vec<Entry>)> = beside
        .iter()
        .map(|(question, answer)| (question.clone(), answer_after(answer, changes, &question.filter, viewer)))
        .collect();
    let told = |variable: stage::environment::Variable| {
        let origin = Some(format!("entries for {}", subscription.resource));
        let secret = variable.value.holds_secret();
        let secret_parts = secret_parts(&variable.value);
        (variable.name, Variable { secret, secret_parts, origin, ..Variable::new(variable.text) })
    };
    match renew(subscription, &answer, &beside, target, supplies) {
        Ok(variables) => Ok(variables.into_iter().map(told).collect()),
        Err(findings) => Err(BrokenSubscriber {
            subscriber: subscription.subscriber.clone(),
            module: subscription.module.clone(),
            resource: subscription.resource.to_string(),
            reason: reason(&findings, &answer),
        }),
    }
}

/// What the subscriber was deployed to: its own space and namespace, not the publisher's.
pub fn subscribers_target(subscription: &Subscription, publisher: &Target) -> Target {
    let subscriber = &subscription.subscriber;
    Target { space: subscriber.space.clone(), namespace: subscriber.namespace.clone(), ..publisher.clone() }
}

/// The answer once the plan is done: in order of rows, new entries last.
fn answer_after(before: &[Entry], changes: &EntryChanges, filter: &Filter, viewer: &Space) -> Vec<Entry> {
    let gone = |entry: &Entry| {
        let changed = changes.retracted.iter().chain(&changes.replaced).chain(&changes.published);
        changed.into_iter().any(|changed| identity(changed) == identity(entry))
    };
    let new = changes.published.iter().filter(|entry| matching::matches(entry, filter, viewer));
    let mut after: Vec<Entry> = before.iter().filter(|entry| !gone(entry)).chain(new).cloned().collect();
    after.sort_by_key(|entry| entry.row.unwrap_or(i64::MAX));
    after
}

/// Why there is no new environment. The matches are named, if the findings have not done so.
fn reason(findings: &Findings, answer: &[Entry]) -> String {
    let mut reason: Vec<&str> = findings.iter().map(|finding| &*finding.message).collect();
    reason.dedup();
    let mut reason = reason.join(" ");
    let matches = answer.iter().map(|entry| match &entry.provider_version {
        Some(version) => format!("{} {version}", entry.provider_id),
        None => entry.provider_id.clone(),
    });
    let unnamed = answer.iter().any(|entry| !reason.contains(&entry.provider_id));
    if unnamed {
        reason.push_str(&format!(" Matched: {}.", matches.collect::<Vec<_>>().join(", ")));
    }
    reason
}
