//! What windlass remembers, in one SQLite file: configuration entries, subscriptions, deployments, locks.
//!
//! Every call is one transaction; several processes may use one file at the same time and lose nothing. The file is made
//! with mode 0600 in a folder of mode 0700.

use crate::plan::Record;
use crate::plan::observed::{Deployed, Touched};
use crate::registry::{DeploymentId, Entry, EntryChanges, Question, Subscription};
use std::path::{Path, PathBuf};

pub struct Store {}

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
    pub namespace: Option<String>,
}

/// Held while an operation works on one deployment; freed when dropped.
#[derive(Debug)]
pub struct Lock {}

impl Store {
    pub fn open(_path: &Path, _access: Access) -> Result<Store, StoreError> {
        unimplemented!()
    }

    /// The secret from which a deployment's generated credentials are derived: HMAC of the deployment's id under a key
    /// that the state directory got at random when it was made.
    pub fn seed(&self, _deployment: &DeploymentId) -> Result<[u8; 32], StoreError> {
        unimplemented!()
    }

    /// Answers each question with its matching, visible entries in order of publication.
    pub fn answer(&self, _questions: &[Question]) -> Result<Vec<Vec<Entry>>, StoreError> {
        unimplemented!()
    }

    pub fn entries(&self, _selection: &Selection) -> Result<Vec<Entry>, StoreError> {
        unimplemented!()
    }

    /// Adds entries, or updates in place those with the same identity (the row id stays, an absent field keeps its old value).
    pub fn publish(&self, _entries: &[Entry]) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Removes entries by identity; returns how many there were.
    pub fn retract(&self, _entries: &[Entry]) -> Result<usize, StoreError> {
        unimplemented!()
    }

    /// The entries that one deployment has published (nid `mta`, id `<MTA ID>:…`, its space and namespace).
    pub fn published_by(&self, _deployment: &DeploymentId) -> Result<Vec<Entry>, StoreError> {
        unimplemented!()
    }

    /// Subscriptions of *other* deployments whose filter matches one of the changed entries and that may see it, each with
    /// the present answer to its question and what is deployed there (containers are filled in by the caller).
    pub fn touched(&self, _changes: &EntryChanges, _but: &DeploymentId) -> Result<Vec<Touched>, StoreError> {
        unimplemented!()
    }

    pub fn deployed(&self, _deployment: &DeploymentId) -> Result<Deployed, StoreError> {
        unimplemented!()
    }

    /// All deployments, sorted.
    pub fn deployments(&self) -> Result<Vec<(DeploymentId, Deployed)>, StoreError> {
        unimplemented!()
    }

    /// Remembers a deployment; its revision rises by one.
    pub fn record(&self, _deployment: &DeploymentId, _record: &Record) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Replaces one unit of a recorded deployment (a subscriber that got a new environment).
    pub fn record_unit(&self, _deployment: &DeploymentId, _unit: &crate::plan::unit::Unit) -> Result<(), StoreError> {
        unimplemented!()
    }

    pub fn forget(&self, _deployment: &DeploymentId) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Adds subscriptions, or updates those with the same (deployment, module, resource).
    pub fn subscribe(&self, _subscriptions: &[Subscription]) -> Result<(), StoreError> {
        unimplemented!()
    }

    pub fn unsubscribe(&self, _subscriptions: &[Subscription]) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Takes the lock of a deployment, or says who holds it. `doing`: `deploy`, `undeploy`. The lock of a process that has
    /// died on this machine is taken over (`Lock::taken_over_from` says so).
    pub fn lock(&self, _deployment: &DeploymentId, _doing: &str) -> Result<Lock, StoreError> {
        unimplemented!()
    }
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the state directory `{path}` cannot be written: {reason}")]
    NotWritable { path: PathBuf, reason: String },
    #[error("`{path}` is not a windlass state file: {reason}")]
    NotAStore { path: PathBuf, reason: String },
    #[error("`{path}` was written by a newer windlass (schema {found}, this one knows {known})")]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the disk that holds `{path}` is full")]
    DiskFull { path: PathBuf },
    #[error("{doing} of `{deployment}` is running since {since} (process {pid} of {owner} on {host})")]
    Locked { deployment: String, doing: String, since: String, owner: String, host: String, pid: u32 },
    #[error("the state file `{path}` could not be used: {reason}")]
    Failed { path: PathBuf, reason: String },
}
