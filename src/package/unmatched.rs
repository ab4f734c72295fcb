//! Names in a manifest that nothing in the descriptor has.
//!
//! They are harmless (semantics 7: an archive may carry content for more than one descriptor), and most often a slip: the module
//! that was meant has no content then.

use super::manifest::{Manifest, Named};
use crate::descriptor::Descriptor;
use crate::finding::{Finding, Findings, MANIFEST_UNKNOWN_NAME};
use crate::name::{ModuleName, ResourceName, nearest};
use std::collections::BTreeSet;

/// One finding for each, at its place in the manifest.
pub fn unmatched(manifest: &Manifest, descriptor: &Descriptor) -> Findings {
    let mut findings = Findings::default();
    let Manifest { modules, resources, requires } = manifest;
    let known_modules: BTreeSet<&ModuleName> = descriptor.modules.iter().map(|module| &module.name.value).collect();
    let known_resources: BTreeSet<&ResourceName> =
        descriptor.resources.iter().map(|resource| &resource.name.value).collect();
    let required: BTreeSet<String> = descriptor
        .modules
        .iter()
        .flat_map(|module| module.requires.iter().map(|it| format!("{}/{}", module.name.value, it.name.value)))
        .collect();
    for (name, named) in modules.iter().filter(|(name, _)| !known_modules.contains(name)) {
        let near = nearest(name.as_str(), known_modules.iter().map(|name| name.as_str()));
        findings.push(finding(named, format!("has no module `{name}`"), near));
    }
    for (name, named) in resources.iter().filter(|(name, _)| !known_resources.contains(name)) {
        let near = nearest(name.as_str(), known_resources.iter().map(|name| name.as_str()));
        findings.push(finding(named, format!("has no resource `{name}`"), near));
    }
    for ((module, dependency), named) in requires {
        let name = format!("{module}/{dependency}");
        if !required.contains(&name) {
            let what = match known_modules.contains(module) {
                true => format!("has no requirement `{dependency}` in module `{module}`"),
                false => format!("has no module `{module}`"),
            };
            findings.push(finding(named, what, nearest(&name, required.iter().map(String::as_str))));
        }
    }
    findings
}

fn finding(named: &Named, what: String, near: Option<&str>) -> Finding {
    let what = format!("`{}` is for nobody: the descriptor {what}.", named.path.value);
    Finding::new(&MANIFEST_UNKNOWN_NAME, named.name, what).did_you_mean(near)
}
