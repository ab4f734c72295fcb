//! Where the content of a module is, from what the user named.
//!
//! In a folder the module's `path` says it; in an archive the manifest, and `path` says nothing. A file that is a zip is
//! unpacked, because that is how content is packed for the deploy service; programs that are zips themselves (`.jar`) stay as
//! they are, because whoever runs them wants them whole.

use super::content::{Content, Unread};
use super::contents::{self, Contents};
use super::files::{Files, From, OneFile, Positioned, Trouble, Zip};
use super::manifest::{Manifest, Named};
use super::open::{Archive, Origin};
use super::path::EntryPath;
use super::{limits, unpack};
use crate::descriptor::Module;
use crate::finding::{
    ARCHIVE_DAMAGED, ARCHIVE_TOO_LARGE, CONTENT_MISSING, CONTENT_UNUSABLE, Finding, Findings, SCHEMA_BAD_PATH,
    Severity, Staged,
};
use crate::name::ModuleName;
use crate::source::{Sources, Span};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// What would be wrong with the file of a module once somebody unpacks it: who packs it finds that as well.
pub(super) fn check_file(sources: &mut Sources, root: &Path, located: &Located, module: &Module) -> Findings {
    let mut findings = Findings::default();
    if root.join(located.path.bare()).is_dir() {
        return findings;
    }
    match on_disk(sources, root, located, &mut findings) {
        Ok(Some(files)) => {
            let packed = files.list.iter().filter(|file| matches!(file.from, From::Packed(..)));
            for file in packed {
                if let Err(error) = file.open().and_then(|mut from| io::copy(&mut from, &mut io::sink()))
                    && let From::Packed(zip, entry) = &file.from
                {
                    findings.push(damaged(sources, &zip.name, entry.path.as_str(), &error, module));
                }
            }
        }
        Ok(None) => {}
        Err(trouble) => findings.push(trouble.finding(located.at, module)),
    }
    findings
}

/// The files of a module, unpacked where they are packed. `None` when there are none, or with a finding that says why.
pub(super) fn files_of(sources: &mut Sources, origin: &Origin, module: &Module) -> Staged<Option<Files>> {
    let mut findings = Findings::default();
    let files = match located(origin, module) {
        Ok(None) => None,
        Ok(Some(located)) => {
            let at = located.at;
            let mut inside = Findings::default();
            let taken = taken(sources, origin, &located, module, &mut inside);
            findings.extend(inside.into_iter().map(|finding| wanted_by(finding, at, module)).collect());
            match taken {
                Ok(files) => files,
                Err(trouble) => {
                    findings.push(trouble.finding(at, module));
                    None
                }
            }
        }
        Err(finding) => {
            findings.push(*finding);
            None
        }
    };
    let size = files.as_ref().map_or(0, Files::size);
    if size > limits::CONTENT {
        findings.push(Trouble::TooLarge.finding(module.name.span, module));
        return Staged::new(None, findings);
    }
    Staged::new(files, findings)
}

/// What is inside an archive is told there; who wants it stands beside.
fn wanted_by(finding: Finding, at: Span, module: &Module) -> Finding {
    if finding.at.file == at.file || !finding.related.is_empty() {
        return finding;
    }
    finding.related(at, format!("the content of module `{}`", module.name.value))
}

/// The content of each module, as it goes into containers.
pub type ModuleContents = BTreeMap<ModuleName, Arc<Content>>;

/// The content of these modules; the span is where it is asked for. A module that has none is a finding.
pub fn contents_of(sources: &mut Sources, origin: &Origin, asking: &[(&Module, Span)]) -> Staged<ModuleContents> {
    let mut findings = Findings::default();
    let mut contents = ModuleContents::new();
    for (module, at) in asking {
        let Staged { product, findings: found } = content_of(sources, origin, module);
        let silent = found.is_empty();
        findings.extend(found);
        match product {
            Some(content) => drop(contents.insert(module.name.value.clone(), Arc::new(content))),
            None if silent => findings.push(no_content(origin, module, *at)),
            None => {}
        }
    }
    Staged::new(contents, findings)
}

