//! A configuration resource that says nothing of what it looks for, or says it in the old and in the new words.

use super::super::whole::Whole;
use crate::finding::{CONFIG_INCOMPLETE, Finding, Findings, Severity};

/// What a filter is made of.
const NEW: [&str; 6] = ["provider-nid", "provider-id", "version", "target", "filter", "provider-namespace"];
const OLD: [&str; 3] = ["mta-id", "mta-provides-dependency", "mta-version"];

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    for (at, resource) in whole.descriptor.resources.iter().enumerate().filter(|(_, resource)| resource.active) {
        let kind = resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
        let parameters = &resource.parameters;
        // The old type is asked for all of its parameters where questions are made.
        if parameters.open || whole.target.resource_meaning(kind, &parameters.map) != "configuration" {
            continue;
        }
        let name = &resource.name;
        let given = |keys: &[&'static str]| keys.iter().copied().find(|key| parameters.map.contains(key));
        let path = |key: &str| format!("resources[{at}].parameters{key}");
        match (given(&NEW), given(&OLD)) {
            (None, None) => {
                let message = format!("Resource `{}` does not say which entry it looks for.", name.value);
                let mut finding = Finding::new(&CONFIG_INCOMPLETE, name.span, message).path(path("")).help(
                    "Without a filter every entry matches. Give it some of `provider-id`, `version`, `target`, `filter` and `provider-nid`.",
                );
                if !whole.extended {
                    // An extension may say it.
                    finding.severity = Severity::Warning;
                }
                findings.push(finding);
            }
            (Some(new), Some(old)) => {
                let message = format!("Resource `{}` has `{old}` beside `{new}`, and only `{new}` counts.", name.value);
                let key = parameters.map.get_key_value(new).and_then(|(key, _)| key.span);
                let finding = Finding::new(&CONFIG_INCOMPLETE, name.span, message)
                    .path(path(&format!(".{old}")))
                    .help("Write all of it in the new form: `provider-id: MTA-ID:SET` and `version: RANGE`.");
                findings.push(match key {
                    Some(key) => finding.related(key, "the new form begins here"),
                    None => finding,
                });
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
}
