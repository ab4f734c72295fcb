//! Which settings the files of a family have: as on the command line, those of the nearest `windlass.toml` from a file's own folder
//! upwards, over the user's; only that a text counts as the editor has it.

use super::position::Lines;
use crate::config::{self, Layers};
use crate::disk::{self, Excluded};
use crate::finding::Findings;
use crate::source::{FileId, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where settings are, as whoever starts the server says.
#[derive(Clone, Debug)]
pub struct Places {
    pub project: Place,
    /// The user's file, if there is one that counts.
    pub users: Option<PathBuf>,
}

/// Where a project's settings are.
#[derive(Clone, Debug)]
pub enum Place {
    /// Nearest to each file.
    Nearest,
    /// In one file for all (`--config`).
    Here(PathBuf),
    /// They do not count (`--no-config`).
    Nowhere,
}

impl Places {
    /// The file that counts for what is in a folder. `is_open`: whether the editor has a file that may not be on the disk yet.
    pub fn project(&self, folder: &Path, is_open: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let in_folder = |folder: &Path| {
            let path = folder.join(config::FILE_NAME);
            (is_open(&path) || path.is_file()).then_some(path)
        };
        match &self.project {
            Place::Nearest => disk::upwards(folder, in_folder),
            Place::Here(path) => Some(path.clone()),
            Place::Nowhere => None,
        }
    }

    /// What is passed over in a folder with these settings, and how far down.
    pub fn excluded(&self, settings: &config::Settings) -> Excluded {
        match (&settings.exclude, &self.project) {
            (None, _) => Excluded::Nothing,
            (Some(patterns), Place::Nearest) => Excluded::UpToOthers(patterns.value.clone()),
            (Some(patterns), Place::Here(_) | Place::Nowhere) => Excluded::Everywhere(patterns.value.clone()),
        }
    }
}

/// A file with settings, as it is now.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its path.
    pub name: Arc<str>,
    pub shown: String,
    pub text: Arc<str>,
}

/// What counts in a folder, strongest first.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    pub project: Option<Text>,
    pub users: Option<Text>,
}

impl Texts {
    pub fn all(&self) -> impl Iterator<Item = &Text> {
        self.project.iter().chain(&self.users)
    }

    /// What they come to, by themselves.
    pub fn read(&self) -> config::Settings {
        let mut sources = Sources::default();
        let mut layers = Layers::default();
        for text in self.all() {
            let file = sources.add(&*text.shown, Arc::clone(&text.text));
            layers.under(config::read(&sources, file).product, folder_of(&text.name));
        }
        config::Settings::of(&layers)
    }
}

fn folder_of(name: &str) -> PathBuf {
    Path::new(name).parent().map(Path::to_owned).unwrap_or_default()
}

/// A file with settings among the texts of a family.
pub struct Told {
    pub file: FileId,
    pub name: Arc<str>,
    pub lines: Lines,
    /// What is wrong with it.
    pub findings: Findings,
}

/// The settings of all members of a family.
#[derive(Default)]
pub struct Settings {
    pub told: Vec<Told>,
    known: Vec<config::Settings>,
    /// Of each member, which.
    members: Vec<usize>,
}

impl Settings {
    /// `texts`: what counts for each member, in their order. Each file becomes a text of the family once.
    pub fn of(texts: &[Texts], sources: &mut Sources, written: &mut Sources) -> Settings {
        let mut all = Settings::default();
        let mut documents: BTreeMap<Arc<str>, config::Document> = BTreeMap::new();
        let mut positions: BTreeMap<Vec<Arc<str>>, usize> = BTreeMap::new();
        for texts in texts {
            let names: Vec<Arc<str>> = texts.all().map(|text| Arc::clone(&text.name)).collect();
            let at = match positions.get(&names) {
                Some(at) => *at,
                None => {
                    let mut layers = Layers::default();
                    for text in texts.all() {
                        let document = documents
                            .entry(Arc::clone(&text.name))
                            .or_insert_with(|| take_in(&mut all.told, text, sources, written))
                            .clone();
                        layers.under(document, folder_of(&text.name));
                    }
                    all.known.push(config::Settings::of(&layers));
                    positions.insert(names, all.known.len() - 1);
                    all.known.len() - 1
                }
            };
            all.members.push(at);
        }
        all
    }

    /// Those of a member; of anything else, those of the first.
    pub fn of_member(&self, at: Option<usize>) -> Option<&config::Settings> {
        let at = at.and_then(|at| self.members.get(at)).copied().unwrap_or_default();
        self.known.get(at)
    }
}

fn take_in(told: &mut Vec<Told>, text: &Text, sources: &mut Sources, written: &mut Sources) -> config::Document {
    let file = sources.add(&*text.shown, Arc::clone(&text.text));
    written.add(&*text.shown, Arc::clone(&text.text));
    let read = config::read(sources, file);
    told.push(Told { file, name: Arc::clone(&text.name), lines: Lines::of(&text.text), findings: read.findings });
    read.product
}
