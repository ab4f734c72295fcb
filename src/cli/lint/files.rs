//! What a command line asks to be checked: files as they are named, folders as far as they hold descriptors.

use super::Args;
use super::projects::Projects;
use crate::cli::Global;
use crate::cli::exit::{Exit, Failure};
use crate::config::Kind;
use crate::disk::{self, Most, Opened, Walked, tidy};
use crate::finding::Findings;
use crate::lint::company::{Member, companies};
use crate::package::manifest::MANIFEST;
use crate::package::{self, DESCRIPTOR, Input, Origin};
use crate::source::{FileId, Sources};
use std::collections::{BTreeSet, HashMap, HashSet};
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
    /// What was opened, by the file that it really is: one that is named twice is opened once.
    opened: HashMap<PathBuf, Option<Input>>,
    /// Extensions that are checked without what they extend, each with why.
    alone: Vec<(String, String)>,
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

    /// Opens one thing that is named, if it was not before. `file`: what it is, where it is a file.
    fn open(
        &mut self,
        sources: &mut Sources,
        file: Option<&Path>,
        open: impl FnOnce(&mut Sources) -> Result<Option<Input>, Failure>,
    ) -> Result<Option<Input>, Failure> {
        let identity = file.map(identity);
        if let Some(known) = identity.as_ref().and_then(|identity| self.opened.get(identity)) {
            return Ok(known.clone());
        }
        let before = sources.files().count();
        let input = open(sources)?;
        if input.is_none() {
            self.unreadable.extend(sources.files().nth(before));
        }
        if let Some(identity) = identity {
            self.opened.insert(identity, input.clone());
        }
        Ok(input)
    }

    /// Leaves out what is done twice. What was asked for alone is checked with what belongs to it, where that was asked for too.
    fn each_once(&mut self) {
        let files = |work: &Work| [&[work.input.descriptor], &*work.extensions].concat();
        let accompanied = self.work.iter().filter(|work| !work.extensions.is_empty()).flat_map(files);
        let accompanied: BTreeSet<FileId> = accompanied.collect();
        let mut seen = BTreeSet::new();
        self.work.retain(|work| match files(work).as_slice() {
            [alone] if accompanied.contains(alone) => false,
            files => seen.insert(files.to_vec()),
        });
    }

    /// Says which extensions are checked without what they change, for that leaves most of what could be wrong with them unseen.
    fn tell_of_those_alone(&self, global: &Global) {
        const SHOWN: usize = 3;
        match &*self.alone {
            few if few.len() <= SHOWN => {
                few.iter().for_each(|(name, why)| global.note(&format!("`{name}` is checked alone: {why}")));
            }
            many => {
                let names: Vec<String> = many.iter().take(SHOWN).map(|(name, _)| format!("`{name}`")).collect();
                global.note(&format!(
                    "{} extensions are checked alone, because no descriptor in their folders or above is what they extend: {} and {} more",
                    many.len(),
                    names.join(", "),
                    many.len() - SHOWN
                ));
            }
        }
    }
}

