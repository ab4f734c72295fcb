//! A filter that no entry of the configuration registry can ever match.

use super::super::whole::Whole;
use crate::finding::{CONFIG_UNREACHABLE, Finding, Findings};
use crate::stage::lookup::is_configuration;
use crate::version::VersionRange;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let descriptor = whole.descriptor;
    for (at, resource) in descriptor.resources.iter().enumerate() {
        if !is_configuration(resource, whole.target) {
            continue;
        }
        let name = &resource.name.value;
        let path = |key: &str| format!("resources[{at}].parameters.{key}");
        let given =
            |key: &str| resource.parameters.map.get(key).and_then(|value| Some((value.as_text()?, value.span()?)));
        let nid = given("provider-nid").map_or("mta", |(nid, _)| nid);
        let is_one = |id: &str| id.split_once(':').is_some_and(|(mta, set)| !mta.is_empty() && !set.is_empty());
        if let Some((id, span)) = given("provider-id").filter(|(id, _)| nid == "mta" && !is_one(id)) {
            findings.push(
                Finding::new(
                    &CONFIG_UNREACHABLE,
                    span,
                    format!("No entry has the `provider-id` `{id}`, which resource `{name}` asks for."),
                )
                .path(path("provider-id"))
                .help("Entries of applications are called `MTA-ID:SET`."),
            );
        }
        // A range that cannot be read is an error already.
        if let Some((text, span)) = given("version")
            && VersionRange::parse(text).is_ok_and(|range| range.sort_keys().is_none())
        {
            findings.push(
                Finding::new(
                    &CONFIG_UNREACHABLE,
                    span,
                    format!("No version is in the range `{text}` of resource `{name}`."),
                )
                .path(path("version"))
                .help("Its conditions exclude each other; `||` stands between alternatives."),
            );
        }
    }
}
