//! A state in one file: a tar archive with three members, and nothing else.
//!
//! `about.json` says what the rest is, `state.sqlite` is the database as one file, `state.sqlite.key` is the key, unless it was
//! left out. What comes in may be anything: members of other names, links and folders are refused, and the database must
//! have the digest that `about.json` tells.

use super::StoreError;
use super::error::from_io;
use super::open::folder_of;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;
use tar::{Archive, Builder, EntryType, Header};

const ABOUT: &str = "about.json";
const DATABASE: &str = "state.sqlite";
const KEY: &str = "state.sqlite.key";

/// The version of the form.
const FORMAT: u32 = 1;

/// Neither what is said about a state nor a key is ever longer.
const SHORT: u64 = 64 << 10;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    v: u32,
    /// The version that wrote it.
    pub windlass: String,
    pub schema: u32,
    /// When, by RFC 3339.
    pub at: String,
    /// Of the database, in hexadecimal digits.
    sha256: String,
}

impl About {
    pub(super) fn new(schema: u32, at: &str) -> About {
        let windlass = env!("CARGO_PKG_VERSION").to_owned();
        About { v: FORMAT, windlass, schema, at: at.to_owned(), sha256: String::new() }
    }
}

/// What lay in an archive.
pub(super) struct Unpacked {
    pub about: About,
    pub key: Option<Vec<u8>>,
}

/// Writes an archive (0600) that was not there before, as a whole or not at all.
pub(super) fn write(place: &Path, mut about: About, database: &Path, key: Option<&[u8]>) -> Result<About, StoreError> {
    let folder = folder_of(place);
    let io = |error: std::io::Error| from_io(&folder, &error);
    let mut source = File::open(database).map_err(io)?;
    about.sha256 = copy(&mut source, &mut std::io::sink()).map_err(io)?;
    source.rewind().map_err(io)?;
    let json = serde_json::to_vec_pretty(&about).expect("texts and numbers can be written as JSON");
    let file = tempfile::Builder::new().prefix(".windlass-state-").tempfile_in(&folder).map_err(io)?;
    let mut archive = Builder::new(file);
    let length = source.metadata().map_err(io)?.len();
    let mut add = |name: &str, length: u64, data: &mut dyn Read| {
        let mut header = Header::new_ustar();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_entry_type(EntryType::Regular);
        archive.append_data(&mut header, name, data)
    };
    let mut all = || {
        add(ABOUT, json.len() as u64, &mut &*json)?;
        add(DATABASE, length, &mut source)?;
        key.map_or(Ok(()), |key| add(KEY, key.len() as u64, &mut &*key))
    };
    all().map_err(io)?;
    let file = archive.into_inner().map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    match file.persist_noclobber(place) {
        Ok(_) => Ok(about),
        Err(kept) if kept.error.kind() == ErrorKind::AlreadyExists => {
            Err(StoreError::BackupExists { path: place.to_owned() })
        }
        Err(kept) => Err(io(kept.error)),
    }
}

/// Writes the database of an archive to `database`, and says what else is in it.
pub(super) fn unpack(place: &Path, database: &Path) -> Result<Unpacked, StoreError> {
    let refused = |reason: String| StoreError::NotABackup { path: place.to_owned(), reason };
    let unreadable = |error: std::io::Error| refused(error.to_string());
    let file = File::open(place)
        .map_err(|error| StoreError::NotReadable { path: place.to_owned(), reason: error.to_string() })?;
    let (mut about, mut key, mut digest) = (None, None, None);
    for member in Archive::new(file).entries().map_err(unreadable)? {
        let mut member = member.map_err(unreadable)?;
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        if member.header().entry_type() != EntryType::Regular {
            return Err(refused(format!("`{name}` in it is not a file")));
        }
        let twice = || refused(format!("`{name}` is in it twice"));
        match &*name {
            ABOUT if about.is_some() => return Err(twice()),
            DATABASE if digest.is_some() => return Err(twice()),
            KEY if key.is_some() => return Err(twice()),
            ABOUT | KEY => {
                let mut bytes = Vec::new();
                member.take(SHORT).read_to_end(&mut bytes).map_err(unreadable)?;
                if name == KEY { key = Some(bytes) } else { about = Some(bytes) }
            }
            DATABASE => {
                let io = |error: std::io::Error| from_io(database, &error);
                let mut file = private(database).map_err(io)?;
                digest = Some(copy(&mut member, &mut file).map_err(io)?);
                file.sync_all().map_err(io)?;
            }
            _ => return Err(refused(format!("`{name}` in it is no part of one"))),
        }
    }
    let Some(about) = about else { return Err(refused(format!("it has no `{ABOUT}`"))) };
    let about: About =
        serde_json::from_slice(&about).map_err(|error| refused(format!("its `{ABOUT}` cannot be read: {error}")))?;
    if about.v > FORMAT {
        return Err(refused(format!("windlass {} wrote it in a newer form ({})", about.windlass, about.v)));
    }
    match digest {
        None => Err(refused(format!("it has no `{DATABASE}`"))),
        Some(digest) if digest != about.sha256 => {
            Err(refused(format!("its `{DATABASE}` was changed or cut off after it was written")))
        }
        Some(_) => Ok(Unpacked { about, key }),
    }
}

/// A new file for its owner only.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Copies everything, and returns its digest.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<String> {
    let (mut digest, mut bytes) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let length = match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let part = bytes.get(..length).unwrap_or_default();
        digest.update(part);
        to.write_all(part)?;
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
