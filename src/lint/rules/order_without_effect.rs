//! An entry of `deployed-after` that the others imply.

use super::super::whole::Whole;
use crate::descriptor::Module;
use crate::finding::{Change, Finding, Findings, Fix, ORDER_WITHOUT_EFFECT};
use crate::name::ModuleName;
use crate::source::Spanned;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let modules: HashMap<&str, &Module> =
        whole.descriptor.modules.iter().map(|module| (module.name.value.as_str(), module)).collect();
    let mut steps = MOST_STEPS;
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        let entries = module.deployed_after.as_deref().unwrap_or_default();
        // Alone, an entry is implied by nothing.
        let reached = if entries.len() > 1 { reached(&modules, entries, &mut steps) } else { HashMap::new() };
        // Who waits for itself has another finding.
        if reached.contains_key(module.name.value.as_str()) {
            continue;
        }
        let mut firsts: HashMap<&str, usize> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            let name = entry.value.as_str();
            let first = firsts.entry(name).or_insert(place);
            let twice = (*first < place).then(|| (&entries[*first], "stands here already"));
            let implied = || {
                let through = &entries[*reached.get(name)?];
                (through.value != entry.value).then_some((through, "waits for it"))
            };
            let Some((through, why)) = twice.or_else(implied) else { continue };
            let message = format!(
                "`{name}` in `deployed-after` of module `{}` changes nothing: `{}` {why}.",
                module.name.value, through.value
            );
            let finding = Finding::new(&ORDER_WITHOUT_EFFECT, entry.span, message)
                .path(format!("modules[{at}].deployed-after[{place}]"))
                .related(through.span, why)
                .help("Delete the entry.")
                .fix(Fix::safe(format!("Delete `{name}`"), [Change::delete(entry.span)]));
            findings.push(finding);
        }
    }
}

/// How far is looked in one descriptor: walking everything that each of ten thousand modules waits for would take minutes, for
/// a hint.
const MOST_STEPS: usize = 1_000_000;

/// What the entries wait for, directly or through others, each with the place of an entry that does.
fn reached<'d>(
    modules: &HashMap<&str, &'d Module>,
    entries: &'d [Spanned<ModuleName>],
    steps: &mut usize,
) -> HashMap<&'d str, usize> {
    let mut reached = HashMap::new();
    for (place, entry) in entries.iter().enumerate() {
        let mut open = vec![entry.value.as_str()];
        while let Some(name) = open.pop() {
            for next in modules.get(name).iter().flat_map(|module| module.deployed_after.iter().flatten()) {
                let Some(left) = steps.checked_sub(1) else { return reached };
                *steps = left;
                if let Entry::Vacant(new) = reached.entry(next.value.as_str()) {
                    new.insert(place);
                    open.push(next.value.as_str());
                }
            }
        }
    }
    reached
}
