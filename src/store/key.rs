//! The key file: beside the state file, for its owner's eyes only.
//!
//! The state file alone gives nothing away: copies of it end up in backups and bug reports. So the key is not in it. The two
//! belong together; without the key, what is sealed in the state file is lost.

use super::StoreError;
use super::error::from_io;
use chacha20poly1305::Key;
use chacha20poly1305::aead::Generate;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The first word of each key file; another one means that a newer windlass has made it.
const FORMAT: &str = "windlass-key-1";

/// `state.sqlite` → `state.sqlite.key`.
pub(super) fn path_of(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".key");
    PathBuf::from(path)
}

/// The key that comes with a state that is being put in the place of another: two files cannot be exchanged at once, so the
/// new key waits here until the new state is there. Whoever finds it waiting (after a kill) finishes that.
pub(super) fn waiting_path_of(state: &Path) -> PathBuf {
    let mut path = path_of(state).into_os_string();
    path.push(".next");
    PathBuf::from(path)
}

/// Reads the key; `None` when there is no file. A file that others may read keeps no secret, so it is refused.
pub(super) fn read(path: &Path) -> Result<Option<[u8; 32]>, StoreError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error.to_string())),
    };
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(unreadable(path, "it is a folder".to_owned()));
    }
    check_mode(path, &file)?;
    let mut text = String::new();
    // A key is one short line; whatever is longer is none.
    Read::by_ref(&mut file)
        .take(1024)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(path, error.to_string()))?;
    match text.trim_end().split_once(' ') {
        Some((FORMAT, digits)) => match bytes(digits) {
            Some(key) => Ok(Some(key)),
            None => Err(unreadable(path, "it does not hold a key of 64 hexadecimal digits".to_owned())),
        },
        _ => Err(unreadable(path, format!("it does not begin with `{FORMAT}`"))),
    }
}

/// Makes the key, or takes the one that is there. To be called by one process at a time, while nothing is sealed yet.
pub(super) fn make(path: &Path) -> Result<[u8; 32], StoreError> {
    match read(path) {
        Ok(Some(key)) => return Ok(key),
        Ok(None) => {}
        // Somebody may have ended while writing it. Nothing has been sealed with half a key.
        Err(StoreError::KeyUnreadable { .. }) if path.metadata().is_ok_and(|file| file.len() < KEY_LENGTH) => {
            std::fs::remove_file(path).map_err(|error| from_io(path, &error))?;
        }
        Err(error) => return Err(error),
    }
    let key: [u8; 32] = Key::generate().into();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let write = || {
        let mut file = options.open(path)?;
        file.write_all(text(&key).as_bytes())?;
        // What is sealed with it must not outlive it when the power fails.
        file.sync_all()
    };
    write().map_err(|error| from_io(path, &error))?;
    Ok(key)
}

/// A key as its file holds it.
pub(super) fn text(key: &[u8; 32]) -> String {
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{FORMAT} {digits}\n")
}

const KEY_LENGTH: u64 = (FORMAT.len() + 1 + 64) as u64;

fn bytes(digits: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(key)
}

fn unreadable(path: &Path, reason: String) -> StoreError {
    StoreError::KeyUnreadable { path: path.to_owned(), reason }
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| unreadable(path, error.to_string()))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(StoreError::Exposed { path: path.to_owned(), mode, wanted: 0o600 }) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> Result<(), StoreError> {
    Ok(())
}

/// Whoever may write to the folder can put another key in the place of this one.
#[cfg(unix)]
pub(super) fn check_folder(state: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let folder = super::open::folder_of(state);
    let Ok(about) = folder.metadata() else { return Ok(()) };
    let mode = about.permissions().mode() & 0o7777;
    let (sticky, by_others) = (mode & 0o1000 != 0, mode & 0o022 != 0);
    match by_others && !sticky {
        true => Err(StoreError::Exposed { path: folder, mode: mode & 0o777, wanted: 0o700 }),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) fn check_folder(_: &Path) -> Result<(), StoreError> {
    Ok(())
}
