//! What was deployed, revision by revision: the way back.
//!
//! A revision holds all that a deployment was: its record, the entries it had published, what it had subscribed to. It is
//! written in the transaction that writes the record, so there is no record without its revision.

use super::entries::published_by;
use super::error::Trouble;
use super::rows::{self, key_of, sealed_bytes};
use super::seal::Seal;
use super::subscriptions::subscriptions_of;
use super::{Store, StoreError, process};
use crate::name::{ModuleName, ResourceName};
use crate::operation::{OperationId, Revision};
use crate::plan::Record;
use crate::plan::observed::Deployed;
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::target::Space;
use crate::tree::Origin;
use crate::tree::read::read_json;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raised when a revision means something else; new fields have defaults and need nothing.
const FORMAT: u32 = 1;

/// On whose behalf a record changes.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    pub operation: &'a str,
    pub end: End,
}

/// Whether the record is that of a whole plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Good,
    Partial,
    /// One unit of it has changed, for another deployment's sake: as good as it was.
    AsBefore,
}

/// A revision as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RevisionRow {
    record: Record,
    #[serde(default)]
    entries: Vec<EntryRow>,
    #[serde(default)]
    subscriptions: Vec<SubscriptionRow>,
    /// The id of the image that each module's containers ran.
    #[serde(default)]
    images: BTreeMap<ModuleName, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct EntryRow {
    nid: Option<String>,
    id: String,
    version: Option<String>,
    namespace: Option<String>,
    target: Space,
    /// JSON inside JSON, as in the table of entries.
    content: Option<String>,
    visibility: Option<Vec<Space>>,
    module: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SubscriptionRow {
    module: String,
    resource: String,
    filter: String,
    fragment: String,
}

impl Store {
    /// The revisions of a deployment, the newest first.
    pub fn revisions(&self, deployment: &DeploymentId) -> Result<Vec<Revision>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM revision WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                 ORDER BY revision DESC"
            ))?;
            Ok(statement.query_map(key_of(deployment), revision)?.collect::<Result<_, _>>()?)
        })
    }

    /// What was deployed at a revision. What has run is not part of it: that is so, whatever is deployed.
    pub fn deployed_at(&self, deployment: &DeploymentId, number: u64) -> Result<Option<Deployed>, StoreError> {
        let seal = self.seal()?;
        let key = self.seeds_key()?;
        self.read(|transaction| {
            let Some((number, row)) = opened(transaction, seal, deployment, number)? else { return Ok(None) };
            let deployed = deployed(deployment, number, row)?;
            Ok(Some(super::deployments::keyed(deployed, &key, deployment)))
        })
    }

    /// The id of the image that each module's containers ran at a revision, as far as that is known.
    pub fn images_at(
        &self,
        deployment: &DeploymentId,
        number: u64,
    ) -> Result<BTreeMap<ModuleName, String>, StoreError> {
        let seal = self.seal()?;
        let row = self.read(|transaction| opened(transaction, seal, deployment, number))?;
        Ok(row.map(|(_, row)| row.images).unwrap_or_default())
    }

    /// Keeps the ids of images with the revision that an operation has made, if it has made one.
    pub fn keep_images(
        &self,
        deployment: &DeploymentId,
        operation: &str,
        images: BTreeMap<ModuleName, String>,
    ) -> Result<(), StoreError> {
        let seal = self.seal()?;
        self.write(|transaction| {
            let [mta, namespace, org, space] = key_of(deployment);
            let sql = "SELECT max(revision) FROM revision WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                       AND operation = ?5";
            let made = transaction
                .prepare_cached(sql)?
                .query_row(params![mta, namespace, org, space, operation], |row| row.get::<_, Option<i64>>(0))?;
            let made = made.and_then(|number| u64::try_from(number).ok());
            let Some(made) = made else { return Ok(()) };
            let Some((number, row)) = opened(transaction, seal, deployment, made)? else { return Ok(()) };
            let sealed = sealed(seal, deployment, number, &RevisionRow { images, ..row })?;
            let sql = "UPDATE revision SET record = ?6 WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                       AND revision = ?5";
            transaction.prepare_cached(sql)?.execute(params![mta, namespace, org, space, number, sealed])?;
            Ok(())
        })
    }

    /// Everything was done, and nothing had to be remembered: the revision that is deployed is a good one now.
    pub fn confirm(&self, deployment: &DeploymentId) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "UPDATE revision SET good = 1 WHERE good = 0 AND mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                       AND revision = (SELECT d.revision FROM deployment d WHERE d.mta = ?1 AND d.namespace = ?2 \
                       AND d.org = ?3 AND d.space = ?4)";
            transaction.prepare_cached(sql)?.execute(key_of(deployment))?;
            Ok(())
        })
    }
}

const COLUMNS: &str = "revision, operation, at, version, good";

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let operation: String = row.get(1)?;
    Ok(Revision {
        number: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
        operation: (!operation.is_empty()).then(|| OperationId::new(operation)),
        at: row.get(2)?,
        version: row.get(3)?,
        good: row.get(4)?,
    })
}

/// The number of the newest revision that a deployment has ever had; 0 when there was none. Numbers are not used again, not
/// even after an undeployment.
pub(super) fn newest(connection: &Connection, deployment: &DeploymentId) -> Result<i64, Trouble> {
    let sql =
        "SELECT coalesce(max(revision), 0) FROM revision WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    Ok(connection.prepare_cached(sql)?.query_row(key_of(deployment), |row| row.get(0))?)
}

