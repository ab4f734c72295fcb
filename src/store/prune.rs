//! Forgetting what is old: operations, revisions and starts, by age and by number.
//!
//! What somebody may still need stays, whatever its age: an operation that runs, the newest one of each deployment, the
//! revision that is deployed, and the last good one, which is the way back.

use super::error::Trouble;
use super::{Store, StoreError, process};
use rusqlite::{Transaction, params};
use std::time::Duration;

/// How much is kept of each deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub age: Duration,
    pub operations: usize,
    pub revisions: usize,
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub operations: usize,
    pub revisions: usize,
    pub starts: usize,
}

impl Store {
    /// Forgets what is older than `keep.age`, and what is more than its numbers. Space in the file is used again.
    pub fn prune(&self, keep: &Keep) -> Result<Pruned, StoreError> {
        let age = i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX);
        let before = process::now_in_millis().saturating_sub(age);
        self.write(|transaction| {
            let operations = operations(transaction, before, keep.operations)?;
            let revisions = revisions(transaction, before, keep.revisions)?;
            let starts = transaction.execute(
                "DELETE FROM container_start WHERE at < ?1 AND operation NOT IN (SELECT id FROM operation)",
                [before],
            )?;
            Ok(Pruned { operations, revisions, starts })
        })
    }
}

fn operations(transaction: &Transaction<'_>, before: i64, number: usize) -> Result<usize, Trouble> {
    let mut old = transaction.prepare(
        "SELECT id FROM (SELECT id, state, began, row_number() OVER (PARTITION BY mta, namespace, org, space \
         ORDER BY number DESC) AS place FROM operation) \
         WHERE place > 1 AND state <> 'running' AND (began < ?1 OR place > ?2)",
    )?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let old = old.query_map(params![before, number], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for id in &old {
        for sql in [
            "DELETE FROM operation_event WHERE operation = ?1",
            "DELETE FROM operation_step WHERE operation = ?1",
            "DELETE FROM operation WHERE id = ?1",
        ] {
            transaction.prepare_cached(sql)?.execute([id])?;
        }
    }
    Ok(old.len())
}

fn revisions(transaction: &Transaction<'_>, before: i64, number: usize) -> Result<usize, Trouble> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Ok(transaction.execute(
        "WITH ranked AS (SELECT mta, namespace, org, space, revision, at, good, \
           row_number() OVER (PARTITION BY mta, namespace, org, space ORDER BY revision DESC) AS place, \
           max(CASE WHEN good THEN revision END) OVER (PARTITION BY mta, namespace, org, space) AS last_good \
           FROM revision) \
         DELETE FROM revision WHERE (mta, namespace, org, space, revision) IN ( \
           SELECT mta, namespace, org, space, revision FROM ranked \
           WHERE place > 1 AND revision IS NOT last_good AND (at < ?1 OR place > ?2))",
        params![before, number],
    )?)
}
