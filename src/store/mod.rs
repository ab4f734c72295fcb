//! What windlass remembers, in one SQLite file: configuration entries, subscriptions, deployments, locks.
//!
//! Every call is one transaction; several processes may use one file at the same time and lose nothing: writers wait for
//! each other, readers for nobody. The file is made with mode 0600 in a folder of mode 0700. What an entry *means* is not
//! known here: rows are narrowed by index and judged by [`crate::registry::matching`].

mod answer;
mod deployments;
mod entries;
mod error;
mod lock;
mod open;
mod process;
mod rows;
mod subscriptions;

pub use error::StoreError;
pub use lock::Lock;

use crate::registry::DeploymentId;
use error::Trouble;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub struct Store {
    path: PathBuf,
    access: Access,
    /// `None` while there is no file and nothing has been asked: most plans without an engine ask nothing.
    connection: Mutex<Option<Connection>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Creates folder and file when they are missing, and migrates.
    Write,
    /// Creates nothing: a missing file is an empty registry.
    Read,
}

/// Which entries `registry ls` and `purge` mean. Absent parts take any.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub provider_nid: Option<String>,
    pub provider_id: Option<String>,
    pub org: Option<String>,
    pub space: Option<String>,
    /// `default` means entries without a namespace.
    pub namespace: Option<String>,
}

impl Store {
    /// The file that this store lives in (or would, see [`Access::Read`]).
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret from which a deployment's generated credentials are derived: HMAC of the deployment's id under a key
    /// that the state directory got at random when it was made. A directory that is not there has no key yet; what is
    /// planned without one is never deployed, so any key does.
    pub fn seed(&self, deployment: &DeploymentId) -> Result<[u8; 32], StoreError> {
        use hmac::{Hmac, KeyInit, Mac};
        let is_there = self.connection().is_some();
        let key: Vec<u8> = match is_there {
            false => Vec::new(),
            true => self.read(|transaction| {
                Ok(transaction.query_row("SELECT value FROM secret WHERE name = 'generator'", [], |row| row.get(0))?)
            })?,
        };
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a MAC takes a key of any length");
        for part in rows::key_of(deployment) {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// Runs a reading transaction: everything in it sees one state of the file.
    fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        self.transact(TransactionBehavior::Deferred, work)
    }

    /// Runs a writing transaction. It takes the write lock at its beginning, because one that reads first and then wants
    /// to write is refused when somebody else wrote in between, however long it would be willing to wait.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        if self.access == Access::Read {
            let reason = "it was opened for reading only".to_owned();
            return Err(StoreError::NotWritable { path: self.path.clone(), reason });
        }
        self.transact(TransactionBehavior::Immediate, work)
    }

    fn transact<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let run = || {
            let connection = match &mut *connection {
                Some(connection) => connection,
                none => none.insert(open::empty()?),
            };
            let transaction = connection.transaction_with_behavior(behavior)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|trouble: Trouble| trouble.at(&self.path))
    }

    /// A panic while the connection was in use has rolled its transaction back, so the connection is still good.
    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
