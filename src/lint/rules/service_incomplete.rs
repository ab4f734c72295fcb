//! A managed service without its offering or its plan.

use super::super::whole::Whole;
use crate::finding::{Finding, Findings, SERVICE_INCOMPLETE, Severity};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    for (at, resource) in whole.descriptor.resources.iter().enumerate().filter(|(_, resource)| resource.active) {
        let kind = resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
        // Types of other names say themselves which service they stand for.
        if !matches!(kind, "org.cloudfoundry.managed-service" | "managed-service") {
            continue;
        }
        let missing: Vec<&str> =
            ["service", "service-plan"].into_iter().filter(|key| !resource.parameters.map.contains(key)).collect();
        if missing.is_empty() {
            continue;
        }
        let name = &resource.name.value;
        let message = format!("The managed service `{name}` lacks `{}`.", missing.join("` and `"));
        let mut finding = Finding::new(&SERVICE_INCOMPLETE, resource.name.span, message)
            .path(format!("resources[{at}].parameters"))
            .help("Name the offering with `service` and its plan with `service-plan`; an extension may do so.");
        if !whole.extended {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    }
}
