//! Declarations for the build tool that lack a key: `name` and `extends` of a type, `name` and `path` of an include.
//!
//! What windlass reads itself is checked while reading.

use super::super::page::Page;
use crate::finding::{Finding, Findings, SCHEMA_MISSING_KEY};
use crate::source::yaml::Node;
use crate::source::yaml::NodeKind;

/// The lists, what messages call an entry, and what each entry needs.
const DECLARATIONS: [(&str, &str, [&str; 2]); 3] = [
    ("module-types", "module type", ["name", "extends"]),
    ("resource-types", "resource type", ["name", "extends"]),
    ("includes", "include", ["name", "path"]),
];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    if page.is_extension {
        return;
    }
    for (list, what, needed) in DECLARATIONS {
        for (at, item) in page.root().value(list).map_or(&[][..], Node::items).iter().enumerate() {
            let NodeKind::Map(map) = &item.kind else { continue };
            for key in needed.iter().filter(|key| !map.iter().any(|pair| *pair.key.value == ***key)) {
                let place = map.first().map_or(item.span, |pair| pair.key.span);
                findings.push(
                    Finding::new(&SCHEMA_MISSING_KEY, place, format!("The {what} `{list}[{at}]` has no `{key}`."))
                        .label(format!("`{key}` is missing here"))
                        .path(format!("{list}[{at}].{key}"))
                        .help(format!("Add `{key}: …`.")),
                );
            }
        }
    }
}
