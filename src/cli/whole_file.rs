//! Files that are there as a whole or not at all.

use super::exit::{Exit, Failure, said};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Result, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a text beside the file first and then puts it in its place; through a link into what it leads to. What is no
/// file (`/dev/stderr`, a pipe) is written to.
pub fn write(path: &Path, text: &str) -> std::result::Result<(), Failure> {
    put(path, text.as_bytes()).map_err(|error| {
        Failure::new(Exit::Usage, format!("the file `{}` cannot be written", path.display()))
            .why(said(&error))
            .next("name a file in a folder that exists and may be written")
    })
}

fn put(path: &Path, text: &[u8]) -> Result<()> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    if path.exists() && !path.is_file() {
        return OpenOptions::new().write(true).open(path)?.write_all(text);
    }
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut file = beside(folder)?;
    file.write_all(text)?;
    file.persist(path).map(|_: File| ()).map_err(|kept| kept.error)
}

/// A file of no lasting name, with the permissions that a new file gets.
pub fn beside(folder: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".windlass-");
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test reads what was written")]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        for text in ["a longer text", "short"] {
            write(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("missing/out.json"), "").is_err());
        assert!(write(folder.path(), "").is_err(), "a folder is no file");
        write(Path::new("/dev/null"), "gone").unwrap();
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test reads what was written")]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        write(&real, "one").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, "two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "two");
    }
}
