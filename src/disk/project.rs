//! Where a project keeps something: in the folder at hand or the nearest one above it, up to the top of the repository.
//!
//! Editors and the command line ask here, so that a file has the same settings in both.

use std::path::{Component, Path, PathBuf};

/// What is found in the nearest folder, beginning with `here`. The repository's top (the folder with `.git`) is looked at, and
/// nothing above it.
pub fn upwards<T>(here: &Path, mut find: impl FnMut(&Path) -> Option<T>) -> Option<T> {
    for folder in here.ancestors() {
        if let Some(found) = find(folder) {
            return Some(found);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// A path without `.` and `..`, as far as words alone tell: what is named in two ways is one thing.
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = tidy.pop(),
            other => tidy.push(other),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_counts_and_the_repository_is_the_limit() {
        let top = tempfile::tempdir().expect("a temporary folder");
        let make = |path: &str| {
            let path = top.path().join(path);
            std::fs::create_dir_all(&path).expect("a folder");
            path
        };
        let find = |here: &Path| upwards(here, |folder| Some(folder.join("x")).filter(|path| path.is_dir()));
        let deep = make("repository/shop/db");
        let outside = make("x");
        assert_eq!(find(&deep), Some(outside));
        make("repository/.git");
        assert_eq!(find(&deep), None);
        let own = make("repository/x");
        assert_eq!(find(&deep), Some(own));
    }
}
