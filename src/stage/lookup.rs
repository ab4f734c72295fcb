//! Replaces configuration resources by what the registry holds (registry reference, sections 3 to 5).
//!
//! A resource that matched once keeps its name and becomes a set of properties; one that matched several times becomes
//! `R.0`, `R.1` …, and each requirement with `list` is copied for each. `~{…}` stays open.

pub mod expand;
mod question;

pub use question::questions;

use super::fill::Filled;
use super::scope::Place;
use crate::descriptor::{Descriptor, Module, Requires, Resource, Values};
use crate::finding::{self, Finding, Findings, Staged};
use crate::name::ResourceName;
use crate::registry::{Entry, Question};
use crate::target::Target;
use crate::tree::{Built, Key, Map, Origin, Value};
use expand::{Budget, Names, TooMany};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Every active configuration resource is a set of properties; requirements with `list` are expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Configured {
    pub(super) descriptor: Arc<Descriptor>,
    /// Why a resource is there no more, for those who still refer to it.
    pub(super) gone: HashMap<ResourceName, Gone>,
}

/// Why nothing has the name of a configuration resource any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    Inactive,
    NoMatch,
    Several,
}

impl std::ops::Deref for Configured {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.descriptor
    }
}

/// Whether a resource asks the registry.
pub fn is_configuration(resource: &Resource, target: &Target) -> bool {
    let kind = resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
    matches!(target.resource_meaning(kind, &resource.parameters.map), "configuration" | "mta-provides-dependency")
}

/// `answers` has one list of entries per question, in the same order.
pub fn lookup(filled: &Filled, questions: &[Question], answers: &[Vec<Entry>], target: &Target) -> Staged<Configured> {
    let asked: HashMap<&str, &[Entry]> = questions
        .iter()
        .zip(answers)
        .map(|(question, entries)| (question.resource.as_str(), entries.as_slice()))
        .collect();
    let found = filled.resources.iter().filter(|resource| is_configuration(resource, target)).map(|resource| {
        let entries = asked.get(resource.name.value.as_str()).copied().unwrap_or_default();
        (resource.name.value.as_str(), Found { resource, entries })
    });
    with(filled, &found.collect())
}

/// The same where nobody asks: what an active resource would find stays open.
pub fn unasked(filled: &Filled, target: &Target) -> Staged<Configured> {
    let (asking, inactive): (Vec<&Resource>, Vec<&Resource>) =
        filled.resources.iter().filter(|resource| is_configuration(resource, target)).partition(|one| one.active);
    let inactive =
        inactive.into_iter().map(|resource| (resource.name.value.as_str(), Found { resource, entries: &[] }));
    let mut configured = with(filled, &inactive.collect());
    if !asking.is_empty() {
        let asking: HashSet<&str> = asking.into_iter().map(|resource| resource.name.value.as_str()).collect();
        let descriptor = Arc::make_mut(&mut configured.product.descriptor);
        for resource in &mut descriptor.resources {
            resource.properties.open |= asking.contains(resource.name.value.as_str());
        }
    }
    configured
}

/// The descriptor with these resources replaced.
fn with(filled: &Filled, found: &HashMap<&str, Found<'_>>) -> Staged<Configured> {
    if found.is_empty() {
        return Staged::new(Configured { descriptor: filled.shared(), gone: HashMap::new() }, Findings::default());
    }
    let mut findings = Findings::default();
    let mut budget = Budget::default();
    let mut descriptor = Descriptor::clone(filled);
    for (at, module) in descriptor.modules.iter_mut().enumerate() {
        let name = module.name.value.clone();
        let place = Place::module(at, name.as_str());
        expand_module(module, &place, found, &mut budget, &mut findings);
    }
    let resources = std::mem::take(&mut descriptor.resources);
    let with_requirements = filled.schema.value.major >= 3;
    for (at, mut resource) in resources.into_iter().enumerate() {
        if with_requirements {
            let name = resource.name.value.clone();
            let place = Place::resource(at, name.as_str());
            expand_resource(&mut resource, &place, found, &mut budget, &mut findings);
        }
        match found.get(resource.name.value.as_str()) {
            Some(answer) => descriptor.resources.extend(replace(&resource, answer)),
            None => descriptor.resources.push(resource),
        }
    }
    let gone = found.values().filter_map(|found| Some((found.resource.name.value.clone(), found.gone()?))).collect();
    Staged::new(Configured { descriptor: Arc::new(descriptor), gone }, findings)
}

