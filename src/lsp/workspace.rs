//! The files at hand: those open in the editor, which count as the editor has them, and those of the folders it works in.

use super::address::{of_path, to_path};
use super::family::{self, Family, Surroundings};
use super::outline::{self, Owner, parts};
use super::peek::{Peek, is_ours, scalar};
use super::position::{Encoding, Lines};
use super::protocol::Change;
use super::publish::digest;
use super::settings::{Text, Texts};
use crate::config::{self, Kind};
use crate::disk::{self, Most};
use crate::lint::company::{self, Member, companies};
use crate::source::{Sources, yaml};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

/// How much of a folder is looked through, at most. It is looked through again whenever something may have changed.
const MOST: Most = Most { depth: None, entries: 20_000, found: 1_000 };

/// How many sets one family is looked at in.
const MOST_SETS: usize = 12;

/// How many families are remembered.
const MOST_FAMILIES: usize = 16;

/// A text that the editor has opened.
pub struct Open {
    /// As the editor spells it.
    pub uri: String,
    pub version: i32,
    text: Arc<str>,
    typed_in: Option<usize>,
}

/// When a file was last changed, and its length: what says that it must be read again.
type Stamp = Option<(SystemTime, u64)>;

/// A file of a folder.
struct OnDisk {
    stamp: Stamp,
    text: Arc<str>,
}

/// What is known of every file of ours.
struct Known {
    peek: Peek,
    /// Another one after every change.
    state: u64,
}

struct Remembered {
    /// The states of all members when it was made.
    states: Vec<(Arc<str>, u64)>,
    family: Rc<Family>,
}

pub struct Workspace {
    folders: Vec<PathBuf>,
    open: BTreeMap<Arc<str>, Open>,
    disk: BTreeMap<Arc<str>, OnDisk>,
    /// YAML files that are something else, so that they are read once and not whenever somebody looks.
    others: HashMap<PathBuf, Stamp>,
    known: BTreeMap<Arc<str>, Known>,
    states: u64,
    /// How often the disk was looked at.
    looks: u64,
    families: HashMap<Arc<str>, Remembered>,
    surroundings: Arc<Surroundings>,
}

impl Workspace {
    pub fn new(surroundings: Arc<Surroundings>) -> Workspace {
        Workspace {
            folders: Vec::new(),
            open: BTreeMap::new(),
            disk: BTreeMap::new(),
            others: HashMap::new(),
            known: BTreeMap::new(),
            states: 0,
            looks: 0,
            families: HashMap::new(),
            surroundings,
        }
    }

    /// What a file is called here: by its path, so that two spellings of one address are one file.
    pub fn name(uri: &str) -> Arc<str> {
        to_path(uri).map_or_else(|| uri.into(), |path| path.to_string_lossy().into())
    }

    /// The address of a file, in the editor's own spelling if it has one.
    pub fn uri(&self, name: &str) -> String {
        match self.open.get(name) {
            Some(open) => open.uri.clone(),
            None if Path::new(name).is_absolute() => of_path(Path::new(name)),
            None => name.to_owned(),
        }
    }

    pub fn version(&self, name: &str) -> Option<i32> {
        self.open.get(name).map(|open| open.version)
    }

