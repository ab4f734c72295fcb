//! Putting a backup in the place of the state.
//!
//! The backup is unpacked, opened, migrated and examined beside the state first. The state that is there is locked against
//! everybody, and its journal folded in, so that it is one file: SQLite itself then refuses whoever had opened it and wants to
//! write after it was moved. What was there is kept aside. The exchange is one renaming; the key waits beside
//! ([`key::waiting_path_of`]) until it is done, so that a kill between the two leaves a state that opens.

use super::archive::{self, About};
use super::error::{Trouble, from_io, from_sqlite, is_busy};
use super::examine::Flaw;
use super::open::{folder_of, make_folder};
use super::rows::deployment;
use super::{Access, Store, StoreError, key, lock};
use rusqlite::{Connection, OpenFlags};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What was done.
#[derive(Debug)]
pub struct Restored {
    pub about: About,
    /// Where the state is that was there.
    pub aside: Option<PathBuf>,
    /// Why nobody could ask the state that was there whether something is at work on it.
    pub unasked: Option<String>,
}

/// How long others may take to leave the state file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Puts a backup in the place of a state file, or makes one. `stamp` goes into the name of what is put aside.
pub fn restore(state: &Path, backup: &Path, stamp: &str) -> Result<Restored, StoreError> {
    // Nothing is made for a file that cannot be read.
    std::fs::File::open(backup)
        .map_err(|error| StoreError::NotReadable { path: backup.to_owned(), reason: error.to_string() })?;
    make_folder(state)?;
    let folder = folder_of(state);
    let io = |error: std::io::Error| from_io(&folder, &error);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let beside = builder.prefix(STAGING).tempdir_in(&folder).map_err(io)?;
    let staged = beside.path().join("state.sqlite");
    let about = stage(backup, &staged, state)?;
    let there = state.symlink_metadata().is_ok();
    let (guard, unasked) = match there {
        true => guard(state)?,
        false => (None, None),
    };
    let aside = match there || key::path_of(state).exists() {
        true => Some(put_aside(state, stamp)?),
        false => None,
    };
    let waiting = key::waiting_path_of(state);
    std::fs::rename(key::path_of(&staged), &waiting).map_err(io)?;
    std::fs::rename(&staged, state).map_err(io)?;
    std::fs::rename(&waiting, key::path_of(state)).map_err(io)?;
    // Names come to the disk with their folder.
    let _ = std::fs::File::open(&folder).and_then(|folder| folder.sync_all());
    drop(guard);
    Ok(Restored { about, aside, unasked })
}

/// How a folder begins in which a restoration works.
pub(super) const STAGING: &str = ".windlass-restore-";

/// Unpacks a backup, with its key or the one that is in place, brings it up to date, and lets nothing pass that is not whole.
fn stage(backup: &Path, staged: &Path, state: &Path) -> Result<About, StoreError> {
    let unpacked = archive::unpack(backup, staged)?;
    let place = key::path_of(staged);
    let text = match unpacked.key {
        Some(text) => text,
        None => {
            let path = key::path_of(state);
            let missing = StoreError::KeyMissing { path: path.clone(), state: backup.to_owned() };
            key::text(&key::read(&path)?.ok_or(missing)?).into_bytes()
        }
    };
    archive::private(&place)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .map_err(|error| from_io(&place, &error))?;
    // Messages are to name what people know: not a folder that is gone when they read them.
    let named = |error: StoreError| match error {
        StoreError::KeyWrong { .. } => StoreError::KeyWrong { path: key::path_of(state), state: backup.to_owned() },
        StoreError::Newer { found, known, by, .. } => StoreError::Newer { path: backup.to_owned(), found, known, by },
        StoreError::DiskFull { .. } => StoreError::DiskFull { path: state.to_owned() },
        other => {
            let reason = other.to_string().replace(&format!("`{}`", staged.display()), "in it");
            StoreError::NotABackup { path: backup.to_owned(), reason }
        }
    };
    let store = Store::open(staged, Access::Write).map_err(named)?;
    store.seal().map_err(named)?;
    let examined = store.examine();
    if let Some(Flaw { what, .. }) = examined.flaws.first() {
        return Err(StoreError::NotABackup { path: backup.to_owned(), reason: what.clone() });
    }
    // Whoever held a lock when the backup was made is long done.
    store.write(|transaction| Ok(transaction.execute("DELETE FROM lock", []).map(|_| ())?)).map_err(named)?;
    store.at_rest("WAL").map_err(named)?;
    Ok(unpacked.about)
}