/// The file that a path leads to; of a folder, the descriptor that is meant.
fn identity(path: &Path) -> PathBuf {
    let inside = path.is_dir().then(|| disk::descriptor_in(Some(path)).ok()).flatten();
    let path = inside.as_deref().unwrap_or(path);
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Brings everything in that is to be checked.
pub fn gather(
    args: &Args,
    projects: &mut Projects<'_>,
    global: &Global,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    let mut passed_over = false;
    let files = if args.files.is_empty() { vec![None] } else { args.files.iter().map(Some).collect() };
    for path in files.into_iter().map(|path| path.map(PathBuf::as_path)) {
        let kind = if path.is_some_and(|path| walks(args, path)) { Kind::Folder } else { Kind::File };
        if let Some(path) = path.filter(|path| path.as_os_str() != "-" && (kind == Kind::Folder || args.force_exclude))
            && let Some(by) = excluded(path, kind, projects, sources, findings)?
        {
            global.note(&format!("passed over: `{}`, by `lint.exclude` in {by}", path.display()));
            passed_over = true;
            continue;
        }
        match path.filter(|_| kind == Kind::Folder) {
            Some(folder) => {
                let walked = walked(folder, projects, sources, findings)?;
                for trouble in &walked.trouble {
                    global.note(&format!("passed over: {trouble}"));
                }
                if walked.found.is_empty() {
                    return Err(nothing_in(folder, &walked));
                }
                in_folders(&walked.found, sources, findings, &mut gathered)?;
            }
            None => {
                let named = path.filter(|path| path.as_os_str() != "-");
                let piped = args.stdin_filename.as_deref().filter(|_| path.is_some() && named.is_none());
                let input = gathered.open(sources, named.or(piped), |sources| match piped {
                    Some(name) => standard_input(sources, name, findings),
                    None => Ok(findings.keep(package::open(sources, path)?)),
                })?;
                let mut extensions = Vec::new();
                for path in &args.extensions {
                    extensions.extend(findings.keep(disk::file(sources, path)?));
                }
                gathered.work.extend(input.map(|input| Work { input, extensions }));
            }
        }
    }
    let files = gathered.files();
    if files.is_empty() && passed_over && !args.force_exclude {
        return Err(Failure::new(Exit::Usage, "everything that is named is excluded")
            .why("`lint.exclude` passes folders over also where they are named")
            .next("name a file: it is always checked; or take the pattern out"));
    }
    gathered.each_once();
    gathered.tell_of_those_alone(global);
    projects.learn(&files, sources, findings)?;
    Ok(gathered)
}

/// Where the pattern stands that passes something over, if one does: by the settings of the folder that it is in, or of itself.
fn excluded(
    path: &Path,
    kind: Kind,
    projects: &mut Projects<'_>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Option<String>, Failure> {
    let absolute = tidy(&projects.here.join(path));
    let folders = [absolute.parent(), Some(&*absolute).filter(|_| kind == Kind::Folder)];
    for folder in folders.into_iter().flatten() {
        let settings = projects.of_folder(folder, sources, findings)?;
        if settings.excludes(&absolute, kind) {
            return Ok(settings.exclude.as_ref().map(|exclude| sources.line_of(exclude.span)));
        }
    }
    Ok(None)
}

/// Looks through a folder. Each folder's own settings say what is passed over in it.
fn walked(
    folder: &Path,
    projects: &mut Projects<'_>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Walked, Failure> {
    let top = tidy(&projects.here.join(folder));
    let settings = projects.of_folder(&top, sources, findings)?.clone();
    let mut walked = disk::walk(folder, &projects.excluded(&settings), Most::ALL, disk::is_like_one);
    let mut found = Vec::with_capacity(walked.found.len());
    for path in walked.found {
        let absolute = tidy(&projects.here.join(&path));
        let parent = absolute.parent().unwrap_or(&top);
        if !projects.of_folder(parent, sources, findings)?.excludes(&absolute, Kind::File) {
            found.push(path);
        }
    }
    walked.found = found;
    Ok(walked)
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

/// Opens what was found, and puts extensions to the descriptors that they change.
fn in_folders(
    found: &[PathBuf],
    sources: &mut Sources,
    findings: &mut Findings,
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    let mut opened: Vec<(Input, &Path)> = Vec::new();
    for path in found {
        // A folder in the form of an archive: its manifest says where contents are.
        let unpacked = path.ends_with(DESCRIPTOR).then(|| path.ancestors().nth(2)).flatten();
        let unpacked = unpacked.filter(|root| root.join(MANIFEST).is_file() && !root.as_os_str().is_empty());
        let named = Some(unpacked.unwrap_or(path));
        let input = gathered.open(sources, named, |sources| Ok(findings.keep(package::open(sources, named)?)))?;
        opened.extend(input.map(|input| (input, path.as_path())));
    }
    // Who stands neither beside an extension nor above one is not looked into for an ID.
    let extends = |(input, _): &&(Input, &Path)| sources.get(input.descriptor).text().contains("extends");
    let folder = |path: &Path| path.parent().unwrap_or(Path::new("")).to_owned();
    let concerned: HashSet<PathBuf> = opened
        .iter()
        .filter(extends)
        .flat_map(|(_, path)| folder(path).ancestors().map(Path::to_owned).collect::<Vec<_>>())
        .collect();
    let member = |(input, path): &(Input, &Path)| match concerned.contains(&folder(path)) {
        true => Member::of(sources, input.descriptor, &folder(path), disk::rank(path)),
        false => Member { id: None, extends: None, folder: folder(path), rank: 0 },
    };
    let members: Vec<Member> = opened.iter().map(member).collect();
    for company in companies(&members) {
        let file = |at: usize| opened[at].0.descriptor;
        if let Some(why) = why_alone(&members, company.first).filter(|_| company.extensions.is_empty()) {
            gathered.alone.push((sources.get(file(company.first)).name().to_owned(), why));
        }
        let origin = opened[company.first].0.origin.clone();
        let input = Input { descriptor: file(company.first), origin };
        gathered.work.push(Work { input, extensions: company.extensions.into_iter().map(file).collect() });
    }
    Ok(())
}

/// Why an extension stands alone; `None` for a descriptor.
fn why_alone(members: &[Member], at: usize) -> Option<String> {
    let Member { extends, folder, .. } = &members[at];
    let parent = extends.as_deref()?;
    let named = |folder: &Path| {
        members.iter().filter(|member| member.folder == folder && member.id.as_deref() == Some(parent)).count()
    };
    Some(match folder.ancestors().map(named).find(|count| *count > 0).unwrap_or_default() {
        0 => format!("nothing in its folder or above has the ID `{parent}` that it extends"),
        1 => format!("what it extends, `{parent}`, leads to no descriptor"),
        many => format!("{many} files of one folder have the ID `{parent}` that it extends"),
    })
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
