//! Updates of subscribers that were decided and have not ended well yet.
//!
//! That a subscriber needs another environment follows from a change of entries, and is seen only while that change is being
//! made: once they are published, a plan finds nothing to publish. An operation that ends between the two would leave its
//! subscribers behind for ever. So what it owes is written down before it begins, and the next operation of the same
//! deployment looks at those subscribers again, whatever has become of the entries.

use super::error::Trouble;
use super::rows::{deployment, key_of};
use super::{Store, StoreError};
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use rusqlite::Connection;

impl Store {
    /// Writes down which modules an operation of `publisher` is going to update.
    pub fn owe(&self, publisher: &DeploymentId, updates: &[(&DeploymentId, &ModuleName)]) -> Result<(), StoreError> {
        if updates.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut statement = transaction
                .prepare_cached("INSERT OR IGNORE INTO owed_update VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
            for (subscriber, module) in updates {
                let [mta, namespace, org, space] = key_of(publisher);
                let [to_mta, to_namespace, to_org, to_space] = key_of(subscriber);
                let module = module.as_str();
                statement.execute([mta, namespace, org, space, to_mta, to_namespace, to_org, to_space, module])?;
            }
            Ok(())
        })
    }

    /// What operations of `publisher` still owe, sorted.
    pub fn owed(&self, publisher: &DeploymentId) -> Result<Vec<(DeploymentId, ModuleName)>, StoreError> {
        self.read(|transaction| owed_by(transaction, publisher))
    }

    /// One of them is done.
    pub fn settle(
        &self,
        publisher: &DeploymentId,
        subscriber: &DeploymentId,
        module: &ModuleName,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let [mta, namespace, org, space] = key_of(publisher);
            let [to_mta, to_namespace, to_org, to_space] = key_of(subscriber);
            let module = module.as_str();
            let mut statement = transaction.prepare_cached(
                "DELETE FROM owed_update WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                 AND subscriber_mta = ?5 AND subscriber_namespace = ?6 AND subscriber_org = ?7 \
                 AND subscriber_space = ?8 AND module = ?9",
            )?;
            statement.execute([mta, namespace, org, space, to_mta, to_namespace, to_org, to_space, module])?;
            Ok(())
        })
    }

    /// All of them are done, or no longer needed: nothing was left to do for any of them.
    pub fn settle_all(&self, publisher: &DeploymentId) -> Result<(), StoreError> {
        if self.owed(publisher)?.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let sql = "DELETE FROM owed_update WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
            transaction.prepare_cached(sql)?.execute(key_of(publisher))?;
            Ok(())
        })
    }
}

pub(super) fn owed_by(
    connection: &Connection,
    publisher: &DeploymentId,
) -> Result<Vec<(DeploymentId, ModuleName)>, Trouble> {
    let mut statement = connection.prepare_cached(
        "SELECT subscriber_mta, subscriber_namespace, subscriber_org, subscriber_space, module FROM owed_update \
         WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4",
    )?;
    let rows = statement
        .query_map(key_of(publisher), |row| Ok((deployment(row, 0)?, ModuleName::new(row.get::<_, String>(4)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
