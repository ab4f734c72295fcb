//! Which descriptors and extensions a folder holds, its subfolders included.
//!
//! What ignore files name (`.gitignore`, `.ignore`, git's own) is passed over, and so are hidden files: build results and
//! dependencies hold copies of descriptors that nobody maintains. A file is known by its name, or by keys that stand at the
//! beginning of its rows: the name of an extension is free.

use super::{DESCRIPTOR_NAMES, Opened, open};
use crate::source::Sources;
use ignore::gitignore::Gitignore;
use ignore::{DirEntry, WalkBuilder};
use std::path::{Path, PathBuf};

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

/// Looks through a folder. `exclude` has patterns of paths to be passed over.
pub fn walk(folder: &Path, exclude: Option<&Gitignore>) -> Walked {
    let mut walked = Walked::default();
    let exclude = exclude.cloned();
    let goes_in = move |entry: &DirEntry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        !exclude.as_ref().is_some_and(|exclude| is_excluded(exclude, entry.path(), is_folder))
    };
    let mut builder = WalkBuilder::new(folder);
    // A copy of a repository without `.git`, as pipelines have it, is no reason to look at more.
    builder.require_git(false).filter_entry(goes_in).sort_by_file_path(Path::cmp);
    for entry in builder.build() {
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
        if is_named(path) || is_like_one(path) {
            walked.found.push(path.strip_prefix(".").unwrap_or(path).to_owned());
        } else {
            walked.others += 1;
        }
    }
    walked
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
fn is_like_one(path: &Path) -> bool {
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
