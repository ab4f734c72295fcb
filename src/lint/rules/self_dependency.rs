//! A resource that requires itself. (Of `deployed-after` and `processed-after`, the order says so.)

use super::super::whole::Whole;
use crate::finding::{Change, Finding, Findings, Fix, SELF_DEPENDENCY};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    for (at, resource) in whole.descriptor.resources.iter().enumerate() {
        let name = resource.name.value.as_str();
        for (entry, required) in resource.requires.iter().enumerate() {
            if name.is_empty() || required.name.value.as_str() != name {
                continue;
            }
            let message = format!("The resource `{name}` names itself in its own `requires`.");
            let finding = Finding::new(&SELF_DEPENDENCY, required.name.span, message)
                .path(format!("resources[{at}].requires[{entry}].name"))
                .help("Delete the entry: what a resource has, it can say without it.")
                .fix(Fix::safe("Delete the entry", [Change::delete(required.span)]));
            // It can be deployed all the same.
            findings.push(finding.as_warning());
        }
    }
}
