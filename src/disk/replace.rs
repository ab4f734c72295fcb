//! Puts another content into a file that was read before.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Why a file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotReplaced {
    #[error("its content has changed since it was read")]
    Changed,
    #[error("it is read-only")]
    ReadOnly,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A new content that only has to be put in its place. Several files can so be changed together: what keeps one from it
/// shows before any has been.
pub struct Replacement {
    path: PathBuf,
    file: NamedTempFile,
}

impl Replacement {
    /// Writes the new content beside the file, if that still is `before`. Through a link, what it leads to is replaced;
    /// permissions and, where the system lets it be, the owner stay.
    pub fn prepare(path: &Path, before: &str, after: &str) -> Result<Replacement, NotReplaced> {
        let path: PathBuf = path.canonicalize()?;
        let about = path.metadata()?;
        if about.permissions().readonly() {
            return Err(NotReplaced::ReadOnly);
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut file = tempfile::Builder::new().prefix(".windlass-").tempfile_in(folder)?;
        file.write_all(after.as_bytes())?;
        keep_owner(file.as_file(), &about);
        file.as_file().set_permissions(about.permissions())?;
        file.as_file().sync_all()?;
        // As late as can be: an editor may have saved it in the meantime.
        #[expect(clippy::disallowed_methods, reason = "`disk` reads files")]
        let now = std::fs::read(&path)?;
        if now != before.as_bytes() {
            return Err(NotReplaced::Changed);
        }
        Ok(Replacement { path, file })
    }

    pub fn put(self) -> Result<(), NotReplaced> {
        self.file.persist(&self.path).map_err(|kept| kept.error)?;
        Ok(())
    }
}

/// Only who may do everything can give a file to somebody else; for all others it is theirs already, or becomes so.
#[cfg(unix)]
fn keep_owner(file: &File, about: &std::fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(about.uid()), Some(about.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &std::fs::Metadata) {}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the tests read what was written")]
mod tests {
    use super::*;
    use std::fs;

    fn replace(path: &Path, before: &str, after: &str) -> Result<(), NotReplaced> {
        Replacement::prepare(path, before, after)?.put()
    }

    #[test]
    fn a_file_is_replaced_only_if_it_is_as_it_was_read() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("mtad.yaml");
        fs::write(&path, "one").expect("a file for the test");
        replace(&path, "one", "two").expect("it is as it was");
        assert!(matches!(replace(&path, "one", "three"), Err(NotReplaced::Changed)));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "two");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (path, link) = (folder.path().join("mtad.yaml"), folder.path().join("link.yaml"));
        fs::write(&path, "one").expect("a file for the test");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        std::os::unix::fs::symlink(&path, &link).expect("a link for the test");
        replace(&link, "one", "two").expect("it is as it was");
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "two");
        assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).expect("it is ours");
        assert!(matches!(replace(&path, "two", "three"), Err(NotReplaced::ReadOnly)));
    }
}
