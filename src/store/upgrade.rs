//! What stands around a migration: a copy of the file as it was, a signature, and words for what goes wrong.
//!
//! The migration itself is one transaction and needs no copy. The copy is the way back for people: who goes back to an
//! earlier windlass finds that it refuses the newer file, and has this one to put in its place.

use super::error::{Trouble, from_io};
use super::open::{SCHEMA, SEALED_SINCE, folder_of};
use super::process::now_in_millis;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};

/// `state.sqlite.v3.bak`: the file as it was before it left schema 3.
pub(super) fn copy_path(state: &Path, schema: u32) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(format!(".v{schema}.bak"));
    PathBuf::from(path)
}

/// Keeps a copy (0600) of a file that is about to be migrated. None of a new file, and none of the versions that kept secrets
/// in the clear: migrating those overwrites what was clear, and a copy would keep it.
pub(super) fn keep_copy(connection: &Connection, state: &Path) -> Result<(), Trouble> {
    let schema: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if schema < SEALED_SINCE {
        return Ok(());
    }
    let copy = copy_into(connection, state, &folder_of(state))?;
    let place = copy_path(state, schema);
    // Another process may have migrated in between, and then this is no copy of what was.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copied = Connection::open_with_flags(&copy, flags)?;
    if copied.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? == schema {
        drop(copied);
        copy.persist(&place).map_err(|kept| Trouble::Store(from_io(&place, &kept.error)))?;
    }
    Ok(())
}

/// Copies the whole database as it is at one moment, whoever else is at work on it, into a new file of that folder (0600).
/// What was deleted is not in the copy.
pub(super) fn copy_into(connection: &Connection, state: &Path, folder: &Path) -> Result<tempfile::TempPath, Trouble> {
    let io = |error: std::io::Error| Trouble::Store(from_io(folder, &error));
    let mut builder = tempfile::Builder::new();
    let name = state.file_name().map(|name| format!(".{}-", name.to_string_lossy()));
    let file = builder.prefix(name.as_deref().unwrap_or(".state-")).tempfile_in(folder).map_err(io)?;
    let Some(text) = file.path().to_str() else {
        return Err(Trouble::Row(format!("SQLite takes no path that is not UTF-8: `{}`", file.path().display())));
    };
    connection.execute("VACUUM INTO ?1", [text])?;
    // SQLite leaves it to the system when the copy comes to the disk.
    file.as_file().sync_all().map_err(io)?;
    Ok(file.into_temp_path())
}

/// Says in the file which windlass has brought it to its schema.
pub(super) fn sign(connection: &Connection) -> Result<(), Trouble> {
    connection.execute_batch(include_str!("migrations/upgrade.sql"))?;
    let sql = "INSERT OR REPLACE INTO upgrade (schema, windlass, at) VALUES (?1, ?2, ?3)";
    connection.execute(sql, params![SCHEMA, env!("CARGO_PKG_VERSION"), now_in_millis()])?;
    Ok(())
}

/// The version that brought the file to its schema, when it says so: not if that was before files did.
pub(super) fn written_by(connection: &Connection) -> Option<String> {
    let sql = "SELECT windlass FROM upgrade ORDER BY schema DESC LIMIT 1";
    connection.query_row(sql, [], |row| row.get(0)).optional().ok().flatten()
}

/// A step that the file cannot take, because it is not what windlass has written.
pub(super) fn failed(step: usize, error: rusqlite::Error) -> Trouble {
    let said = match &error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        _ if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => error.to_string(),
        _ => return Trouble::Sqlite(error),
    };
    let next = step + 1;
    Trouble::Row(format!("it cannot be brought from schema {step} to {next}, and is as it was: {said}"))
}
