//! Metadata about a property or parameter that is not there.

use super::super::page::Page;
use crate::finding::{Finding, Findings, Fix, METADATA_WITHOUT_VALUE};
use crate::name::Suggestions;
use std::collections::HashSet;

/// The two maps of flags, each with the map that it is about, and what one of its keys is called.
pub const MAPS: [(&str, &str, &str); 2] =
    [("properties-metadata", "properties", "property"), ("parameters-metadata", "parameters", "parameter")];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    if page.is_extension {
        return;
    }
    for part in &page.parts {
        for (flags, values, noun) in MAPS {
            let flags_given = part.entries(flags);
            if flags_given.is_empty() {
                continue;
            }
            let known = part.entries(values);
            let names: HashSet<&str> = known.iter().map(|value| &*value.key.value).collect();
            let suggestions = Suggestions::default();
            for pair in flags_given {
                let name = &*pair.key.value;
                if names.contains(name) {
                    continue;
                }
                let message = format!(
                    "There are flags for the {noun} `{name}` of {}, which has none of that name.",
                    part.title()
                );
                let has_flags = |name: &&str| flags_given.iter().any(|other| *other.key.value == **name);
                let free = known.iter().map(|value| &*value.key.value).filter(|name| !has_flags(name));
                let meant = suggestions.nearest(name, free);
                let mut finding =
                    Finding::new(&METADATA_WITHOUT_VALUE, pair.key.span, message).path(part.path_of(&[flags, name]));
                finding = match meant {
                    Some(meant) => finding.did_you_mean(Some(meant)).fix(Fix::replace(pair.key.span, meant)),
                    None => finding.help(format!("Add it to `{values}` (it may be empty), or delete the flags.")),
                };
                findings.push(finding);
            }
        }
    }
}
