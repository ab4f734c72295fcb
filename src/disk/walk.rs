//! Which descriptors and extensions a folder holds, its subfolders included.
//!
//! What ignore files name (`.gitignore`, `.ignore`, git's own) is passed over, and so are hidden files and `node_modules`: build
//! results and dependencies hold copies of descriptors that nobody maintains. A file is known by its name, or by keys that stand at
//! the beginning of its rows: the name of an extension is free. The command line and editors look through folders here, so that
//! both find the same.

use super::{DESCRIPTOR_NAMES, Opened, open};
use crate::config::FILE_NAME;
use crate::source::Sources;
use ignore::gitignore::Gitignore;
use ignore::{DirEntry, WalkBuilder};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What a walk came upon.
#[derive(Debug, Default)]
pub struct Walked {
    /// In the order of their paths.
    pub found: Vec<PathBuf>,
    /// How many files were no descriptors although their names end like those of YAML files.
    pub others: usize,
    /// Why some folders could not be looked into.
    pub trouble: Vec<String>,
}

/// What settings want to be passed over.
#[derive(Clone, Debug)]
pub enum Excluded {
    Nothing,
    /// In all folders.
    Everywhere(Gitignore),
    /// But not in folders with settings of their own, nor below them: those speak for themselves.
    UpToOthers(Gitignore),
}

/// Where looking ends.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Folders below the one that is looked through; 0: only what is in it.
    pub depth: Option<usize>,
    /// Files and folders that are looked at.
    pub entries: usize,
    pub found: usize,
}

impl Most {
    /// As much as there is.
    pub const ALL: Most = Most { depth: None, entries: usize::MAX, found: usize::MAX };
}

/// Looks through a folder. `is_one` says of a file with the ending of one, and another name than one, whether it is one:
/// [`is_like_one`], or what is remembered of it.
pub fn walk(folder: &Path, excluded: &Excluded, most: Most, mut is_one: impl FnMut(&Path) -> bool) -> Walked {
    let mut walked = Walked::default();
    let mut builder = WalkBuilder::new(folder);
    // A copy of a repository without `.git`, as pipelines have it, is no reason to look at more.
    builder.require_git(false).max_depth(most.depth.map(|depth| depth + 1)).sort_by_file_path(Path::cmp);
    builder.filter_entry(filter(folder, excluded.clone()));
    for entry in builder.build().take(most.entries) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.trouble.push(error.to_string());
                continue;
            }
        };
        let path = entry.path();
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || !has_ending(path) {
            continue;
        }
        if is_named(path) || is_one(path) {
            walked.found.push(path.strip_prefix(".").unwrap_or(path).to_owned());
            if walked.found.len() >= most.found {
                break;
            }
        } else {
            walked.others += 1;
        }
    }
    walked
}

/// Where nobody keeps descriptors that he works on, whatever ignore files say.
const NOBODYS: &str = "node_modules";

/// Whether an entry is looked at. What is in a folder that is passed over is not asked for.
fn filter(top: &Path, excluded: Excluded) -> impl Fn(&DirEntry) -> bool + Send + Sync + 'static {
    let top = top.to_owned();
    let others: Mutex<HashMap<PathBuf, bool>> = Mutex::default();
    move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder && entry.file_name() == NOBODYS {
            return false;
        }
        match &excluded {
            Excluded::Nothing => true,
            Excluded::Everywhere(patterns) => !is_excluded(patterns, entry.path(), is_folder),
            Excluded::UpToOthers(patterns) => {
                let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
                let is_theirs = entry.path().parent().is_some_and(|folder| has_settings(folder, &top, &mut others));
                is_theirs || !is_excluded(patterns, entry.path(), is_folder)
            }
        }
    }
}

/// Whether a folder below the top, or one between both, has settings of its own.
fn has_settings(folder: &Path, top: &Path, known: &mut HashMap<PathBuf, bool>) -> bool {
    if folder == top || !folder.starts_with(top) {
        return false;
    }
    if let Some(known) = known.get(folder) {
        return *known;
    }
    let above = folder.parent().is_some_and(|above| has_settings(above, top, known));
    let has = above || folder.join(FILE_NAME).is_file();
    known.insert(folder.to_owned(), has);
    has
}

fn is_excluded(exclude: &Gitignore, path: &Path, is_folder: bool) -> bool {
    // The matcher takes nothing from outside its folder.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.starts_with(exclude.path()) && exclude.matched(absolute, is_folder).is_ignore()
}

fn has_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["yaml", "yml", "mtaext", "mtad"].iter().any(|known| ending == *known))
}

fn is_named(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with(".mtaext") || ["mtad.yaml", "mta.yaml", "mtad.yml", "mta.yml"].contains(&&*name)
}

/// Whether the rows of a file begin with the keys that every descriptor and every extension has. What cannot be read is told by
/// whoever names it.
pub fn is_like_one(path: &Path) -> bool {
    let Ok(Opened::Text(bytes)) = open(&Sources::default(), path) else { return false };
    let has = |key: &[u8]| {
        memchr::memmem::find_iter(&bytes, key).any(|at| {
            let before = at.checked_sub(1).map_or(b'\n', |before| bytes[before]);
            let quoted = matches!(before, b'"' | b'\'');
            let row = if quoted { at.checked_sub(2).map_or(b'\n', |before| bytes[before]) } else { before };
            let behind = bytes.get(at + key.len()).copied().unwrap_or_default();
            matches!(row, b'\n' | b'\r' | b'{' | 0xbf) && matches!(behind, b':' | b'"' | b'\'' | b' ')
        })
    };
    has(b"_schema-version") && has(b"ID")
}

/// The rank of a file among those that could be the descriptor of its folder; the smallest is meant.
pub fn rank(path: &Path) -> usize {
    DESCRIPTOR_NAMES.iter().position(|name| path.ends_with(name)).unwrap_or(DESCRIPTOR_NAMES.len())
}
