//! A set of files, wherever they are: in a folder of the disk, in an archive, in a zip inside an archive.
//!
//! Only their names and sizes are in memory. A folder may hold links; they are followed as long as they stay inside, because
//! a link to `/etc` would carry away what nobody meant to deploy.

use super::contents::{Contents, Entry};
use super::path::EntryPath;
use super::{limits, unpack};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in the order of their paths, which are relative and use `/`.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub list: Vec<OneFile>,
}

#[derive(Clone, Debug)]
pub struct OneFile {
    pub path: String,
    /// Bytes; 0 for a folder.
    pub size: u64,
    pub executable: bool,
    pub from: From,
}

#[derive(Clone, Debug)]
pub enum From {
    Disk(PathBuf),
    Packed(Arc<Zip>, Entry),
    /// A folder with nothing in it. Others need no mention.
    EmptyFolder,
}

/// An archive that many read at the same time, each at its own place.
#[derive(Debug)]
pub struct Zip {
    /// As messages call it.
    pub name: String,
    pub file: File,
}

/// Why a folder cannot be taken as it is.
#[derive(Debug)]
pub enum Trouble {
    Missing {
        path: PathBuf,
    },
    /// A link to something that does not exist.
    Dangling {
        path: PathBuf,
        to: PathBuf,
    },
    /// A link leads out of the folder, to `to`.
    Leaves {
        path: PathBuf,
        to: PathBuf,
    },
    /// Neither a file nor a folder.
    Special {
        path: PathBuf,
    },
    /// A name that is no UTF-8.
    Name {
        path: PathBuf,
    },
    TooMany,
    TooLarge,
    Unreadable {
        path: PathBuf,
        source: io::Error,
    },
}

impl OneFile {
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.from {
            From::Disk(path) => Box::new(File::open(path)?),
            From::Packed(zip, entry) => Box::new(unpack::unpack(Positioned::at_start(zip), entry)?),
            From::EmptyFolder => Box::new(io::empty()),
        })
    }
}

impl Files {
    /// The files below a folder of an archive.
    pub fn in_archive(zip: &Arc<Zip>, contents: &Contents, folder: Option<&EntryPath>) -> Files {
        let below = |entry: &Entry| match folder {
            None => Some(entry.path.bare().to_owned()),
            Some(folder) => entry.path.bare().strip_prefix(folder.bare())?.strip_prefix('/').map(str::to_owned),
        };
        let inside =
            contents.entries().iter().filter_map(|entry| Some((below(entry).filter(|path| !path.is_empty())?, entry)));
        let list = inside.map(|(path, entry)| OneFile {
            path,
            size: if entry.path.is_folder() { 0 } else { entry.size },
            executable: entry.executable,
            from: match entry.path.is_folder() {
                true => From::EmptyFolder,
                false => From::Packed(Arc::clone(zip), entry.clone()),
            },
        });
        Files { list: list.collect() }.sorted()
    }

    /// What stands at a path in `root`: a folder's files, or one file under its own name. Paths of troubles are those below
    /// `root`.
    pub fn on_disk(root: &Path, path: &EntryPath) -> Result<Files, Trouble> {
        Files::walk(root, path).map_err(|trouble| trouble.below(root))
    }

    fn walk(root: &Path, path: &EntryPath) -> Result<Files, Trouble> {
        let whole = root.join(path.bare());
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| Trouble::opening(path, source)
        };
        let root = if root == Path::new("") { Path::new(".") } else { root };
        let inside = root.canonicalize().map_err(unreadable(root))?;
        let mut walk = Walk { inside, list: Vec::new(), size: 0 };
        if whole.metadata().map_err(unreadable(&whole))?.is_dir() {
            walk.folder(&whole, "", &mut Vec::new())?;
        } else {
            let name = path.bare().rsplit('/').next().unwrap_or_default();
            walk.one(&whole, name, &mut Vec::new())?;
        }
        Ok(Files { list: walk.list }.sorted())
    }

    /// By path; a folder that something is in is left out.
    fn sorted(mut self) -> Files {
        self.list.sort_by(|a, b| a.path.cmp(&b.path));
        let mut list: Vec<OneFile> = Vec::with_capacity(self.list.len());
        for file in self.list {
            if let Some(before) = list.last()
                && matches!(before.from, From::EmptyFolder)
                && file.path.strip_prefix(&before.path).is_some_and(|rest| rest.starts_with('/'))
            {
                list.pop();
            }
            list.push(file);
        }
        Files { list }
    }

    pub fn size(&self) -> u64 {
        self.list.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }
}

