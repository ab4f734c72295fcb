//! A consistent copy of the state, whoever is at work on it.

use super::archive::{self, About};
use super::open::{SCHEMA, connect, folder_of};
use super::{Access, Store, StoreError, key, upgrade};
use std::path::Path;

/// Whether a backup can open itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// It holds the key, and with it every secret.
    Inside,
    /// It is of use only beside a key that is kept elsewhere.
    Apart,
}

impl Store {
    /// Writes a backup (0600) to a place where nothing is. `at`: the time that it tells, by RFC 3339.
    pub fn back_up(&self, place: &Path, part: KeyPart, at: &str) -> Result<About, StoreError> {
        if !self.has_file {
            return Err(StoreError::NothingThere { path: self.path.clone() });
        }
        if place.symlink_metadata().is_ok() {
            return Err(StoreError::BackupExists { path: place.to_owned() });
        }
        let key = match part {
            KeyPart::Apart => None,
            KeyPart::Inside => {
                // It must fit, or the backup would be worth nothing.
                self.seal()?;
                let path = key::path_of(&self.path);
                let key = key::read(&path)?;
                Some(key.ok_or(StoreError::KeyMissing { path, state: self.path.clone() })?)
            }
        };
        // A connection of its own: what is opened for reading may not even write a copy.
        let connection = connect(&self.path, Access::Read)?;
        let copied = connection.pragma_update(None, "query_only", false).map_err(Into::into);
        let copied = copied.and_then(|()| upgrade::copy_into(&connection, &self.path, &folder_of(place)));
        let copy = copied.map_err(|trouble| trouble.at(&self.path))?;
        let key = key.map(|key| key::text(&key));
        archive::write(place, About::new(SCHEMA, at), &copy, key.as_deref().map(str::as_bytes))
    }
}
