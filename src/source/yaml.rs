//! YAML text → node tree with a span on every key and value.

use super::{FileId, Sources, Span, Spanned};
use crate::finding::Staged;
use std::sync::Arc;

/// A node of a YAML document, aliases and merge keys already expanded.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    /// From the first to behind the last character of the node's own text, without trailing blanks or comments. An empty
    /// value has an empty span behind its key's colon.
    pub span: Span,
    /// A local tag as written (`!sensitive`). Standard tags are applied by the reader and do not appear here.
    pub tag: Option<Spanned<String>>,
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

/// Reads one document. The product is `None` when there is no tree to work on (not YAML, no document, too large).
pub fn read(_sources: &Sources, _file: FileId) -> Staged<Option<Node>> {
    unimplemented!()
}
