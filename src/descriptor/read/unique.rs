//! Names that must not be given twice (reference 1.6, 1.8).
//!
//! Modules have a name space of their own. Provided sets share one with resources, and every module provides a set of its
//! own name: so a module and a resource of one name clash, while a set named like its own module does not. The finding
//! stands at the later holder, in reading order: modules with what they provide, then resources. What has no name was
//! reported for that.

use crate::descriptor::{DependencyPatch, Descriptor, Extension, Requires};
use crate::finding::{self, Change, Finding, Findings, Fix};
use crate::source::{Span, Spanned};
use crate::tree::Place;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{Display, Formatter};

pub fn descriptor(descriptor: &Descriptor, findings: &mut Findings) {
    let mut modules: HashMap<&str, Span> = HashMap::new();
    let mut provided: HashMap<&str, (Span, Holder<'_>)> = HashMap::new();
    let root = Place::ROOT.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        let place = root.index(at);
        let name = module.name.value.as_str();
        let twice = match modules.entry(name) {
            _ if name.is_empty() => true,
            Entry::Vacant(vacant) => {
                vacant.insert(module.name.span);
                false
            }
            Entry::Occupied(first) => {
                findings.push(
                    Finding::new(
                        &finding::DUPLICATE_NAME,
                        module.name.span,
                        format!("Two modules are called `{name}`."),
                    )
                    .path(place.key("name").to_string())
                    .related(*first.get(), format!("the first module `{name}`"))
                    .help("Give one of them another name."),
                );
                true
            }
        };
        let provides = place.key("provides");
        for (at, set) in module.provides.iter().enumerate() {
            let entry = provides.index(at);
            let (holder, place) =
                if set.implicit { (Holder::Module(name), &place) } else { (Holder::Set { of: name }, &entry) };
            // The second module of a name was reported as such; what it provides under that name is the same mistake.
            if !twice || set.name.value.as_str() != name {
                hold(&mut provided, set.name.value.as_str(), set.name.span, holder, place, findings);
            }
        }
        requirements(&module.requires, Holder::Module(name), &place, findings);
        let hooks = place.key("hooks");
        let mut named: HashMap<&str, Span> = HashMap::new();
        for (at, hook) in module.hooks.iter().enumerate() {
            let own = hook.name.value.as_str();
            if let Some(first) = named.get(own).filter(|_| !own.is_empty()) {
                // Both run; extensions reach only the first.
                let message = format!("Two hooks of the module `{name}` are called `{own}`.");
                let finding = Finding::new(&finding::DUPLICATE_NAME, hook.name.span, message)
                    .path(hooks.index(at).key("name").to_string())
                    .related(*first, format!("the first hook `{own}`"))
                    .help("Extensions can change only the first of them; give the other one another name.");
                findings.push(finding.as_warning());
            }
            named.entry(own).or_insert(hook.name.span);
            requirements(&hook.requires, Holder::Hook(hook.name.value.as_str()), &hooks.index(at), findings);
        }
    }
    let root = Place::ROOT.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let place = root.index(at);
        let name = resource.name.value.as_str();
        hold(&mut provided, name, resource.name.span, Holder::Resource(name), &place, findings);
        requirements(&resource.requires, Holder::Resource(name), &place, findings);
    }
}

/// Who has a name.
#[derive(Clone, Copy)]
enum Holder<'a> {
    Module(&'a str),
    Set { of: &'a str },
    Resource(&'a str),
    Hook(&'a str),
}

impl Display for Holder<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Holder::Module(name) => write!(f, "the module `{name}`"),
            Holder::Set { of } => write!(f, "a set that the module `{of}` provides"),
            Holder::Resource(name) => write!(f, "the resource `{name}`"),
            Holder::Hook(name) => write!(f, "the hook `{name}`"),
        }
    }
}

/// Takes a name in the name space of provided sets and resources.
fn hold<'a>(
    held: &mut HashMap<&'a str, (Span, Holder<'a>)>,
    name: &'a str,
    span: Span,
    holder: Holder<'a>,
    place: &Place<'_>,
    findings: &mut Findings,
) {
    match held.entry(name) {
        _ if name.is_empty() => {}
        Entry::Vacant(vacant) => _ = vacant.insert((span, holder)),
        Entry::Occupied(first) => {
            let (first_span, first) = first.get();
            let message = match (first, holder) {
                (Holder::Resource(_), Holder::Resource(_)) => format!("Two resources are called `{name}`."),
                (Holder::Set { .. }, Holder::Set { .. }) => format!("Two provided sets are called `{name}`."),
                _ => format!("The name `{name}` is taken twice: by {first} and by {holder}."),
            };
            let mut finding = Finding::new(&finding::DUPLICATE_NAME, span, message)
                .path(place.key("name").to_string())
                .related(*first_span, format!("`{name}` is taken here first"));
            if matches!(first, Holder::Module(_)) || matches!(holder, Holder::Module(_)) {
                finding = finding.help("Every module provides a set of its own name; give the other one another name.");
            }
            findings.push(finding);
        }
    }
}

