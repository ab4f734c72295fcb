//! Subscriptions: who wants to know when the answer to a question changes.

use super::answer::answer;
use super::deployments::deployed;
use super::error::Trouble;
use super::owed::owed_by;
use super::rows::{SUBSCRIPTION_COLUMNS, filter_json, key_of, sealed_fragment, subscription};
use super::seal::Seal;
use super::secrets::supply;
use super::{Store, StoreError};
use crate::name::ModuleName;
use crate::plan::observed::{Deployed, Touched};
use crate::registry::EntryChanges;
use crate::registry::matching::matches;
use crate::registry::{DeploymentId, Entry, Question, Subscription};
use crate::stage::supply::in_text;
use crate::target::supply::{Giver, Supplies};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

impl Store {
    /// Adds subscriptions, or updates those with the same (deployment, module, resource).
    pub fn subscribe(&self, subscriptions: &[Subscription]) -> Result<(), StoreError> {
        let seal = self.seal()?;
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO subscription (mta, namespace, org, space, module, resource, provider_id, filter, fragment) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET \
                 provider_id = excluded.provider_id, filter = excluded.filter, fragment = excluded.fragment",
            )?;
            for subscription in subscriptions {
                let [mta, namespace, org, space] = key_of(&subscription.subscriber);
                let (module, resource) = (subscription.module.as_str(), subscription.resource.as_str());
                let provider = subscription.filter.provider_id.as_deref().unwrap_or_default();
                let filter = filter_json(&subscription.filter)?;
                let fragment = sealed_fragment(subscription, seal);
                statement.execute(params![mta, namespace, org, space, module, resource, provider, filter, fragment])?;
            }
            Ok(())
        })
    }

    pub fn unsubscribe(&self, subscriptions: &[Subscription]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "DELETE FROM subscription WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5 \
                 AND resource = ?6",
            )?;
            for subscription in subscriptions {
                let [mta, namespace, org, space] = key_of(&subscription.subscriber);
                let (module, resource) = (subscription.module.as_str(), subscription.resource.as_str());
                statement.execute([mta, namespace, org, space, module, resource])?;
            }
            Ok(())
        })
    }

    /// All subscriptions, sorted by deployment, module and resource.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        let seal = self.seal()?;
        self.read(|transaction| {
            let sql = format!("SELECT {SUBSCRIPTION_COLUMNS} FROM subscription");
            let mut statement = transaction.prepare_cached(&sql)?;
            let mut all =
                statement.query_and_then([], |row| subscription(row, seal))?.collect::<Result<Vec<_>, _>>()?;
            all.sort_by(|a, b| (&a.subscriber, &a.module, &a.resource).cmp(&(&b.subscriber, &b.module, &b.resource)));
            Ok(all)
        })
    }

    /// Subscriptions of *other* deployments whose filter matches one of the changed entries and that may see it, each with
    /// the present answer to its question and what is deployed there (containers, and what is asked beside it, are filled in by
    /// the caller). And those of modules to which operations of `but` still owe an update, whatever has changed.
    ///
    /// Unlike the deploy service we ask what the *subscriber* may see, understand `*` in its target, and look at what
    /// updated entries were before: whoever matched an entry must learn that it no longer does.
    pub fn touched(&self, changes: &EntryChanges, but: &DeploymentId) -> Result<Vec<Touched>, StoreError> {
        let seal = self.seal()?;
        let changed: Vec<&Entry> =
            changes.published.iter().chain(&changes.replaced).chain(&changes.retracted).collect();
        self.read(|transaction| {
            let mut states: BTreeMap<DeploymentId, Deployed> = BTreeMap::new();
            let mut touched = Vec::new();
            let owed: BTreeSet<(DeploymentId, ModuleName)> = owed_by(transaction, but)?.into_iter().collect();
            let is_owed = |one: &Subscription| owed.contains(&(one.subscriber.clone(), one.module.clone()));
            let mut looked_at = candidates(transaction, seal, &changed)?;
            looked_at.retain(|subscription| !is_owed(subscription));
            for subscriber in owed.iter().map(|(subscriber, _)| subscriber).collect::<BTreeSet<_>>() {
                looked_at.extend(subscriptions_of(transaction, seal, subscriber)?.into_iter().filter(is_owed));
            }
            for subscription in looked_at {
                if key_of(&subscription.subscriber) == key_of(but) {
                    continue;
                }
                let concerned = is_owed(&subscription) || concerns(&subscription, &changed);
                let mut one = if concerned { touch(transaction, seal, subscription)? } else { continue };
                let subscriber = &one.subscription.subscriber;
                if !states.contains_key(subscriber) {
                    states.insert(subscriber.clone(), deployed(transaction, seal, subscriber)?);
                }
                one.deployed = states.get(subscriber).cloned().unwrap_or_default();
                touched.push(one);
            }
            Ok(touched)
        })
    }

    /// The same for subscriptions that are about to be made; what is deployed there is left out.
    pub fn touched_among(
        &self,
        subscriptions: &[Subscription],
        changes: &EntryChanges,
    ) -> Result<Vec<Touched>, StoreError> {
        let seal = self.seal()?;
        let changed: Vec<&Entry> =
            changes.published.iter().chain(&changes.replaced).chain(&changes.retracted).collect();
        self.read(|transaction| {
            let mut touched = Vec::new();
            for subscription in subscriptions.iter().filter(|subscription| concerns(subscription, &changed)) {
                touched.push(touch(transaction, seal, subscription.clone())?);
            }
            Ok(touched)
        })
    }
}

