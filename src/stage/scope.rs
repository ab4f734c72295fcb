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
    pub place: Place,
}

/// An element of the descriptor, in the words of messages and of paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `requirement `bar` of module `foo``.
    pub words: String,
    /// `modules[0].requires[0]`.
    pub path: String,
    /// `foo#bar`, as markers and the deploy service's messages spell it.
    pub marker: String,
}

impl Place {
    pub fn root() -> Place {
        Place { words: "the descriptor".into(), path: String::new(), marker: String::new() }
    }

    pub fn module(at: usize, name: &str) -> Place {
        Place { words: format!("module `{name}`"), path: format!("modules[{at}]"), marker: name.into() }
    }

    pub fn resource(at: usize, name: &str) -> Place {
        Place { words: format!("resource `{name}`"), path: format!("resources[{at}]"), marker: name.into() }
    }

    /// An element of a list inside this one: `kind` is the list's key, `noun` what one element is called.
    pub fn inner(&self, kind: &str, noun: &str, at: usize, name: &str) -> Place {
        Place {
            words: format!("{noun} `{name}` of {}", self.words),
            path: format!("{}.{kind}[{at}]", self.path),
            marker: format!("{}#{name}", self.marker),
        }
    }

    /// The path of a key of this element: `modules[0].properties.URL`.
    pub fn key_path(&self, section: &str, key: &str) -> String {
        let section = if self.path.is_empty() { section.to_owned() } else { format!("{}.{section}", self.path) };
        tree::Place::walked(&section).key(key).to_string()
    }
}

impl<'d> Scope<'d> {
    pub fn new(layers: Vec<Layer<'d>>, place: Place) -> Scope<'d> {
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
