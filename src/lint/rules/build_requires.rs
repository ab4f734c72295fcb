//! Modules that wait for each other while building.

use super::super::page::{Kind, Page, Part, text};
use crate::finding::{BUILD_REQUIRES, Finding, Findings};
use crate::name::Suggestions;
use crate::source::yaml::Node;
use std::collections::{HashMap, HashSet};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    if !page.is_development() {
        return;
    }
    let modules: Vec<(&str, &Part<'_>)> =
        page.of_kind(Kind::Module).filter_map(|part| Some((part.value("name").and_then(text)?, part))).collect();
    let names: HashSet<&str> = modules.iter().map(|(name, _)| *name).collect();
    let suggestions = Suggestions::default();
    let mut waits: HashMap<&str, Vec<(&str, &Node)>> = HashMap::new();
    for (name, part) in &modules {
        for (at, required, node) in requirements(part) {
            if names.contains(required) {
                waits.entry(name).or_default().push((required, node));
                continue;
            }
            let others = modules.iter().map(|(other, _)| *other).filter(|other| other != name);
            let message = format!("The build of {} requires `{required}`, which is no module.", part.title());
            findings.push(
                Finding::new(&BUILD_REQUIRES, node.span, message)
                    .path(part.path_of(&[&format!("build-parameters.requires[{at}].name")]))
                    .did_you_mean(suggestions.nearest(required, others)),
            );
        }
    }
    // Each ring is told once, at the link that closes it.
    let mut state: HashMap<&str, Mark> = HashMap::new();
    for (name, part) in &modules {
        if let Some((ring, node)) = ring_from(name, &waits, &mut state) {
            let message = format!("The builds wait for each other: {}.", ring.join(" → "));
            findings.push(
                Finding::new(&BUILD_REQUIRES, node.span, message)
                    .path(part.path_of(&["build-parameters.requires"]))
                    .help("Take one of the requirements out."),
            );
        }
    }
}

fn requirements<'n>(part: &Part<'n>) -> Vec<(usize, &'n str, &'n Node)> {
    let build = part.entries("build-parameters");
    let Some(list) = build.iter().find(|pair| &*pair.key.value == "requires") else { return Vec::new() };
    let name = |entry: &'n Node| entry.value("name");
    list.value
        .items()
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| name(entry).and_then(|node| Some((at, text(node)?, node))))
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Done,
}

/// The first ring that a walk from `start` closes, without recursion: descriptors may be long.
fn ring_from<'n>(
    start: &'n str,
    waits: &HashMap<&'n str, Vec<(&'n str, &'n Node)>>,
    state: &mut HashMap<&'n str, Mark>,
) -> Option<(Vec<&'n str>, &'n Node)> {
    if state.contains_key(start) {
        return None;
    }
    let mut path = vec![(start, 0)];
    let mut found = None;
    state.insert(start, Mark::Open);
    while let Some((name, next)) = path.last_mut() {
        let Some((required, node)) = waits.get(name).and_then(|list| list.get(*next)) else {
            state.insert(name, Mark::Done);
            path.pop();
            continue;
        };
        *next += 1;
        match state.get(required) {
            None => {
                state.insert(required, Mark::Open);
                path.push((required, 0));
            }
            Some(Mark::Open) if found.is_none() => {
                let from = path.iter().position(|(name, _)| name == required).unwrap_or(0);
                let mut ring: Vec<&str> = path[from..].iter().map(|(name, _)| *name).collect();
                ring.push(required);
                found = Some((ring, *node));
            }
            Some(_) => {}
        }
    }
    found
}
