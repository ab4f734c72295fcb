//! Deployments: what was deployed last, as the next plan compares with it.

use super::entries::published_by;
use super::error::Trouble;
use super::revisions::{self, End, Made};
use super::rows::{deployment, key_of, open_record, sealed_bytes, sealed_record};
use super::runs::{forget_runs, keep_runs_of, runs_of};
use super::seal::Seal;
use super::subscriptions::subscriptions_of;
use super::suspensions::{forget_suspensions, keep_suspensions_of, suspended};
use super::{Store, StoreError};
use crate::plan::Record;
use crate::plan::observed::Deployed;
use crate::plan::unit::{FingerprintKey, Unit};
use crate::registry::DeploymentId;
use crate::target::Generator;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// Raised when a record means something else; new fields have defaults and need nothing.
const RECORD_FORMAT: u32 = 1;

impl Store {
    pub fn deployed(&self, deployment: &DeploymentId) -> Result<Deployed, StoreError> {
        let seal = self.seal()?;
        let key = self.seeds_key()?;
        self.read(|transaction| Ok(keyed(deployed(transaction, seal, deployment)?, &key, deployment)))
    }

    /// All deployments that have a record, sorted.
    pub fn deployments(&self) -> Result<Vec<(DeploymentId, Deployed)>, StoreError> {
        let seal = self.seal()?;
        let key = self.seeds_key()?;
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached("SELECT mta, namespace, org, space FROM deployment")?;
            let mut ids = statement.query_map([], |row| deployment(row, 0))?.collect::<Result<Vec<_>, _>>()?;
            ids.sort();
            ids.into_iter()
                .map(|id| deployed(transaction, seal, &id).map(|deployed| (id.clone(), keyed(deployed, &key, &id))))
                .collect()
        })
    }

    /// Remembers a deployment as a whole, on nobody's behalf; its revision rises by one.
    pub fn record(&self, deployment: &DeploymentId, record: &Record) -> Result<(), StoreError> {
        self.record_of(deployment, record, &Made { operation: "", end: End::Good })
    }

    /// Remembers what an operation has made of a deployment, and keeps it as a revision.
    pub fn record_of(&self, deployment: &DeploymentId, record: &Record, made: &Made<'_>) -> Result<(), StoreError> {
        let seal = self.seal()?;
        self.write(|transaction| {
            write_record(transaction, seal, deployment, record, made)?;
            keep_runs_of(transaction, deployment, record)?;
            keep_suspensions_of(transaction, deployment, record)
        })
    }

    /// Replaces one unit of a recorded deployment (a subscriber that got a new environment).
    pub fn record_unit(&self, deployment: &DeploymentId, unit: &Unit, operation: &str) -> Result<(), StoreError> {
        let seal = self.seal()?;
        self.write(|transaction| {
            let Some((_, mut record)) = read_record(transaction, seal, deployment)? else {
                return Err(Trouble::Row(format!("`{deployment}` in {} is not deployed", deployment.space)));
            };
            match record.units.iter_mut().find(|held| held.module == unit.module) {
                Some(held) => *held = Arc::new(unit.clone()),
                None => {
                    let module = &unit.module;
                    return Err(Trouble::Row(format!("`{deployment}` was deployed without module `{module}`")));
                }
            }
            write_record(transaction, seal, deployment, &record, &Made { operation, end: End::AsBefore })
        })
    }

    /// Forgets what was deployed, and what has run of it. Entries and subscriptions go by their own calls; revisions stay until
    /// they are pruned, for there is a way back from an undeployment, too.
    pub fn forget(&self, deployment: &DeploymentId) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "DELETE FROM deployment WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
            transaction.prepare_cached(sql)?.execute(key_of(deployment))?;
            forget_runs(transaction, deployment)?;
            forget_suspensions(transaction, deployment)
        })
    }
}

/// Gives the recorded units the key of their deployment, as the wanted ones have it.
pub(super) fn keyed(mut deployed: Deployed, key: &[u8], deployment: &DeploymentId) -> Deployed {
    let key = FingerprintKey(Some(Generator::new(Store::seed_under(key, deployment))));
    for unit in deployed.record.iter_mut().flat_map(|record| &mut record.units) {
        Arc::make_mut(unit).key = key.clone();
    }
    deployed
}

pub(super) fn deployed(connection: &Connection, seal: &Seal, deployment: &DeploymentId) -> Result<Deployed, Trouble> {
    let (revision, record) = match read_record(connection, seal, deployment)? {
        Some((revision, record)) => (revision, Some(record)),
        None => (u64::try_from(revisions::newest(connection, deployment)?).unwrap_or_default(), None),
    };
    let entries = published_by(connection, deployment)?;
    let subscriptions = subscriptions_of(connection, seal, deployment)?;
    let runs = runs_of(connection, deployment)?;
    let suspended = suspended(connection, deployment)?;
    Ok(Deployed { record, revision, entries, subscriptions, runs, suspended })
}

fn read_record(
    connection: &Connection,
    seal: &Seal,
    deployment: &DeploymentId,
) -> Result<Option<(u64, Record)>, Trouble> {
    let sql =
        "SELECT revision, format, record FROM deployment WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let row = statement
        .query_row(key_of(deployment), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, sealed_bytes(row, 2)?)))
        .optional()?;
    let Some((revision, format, sealed)) = row else { return Ok(None) };
    if format > RECORD_FORMAT {
        return Err(Trouble::Row(format!(
            "`{deployment}` was recorded by a newer windlass (format {format}, this one knows {RECORD_FORMAT})"
        )));
    }
    let json = open_record(deployment, &sealed, seal)?;
    // Only the place: serde's words may quote a value, and records hold secrets.
    let record = serde_json::from_str(&json).map_err(|error| {
        Trouble::Row(format!(
            "the record of `{deployment}` is not what windlass writes, at character {}",
            error.column()
        ))
    })?;
    Ok(Some((u64::try_from(revision).unwrap_or_default(), record)))
}

fn write_record(
    connection: &Connection,
    seal: &Seal,
    deployment: &DeploymentId,
    record: &Record,
    made: &Made<'_>,
) -> Result<(), Trouble> {
    let json = serde_json::to_string(record)
        .map_err(|error| Trouble::Row(format!("the record of `{deployment}` cannot be stored: {error}")))?;
    let sealed = sealed_record(deployment, &json, seal);
    let [mta, namespace, org, space] = key_of(deployment);
    let newest = revisions::newest(connection, deployment)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO deployment (mta, namespace, org, space, revision, format, record) VALUES (?1, ?2, ?3, ?4, ?7 + 1, ?5, ?6) \
         ON CONFLICT DO UPDATE SET revision = max(revision, ?7) + 1, format = excluded.format, record = excluded.record \
         RETURNING revision",
    )?;
    let values = params![mta, namespace, org, space, RECORD_FORMAT, sealed, newest];
    let number = statement.query_row(values, |row| row.get(0))?;
    revisions::keep(connection, seal, deployment, record, number, made)
}
