//! One operation at a time for each deployment.
//!
//! A lock is a row with its holder in it. A row outlives a process that was killed, so it is believed only as long as its
//! holder lives: on this machine by asking for the process (and when it was started, since numbers are used again), on
//! another by its heartbeat. Heartbeats are times of two clocks, either of which may be wrong: one that is far in the future
//! says as little as an old one. Machines that share a state directory are kept apart by the engine, too (`deploy::lock`),
//! whose one clock counts there.

use super::error::Trouble;
use super::rows::key_of;
use super::{Access, Store, StoreError, open, process};
use crate::registry::DeploymentId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const BEAT: Duration = Duration::from_secs(10);

/// After so many seconds without a heartbeat, a holder on another machine counts as dead.
const STALE: i64 = 90;

/// Held while an operation works on one deployment; freed when dropped.
#[derive(Debug)]
pub struct Lock {
    taken_over_from: Option<String>,
    token: String,
    owner: String,
    host: String,
    since: i64,
    /// Dropped first, which tells the keeper to free the lock.
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Lock {
    /// Whose lock this was, when its holder died without freeing it: `deploy, process 4711 of ann on host-1`.
    pub fn taken_over_from(&self) -> Option<&str> {
        self.taken_over_from.as_deref()
    }

    /// Another one each time that a lock is taken.
    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// Since when it is held, by RFC 3339.
    pub fn since(&self) -> String {
        in_words(self.since)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has left its row; the next one who wants the lock takes it over.
            let _ = keeper.join();
        }
    }
}

struct Holder {
    doing: String,
    owner: String,
    host: String,
    pid: u32,
    process: String,
    since: i64,
    heartbeat: i64,
}

impl Holder {
    fn read(row: &Row<'_>) -> rusqlite::Result<Holder> {
        Ok(Holder {
            doing: row.get(0)?,
            owner: row.get(1)?,
            host: row.get(2)?,
            pid: row.get(3)?,
            process: row.get(4)?,
            since: row.get(5)?,
            heartbeat: row.get(6)?,
        })
    }

    fn lives(&self) -> bool {
        let beats = (process::now() - self.heartbeat).abs() <= STALE;
        if self.host != process::host() {
            return beats;
        }
        // Without a start time nobody could ask for the process: then the heartbeat counts here too.
        process::started(self.pid).is_some_and(|started| started == self.process && (!started.is_empty() || beats))
    }
}

impl Store {
    /// What is at work on the deployment right now, in words; nothing when its lock is free, or its holder has died.
    pub fn at_work(&self, deployment: &DeploymentId) -> Result<Option<String>, StoreError> {
        let held = self.read(|transaction| Ok(holder(transaction, deployment)?))?;
        Ok(held.filter(Holder::lives).map(|holder| {
            let Holder { doing, pid, host, since, .. } = &holder;
            format!("{doing} is running since {} (process {pid} on {host})", in_words(*since))
        }))
    }

    /// Takes the lock of a deployment, or says who holds it. `doing`: `deploy`, `undeploy`. The lock of a process that has
    /// died is taken over (`Lock::taken_over_from` says so).
    pub fn lock(&self, deployment: &DeploymentId, doing: &str) -> Result<Lock, StoreError> {
        let Taken { dead, token, owner, host, since } =
            self.write(|transaction| take(transaction, deployment, doing))?;
        // The keeper has a connection of its own, so that a beat never waits for what the operation does.
        let (stop, stopped) = channel();
        let keeper = open::connect(&self.path, Access::Write).and_then(|connection| {
            let token = token.clone();
            let keep = move || keep(&connection, &token, &stopped);
            let spawned = std::thread::Builder::new().name("lock".to_owned()).spawn(keep);
            spawned.map_err(|error| StoreError::Failed { path: self.path.clone(), reason: error.to_string() })
        });
        match keeper {
            Ok(keeper) => {
                let (stop, keeper) = (Some(stop), Some(keeper));
                Ok(Lock { taken_over_from: dead, token, owner, host, since, stop, keeper })
            }
            Err(error) => {
                self.write(|transaction| Ok(free(transaction, &token)?))?;
                Err(error)
            }
        }
    }
}

/// Whether the lock of the deployment is held by somebody who lives, as far as can be told from here.
pub(super) fn held_by_the_living(connection: &Connection, deployment: &DeploymentId) -> rusqlite::Result<bool> {
    Ok(holder(connection, deployment)?.is_some_and(|holder| holder.lives()))
}

/// Says who is at work on the deployment, if somebody is.
pub(super) fn refuse_if_held(connection: &Connection, deployment: &DeploymentId) -> Result<(), Trouble> {
    refuse(holder(connection, deployment)?.as_ref(), deployment)
}

fn refuse(held: Option<&Holder>, deployment: &DeploymentId) -> Result<(), Trouble> {
    let Some(holder) = held.filter(|holder| holder.lives()) else { return Ok(()) };
    Err(Trouble::Store(StoreError::Locked {
        deployment: deployment.to_string(),
        doing: holder.doing.clone(),
        since: in_words(holder.since),
        owner: holder.owner.clone(),
        host: holder.host.clone(),
        pid: holder.pid,
    }))
}

/// Whoever the lock's row names, dead or alive.
fn holder(connection: &Connection, deployment: &DeploymentId) -> rusqlite::Result<Option<Holder>> {
    connection
        .query_row(
            "SELECT doing, owner, host, pid, process, since, heartbeat FROM lock \
             WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4",
            key_of(deployment),
            Holder::read,
        )
        .optional()
}

struct Taken {
    dead: Option<String>,
    token: String,
    owner: String,
    host: String,
    since: i64,
}

fn take(connection: &Connection, deployment: &DeploymentId, doing: &str) -> Result<Taken, Trouble> {
    let key = key_of(deployment);
    let held = holder(connection, deployment)?;
    refuse(held.as_ref(), deployment)?;
    let token: String = connection.query_row("SELECT hex(randomblob(16))", [], |row| row.get(0))?;
    let pid = std::process::id();
    let (started, now) = (process::started(pid).unwrap_or_default(), process::now());
    let (owner, host) = (process::owner(), process::host());
    let [mta, namespace, org, space] = key;
    connection.execute(
        "INSERT OR REPLACE INTO lock (mta, namespace, org, space, doing, owner, host, pid, process, token, since, \
         heartbeat) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        params![mta, namespace, org, space, doing, owner, host, pid, started, token, now],
    )?;
    let dead = held.map(|holder| {
        let Holder { doing, pid, owner, host, .. } = holder;
        format!("{doing}, process {pid} of {owner} on {host}")
    });
    Ok(Taken { dead, token, owner, host, since: now })
}

/// Beats until the lock is dropped, then frees it. A beat that fails is no reason to stop: on this machine nobody needs
/// it, and elsewhere several must be missing before the lock is taken over.
fn keep(connection: &Connection, token: &str, stopped: &Receiver<()>) {
    while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
        let _ = connection.execute("UPDATE lock SET heartbeat = ?2 WHERE token = ?1", params![token, process::now()]);
    }
    let _ = free(connection, token);
}

fn free(connection: &Connection, token: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM lock WHERE token = ?1", [token]).map(|_| ())
}

fn in_words(seconds: i64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_else(|| format!("{seconds} s after 1970"))
}