pub(super) fn no_content(origin: &Origin, module: &Module, at: Span) -> Finding {
    let name = &module.name.value;
    let (what, help) = match origin {
        Origin::Nowhere => (
            format!(
                "Module `{name}` wants its content in the container, and a descriptor from standard input has no files."
            ),
            "Name the folder or an archive instead; an archive may come from standard input.",
        ),
        Origin::Archive(_) | Origin::Folder { manifest: Some(_), .. } => (
            format!("Module `{name}` wants its content in the container, and the manifest names none for it."),
            "Add a section with `MTA-Module` to META-INF/MANIFEST.MF, or pack again: `windlass pack`",
        ),
        Origin::Folder { manifest: None, .. } => (
            format!("Module `{name}` wants its content in the container, and has no `path` that says where it is."),
            "Add `path: FOLDER` to the module, or leave `container.content` out when the image holds everything.",
        ),
    };
    Finding::new(&CONTENT_MISSING, at, what).help(help)
}

/// The content of a module, read and digested.
fn content_of(sources: &mut Sources, origin: &Origin, module: &Module) -> Staged<Option<Content>> {
    let Staged { product, mut findings } = files_of(sources, origin, module);
    let content = product.and_then(|files| match Content::of(files) {
        Ok(content) => Some(content),
        Err(Unread { from: From::Packed(zip, entry), error, .. }) if error.kind() == io::ErrorKind::InvalidData => {
            findings.push(damaged(sources, &zip.name, entry.path.as_str(), &error, module));
            None
        }
        Err(Unread { path, error, .. }) => {
            let at = module.path.as_ref().map_or(module.name.span, |path| path.span);
            let what =
                format!("The file `{path}` in the content of module `{}` cannot be read: {error}.", module.name.value);
            let code = if error.kind() == io::ErrorKind::InvalidData { &ARCHIVE_DAMAGED } else { &CONTENT_UNUSABLE };
            findings.push(Finding::new(code, at, what));
            None
        }
    });
    Staged::new(content, findings)
}

/// Damage inside an archive is where the entry is; who wants it is said beside.
fn damaged(sources: &mut Sources, archive: &str, entry: &str, error: &io::Error, module: &Module) -> Finding {
    let at = contents::place(sources, archive, entry);
    let what = format!("{error} It belongs to the content of module `{}`.", module.name.value);
    Finding::new(&ARCHIVE_DAMAGED, at, what).help(contents::FETCH_AGAIN)
}

pub(super) struct Located {
    pub path: EntryPath,
    pub at: Span,
}

fn located(origin: &Origin, module: &Module) -> Result<Option<Located>, Box<Finding>> {
    let by_manifest = |manifest: &Manifest| {
        let named = manifest.modules.get(&module.name.value);
        Ok(named.map(|Named { path, .. }| Located { path: path.value.clone(), at: path.span }))
    };
    match origin {
        Origin::Archive(archive) => by_manifest(&archive.manifest),
        Origin::Folder { manifest: Some(manifest), .. } => by_manifest(manifest),
        Origin::Folder { manifest: None, .. } => module_path(module),
        Origin::Nowhere => Ok(None),
    }
}

/// The path that a module says, as it is relative to its folder. `./web` and `web/` are `web`; `.` is the whole folder.
pub(super) fn module_path(module: &Module) -> Result<Option<Located>, Box<Finding>> {
    let Some(path) = module.path.as_ref().filter(|path| !path.value.is_empty()) else { return Ok(None) };
    let mut text = path.value.as_str();
    while let Some(rest) = text.strip_prefix("./") {
        text = rest;
    }
    if matches!(text, "." | "") {
        return Ok(Some(Located { path: EntryPath::here(), at: path.span }));
    }
    match EntryPath::parse(text) {
        Ok(found) => Ok(Some(Located { path: found, at: path.span })),
        Err(bad) => {
            let what = format!("The path `{}` of module `{}` {}.", path.value, module.name.value, bad.in_words());
            let help = "Write a path below the folder of the descriptor, with `/` between its parts: `web/dist`";
            Err(Box::new(Finding::new(&SCHEMA_BAD_PATH, path.span, what).help(help)))
        }
    }
}

