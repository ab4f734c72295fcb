//! What windlass remembers, in one SQLite file: configuration entries, subscriptions, deployments and their revisions,
//! operations, locks.
//!
//! Every call is one transaction; several processes may use one file at the same time and lose nothing: writers wait for
//! each other, readers for nobody. The file is made with mode 0600 in a folder of mode 0700, and what may hold a
//! secret is sealed in it, under a key that lies beside it. What an entry *means* is not known here: rows are narrowed by index
//! and judged by [`crate::registry::matching`].

mod answer;
mod archive;
mod backup;
mod deployments;
mod entries;
mod error;
mod examine;
mod journal;
mod kept_logs;
mod key;
mod lock;
mod logins;
mod open;
mod operations;
mod owed;
mod own_modules;
mod process;
mod prune;
mod restore;
mod revisions;
mod rows;
mod runs;
mod seal;
mod secrets;
mod subscriptions;
mod suspensions;
mod upgrade;

pub use archive::About;
pub use backup::KeyPart;
pub use error::StoreError;
pub use examine::{Counted, Examined, Flaw, FlawKind, exposed};
pub use journal::{Journal, Note};
pub use kept_logs::KeptLog;
pub use lock::Lock;
pub use logins::Login;
pub use operations::{Begun, Which};
pub use own_modules::OwnModule;
pub use process::{is, lives};
pub use prune::{Keep, Pruned};
pub use restore::{Restored, restore};
pub use revisions::{End, Made};
pub use secrets::Kept;

use crate::registry::DeploymentId;
use error::Trouble;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use seal::Seal;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

pub struct Store {
    path: PathBuf,
    access: Access,
    /// `None` while there is no file and nothing has been asked: most plans without an engine ask nothing.
    connection: Mutex<Option<Connection>>,
    has_file: bool,
    seal: OnceLock<Seal>,
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
        Ok(Store::seed_under(&self.seeds_key()?, deployment))
    }

    /// The same for all who work with this state file, different for any other; a digest that gives nothing away.
    pub fn identity(&self) -> Result<String, StoreError> {
        let digest = Sha256::new().chain_update("identity\0").chain_update(self.seeds_key()?).finalize();
        Ok(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    fn seeds_key(&self) -> Result<Vec<u8>, StoreError> {
        match self.has_file {
            false => Ok(Vec::new()),
            true => self.own_secret(self.seal()?, open::GENERATOR),
        }
    }

    fn seed_under(key: &[u8], deployment: &DeploymentId) -> [u8; 32] {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a MAC takes a key of any length");
        for part in rows::key_of(deployment) {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        mac.finalize().into_bytes().into()
    }

    /// What opens the sealed parts of the file. It is read when it is first needed: much can be asked without it.
    fn seal(&self) -> Result<&Seal, StoreError> {
        if let Some(seal) = self.seal.get() {
            return Ok(seal);
        }
        if !self.has_file {
            // There is nothing to open.
            return Ok(self.seal.get_or_init(|| Seal::new(&[0; 32])));
        }
        let path = key::path_of(&self.path);
        let key = key::read(&path)?;
        let seal = match &key {
            Some(key) => self.fitting(key)?,
            None => None,
        };
        let state = self.path.clone();
        match (seal, key) {
            (Some(seal), _) => Ok(self.seal.get_or_init(|| seal)),
            (None, key) => match self.waiting_seal(&path)? {
                Some(seal) => Ok(self.seal.get_or_init(|| seal)),
                None if key.is_some() => Err(StoreError::KeyWrong { path, state }),
                None => Err(StoreError::KeyMissing { path, state }),
            },
        }
    }

    /// `None`: the file was sealed with another key.
    fn fitting(&self, key: &[u8; 32]) -> Result<Option<Seal>, StoreError> {
        let seal = Seal::new(key);
        match self.own_secret(&seal, open::CHECK) {
            Ok(_) => Ok(Some(seal)),
            Err(StoreError::Tampered { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A restoration was killed between its last two steps: the state is in its place, and its key is not yet.
    fn waiting_seal(&self, place: &Path) -> Result<Option<Seal>, StoreError> {
        let waiting = key::waiting_path_of(&self.path);
        let Some(key) = key::read(&waiting)? else { return Ok(None) };
        let seal = self.fitting(&key)?;
        if seal.is_some() && self.access == Access::Write {
            std::fs::rename(&waiting, place).map_err(|error| error::from_io(place, &error))?;
        }
        Ok(seal)
    }

    /// A secret of windlass itself.
    fn own_secret(&self, seal: &Seal, name: &str) -> Result<Vec<u8>, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT value FROM secret WHERE name = ?1";
            let sealed = transaction.query_row(sql, [name], |row| rows::sealed_bytes(row, 0))?;
            seal.open(&sealed, &["own", name]).ok_or_else(|| Trouble::Tampered(format!("windlass's own `{name}`")))
        })
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
impl Store {
    /// For tests that bring a file into a state that windlass never leaves it in.
    pub(crate) fn sql(&self, sql: &str) {
        self.connection().as_ref().expect("a connection").execute_batch(sql).expect("SQL");
    }
}

#[cfg(test)]
mod backup_tests;

#[cfg(test)]
mod operation_tests;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod sealed_tests;

#[cfg(test)]
mod module_tests;
