//! What a template (`windlass init`) left to be filled in, and nobody has.

use super::super::page::Page;
use crate::finding::{Finding, Findings, TEMPLATE_PLACEHOLDER};
use crate::source::Span;
use crate::source::yaml::{Node, NodeKind};

/// How all of them begin.
pub const CHANGE_ME: &str = "CHANGE_ME";

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    look(page, page.root, "", findings);
}

fn look(page: &Page<'_>, node: &Node, path: &str, findings: &mut Findings) {
    match &node.kind {
        NodeKind::Scalar(_) => told(page, node.span, path, findings),
        NodeKind::List(items) => {
            for (at, item) in items.iter().enumerate() {
                look(page, item, &format!("{path}[{at}]"), findings);
            }
        }
        NodeKind::Map(pairs) => {
            for pair in pairs.iter() {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", pair.key.value);
                told(page, pair.key.span, &path, findings);
                look(page, &pair.value, &path, findings);
            }
        }
    }
}

/// Points at each word that begins so, in the text as it is written.
fn told(page: &Page<'_>, at: Span, path: &str, findings: &mut Findings) {
    let written = page.written(at);
    for (start, _) in written.match_indices(CHANGE_ME) {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = &written[start..];
        let word = &word[..word.find(|c: char| !is_inner(c)).unwrap_or(word.len())];
        findings.push(
            Finding::new(
                &TEMPLATE_PLACEHOLDER,
                at.part(start..start + word.len()),
                format!("`{word}` came with a template and is not replaced yet."),
            )
            .path(path)
            .help("Put the value that is meant in its place."),
        );
    }
}
