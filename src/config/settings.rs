//! What the files come to: documents over each other, and the values that count.

use super::read::Document;
use super::table::{self, Key};
use crate::finding::{self, Code, Severity};
use crate::source::yaml::{Node, NodeKind};
use crate::source::{FileId, Span, Spanned};
use crate::tree::shape::scalar_text;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A document, and the folder that its paths are relative to: absolute, or nothing where there is none.
#[derive(Clone, Debug)]
pub struct Layer {
    pub document: Document,
    pub folder: PathBuf,
}

/// Documents, the strongest first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<Layer>,
}

impl Layers {
    /// Puts a document under all that are there.
    pub fn under(&mut self, document: Document, folder: impl Into<PathBuf>) {
        self.layers.push(Layer { document, folder: folder.into() });
    }

    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.layers.iter().map(|layer| layer.document.file)
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = &Node> {
        self.layers.iter().map(|layer| &layer.document.root)
    }

    /// The value at a path of keys, from the strongest document that has one.
    pub(super) fn get(&self, path: &[&str]) -> Option<(&Node, &Layer)> {
        self.layers.iter().find_map(|layer| Some((node_at(&layer.document.root, path)?, layer)))
    }

    /// The entries of a table: each from the strongest document that has it, in the order of their keys.
    pub(super) fn entries(&self, path: &[&str]) -> BTreeMap<&str, (Span, &Node)> {
        let mut entries = BTreeMap::new();
        for root in self.roots() {
            let Some(NodeKind::Map(pairs)) = node_at(root, path).map(|node| &node.kind) else { continue };
            for pair in pairs.iter() {
                entries.entry(&*pair.key.value).or_insert((pair.key.span, &pair.value));
            }
        }
        entries
    }

    /// What the files say about remembering operations, or else what is built in.
    pub fn operations(&self) -> Operations {
        let number = |key: &Key| {
            let written = self.get(&["operations", key.name]).and_then(|(node, _)| scalar_text(node).parse().ok());
            written.or_else(|| key.default.parse().ok()).unwrap_or(u64::MAX)
        };
        let [keep_days, keep, keep_revisions] =
            ["keep-days", "keep", "keep-revisions"].map(|name| table::OPERATIONS.key(name).map_or(u64::MAX, number));
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Operations { keep_days, keep: count(keep), keep_revisions: count(keep_revisions) }
    }

    /// The targets that have a name here, each with the place of the name.
    pub fn targets(&self) -> BTreeMap<&str, (Span, &Node)> {
        self.entries(&["targets"])
    }
}

fn node_at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| match &node.kind {
        NodeKind::Map(pairs) => pairs.iter().find(|pair| &*pair.key.value == *key).map(|pair| &pair.value),
        NodeKind::Scalar(_) | NodeKind::List(_) => None,
    })
}

/// How long operations are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    pub keep_days: u64,
    /// Of each application.
    pub keep: usize,
    pub keep_revisions: usize,
}

/// What a project wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Off,
    Shown(Severity),
}

impl Level {
    pub fn of_word(word: &str) -> Option<Level> {
        match word {
            "off" => Some(Level::Off),
            "info" => Some(Level::Shown(Severity::Info)),
            "warning" => Some(Level::Shown(Severity::Warning)),
            "error" => Some(Level::Shown(Severity::Error)),
            _ => None,
        }
    }
}

/// From which severity on a finding makes a command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    pub fn of_word(word: &str) -> Option<FailOn> {
        match word {
            "error" => Some(FailOn::Error),
            "warning" => Some(FailOn::Warning),
            "info" => Some(FailOn::Info),
            "never" => Some(FailOn::Never),
            _ => None,
        }
    }

    pub fn fails(self, severity: Severity) -> bool {
        self != FailOn::Never && severity <= self.mildest()
    }

    /// The mildest severity that counts as a failure, in reports that must call something one.
    pub fn mildest(self) -> Severity {
        match self {
            FailOn::Error | FailOn::Never => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
        }
    }
}

/// Severities of rules, by the rule's code.
type Levels = BTreeMap<&'static str, Level>;

/// Severities for some files.
#[derive(Clone, Debug)]
pub struct PerPath {
    paths: Gitignore,
    levels: Levels,
}

