//! Two resources that stand for one service instance.

use super::super::whole::Whole;
use crate::finding::{Finding, Findings, SAME_SERVICE_NAME};
use crate::source::Span;
use crate::tree::Value;
use std::collections::HashMap;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let mut seen: HashMap<&str, (&str, Span)> = HashMap::new();
    let descriptor = whole.descriptor;
    for (at, resource) in descriptor.resources.iter().enumerate().filter(|(_, resource)| resource.active) {
        let meaning =
            resource.kind.as_ref().map(|kind| whole.target.resource_meaning(&kind.value, &resource.parameters.map));
        // Several resources may look at one that exists; only what is created can be created twice.
        if !matches!(meaning, Some("managed-service" | "user-provided-service")) {
            continue;
        }
        let written = resource.parameters.map.get("service-name");
        let own = resource.name.value.as_str();
        let service = written.and_then(Value::as_text).unwrap_or(own);
        let at_value = written.and_then(Value::span).unwrap_or(resource.name.span);
        let Some((other, other_at)) = seen.get(service).copied() else {
            seen.insert(service, (own, at_value));
            continue;
        };
        let message = format!(
            "Resources `{other}` and `{own}` both stand for the service `{service}`; only the first is created."
        );
        findings.push(
            Finding::new(&SAME_SERVICE_NAME, at_value, message)
                .path(format!("resources[{at}].parameters.service-name"))
                .related(other_at, "the first one")
                .help("Give each a `service-name` of its own, or make one `org.cloudfoundry.existing-service`."),
        );
    }
}
