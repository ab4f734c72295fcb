//! A resource that nobody requires.

use super::super::whole::Whole;
use crate::finding::{Finding, Findings, UNUSED_RESOURCE};
use std::collections::HashSet;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let descriptor = whole.descriptor;
    // What something waits for is there for its effect.
    let waited = descriptor.resources.iter().flat_map(|resource| &resource.processed_after);
    let waited: HashSet<&str> = waited.map(|name| name.value.as_str()).collect();
    for (at, resource) in descriptor.resources.iter().enumerate().filter(|(_, resource)| resource.active) {
        let name = resource.name.value.as_str();
        if whole.required().contains(name) || waited.contains(name) || name.is_empty() {
            continue;
        }
        findings.push(
            Finding::new(
                &UNUSED_RESOURCE,
                resource.name.span,
                format!("Nobody requires the resource `{}`.", resource.name.value),
            )
            .path(format!("resources[{at}].name"))
            .help("Add it to the `requires` of the module that needs it, or delete it."),
        );
    }
}
