//! Brings texts in from files and standard input.
//!
//! What is wrong with a file's content (not UTF-8, too large) is a finding, because it has a place in the file and
//! belongs into the same report as the rest. What is wrong with the path is a [`DiskError`]: there is no text to point at.

mod project;
mod replace;
mod walk;

pub use project::{tidy, upwards};
pub use replace::{NotReplaced, Replacement};
pub use walk::{Excluded, Most, Walked, is_like_one, rank, walk};

use crate::finding::{Finding, Findings, Staged, YAML_ENCODING};
use crate::name::nearest;
use crate::source::{FileId, Sources, Span, yaml};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The names that a descriptor has in a folder, the preferred one first. The last one is that of an unpacked archive.
pub const DESCRIPTOR_NAMES: [&str; 3] = ["mtad.yaml", "mta.yaml", "META-INF/mtad.yaml"];

/// The largest archive that is taken from standard input: 4 GiB (semantics 7).
pub const MAX_ARCHIVE: u64 = 4 << 30;

/// The path that stands for standard input, and the name of its text.
const STANDARD_INPUT: &str = "-";

/// Why no text could be brought in.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.what())]
pub enum DiskError {
    /// `near`: a path that exists and is spelled nearly like it.
    Missing {
        path: PathBuf,
        near: Option<PathBuf>,
    },
    /// A folder in the path does not exist.
    MissingFolder {
        path: PathBuf,
        folder: PathBuf,
    },
    /// Neither of [`DESCRIPTOR_NAMES`] is in the folder, which is `None` when no path was given; `holds`: what could have
    /// been meant.
    NoDescriptor {
        folder: Option<PathBuf>,
        holds: Vec<String>,
    },
    /// A folder where a file is needed.
    Folder {
        path: PathBuf,
    },
    /// An archive, by its content, where a text is needed.
    Archive {
        path: PathBuf,
        kind: Packed,
    },
    /// Standard input was read before and is at its end.
    StandardInputTwice,
    Denied {
        path: PathBuf,
    },
    Unreadable {
        path: PathBuf,
        source: io::Error,
    },
}

/// A kind of archive, as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    Zip,
    Gzip,
}

impl DiskError {
    /// What happened, in a sentence.
    pub fn what(&self) -> String {
        match self {
            DiskError::Missing { path, .. } | DiskError::MissingFolder { path, .. } => {
                format!("The file `{}` does not exist.", path.display())
            }
            DiskError::NoDescriptor { folder: None, .. } => "There is no descriptor in the current folder.".to_owned(),
            DiskError::NoDescriptor { folder: Some(folder), .. } => {
                format!("There is no descriptor in the folder `{}`.", folder.display())
            }
            DiskError::Folder { path } => format!("`{}` is a folder; a file is needed here.", path.display()),
            DiskError::Archive { path, kind: Packed::Zip } => {
                format!("`{}` is an archive; a text is needed here.", path.display())
            }
            DiskError::Archive { path, kind: Packed::Gzip } => {
                format!("`{}` is packed with gzip; archives of applications are zip archives.", path.display())
            }
            DiskError::StandardInputTwice => "Standard input (`-`) is given twice.".to_owned(),
            DiskError::Denied { path } => format!("The file `{}` may not be read.", path.display()),
            DiskError::Unreadable { path, .. } => format!("The file `{}` cannot be read.", path.display()),
        }
    }

    pub fn why(&self) -> Option<String> {
        match self {
            DiskError::MissingFolder { folder, .. } => {
                Some(format!("There is no folder `{}` either.", folder.display()))
            }
            DiskError::NoDescriptor { holds, .. } => {
                let [first, second, _] = DESCRIPTOR_NAMES;
                let looked = format!("It has no `{first}` and no `{second}`");
                Some(match holds.as_slice() {
                    [] => format!("{looked}."),
                    names => format!("{looked}; it has {}.", listed(names)),
                })
            }
            DiskError::StandardInputTwice => Some("It can be read only once.".to_owned()),
            DiskError::Denied { .. } => Some("Permission denied.".to_owned()),
            DiskError::Unreadable { source, .. } => Some(format!("The system says: {source}.")),
            DiskError::Missing { .. } | DiskError::Folder { .. } | DiskError::Archive { .. } => None,
        }
    }