impl Store {
    /// Ends the only connection, leaving one file of that journal mode.
    fn at_rest(self, mode: &str) -> Result<(), StoreError> {
        let connection = self.connection().take();
        let Some(connection) = connection else { return Ok(()) };
        let end = || {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            connection.pragma_update(None, "journal_mode", mode)
        };
        end().map_err(|error| from_sqlite(&self.path, &error))?;
        connection.close().map_err(|(_, error)| from_sqlite(&self.path, &error))
    }
}

/// What keeps everybody else out of a state file while it lives; or why that was not possible, when the file is no state that
/// anybody could be at work on.
fn guard(state: &Path) -> Result<(Option<Connection>, Option<String>), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let take = || -> Result<Connection, Trouble> {
        let connection = Connection::open_with_flags(state, flags)?;
        connection.busy_timeout(PATIENCE)?;
        refuse_if_at_work(&connection)?;
        // Only possible for the last one who has it open.
        connection.pragma_update(None, "journal_mode", "DELETE")?;
        // Until the connection is closed.
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        refuse_if_at_work(&connection)?;
        Ok(connection)
    };
    match take() {
        Ok(connection) => Ok((Some(connection), None)),
        Err(Trouble::Store(error)) => Err(error),
        Err(Trouble::Sqlite(error)) if is_busy(&error) => Err(StoreError::InUse { path: state.to_owned() }),
        Err(trouble) => Ok((None, Some(trouble.at(state).to_string()))),
    }
}

fn refuse_if_at_work(connection: &Connection) -> Result<(), Trouble> {
    let mut statement = connection.prepare("SELECT mta, namespace, org, space FROM lock")?;
    let locked = statement.query_map([], |row| deployment(row, 0))?.collect::<Result<Vec<_>, _>>()?;
    locked.iter().try_for_each(|deployment| lock::refuse_if_held(connection, deployment))
}

/// Keeps the state that is there, with its key, in a folder (0700) beside it.
fn put_aside(state: &Path, stamp: &str) -> Result<PathBuf, StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let named = |number: usize| {
        let mut aside = state.as_os_str().to_owned();
        aside.push(format!(".before-{stamp}"));
        aside.push(if number > 1 { format!("-{number}") } else { String::new() });
        PathBuf::from(aside)
    };
    // Two in one second.
    let mut number = 1;
    let aside = loop {
        let aside = named(number);
        match builder.create(&aside) {
            Ok(()) => break aside,
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(from_io(&aside, &error)),
        }
    };
    let io = |error: std::io::Error| from_io(&aside, &error);
    let name = state.file_name().unwrap_or_default();
    // The journal's files are there only when the state could not be opened; its file and key stay until they are replaced.
    for (end, stays) in [("", true), (".key", true), ("-wal", false), ("-shm", false), ("-journal", false)] {
        let with_end = |path: &Path| {
            let mut path = path.as_os_str().to_owned();
            path.push(end);
            PathBuf::from(path)
        };
        let (from, to) = (with_end(state), with_end(&aside.join(name)));
        if from.symlink_metadata().is_err() {
            continue;
        }
        let done = match stays {
            true => std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(|_| ())),
            false => std::fs::rename(&from, &to),
        };
        done.map_err(io)?;
    }
    Ok(aside)
}
