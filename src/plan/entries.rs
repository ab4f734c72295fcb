//! What a deployment changes in the configuration registry.

use super::Action;
use super::desired::Desired;
use super::observed::Deployed;
use crate::name::ModuleName;
use crate::registry::{Entry, EntryChanges, Subscription};
use crate::tree::{Kind, Value};
use std::collections::BTreeMap;

/// The entries that a deployment will change: what `Store::touched` is asked with before the plan is made.
pub fn entry_changes(desired: &Desired, deployed: &Deployed) -> EntryChanges {
    changes(&desired.entries, &deployed.entries)
}

/// An undeployment takes back all that the deployment has published.
pub fn entries_of_undeployment(deployed: &Deployed) -> EntryChanges {
    changes(&[], &deployed.entries)
}

fn changes(wanted: &[Entry], stored: &[Entry]) -> EntryChanges {
    let by_identity: BTreeMap<_, &Entry> = stored.iter().map(|entry| (identity(entry), entry)).collect();
    let mut changes = EntryChanges::default();
    let mut kept = std::collections::BTreeSet::new();
    for entry in wanted {
        let identity = identity(entry);
        match by_identity.get(&identity) {
            Some(old) if same(old, entry) => {}
            Some(old) => {
                // An update keeps the row, and with it the place in every answer.
                changes.published.push(Entry { row: old.row, ..entry.clone() });
                changes.replaced.push((*old).clone());
            }
            None => changes.published.push(entry.clone()),
        }
        kept.insert(identity);
    }
    changes.retracted = stored.iter().filter(|entry| !kept.contains(&identity(entry))).cloned().collect();
    changes
}

/// What makes an entry the same one after its content has changed.
pub type Identity<'a> = (Option<&'a str>, &'a str, Option<&'a str>, &'a crate::target::Space, &'a str);

pub fn identity(entry: &Entry) -> Identity<'_> {
    (
        entry.provider_nid.as_deref(),
        &entry.provider_id,
        entry.provider_version.as_deref(),
        &entry.target,
        entry.provider_namespace.as_deref().unwrap_or_default(),
    )
}

/// Whether publishing would change nothing.
fn same(stored: &Entry, wanted: &Entry) -> bool {
    let same_content = match (&wanted.content, &stored.content) {
        (Some(wanted), Some(stored)) => same_but_for_the_time(wanted, stored),
        (wanted, stored) => wanted == stored,
    };
    same_content && stored.visibility == wanted.visibility && stored.module == wanted.module
}

/// Whether a value that is wanted differs from a stored one at most in what was built from `${timestamp}`.
fn same_but_for_the_time(wanted: &Value, stored: &Value) -> bool {
    match (&wanted.kind, &stored.kind) {
        _ if wanted.origin.tells_the_time() => true,
        (Kind::List(wanted), Kind::List(stored)) => {
            wanted.len() == stored.len() && wanted.iter().zip(&**stored).all(|(a, b)| same_but_for_the_time(a, b))
        }
        (Kind::Map(wanted), Kind::Map(stored)) => {
            wanted.len() == stored.len()
                && wanted.iter().all(|(key, value)| {
                    stored.get(&key.text).is_some_and(|stored| same_but_for_the_time(value, stored))
                })
        }
        _ => wanted == stored,
    }
}

/// Changed entries by the module that publishes them; whatever a deployment offers, a module offers.
pub fn by_module(entries: &[Entry]) -> BTreeMap<ModuleName, Vec<Entry>> {
    let mut groups: BTreeMap<ModuleName, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(module) = &entry.module {
            groups.entry(module.clone()).or_default().push(entry.clone());
        }
    }
    groups
}

/// New or changed subscriptions, and those that nobody wants any more.
pub fn subscription_actions(wanted: &[Subscription], stored: &[Subscription]) -> Vec<Action> {
    let same_place = |a: &Subscription, b: &Subscription| a.module == b.module && a.resource == b.resource;
    let new: Vec<Subscription> = wanted.iter().filter(|wanted| !stored.contains(wanted)).cloned().collect();
    let gone: Vec<Subscription> =
        stored.iter().filter(|old| !wanted.iter().any(|new| same_place(new, old))).cloned().collect();
    let mut actions = Vec::new();
    if !new.is_empty() {
        actions.push(Action::Subscribe { subscriptions: new });
    }
    if !gone.is_empty() {
        actions.push(Action::Unsubscribe { subscriptions: gone });
    }
    actions
}
