//! Where settings are: `windlass.toml` in the current folder or the nearest one above it, up to the top of the repository; below
//! that, `windlass/config.toml` in the user's configuration folder.

use crate::cli::Global;
use crate::cli::exit::{Exit, Failure};
use crate::config::{self, Document, FILE_NAME, Layers};
use crate::disk::{self, upwards};
use crate::finding::Findings;
use crate::source::Sources;
use std::path::{Path, PathBuf};

impl Global {
    /// Everything that files say of the folder where the command works, the project's over the user's. What is wrong in them is
    /// among the findings.
    pub fn layers(&self, sources: &mut Sources, findings: &mut Findings) -> Result<Layers, Failure> {
        let here = current_folder()?;
        let project = match &self.config {
            _ if self.no_config => None,
            Some(file) => Some(file.clone()),
            None => upwards(&here, project_in).map(|path| shown(&here, &path)),
        };
        let mut layers = Layers::default();
        for path in project.into_iter().chain(self.users_file()) {
            if let Some((document, folder)) = layer(&path, sources, findings)? {
                layers.under(document, folder);
            }
        }
        Ok(layers)
    }

    /// The user's file, if there is one that counts.
    pub fn users_file(&self) -> Option<PathBuf> {
        let path = users_folder()?.join("config.toml");
        (!self.no_config && path.is_file()).then_some(path)
    }
}

/// The project's file in exactly this folder.
pub fn project_in(folder: &Path) -> Option<PathBuf> {
    Some(folder.join(FILE_NAME)).filter(|path| path.is_file())
}

/// One file, and the folder that its paths are relative to. `None` for what is no text.
pub fn layer(
    path: &Path,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Option<(Document, PathBuf)>, Failure> {
    let Some(file) = findings.keep(disk::file(sources, path)?) else { return Ok(None) };
    let document = findings.keep(config::read(sources, file));
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(Some((document, absolute.parent().map(Path::to_owned).unwrap_or_default())))
}

pub fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Usage, "the current folder cannot be found").why(error.to_string()))
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
}