fn taken(
    sources: &mut Sources,
    origin: &Origin,
    located: &Located,
    module: &Module,
    findings: &mut Findings,
) -> Result<Option<Files>, Trouble> {
    match origin {
        Origin::Archive(archive) => in_archive(sources, archive, located, module, findings),
        Origin::Folder { root, .. } => on_disk(sources, root, located, findings),
        Origin::Nowhere => Ok(None),
    }
}

fn on_disk(
    sources: &mut Sources,
    root: &Path,
    Located { path, at }: &Located,
    findings: &mut Findings,
) -> Result<Option<Files>, Trouble> {
    let at = *at;
    let files = Files::on_disk(root, path)?;
    let [OneFile { from: From::Disk(file), .. }] = files.list.as_slice() else { return Ok(Some(files)) };
    let whole = root.join(path.bare());
    if whole.is_dir() || is_program(path) {
        return Ok(Some(files));
    }
    let unreadable = |source| Trouble::Unreadable { path: whole.clone(), source };
    let file = File::open(file).map_err(unreadable)?;
    let name = whole.to_string_lossy().into_owned();
    let zip = Arc::new(Zip { name, file });
    match is_zip(Positioned::at_start(&zip)).map_err(unreadable)? {
        true => unpacked(sources, zip, findings).map_err(unreadable),
        false => {
            findings.extend(no_zip(path, at).into_iter().collect());
            Ok(Some(files))
        }
    }
}

/// A file that is called a zip and is none goes into the container as it is; its author believes something else.
fn no_zip(path: &EntryPath, at: Span) -> Option<Finding> {
    if !path.bare().to_lowercase().ends_with(".zip") {
        return None;
    }
    let what = format!("`{path}` is called a zip and is none: it goes into the container as it is, as one file.");
    let mut finding = Finding::new(&CONTENT_UNUSABLE, at, what).help("Pack it again, or name a folder.");
    finding.severity = Severity::Warning;
    Some(finding)
}

fn in_archive(
    sources: &mut Sources,
    archive: &Archive,
    Located { path, at }: &Located,
    module: &Module,
    findings: &mut Findings,
) -> Result<Option<Files>, Trouble> {
    let Archive { zip, contents, .. } = archive;
    let Some(entry) = contents.get(path).filter(|_| !path.is_folder()) else {
        return Ok(Some(Files::in_archive(zip, contents, Some(path))));
    };
    let unreadable = |source| Trouble::Unreadable { path: Path::new(path.as_str()).to_owned(), source };
    let whole = || unpack::unpack(Positioned::at_start(zip), entry);
    let name = format!("{}!{path}", zip.name);
    let is_zip = match is_program(path) {
        true => false,
        false => {
            let is_zip = whole().and_then(is_zip).map_err(unreadable)?;
            findings.extend(no_zip(path, *at).filter(|_| !is_zip).into_iter().collect());
            is_zip
        }
    };
    if !is_zip {
        let name = path.bare().rsplit('/').next().unwrap_or_default().to_owned();
        let from = From::Packed(Arc::clone(zip), entry.clone());
        let file = OneFile { path: name, size: entry.size, executable: entry.executable, from };
        return Ok(Some(Files { list: vec![file] }));
    }
    // A zip is read from its end, so it must be whole: in a file that has no name and is gone with the process.
    let mut file = tempfile::tempfile().map_err(unreadable)?;
    match whole().and_then(|mut from| io::copy(&mut from, &mut file)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            findings.push(damaged(sources, &zip.name, path.as_str(), &error, module));
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    }
    unpacked(sources, Arc::new(Zip { name, file }), findings).map_err(unreadable)
}

