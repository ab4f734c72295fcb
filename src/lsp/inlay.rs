//! The values that texts with holes come to, shown at the end of them; and which extension overrides a value.

use super::family::Family;
use super::index::{Entity, Role, holes};
use super::markdown::{cut, plain};
use super::outline::{Document, Owner, Section, scalars};
use crate::source::FileId;
use crate::source::yaml::{Node, NodeKind, Pair};
use crate::tree::{Kind, Value};
use std::collections::BTreeMap;
use std::ops::Range;

pub struct Hint {
    /// Behind which it stands.
    pub at: usize,
    pub text: String,
    /// The whole of what is cut short, and where values come from.
    pub more: String,
}

/// A file with more than this many hints gets none: they would be noise.
pub const MOST: usize = 200;

/// In characters.
const LONGEST: usize = 40;

/// Of how many elements that share a text, and differ in it, a hint tells.
const MOST_OWNERS: usize = 12;

/// The hints of a range of a document.
pub fn hints(family: &Family, file: FileId, range: Range<usize>) -> Vec<Hint> {
    let mut told: BTreeMap<(usize, Topic), Vec<Told>> = BTreeMap::new();
    for part in family.shared_parts(file) {
        for section in Section::ALL {
            for pair in part.entries(section.key()).iter().filter(|pair| pair.value.span.file == file) {
                let mut texts: Vec<(Vec<Step<'_>>, &Node)> = Vec::new();
                with_holes(family, &part.owner, &pair.value, &mut Vec::new(), &mut texts);
                if !texts.is_empty() {
                    let value = family
                        .sets_of(file)
                        .find_map(|set| family.resolved(set)?.value(&part.owner, section, &pair.key.value));
                    for (way, node) in texts {
                        let hint = value.and_then(|value| Some(whole(&walked(value, &way)?)));
                        let told = told.entry((node.span.end as usize, Topic::Value)).or_default();
                        told.push(Told { owner: part.owner.clone(), hint });
                    }
                }
                let hint = overridden(family, file, &part.owner, section, pair);
                let told = told.entry((pair.key.span.end as usize, Topic::Overridden)).or_default();
                told.push(Told { owner: part.owner.clone(), hint });
            }
        }
    }
    let hints = told.into_iter().filter_map(|((at, topic), told)| agreed(at, topic, &told));
    let hints: Vec<Hint> = hints.take(MOST + 1).collect();
    if hints.len() > MOST {
        return Vec::new();
    }
    hints.into_iter().filter(|hint| range.start <= hint.at && hint.at <= range.end).collect()
}

/// What a hint is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Overridden,
    Value,
}

/// What one element makes of a place.
struct Told {
    owner: Owner,
    /// In short, and in full.
    hint: Option<(String, String)>,
}

/// One hint for what all elements that share a place have to say there. Where they say different things, the hint is that they
/// do.
fn agreed(at: usize, topic: Topic, told: &[Told]) -> Option<Hint> {
    let first = told.first()?;
    if told.iter().all(|one| one.hint == first.hint) {
        let (text, more) = first.hint.clone()?;
        return Some(Hint { at, text, more });
    }
    let text = match topic {
        Topic::Value => "= …",
        Topic::Overridden => "overridden …",
    };
    let line = |one: &Told| {
        let more = one.hint.as_ref().map_or("-", |(_, more)| more);
        format!("{}: {more}", one.owner.words())
    };
    let lines: Vec<String> = told.iter().take(MOST_OWNERS).map(line).collect();
    Some(Hint { at, text: text.to_owned(), more: lines.join("\n") })
}

/// The way into a value.
#[derive(Clone, Copy)]
enum Step<'n> {
    Key(&'n str),
    At(usize),
}

/// Texts on one row that have holes, each with the way to it.
fn with_holes<'n>(
    family: &Family,
    owner: &Owner,
    node: &'n Node,
    way: &mut Vec<Step<'n>>,
    found: &mut Vec<(Vec<Step<'n>>, &'n Node)>,
) {
    let written_here = |inner: &Node| node.span.start <= inner.span.start && inner.span.end <= node.span.end;
    match &node.kind {
        NodeKind::Scalar(_) => {
            let on_one_row = !family.sources.slice(node.span).contains(['\n', '\r']);
            if on_one_row && !holes(&family.sources, node, owner).is_empty() {
                found.push((way.clone(), node));
            }
        }
        NodeKind::List(items) => {
            for (at, item) in items.iter().enumerate().filter(|(_, item)| written_here(item)) {
                way.push(Step::At(at));
                with_holes(family, owner, item, way, found);
                way.pop();
            }
        }
        NodeKind::Map(pairs) => {
            for pair in pairs.iter().filter(|pair| written_here(&pair.value)) {
                way.push(Step::Key(&pair.key.value));
                with_holes(family, owner, &pair.value, way, found);
                way.pop();
            }
        }
    }
}

/// The part of a value that a way leads to. What is secret on the way makes a secret of it.
fn walked(value: &Value, way: &[Step<'_>]) -> Option<Value> {
    let mut value = value.clone();
    for step in way {
        let secrecy = value.secrecy;
        let inner = match (&value.kind, step) {
            (Kind::Map(map), Step::Key(key)) => map.get(key)?.clone(),
            (Kind::List(items), Step::At(at)) => items.get(*at)?.clone(),
            _ => return None,
        };
        value = inner.secret(secrecy);
    }
    (!value.is_null()).then_some(value)
}

fn whole(value: &Value) -> (String, String) {
    let whole = plain(value);
    (format!("= {}", cut(&whole, LONGEST)), whole)
}

/// In a descriptor, that an extension says otherwise.
fn overridden(family: &Family, file: FileId, owner: &Owner, section: Section, pair: &Pair) -> Option<(String, String)> {
    if family.document(file) != Document::Descriptor || family.members.len() < 2 {
        return None;
    }
    let entity = Entity::Key(owner.clone(), section, pair.key.value.clone());
    let changes = family.index().of_entity(&entity).filter(|one| one.role == Role::Change);
    let names: Vec<&str> = changes.map(|one| family.sources.get(one.at.file).name()).collect();
    let first = names.first()?;
    let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    Some((format!("overridden by {first}{more}"), names.join("\n")))
}

/// Every text of a document that may have holes, with the element that it is in.
pub fn texts(family: &Family, file: FileId, visit: &mut dyn FnMut(&Node, &Owner)) {
    for part in family.parts(file) {
        for section in Section::ALL {
            for pair in part.entries(section.key()).iter().filter(|pair| pair.value.span.file == file) {
                scalars(&pair.value, &mut |node| visit(node, &part.owner));
            }
        }
    }
}