impl Trouble {
    fn opening(path: PathBuf, source: io::Error) -> Trouble {
        match (source.kind(), path.read_link()) {
            (io::ErrorKind::NotFound, Ok(to)) => Trouble::Dangling { path, to },
            (io::ErrorKind::NotFound, Err(_)) => Trouble::Missing { path },
            _ => Trouble::Unreadable { path, source },
        }
    }

    fn below(mut self, root: &Path) -> Trouble {
        if let Trouble::Missing { path }
        | Trouble::Dangling { path, .. }
        | Trouble::Leaves { path, .. }
        | Trouble::Special { path }
        | Trouble::Name { path }
        | Trouble::Unreadable { path, .. } = &mut self
            && let Ok(below) = path.strip_prefix(root)
        {
            *path = below.to_owned();
        }
        self
    }
}

struct Walk {
    /// Everything must be in here.
    inside: PathBuf,
    list: Vec<OneFile>,
    size: u64,
}

impl Walk {
    /// `above`: the folders that are being walked, to notice a link that leads back into one of them.
    fn folder(&mut self, folder: &Path, path: &str, above: &mut Vec<PathBuf>) -> Result<(), Trouble> {
        let unreadable = |source| Trouble::Unreadable { path: folder.to_owned(), source };
        let real = self.checked(folder)?;
        if above.contains(&real) {
            return Err(Trouble::Leaves { path: folder.to_owned(), to: real });
        }
        above.push(real);
        let mut empty = true;
        for item in fs::read_dir(folder).map_err(unreadable)? {
            let item = item.map_err(unreadable)?;
            let Some(name) = item.file_name().to_str().map(str::to_owned) else {
                return Err(Trouble::Name { path: item.path() });
            };
            let below = if path.is_empty() { name } else { format!("{path}/{name}") };
            self.one(&item.path(), &below, above)?;
            empty = false;
        }
        above.pop();
        if empty && !path.is_empty() {
            self.push(OneFile { path: path.to_owned(), size: 0, executable: false, from: From::EmptyFolder })?;
        }
        Ok(())
    }

    fn one(&mut self, file: &Path, path: &str, above: &mut Vec<PathBuf>) -> Result<(), Trouble> {
        let real = self.checked(file)?;
        let about = real.metadata().map_err(|source| Trouble::Unreadable { path: file.to_owned(), source })?;
        if about.is_dir() {
            return self.folder(file, path, above);
        }
        if !about.is_file() {
            return Err(Trouble::Special { path: file.to_owned() });
        }
        let file = OneFile {
            path: path.to_owned(),
            size: about.len(),
            executable: executable(&about),
            from: From::Disk(real),
        };
        self.push(file)
    }

    fn push(&mut self, file: OneFile) -> Result<(), Trouble> {
        self.size = self.size.saturating_add(file.size);
        if self.size > limits::CONTENT {
            return Err(Trouble::TooLarge);
        }
        if self.list.len() >= limits::ENTRIES {
            return Err(Trouble::TooMany);
        }
        self.list.push(file);
        Ok(())
    }

    /// Where a path really leads.
    fn checked(&self, path: &Path) -> Result<PathBuf, Trouble> {
        let real = path.canonicalize().map_err(|source| Trouble::opening(path.to_owned(), source))?;
        match real.starts_with(&self.inside) {
            true => Ok(real),
            false => Err(Trouble::Leaves { path: path.to_owned(), to: real }),
        }
    }
}

#[cfg(unix)]
fn executable(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_about: &fs::Metadata) -> bool {
    false
}

/// Reads a file that others read, too, without moving their place in it.
pub struct Positioned {
    zip: Arc<Zip>,
    at: u64,
}

impl Positioned {
    pub fn at_start(zip: &Arc<Zip>) -> Positioned {
        Positioned { zip: Arc::clone(zip), at: 0 }
    }
}

impl Read for Positioned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&self.zip.file, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&self.zip.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Positioned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.zip.file.metadata()?.len().checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
