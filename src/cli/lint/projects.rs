//! The settings of every file of a run: those of the nearest `windlass.toml` from the file's own folder upwards, over the user's.
//! So a file is judged alike wherever the command is started, and as in an editor; `--config` names one file for all.
//!
//! Each file with settings is read once, however many folders it counts for.

use crate::cli::Global;
use crate::cli::config::find::{current_folder, layer, project_in, shown};
use crate::cli::exit::Failure;
use crate::config::{Document, Layers, Settings};
use crate::disk::{Excluded, tidy, upwards};
use crate::finding::Findings;
use crate::source::{FileId, Sources};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

pub struct Projects<'g> {
    global: &'g Global,
    /// Where the process is.
    pub here: PathBuf,
    users: Option<(Document, PathBuf)>,
    /// The file that counts for a folder.
    nearest: HashMap<PathBuf, Option<PathBuf>>,
    /// What was read, each with its file; those of the current folder first.
    known: Vec<(Option<PathBuf>, Settings)>,
    of_file: BTreeMap<FileId, usize>,
}

impl<'g> Projects<'g> {
    /// Reads the settings of the current folder, which count for whatever is in no file, and the user's.
    pub fn new(global: &'g Global, sources: &mut Sources, findings: &mut Findings) -> Result<Projects<'g>, Failure> {
        let here = current_folder()?;
        let mut projects = Projects {
            global,
            here: here.clone(),
            users: None,
            nearest: HashMap::new(),
            known: Vec::new(),
            of_file: BTreeMap::new(),
        };
        let project = projects.nearest(&here);
        let project = project.as_deref().map(|path| layer(path, sources, findings)).transpose()?.flatten();
        let users = global.users_file();
        projects.users = users.as_deref().map(|path| layer(path, sources, findings)).transpose()?.flatten();
        let path = projects.nearest(&here);
        projects.know(path, project);
        Ok(projects)
    }

    /// What counts for files of a folder.
    pub fn of_folder(
        &mut self,
        folder: &Path,
        sources: &mut Sources,
        findings: &mut Findings,
    ) -> Result<&Settings, Failure> {
        let at = self.position(folder, sources, findings)?;
        Ok(&self.known[at].1)
    }

    /// Remembers what counts for files that were read.
    pub fn learn(&mut self, files: &[FileId], sources: &mut Sources, findings: &mut Findings) -> Result<(), Failure> {
        for file in files {
            if let Some(path) = place(sources, *file, &self.here) {
                let at = self.position(path.parent().unwrap_or(Path::new("/")), sources, findings)?;
                self.of_file.insert(*file, at);
            }
        }
        Ok(())
    }

    /// What counts for a text. For one that was not checked, such as settings, it is what counts here.
    pub fn of(&self, file: FileId) -> &Settings {
        let at = self.of_file.get(&file).copied().unwrap_or_default();
        &self.known[at].1
    }

    /// All that there are, in the order in which files asked for them.
    pub fn all(&self) -> impl Iterator<Item = &Settings> {
        self.known.iter().map(|(_, settings)| settings)
    }

    /// What is passed over in a folder, and how far down.
    pub fn excluded(&self, settings: &Settings) -> Excluded {
        match &settings.exclude {
            None => Excluded::Nothing,
            Some(patterns) if self.global.config.is_some() => Excluded::Everywhere(patterns.value.clone()),
            Some(patterns) => Excluded::UpToOthers(patterns.value.clone()),
        }
    }

    fn position(&mut self, folder: &Path, sources: &mut Sources, findings: &mut Findings) -> Result<usize, Failure> {
        let path = self.nearest(folder);
        if let Some(at) = self.known.iter().position(|(known, _)| *known == path) {
            return Ok(at);
        }
        let project = path.as_deref().map(|path| layer(path, sources, findings)).transpose()?.flatten();
        Ok(self.know(path, project))
    }

    fn know(&mut self, path: Option<PathBuf>, project: Option<(Document, PathBuf)>) -> usize {
        let mut layers = Layers::default();
        for (document, folder) in project.into_iter().chain(self.users.clone()) {
            layers.under(document, folder);
        }
        self.known.push((path, Settings::of(&layers)));
        self.known.len() - 1
    }

    /// The file that counts for a folder, as people know it. Folders that were asked about before are not looked at again.
    fn nearest(&mut self, folder: &Path) -> Option<PathBuf> {
        if self.global.no_config {
            return None;
        }
        if let Some(file) = &self.global.config {
            return Some(file.clone());
        }
        let known = |folder: &Path| match self.nearest.get(folder) {
            Some(known) => Some(known.clone()),
            None => project_in(folder).map(|path| Some(shown(&self.here, &path))),
        };
        let found = upwards(folder, known).flatten();
        self.nearest.insert(folder.to_owned(), found.clone());
        found
    }
}

/// The absolute path of the file that a text is from: of an archive's descriptor, the archive.
pub fn place(sources: &Sources, file: FileId, here: &Path) -> Option<PathBuf> {
    let name = sources.get(file).name();
    let path = name.split('!').next().unwrap_or(name);
    (path != "-" && !path.starts_with('<')).then(|| tidy(&here.join(path)))
}
