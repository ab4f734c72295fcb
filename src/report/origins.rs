//! Why a variable has its value: where it was written, what its holes were closed with, what it won over.
//!
//! Values share what they were built from, so that a few lines can have more origins than anybody could write down, let
//! alone read: of each variable only so many are told, and how many are not.

use crate::source::Sources;
use crate::stage::environment::Variable;
use crate::tree::{Built, Kind, Origin, Part, Value};
use serde_json::Map;

/// Closed holes told of one variable.
const MOST_PARTS: usize = 1_000;

/// A line for where it was written, then, deeper, one for each hole that was closed and what it was closed with; last, what
/// it won over.
pub fn reasons(variable: &Variable, sources: &Sources) -> Vec<String> {
    let origin = &variable.value.origin;
    let mut told = Lines { sources, lines: vec![format!("from {}", place(origin, sources))], left: MOST_PARTS };
    told.parts(origin, 1);
    told.inside(&variable.value, "", &place(origin, sources));
    told.lines.extend(variable.overrode.iter().map(|over| format!("over {}", place(over, sources))));
    told.lines
}

/// `from` and `overrode`: `{"place": "mtad.yaml:22", "parts": [{"hole": "${host}", "from": {…}}]}` and a list of such. Where
/// too many parts would have to be told, `parts_left_out` is their number.
pub fn origins_json(variable: &Variable, sources: &Sources) -> Map<String, serde_json::Value> {
    let mut left = MOST_PARTS;
    let from = origin_json(&variable.value.origin, sources, &mut left);
    let overrode = variable.overrode.iter().map(|over| origin_json(over, sources, &mut left)).collect();
    [("from".to_owned(), from), ("overrode".to_owned(), overrode)].into_iter().collect()
}

struct Lines<'a> {
    sources: &'a Sources,
    lines: Vec<String>,
    left: usize,
}

impl Lines<'_> {
    fn parts(&mut self, origin: &Origin, depth: usize) {
        let parts = closed(origin);
        let indent = "  ".repeat(depth);
        for (at, part) in parts.iter().enumerate() {
            if self.left == 0 {
                let more = weight(&parts[at..]);
                self.lines.push(format!("{indent}and {more} more"));
                return;
            }
            self.left -= 1;
            self.lines.push(format!("{indent}{} = {}", part.hole, place(&part.from, self.sources)));
            self.parts(&part.from, depth + 1);
        }
    }

    /// What a list or a map was put together from, where that is another line than its own: `[0].url = mtad.yaml:9`.
    fn inside(&mut self, value: &Value, path: &str, around: &str) {
        let items: Vec<(String, &Value)> = match &value.kind {
            Kind::List(items) => items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect(),
            Kind::Map(map) if path.is_empty() => map.iter().map(|(key, item)| (key.text.to_string(), item)).collect(),
            Kind::Map(map) => map.iter().map(|(key, item)| (format!("{path}.{}", key.text), item)).collect(),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) | Kind::Text(_) => Vec::new(),
        };
        for (path, item) in items {
            let at = place(&item.origin, self.sources);
            let structure = matches!(item.kind, Kind::List(_) | Kind::Map(_));
            if !structure && at != around {
                self.lines.push(format!("  {path} = {at}"));
                self.parts(&item.origin, 2);
            }
            self.inside(item, &path, if structure { &at } else { around });
        }
    }
}

fn origin_json(origin: &Origin, sources: &Sources, left: &mut usize) -> serde_json::Value {
    let mut value = Map::from_iter([("place".to_owned(), place(origin, sources).into())]);
    let parts = closed(origin);
    let mut told = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if *left == 0 {
            value.insert("parts_left_out".to_owned(), weight(&parts[at..]).into());
            break;
        }
        *left -= 1;
        let from = origin_json(&part.from, sources, left);
        let part = [("hole".to_owned(), part.hole.clone().into()), ("from".to_owned(), from)];
        told.push(serde_json::Value::Object(Map::from_iter(part)));
    }
    if !told.is_empty() {
        value.insert("parts".to_owned(), told.into());
    }
    value.into()
}

/// The holes that were closed for a value; none of one that was simply written.
fn closed(mut origin: &Origin) -> &[Part] {
    while let Origin::Built(built) = origin {
        match &**built {
            Built::Computed { parts, .. } => return parts,
            Built::Overwrote { now, .. } => origin = now,
            Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => break,
        }
    }
    &[]
}

/// How many holes these are, with all that were closed for them.
fn weight(parts: &[Part]) -> usize {
    parts.iter().fold(0, |sum, part| sum.saturating_add(1).saturating_add(part.from.parts()))
}

/// `mtad.yaml:22`, or in words where there is no line.
fn place(origin: &Origin, sources: &Sources) -> String {
    match origin {
        Origin::Written(span) => sources.line_of(*span),
        Origin::Broken(Some(at), _) => sources.line_of(*at),
        Origin::Broken(None, _) | Origin::Nowhere => "windlass".to_owned(),
        Origin::Built(built) => match &**built {
            Built::Computed { at: Some(at), .. } => sources.line_of(*at),
            Built::Computed { at: None, .. } => "computed".to_owned(),
            Built::Overwrote { now, before } => {
                format!("{}, over {}", place(now, sources), place(before, sources))
            }
            Built::System { name, owner } => format!("system parameter `{name}` of {owner}"),
            Built::Supplied { by } => by.clone(),
            Built::Registry { provider_id, provider_version } => {
                format!("configuration entry {provider_id} {provider_version}").trim_end().to_owned()
            }
        },
    }
}