    /// What to do about it.
    pub fn next(&self) -> Option<String> {
        match self {
            DiskError::Missing { near, .. } => near.as_ref().map(|near| format!("Did you mean `{}`?", near.display())),
            DiskError::NoDescriptor { folder, holds } => Some(match holds.as_slice() {
                [only] => {
                    let path = folder.as_ref().map_or_else(|| PathBuf::from(only), |folder| folder.join(only));
                    format!("To use it, name it on the command line: `{}`", path.display())
                }
                _ => "Name a descriptor or a folder with one on the command line, or change the folder with `-C DIR`."
                    .to_owned(),
            }),
            DiskError::Archive { kind: Packed::Zip, .. } => Some(
                "An archive is named in place of the descriptor: `windlass plan app.mtar -e prod.mtaext`".to_owned(),
            ),
            DiskError::Archive { kind: Packed::Gzip, .. } => Some(
                "Unpack it (`tar -xzf`) and name the folder with the descriptor, or pack that: `windlass pack`"
                    .to_owned(),
            ),
            DiskError::StandardInputTwice => Some("Give one of the two as a file.".to_owned()),
            DiskError::Denied { .. } => Some("Ask its owner for permission to read it.".to_owned()),
            DiskError::MissingFolder { .. } | DiskError::Folder { .. } | DiskError::Unreadable { .. } => None,
        }
    }

    /// Whether another command line would help, as opposed to another state of the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            DiskError::Missing { .. }
            | DiskError::MissingFolder { .. }
            | DiskError::NoDescriptor { .. }
            | DiskError::Folder { .. }
            | DiskError::Archive { .. }
            | DiskError::StandardInputTwice => true,
            DiskError::Denied { .. } | DiskError::Unreadable { .. } => false,
        }
    }
}

/// Whether there is a file or folder of that name.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Finds the descriptor in a folder; without one, in the current folder.
pub fn descriptor_in(folder: Option<&Path>) -> Result<PathBuf, DiskError> {
    let named = |name: &str| folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    DESCRIPTOR_NAMES.map(named).into_iter().find(|path| path.is_file()).ok_or_else(|| {
        let holds = likely_descriptors(folder.unwrap_or(Path::new(".")));
        DiskError::NoDescriptor { folder: folder.map(Path::to_owned), holds }
    })
}

/// What a file is, by its content.
pub enum Opened {
    Text(Vec<u8>),
    /// How many bytes there are at least; more than a text may have.
    TooLarge(u64),
    Zip(File),
}

/// Opens one file that must be a text, or standard input for `-`. The text has the name that the user gave it.
pub fn file(sources: &mut Sources, path: &Path) -> Result<Staged<Option<FileId>>, DiskError> {
    match open(sources, path)? {
        Opened::Zip(_) => Err(DiskError::Archive { path: path.to_owned(), kind: Packed::Zip }),
        Opened::TooLarge(bytes) => Ok(too_large(sources, &path.to_string_lossy(), bytes)),
        Opened::Text(bytes) => Ok(decoded(sources, &path.to_string_lossy(), bytes)),
    }
}

/// Opens one file, or standard input for `-`. An archive from standard input goes into a file that has no name and is gone
/// with the process, because an archive is read from its end.
pub fn open(sources: &Sources, path: &Path) -> Result<Opened, DiskError> {
    if let Some(text) = sources.stand_in(&path.to_string_lossy()) {
        return Ok(Opened::Text(text.as_bytes().to_vec()));
    }
    let opened = if path.as_os_str() == STANDARD_INPUT {
        if sources.files().any(|file| sources.get(file).name().split('!').next() == Some(STANDARD_INPUT)) {
            return Err(DiskError::StandardInputTwice);
        }
        opened(io::stdin().lock(), None, |head, rest| {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut head.chain(rest).take(MAX_ARCHIVE + 1), &mut file)?;
            Ok(file)
        })
    } else {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        let about = file.metadata().map_err(|source| unreadable(path, source))?;
        if about.is_dir() {
            return Err(DiskError::Folder { path: path.to_owned() });
        }
        opened(&file, Some(about.len()), |_, _| file.try_clone())
    };
    match opened.map_err(|source| unreadable(path, source))? {
        Opened::Text(bytes) if bytes.starts_with(b"\x1f\x8b") => {
            Err(DiskError::Archive { path: path.to_owned(), kind: Packed::Gzip })
        }
        opened => Ok(opened),
    }
}

