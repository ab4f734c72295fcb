//! The table of contents of an archive: what is in it, where, how large, and whether that can be believed.
//!
//! A zip archive says everything twice: in front of each entry, and in a directory at its end. Readers that trust one or the
//! other can be shown two different archives in one file. So the directory is read here and checked as a whole (it must end
//! where it says, entries must not overlap, each must begin with the header that the directory names), and everything that
//! windlass does not carry is refused by name: encryption, links, foreign compression. The packages for zip that there are keep
//! one entry of each name and do not say which, and open an archive before anything can be counted.
//!
//! Nothing here unpacks anything; [`super::unpack`] does.

mod directory;

use super::limits;
use super::path::EntryPath;
use crate::finding::{
    ARCHIVE_BAD_PATH, ARCHIVE_DAMAGED, ARCHIVE_DUPLICATE_ENTRY, ARCHIVE_ENCRYPTED, ARCHIVE_TOO_LARGE,
    ARCHIVE_UNSUPPORTED, Code, Finding, Findings, Staged,
};
use crate::source::{Sources, Span};
use directory::{Found, Record};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Bound;

/// What an archive holds. Of entries of the same name only the first is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// In the order in which they stand in the archive.
    entries: Vec<Entry>,
    /// Sorted, so that what a folder holds stands together.
    by_path: BTreeMap<EntryPath, usize>,
}

/// A file in an archive, or a folder that is said to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: EntryPath,
    /// Bytes, as announced. Who unpacks counts again.
    pub size: u64,
    pub executable: bool,
    pub(super) packed: u64,
    pub(super) checksum: u32,
    pub(super) method: Method,
    /// Where its local header begins.
    pub(super) offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

impl Contents {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, path: &EntryPath) -> Option<&Entry> {
        self.by_path.get(path).and_then(|at| self.entries.get(*at))
    }

    /// The files below a folder, each with its path there.
    pub fn below<'a>(&'a self, folder: &'a EntryPath) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let files = self.entries.iter().filter(|entry| !entry.path.is_folder());
        files.filter_map(|entry| Some((entry.path.below(folder.bare())?, entry)))
    }

    /// Whether there is such a file, or anything in such a folder.
    pub fn has(&self, path: &EntryPath) -> bool {
        let mut from = self.by_path.range::<EntryPath, _>(path..);
        from.next().is_some_and(|(first, _)| first == path || (path.is_folder() && first.below(path.bare()).is_some()))
    }
}

/// Reads the table of contents. `name` is what messages call the archive. The product is `None` when the archive cannot be
/// read or must not be believed.
pub fn read(sources: &mut Sources, name: &str, from: &mut (impl Read + Seek)) -> io::Result<Staged<Option<Contents>>> {
    let length = from.seek(SeekFrom::End(0))?;
    let mut checker = Checker { sources, name, findings: Findings::default() };
    let product = match directory::read(from, length)? {
        Ok(records) => checker.contents(records, length),
        Err(fault) => {
            checker.archive(fault);
            None
        }
    };
    let product = product.filter(|_| !checker.findings.has_errors());
    Ok(Staged::new(product, checker.findings))
}

/// Why there is no directory to speak of.
struct Fault {
    code: &'static Code,
    what: String,
    help: String,
}

/// The place of a finding about an entry: `app.mtar!web/app.zip`, which has no text that could be shown.
pub(super) fn place(sources: &mut Sources, archive: &str, entry: &str) -> Span {
    Span::start_of(sources.add(format!("{archive}!{}", shown(entry)), ""))
}

/// A name that came from outside, safe to print: a terminal would obey control characters.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 200;
    let mut text = String::new();
    for character in name.chars().take(LONGEST) {
        match character {
            control if control.is_control() => text.extend(control.escape_default()),
            plain => text.push(plain),
        }
    }
    if name.chars().count() > LONGEST { text + "…" } else { text }
}

/// After so many findings the rest would say nothing new.
const MOST_FINDINGS: usize = 100;

struct Checker<'a> {
    sources: &'a mut Sources,
    name: &'a str,
    findings: Findings,
}

