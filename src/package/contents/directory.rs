//! The directory at the end of a zip archive (APPNOTE 4.3.12, 4.3.16), as bytes.

use super::super::limits;
use super::{FETCH_AGAIN, Fault, shown};
use crate::finding::{ARCHIVE_DAMAGED, ARCHIVE_TOO_LARGE, ARCHIVE_UNSUPPORTED};
use std::io::{self, Read, Seek, SeekFrom};

/// An entry as the directory describes it.
pub struct Record {
    pub name: Vec<u8>,
    pub method: u16,
    pub checksum: u32,
    pub packed: u64,
    pub size: u64,
    /// Where the local header begins.
    pub offset: u64,
    flags: u16,
    /// The upper byte of "version made by".
    system: u8,
    attributes: u32,
}

/// What an entry stands for.
pub enum Found {
    File,
    Folder,
    Link,
    Special,
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";

pub const LOCAL_LENGTH: u64 = 30;
const CENTRAL_LENGTH: usize = 46;
const END_LENGTH: usize = 22;
const LONGEST_COMMENT: usize = 65_535;

impl Record {
    pub fn lossy_name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// The end of the entry's packed bytes, as far as the directory tells: the local header may be longer.
    pub fn end(&self) -> u64 {
        self.offset + LOCAL_LENGTH + self.name.len() as u64 + self.packed
    }

    pub fn encrypted(&self) -> bool {
        // Plain, strong, and the directory itself masked; AES has a method of its own.
        const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
        self.flags & ENCRYPTED != 0 || self.method == 99
    }

    /// The mode of the file, where it was packed on a system that has such.
    fn mode(&self) -> Option<u32> {
        matches!(self.system, 3 | 19).then_some(self.attributes >> 16)
    }

    pub fn found(&self) -> Found {
        match self.mode().map(|mode| mode & 0o170_000) {
            Some(0o120_000) => Found::Link,
            None | Some(0 | 0o100_000 | 0o040_000) if self.name.ends_with(b"/") => Found::Folder,
            None | Some(0 | 0o100_000) => Found::File,
            Some(_) => Found::Special,
        }
    }