fn requirements(requires: &[Requires], owner: Holder<'_>, place: &Place<'_>, findings: &mut Findings) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let list = place.key("requires");
    for (at, required) in requires.iter().enumerate() {
        let name = required.name.value.as_str();
        match seen.entry(name) {
            _ if name.is_empty() => {}
            Entry::Vacant(vacant) => _ = vacant.insert(required.name.span),
            Entry::Occupied(first) => findings.push(
                Finding::new(
                    &finding::DUPLICATE_REQUIRES,
                    required.name.span,
                    format!("`{name}` is required twice by {owner}."),
                )
                .path(list.index(at).key("name").to_string())
                .related(*first.get(), format!("`{name}` is required here first"))
                .help("Put the keys of both entries into one.")
                .fix(one_entry(*first.get(), required.name.span)),
            ),
        }
    }
}

fn one_entry(first: Span, second: Span) -> Fix {
    Fix::safe("Put both entries into one", [Change::Join { first, second }])
}

pub fn extension(extension: &Extension, findings: &mut Findings) {
    let modules = Place::ROOT.key("modules");
    let resources = Place::ROOT.key("resources");
    once("module", extension.modules.iter().map(|module| spanned(&module.name)), &modules, findings);
    once("resource", extension.resources.iter().map(|resource| spanned(&resource.name)), &resources, findings);

    // Provided sets: one name space over the whole file, wherever an extension lists them. Requirements and hooks: one per
    // element.
    let mut provided: HashMap<&str, Span> = HashMap::new();
    for (at, module) in extension.modules.iter().enumerate() {
        let place = modules.index(at);
        let provides = place.key("provides");
        once("provided set", module.provides.iter().map(dependency), &provides, findings);
        let mut own: HashMap<&str, Span> = HashMap::new();
        for (at, set) in module.provides.iter().enumerate().filter(|(_, set)| !set.name.value.is_empty()) {
            let name = set.name.value.as_str();
            if let Some(first) = provided.get(name).filter(|_| !own.contains_key(name)) {
                let message = format!("The extension changes the provided set `{name}` under two modules.");
                findings.push(
                    Finding::new(&finding::DUPLICATE_NAME, set.name.span, message)
                        .path(provides.index(at).key("name").to_string())
                        .related(*first, format!("`{name}` is changed here first"))
                        .help("There is one set of that name: put both entries into one."),
                );
            }
            own.insert(name, set.name.span);
        }
        provided.extend(own);
        once("requirement", module.requires.iter().map(dependency), &place.key("requires"), findings);
        let hooks = place.key("hooks");
        once("hook", module.hooks.iter().map(|hook| spanned(&hook.name)), &hooks, findings);
        for (at, hook) in module.hooks.iter().enumerate() {
            let place = hooks.index(at);
            once("requirement", hook.requires.iter().map(dependency), &place.key("requires"), findings);
        }
    }
    for (at, resource) in extension.resources.iter().enumerate() {
        let place = resources.index(at);
        once("requirement", resource.requires.iter().map(dependency), &place.key("requires"), findings);
    }
}

fn spanned<T: std::borrow::Borrow<str>>(name: &Spanned<T>) -> (&str, Span) {
    (name.value.borrow(), name.span)
}

fn dependency(dependency: &DependencyPatch) -> (&str, Span) {
    spanned(&dependency.name)
}

fn once<'a>(kind: &str, names: impl Iterator<Item = (&'a str, Span)>, place: &Place<'_>, findings: &mut Findings) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for (at, (name, span)) in names.enumerate() {
        match seen.entry(name) {
            Entry::Vacant(vacant) => _ = vacant.insert(span),
            Entry::Occupied(first) => findings.push(
                Finding::new(
                    &finding::EXT_DUPLICATE_ENTRY,
                    span,
                    format!("The extension has the {kind} `{name}` twice."),
                )
                .path(place.index(at).key("name").to_string())
                .related(*first.get(), format!("the first entry of `{name}`"))
                .help("Put both entries into one.")
                .fix(one_entry(*first.get(), span)),
            ),
        }
    }
}
