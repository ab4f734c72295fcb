//! `~{property}` outside of a requirement, where nobody can say whose property is meant: it stays as it is written.
//!
//! Parameters of the descriptor are left alone: a placeholder may carry what stands there into a requirement.

use super::super::whole::{Whole, sites};
use crate::finding::{Finding, Findings, UNRESOLVED_REFERENCE};
use crate::text::{Form, Hole, Piece, pieces};
use crate::tree::{Kind, Value};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let elsewhere = |path: &str| !path.is_empty() && !path.contains("requires[");
    for site in sites(whole.descriptor).iter().filter(|site| elsewhere(&site.path)) {
        for (key, value) in site.map.iter() {
            bare(value, &mut |text, hole| {
                let message = format!(
                    "`{}` in `{}` of {} does not say whose property is meant, and stays as it is.",
                    hole.written, key.text, site.title
                );
                let Some(at) = text.span_of_part(&hole.range).or(key.span) else { return };
                let mut finding =
                    Finding::new(&UNRESOLVED_REFERENCE, at, message).path(site.path_of(&key.text)).help(format!(
                        "Write `~{{NAME/{}}}` with the name of what is required, or move it into that entry of `requires`.",
                        hole.key
                    ));
                finding.severity = crate::finding::Severity::Warning;
                findings.push(finding);
            });
        }
    }
}

/// Visits the references without an owner in a value, each with the text that holds it.
fn bare<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Value, &Hole<'v>)) {
    match &value.kind {
        Kind::Text(text) if text.contains("~{") => {
            for piece in pieces(text, Form::Short).unwrap_or_default() {
                match piece {
                    Piece::Hole(hole) if !hole.key.contains('/') => visit(value, &hole),
                    _ => {}
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| bare(item, visit)),
        Kind::Map(map) => map.iter().for_each(|(_, value)| bare(value, visit)),
        _ => {}
    }
}
