//! What has run once and ended well.

use super::error::Trouble;
use super::rows::key_of;
use super::{Store, StoreError};
use crate::name::ModuleName;
use crate::plan::Record;
use crate::plan::job::Run;
use crate::registry::DeploymentId;
use rusqlite::{Connection, params};
use std::collections::HashSet;

impl Store {
    /// Remembers that something has run, in the place of when it ran before.
    pub fn ran(&self, deployment: &DeploymentId, run: &Run) -> Result<(), StoreError> {
        self.write(|transaction| {
            let [mta, namespace, org, space] = key_of(deployment);
            let mut statement = transaction.prepare_cached(
                "INSERT INTO run (mta, namespace, org, space, module, task, fingerprint, image_id, revision) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET \
                 fingerprint = excluded.fingerprint, image_id = excluded.image_id, revision = excluded.revision",
            )?;
            let task = run.task.as_deref().unwrap_or_default();
            let revision = i64::try_from(run.revision).unwrap_or(i64::MAX);
            let module = run.module.as_str();
            statement.execute(params![
                mta,
                namespace,
                org,
                space,
                module,
                task,
                run.fingerprint,
                run.image_id,
                revision
            ])?;
            Ok(())
        })
    }
}

/// Sorted by module and task.
pub(super) fn runs_of(connection: &Connection, deployment: &DeploymentId) -> Result<Vec<Run>, Trouble> {
    let mut statement = connection.prepare_cached(
        "SELECT module, task, fingerprint, image_id, revision FROM run \
         WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 ORDER BY module, task",
    )?;
    let rows = statement.query_map(key_of(deployment), |row| {
        Ok(Run {
            module: ModuleName::new(row.get::<_, String>(0)?),
            task: Some(row.get::<_, String>(1)?).filter(|task| !task.is_empty()),
            fingerprint: row.get(2)?,
            image_id: row.get(3)?,
            revision: u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets what has run of tasks and modules that a deployment no longer has: should they come back, they are new.
pub(super) fn keep_runs_of(connection: &Connection, deployment: &DeploymentId, record: &Record) -> Result<(), Trouble> {
    let mut kept: HashSet<(&str, Option<&str>)> = HashSet::new();
    for unit in &record.units {
        kept.extend(unit.execution.is_some().then_some((unit.module.as_str(), None)));
        kept.extend(unit.tasks.iter().map(|task| (unit.module.as_str(), Some(&*task.name))));
    }
    let gone = runs_of(connection, deployment)?;
    for run in gone.iter().filter(|run| !kept.contains(&(run.module.as_str(), run.task.as_deref()))) {
        let [mta, namespace, org, space] = key_of(deployment);
        let task = run.task.as_deref().unwrap_or_default();
        let mut statement = connection.prepare_cached(
            "DELETE FROM run WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5 AND task = ?6",
        )?;
        statement.execute(params![mta, namespace, org, space, run.module.as_str(), task])?;
    }
    Ok(())
}

pub(super) fn forget_runs(connection: &Connection, deployment: &DeploymentId) -> Result<(), Trouble> {
    let sql = "DELETE FROM run WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    connection.prepare_cached(sql)?.execute(key_of(deployment))?;
    Ok(())
}
