//! Modules that somebody has stopped on purpose: no deployment wakes them.

use super::error::Trouble;
use super::rows::key_of;
use super::{Store, StoreError};
use crate::name::ModuleName;
use crate::plan::Record;
use crate::registry::DeploymentId;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

impl Store {
    /// Remembers that a module is to stay stopped; since when stays what it was.
    pub fn suspend(
        &self,
        deployment: &DeploymentId,
        module: &ModuleName,
        operation: &str,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let at = i64::try_from(now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        self.write(|transaction| {
            let [mta, namespace, org, space] = key_of(deployment);
            let mut statement = transaction.prepare_cached(
                "INSERT INTO suspension (mta, namespace, org, space, module, at, operation) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            )?;
            statement.execute(params![mta, namespace, org, space, module.as_str(), at, operation])?;
            Ok(())
        })
    }

    /// Forgets that a module is to stay stopped; returns whether it was.
    pub fn resume(&self, deployment: &DeploymentId, module: &ModuleName) -> Result<bool, StoreError> {
        self.write(|transaction| Ok(resume(transaction, deployment, module)?))
    }
}

pub(super) fn suspended(connection: &Connection, deployment: &DeploymentId) -> Result<BTreeSet<ModuleName>, Trouble> {
    let sql = "SELECT module FROM suspension WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(key_of(deployment), |row| row.get::<_, String>(0).map(ModuleName::new))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A module that a deployment no longer has would, should it come back, come back asleep.
pub(super) fn keep_suspensions_of(
    connection: &Connection,
    deployment: &DeploymentId,
    record: &Record,
) -> Result<(), Trouble> {
    for module in suspended(connection, deployment)? {
        if !record.units.iter().any(|unit| unit.module == module) {
            resume(connection, deployment, &module)?;
        }
    }
    Ok(())
}

pub(super) fn forget_suspensions(connection: &Connection, deployment: &DeploymentId) -> Result<(), Trouble> {
    let sql = "DELETE FROM suspension WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    connection.prepare_cached(sql)?.execute(key_of(deployment))?;
    Ok(())
}

fn resume(connection: &Connection, deployment: &DeploymentId, module: &ModuleName) -> rusqlite::Result<bool> {
    let [mta, namespace, org, space] = key_of(deployment);
    let sql = "DELETE FROM suspension WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5";
    Ok(connection.prepare_cached(sql)?.execute(params![mta, namespace, org, space, module.as_str()])? > 0)
}