/// A configuration resource and what it matched.
struct Found<'a> {
    resource: &'a Resource,
    entries: &'a [Entry],
}

impl Found<'_> {
    /// The names of the sets of properties that take the resource's place.
    fn names(&self) -> Names {
        let name = self.resource.name.value.as_str();
        if !self.resource.active { Names::none() } else { Names::of(name, self.entries.len()) }
    }

    fn gone(&self) -> Option<Gone> {
        match self.entries.len() {
            _ if !self.resource.active => Some(Gone::Inactive),
            0 => Some(Gone::NoMatch),
            1 => None,
            _ => Some(Gone::Several),
        }
    }
}

fn expand_module(
    module: &mut Module,
    place: &Place<'_>,
    found: &HashMap<&str, Found<'_>>,
    budget: &mut Budget,
    findings: &mut Findings,
) {
    let mut lists = Vec::new();
    module.requires = requirements(&module.requires, found, place, Tolerance::None, &mut lists, findings);
    for (at, hook) in module.hooks.iter_mut().enumerate() {
        let place = place.hook(at, hook.name.value.as_str());
        hook.requires = requirements(&hook.requires, found, &place, Tolerance::None, &mut Vec::new(), findings);
    }
    apply(&mut module.properties, &lists, place, budget, findings);
}

fn expand_resource(
    resource: &mut Resource,
    place: &Place<'_>,
    found: &HashMap<&str, Found<'_>>,
    budget: &mut Budget,
    findings: &mut Findings,
) {
    let tolerance = if resource.optional { Tolerance::NoMatch } else { Tolerance::None };
    let mut lists = Vec::new();
    resource.requires = requirements(&resource.requires, found, place, tolerance, &mut lists, findings);
    apply(&mut resource.properties, &lists, place, budget, findings);
}

/// Whether a requirement without `list` may stay without a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    None,
    NoMatch,
}

/// A requirement with `list`: what the properties of its owner must follow.
struct Listed {
    required: String,
    list: Key,
    names: Names,
}

fn requirements(
    list: &[Requires],
    found: &HashMap<&str, Found<'_>>,
    place: &Place<'_>,
    tolerance: Tolerance,
    lists: &mut Vec<Listed>,
    findings: &mut Findings,
) -> Vec<Requires> {
    let mut expanded = Vec::with_capacity(list.len());
    for (at, one) in list.iter().enumerate() {
        let Some(answer) = found.get(one.name.value.as_str()) else {
            expanded.push(one.clone());
            continue;
        };
        let names = answer.names();
        match &one.list {
            Some(list) => {
                expanded.extend(names.each().map(|name| {
                    let mut copy = one.clone();
                    copy.name.value = crate::name::RequiredName::new(name);
                    copy
                }));
                let list = Key { text: list.value.as_str().into(), span: Some(list.span) };
                lists.push(Listed { required: one.name.value.as_str().into(), list, names });
            }
            None if answer.entries.len() == 1 && answer.resource.active => expanded.push(one.clone()),
            None if !answer.resource.active => {}
            None if answer.entries.is_empty() && tolerance == Tolerance::NoMatch => {}
            None => {
                let path = format!("{}.requires[{at}]", place.path());
                findings.push(not_exactly_one(one, answer, &place.words()).path(path));
            }
        }
    }
    expanded
}

