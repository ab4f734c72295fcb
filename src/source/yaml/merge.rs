//! What a map holds in the end: keys given twice, and merge keys (`<<`).
//!
//! As SnakeYAML does it: merged entries stand where `<<` stands, a key written in the map itself wins over a merged one
//! wherever it stands, and of several merged maps the earlier one wins.

use super::{Node, NodeKind, Pair};
use crate::finding::{Change, Finding, Findings, Fix, SCHEMA_WRONG_TYPE, YAML_DUPLICATE_KEY};
use crate::source::Span;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The pairs of one map as written, and which of them are merge keys.
#[derive(Default)]
pub struct Written {
    pub pairs: Vec<Pair>,
    pub merges: Vec<usize>,
}

/// Returns the pairs that the map holds. `path` tells where the map stands, for messages; `holes` are the places of
/// values that were reported already.
pub fn settle(
    written: Written,
    path: impl Fn() -> String,
    holes: &HashSet<Span>,
    findings: &mut Findings,
) -> Vec<Pair> {
    let Written { mut pairs, merges } = written;
    if merges.is_empty() && !has_duplicates(&pairs) {
        pairs.shrink_to_fit();
        return pairs;
    }
    let mut settled = Settled::default();
    let mut merges = merges.into_iter().peekable();
    for (at, pair) in pairs.into_iter().enumerate() {
        if merges.next_if_eq(&at).is_none() {
            settled.set(pair, &path, findings);
            continue;
        }
        for map in merged(&pair.value, holes, findings) {
            for pair in map.iter() {
                settled.offer(pair);
            }
        }
    }
    settled.pairs
}

/// Keys of one file are shared, so equal keys are the same memory; a scan beats hashing in maps of usual size.
fn has_duplicates(pairs: &[Pair]) -> bool {
    if pairs.len() <= 16 {
        let same = |a: &Pair, b: &Pair| Arc::ptr_eq(&a.key.value, &b.key.value);
        return pairs.iter().enumerate().any(|(at, pair)| pairs[..at].iter().any(|before| same(before, pair)));
    }
    let mut seen = HashSet::with_capacity(pairs.len());
    !pairs.iter().all(|pair| seen.insert(&*pair.key.value))
}

#[derive(Default)]
struct Settled {
    pairs: Vec<Pair>,
    /// Where a key stands among the pairs, and where the map itself gives it first.
    places: HashMap<Arc<str>, (usize, By)>,
}

#[derive(Clone, Copy)]
enum By {
    Merge,
    Map { first: Span },
}

impl Settled {
    fn set(&mut self, pair: Pair, path: impl Fn() -> String, findings: &mut Findings) {
        let given = By::Map { first: pair.key.span };
        match self.places.entry(Arc::clone(&pair.key.value)) {
            Entry::Vacant(place) => {
                place.insert((self.pairs.len(), given));
                self.pairs.push(pair);
            }
            Entry::Occupied(mut place) => {
                let (at, by) = place.get_mut();
                match by {
                    By::Merge => *by = given,
                    By::Map { first } => {
                        findings.push(duplicate(&pair, *first).path(join(&path(), &pair.key.value)));
                    }
                }
                self.pairs[*at] = pair;
            }
        }
    }

    fn offer(&mut self, pair: &Pair) {
        if let Entry::Vacant(place) = self.places.entry(Arc::clone(&pair.key.value)) {
            place.insert((self.pairs.len(), By::Merge));
            self.pairs.push(pair.clone());
        }
    }
}

fn duplicate(pair: &Pair, first: Span) -> Finding {
    let message = format!("The key `{}` is given a second time in this map.", pair.key.value);
    Finding::new(&YAML_DUPLICATE_KEY, pair.key.span, message)
        .related(first, "first given here")
        .help("Only the last one would count. Delete one of the two, or put their contents together.")
        .fix(Fix::risky(format!("Delete the first `{}`", pair.key.value), [Change::delete(first)]))
}

/// The maps that a merge key names.
fn merged<'n>(value: &'n Node, holes: &HashSet<Span>, findings: &mut Findings) -> Vec<&'n [Pair]> {
    let nodes = match &value.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut maps = Vec::new();
    for node in nodes {
        match &node.kind {
            NodeKind::Map(pairs) => maps.push(pairs.as_slice()),
            _ if holes.contains(&node.span) => {}
            _ => findings.push(
                Finding::new(
                    &SCHEMA_WRONG_TYPE,
                    node.span,
                    format!("The merge key `<<` takes a map or a list of maps, but this is {}.", node.kind_name()),
                )
                .help("Name an anchor of a map (`<<: *defaults`), or put `<<` in quotes when it is an ordinary key."),
            ),
        }
    }
    maps
}

/// `path.key`, or `key` at the top.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
