//! What a command line asks to be checked: files as they are named, folders as far as they hold descriptors.

use super::Args;
use crate::cli::Global;
use crate::cli::exit::{Exit, Failure};
use crate::config;
use crate::disk::{self, Opened, Walked};
use crate::finding::Findings;
use crate::lint::company::{Member, companies};
use crate::package::manifest::MANIFEST;
use crate::package::{self, DESCRIPTOR, Input, Origin};
use crate::source::{FileId, Sources};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is checked together: a descriptor with a chain of extensions, or one document alone.
#[derive(Debug)]
pub struct Work {
    pub input: Input,
    pub extensions: Vec<FileId>,
}

/// Everything that is to be checked.
#[derive(Debug, Default)]
pub struct Gathered {
    pub work: Vec<Work>,
    /// Texts that cannot be read; the findings say why.
    pub unreadable: Vec<FileId>,
}

impl Gathered {
    /// Every text that is checked, once.
    pub fn readable(&self) -> BTreeSet<FileId> {
        let all = self.work.iter().flat_map(|work| std::iter::once(&work.input.descriptor).chain(&work.extensions));
        all.copied().collect()
    }

    /// Every text that was to be checked.
    pub fn files(&self) -> Vec<FileId> {
        let mut files = self.readable();
        files.extend(&self.unreadable);
        files.into_iter().collect()
    }

    /// Opens one thing that is named.
    fn open(
        &mut self,
        sources: &mut Sources,
        open: impl FnOnce(&mut Sources) -> Result<Option<Input>, Failure>,
    ) -> Result<Option<Input>, Failure> {
        let before = sources.files().count();
        let input = open(sources)?;
        if input.is_none() {
            self.unreadable.extend(sources.files().nth(before));
        }
        Ok(input)
    }
}

/// Brings everything in that is to be checked.
pub fn gather(
    args: &Args,
    settings: &config::Settings,
    global: &Global,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    let files = if args.files.is_empty() { vec![None] } else { args.files.iter().map(Some).collect() };
    for path in files.into_iter().map(|path| path.map(PathBuf::as_path)) {
        match path.filter(|path| walks(args, path)) {
            Some(folder) => {
                let walked = disk::walk(folder, settings.exclude.as_ref());
                for trouble in &walked.trouble {
                    global.note(&format!("passed over: {trouble}"));
                }
                if walked.found.is_empty() {
                    return Err(nothing_in(folder, &walked));
                }
                in_folders(&walked.found, sources, findings, &mut gathered)?;
            }
            None => {
                let input = gathered.open(sources, |sources| match (path, &args.stdin_filename) {
                    (Some(path), Some(name)) if path.as_os_str() == "-" => standard_input(sources, name, findings),
                    (path, _) => Ok(findings.keep(package::open(sources, path)?)),
                })?;
                let mut extensions = Vec::new();
                for path in &args.extensions {
                    extensions.extend(findings.keep(disk::file(sources, path)?));
                }
                gathered.work.extend(input.map(|input| Work { input, extensions }));
            }
        }
    }
    Ok(gathered)
}

/// Whether a path is looked through. A folder that is the form of an archive, or is given with what belongs to one descriptor,
/// stands for that descriptor.
fn walks(args: &Args, path: &Path) -> bool {
    path.is_dir() && args.extensions.is_empty() && args.settings.is_empty() && !path.join(MANIFEST).is_file()
}

fn nothing_in(folder: &Path, walked: &Walked) -> Failure {
    let looked = match walked.others {
        0 => "it has no YAML files that ignore files leave".to_owned(),
        1 => "its one YAML file is something else".to_owned(),
        others => format!("its {others} YAML files are something else"),
    };
    Failure::new(Exit::Usage, format!("there is no descriptor in the folder `{}`", folder.display()))
        .why(looked)
        .next("a descriptor has `_schema-version` and `ID` at the beginning of its rows; a file that is named is always checked")
}

/// Opens what was found, and puts extensions to the descriptors beside them.
fn in_folders(
    found: &[PathBuf],
    sources: &mut Sources,
    findings: &mut Findings,
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    for beside in found.chunk_by(|one, other| one.parent() == other.parent()) {
        let mut opened = Vec::new();
        for path in beside {
            // A folder in the form of an archive: its manifest says where contents are.
            let unpacked = path.ends_with(DESCRIPTOR).then(|| path.ancestors().nth(2)).flatten();
            let unpacked = unpacked.filter(|root| root.join(MANIFEST).is_file() && !root.as_os_str().is_empty());
            let named = Some(unpacked.unwrap_or(path));
            let input = gathered.open(sources, |sources| Ok(findings.keep(package::open(sources, named)?)))?;
            opened.extend(input.map(|input| (input, disk::rank(path))));
        }
        let extends = |(input, _): &(Input, usize)| sources.get(input.descriptor).text().contains("extends");
        if !opened.iter().any(extends) {
            gathered.work.extend(opened.into_iter().map(|(input, _)| Work { input, extensions: Vec::new() }));
            continue;
        }
        let members: Vec<Member> =
            opened.iter().map(|(input, rank)| Member::of(sources, input.descriptor, *rank)).collect();
        for company in companies(&members) {
            let file = |at: usize| opened[at].0.descriptor;
            let origin = opened[company.first].0.origin.clone();
            let input = Input { descriptor: file(company.first), origin };
            gathered.work.push(Work { input, extensions: company.extensions.into_iter().map(file).collect() });
        }
    }
    Ok(())
}

/// A text from standard input that has a name: for messages, and for the folder that its paths are relative to.
fn standard_input(sources: &mut Sources, name: &Path, findings: &mut Findings) -> Result<Option<Input>, Failure> {
    let path = Path::new("-");
    let text = match disk::open(sources, path)? {
        Opened::Zip(_) => {
            return Err(disk::DiskError::Archive { path: path.to_owned(), kind: disk::Packed::Zip }.into());
        }
        Opened::TooLarge(bytes) => disk::too_large(sources, &name.to_string_lossy(), bytes),
        Opened::Text(bytes) => disk::decoded(sources, &name.to_string_lossy(), bytes),
    };
    let root = name.parent().map(Path::to_owned).unwrap_or_default();
    let origin = Origin::Folder { root, manifest: None };
    Ok(findings.keep(text).map(|descriptor| Input { descriptor, origin }))
}
