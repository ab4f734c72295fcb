//! Where settings are: `windlass.toml` in the current folder or the nearest one above it, up to the top of the repository; below
//! that, `windlass/config.toml` in the user's configuration folder.

use crate::cli::Global;
use crate::cli::exit::{Exit, Failure};
use crate::config::{self, FILE_NAME, Layers};
use crate::disk;
use crate::finding::Findings;
use crate::source::Sources;
use std::path::{Path, PathBuf};

impl Global {
    /// Everything that files say, the project's over the user's. What is wrong in them is among the findings.
    pub fn layers(&self, sources: &mut Sources, findings: &mut Findings) -> Result<Layers, Failure> {
        let mut layers = Layers::default();
        for path in self.config_files()? {
            let Some(file) = findings.keep(disk::file(sources, &path)?) else { continue };
            let document = findings.keep(config::read(sources, file));
            let folder = std::path::absolute(&path).unwrap_or(path).parent().map(Path::to_owned).unwrap_or_default();
            layers.under(document, folder);
        }
        Ok(layers)
    }

    /// The files, the strongest first.
    fn config_files(&self) -> Result<Vec<PathBuf>, Failure> {
        if self.no_config {
            return Ok(Vec::new());
        }
        let project = match &self.config {
            Some(file) => Some(file.clone()),
            None => {
                let here = current_folder()?;
                upwards(&here, |folder| Some(folder.join(FILE_NAME)).filter(|path| path.is_file()))
                    .map(|path| shown(&here, &path))
            }
        };
        let users = users_folder().map(|folder| folder.join("config.toml")).filter(|path| path.is_file());
        Ok(project.into_iter().chain(users).collect())
    }
}

pub fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Usage, "the current folder cannot be found").why(error.to_string()))
}

/// What is found in the nearest folder. The repository's top is looked at, and nothing above it.
pub fn upwards<T>(here: &Path, find: impl Fn(&Path) -> Option<T>) -> Option<T> {
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

/// A path as people know it: relative to where they are, when it is below.
pub fn shown(here: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// Where the user keeps settings of windlass.
#[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` and handed down")]
pub fn users_folder() -> Option<PathBuf> {
    // A relative path in an XDG variable is to be ignored, says its specification.
    let xdg = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let base = xdg.or_else(|| home().map(|home| home.join(".config")))?;
    Some(base.join("windlass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_from_where_one_is() {
        let here = Path::new("/srv/shop");
        assert_eq!(shown(here, Path::new("/srv/shop/.windlass/targets")), Path::new(".windlass/targets"));
        assert_eq!(shown(here, Path::new("/srv/.windlass/targets")), Path::new("/srv/.windlass/targets"));
    }

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
