//! A resource that nobody requires.

use super::super::whole::Whole;
use crate::finding::{Finding, Findings, UNUSED_RESOURCE};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let descriptor = whole.descriptor;
    let mut used = whole.required();
    // What something waits for is there for its effect.
    used.extend(
        descriptor.resources.iter().flat_map(|resource| &resource.processed_after).map(|name| name.value.as_str()),
    );
    for (at, resource) in descriptor.resources.iter().enumerate().filter(|(_, resource)| resource.active) {
        if used.contains(resource.name.value.as_str()) || resource.name.value.as_str().is_empty() {
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
