//! One document as its author wrote it: the text, and the elements of the format in it, with every key and value in place.
//!
//! Rules about writing need what the typed descriptor no longer has: keys that are meant for other tools, values that the
//! reader has left out, and how a scalar was spelt.
//!
//! The editor has a view of its own (`lsp/outline.rs`), because it follows an element by its names from one document into others
//! and back from an alias, where rules ask for places (`modules[0]`) and count what is shared only where it stands. What both know of
//! a node they have from [`Node`].

use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style, scalar};
use crate::source::{FileId, Sources, Span, Text};

/// The kinds of elements, of descriptors and extensions alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Root,
    Module,
    Resource,
    Requires,
    Provides,
    Hook,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Root => "descriptor",
            Kind::Module => "module",
            Kind::Resource => "resource",
            Kind::Requires => "requirement",
            Kind::Provides => "provided set",
            Kind::Hook => "hook",
        }
    }
}

/// An element: a map of the format, not of values.
#[derive(Clone, Debug)]
pub struct Part<'n> {
    pub kind: Kind,
    pub node: &'n Node,
    pub pairs: &'n [Pair],
    /// The lists that lead to it, each with a position. Elements are at most three deep: `modules[0].hooks[1].requires[2]`.
    steps: [Option<(&'static str, usize)>; 3],
    /// The element around it, as a position in [`Page::parts`].
    pub owner: Option<usize>,
}

impl<'n> Part<'n> {
    pub fn pair(&self, key: &str) -> Option<&'n Pair> {
        self.node.pair(key)
    }

    pub fn value(&self, key: &str) -> Option<&'n Node> {
        self.node.value(key)
    }

    /// The pairs of a map such as `properties`; none when it is absent or no map.
    pub fn entries(&self, key: &str) -> &'n [Pair] {
        self.value(key).map_or(&[], Node::pairs)
    }

    /// What messages call the element: `module \`web\``.
    pub fn title(&self) -> String {
        match (self.kind, self.value("name").and_then(text)) {
            (Kind::Root, _) => "the descriptor".to_owned(),
            (kind, Some(name)) => format!("{} `{name}`", kind.word()),
            (kind, None) => format!("{} `{}`", kind.word(), self.path_of(&[])),
        }
    }

    /// `modules[0].parameters.memory`. Words are made for findings only.
    pub fn path_of(&self, keys: &[&str]) -> String {
        let steps = self.steps.iter().flatten().map(|(list, at)| format!("{list}[{at}]"));
        steps.chain(keys.iter().map(|key| (*key).to_owned())).collect::<Vec<_>>().join(".")
    }
}

/// A document that could be read as YAML and is a map.
pub struct Page<'n> {
    pub file: FileId,
    pub text: &'n Text,
    pub root: &'n Node,
    pub parts: Vec<Part<'n>>,
    pub is_extension: bool,
    /// Whether a path relative to the document leads to something.
    pub beside: &'n dyn Fn(&str) -> bool,
}

/// The lists of elements, by the kind of element that holds them.
const INSIDE: &[(Kind, &str, Kind)] = &[
    (Kind::Root, "modules", Kind::Module),
    (Kind::Root, "resources", Kind::Resource),
    (Kind::Module, "requires", Kind::Requires),
    (Kind::Module, "provides", Kind::Provides),
    (Kind::Module, "hooks", Kind::Hook),
    (Kind::Resource, "requires", Kind::Requires),
    (Kind::Hook, "requires", Kind::Requires),
];

impl<'n> Page<'n> {
    /// `None` when the document is no map.
    pub fn new(
        sources: &'n Sources,
        file: FileId,
        root: &'n Node,
        beside: &'n dyn Fn(&str) -> bool,
    ) -> Option<Page<'n>> {
        let NodeKind::Map(map) = &root.kind else { return None };
        let text = sources.get(file);
        let top = Part { kind: Kind::Root, node: root, pairs: map, steps: [None; 3], owner: None };
        // As reading decides it: by the promise of the name, else by content.
        let is_extension = text.name().ends_with(".mtaext") || top.pair("extends").is_some();
        let mut page = Page { file, text, root, parts: vec![top], is_extension, beside };
        page.inside(0);
        Some(page)
    }

    fn inside(&mut self, owner: usize) {
        let kind = self.parts[owner].kind;
        for (_, key, inner) in INSIDE.iter().filter(|(outer, ..)| *outer == kind) {
            let Some(NodeKind::List(items)) = self.parts[owner].value(key).map(|list| &list.kind) else { continue };
            for (at, node) in items.iter().enumerate() {
                let NodeKind::Map(map) = &node.kind else { continue };
                let mut steps = self.parts[owner].steps;
                if let Some(step) = steps.iter_mut().find(|step| step.is_none()) {
                    *step = Some((*key, at));
                }
                self.parts.push(Part { kind: *inner, node, pairs: map, steps, owner: Some(owner) });
                self.inside(self.parts.len() - 1);
            }
        }
    }

    /// Whether this is what a build tool reads: a descriptor called `mta.yaml`.
    pub fn is_development(&self) -> bool {
        let name = self.text.name();
        !self.is_extension && name.rsplit(['/', '\\']).next() == Some("mta.yaml")
    }

    /// Whether a build tool reads it, alone or as an extension of what it reads.
    pub fn may_be_built(&self) -> bool {
        self.is_extension || self.is_development()
    }

    pub fn root(&self) -> &Part<'n> {
        &self.parts[0]
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Part<'n>> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }

    /// The text under a span of this document.
    pub fn written(&self, span: Span) -> &'n str {
        self.text.text().get(span.range()).unwrap_or_default()
    }
}

/// The text of a scalar, quoted or not, whatever it means.
pub fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, .. }) => Some(text),
        _ => None,
    }
}

/// What a scalar without quotes means; `None` for everything else.
pub fn plain(node: &Node) -> Option<(&str, scalar::Plain)> {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) if node.tag.is_none() => {
            Some((text, scalar::resolve(text)))
        }
        _ => None,
    }
}

/// Whether there is nothing: `key:`, `key: null`.
pub fn is_null(node: &Node) -> bool {
    matches!(plain(node), Some((_, scalar::Plain::Null)))
}

/// Visits every scalar in a value, with the keys that lead to it.
pub fn scalars<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    match &node.kind {
        NodeKind::Scalar(_) => visit(node),
        NodeKind::List(items) => items.iter().for_each(|item| scalars(item, visit)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| scalars(&pair.value, visit)),
    }
}
