//! An entry of `deployed-after` or `processed-after` that the others imply, or that stands there twice.

use super::super::whole::Whole;
use crate::finding::{Change, Finding, Findings, Fix, ORDER_WITHOUT_EFFECT};
use crate::source::{Span, Spanned};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let modules = whole.descriptor.modules.iter().enumerate().map(|(at, module)| Element {
        title: "module",
        name: module.name.value.as_str(),
        path: format!("modules[{at}].deployed-after"),
        after: names(module.deployed_after.as_deref().unwrap_or_default()),
    });
    tell("deployed-after", &modules.collect::<Vec<_>>(), findings);
    let resources = whole.descriptor.resources.iter().enumerate().map(|(at, resource)| Element {
        title: "resource",
        name: resource.name.value.as_str(),
        path: format!("resources[{at}].processed-after"),
        after: names(&resource.processed_after),
    });
    tell("processed-after", &resources.collect::<Vec<_>>(), findings);
}

/// A module or a resource, and what it waits for.
struct Element<'d> {
    title: &'static str,
    name: &'d str,
    path: String,
    after: Vec<(&'d str, Span)>,
}

fn names<N: std::borrow::Borrow<str>>(list: &[Spanned<N>]) -> Vec<(&str, Span)> {
    list.iter().map(|entry| (entry.value.borrow(), entry.span)).collect()
}

fn tell(key: &str, elements: &[Element<'_>], findings: &mut Findings) {
    let by_name: HashMap<&str, &Element<'_>> = elements.iter().map(|element| (element.name, element)).collect();
    let mut steps = MOST_STEPS;
    for element in elements {
        // Alone, an entry is implied by nothing.
        let reached = if element.after.len() > 1 { reached(&by_name, element, &mut steps) } else { HashMap::new() };
        // Who waits for itself has another finding.
        if reached.contains_key(element.name) {
            continue;
        }
        // First place and last place of each name.
        let mut places: HashMap<&str, (usize, usize)> = HashMap::new();
        for (place, (name, _)) in element.after.iter().enumerate() {
            places.entry(name).or_insert((place, place)).1 = place;
        }
        for (place, (name, at)) in element.after.iter().enumerate() {
            let (first, last) = places[name];
            let twice = (first < place).then(|| (element.after[first], "stands here already"));
            // What stands there twice is implied once it stands there once.
            let implied = || {
                let through = element.after[*reached.get(name)?];
                (through.0 != *name && first == last).then_some((through, "waits for it"))
            };
            let Some(((through, through_at), why)) = twice.or_else(implied) else { continue };
            let message = format!(
                "`{name}` in `{key}` of {} `{}` changes nothing: `{through}` {why}.",
                element.title, element.name
            );
            let finding = Finding::new(&ORDER_WITHOUT_EFFECT, *at, message)
                .path(format!("{}[{place}]", element.path))
                .related(through_at, why)
                .help("Delete the entry.")
                .fix(Fix::safe(format!("Delete `{name}`"), [Change::delete(*at)]));
            findings.push(finding);
        }
    }
}

/// How far is looked in one descriptor: walking everything that each of ten thousand modules waits for would take minutes, for
/// a hint.
const MOST_STEPS: usize = 1_000_000;

/// What an element's entries wait for, directly or through others, each with the place of an entry that does.
fn reached<'d>(
    by_name: &HashMap<&str, &Element<'d>>,
    element: &Element<'d>,
    steps: &mut usize,
) -> HashMap<&'d str, usize> {
    let mut reached = HashMap::new();
    for (place, (entry, _)) in element.after.iter().enumerate() {
        let mut open = vec![*entry];
        while let Some(name) = open.pop() {
            for (next, _) in by_name.get(name).iter().flat_map(|waiting| &waiting.after) {
                let Some(left) = steps.checked_sub(1) else { return reached };
                *steps = left;
                if let Entry::Vacant(new) = reached.entry(*next) {
                    new.insert(place);
                    open.push(next);
                }
            }
        }
    }
    reached
}
