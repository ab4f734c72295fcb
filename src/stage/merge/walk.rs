//! All places of a descriptor that hold properties or parameters, in reading order, each with a name for messages.

use crate::descriptor::{Descriptor, Requires, Values};
use crate::source::Span;
use crate::tree::{Key, Place, Value};
use std::fmt::{Display, Formatter, Result};

/// Whose values they are.
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    Descriptor,
    Module(&'a str),
    Resource(&'a str),
    Requires { name: &'a str, of: &'a Owner<'a> },
    Provides { name: &'a str, of: &'a Owner<'a> },
    Hook { name: &'a str, of: &'a Owner<'a> },
}

impl Display for Owner<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Owner::Descriptor => f.write_str("the descriptor"),
            Owner::Module(name) => write!(f, "the module `{name}`"),
            Owner::Resource(name) => write!(f, "the resource `{name}`"),
            Owner::Requires { name, of } => write!(f, "the requirement `{name}` of {of}"),
            Owner::Provides { name, of } => write!(f, "the provided set `{name}` of {of}"),
            Owner::Hook { name, of } => write!(f, "the hook `{name}` of {of}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Properties,
    Parameters,
}

impl Section {
    pub fn key(self) -> &'static str {
        match self {
            Section::Properties => "properties",
            Section::Parameters => "parameters",
        }
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Section::Properties => "property",
            Section::Parameters => "parameter",
        })
    }
}

/// One such place.
pub struct Site<'a> {
    pub values: &'a Values,
    pub section: Section,
    pub owner: Owner<'a>,
    /// The element that holds the values.
    span: Span,
    place: &'a Place<'a>,
}

impl Site<'_> {
    pub fn path(&self, key: &str) -> String {
        self.place.key(self.section.key()).key(key).to_string()
    }

    /// Where to point when something is wrong with one of the values.
    pub fn place_of(&self, key: &Key, value: &Value) -> Span {
        key.span.or(value.span()).unwrap_or(self.span)
    }
}

pub fn walk(descriptor: &Descriptor, visit: &mut dyn FnMut(&Site<'_>)) {
    let root = Site {
        values: &descriptor.parameters,
        section: Section::Parameters,
        owner: Owner::Descriptor,
        span: descriptor.id.span,
        place: &Place::ROOT,
    };
    visit(&root);
    let modules = Place::ROOT.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        let place = modules.index(at);
        let owner = Owner::Module(module.name.value.as_str());
        both(&module.properties, &module.parameters, owner, module.span, &place, visit);
        walk_requires(&module.requires, &owner, &place, visit);
        let provides = place.key("provides");
        for (at, set) in module.provides.iter().enumerate() {
            let owner = Owner::Provides { name: set.name.value.as_str(), of: &owner };
            both(&set.properties, &set.parameters, owner, set.span, &provides.index(at), visit);
        }
        let hooks = place.key("hooks");
        for (at, hook) in module.hooks.iter().enumerate() {
            let owner = Owner::Hook { name: hook.name.value.as_str(), of: &owner };
            walk_requires(&hook.requires, &owner, &hooks.index(at), visit);
        }
    }
    let resources = Place::ROOT.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let place = resources.index(at);
        let owner = Owner::Resource(resource.name.value.as_str());
        both(&resource.properties, &resource.parameters, owner, resource.span, &place, visit);
        walk_requires(&resource.requires, &owner, &place, visit);
    }
}

fn walk_requires(requires: &[Requires], of: &Owner<'_>, place: &Place<'_>, visit: &mut dyn FnMut(&Site<'_>)) {
    let list = place.key("requires");
    for (at, required) in requires.iter().enumerate() {
        let owner = Owner::Requires { name: required.name.value.as_str(), of };
        both(&required.properties, &required.parameters, owner, required.span, &list.index(at), visit);
    }
}

fn both(
    properties: &Values,
    parameters: &Values,
    owner: Owner<'_>,
    span: Span,
    place: &Place<'_>,
    visit: &mut dyn FnMut(&Site<'_>),
) {
    visit(&Site { values: properties, section: Section::Properties, owner, span, place });
    visit(&Site { values: parameters, section: Section::Parameters, owner, span, place });
}
