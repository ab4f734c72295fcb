//! Which values an extension may set (reference 2.4).
//!
//! In schema 2 an extension fills gaps and changes nothing. In schema 3 it may set what it likes, unless the descriptor says
//! `overwritable: false`; then only a value that is empty and yet there (`""`, `[]`, `{}`) can be filled. Only keys directly
//! under `properties` and `parameters` are looked at, and always the descriptor as written: what another extension of the
//! chain has set does not count.

use super::aim::{Address, Change, Changes};
use crate::descriptor::{Descriptor, Metadata};
use crate::finding::{self, Finding, Findings};
use crate::source::Span;
use crate::tree::{Key, Kind, Place, Value};

/// Reports what must not be set, and returns the places of those keys.
pub fn check(descriptor: &Descriptor, changes: &Changes<'_>, findings: &mut Findings) -> Vec<Span> {
    let mut refused = Vec::new();
    for change in &changes.maps {
        for (key, value) in change.over.iter() {
            let held = change.base.get_key_value(&key.text);
            let flags = change.flags.and_then(|flags| flags.get(&*key.text));
            let allowed = match flags {
                _ if descriptor.schema.value.major < 3 => fills_a_gap(held.map(|(_, held)| held), value),
                Some(Metadata { overwritable: false, .. }) => fills_an_empty_value(held.map(|(_, held)| held), value),
                Some(_) | None => true,
            };
            if allowed {
                continue;
            }
            let refusal = refusal(descriptor, changes, change, key, held, flags);
            if matches!(change.at, Address::Hook(..)) {
                // The deploy service knows no flags of hooks, so it works here, with a word.
                findings
                    .push(refusal.as_warning().help("The MTA build tool refuses it; the deploy service lets it pass."));
                continue;
            }
            findings.push(refusal);
            refused.extend(key.span);
        }
    }
    refused
}

fn fills_a_gap(held: Option<&Value>, value: &Value) -> bool {
    held.is_none_or(|held| held.is_null() || is_empty(held) || held == value)
}

fn fills_an_empty_value(held: Option<&Value>, value: &Value) -> bool {
    value.is_null() || held.is_some_and(|held| is_empty(held) || held == value)
}

fn is_empty(value: &Value) -> bool {
    match &value.kind {
        Kind::Text(text) => text.is_empty(),
        Kind::List(items) => items.is_empty(),
        Kind::Map(map) => map.is_empty(),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => false,
    }
}

fn refusal(
    descriptor: &Descriptor,
    changes: &Changes<'_>,
    change: &Change<'_>,
    key: &Key,
    held: Option<(&Key, &Value)>,
    flags: Option<&Metadata>,
) -> Finding {
    let Change { section, owner, path, .. } = change;
    let extension = changes.extension;
    let at = key.span.unwrap_or(Span::start_of(extension.file));
    let mut finding = Finding::new(
        &finding::EXT_NOT_OVERWRITABLE,
        at,
        format!(
            "The extension `{}` sets the {section} `{}` of {owner}, which must not be changed.",
            extension.id.value, key.text
        ),
    )
    .path(Place::walked(path).key(&key.text).to_string());
    if let Some(span) = held.and_then(|(held, value)| held.span.or(value.span())) {
        finding = finding.related(span, "the value in the descriptor");
    }
    match flags.filter(|_| descriptor.schema.value.major >= 3) {
        None => finding.help(
            "In schema version 2, an extension can give values that the descriptor leaves empty, and not change others.",
        ),
        Some(flags) => {
            if let Some(span) = flags.span {
                finding = finding.related(span, "`overwritable: false` stands here");
            }
            finding.help("Take it out of the extension, or let the descriptor allow it: `overwritable: true`.")
        }
    }
}
