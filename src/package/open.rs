//! What a command line names as `DESC`: a descriptor, a folder, an archive, or standard input with either.
//!
//! The kind is decided by content. A name only helps to say what was expected when the content is neither.

use super::contents::{self, Contents, place, shown};
use super::files::Zip;
use super::manifest::{self, MANIFEST, Manifest};
use super::path::EntryPath;
use super::{limits, unpack};
use crate::disk::{self, DiskError, Opened};
use crate::finding::{ARCHIVE_DAMAGED, ARCHIVE_MISSING_ENTRY, Finding, Findings, Staged};
use crate::name::Suggestions;
use crate::source::{FileId, Sources, Span};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the descriptor stands in an archive.
pub const DESCRIPTOR: &str = "META-INF/mtad.yaml";

/// A descriptor, and where the files are that it speaks of.
#[derive(Clone, Debug)]
pub struct Input {
    pub descriptor: FileId,
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub enum Origin {
    /// Paths in the descriptor are relative to this folder. A manifest is there when it is an unpacked archive.
    Folder {
        root: PathBuf,
        manifest: Option<Manifest>,
    },
    Archive(Archive),
    /// A descriptor from standard input is nowhere.
    Nowhere,
}

impl Origin {
    /// What says which file is whose, where something does.
    pub fn manifest(&self) -> Option<&Manifest> {
        match self {
            Origin::Archive(archive) => Some(&archive.manifest),
            Origin::Folder { manifest, .. } => manifest.as_ref(),
            Origin::Nowhere => None,
        }
    }
}

/// An archive that has been checked as a whole.
#[derive(Clone, Debug)]
pub struct Archive {
    pub zip: Arc<Zip>,
    pub contents: Contents,
    pub manifest: Manifest,
}

/// Opens what `path` names; without one, the folder in which the command works. The product is `None` when what is there
/// cannot be read; the findings say why.
pub fn open(sources: &mut Sources, path: Option<&Path>) -> Result<Staged<Option<Input>>, DiskError> {
    match path {
        Some(path) if !path.is_dir() => in_file(sources, path),
        folder => in_folder(sources, folder),
    }
}

fn in_file(sources: &mut Sources, path: &Path) -> Result<Staged<Option<Input>>, DiskError> {
    let name = path.to_string_lossy().into_owned();
    let text = match disk::open(sources, path)? {
        Opened::Zip(file) => {
            return in_archive(sources, name, file)
                .map_err(|source| DiskError::Unreadable { path: path.to_owned(), source });
        }
        Opened::TooLarge(bytes) => disk::too_large(sources, &name, bytes),
        Opened::Text(bytes) => match no_archive(sources, &name, &bytes) {
            Some(finding) => Staged::new(None, [finding].into_iter().collect()),
            None => disk::decoded(sources, &name, bytes),
        },
    };
    let origin = match path.parent() {
        Some(root) if name != "-" => Origin::Folder { root: root.to_owned(), manifest: None },
        _ => Origin::Nowhere,
    };
    Ok(input(text, origin))
}

/// A file that is called an archive and holds neither an archive nor a descriptor: an error page saved under its name, or
/// the middle of a download.
fn no_archive(sources: &mut Sources, name: &str, bytes: &[u8]) -> Option<Finding> {
    let called = [".mtar", ".zip"].iter().any(|ending| name.to_lowercase().ends_with(ending));
    let text =
        std::str::from_utf8(bytes).is_ok_and(|text| !text.trim().is_empty() && !text.trim_start().starts_with('<'));
    if !called || text {
        return None;
    }
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned();
    let what = match bytes {
        [] => "The file is empty; a zip archive begins with `PK`.".to_owned(),
        _ => format!("The file is no zip archive: it begins with `{}`, not with `PK`.", shown(&beginning)),
    };
    let at = Span::start_of(sources.add(name, ""));
    Some(
        Finding::new(&ARCHIVE_DAMAGED, at, what)
            .help("Look at what is in it: it may be the page that answered a download."),
    )
}

fn in_folder(sources: &mut Sources, folder: Option<&Path>) -> Result<Staged<Option<Input>>, DiskError> {
    let path = disk::descriptor_in(folder)?;
    let mut findings = Findings::default();
    let root = folder.unwrap_or(Path::new("")).to_owned();
    let descriptor = findings.keep(disk::file(sources, &path)?);
    let mut manifest = None;
    if path.ends_with(DESCRIPTOR) && root.join(MANIFEST).is_file() {
        manifest = manifest_of_folder(sources, &root.join(MANIFEST), &mut findings)?;
    }
    Ok(input(Staged::new(descriptor, findings), Origin::Folder { root, manifest }))
}

fn manifest_of_folder(
    sources: &mut Sources,
    path: &Path,
    findings: &mut Findings,
) -> Result<Option<Manifest>, DiskError> {
    let bytes = match disk::open(sources, path)? {
        Opened::Text(bytes) => bytes,
        Opened::TooLarge(_) => Vec::new(),
        Opened::Zip(_) => return Err(DiskError::Archive { path: path.to_owned(), kind: disk::Packed::Zip }),
    };
    let (_, read) = manifest::read(sources, &path.to_string_lossy(), &bytes);
    Ok(Some(findings.keep(read)))
}

fn input(text: Staged<Option<FileId>>, origin: Origin) -> Staged<Option<Input>> {
    Staged::new(text.product.map(|descriptor| Input { descriptor, origin }), text.findings)
}

fn in_archive(sources: &mut Sources, name: String, mut file: File) -> io::Result<Staged<Option<Input>>> {
    let Staged { product, findings } = read(sources, &name, &mut file)?;
    let input = product.map(|(descriptor, contents, manifest)| Input {
        descriptor,
        origin: Origin::Archive(Archive { zip: Arc::new(Zip { name, file }), contents, manifest }),
    });
    Ok(Staged::new(input, findings))
}

/// The table of contents, the descriptor and the manifest of an archive: everything but content. From bytes to values, so
/// that it can be given anything.
pub fn read(
    sources: &mut Sources,
    name: &str,
    from: &mut (impl Read + Seek),
) -> io::Result<Staged<Option<(FileId, Contents, Manifest)>>> {
    let mut findings = Findings::default();
    let Some(contents) = findings.keep(contents::read(sources, name, from)?) else {
        return Ok(Staged::new(None, findings));
    };
    let mut small = |sources: &mut Sources, path: &str| -> io::Result<Option<Vec<u8>>> {
        let entry = EntryPath::parse(path).ok().and_then(|path| contents.get(&path));
        match entry {
            Some(entry) => Ok(findings.keep(unpack::small(sources, name, from, entry, limits::SMALL_FILE)?)),
            None => {
                findings.push(missing(sources, name, path, &contents));
                Ok(None)
            }
        }
    };
    let descriptor = small(sources, DESCRIPTOR)?;
    let manifest = small(sources, MANIFEST)?;
    let descriptor =
        descriptor.and_then(|bytes| findings.keep(disk::decoded(sources, &format!("{name}!{DESCRIPTOR}"), bytes)));
    let Some(manifest) = manifest else { return Ok(Staged::new(None, findings)) };
    let (_, manifest) = manifest::read(sources, &format!("{name}!{MANIFEST}"), &manifest);
    let manifest = findings.keep(manifest);
    let suggestions = Suggestions::default();
    for named in manifest.named() {
        let path = &named.path.value;
        if !contents.has(path) {
            let what = format!("The archive has no entry `{path}`.");
            let entries = contents.entries().iter().map(|entry| entry.path.as_str());
            let near = match contents.below(path).next() {
                Some(_) => Some(format!("{path}/")),
                None => suggestions.nearest(path.as_str(), entries).map(str::to_owned),
            };
            findings.push(Finding::new(&ARCHIVE_MISSING_ENTRY, named.path.span, what).did_you_mean(near));
        }
    }
    let findings = findings.sorted();
    Ok(match descriptor {
        Some(descriptor) if !findings.has_errors() => Staged::new(Some((descriptor, contents, manifest)), findings),
        _ => Staged::new(None, findings),
    })
}

fn missing(sources: &mut Sources, archive: &str, wanted: &str, contents: &Contents) -> Finding {
    let file_name = wanted.rsplit('/').next().unwrap_or(wanted);
    let same_name = |path: &str| path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(file_name));
    let elsewhere = contents.entries().iter().map(|entry| entry.path.as_str()).find(|path| same_name(path));
    let what = format!("The archive has no `{wanted}`; it has {}.", listed(contents));
    let at = place(sources, archive, wanted);
    Finding::new(&ARCHIVE_MISSING_ENTRY, at, what).help(match elsewhere {
        Some(path) => {
            format!("There is a `{path}`: pack again so that it stands at `{wanted}`, or use `windlass pack`.")
        }
        None => "An archive of an application has both, besides the content of its modules; `windlass pack` makes one."
            .to_owned(),
    })
}

/// `` `a`, `b/` and 12 more ``: what stands at the root.
fn listed(contents: &Contents) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<&str> = Vec::new();
    for entry in contents.entries() {
        let path = entry.path.as_str();
        let root = path.find('/').map_or(path, |at| &path[..=at]);
        if !names.contains(&root) && names.len() <= SHOWN {
            names.push(root);
        }
    }
    match names.len() {
        0 => "no entries".to_owned(),
        few => {
            let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
            if few > SHOWN { format!("{} and more", shown.join(", ")) } else { shown.join(", ") }
        }
    }
}
