//! Modules of other deployments whose environment follows from what a plan publishes or takes back.
//!
//! For each of them, the answer to its question after the plan is worked out from the answer before; then the same stages
//! run on it that a deployment of its own would run. What does not change leads to nothing. What cannot be computed is
//! no failure of this plan: the subscriber keeps running as it is, and the plan says so.

use super::difference::PlanOptions;
use super::entries::identity;
use super::instances::handover;
use super::observed::Touched;
use super::unit::{Unit, Variable};
use super::{BrokenSubscriber, Restart, SubscriberUpdate, variables};
use crate::finding::Findings;
use crate::registry::{Entry, EntryChanges, Subscription, matching};
use crate::stage::renew::renew;
use crate::target::Target;

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
        let subscription = &touched.subscription;
        let answer = answer_after(&touched.answer, changed.changes, subscription);
        match renew(subscription, &answer, &target, &touched.supplies) {
            Ok(renewed) => {
                for variable in renewed {
                    let origin = Some(format!("entries for {}", subscription.resource));
                    let secret = variable.value.holds_secret();
                    let told = Variable { secret, origin, ..Variable::new(variable.text) };
                    unit.environment.insert(variable.name, told);
                }
            }
            Err(findings) => found.broken.push(BrokenSubscriber {
                subscriber: subscriber.clone(),
                module: module.clone(),
                resource: subscription.resource.to_string(),
                reason: reason(&findings, &answer),
            }),
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

/// What the subscriber was deployed to: its own space and namespace, not the publisher's.
fn subscribers_target(subscription: &Subscription, publisher: &Target) -> Target {
    let subscriber = &subscription.subscriber;
    Target { space: subscriber.space.clone(), namespace: subscriber.namespace.clone(), ..publisher.clone() }
}

/// The answer once the plan is done: in order of rows, new entries last.
fn answer_after(before: &[Entry], changes: &EntryChanges, subscription: &Subscription) -> Vec<Entry> {
    let gone = |entry: &Entry| {
        let changed = changes.retracted.iter().chain(&changes.replaced).chain(&changes.published);
        changed.into_iter().any(|changed| identity(changed) == identity(entry))
    };
    let viewer = &subscription.subscriber.space;
    let new = changes.published.iter().filter(|entry| matching::matches(entry, &subscription.filter, viewer));
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
