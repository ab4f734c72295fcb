//! The content of one module: what it is known by, and how it travels into a container.
//!
//! Content is known by a digest over its paths, modes and bytes, so that unchanged content leaves a container alone wherever
//! it comes from: a folder and the archive packed from it have the same. It travels as a tar stream that is made while it is
//! sent; a gigabyte of content takes some kilobytes of memory. What is sent is digested again, and must still be what was
//! planned.

use super::files::{Files, From, OneFile};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// Content that has been read once, from the first to the last byte.
#[derive(Clone, Debug)]
pub struct Content {
    /// Sixty-four hexadecimal digits.
    pub digest: String,
    pub files: Files,
    /// One per file.
    digests: Vec<[u8; 32]>,
}

/// A file that could not be read.
#[derive(Debug)]
pub struct Unread {
    pub path: String,
    pub from: From,
    pub error: io::Error,
}

impl Content {
    /// Reads everything.
    pub fn of(files: Files) -> Result<Content, Unread> {
        let mut whole = Sha256::new();
        let mut digests = Vec::with_capacity(files.list.len());
        for file in &files.list {
            let digest = read(file, &mut io::sink()).map_err(|error| Unread {
                path: file.path.clone(),
                from: file.from.clone(),
                error,
            })?;
            let kind: &[u8] = match (&file.from, file.executable) {
                (From::EmptyFolder, _) => b"folder",
                (_, true) => b"program",
                (_, false) => b"file",
            };
            whole.update(kind);
            // With its length in front, so that no path runs into what follows.
            whole.update(format!(" {}:{} {}\n", file.path.len(), file.path, file.size).as_bytes());
            whole.update(digest);
            digests.push(digest);
        }
        Ok(Content { digest: hexadecimal(&whole.finalize()), files, digests })
    }

    /// Writes the files as a tar archive, each below `folder`, an absolute path.
    pub fn pour(&self, folder: &str, into: impl Write) -> io::Result<()> {
        let folder = folder.trim_matches('/');
        let mut tar = tar::Builder::new(into);
        for (file, planned) in self.files.list.iter().zip(&self.digests) {
            let path = if folder.is_empty() { file.path.clone() } else { format!("{folder}/{}", file.path) };
            let mut header = tar::Header::new_gnu();
            header.set_mtime(TIME);
            header.set_size(file.size);
            if let From::EmptyFolder = file.from {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(0o755);
                tar.append_data(&mut header, format!("{path}/"), io::empty())?;
                continue;
            }
            header.set_mode(if file.executable { 0o755 } else { 0o644 });
            // At most as long as announced; what is shorter is found by the digest, which the rest of the stream waits for.
            let mut digested = Digested { from: file.open()?.take(file.size), digest: Sha256::new() };
            tar.append_data(&mut header, path, &mut digested)?;
            if digested.digest.finalize().as_slice() != planned {
                let what = format!("`{}` has changed since the plan was made", file.path);
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
        tar.finish()
    }
}

/// A tar archive with nothing but a folder: it brings the folders above into being, and leaves those that are there alone.
pub fn empty_folder(folder: &str) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_mode(0o755);
    header.set_mtime(TIME);
    header.set_size(0);
    tar.append_data(&mut header, format!("{}/", folder.trim_matches('/')), io::empty())?;
    tar.into_inner()
}

/// 1 January 1980: the same for all files, so that the same content is the same stream.
const TIME: u64 = 315_532_800;

/// Reads a file to its end and returns its digest. It must be as long as it was said to be.
fn read(file: &OneFile, into: &mut impl Write) -> io::Result<[u8; 32]> {
    let mut digested = Digested { from: file.open()?, digest: Sha256::new() };
    if io::copy(&mut digested, into)? != file.size {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it changes while it is read"));
    }
    Ok(digested.digest.finalize().into())
}

/// Digests what passes.
struct Digested<R> {
    from: R,
    digest: Sha256,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.digest.update(&buffer[..read]);
        Ok(read)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::path::EntryPath;
    use super::*;
    use std::fs;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in [("site/index.html", "hello"), ("site/a/b/long.txt", "deep"), ("other/index.html", "hello")]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            #[expect(clippy::disallowed_methods, reason = "the test writes what it reads")]
            fs::write(path, text).expect("a file");
        }
        fs::create_dir(folder.path().join("site/logs")).expect("a folder");
        folder
    }

    fn content(folder: &tempfile::TempDir, path: &str) -> Content {
        let path = EntryPath::parse(path).expect("a good path");
        Content::of(Files::on_disk(folder.path(), &path).expect("it is there")).expect("it can be read")
    }

    #[test]
    fn content_travels_as_files_below_the_folder() {
        let folder = folder();
        let content = content(&folder, "site");
        let mut bytes = Vec::new();
        content.pour("/srv/www/", &mut bytes).expect("memory has room");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let entries = archive.entries().expect("it is a tar archive").map(|entry| {
            let mut entry = entry.expect("it is whole");
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("it is text");
            let mode = entry.header().mode().expect("it has one");
            format!("{} {mode:o} {text}", entry.path().expect("it has one").display())
        });
        let expected = ["srv/www/a/b/long.txt 644 deep", "srv/www/index.html 644 hello", "srv/www/logs/ 755 "];
        assert_eq!(entries.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_digest_covers_names_bytes_and_modes() {
        let folder = folder();
        let before = content(&folder, "site").digest;
        assert_eq!(before, content(&folder, "site").digest);
        // One file under its own name is what a folder with only that file is.
        assert_eq!(content(&folder, "other").digest, content(&folder, "other/index.html").digest);
        fs::rename(folder.path().join("site/index.html"), folder.path().join("site/home.html")).expect("a file");
        let renamed = content(&folder, "site").digest;
        assert_ne!(before, renamed);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join("site/home.html");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file");
            assert_ne!(renamed, content(&folder, "site").digest);
        }
    }
}
