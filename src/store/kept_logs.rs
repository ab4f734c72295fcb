//! What containers have written that are gone: the end of it, for whoever asks why.
//!
//! Masked when it comes here, and sealed all the same: nobody knows what an application writes.

use super::error::Trouble;
use super::rows::{key_of, sealed_bytes};
use super::{Store, StoreError, key};
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use rusqlite::params;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The log of a container that an operation has removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLog {
    pub module: ModuleName,
    pub instance: u32,
    /// Its name.
    pub container: String,
    /// The operation that removed it.
    pub operation: String,
    /// The version that it was of.
    pub version: String,
    /// When it was removed.
    pub at: SystemTime,
    /// Each with the engine's time stamp before it and secrets masked; the oldest first.
    pub lines: Vec<String>,
}

/// Bytes of one log; the end of it counts.
const LARGEST: usize = 256 << 10;

/// So many logs of each instance of a module.
const LOGS: u32 = 5;

/// However few there are: so old they are of no use any more.
const OLDEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl Store {
    /// Keeps the end of a log, and drops those that are too old or too many.
    pub fn keep_log(&self, deployment: &DeploymentId, log: &KeptLog) -> Result<(), StoreError> {
        key::check_folder(self.path())?;
        let seal = self.seal()?;
        let [mta, namespace, org, space] = key_of(deployment);
        let (module, instance) = (log.module.as_str(), log.instance);
        let sealed = seal.close(last_of(&log.lines).as_bytes(), &about(deployment, module, &log.container));
        let (at, oldest) = (millis(log.at), millis(log.at.checked_sub(OLDEST).unwrap_or(UNIX_EPOCH)));
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO kept_log (mta, namespace, org, space, module, instance, container, operation, version, at, lines) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?;
            let (container, operation, version) = (&log.container, &log.operation, &log.version);
            insert.execute(params![
                mta, namespace, org, space, module, instance, container, operation, version, at, sealed
            ])?;
            let mut prune = transaction.prepare_cached(
                "DELETE FROM kept_log WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5 \
                 AND instance = ?6 AND (at < ?7 OR id NOT IN (SELECT id FROM kept_log WHERE mta = ?1 AND namespace = ?2 \
                 AND org = ?3 AND space = ?4 AND module = ?5 AND instance = ?6 ORDER BY id DESC LIMIT ?8))",
            )?;
            prune.execute(params![mta, namespace, org, space, module, instance, oldest, LOGS])?;
            Ok(())
        })
    }

    /// The logs that are kept of a deployment, the latest first.
    pub fn kept_logs(&self, deployment: &DeploymentId) -> Result<Vec<KeptLog>, StoreError> {
        let seal = self.seal()?;
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT module, instance, container, operation, version, at, lines FROM kept_log \
                 WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 ORDER BY id DESC",
            )?;
            let rows = statement.query_map(key_of(deployment), |row| {
                let log = KeptLog {
                    module: ModuleName::new(row.get::<_, String>(0)?),
                    instance: row.get(1)?,
                    container: row.get(2)?,
                    operation: row.get(3)?,
                    version: row.get(4)?,
                    at: UNIX_EPOCH + Duration::from_millis(u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default()),
                    lines: Vec::new(),
                };
                Ok((log, sealed_bytes(row, 6)?))
            })?;
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            let open = |(log, sealed): (KeptLog, Vec<u8>)| {
                let about = about(deployment, log.module.as_str(), &log.container);
                let text = seal.open(&sealed, &about).and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or_else(|| Trouble::Tampered(format!("the log of `{}`", log.container)))?;
                Ok(KeptLog { lines: text.lines().map(str::to_owned).collect(), ..log })
            };
            rows.into_iter().map(open).collect()
        })
    }

    /// Forgets the logs of a module; of all modules without one.
    pub fn forget_logs(&self, deployment: &DeploymentId, module: &ModuleName) -> Result<(), StoreError> {
        self.write(|transaction| {
            let [mta, namespace, org, space] = key_of(deployment);
            let sql =
                "DELETE FROM kept_log WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5";
            transaction.prepare_cached(sql)?.execute(params![mta, namespace, org, space, module.as_str()])?;
            Ok(())
        })
    }
}

/// The last lines that go into the largest size, one on each row.
fn last_of(lines: &[String]) -> String {
    let mut size = 0;
    let fits = |line: &&String| {
        size += line.len() + 1;
        size <= LARGEST
    };
    let mut kept: Vec<&str> = lines.iter().rev().take_while(fits).map(String::as_str).collect();
    kept.reverse();
    kept.join("\n")
}

fn millis(time: SystemTime) -> i64 {
    i64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

fn about<'a>(deployment: &'a DeploymentId, module: &'a str, container: &'a str) -> [&'a str; 7] {
    let [mta, namespace, org, space] = key_of(deployment);
    ["kept-log", mta, namespace, org, space, module, container]
}