impl Checker<'_> {
    fn archive(&mut self, fault: Fault) {
        let at = Span::start_of(self.sources.add(self.name, ""));
        self.findings.push(Finding::new(fault.code, at, fault.what).help(fault.help));
    }

    fn entry(&mut self, code: &'static Code, entry: &str, what: impl Into<String>, help: impl Into<String>) {
        let at = place(self.sources, self.name, entry);
        self.findings.push(Finding::new(code, at, what).help(help));
    }

    fn contents(&mut self, mut records: Vec<Record>, length: u64) -> Option<Contents> {
        // The order of the archive, not of its directory: the first entry of a name is the one that stands first.
        records.sort_by_key(|record| record.offset);
        let mut contents = Contents { entries: Vec::with_capacity(records.len()), by_path: BTreeMap::new() };
        let mut before: Option<(u64, String)> = None;
        for record in records {
            if self.findings.len() >= MOST_FINDINGS {
                break;
            }
            if let Some((end, name)) = &before
                && record.offset < *end
            {
                let what = format!("The entry begins inside another one, `{}`.", shown(name));
                let help =
                    "No packer writes that; it makes a small archive unpack into a very large one. Do not use it.";
                self.entry(&ARCHIVE_DAMAGED, &record.lossy_name(), what, help);
            }
            before = Some((record.end(), record.lossy_name()));
            if record.end() > length {
                let what =
                    format!("The entry is said to end at byte {}, and the archive has {length} bytes.", record.end());
                self.entry(&ARCHIVE_DAMAGED, &record.lossy_name(), what, FETCH_AGAIN);
            }
            let Some(entry) = self.checked(&record) else { continue };
            if contents.by_path.contains_key(&entry.path) {
                let what = format!("The archive has two entries `{}`; the first one counts.", entry.path);
                let help = "Pack it again: whoever reads the archive from its end sees the other one.";
                self.entry(&ARCHIVE_DUPLICATE_ENTRY, entry.path.as_str(), what, help);
                continue;
            }
            contents.by_path.insert(entry.path.clone(), contents.entries.len());
            contents.entries.push(entry);
        }
        self.files_in_files(&contents);
        Some(contents)
    }

    /// `a` cannot be a file when `a/b` is one.
    fn files_in_files(&mut self, contents: &Contents) {
        for file in contents.by_path.keys().filter(|path| !path.is_folder()) {
            // What would be inside stands together in the order of names.
            let folder = format!("{file}/");
            let behind = contents.by_path.range::<str, _>((Bound::Excluded(folder.as_str()), Bound::Unbounded));
            for (path, _) in behind.take_while(|(path, _)| path.as_str().starts_with(&folder)) {
                if self.findings.len() >= MOST_FINDINGS {
                    return;
                }
                let what =
                    format!("The archive has a file `{file}`, and this entry is inside it as if it were a folder.");
                self.entry(&ARCHIVE_BAD_PATH, path.bare(), what, "Rename one of the two.");
            }
        }
    }

    fn checked(&mut self, record: &Record) -> Option<Entry> {
        let name = record.lossy_name();
        let Ok(text) = std::str::from_utf8(&record.name) else {
            let what = format!("The name of the entry at byte {} is not UTF-8.", record.offset);
            let help = "Pack the archive again with a tool that writes names as UTF-8, or rename the file.";
            self.entry(&ARCHIVE_BAD_PATH, &name, what, help);
            return None;
        };
        let path = match EntryPath::parse(text) {
            Ok(path) => path,
            Err(bad) => {
                let what = format!("The path `{}` {}.", shown(text), bad.in_words());
                let help =
                    "Nothing of this archive is used. Pack it again from inside the folder, or use `windlass pack`.";
                self.entry(&ARCHIVE_BAD_PATH, &name, what, help);
                return None;
            }
        };
        if record.encrypted() {
            let help =
                "windlass asks for no password. Pack the archive without one, and hand secrets over when deploying.";
            self.entry(&ARCHIVE_ENCRYPTED, &name, "The entry is encrypted.", help);
            return None;
        }
        match record.found() {
            Found::File | Found::Folder => {}
            Found::Link => {
                let what = "The entry is a symbolic link; archives carry files and folders.";
                self.entry(
                    &ARCHIVE_UNSUPPORTED,
                    &name,
                    what,
                    "Pack what it leads to: `zip` does without `-y`, and so does `windlass pack`.",
                );
                return None;
            }
            Found::Special => {
                let what = "The entry is a device, a pipe or a socket; archives carry files and folders.";
                self.entry(&ARCHIVE_UNSUPPORTED, &name, what, "Leave it out.");
                return None;
            }
        }
        let method = match record.method {
            0 => Method::Stored,
            8 => Method::Deflated,
            other => {
                let what = format!("The entry is compressed with {}; windlass reads deflate.", method_name(other));
                let help = "Pack it with the usual compression: `zip` without `-Z`, or `windlass pack`.";
                self.entry(&ARCHIVE_UNSUPPORTED, &name, what, help);
                return None;
            }
        };
        if method == Method::Stored && record.packed != record.size {
            let what = format!(
                "The entry is stored as it is, and has {} bytes packed and {} unpacked.",
                record.packed, record.size
            );
            self.entry(&ARCHIVE_DAMAGED, &name, what, FETCH_AGAIN);
            return None;
        }
        if record.size > limits::CONTENT {
            let (size, limit) = (limits::in_words(record.size), limits::in_words(limits::CONTENT));
            let what = format!("The entry has {size} unpacked; windlass unpacks up to {limit}.");
            self.entry(&ARCHIVE_TOO_LARGE, &name, what, "Put large data into a volume or an image.");
            return None;
        }
        Some(Entry {
            path,
            size: record.size,
            executable: record.executable(),
            packed: record.packed,
            checksum: record.checksum,
            method,
            offset: record.offset,
        })
    }
}

/// What to do about an archive that was cut or changed on its way.
pub(super) const FETCH_AGAIN: &str =
    "Fetch or build it again, and compare sizes: it may have been cut or changed on its way.";

fn method_name(method: u16) -> String {
    let known = match method {
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        other => return format!("method {other}"),
    };
    known.to_owned()
}
