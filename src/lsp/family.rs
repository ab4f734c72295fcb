//! A descriptor and all extensions of it that are at hand, read together: what every answer is made from.
//!
//! Which extensions a deployment will take nobody knows here. So each chain of extensions makes a set of its own beside the
//! descriptor alone; findings are those of all sets, values are shown as each set has them. What costs time is worked out
//! when it is first asked for, once.

use super::diagnostics::findings;
use super::index::{self, Index};
use super::mend::mended;
use super::outline::{self, Document, Owner, Part, Section, parts};
use super::position::Lines;
use super::settings::{Places, Settings, Texts, Told};
use crate::config;
use crate::disk::tidy;
use crate::finding::Finding;
use crate::package::Listings;
use crate::source::yaml::outline::Outline;
use crate::source::yaml::{self, Node};
use crate::source::{FileId, Sources, Span};
use crate::stage::{bind, fill, load, lookup, merge};
use crate::target::{Facts, Target};
use crate::tree::{Key, Origin, Value};
use std::cell::OnceCell;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// One file, as it is now.
#[derive(Clone, Debug)]
pub struct Member {
    /// What the server calls it: its path, or its address when it has none.
    pub name: Arc<str>,
    /// What people call it: the path from the folder that is worked in.
    pub shown: String,
    pub text: Arc<str>,
    pub is_extension: bool,
    /// The line that was typed in last.
    pub typed_in: Option<usize>,
    /// What says how things should be in it.
    pub settings: Texts,
}

/// What sets are resolved for.
pub struct Surroundings {
    pub target: Target,
    pub target_is_known: bool,
    pub facts: Facts,
    /// What the target was read from, by name: values of it point there.
    pub texts: Vec<(String, Arc<str>)>,
    /// Where the settings of files are.
    pub settings: Places,
    /// What is in the folders of modules.
    pub listings: Listings,
}

/// A descriptor with one chain of extensions, or an extension whose descriptor is not at hand.
pub struct Set {
    /// The descriptor first.
    pub files: Vec<FileId>,
    resolved: OnceCell<Option<Resolved>>,
}

/// What a set comes to, as far as it can be worked out in spite of mistakes.
pub struct Resolved {
    /// With the values of the target and of types underneath.
    pub merged: merge::Merged,
    pub bound: bind::Bound,
}

impl Resolved {
    pub fn value(&self, owner: &Owner, section: Section, key: &str) -> Option<&Value> {
        owner.map(&self.bound, section)?.get(key)
    }
}

pub struct Family {
    pub members: Vec<Member>,
    /// The texts with what is half typed blotted out; every place in them is the same in the texts themselves.
    pub sources: Sources,
    /// The texts as they are. Ids of files are the same.
    pub written: Sources,
    files: Vec<FileId>,
    trees: Vec<Option<Node>>,
    /// Whether `sources` differ from `written`.
    pub is_mended: bool,
    pub has_descriptor: bool,
    pub sets: Vec<Set>,
    surroundings: Arc<Surroundings>,
    settings: Settings,
    index: OnceCell<Index>,
    lines: Vec<Lines>,
    outlines: Vec<OnceCell<Option<Outline>>>,
    findings: OnceCell<Vec<Finding>>,
}

/// The key under which a value is put that is only wanted to be seen.
const PROBE: &str = "windlass.probe";

/// The tag and the flag that make a value secret.
const SENSITIVE: &str = "sensitive";

impl Family {
    /// `chains`: positions in `members`, the descriptor first.
    pub fn new(
        members: Vec<Member>,
        mut chains: Vec<Vec<usize>>,
        has_descriptor: bool,
        surroundings: Arc<Surroundings>,
    ) -> Family {
        let (mut sources, mut written) = (Sources::default(), Sources::default());
        let mut is_mended = false;
        let mut files = Vec::new();
        for (name, text) in &surroundings.texts {
            sources.add(&**name, Arc::clone(text));
            written.add(&**name, Arc::clone(text));
        }
        for member in &members {
            let mended = mended(&member.text, member.typed_in);
            is_mended |= mended.is_some();
            let usable = mended.map_or_else(|| Arc::clone(&member.text), Arc::from);
            files.push(sources.add(&*member.shown, usable));
            written.add(&*member.shown, Arc::clone(&member.text));
        }
        let texts: Vec<Texts> = members.iter().map(|member| member.settings.clone()).collect();
        let settings = Settings::of(&texts, &mut sources, &mut written);
        if let Some(of_head) = settings.of_member(None) {
            chosen_first(&mut chains, &members, of_head);
        }
        let trees = files.iter().map(|file| yaml::read(&sources, *file).product).collect();
        let sets = chains.iter().map(|chain| Set {
            files: chain.iter().filter_map(|at| files.get(*at).copied()).collect(),
            resolved: OnceCell::new(),
        });
        let sets = sets.collect();
        let lines = members.iter().map(|member| Lines::of(&member.text)).collect();
        let outlines = members.iter().map(|_| OnceCell::new()).collect();
        Family {
            members,
            sources,
            written,
            files,
            trees,
            is_mended,
            has_descriptor,
            sets,
            surroundings,
            settings,
            index: OnceCell::new(),
            lines,
            outlines,
            findings: OnceCell::new(),
        }
    }

