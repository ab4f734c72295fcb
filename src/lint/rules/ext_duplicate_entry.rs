//! An entry that stands twice in a part of an extension that its schema version does not have.
//!
//! Where the part counts, reading finds it. Here it counts for nothing, until somebody raises the version.

use super::super::page::{Kind, Page, text};
use crate::finding::{EXT_DUPLICATE_ENTRY, Finding, Findings};
use crate::source::Span;
use std::collections::HashMap;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let version = page.root().value("_schema-version").and_then(text);
    if !page.is_extension || !version.is_some_and(|version| version.starts_with('2')) {
        return;
    }
    let mut seen: HashMap<(usize, &str), Span> = HashMap::new();
    for part in &page.parts {
        let Some(owner) = part.owner else { continue };
        let came_later = match part.kind {
            Kind::Hook => true,
            Kind::Requires => matches!(page.parts[owner].kind, Kind::Resource | Kind::Hook),
            Kind::Root | Kind::Module | Kind::Resource | Kind::Provides => false,
        };
        let Some((name, node)) = part.value("name").and_then(|node| Some((text(node)?, node))) else { continue };
        if !came_later {
            continue;
        }
        // Modules are asked for hooks alone, the others for requirements alone: a name cannot stand for both.
        let first = *seen.entry((owner, name)).or_insert(node.span);
        if first != node.span {
            let message = format!("The extension has the {} `{name}` twice.", part.kind.word());
            findings.push(
                Finding::new(&EXT_DUPLICATE_ENTRY, node.span, message)
                    .path(part.path_of(&["name"]))
                    .related(first, format!("the first entry of `{name}`"))
                    .help("Put both entries into one."),
            );
        }
    }
}
