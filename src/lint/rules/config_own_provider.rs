//! A configuration resource that asks for what the same descriptor provides.

use super::super::whole::Whole;
use crate::finding::{CONFIG_OWN_PROVIDER, Finding, Findings};
use crate::stage::lookup::is_configuration;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let descriptor = whole.descriptor;
    let id = descriptor.id.value.as_str();
    for (at, resource) in descriptor.resources.iter().enumerate() {
        if !is_configuration(resource, whole.target) {
            continue;
        }
        let Some(value) = resource.parameters.map.get("provider-id") else { continue };
        let own = value.as_text().and_then(|asked| asked.strip_prefix(id)?.strip_prefix(':'));
        let (Some(own), Some(span)) = (own, value.span()) else { continue };
        let set =
            descriptor.modules.iter().flat_map(|module| &module.provides).find(|set| set.name.value.as_str() == own);
        let Some(set) = set else { continue };
        let message = format!(
            "Resource `{}` asks the registry for `{own}`, which this descriptor provides itself.",
            resource.name.value
        );
        findings.push(
            Finding::new(&CONFIG_OWN_PROVIDER, span, message)
                .path(format!("resources[{at}].parameters.provider-id"))
                .related(set.name.span, "provided here")
                .help(format!("Require `{own}` directly: what the registry has is from an earlier deployment.")),
        );
    }
}
