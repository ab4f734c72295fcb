//! Values that must be there when all extensions have had their say (reference 2.5).
//!
//! Only direct entries count, and only null: `""`, `[]` and `{}` are values. Parameters of hooks are not looked at.

use super::walk::walk;
use crate::descriptor::Descriptor;
use crate::finding::{self, Finding, Findings, Severity};
use crate::source::Span;
use crate::target::Compat;
use std::collections::HashSet;

/// The deploy service's own fixtures of schema 2 leave such values empty and go on with null; so does windlass when it is
/// told to be like it, with a warning.
pub fn check(merged: &Descriptor, compat: Compat, findings: &mut Findings) {
    let lenient = compat == Compat::DeployService && merged.schema.value.major < 3;
    let severity = if lenient { Severity::Warning } else { finding::MANDATORY_WITHOUT_VALUE.severity };
    // What can never get a value was said to be so before any extension counted.
    let mut told: HashSet<Span> = HashSet::new();
    told.extend(findings.iter().filter(|found| found.code == &finding::METADATA_REQUIRED_EMPTY).map(|found| found.at));
    walk(merged, &mut |site| {
        for (key, value) in site.values.map.iter().filter(|(_, value)| value.is_null()) {
            let name = &*key.text;
            // Schema 2 has no metadata, so nothing is optional there.
            if site.values.metadata.get(name).is_some_and(|flags| flags.optional) {
                continue;
            }
            let at = site.place_of(key, value);
            if value.is_broken() || told.contains(&at) {
                continue;
            }
            let mut finding =
                Finding::new(
                    &finding::MANDATORY_WITHOUT_VALUE,
                    at,
                    format!("The {} `{name}` of {} has no value.", site.section, site.owner),
                )
                .path(site.path(name))
                .help(if merged.schema.value.major >= 3 {
                    format!("Give it one here or in an extension, or allow it to be empty: `{}-metadata: {{{name}: {{optional: true}}}}`.", site.section.key())
                } else {
                    "Give it one here or in an extension.".to_string()
                });
            finding.severity = severity;
            findings.push(finding);
        }
    });
}