    /// The same files as they would be with some edits, which must not lie over each other.
    pub fn edited(&self, edits: &[(Span, String)]) -> Family {
        let mut members = self.members.clone();
        let mut edits: Vec<&(Span, String)> = edits.iter().collect();
        edits.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, content) in edits {
            let member = self.files.iter().position(|file| *file == at.file).and_then(|one| members.get_mut(one));
            let Some(member) = member.filter(|member| member.text.get(at.range()).is_some()) else { continue };
            let mut text = member.text.to_string();
            text.replace_range(at.range(), content);
            member.text = text.into();
        }
        let position = |file: &FileId| self.files.iter().position(|one| one == file);
        let chains = self.sets.iter().map(|set| set.files.iter().filter_map(position).collect()).collect();
        Family::new(members, chains, self.has_descriptor, Arc::clone(&self.surroundings))
    }

    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    pub fn file(&self, name: &str) -> Option<FileId> {
        let at = self.members.iter().position(|member| &*member.name == name)?;
        self.files.get(at).copied()
    }

    pub fn member(&self, file: FileId) -> Option<&Member> {
        let at = self.files.iter().position(|one| *one == file)?;
        self.members.get(at)
    }

    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.files.iter().copied()
    }

    /// The text as it is.
    pub fn text(&self, file: FileId) -> &str {
        self.written.get(file).text()
    }

    /// Where its lines begin. Every file of the family has them; of another, no text is known either.
    pub fn lines(&self, file: FileId) -> &Lines {
        static NONE: Lines = Lines::NONE;
        let at = self.files.iter().position(|one| *one == file);
        let of_settings = || self.settings.told.iter().find(|told| told.file == file).map(|told| &told.lines);
        at.and_then(|at| self.lines.get(at)).or_else(of_settings).unwrap_or(&NONE)
    }

    /// What counts for a file. For what is none of the family, such as a target, it is what counts for the descriptor.
    pub fn settings(&self, file: FileId) -> &config::Settings {
        static NOTHING: LazyLock<config::Settings> = LazyLock::new(config::Settings::default);
        let at = self.files.iter().position(|one| *one == file);
        self.settings.of_member(at).unwrap_or(&NOTHING)
    }

    /// The files with settings, and what is wrong with each.
    pub fn about_settings(&self) -> &[Told] {
        &self.settings.told
    }

    pub fn findings(&self) -> &[Finding] {
        self.findings.get_or_init(|| findings(self, &self.written))
    }

    pub fn tree(&self, file: FileId) -> Option<&Node> {
        let at = self.files.iter().position(|one| *one == file)?;
        self.trees.get(at)?.as_ref()
    }

    pub fn document(&self, file: FileId) -> Document {
        match self.member(file).is_some_and(|member| member.is_extension) {
            true => Document::Extension,
            false => Document::Descriptor,
        }
    }

    /// How a document stands in its text; `None` when it is no YAML.
    pub fn outline(&self, file: FileId) -> Option<&Outline> {
        let at = self.files.iter().position(|one| *one == file)?;
        self.outlines.get(at)?.get_or_init(|| Outline::read(self.text(file))).as_ref()
    }

    /// The elements of a document; none when nothing of it can be read.
    pub fn parts(&self, file: FileId) -> Vec<Part<'_>> {
        self.tree(file).map(parts).unwrap_or_default()
    }

    /// The same with those that aliases and merge keys bring.
    pub fn shared_parts(&self, file: FileId) -> Vec<Part<'_>> {
        self.tree(file).map(outline::shared_parts).unwrap_or_default()
    }

    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let outlines: Vec<_> = self.files.iter().map(|file| (*file, self.shared_parts(*file))).collect();
            let documents = outlines.iter().map(|(file, parts)| index::Document {
                file: *file,
                is_extension: self.document(*file) == Document::Extension,
                parts,
            });
            Index::of(&self.sources, &documents.collect::<Vec<_>>())
        })
    }

    /// The sets that a file is in.
    pub fn sets_of(&self, file: FileId) -> impl Iterator<Item = &Set> {
        self.sets.iter().filter(move |set| set.files.contains(&file))
    }

    /// What messages call a set: the extensions in it.
    pub fn title(&self, set: &Set) -> String {
        let names = set.files.iter().skip(1).map(|file| format!("`{}`", self.sources.get(*file).name()));
        let names: Vec<String> = names.collect();
        if names.is_empty() { "no extension".to_owned() } else { names.join(", ") }
    }

    /// What a set comes to. `None` when there is no descriptor in it, or nothing of it can be understood.
    pub fn resolved<'f>(&'f self, set: &'f Set) -> Option<&'f Resolved> {
        set.resolved.get_or_init(|| Some(self.resolve(self.parse(set)?))).as_ref()
    }

    /// What a text would come to if it stood in this map. The whole pipeline runs for it, so it is exactly what a deployment
    /// would make of it.
    pub fn probe(&self, set: &Set, owner: &Owner, section: Section, text: &str) -> Option<Value> {
        self.probe_all(set, owner, section, &[text.to_owned()])?.pop()?
    }

    /// The same for several texts at once, in their order; `None` for one that comes to nothing.
    pub fn probe_all(
        &self,
        set: &Set,
        owner: &Owner,
        section: Section,
        texts: &[String],
    ) -> Option<Vec<Option<Value>>> {
        let mut parsed = self.parse(set)?;
        let map = owner.map_mut(&mut parsed.descriptor, section)?;
        let probe = |at: usize| format!("{PROBE}.{at}");
        for (at, text) in texts.iter().enumerate() {
            map.insert(Key::from(&*probe(at)), Value::text(&**text, Origin::Nowhere));
        }
        let resolved = self.resolve(parsed);
        Some((0..texts.len()).map(|at| resolved.value(owner, section, &probe(at)).cloned()).collect())
    }

    fn parse(&self, set: &Set) -> Option<load::Parsed> {
        let (descriptor, extensions) = set.files.split_first()?;
        if !self.has_descriptor || self.may_hide_secrets() {
            return None;
        }
        load::load(&self.sources, *descriptor, extensions).product
    }

    /// Whether something may be secret without being known as such: what says so is half typed, was lost when the text was
    /// mended, or stands in an extension, where it has no effect. No value is shown then.
    fn may_hide_secrets(&self) -> bool {
        let marks = |text: &str| text.matches(SENSITIVE).count();
        self.members.iter().zip(&self.files).any(|(member, file)| {
            marks(&member.text) != marks(self.sources.get(*file).text())
                || half_marked(&member.text)
                || (member.is_extension && member.text.contains("-metadata"))
        })
    }

    /// Every stage in spite of what the one before it found: a value that could not be closed is null, and all others are
    /// as they will be.
    fn resolve(&self, parsed: load::Parsed) -> Resolved {
        let Surroundings { target, facts, .. } = &*self.surroundings;
        let merged = merge::merge(parsed, target).product;
        let filled = fill::fill(merged.clone(), target, facts, fill::Names::Corrected).product;
        let bound = bind::bind(lookup::unasked(&filled, target).product, target).product;
        Resolved { merged, bound }
    }
}

