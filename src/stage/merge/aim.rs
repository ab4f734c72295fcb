//! What an extension changes: each of its maps, and the place in the descriptor that it is aimed at (reference 2.4).
//!
//! A provided set is searched in all modules, so an extension may list it under another one. Hooks, and requirements of
//! resources, are searched like everything else; the deploy service forgets them, and a misspelt name there goes
//! unnoticed.

use super::suggest::Suggestions;
use super::walk::{Owner, Section};
use crate::descriptor::{DependencyPatch, Descriptor, Extension, HookPatch, Metadata, Module, Requires, Values};
use crate::finding::{self, Finding, Findings};
use crate::source::Span;
use crate::tree::{Map, Place};
use std::collections::{BTreeMap, HashMap};

/// An extension, aimed.
pub struct Changes<'a> {
    pub extension: &'a Extension,
    pub maps: Vec<Change<'a>>,
    /// Places of resources, with `active` and `optional` as the extension has them.
    pub flags: Vec<(usize, Option<bool>, Option<bool>)>,
}

pub struct Change<'a> {
    pub at: Address,
    pub section: Section,
    /// What the unmerged descriptor has there.
    pub base: &'a Map,
    /// The flags of its keys.
    pub flags: Option<&'a BTreeMap<String, Metadata>>,
    pub over: &'a Map,
    /// What messages call the element, and the path to the map in the extension.
    pub owner: String,
    pub path: String,
}

/// An element of the descriptor, by positions, which merging does not change.
#[derive(Clone, Copy)]
pub enum Address {
    Descriptor,
    Module(usize),
    ModuleRequires(usize, usize),
    Provides(usize, usize),
    Hook(usize, usize),
    HookRequires(usize, usize, usize),
    Resource(usize),
    ResourceRequires(usize, usize),
}

pub fn aim<'a>(descriptor: &'a Descriptor, extension: &'a Extension, findings: &mut Findings) -> Changes<'a> {
    let changes = Changes { extension, maps: Vec::new(), flags: Vec::new() };
    let mut aim = Aim { descriptor, changes, findings, suggestions: Suggestions::default() };
    aim.root();
    aim.modules();
    aim.resources();
    aim.changes
}

struct Aim<'a, 'f> {
    descriptor: &'a Descriptor,
    changes: Changes<'a>,
    findings: &'f mut Findings,
    suggestions: Suggestions,
}

