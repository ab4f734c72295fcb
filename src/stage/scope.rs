//! Which parameters a placeholder can see.
//!
//! The order is that of the deploy service, and it surprises (semantics 3.3): parameters of one requirement are visible in
//! its siblings and in `provides`; a hook cannot see its own parameters; a value that is found is searched again with the
//! layers of the place where resolution began, not of the place that holds it.

use super::system::System;
use crate::text::{Form, has_hole};
use crate::tree::{self, Kind, Map, Value};

/// One place to look a parameter up.
#[derive(Clone, Copy)]
pub enum Layer<'d> {
    /// Parameters as the author, a type or the target gave them.
    Written(&'d Map),
    /// System parameters of one element, below the author's.
    System(&'d System<'d>),
    /// System parameters of a module as seen from inside it: already bound to the module's own scope.
    Bound(&'d (dyn Fn(&str) -> Option<Value> + 'd)),
}

/// The layers of one place, nearest first, and what the place is called.
#[derive(Clone)]
pub struct Scope<'d> {
    pub layers: Vec<Layer<'d>>,
    pub place: Place<'d>,
}

/// An element of the descriptor. A chain of borrowed steps: nearly all elements are passed without a word, and only a
/// finding or a marker turns one into text.
#[derive(Clone, Copy, Debug)]
pub struct Place<'d> {
    parent: Option<&'d Place<'d>>,
    /// The key of the list that the element stands in; none for the descriptor itself.
    list: &'static str,
    /// What one element of the list is called.
    noun: &'static str,
    at: usize,
    name: &'d str,
}

impl<'d> Place<'d> {
    pub const ROOT: Place<'static> = Place { parent: None, list: "", noun: "", at: 0, name: "" };

    pub fn module(at: usize, name: &'d str) -> Place<'d> {
        Place { parent: None, list: "modules", noun: "module", at, name }
    }

    pub fn resource(at: usize, name: &'d str) -> Place<'d> {
        Place { parent: None, list: "resources", noun: "resource", at, name }
    }

    pub fn requirement(&'d self, at: usize, name: &'d str) -> Place<'d> {
        Place { parent: Some(self), list: "requires", noun: "requirement", at, name }
    }

    pub fn provided_set(&'d self, at: usize, name: &'d str) -> Place<'d> {
        Place { parent: Some(self), list: "provides", noun: "provided set", at, name }
    }

    pub fn hook(&'d self, at: usize, name: &'d str) -> Place<'d> {
        Place { parent: Some(self), list: "hooks", noun: "hook", at, name }
    }

    /// In the words of messages: `requirement `bar` of module `foo``.
    pub fn words(&self) -> String {
        match self.parent {
            Some(parent) => format!("{} `{}` of {}", self.noun, self.name, parent.words()),
            None if self.list.is_empty() => "the descriptor".into(),
            None => format!("{} `{}`", self.noun, self.name),
        }
    }

    /// `modules[0].requires[0]`.
    pub fn path(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}.{}[{}]", parent.path(), self.list, self.at),
            None if self.list.is_empty() => String::new(),
            None => format!("{}[{}]", self.list, self.at),
        }
    }

    /// `foo#bar`, as markers and the deploy service's messages spell it.
    pub fn marker(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}#{}", parent.marker(), self.name),
            None => self.name.into(),
        }
    }

    /// The path of a key of this element: `modules[0].properties.URL`.
    pub fn key_path(&self, section: &str, key: &str) -> String {
        let path = self.path();
        let section = if path.is_empty() { section.to_owned() } else { format!("{path}.{section}") };
        tree::Place::walked(&section).key(key).to_string()
    }
}

impl<'d> Scope<'d> {
    pub fn new(layers: Vec<Layer<'d>>, place: Place<'d>) -> Scope<'d> {
        Scope { layers, place }
    }

    /// The first value of this name: of the authors' layers, then of the system's, so that what somebody wrote anywhere in
    /// sight wins over what the platform would say. A system parameter that stands for one of several (`host`) also gives
    /// way when the author wrote the several (`hosts`): then the caller takes the first of those.
    pub fn find(&self, name: &str, plural: Option<&str>) -> Option<Value> {
        if let Some(value) = self.written().find_map(|map| map.get(name)) {
            return Some(value.clone());
        }
        if plural.is_some_and(|plural| self.find_plural(plural).is_some()) {
            return None;
        }
        self.layers.iter().find_map(|layer| match layer {
            Layer::Written(_) => None,
            Layer::System(system) => system.get(name),
            Layer::Bound(get) => get(name),
        })
    }

    /// The nearest list of this name that an author wrote; an empty one counts as absent. A text with a placeholder may
    /// still become a list.
    pub fn find_plural(&self, plural: &str) -> Option<&'d Value> {
        self.written().filter_map(|map| map.get(plural)).find(|value| match &value.kind {
            Kind::List(items) => !items.is_empty(),
            Kind::Text(text) => has_hole(text, Form::Placeholder),
            _ => false,
        })
    }

    /// The authors' maps, nearest first.
    pub fn written(&self) -> impl Iterator<Item = &'d Map> + '_ {
        self.layers.iter().filter_map(|layer| match layer {
            Layer::Written(map) => Some(*map),
            Layer::System(_) | Layer::Bound(_) => None,
        })
    }

    /// Every name that could be meant, for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &'d str> + '_ {
        self.layers.iter().flat_map(|layer| match layer {
            Layer::Written(map) => Box::new(map.keys()) as Box<dyn Iterator<Item = &'d str>>,
            Layer::System(system) => Box::new(system.names().map(|name| -> &str { name })),
            Layer::Bound(_) => Box::new(super::system::MODULE.iter().map(|name| -> &str { name })),
        })
    }
}
