//! The values of one map after its check: taking them out cannot go wrong any more.

use crate::source::yaml::scalar::{Plain, resolve};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style};
use crate::source::{Span, Spanned};
use crate::tree::read::value;
use crate::tree::{Kind, Map, Secrecy};
use std::sync::Arc;

/// The sound values of one map.
pub struct Fields<'n> {
    pub span: Span,
    pub(super) pairs: Vec<(&'static str, &'n Pair)>,
    /// Known keys whose values are wrong.
    pub(super) refused: Vec<&'static str>,
    /// The text that stands where a map with this text as its name was expected.
    pub(super) name: Option<&'n Node>,
}

impl<'n> Fields<'n> {
    pub fn pair(&self, key: &str) -> Option<&'n Pair> {
        self.pairs.iter().find(|(name, _)| *name == key).map(|(_, pair)| *pair)
    }

    /// Whether the key is there, and was left out because of what was reported.
    pub fn is_refused(&self, key: &str) -> bool {
        self.refused.contains(&key)
    }

    pub fn node(&self, key: &str) -> Option<&'n Node> {
        self.pair(key).map(|pair| &pair.value).or(self.name.filter(|_| key == "name"))
    }

    pub fn text(&self, key: &str) -> Option<Spanned<String>> {
        self.node(key).map(|node| Spanned::new(scalar_text(node).to_string(), node.span))
    }

    /// Whether a tag makes a value secret.
    pub fn secrecy(&self, key: &str) -> Secrecy {
        match self.node(key).is_some_and(Node::is_sensitive) {
            true => Secrecy::Secret,
            false => Secrecy::Open,
        }
    }

    /// The name of an element; empty when it has none, which was reported.
    pub fn own_name<T>(&self, make: impl Fn(Arc<str>) -> T) -> Spanned<T> {
        self.name("name", &make).unwrap_or_else(|| Spanned::new(make("".into()), self.span.start_point()))
    }

    /// A text as one of the name types. [`Expects::Name`](super::Expects::Name) has checked it.
    pub fn name<T>(&self, key: &str, make: impl FnOnce(Arc<str>) -> T) -> Option<Spanned<T>> {
        self.node(key).map(|node| Spanned::new(make(scalar_text(node)), node.span))
    }

    pub fn boolean(&self, key: &str) -> Option<bool> {
        self.node(key).and_then(|node| value(node).as_bool())
    }

    /// The texts of a list; entries that are none were reported.
    pub fn texts(&self, key: &str) -> Option<Vec<Spanned<Arc<str>>>> {
        let NodeKind::List(items) = &self.node(key)?.kind else { return None };
        Some(items.iter().filter(|item| is_text(item)).map(|item| Spanned::new(scalar_text(item), item.span)).collect())
    }

    /// A map with free keys, as a value.
    pub fn map(&self, key: &str) -> Map {
        match self.node(key).map(|node| value(node).kind) {
            Some(Kind::Map(map)) => map,
            _ => Map::default(),
        }
    }
}

pub fn is_text(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(Scalar { style: Style::Quoted, .. }) => true,
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) => matches!(resolve(text), Plain::Text),
        NodeKind::List(_) | NodeKind::Map(_) => false,
    }
}

pub fn is_null(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(Scalar { text, style: Style::Plain }) if matches!(resolve(text), Plain::Null))
}

/// The text of a scalar as written, whatever it means; empty for a list or a map.
pub fn scalar_text(node: &Node) -> Arc<str> {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar.text.clone(),
        NodeKind::List(_) | NodeKind::Map(_) => "".into(),
    }
}