/// Writes down what has just been recorded, with the entries and subscriptions of now.
pub(super) fn keep(
    connection: &Connection,
    seal: &Seal,
    deployment: &DeploymentId,
    record: &Record,
    number: i64,
    made: &Made<'_>,
) -> Result<(), Trouble> {
    let entries = published_by(connection, deployment)?;
    let subscriptions = subscriptions_of(connection, seal, deployment)?;
    let row = RevisionRow {
        record: record.clone(),
        entries: entries.iter().map(EntryRow::of).collect(),
        subscriptions: subscriptions.iter().map(SubscriptionRow::of).collect::<Result<_, _>>()?,
        images: BTreeMap::new(),
    };
    let sealed = sealed(seal, deployment, number, &row)?;
    let [mta, namespace, org, space] = key_of(deployment);
    let good = match made.end {
        End::Good => true,
        End::Partial => false,
        End::AsBefore => {
            let sql = "SELECT good FROM revision WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                       AND revision < ?5 ORDER BY revision DESC LIMIT 1";
            let before = connection
                .prepare_cached(sql)?
                .query_row(params![mta, namespace, org, space, number], |row| row.get(0))
                .optional()?;
            // Recorded by a version that kept no revisions, which recorded what was whole and what was not alike.
            before.unwrap_or(true)
        }
    };
    let sql = "INSERT OR REPLACE INTO revision (mta, namespace, org, space, revision, operation, at, version, good, format, \
               record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let at = process::now_in_millis();
    let values = params![mta, namespace, org, space, number, made.operation, at, record.version, good, FORMAT, sealed];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// A sealed revision cannot be put in the place of another one.
fn about<'a>(deployment: &'a DeploymentId, number: &'a str) -> [&'a str; 6] {
    let [mta, namespace, org, space] = key_of(deployment);
    ["revision", mta, namespace, org, space, number]
}

/// A revision as it is stored, by its number.
fn opened(
    connection: &Connection,
    seal: &Seal,
    deployment: &DeploymentId,
    number: u64,
) -> Result<Option<(i64, RevisionRow)>, Trouble> {
    let sql = "SELECT format, record FROM revision WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
               AND revision = ?5";
    let [mta, namespace, org, space] = key_of(deployment);
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let row = connection
        .prepare_cached(sql)?
        .query_row(params![mta, namespace, org, space, number], |row| {
            Ok((row.get::<_, u32>(0)?, sealed_bytes(row, 1)?))
        })
        .optional()?;
    let Some((format, sealed)) = row else { return Ok(None) };
    if format > FORMAT {
        return Err(Trouble::Row(format!(
            "revision {number} of `{deployment}` was recorded by a newer windlass (format {format}, this one knows {FORMAT})"
        )));
    }
    let json = seal.open(&sealed, &about(deployment, &number.to_string()));
    let json = json.ok_or_else(|| Trouble::Tampered(format!("revision {number} of `{deployment}`")))?;
    // Only the place: serde's words may quote a value, and revisions hold secrets.
    let row = serde_json::from_slice(&json).map_err(|error| damaged(deployment, number, error.column()))?;
    Ok(Some((number, row)))
}

fn sealed(seal: &Seal, deployment: &DeploymentId, number: i64, row: &RevisionRow) -> Result<Vec<u8>, Trouble> {
    let json = serde_json::to_vec(row)
        .map_err(|error| Trouble::Row(format!("the revision of `{deployment}` cannot be stored: {error}")))?;
    Ok(seal.close(&json, &about(deployment, &number.to_string())))
}

fn damaged(deployment: &DeploymentId, number: i64, at: usize) -> Trouble {
    Trouble::Row(format!("revision {number} of `{deployment}` is not what windlass writes, at character {at}"))
}

fn deployed(deployment: &DeploymentId, number: i64, row: RevisionRow) -> Result<Deployed, Trouble> {
    let damaged = || damaged(deployment, number, 0);
    let entries = row.entries.into_iter().map(|entry| entry.read().ok_or_else(damaged));
    let subscriptions = row.subscriptions.into_iter().map(|one| one.read(deployment).ok_or_else(damaged));
    Ok(Deployed {
        record: Some(row.record),
        revision: u64::try_from(number).unwrap_or_default(),
        entries: entries.collect::<Result<_, _>>()?,
        subscriptions: subscriptions.collect::<Result<_, _>>()?,
        ..Deployed::default()
    })
}

impl EntryRow {
    fn of(entry: &Entry) -> EntryRow {
        EntryRow {
            nid: entry.provider_nid.clone(),
            id: entry.provider_id.clone(),
            version: entry.provider_version.clone(),
            namespace: entry.provider_namespace.clone(),
            target: entry.target.clone(),
            content: entry.content.as_ref().map(crate::tree::Value::to_json),
            visibility: entry.visibility.clone(),
            module: entry.module.as_ref().map(ToString::to_string),
        }
    }

    fn read(self) -> Option<Entry> {
        let content = match self.content {
            Some(json) => Some(read_json(&json, &Origin::Nowhere).ok()?),
            None => None,
        };
        Some(Entry {
            row: None,
            provider_nid: self.nid,
            provider_id: self.id,
            provider_version: self.version,
            provider_namespace: self.namespace,
            target: self.target,
            content,
            visibility: self.visibility,
            module: self.module.map(ModuleName::new),
        })
    }
}

impl SubscriptionRow {
    fn of(subscription: &Subscription) -> Result<SubscriptionRow, Trouble> {
        Ok(SubscriptionRow {
            module: subscription.module.to_string(),
            resource: subscription.resource.to_string(),
            filter: rows::filter_json(&subscription.filter)?,
            fragment: subscription.fragment.clone(),
        })
    }

    fn read(self, subscriber: &DeploymentId) -> Option<Subscription> {
        Some(Subscription {
            subscriber: subscriber.clone(),
            module: ModuleName::new(self.module),
            resource: ResourceName::new(self.resource),
            filter: rows::filter(&self.filter).ok()?,
            fragment: self.fragment,
        })
    }
}
