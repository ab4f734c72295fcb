//! Modules that were added by hand: for each the text of its descriptor, sealed, since its author may have put anything in it.

use super::error::Trouble;
use super::rows::{deployment, key_of, sealed_bytes};
use super::seal::Seal;
use super::{Store, StoreError, key};
use crate::registry::DeploymentId;
use rusqlite::{OptionalExtension, Row, params};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A descriptor that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnModule {
    pub deployment: DeploymentId,
    /// When it was added.
    pub added: SystemTime,
    /// An `mtad.yaml`.
    pub descriptor: String,
}

impl Store {
    /// All of them, in all spaces, sorted by deployment.
    pub fn own_modules(&self) -> Result<Vec<OwnModule>, StoreError> {
        let seal = self.seal()?;
        self.read(|transaction| {
            let sql = format!("SELECT {COLUMNS} FROM own_module");
            let mut statement = transaction.prepare_cached(&sql)?;
            let rows = statement.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
            let mut all = rows.into_iter().map(|row| opened(row, seal)).collect::<Result<Vec<_>, _>>()?;
            all.sort_by(|a, b| a.deployment.cmp(&b.deployment));
            Ok(all)
        })
    }

    /// The one that is deployed as this, if there is one.
    pub fn own_module(&self, deployment: &DeploymentId) -> Result<Option<OwnModule>, StoreError> {
        let seal = self.seal()?;
        self.read(|transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM own_module WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4"
            );
            let found = transaction.prepare_cached(&sql)?.query_row(key_of(deployment), row).optional()?;
            found.map(|row| opened(row, seal)).transpose()
        })
    }

    /// Keeps a descriptor, in the place of the one that was there; when that was added stays.
    pub fn keep_own_module(&self, own: &OwnModule) -> Result<(), StoreError> {
        key::check_folder(self.path())?;
        let seal = self.seal()?;
        let [mta, namespace, org, space] = key_of(&own.deployment);
        let sealed = seal.close(own.descriptor.as_bytes(), &about(&own.deployment));
        let added = own.added.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let added = i64::try_from(added).unwrap_or(i64::MAX);
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO own_module (mta, namespace, org, space, added, descriptor) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT DO UPDATE SET descriptor = excluded.descriptor",
            )?;
            statement.execute(params![mta, namespace, org, space, added, sealed])?;
            Ok(())
        })
    }

    /// Returns whether there was one.
    pub fn forget_own_module(&self, deployment: &DeploymentId) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let sql = "DELETE FROM own_module WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
            Ok(transaction.prepare_cached(sql)?.execute(key_of(deployment))? > 0)
        })
    }
}

const COLUMNS: &str = "mta, namespace, org, space, added, descriptor";

fn row(row: &Row<'_>) -> rusqlite::Result<(DeploymentId, i64, Vec<u8>)> {
    Ok((deployment(row, 0)?, row.get(4)?, sealed_bytes(row, 5)?))
}

fn opened((deployment, added, sealed): (DeploymentId, i64, Vec<u8>), seal: &Seal) -> Result<OwnModule, Trouble> {
    let open = seal.open(&sealed, &about(&deployment)).and_then(|bytes| String::from_utf8(bytes).ok());
    let descriptor = open.ok_or_else(|| Trouble::Tampered(format!("the descriptor of the module `{deployment}`")))?;
    let added = UNIX_EPOCH + Duration::from_millis(u64::try_from(added).unwrap_or_default());
    Ok(OwnModule { deployment, added, descriptor })
}

fn about(deployment: &DeploymentId) -> [&str; 5] {
    let [mta, namespace, org, space] = key_of(deployment);
    ["own-module", mta, namespace, org, space]
}