impl<'a> Aim<'a, '_> {
    fn root(&mut self) {
        let extension = self.changes.extension;
        let base = (&self.descriptor.parameters, Section::Parameters);
        self.values(Address::Descriptor, base, &extension.parameters, &Owner::Descriptor, &Place::ROOT);
    }

    fn modules(&mut self) {
        let descriptor = self.descriptor;
        let names = descriptor.modules.iter().enumerate();
        let known: HashMap<&str, usize> = names.map(|(at, module)| (module.name.value.as_str(), at)).collect();
        let provided = provided(descriptor);
        let root = Place::ROOT.key("modules");
        for (entry, patch) in self.changes.extension.modules.iter().enumerate() {
            let place = root.index(entry);
            let name = patch.name.value.as_str();
            let Some(at) = known.get(name).copied() else {
                let names = descriptor.modules.iter().map(|module| module.name.value.as_str());
                self.unknown("module", name, patch.name.span, "the descriptor", names, &place);
                continue;
            };
            let owner = Owner::Module(name);
            let module = &descriptor.modules[at];
            let base = (&module.properties, &module.parameters);
            self.both(Address::Module(at), base, (&patch.properties, &patch.parameters), &owner, &place);
            self.requires(&patch.requires, &module.requires, &owner, &place, |it| Address::ModuleRequires(at, it));
            self.provides(&patch.provides, &provided, &owner, &place);
            self.hooks(&patch.hooks, (at, module), &owner, &place);
        }
    }

    fn provides(
        &mut self,
        patches: &'a [DependencyPatch],
        provided: &HashMap<&str, (usize, usize)>,
        owner: &Owner<'_>,
        place: &Place<'_>,
    ) {
        let list = place.key("provides");
        for (entry, patch) in patches.iter().enumerate() {
            let place = list.index(entry);
            match provided.get(patch.name.value.as_str()) {
                Some((module, set)) => {
                    let owner = Owner::Provides { name: &patch.name.value, of: owner };
                    let known = &self.descriptor.modules[*module].provides[*set];
                    let base = (&known.properties, &known.parameters);
                    let over = (&patch.properties, &patch.parameters);
                    self.both(Address::Provides(*module, *set), base, over, &owner, &place);
                }
                None => {
                    let sets = self.descriptor.modules.iter().flat_map(|module| &module.provides);
                    let names = sets.map(|set| set.name.value.as_str());
                    let whose = owner.to_string();
                    self.unknown("provided set", &patch.name.value, patch.name.span, &whose, names, &place);
                }
            }
        }
    }

    fn hooks(
        &mut self,
        patches: &'a [HookPatch],
        (at, module): (usize, &'a Module),
        owner: &Owner<'_>,
        place: &Place<'_>,
    ) {
        let list = place.key("hooks");
        for (entry, patch) in patches.iter().enumerate() {
            let place = list.index(entry);
            let name = patch.name.value.as_str();
            // Of two hooks of one name, the second is out of reach.
            match module.hooks.iter().position(|hook| hook.name.value.as_str() == name) {
                Some(hook) => {
                    let owner = Owner::Hook { name, of: owner };
                    let known = &module.hooks[hook];
                    let base = (&known.parameters, Some(&known.metadata), Section::Parameters);
                    self.map(Address::Hook(at, hook), base, &patch.parameters, &owner, &place);
                    let known = &known.requires;
                    self.requires(&patch.requires, known, &owner, &place, |it| Address::HookRequires(at, hook, it));
                }
                None => {
                    let names = module.hooks.iter().map(|hook| hook.name.value.as_str());
                    self.unknown("hook", name, patch.name.span, &owner.to_string(), names, &place);
                }
            }
        }
    }

    fn resources(&mut self) {
        let descriptor = self.descriptor;
        let names = descriptor.resources.iter().enumerate();
        let known: HashMap<&str, usize> = names.map(|(at, resource)| (resource.name.value.as_str(), at)).collect();
        let root = Place::ROOT.key("resources");
        for (entry, patch) in self.changes.extension.resources.iter().enumerate() {
            let place = root.index(entry);
            let name = patch.name.value.as_str();
            let Some(at) = known.get(name).copied() else {
                let names = descriptor.resources.iter().map(|resource| resource.name.value.as_str());
                self.unknown("resource", name, patch.name.span, "the descriptor", names, &place);
                continue;
            };
            let owner = Owner::Resource(name);
            let resource = &descriptor.resources[at];
            let base = (&resource.properties, &resource.parameters);
            self.both(Address::Resource(at), base, (&patch.properties, &patch.parameters), &owner, &place);
            self.changes.flags.push((at, patch.active, patch.optional));
            self.requires(&patch.requires, &resource.requires, &owner, &place, |it| Address::ResourceRequires(at, it));
        }
    }

    fn requires(
        &mut self,
        patches: &'a [DependencyPatch],
        known: &'a [Requires],
        owner: &Owner<'_>,
        place: &Place<'_>,
        address: impl Fn(usize) -> Address,
    ) {
        let list = place.key("requires");
        for (entry, patch) in patches.iter().enumerate() {
            let place = list.index(entry);
            match known.iter().position(|required| required.name.value.as_str() == patch.name.value) {
                Some(at) => {
                    let owner = Owner::Requires { name: &patch.name.value, of: owner };
                    let base = (&known[at].properties, &known[at].parameters);
                    self.both(address(at), base, (&patch.properties, &patch.parameters), &owner, &place);
                }
                None => {
                    let names = known.iter().map(|required| required.name.value.as_str());
                    let whose = owner.to_string();
                    self.unknown("requirement", &patch.name.value, patch.name.span, &whose, names, &place);
                }
            }
        }
    }

    fn both(
        &mut self,
        at: Address,
        base: (&'a Values, &'a Values),
        over: (&'a Map, &'a Map),
        owner: &Owner<'_>,
        place: &Place<'_>,
    ) {
        self.values(at, (base.0, Section::Properties), over.0, owner, place);
        self.values(at, (base.1, Section::Parameters), over.1, owner, place);
    }

    fn values(
        &mut self,
        at: Address,
        (base, section): (&'a Values, Section),
        over: &'a Map,
        owner: &Owner<'_>,
        place: &Place<'_>,
    ) {
        self.map(at, (&base.map, Some(&base.metadata), section), over, owner, place);
    }

    fn map(
        &mut self,
        at: Address,
        (base, flags, section): (&'a Map, Option<&'a BTreeMap<String, Metadata>>, Section),
        over: &'a Map,
        owner: &Owner<'_>,
        place: &Place<'_>,
    ) {
        if !over.is_empty() {
            let path = place.key(section.key()).to_string();
            self.changes.maps.push(Change { at, section, base, flags, over, owner: owner.to_string(), path });
        }
    }

    fn unknown<'n>(
        &mut self,
        kind: &str,
        name: &str,
        at: Span,
        whose: &str,
        names: impl IntoIterator<Item = &'n str>,
        place: &Place<'_>,
    ) {
        let id = &self.changes.extension.id.value;
        let message = format!("The extension `{id}` names the {kind} `{name}`, which {whose} does not have.");
        let finding = Finding::new(&finding::EXT_UNKNOWN_ENTRY, at, message).path(place.key("name").to_string());
        let otherwise = "An extension can only change what the descriptor has, not add to it.";
        self.findings.push(self.suggestions.add(finding, name, at, names, otherwise));
    }
}

fn provided(descriptor: &Descriptor) -> HashMap<&str, (usize, usize)> {
    let mut provided = HashMap::new();
    for (at, module) in descriptor.modules.iter().enumerate() {
        for (set, it) in module.provides.iter().enumerate() {
            provided.entry(it.name.value.as_str()).or_insert((at, set));
        }
    }
    provided
}