    pub fn open_files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.open.keys()
    }

    /// All files of ours, open or in a folder.
    pub fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.known.keys()
    }

    pub fn change_folders(&mut self, added: &[String], removed: &[String]) {
        let removed: Vec<PathBuf> = removed.iter().filter_map(|uri| to_path(uri)).collect();
        self.folders.retain(|folder| !removed.contains(folder));
        for folder in added.iter().filter_map(|uri| to_path(uri)) {
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
        self.look();
    }

    pub fn opened(&mut self, uri: String, version: i32, text: String) {
        let name = Workspace::name(&uri);
        self.open.insert(Arc::clone(&name), Open { uri, version, text: text.into(), typed_in: None });
        self.touched(&name);
        self.look();
    }

    /// Changes of one text, one after the other. Returns false for a text that is not open.
    pub fn changed(&mut self, uri: &str, version: Option<i32>, changes: Vec<Change>, encoding: Encoding) -> bool {
        let name = Workspace::name(uri);
        let Some(open) = self.open.get_mut(&name) else { return false };
        let mut text = open.text.to_string();
        for change in changes {
            open.typed_in = match change.range {
                None => {
                    text = change.text;
                    None
                }
                Some(range) => {
                    let lines = Lines::of(&text);
                    let (start, end) =
                        (lines.offset(&text, range.start, encoding), lines.offset(&text, range.end, encoding));
                    text.replace_range(start.min(end)..end.max(start), &change.text);
                    Some(lines.line_of(start.min(end)) + change.text.matches('\n').count())
                }
            };
        }
        (open.version, open.text) = (version.unwrap_or(open.version), text.into());
        self.touched(&name);
        true
    }

    /// From now on the file counts as it is on the disk, if it is there.
    pub fn closed(&mut self, uri: &str) {
        let name = Workspace::name(uri);
        self.open.remove(&name);
        self.known.remove(&name);
        self.disk.remove(&name);
        self.families.remove(&name);
        self.look();
    }

    /// Something on the disk may have changed.
    pub fn look(&mut self) {
        self.looks += 1;
        self.surroundings.listings.forget();
        let mut found: HashSet<Arc<str>> = HashSet::new();
        for folder in self.folders.clone() {
            self.search(&folder, MOST, &mut found);
        }
        // Beside an open file stand its extensions, whether or not a folder is worked in.
        let beside: BTreeSet<PathBuf> =
            self.open.keys().filter_map(|name| Some(Path::new(&**name).parent()?.to_owned())).collect();
        for folder in beside.into_iter().filter(|folder| folder.is_absolute()) {
            self.search(&folder, Most { depth: Some(0), ..MOST }, &mut found);
        }
        let gone: Vec<_> = self.disk.keys().filter(|name| !found.contains(*name)).cloned().collect();
        for name in gone {
            self.forget(&name);
        }
        for name in found {
            self.read(&name);
        }
    }

    /// Finds what the command line finds in a folder. Where settings are nested, each folder has those nearest to it.
    fn search(&mut self, folder: &Path, most: Most, found: &mut HashSet<Arc<str>>) {
        let texts = self.settings(folder);
        let excluded = self.surroundings.settings.excluded(&texts.read());
        let (disk, others) = (&self.disk, &mut self.others);
        let walked = disk::walk(folder, &excluded, most, |path| {
            let stamp = stamp(path);
            if disk.get(&*path.to_string_lossy()).is_some_and(|known| known.stamp == stamp) {
                return true;
            }
            if others.get(path) == Some(&stamp) {
                return false;
            }
            let is_one = disk::is_like_one(path);
            match is_one {
                true => drop(others.remove(path)),
                false => drop(others.insert(path.to_owned(), stamp)),
            }
            is_one
        });
        // Each file with settings is read once, however many folders are below it.
        let mut read: HashMap<Option<PathBuf>, config::Settings> = HashMap::new();
        let mut last: Option<(PathBuf, Option<PathBuf>)> = None;
        for path in walked.found {
            let folder = path.parent().unwrap_or(folder);
            let project = match &last {
                Some((of, project)) if of == folder => project.clone(),
                _ => self.project(folder),
            };
            last = Some((folder.to_owned(), project.clone()));
            let settings = read.entry(project).or_insert_with(|| self.settings(folder).read());
            if !settings.excludes(&path, Kind::File) {
                found.insert(disk::tidy(&path).to_string_lossy().into());
            }
        }
    }

    fn forget(&mut self, name: &Arc<str>) {
        self.disk.remove(name);
        if !self.open.contains_key(name) {
            self.known.remove(name);
        }
    }

    /// Reads a file again if it has changed.
    fn read(&mut self, name: &Arc<str>) {
        if self.open.contains_key(name) {
            return;
        }
        let path = Path::new(&**name);
        let stamp = stamp(path);
        if stamp.is_none() {
            return self.forget(name);
        }
        if self.disk.get(name).is_some_and(|known| known.stamp == stamp) {
            return;
        }
        let mut sources = Sources::default();
        let text = match disk::file(&mut sources, path).map(|read| read.product) {
            Ok(Some(file)) => Arc::clone(sources.get(file).text()),
            // What cannot be read is not ours.
            Ok(None) | Err(_) => return self.forget(name),
        };
        self.disk.insert(Arc::clone(name), OnDisk { stamp, text });
        self.touched(name);
    }

    /// Notes that a file has another text now.
    fn touched(&mut self, name: &Arc<str>) {
        let Some(text) = self.text(name) else { return };
        let peek = Peek::of(&text);
        self.states += 1;
        if is_ours(name, &peek) {
            self.known.insert(Arc::clone(name), Known { peek, state: self.states });
        } else {
            self.known.remove(name);
        }
    }

    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        let open = self.open.get(name).map(|open| Arc::clone(&open.text));
        open.or_else(|| self.disk.get(name).map(|disk| Arc::clone(&disk.text)))
    }

    pub fn is_ours(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// The IDs of all files.
    pub fn ids(&self) -> Vec<String> {
        let ids: BTreeSet<&String> = self.known.values().filter_map(|known| known.peek.id.as_ref()).collect();
        ids.into_iter().cloned().collect()
    }

    /// Files beside a family whose configuration resources ask for a published name, in the words of messages.
    pub fn asking_for(&self, published: &str, but: &Family) -> Vec<String> {
        let others = self.known.keys().filter(|name| but.file(name).is_none());
        let asking = others.filter(|name| self.text(name).is_some_and(|text| asks_for(&text, published)));
        asking.map(|name| format!("`{}`", self.shown(name))).collect()
    }

    /// What the descriptors at hand publish, each with where: `(ID:SET, file)`.
    pub fn publishing(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, known) in self.known.iter().filter(|(name, known)| !is_extension(name, &known.peek)) {
            let (Some(id), Some(text)) = (&known.peek.id, self.text(name)) else { continue };
            let mut sources = Sources::default();
            let file = sources.add("", text);
            let tree = yaml::read(&sources, file).product;
            for part in tree.as_ref().map(parts).unwrap_or_default() {
                let is_public = part.value("public").and_then(outline::text).is_some_and(|public| &**public == "true");
                if let Owner::Provides(_, set) = &part.owner
                    && is_public
                {
                    found.push((format!("{id}:{set}"), format!("published by `{}`", self.shown(name))));
                }
            }
        }
        found
    }

    /// The family that a file belongs to, as it is now; `None` for what is not ours.
    pub fn family(&mut self, name: &Arc<str>) -> Option<Rc<Family>> {
        self.known.get(name)?;
        let mut company = self.company(name);
        for member in &company.files {
            self.read(member);
        }
        if company.files.iter().any(|member| !self.known.contains_key(member)) {
            self.known.get(name)?;
            company = self.company(name);
        }
        let Company { files, has_descriptor, chains } = company;
        let mut states: Vec<(Arc<str>, u64)> =
            files.iter().filter_map(|member| Some((Arc::clone(member), self.known.get(member)?.state))).collect();
        let members: Vec<family::Member> = files.iter().filter_map(|member| self.member(member)).collect();
        let settings = members.iter().flat_map(|member| member.settings.all());
        states.extend(settings.map(|text| (Arc::clone(&text.name), digest(&*text.text))));
        // What is beside the descriptor may be something else now.
        states.push(("".into(), self.looks));
        let head = Arc::clone(files.first()?);
        if let Some(known) = self.families.get(&head).filter(|known| known.states == states) {
            return Some(Rc::clone(&known.family));
        }
        let family = Rc::new(Family::new(members, chains, has_descriptor, Arc::clone(&self.surroundings)));
        if self.families.len() >= MOST_FAMILIES {
            self.families.clear();
        }
        self.families.insert(head, Remembered { states, family: Rc::clone(&family) });
        Some(family)
    }

    /// What counts for the files of a folder, as the texts are now.
    fn settings(&self, folder: &Path) -> Texts {
        let name = |path: &Path| -> Arc<str> { path.to_string_lossy().into() };
        let text = |path: PathBuf| {
            let name = name(&path);
            let open = self.open.get(&name).map(|open| Arc::clone(&open.text));
            let text = open.or_else(|| {
                let mut sources = Sources::default();
                let file = disk::file(&mut sources, &path).ok()?.product?;
                Some(Arc::clone(sources.get(file).text()))
            })?;
            Some(Text { shown: self.shown(&name), name, text })
        };
        let users = self.surroundings.settings.users.clone();
        Texts { project: self.project(folder).and_then(text), users: users.and_then(text) }
    }

    /// The project's file that counts for a folder.
    fn project(&self, folder: &Path) -> Option<PathBuf> {
        let is_open = |path: &Path| self.open.contains_key(&*path.to_string_lossy());
        self.surroundings.settings.project(folder, is_open)
    }

    fn member(&self, name: &Arc<str>) -> Option<family::Member> {
        let is_extension = is_extension(name, &self.known.get(name)?.peek);
        let typed_in = self.open.get(name).and_then(|open| open.typed_in);
        let folder = Path::new(&**name).parent().filter(|folder| folder.is_absolute());
        Some(family::Member {
            name: Arc::clone(name),
            shown: self.shown(name),
            text: self.text(name)?,
            is_extension,
            typed_in,
            settings: folder.map(|folder| self.settings(folder)).unwrap_or_default(),
        })
    }

    /// The path from the folder that the file is in.
    pub fn shown(&self, name: &str) -> String {
        let path = Path::new(name);
        let inner = self.folders.iter().filter_map(|folder| path.strip_prefix(folder).ok());
        let shortest = inner.min_by_key(|inner| inner.as_os_str().len());
        let shown = shortest.map(|inner| inner.to_string_lossy().into_owned()).filter(|shown| !shown.is_empty());
        shown.or_else(|| Some(path.file_name()?.to_string_lossy().into_owned())).unwrap_or_else(|| name.to_owned())
    }

    /// What belongs to a file, by the rule of the command line.
    fn company(&self, name: &Arc<str>) -> Company {
        let known: Vec<(&Arc<str>, &Known)> = self.known.iter().collect();
        let member = |(name, known): &(&Arc<str>, &Known)| {
            let path = Path::new(&***name);
            let Peek { id, extends, .. } = known.peek.clone();
            Member { id, extends, folder: path.parent().unwrap_or(Path::new("")).to_owned(), rank: disk::rank(path) }
        };
        let companies = companies(&known.iter().map(member).collect::<Vec<_>>());
        let own = known.iter().position(|(other, _)| *other == name);
        let is_in = |company: &&company::Company| own.is_some_and(|own| company.files().any(|file| file == own));
        let head = companies.iter().find(is_in).map(|company| company.first);
        let sets: Vec<&company::Company> = companies.iter().filter(|company| Some(company.first) == head).collect();
        let extensions: BTreeSet<usize> = sets.iter().flat_map(|set| set.extensions.iter().copied()).collect();
        let files: Vec<usize> = head.into_iter().chain(extensions).collect();
        let place = |file: usize| files.iter().position(|one| *one == file);
        let chains =
            sets.iter().filter(|set| !set.extensions.is_empty()).map(|set| set.files().filter_map(place).collect());
        let chains = [vec![0]].into_iter().chain(chains).take(MOST_SETS).collect();
        let is_descriptor = |(name, known): &(&Arc<str>, &Known)| !is_extension(name, &known.peek);
        Company {
            has_descriptor: head.is_some_and(|head| is_descriptor(&known[head])),
            files: files.into_iter().map(|file| Arc::clone(known[file].0)).collect(),
            chains,
        }
    }
}

/// A file with those that belong to it.
struct Company {
    /// The descriptor first, if there is one.
    files: Vec<Arc<str>>,
    has_descriptor: bool,
    /// The descriptor alone, then each chain of extensions to its end; as positions in `files`.
    chains: Vec<Vec<usize>>,
}

/// Whether a text has a row with this `provider-id`.
fn asks_for(text: &str, published: &str) -> bool {
    let values = text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("provider-id:"));
    values.into_iter().any(|value| scalar(value) == published)
}

fn is_extension(name: &str, peek: &Peek) -> bool {
    name.ends_with(".mtaext") || peek.extends.is_some()
}

fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).ok().and_then(|about| Some((about.modified().ok()?, about.len())))
}