/// Whether a flag that makes a value secret says neither yes nor no: `sensitive: tru`.
fn half_marked(text: &str) -> bool {
    text.match_indices(SENSITIVE).any(|(at, word)| {
        // `case-sensitive:` is a word of its own.
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')) {
            return false;
        }
        let Some(said) = text.get(at + word.len()..).and_then(|rest| rest.strip_prefix(':')) else { return false };
        let said: &str = said.lines().next().unwrap_or_default();
        let word = said.trim_start().split(|c: char| !c.is_ascii_alphanumeric()).next();
        !(said.starts_with([' ', '\t']) && matches!(word, Some("true" | "false")))
    })
}

/// Puts the set in front that the project chooses (`[lsp] extensions`), if its extensions belong to the family.
fn chosen_first(chains: &mut Vec<Vec<usize>>, members: &[Member], settings: &config::Settings) {
    let chosen = settings.lsp_extensions.iter().map(|path| {
        let path = tidy(&path.value);
        members.iter().position(|member| member.is_extension && Path::new(&*member.name) == path)
    });
    let Some(chosen) = chosen.collect::<Option<Vec<usize>>>().filter(|chosen| !chosen.is_empty()) else { return };
    let mut sorted = chosen.clone();
    sorted.sort_unstable();
    chains.retain(|chain| {
        let mut extensions = chain.get(1..).unwrap_or_default().to_vec();
        extensions.sort_unstable();
        extensions != sorted
    });
    chains.insert(0, [&[0], chosen.as_slice()].concat());
}
