//! An entry of `deployed-after` that the others imply.

use super::super::whole::Whole;
use crate::descriptor::Module;
use crate::finding::{Applicability, Edit, Finding, Findings, Fix, ORDER_WITHOUT_EFFECT};
use std::collections::{HashMap, HashSet};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let modules: HashMap<&str, &Module> =
        whole.descriptor.modules.iter().map(|module| (module.name.value.as_str(), module)).collect();
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        let entries = module.deployed_after.as_deref().unwrap_or_default();
        for (place, entry) in entries.iter().enumerate() {
            let name = entry.value.as_str();
            let twice = entries[..place].iter().find(|other| other.value == entry.value);
            let implied = || {
                entries
                    .iter()
                    .filter(|other| other.value != entry.value)
                    .find(|other| reaches(&modules, other.value.as_str(), name))
            };
            let Some((through, why)) = twice
                .map(|other| (other, "stands here already"))
                .or_else(|| implied().map(|other| (other, "waits for it")))
            else {
                continue;
            };
            let message = format!(
                "`{name}` in `deployed-after` of module `{}` changes nothing: `{}` {why}.",
                module.name.value, through.value
            );
            let mut finding = Finding::new(&ORDER_WITHOUT_EFFECT, entry.span, message)
                .path(format!("modules[{at}].deployed-after[{place}]"))
                .related(through.span, why)
                .help("Delete the entry.");
            if let Some(before) = place.checked_sub(1).map(|before| &entries[before])
                && let gap = whole.sources.slice(before.span.end_point().to(entry.span.start_point()))
                && gap.trim() == ","
            {
                finding = finding.fix(Fix {
                    applicability: Applicability::Safe,
                    message: format!("Delete `{name}`"),
                    edits: vec![Edit { at: before.span.end_point().to(entry.span), content: String::new() }],
                });
            }
            findings.push(finding);
        }
    }
}

/// Whether `from` waits for `to`, directly or through others.
fn reaches(modules: &HashMap<&str, &Module>, from: &str, to: &str) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        let Some(module) = modules.get(name).filter(|_| seen.insert(name.to_owned())) else { continue };
        for next in module.deployed_after.iter().flatten() {
            if next.value.as_str() == to {
                return true;
            }
            open.push(next.value.as_str());
        }
    }
    false
}
