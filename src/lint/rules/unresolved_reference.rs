//! `~{property}` outside of a requirement, where nobody can say whose property is meant, and `~{name/}`, which names none:
//! they stay as they are written.
//!
//! Parameters of the descriptor are left alone: a placeholder may carry what stands there into a requirement.

use super::super::whole::{Whole, sites};
use crate::finding::{Finding, Findings, UNRESOLVED_REFERENCE};
use crate::text::{Form, Hole, Piece, pieces};
use crate::tree::{Kind, Value};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    sites(whole.descriptor, &mut |site| {
        if site.is_of_descriptor() || site.is_of_requirement() {
            return;
        }
        for (key, value) in site.map.iter() {
            bare(value, &mut |text, hole| {
                let owner = hole.key.strip_suffix('/');
                let (why, help) = match owner {
                    Some(owner) => (format!("names no property of `{owner}`"), properties(whole, owner)),
                    None => (
                        "does not say whose property is meant".to_owned(),
                        format!(
                            "Write `~{{NAME/{}}}` with the name of what is required, or move it into that entry of `requires`.",
                            hole.key.trim_start_matches('/')
                        ),
                    ),
                };
                let message =
                    format!("`{}` in `{}` of {} {why}, and stays as it is.", hole.written, key.text, site.title);
                let Some(at) = text.span_of_part(&hole.range).or(key.span) else { return };
                let finding = Finding::new(&UNRESOLVED_REFERENCE, at, message).path(site.path_of(&key.text)).help(help);
                findings.push(finding.as_warning());
            });
        }
    });
}

/// What could stand behind `owner/`.
fn properties(whole: &Whole<'_>, owner: &str) -> String {
    let sets = whole.descriptor.modules.iter().flat_map(|module| &module.provides);
    let sets = sets.map(|set| (set.name.value.as_str(), &set.properties.map));
    let resources = whole.descriptor.resources.iter();
    let resources = resources.map(|resource| (resource.name.value.as_str(), &resource.properties.map));
    let found = sets.chain(resources).find(|(name, _)| *name == owner);
    let names: Vec<String> =
        found.iter().flat_map(|(_, map)| map.keys()).take(20).map(|name| format!("`~{{{owner}/{name}}}`")).collect();
    match &*names {
        [] => format!("Write `~{{{owner}/PROPERTY}}` with the name of a property."),
        [one] => format!("Write {one}."),
        [others @ .., last] => format!("Write {} or {last}.", others.join(", ")),
    }
}

/// Visits the references without an owner in a value, each with the text that holds it.
fn bare<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Value, &Hole<'v>)) {
    match &value.kind {
        Kind::Text(text) if text.contains("~{") => {
            for piece in pieces(text, Form::Short).unwrap_or_default() {
                match piece {
                    // With both, it is a reference like any other.
                    Piece::Hole(hole)
                        if hole.key.split_once('/').is_none_or(|(owner, key)| owner.is_empty() || key.is_empty()) =>
                    {
                        visit(value, &hole);
                    }
                    _ => {}
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| bare(item, visit)),
        Kind::Map(map) => map.iter().for_each(|(_, value)| bare(value, visit)),
        _ => {}
    }
}
