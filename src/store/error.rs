//! Why the store could not do what it was asked: what SQLite and the disk say, as situations that someone can act on.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Why the store could not do what it was asked. Nothing is ever half done: each call is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the state directory `{path}` cannot be written: {reason}")]
    NotWritable { path: PathBuf, reason: String },
    #[error("the state file `{path}` cannot be read: {reason}")]
    NotReadable { path: PathBuf, reason: String },
    #[error("`{path}` is not a windlass state file: {reason}")]
    NotAStore { path: PathBuf, reason: String },
    #[error("`{path}` was written by {} (schema {found}, this one knows {known})", newer(by.as_deref()))]
    Newer { path: PathBuf, found: u32, known: u32, by: Option<String> },
    #[error("there is no state file `{path}`")]
    NothingThere { path: PathBuf },
    #[error("`{path}` is there already")]
    BackupExists { path: PathBuf },
    #[error("`{path}` is not a backup of a state: {reason}")]
    NotABackup { path: PathBuf, reason: String },
    #[error("other windlass processes are using the state file `{path}`")]
    InUse { path: PathBuf },
    #[error("the disk that holds `{path}` is full")]
    DiskFull { path: PathBuf },
    #[error("{doing} of `{deployment}` is running since {since} (process {pid} of {owner} on {host})")]
    Locked { deployment: String, doing: String, since: String, owner: String, host: String, pid: u32 },
    #[error("the key `{path}` is missing")]
    KeyMissing { path: PathBuf, state: PathBuf },
    #[error("the key `{path}` is not the one that `{state}` was sealed with")]
    KeyWrong { path: PathBuf, state: PathBuf },
    #[error("the key `{path}` cannot be read: {reason}")]
    KeyUnreadable { path: PathBuf, reason: String },
    /// Modes as `chmod` takes them.
    #[error("`{path}` is open to other users of this machine (mode {mode:o})")]
    Exposed { path: PathBuf, mode: u32, wanted: u32 },
    #[error("{what} in the state file `{path}` is not what windlass has written")]
    Tampered { path: PathBuf, what: String },
    #[error("the state file `{path}` could not be used: {reason}")]
    Failed { path: PathBuf, reason: String },
}

/// The version, where the file says it.
fn newer(by: Option<&str>) -> String {
    by.map_or_else(|| "a newer windlass".to_owned(), |version| format!("windlass {version}"))
}

/// What can go wrong inside a transaction, before it is known which file it was about.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    /// A row that cannot be understood, in words.
    Row(String),
    /// Something sealed that its key does not open, in words.
    Tampered(String),
    Store(StoreError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Trouble {
        Trouble::Sqlite(error)
    }
}

impl Trouble {
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Trouble::Sqlite(error) => from_sqlite(path, &error),
            Trouble::Tampered(what) => StoreError::Tampered { path: path.to_owned(), what },
            Trouble::Row(reason) => StoreError::Failed { path: path.to_owned(), reason },
            Trouble::Store(error) => error,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Trouble::Sqlite(error) if is_busy(error))
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let folder = || path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let failure = match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure,
        other => return StoreError::Failed { path, reason: format!("a row cannot be read: {other}") },
    };
    match failure.code {
        ErrorCode::DiskFull => StoreError::DiskFull { path },
        // Room for the shared memory beside the file, and for a growing log, is asked for in other ways.
        ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            StoreError::DiskFull { path }
        }
        ErrorCode::SystemIoFailure => {
            StoreError::Failed { path, reason: format!("the disk reports an error ({})", error) }
        }
        ErrorCode::NotADatabase => StoreError::NotAStore { path, reason: "it is not a SQLite database".to_owned() },
        ErrorCode::DatabaseCorrupt => StoreError::Failed {
            path,
            reason: "the database in it is damaged; put a copy in its place, or move it away to begin anew".to_owned(),
        },
        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::NotWritable {
            path: folder(),
            reason: format!("`{}` cannot be opened for writing", path.display()),
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Failed {
            path,
            reason: format!("other processes have kept it busy for {} seconds", super::open::PATIENCE.as_secs()),
        },
        _ => StoreError::Failed { path, reason: error.to_string() },
    }
}

/// Something that is no folder stands where the state's folder is, or one above it.
pub(super) fn no_folder(there: &Path) -> StoreError {
    StoreError::NotWritable { path: there.to_owned(), reason: "it is a file, not a folder".to_owned() }
}

/// What the file system says about a folder or a file that was to be made.
pub(super) fn from_io(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            StoreError::DiskFull { path: path.to_owned() }
        }
        _ => StoreError::NotWritable { path: path.to_owned(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(code: i32) -> StoreError {
        let failure = rusqlite::ffi::Error::new(code);
        from_sqlite(Path::new("state/state.sqlite"), &rusqlite::Error::SqliteFailure(failure, None))
    }

    #[test]
    fn each_situation_of_sqlite_has_its_own_error() {
        use rusqlite::ffi;
        assert!(matches!(mapped(ffi::SQLITE_FULL), StoreError::DiskFull { .. }));
        assert!(matches!(mapped(ffi::SQLITE_IOERR_SHMSIZE), StoreError::DiskFull { .. }));
        assert!(matches!(mapped(ffi::SQLITE_NOTADB), StoreError::NotAStore { .. }));
        assert!(
            matches!(mapped(ffi::SQLITE_CANTOPEN), StoreError::NotWritable { path, .. } if path == Path::new("state"))
        );
        assert!(matches!(mapped(ffi::SQLITE_READONLY), StoreError::NotWritable { .. }));
        assert!(matches!(mapped(ffi::SQLITE_CORRUPT), StoreError::Failed { .. }));
        let busy = mapped(ffi::SQLITE_BUSY).to_string();
        assert!(busy.contains("busy for 60 seconds") && !busy.contains("locked"), "{busy}");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(matches!(from_io(Path::new("state"), &full), StoreError::DiskFull { .. }));
    }
}