/// Looks at the first bytes and reads the rest accordingly: up to the limit of a text and no further, whatever the size is
/// said to be, for a pipe says nothing, and a file may grow.
fn opened<R: Read>(
    mut from: R,
    size: Option<u64>,
    archive: impl FnOnce(&[u8], R) -> io::Result<File>,
) -> io::Result<Opened> {
    let mut bytes = Vec::new();
    from.by_ref().take(MAGIC).read_to_end(&mut bytes)?;
    if is_zip(&bytes) {
        return Ok(Opened::Zip(archive(&bytes, from)?));
    }
    let limit = yaml::MAX_BYTES as u64;
    if let Some(size) = size.filter(|size| *size > limit) {
        return Ok(Opened::TooLarge(size));
    }
    bytes.reserve(usize::try_from(size.unwrap_or_default()).unwrap_or_default());
    from.take(limit + 1 - bytes.len() as u64).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    Ok(if read > limit { Opened::TooLarge(read) } else { Opened::Text(bytes) })
}

const MAGIC: u64 = 4;

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// A text that is too large to be one.
pub fn too_large(sources: &mut Sources, name: &str, bytes: u64) -> Staged<Option<FileId>> {
    let file = sources.add(name, "");
    refused(yaml::too_large(file, bytes))
}

fn refused(finding: Finding) -> Staged<Option<FileId>> {
    let mut findings = Findings::default();
    findings.push(finding);
    Staged::new(None, findings)
}

/// Takes bytes in as a text, if they are one.
pub fn decoded(sources: &mut Sources, name: &str, bytes: Vec<u8>) -> Staged<Option<FileId>> {
    if is_utf16(&bytes) {
        let file = sources.add(name, "");
        return refused(
            Finding::new(&YAML_ENCODING, Span::start_of(file), "The text is encoded as UTF-16; windlass reads UTF-8.")
                .help("Save it as UTF-8. In Windows PowerShell, `Set-Content -Encoding utf8` does."),
        );
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Staged::new(Some(sources.add(name, text)), Findings::default()),
        Err(error) => error,
    };
    let at = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[at];
    // What stands before the byte is the same in the repaired text, so the place is right in what people are shown.
    let file = sources.add(name, String::from_utf8_lossy(error.as_bytes()));
    let place = Span::new(file, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
    let message = format!("The byte 0x{byte:02X} at offset {at} does not belong to a text in UTF-8.");
    refused(Finding::new(&YAML_ENCODING, place, message).help(match char::from(byte) {
        latin if latin.is_alphabetic() => {
            format!("In Latin-1 and Windows-1252 this byte is `{latin}`. Save the file as UTF-8.")
        }
        _ => "Is this a text? If so, save it as UTF-8.".to_owned(),
    }))
}

/// By its byte-order mark, or by the zero bytes that Latin letters have in UTF-16.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..])
}

fn unreadable(path: &Path, source: io::Error) -> DiskError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::NotFound => missing(path),
        ErrorKind::PermissionDenied => DiskError::Denied { path },
        ErrorKind::IsADirectory => DiskError::Folder { path },
        _ => DiskError::Unreadable { path, source },
    }
}

fn missing(path: PathBuf) -> DiskError {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let folder = folder.to_owned();
        return DiskError::MissingFolder { path, folder };
    }
    let names = names_in(folder);
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let near = nearest(&wanted, names.iter().map(String::as_str)).map(|name| path.with_file_name(name));
    DiskError::Missing { path, near }
}

/// The names in a folder, sorted; none when it cannot be read, for they only serve a hint.
fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Files in a folder that may be descriptors by their names.
fn likely_descriptors(folder: &Path) -> Vec<String> {
    let likely = |name: &str| [".yaml", ".yml", ".mtad", ".mtar"].iter().any(|ending| name.ends_with(ending));
    let mut names = names_in(folder);
    names.retain(|name| likely(name) && !name.starts_with('.'));
    names
}

