//! One entry of an archive as a stream of bytes.
//!
//! Nothing is believed: what is inflated is counted while it arrives, and stops with an error above the announced size, however
//! small the packed bytes are. At the end the checksum must fit.

use super::contents::{Entry, FETCH_AGAIN, Method, place};
use super::limits;
use crate::finding::{ARCHIVE_DAMAGED, ARCHIVE_TOO_LARGE, Finding, Staged};
use crate::source::Sources;
use flate2::read::DeflateDecoder;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Take};

/// The bytes of an entry. An error of the kind `InvalidData` says in words what is wrong with the archive.
pub struct Unpacking<R: Read> {
    bytes: Bytes<R>,
    /// What may still come.
    left: u64,
    wanted_checksum: u32,
    checksum: crc32fast::Hasher,
}

enum Bytes<R: Read> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

/// Begins to unpack. `from` is the archive.
pub fn unpack<R: Read + Seek>(mut from: R, entry: &Entry) -> io::Result<Unpacking<R>> {
    const LENGTH: usize = 30;
    from.seek(SeekFrom::Start(entry.offset))?;
    let mut header = [0; LENGTH];
    let whole = from.read_exact(&mut header).is_ok();
    let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let mut name = vec![0; if whole { length(26) } else { 0 }];
    let whole = whole && header.starts_with(b"PK\x03\x04") && from.read_exact(&mut name).is_ok();
    if !whole || name != entry.path.as_str().as_bytes() {
        let what = format!("The list of entries says that the entry begins at byte {}; it does not.", entry.offset);
        return Err(damaged(what));
    }
    from.seek(SeekFrom::Current(i64::try_from(length(28)).expect("two bytes fit")))?;
    let packed = from.take(entry.packed);
    Ok(Unpacking {
        bytes: match entry.method {
            Method::Stored => Bytes::Stored(packed),
            Method::Deflated => Bytes::Deflated(DeflateDecoder::new(packed)),
        },
        left: entry.size,
        wanted_checksum: entry.checksum,
        checksum: crc32fast::Hasher::new(),
    })
}

impl<R: Read> Read for Unpacking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.bytes {
            Bytes::Stored(bytes) => bytes.read(buffer),
            Bytes::Deflated(bytes) => bytes.read(buffer).map_err(|error| match error.kind() {
                ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                    damaged("The packed bytes are damaged: they cannot be inflated.".to_owned())
                }
                _ => error,
            }),
        }?;
        let Some(left) = self.left.checked_sub(read as u64) else {
            return Err(damaged("The entry holds more than the list of entries announces.".to_owned()));
        };
        self.left = left;
        self.checksum.update(&buffer[..read]);
        if read == 0 && self.left > 0 {
            return Err(damaged(format!("The entry ends {} bytes before its announced size.", self.left)));
        }
        if read == 0 && self.checksum.clone().finalize() != self.wanted_checksum {
            return Err(damaged("The checksum of the entry does not fit its content.".to_owned()));
        }
        Ok(read)
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// A whole small entry, in memory. `None` and a finding when it is larger than `limit` or damaged.
pub fn small(
    sources: &mut Sources,
    archive: &str,
    from: &mut (impl Read + Seek),
    entry: &Entry,
    limit: u64,
) -> io::Result<Staged<Option<Vec<u8>>>> {
    let too_large = |sources: &mut Sources, size: String| {
        let what = format!("The entry has {size}; windlass reads up to {} of it.", limits::in_words(limit));
        Finding::new(&ARCHIVE_TOO_LARGE, place(sources, archive, entry.path.as_str()), what)
            .help("Is this the right file? Large data belongs into the content of a module.")
    };
    let finding = if entry.size > limit {
        too_large(sources, limits::in_words(entry.size))
    } else {
        match unpack(from, entry).and_then(|bytes| limits::read_all(bytes, limit)) {
            Ok(Some(bytes)) => return Ok(Staged::new(Some(bytes), Default::default())),
            Ok(None) => too_large(sources, "more bytes than it announces".to_owned()),
            Err(error) => finding(sources, archive, entry, error)?,
        }
    };
    Ok(Staged::new(None, [finding].into_iter().collect()))
}

/// What is wrong with the archive, or the error when that is wrong with the disk.
pub fn finding(sources: &mut Sources, archive: &str, entry: &Entry, error: io::Error) -> io::Result<Finding> {
    if error.kind() != ErrorKind::InvalidData {
        return Err(error);
    }
    let at = place(sources, archive, entry.path.as_str());
    Ok(Finding::new(&ARCHIVE_DAMAGED, at, error.to_string()).help(FETCH_AGAIN))
}