/// Whether one of the changed entries belongs, or belonged, to what a subscription asks for.
fn concerns(subscription: &Subscription, changed: &[&Entry]) -> bool {
    let viewer = &subscription.subscriber.space;
    changed.iter().any(|entry| matches(entry, &subscription.filter, viewer))
}

/// The subscription with the present answer to its question.
fn touch(connection: &Connection, seal: &Seal, subscription: Subscription) -> Result<Touched, Trouble> {
    let viewer = subscription.subscriber.space.clone();
    let question = Question { resource: subscription.resource.clone(), filter: subscription.filter.clone(), viewer };
    Ok(Touched {
        answer: answer(connection, &question)?,
        beside: Vec::new(),
        supplies: remembered(connection, seal, &subscription)?,
        deployed: Deployed::default(),
        containers: Vec::new(),
        subscription,
    })
}

/// The subscriptions that name the provider of a changed entry, and those that name none; sorted, each once.
fn candidates(connection: &Connection, seal: &Seal, changed: &[&Entry]) -> Result<Vec<Subscription>, Trouble> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let providers: BTreeSet<&str> = changed.iter().map(|entry| entry.provider_id.as_str()).chain([""]).collect();
    let sql = format!(
        "SELECT {SUBSCRIPTION_COLUMNS} FROM subscription INDEXED BY subscription_by_provider WHERE provider_id = ?1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for provider in providers {
        for subscription in statement.query_and_then([provider], |row| subscription(row, seal))? {
            found.push(subscription?);
        }
    }
    found.sort_by(|a, b| (&a.subscriber, &a.module, &a.resource).cmp(&(&b.subscriber, &b.module, &b.resource)));
    Ok(found)
}

/// The secrets that the remembered part of a subscriber asks for, as they are now.
fn remembered(connection: &Connection, seal: &Seal, subscription: &Subscription) -> Result<Supplies, Trouble> {
    let mut asked = BTreeSet::new();
    in_text(&subscription.fragment, &mut asked);
    let mut held = BTreeMap::new();
    // What a process has found in its environment was closed when it was remembered.
    for ask in asked.into_iter().filter(|ask| ask.giver == Giver::Vault) {
        let found = supply(connection, seal, &ask.name)?;
        held.insert(ask, found);
    }
    Ok(Supplies::looked_up(held))
}

pub(super) fn subscriptions_of(
    connection: &Connection,
    seal: &Seal,
    deployment: &DeploymentId,
) -> Result<Vec<Subscription>, Trouble> {
    let sql = format!(
        "SELECT {SUBSCRIPTION_COLUMNS} FROM subscription WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
         ORDER BY module, resource"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(key_of(deployment), |row| subscription(row, seal))?.collect()
}