fn not_exactly_one(requires: &Requires, found: &Found<'_>, owner: &str) -> Finding {
    let (name, count) = (&requires.name.value, found.entries.len());
    let finding = if count == 0 {
        let message = format!("resource `{name}`, which {owner} requires, matches no configuration entry");
        Finding::new(&finding::CONFIG_NO_MATCH, requires.name.span, message).help(format!(
            "Deploy the provider first, or widen the filter. `windlass registry match -r {name}` says for every entry what refused it."
        ))
    } else {
        let shown: Vec<String> = found.entries.iter().take(10).map(title).collect();
        let more = if count > shown.len() { format!(" and {} more", count - shown.len()) } else { String::new() };
        let message = format!(
            "resource `{name}` matches {count} configuration entries, but the requirement in {owner} has no `list`: {}{more}",
            shown.join(", ")
        );
        Finding::new(&finding::CONFIG_SEVERAL_MATCHES, requires.name.span, message)
            .help(format!("Add `list: {name}` to get all of them, or narrow the filter of the resource."))
    };
    finding.related(found.resource.name.span, format!("`{name}` asks the registry here"))
}

/// `com.acme:plugin-1 0.1.0 (local/dev)`, as messages name an entry.
pub fn title(entry: &Entry) -> String {
    let version = entry.provider_version.as_deref().unwrap_or("without version");
    format!("`{} {version}` ({})", entry.provider_id, entry.target)
}

/// Lets the owner's properties follow its expanded requirements.
fn apply(properties: &mut Values, lists: &[Listed], place: &Place<'_>, budget: &mut Budget, findings: &mut Findings) {
    for listed in lists {
        if let Err(TooMany { at }) = expand::map(&mut properties.map, &listed.required, &listed.names, budget) {
            let at = at.or(listed.list.span).expect("a requirement's `list` was written somewhere");
            let message = format!(
                "the properties of {} would grow beyond the limit when every match of `{}` is written out",
                place.words(),
                listed.required
            );
            let help = "A text that refers to several lists is written once for each combination; refer to one list in one text.";
            let path = format!("{}.properties", place.path());
            findings.push(Finding::new(&finding::EXPANSION_TOO_LARGE, at, message).path(path).help(help));
            return;
        }
        if listed.names.is_empty() && !properties.map.contains(&listed.list.text) {
            let empty = Value::list(Vec::new(), listed.list.span.map_or(Origin::Nowhere, Origin::Written));
            properties.map.insert(listed.list.clone(), empty);
        }
    }
}

/// Parameters that only say what to ask; the others stay visible.
const QUESTION_PARAMETERS: &[&str] = &[
    "provider-nid",
    "provider-id",
    "target",
    "version",
    "mta-id",
    "mta-version",
    "mta-provides-dependency",
    "namespace",
];

/// The sets of properties that take a resource's place. What the descriptor says wins over the entry's content.
fn replace(resource: &Resource, found: &Found<'_>) -> Vec<Resource> {
    let names = found.names();
    names
        .each()
        .zip(found.entries)
        .map(|(name, entry)| {
            let mut copy = resource.clone();
            copy.name.value = ResourceName::new(name);
            copy.kind = None;
            for name in QUESTION_PARAMETERS {
                copy.parameters.map.remove(name);
            }
            copy.properties.map = overlay(entry, &resource.properties.map);
            copy
        })
        .collect()
}

fn overlay(entry: &Entry, own: &Map) -> Map {
    let origin = Origin::built(Built::Registry {
        provider_id: entry.provider_id.clone(),
        provider_version: entry.provider_version.clone().unwrap_or_default(),
    });
    let content = entry.content.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
    let from_entry =
        content.iter().map(|(key, value)| (key.clone(), Value { origin: origin.clone(), ..value.clone() }));
    from_entry.chain(own.iter().map(|(key, value)| (key.clone(), value.clone()))).collect()
}
