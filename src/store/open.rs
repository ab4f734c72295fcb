//! Opening the state file: folder, file, schema.
//!
//! Many processes may meet here at the same moment, all finding nothing. Whoever comes first makes file and schema; the
//! others wait. SQLite's own waiting does not cover every step (the switch to write-ahead logging answers "busy" at once),
//! so the whole of opening is tried again until patience ends.

use super::error::{self, Trouble, from_io};
use super::seal::Seal;
use super::{Access, Store, StoreError, key, rows, upgrade};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long one process waits for others.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Each brings the schema from the version of its index to the next.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
];

pub(super) const SCHEMA: u32 = MIGRATIONS.len() as u32;

/// The first version in which what may hold a secret is sealed.
pub(super) const SEALED_SINCE: u32 = 2;

/// The name of windlass's own secret from which credentials are generated.
pub(super) const GENERATOR: &str = "generator";

/// A text that tells whether a key is the right one.
pub(super) const CHECK: &str = "check";

/// In the header of every state file ("wdls"), so that a database of another program is never written to.
const APPLICATION_ID: i32 = 0x7764_6c73;

impl Store {
    /// Opens the state file. See [`Access`] for what happens when there is none.
    pub fn open(path: &Path, access: Access) -> Result<Store, StoreError> {
        if path.is_dir() {
            return Err(StoreError::NotAStore { path: path.to_owned(), reason: "it is a folder".to_owned() });
        }
        let connection = match access {
            Access::Write => {
                make_file(path)?;
                Some(connect(path, access)?)
            }
            Access::Read => match path.metadata() {
                Ok(file) if file.len() > 0 => Some(connect(path, access)?),
                // A file without a byte in it is what a process leaves that ended between making the file and the schema.
                Ok(_) => None,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    may_come_to_be(path)?;
                    None
                }
                // It may well be there: to plan as if nothing were deployed would be a lie.
                Err(error) => return Err(StoreError::NotReadable { path: path.to_owned(), reason: error.to_string() }),
            },
        };
        let has_file = connection.is_some();
        let connection = Mutex::new(connection);
        Ok(Store { path: path.to_owned(), access, connection, has_file, seal: OnceLock::new() })
    }
}

/// A file in the place of the folder: what only looks would find nothing deployed, and what then deploys would fail.
fn may_come_to_be(path: &Path) -> Result<(), StoreError> {
    match path.ancestors().skip(1).find(|folder| folder.symlink_metadata().is_ok()) {
        Some(there) if !there.is_dir() => Err(error::no_folder(there)),
        _ => Ok(()),
    }
}

/// Stands for a file that is not there.
pub(super) fn empty() -> Result<Connection, Trouble> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection, Path::new(":memory:"), Sealing::Nothing)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Opens a connection to a file that is there, and brings its schema up to date.
pub(super) fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(1);
    loop {
        match try_connect(path, access) {
            Ok(connection) => return Ok(connection),
            Err(trouble) if trouble.is_busy() && Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            Err(trouble) => return Err(trouble.at(path)),
        }
    }
}

fn try_connect(path: &Path, access: Access) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writable = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE);
    let mut connection = match (writable, access) {
        (Err(_), Access::Read) => Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        (connection, _) => connection?,
    };
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    if migration_is_due(&connection, path)? {
        upgrade::keep_copy(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What was in the clear is overwritten, and the log that may still hold it is emptied.
        connection.pragma_update(None, "secure_delete", true)?;
        migrate(&mut connection, path, Sealing::Everything)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    // Deployments and their records outlive a power failure once they are reported.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // At most 64 MiB, taken only by those who touch so many pages: publishing very much at once.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "query_only", access == Access::Read)?;
    Ok(connection)
}

/// Looks at the header; refuses files of other programs and of newer versions of this one.
fn migration_is_due(connection: &Connection, path: &Path) -> Result<bool, Trouble> {
    let header = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    // In this order: another process may finish the very first migration between these looks. Tables that are seen came
    // with an application id; a version that is seen too low only leads to `migrate`, which looks again.
    let version = header("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application = header("application_id")?;
    let fresh = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION_ID && !fresh {
        let reason = "it is a SQLite database of another program".to_owned();
        return Err(Trouble::Store(StoreError::NotAStore { path: path.to_owned(), reason }));
    }
    match u32::try_from(version) {
        Ok(found) if found > SCHEMA => {
            let by = upgrade::written_by(connection);
            Err(Trouble::Store(StoreError::Newer { path: path.to_owned(), found, known: SCHEMA, by }))
        }
        Ok(found) => Ok(found < SCHEMA),
        Err(_) => Err(Trouble::Row(format!("its schema has the impossible version {version}"))),
    }
}

/// Runs the migrations that are missing, in one transaction that looks at the version itself: whoever waited for another
/// process to migrate finds nothing left to do.
fn migrate(connection: &mut Connection, path: &Path, sealing: Sealing) -> Result<(), Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if migration_is_due(&transaction, path)? {
        let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        for (step, migration) in MIGRATIONS.iter().enumerate().skip(version as usize) {
            transaction.execute_batch(migration).map_err(|error| upgrade::failed(step, error))?;
        }
        upgrade::sign(&transaction)?;
        if version < SEALED_SINCE && sealing == Sealing::Everything {
            // The write lock is held: nobody else makes a key now.
            let key = key::make(&key::path_of(path)).map_err(Trouble::Store)?;
            seal_all(&transaction, &Seal::new(&key))?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
    }
    transaction.commit()?;
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sealing {
    Everything,
    /// In memory, for a file that is not there.
    Nothing,
}

/// Seals what earlier versions kept in the clear.
fn seal_all(transaction: &Transaction<'_>, seal: &Seal) -> Result<(), Trouble> {
    let generator: Vec<u8> =
        transaction.query_row("SELECT value FROM secret WHERE name = ?1", [GENERATOR], |row| row.get(0))?;
    for (name, value) in [(GENERATOR, &*generator), (CHECK, b"windlass".as_slice())] {
        let sql = "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
        transaction.execute(sql, params![name, seal.close(value, &["own", name])])?;
    }
    rows::seal_records(transaction, seal)?;
    rows::seal_fragments(transaction, seal)
}

/// Makes the folder (0700) and the file (0600) when they are missing. What is there keeps its modes. SQLite gives the
/// files that it puts beside it the mode of this one.
fn make_file(path: &Path) -> Result<(), StoreError> {
    make_folder(path)?;
    let folder = folder_of(path);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(from_io(&folder, &error)),
    }
}

/// Makes the folder of a state file (0700), when it is missing.
pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    may_come_to_be(path)?;
    builder.create(&folder).map_err(|error| from_io(&folder, &error))
}

/// The folder that a state file lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