fn unpacked(sources: &mut Sources, zip: Arc<Zip>, findings: &mut Findings) -> io::Result<Option<Files>> {
    let read = contents::read(sources, &zip.name, &mut Positioned::at_start(&zip))?;
    let contents: Option<Contents> = findings.keep(read);
    Ok(contents.map(|contents| Files::in_archive(&zip, &contents, None)))
}

fn is_zip(mut from: impl Read) -> io::Result<bool> {
    let mut head = Vec::new();
    from.by_ref().take(4).read_to_end(&mut head)?;
    Ok(head == b"PK\x03\x04" || head == b"PK\x05\x06")
}

/// Archives that are run as they are.
fn is_program(path: &EntryPath) -> bool {
    let lower = path.bare().to_lowercase();
    [".jar", ".war", ".ear"].iter().any(|ending| lower.ends_with(ending))
}

impl Trouble {
    /// What is wrong, for a message that has named the file.
    pub fn in_words(&self) -> String {
        match self {
            Trouble::Missing { .. } => "it does not exist".to_owned(),
            Trouble::Dangling { to, .. } => format!("it is a link to `{}`, which does not exist", to.display()),
            Trouble::Leaves { to, .. } => format!("it is a link to `{}`, outside of the folder", to.display()),
            Trouble::Special { .. } => "it is neither a file nor a folder".to_owned(),
            Trouble::Name { .. } => "its name is not UTF-8".to_owned(),
            Trouble::TooMany | Trouble::TooLarge => "it is too large".to_owned(),
            Trouble::Unreadable { source, .. } => source.to_string(),
        }
    }

    /// As a finding about the content of a module.
    pub fn finding(self, at: Span, module: &Module) -> Finding {
        let name = &module.name.value;
        let unusable = |what: String, help: &str| Finding::new(&CONTENT_UNUSABLE, at, what).help(help);
        match self {
            Trouble::Missing { path } => {
                let what = format!("The content of module `{name}` is not there: `{}` does not exist.", path.display());
                Finding::new(&CONTENT_MISSING, at, what).help("Build the module first, or correct its `path`.")
            }
            Trouble::Dangling { path, to } => unusable(
                format!(
                    "`{}` in the content of module `{name}` is a link to `{}`, which does not exist.",
                    path.display(),
                    to.display()
                ),
                "Build what it leads to first, or leave the link out.",
            ),
            Trouble::Leaves { path, to } => unusable(
                format!(
                    "`{}` in the content of module `{name}` is a link to `{}`, outside of the folder or back into itself.",
                    path.display(),
                    to.display()
                ),
                "Copy what it leads to into the folder, or leave it out.",
            ),
            Trouble::Special { path } => unusable(
                format!("`{}` in the content of module `{name}` is neither a file nor a folder.", path.display()),
                "Leave devices, pipes and sockets out.",
            ),
            Trouble::Name { path } => unusable(
                format!("The name `{}` in the content of module `{name}` is not UTF-8.", path.display()),
                "Rename the file.",
            ),
            Trouble::TooMany => {
                let what = format!("The content of module `{name}` has more than {} files.", limits::ENTRIES);
                Finding::new(&ARCHIVE_TOO_LARGE, at, what).help("Pack it as one zip, and let `path` name that.")
            }
            Trouble::TooLarge => {
                let limit = limits::in_words(limits::CONTENT);
                let what = format!("The content of module `{name}` has more than {limit}.");
                Finding::new(&ARCHIVE_TOO_LARGE, at, what).help("Put large data into a volume or an image.")
            }
            Trouble::Unreadable { path, source } if source.kind() == io::ErrorKind::InvalidData => {
                let what = format!("`{}`, the content of module `{name}`, is damaged: {source}", path.display());
                Finding::new(&ARCHIVE_DAMAGED, at, what).help(contents::FETCH_AGAIN)
            }
            Trouble::Unreadable { path, source } => unusable(
                format!("`{}` in the content of module `{name}` cannot be read: {source}.", path.display()),
                "Look at its permissions.",
            ),
        }
    }
}