/// `` `a`, `b` and 3 more ``.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    match (more, quoted.split_last()) {
        (0, Some((last, [_, ..]))) => format!("{} and {last}", quoted[..quoted.len() - 1].join(", ")),
        (0, _) => quoted.concat(),
        (more, _) => format!("{} and {more} more", quoted.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (name, content) in files {
            #[expect(clippy::disallowed_methods, reason = "the test writes what it reads")]
            fs::write(folder.path().join(name), content).expect("a file for the test");
        }
        folder
    }

    /// The one finding of opening a file with this content, as `row:column code`.
    fn finding_of(content: &[u8]) -> String {
        let folder = folder(&[("a.yaml", content)]);
        let mut sources = Sources::default();
        let opened = file(&mut sources, &folder.path().join("a.yaml")).expect("the file is there");
        assert!(opened.product.is_none());
        let finding = opened.findings.iter().next().expect("one finding");
        let (at, _) = sources.positions(finding.at);
        format!("{}:{} {} {}", at.row, at.column, finding.code.id, finding.message)
    }

    #[test]
    fn a_folder_stands_for_the_descriptor_in_it() {
        let folder = folder(&[("mta.yaml", b"a: 1"), ("mtad.yaml", b"b: 1")]);
        let found = descriptor_in(Some(folder.path())).expect("there is a descriptor");
        assert!(found.ends_with("mtad.yaml"), "{}", found.display());
    }

    #[test]
    fn a_missing_file_is_answered_with_what_is_there() {
        let folder = folder(&[("shop.yaml", b""), ("b.yml", b""), ("c.txt", b"")]);
        let mut sources = Sources::default();
        let missing = file(&mut sources, &folder.path().join("shpo.yaml")).expect_err("there is no such file");
        assert!(missing.next().is_some_and(|next| next.contains("shop.yaml")), "{missing:?}");
        let nothing = descriptor_in(Some(folder.path())).expect_err("there is no descriptor");
        let why = nothing.why().expect("a reason");
        assert_eq!(why, "It has no `mtad.yaml` and no `mta.yaml`; it has `b.yml` and `shop.yaml`.");
        let nowhere = file(&mut sources, &folder.path().join("x/a.yaml")).expect_err("there is no such folder");
        assert!(matches!(nowhere, DiskError::MissingFolder { .. }));
        let folder = file(&mut sources, folder.path()).expect_err("a folder is no file");
        assert!(matches!(folder, DiskError::Folder { .. }));
    }

    #[test]
    fn archives_are_known_by_their_content() {
        let folder = folder(&[("zip.yaml", b"PK\x03\x04..."), ("gz.yaml", b"\x1f\x8b\x08..."), ("text.mtar", b"a: 1")]);
        let opened = |name: &str| open(&Sources::default(), &folder.path().join(name));
        assert!(matches!(opened("zip.yaml"), Ok(Opened::Zip(_))));
        assert!(matches!(opened("gz.yaml"), Err(DiskError::Archive { kind: Packed::Gzip, .. })));
        assert!(matches!(opened("text.mtar"), Ok(Opened::Text(_))));
        let text = file(&mut Sources::default(), &folder.path().join("zip.yaml"));
        assert!(matches!(text, Err(DiskError::Archive { kind: Packed::Zip, .. })));
    }

    #[test]
    fn what_is_not_utf8_is_a_finding_with_its_place() {
        let latin = finding_of(b"a: 1\nb: \xe4\n");
        assert_eq!(latin, "2:4 yaml-encoding The byte 0xE4 at offset 8 does not belong to a text in UTF-8.");
        assert!(finding_of(b"\xff\xfea\0").starts_with("1:1 yaml-encoding The text is encoded as UTF-16"));
        assert!(finding_of(b"\0a\0:\0 ").starts_with("1:1 yaml-encoding The text is encoded as UTF-16"));
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        let folder = folder(&[]);
        let path = folder.path().join("large.yaml");
        let large = File::create(&path).expect("a file for the test");
        large.set_len(yaml::MAX_BYTES as u64 + 1).expect("a file with a hole");
        let mut sources = Sources::default();
        let opened = file(&mut sources, &path).expect("the file is there");
        assert_eq!(opened.findings.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["yaml-too-large"]);
        let endless = super::opened(io::repeat(b'a'), None, |_, _| unreachable!("it is no archive")).expect("reads");
        assert!(matches!(endless, Opened::TooLarge(_)));
    }

    #[test]
    fn standard_input_is_read_once() {
        let mut sources = Sources::default();
        sources.add(STANDARD_INPUT, "a: 1");
        let again = file(&mut sources, Path::new(STANDARD_INPUT));
        assert!(matches!(again, Err(DiskError::StandardInputTwice)));
    }
}