    pub fn executable(&self) -> bool {
        self.mode().is_some_and(|mode| mode & 0o111 != 0)
    }
}

/// Reads the records of an archive of `length` bytes.
pub fn read(from: &mut (impl Read + Seek), length: u64) -> io::Result<Result<Vec<Record>, Fault>> {
    if length > limits::ARCHIVE {
        let what = format!(
            "The archive has {length} bytes; windlass reads archives of up to {}.",
            limits::in_words(limits::ARCHIVE)
        );
        let help = "Put large data into volumes or images; an archive carries programs.".to_owned();
        return Ok(Err(Fault { code: &ARCHIVE_TOO_LARGE, what, help }));
    }
    let end = match end(from, length)? {
        Ok(end) => end,
        Err(fault) => return Ok(Err(fault)),
    };
    if end.size > limits::DIRECTORY {
        let limit = limits::in_words(limits::DIRECTORY);
        let what = format!("The list of entries has {} bytes; windlass reads up to {limit}.", end.size);
        let help = "Pack folders with very many files as one zip inside the archive.".to_owned();
        return Ok(Err(Fault { code: &ARCHIVE_TOO_LARGE, what, help }));
    }
    from.seek(SeekFrom::Start(end.offset))?;
    let size = usize::try_from(end.size).expect("at most the limit, which is small");
    let mut bytes = vec![0; size];
    from.read_exact(&mut bytes)?;
    Ok(records(&bytes, &end))
}

fn records(bytes: &[u8], end: &End) -> Result<Vec<Record>, Fault> {
    let mut records: Vec<Record> = Vec::with_capacity(end.entries.into());
    let mut rest = bytes;
    while records.len() < end.entries.into() {
        let Some((record, behind)) = record(rest) else {
            let at = end.offset + (bytes.len() - rest.len()) as u64;
            let what =
                format!("The list of entries breaks off at byte {at}: {} of {} are there.", records.len(), end.entries);
            return Err(damaged(what));
        };
        if [record.packed, record.size, record.offset].contains(&SAID_ELSEWHERE) {
            return Err(zip64());
        }
        records.push(record);
        rest = behind;
    }
    match rest {
        [] => Ok(records),
        _ => Err(damaged(format!("The list of entries is said to hold {}, and goes on behind them.", end.entries))),
    }
}

fn record(bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (fixed, rest) = bytes.split_at_checked(CENTRAL_LENGTH)?;
    if !fixed.starts_with(CENTRAL) {
        return None;
    }
    let (name, rest) = rest.split_at_checked(short(fixed, 28).into())?;
    let (_, rest) = rest.split_at_checked(usize::from(short(fixed, 30)) + usize::from(short(fixed, 32)))?;
    let record = Record {
        name: name.to_owned(),
        system: fixed[5],
        flags: short(fixed, 8),
        method: short(fixed, 10),
        checksum: long(fixed, 16),
        packed: long(fixed, 20).into(),
        size: long(fixed, 24).into(),
        attributes: long(fixed, 38),
        offset: long(fixed, 42).into(),
    };
    Some((record, rest))
}

/// Where the directory is.
struct End {
    entries: u16,
    size: u64,
    offset: u64,
}

/// In a number of 32 bits: the real one stands in an extension for large archives.
const SAID_ELSEWHERE: u64 = 0xffff_ffff;

/// Finds the record at the very end. A comment may stand behind it, so it is searched for from the back.
fn end(from: &mut (impl Read + Seek), length: u64) -> io::Result<Result<End, Fault>> {
    const LONGEST_TAIL: usize = END_LENGTH + LONGEST_COMMENT + 20;
    let tail_length = length.min(LONGEST_TAIL as u64);
    from.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    from.take(tail_length).read_to_end(&mut tail)?;
    let ends_file = |at: &usize| {
        let comment = tail.get(at + END_LENGTH - 2..at + END_LENGTH).map(|bytes| short(bytes, 0));
        comment.is_some_and(|comment| at + END_LENGTH + usize::from(comment) == tail.len())
    };
    let in_tail = length - tail_length;
    let Some(at) = memchr::memmem::rfind_iter(&tail, END).find(ends_file) else {
        return Ok(Err(match behind(&tail, in_tail) {
            Some(fault) => fault,
            None => cut(from, length)?,
        }));
    };
    let record = &tail[at..at + END_LENGTH];
    let position = in_tail + at as u64;
    let end = End { entries: short(record, 10), size: long(record, 12).into(), offset: long(record, 16).into() };
    let located = at >= 20 && tail[at - 20..].starts_with(END_ZIP64_LOCATOR);
    if located || end.entries == u16::MAX || end.size == SAID_ELSEWHERE || end.offset == SAID_ELSEWHERE {
        return Ok(Err(zip64()));
    }
    if short(record, 4) != 0 || short(record, 6) != 0 || short(record, 8) != end.entries {
        let what = "The archive is one part of several.".to_owned();
        let help = "Put the parts together first: `zip -s 0 parts.zip --out whole.zip`".to_owned();
        return Ok(Err(Fault { code: &ARCHIVE_UNSUPPORTED, what, help }));
    }
    if end.offset + end.size != position {
        let what = format!(
            "The list of entries should be at byte {} and have {} bytes; it ends at byte {position}.",
            end.offset, end.size
        );
        return Ok(Err(damaged(what)));
    }
    Ok(Ok(end))
}

/// A whole archive with something behind it: its end is where it says, and the file goes on.
fn behind(tail: &[u8], in_tail: u64) -> Option<Fault> {
    let fits = |at: &usize| {
        let record = tail.get(*at..at + END_LENGTH)?;
        let here = in_tail + *at as u64;
        let ends = at + END_LENGTH + usize::from(short(record, 20));
        let is_it = u64::from(long(record, 12)) + u64::from(long(record, 16)) == here && ends < tail.len();
        is_it.then_some(ends)
    };
    let ends = memchr::memmem::rfind_iter(tail, END).find_map(|at| fits(&at))?;
    let (end, more) = (in_tail + ends as u64, tail.len() - ends);
    let bytes = if more == 1 { "1 more byte".to_owned() } else { format!("{more} more bytes") };
    Some(Fault {
        code: &ARCHIVE_DAMAGED,
        what: format!("The archive ends at byte {end}, and the file goes on with {bytes}."),
        help: format!("Fetch it again, or keep what belongs to it: `head -c {end} FILE > whole.mtar`"),
    })
}

/// An archive without an end: says in which entry it stops, as far as the front of the file tells.
fn cut(from: &mut (impl Read + Seek), length: u64) -> io::Result<Fault> {
    let mut at = 0;
    let mut last = None;
    let mut in_list = false;
    for _ in 0..limits::ENTRIES {
        from.seek(SeekFrom::Start(at))?;
        let mut header = Vec::new();
        from.by_ref().take(LOCAL_LENGTH).read_to_end(&mut header)?;
        if header.len() < 30 || !header.starts_with(LOCAL) {
            in_list = header.starts_with(CENTRAL) || header.starts_with(END);
            break;
        }
        let mut name = vec![0; short(&header, 26).into()];
        if from.read_exact(&mut name).is_err() {
            break;
        }
        let data = at + LOCAL_LENGTH + name.len() as u64 + u64::from(short(&header, 28));
        last = Some((shown(&String::from_utf8_lossy(&name)), data));
        // With this flag the size stands behind the bytes, and only unpacking would find the next entry.
        if short(&header, 6) & 8 != 0 {
            break;
        }
        at = data + u64::from(long(&header, 18));
        if at >= length {
            break;
        }
    }
    Ok(damaged(match last {
        Some((name, data)) if at > length => format!(
            "The archive is cut off: it ends after {length} bytes, inside the entry `{name}`, which needs {} bytes from byte {data}.",
            at - data
        ),
        Some(_) if in_list => format!(
            "The archive is cut off or goes on behind its end: the list of its entries begins at byte {at}, and in {length} bytes it has no end."
        ),
        _ => format!(
            "The archive is cut off: it ends after {length} bytes without the list of its entries, which every zip archive has at its end."
        ),
    }))
}

fn damaged(what: String) -> Fault {
    Fault { code: &ARCHIVE_DAMAGED, what, help: FETCH_AGAIN.to_owned() }
}

fn zip64() -> Fault {
    Fault {
        code: &ARCHIVE_UNSUPPORTED,
        what: "The archive is in the form for large archives (zip64), of more than 4 GiB or 65,534 entries.".to_owned(),
        help: "Pack it again without that form: `windlass pack`, or `zip -fz-`. Pack folders with very many files as one zip inside."
            .to_owned(),
    }
}

/// A number of 16 bits. The callers hand over records of fixed length, so it is there.
pub fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

pub fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from(short(bytes, at)) | u32::from(short(bytes, at + 2)) << 16
}
