//! What stands at a place of a document.

use super::outline::{Kind, Part, Section, covers};
use crate::source::yaml::{Node, NodeKind, Pair};

/// A place in an element.
pub struct Spot<'p, 'n> {
    pub part: &'p Part<'n>,
    /// The keys on the way from the element to the place; none when the place is between them.
    pub keys: Vec<&'n Pair>,
    pub on: On<'n>,
}

#[derive(Clone, Copy)]
pub enum On<'n> {
    /// The last of the keys.
    Key,
    /// A value without keys of its own, below the last of the keys.
    Value(&'n Node),
    Nothing,
}

impl<'n> Spot<'_, 'n> {
    /// The section of values that the place is in, and the entry of it.
    pub fn entry(&self) -> Option<(Section, &'n Pair)> {
        let (first, entry) = (self.keys.first()?, self.keys.get(1)?);
        let section = Section::ALL.into_iter().find(|section| section.key() == &*first.key.value)?;
        Some((section, entry))
    }

    /// The same for the flags of an entry.
    pub fn metadata_entry(&self) -> Option<(Section, &'n Pair)> {
        let (first, entry) = (self.keys.first()?, self.keys.get(1)?);
        let section = Section::ALL.into_iter().find(|section| section.metadata_key() == &*first.key.value)?;
        Some((section, entry))
    }

    pub fn is_in(&self, kind: Kind, key: &str) -> bool {
        self.part.kind == kind && self.keys.len() == 1 && self.keys.first().is_some_and(|pair| &*pair.key.value == key)
    }
}

/// The innermost element that a place lies in, and what is there.
pub fn spot<'p, 'n>(parts: &'p [Part<'n>], offset: usize) -> Option<Spot<'p, 'n>> {
    let part = parts.iter().filter(|part| part.contains(offset)).min_by_key(|part| part.node.span.range().len())?;
    let mut keys = Vec::new();
    let on = descend(part.pairs, offset, &mut keys);
    Some(Spot { part, keys, on })
}

fn descend<'n>(pairs: &'n [Pair], offset: usize, keys: &mut Vec<&'n Pair>) -> On<'n> {
    for pair in pairs {
        if covers(pair.key.span, offset) {
            keys.push(pair);
            return On::Key;
        }
        if covers(pair.value.span, offset) {
            keys.push(pair);
            return into(&pair.value, offset, keys);
        }
    }
    On::Nothing
}

fn into<'n>(node: &'n Node, offset: usize, keys: &mut Vec<&'n Pair>) -> On<'n> {
    match &node.kind {
        NodeKind::Scalar(_) => On::Value(node),
        NodeKind::Map(_) => descend(node.pairs(), offset, keys),
        NodeKind::List(_) => match node.items().iter().find(|item| covers(item.span, offset)) {
            Some(item) => into(item, offset, keys),
            None => On::Nothing,
        },
    }
}
