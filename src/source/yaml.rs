//! YAML text → node tree with a span on every key and value.
//!
//! The parser gives events; what they mean is decided here: aliases are shared, merge keys are expanded, standard tags
//! are applied, and what would be a surprise later (a key given twice, a second document) is a finding now. Nothing is
//! known here of descriptors. Scalars keep their text as written, because `version: 0.10` is not a number to everyone who
//! asks; [`scalar::resolve`] says what a plain scalar means.

mod anchors;
mod merge;
mod message;
pub mod outline;
mod place;
mod rows;
pub mod scalar;
mod tag;
mod tree;

pub use anchors::{Anchor, anchors};

use super::{FileId, Sources, Span, Spanned};
use crate::finding::{EMPTY_DESCRIPTOR, Finding, Findings, Staged, YAML_TOO_LARGE};
use std::sync::Arc;

/// A node of a YAML document, aliases and merge keys already expanded.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    /// From the first to behind the last character of the node's own text, without trailing blanks or comments; anchors
    /// and tags stand before it. An empty value has an empty span behind its key's colon or its dash. A node taken from
    /// elsewhere by an alias has the span of the alias; what is inside it has the spans at the anchor.
    pub span: Span,
    /// A local tag as written (`!sensitive`). Standard tags are applied by the reader and do not appear here.
    pub tag: Option<Box<Spanned<String>>>,
}

#[derive(Clone, Debug)]
pub enum NodeKind {
    Scalar(Scalar),
    List(Arc<Vec<Node>>),
    Map(Arc<Vec<Pair>>),
}

#[derive(Clone, Debug)]
pub struct Pair {
    pub key: Spanned<Arc<str>>,
    pub value: Node,
}

#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text after YAML's own escapes and folding.
    pub text: Arc<str>,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may mean a number, a boolean, nothing.
    Plain,
    /// Quoted or a block: always text.
    Quoted,
}

/// The tag of values that must be masked wherever they are shown: the only local tag that exists.
pub const SENSITIVE: &str = "!sensitive";

impl Node {
    /// The pairs of a map; none of anything else.
    pub fn pairs(&self) -> &[Pair] {
        match &self.kind {
            NodeKind::Map(pairs) => pairs,
            NodeKind::List(_) | NodeKind::Scalar(_) => &[],
        }
    }

    /// The pair of a key in a map; of one that is given twice, the first.
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().find(|pair| &*pair.key.value == key)
    }

    /// The value of a key in a map.
    pub fn value(&self, key: &str) -> Option<&Node> {
        self.pair(key).map(|pair| &pair.value)
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(items) => items,
            NodeKind::Map(_) | NodeKind::Scalar(_) => &[],
        }
    }

    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            NodeKind::Map(_) | NodeKind::List(_) => None,
        }
    }

    pub fn is_sensitive(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.value == SENSITIVE)
    }

    /// `a map`, `a list`, `a string` …, for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Map(_) => "a map",
            NodeKind::List(_) => "a list",
            NodeKind::Scalar(Scalar { style: Style::Quoted, .. }) => "a string",
            NodeKind::Scalar(Scalar { text, style: Style::Plain }) => scalar::resolve(text).kind_name(),
        }
    }
}

/// The largest file that is read at all.
pub const MAX_BYTES: usize = 64 << 20;

/// How deep lists and maps may stand in each other, aliases followed. Every later step may walk a tree by recursion
/// because of it, and a value that was stored as JSON can be read again: serde_json gives up at 128.
pub const MAX_DEPTH: usize = 100;

/// How many nodes aliases may add to those that are written. Nine lines of aliases to aliases say a thousand million.
pub const MAX_ALIASED: u64 = 1_000_000;

/// Reads one document. The product is `None` when there is no tree to work on: not YAML, no document, too large, or
/// with a hole where an alias names nothing.
pub fn read(sources: &Sources, file: FileId) -> Staged<Option<Node>> {
    let text = sources.get(file).text();
    let mut findings = Findings::default();
    if text.len() > MAX_BYTES {
        findings.push(too_large(file, text.len() as u64));
        return Staged::new(None, findings);
    }
    match tree::read(text, file) {
        // A text that is no YAML gets no further findings: they would be about what the author did not write.
        Err(stopped) => {
            findings.push(*stopped);
            Staged::new(None, findings)
        }
        Ok(read) => {
            findings.extend(read.findings);
            match &read.root {
                None => findings.push(empty(file, "The file holds nothing but blanks and comments.")),
                Some(root) if is_nothing(root) && read.documents == 1 && !read.broken => {
                    findings.push(empty(file, "The document is empty."));
                }
                Some(_) => {}
            }
            let usable = read.root.filter(|root| !read.broken && !is_nothing(root));
            Staged::new(usable, findings)
        }
    }
}

/// The finding for a file of more than [`MAX_BYTES`].
pub fn too_large(file: FileId, bytes: u64) -> Finding {
    let limit = MAX_BYTES >> 20;
    let message = format!("The file has {} MiB; windlass reads files of up to {limit} MiB.", bytes.div_ceil(1 << 20));
    Finding::new(&YAML_TOO_LARGE, Span::start_of(file), message)
        .help("Is this a descriptor? Large contents belong into files that the descriptor names.")
}

fn empty(file: FileId, message: &str) -> Finding {
    Finding::new(&EMPTY_DESCRIPTOR, Span::start_of(file), message).help(
        "A descriptor needs at least `_schema-version`, `ID` and `version`; an extension descriptor needs \
         `_schema-version`, `ID` and `extends`.",
    )
}

fn is_nothing(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) => scalar::resolve(text) == scalar::Plain::Null,
        _ => false,
    }
}