/// What the files say about findings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub fail_on: Option<FailOn>,
    /// Rules that no comment can allow.
    pub locked: Vec<&'static Code>,
    /// Relative to where the process is, or absolute.
    pub baseline: Option<Spanned<PathBuf>>,
    /// What is passed over when folders are walked.
    pub exclude: Option<Spanned<Gitignore>>,
    pub lsp_extensions: Vec<Spanned<PathBuf>>,
    levels: Levels,
    per_path: Vec<PerPath>,
}

impl Settings {
    pub fn of(layers: &Layers) -> Settings {
        let word = |path: &[&str]| layers.get(path).map(|(node, _)| scalar_text(node));
        let locked = layers.get(&["lint", "locked"]).map(|(node, _)| items(node)).unwrap_or_default();
        let per_path = layers.get(&["lint", "per-path"]);
        let exclude = layers.get(&["lint", "exclude"]);
        let extensions = layers.get(&["lsp", "extensions"]);
        Settings {
            fail_on: word(&["lint", "fail-on"]).and_then(|word| FailOn::of_word(&word)),
            locked: locked.iter().filter_map(|item| finding::code(&scalar_text(item))).collect(),
            baseline: layers.get(&["lint", "baseline"]).map(|(node, layer)| path_in(layer, node)),
            exclude: exclude.and_then(|(node, layer)| Some(Spanned::new(patterns(node, &layer.folder)?, node.span))),
            lsp_extensions: extensions
                .map(|(node, layer)| items(node).iter().map(|item| path_in(layer, item)).collect())
                .unwrap_or_default(),
            levels: levels(layers.entries(&["lint", "severity"]).into_iter().map(|(key, (_, node))| (key, node))),
            per_path: per_path
                .map(|(node, layer)| items(node).iter().filter_map(|item| PerPath::of(item, &layer.folder)).collect())
                .unwrap_or_default(),
        }
    }

    /// What is wanted of a rule in a file; `None`: nothing special. `file` is absolute; a text without a place has none.
    pub fn level(&self, code: &Code, file: Option<&Path>) -> Option<Level> {
        let here = file.and_then(|file| {
            let entries = self.per_path.iter().rev().filter(|entry| entry.levels.contains_key(code.id));
            entries.filter(|entry| entry.is_about(file)).find_map(|entry| entry.levels.get(code.id))
        });
        here.or_else(|| self.levels.get(code.id)).copied()
    }

    /// Whether something with this absolute path is passed over when folders are walked: itself, or a folder that it is in.
    pub fn excludes(&self, path: &Path, kind: Kind) -> bool {
        self.exclude.as_ref().is_some_and(|exclude| is_among(&exclude.value, path, kind))
    }

    /// Whether anything depends on where a file is.
    pub fn looks_at_paths(&self) -> bool {
        !self.per_path.is_empty()
    }
}

impl PerPath {
    fn of(entry: &Node, folder: &Path) -> Option<PerPath> {
        let NodeKind::Map(pairs) = &node_at(entry, &["severity"])?.kind else { return None };
        Some(PerPath {
            paths: patterns(node_at(entry, &["paths"])?, folder)?,
            levels: levels(pairs.iter().map(|pair| (&*pair.key.value, &pair.value))),
        })
    }

    fn is_about(&self, file: &Path) -> bool {
        is_among(&self.paths, file, Kind::File)
    }
}

/// What a path leads to: some patterns are for folders only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
}

fn is_among(paths: &Gitignore, path: &Path, kind: Kind) -> bool {
    // The matcher takes nothing from outside its folder.
    path.starts_with(paths.path()) && paths.matched_path_or_any_parents(path, kind == Kind::Folder).is_ignore()
}

fn levels<'n>(pairs: impl Iterator<Item = (&'n str, &'n Node)>) -> Levels {
    pairs.filter_map(|(key, node)| Some((finding::code(key)?.id, Level::of_word(&scalar_text(node))?))).collect()
}

fn items(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::List(items) => items,
        NodeKind::Scalar(_) | NodeKind::Map(_) => &[],
    }
}

fn path_in(layer: &Layer, node: &Node) -> Spanned<PathBuf> {
    Spanned::new(layer.folder.join(&*scalar_text(node)), node.span)
}

/// Patterns that cannot be understood were reported when the document was read.
fn patterns(node: &Node, folder: &Path) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    for item in items(node) {
        builder.add_line(None, &scalar_text(item)).ok()?;
    }
    builder.build().ok()
}
