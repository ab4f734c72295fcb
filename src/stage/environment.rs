//! The environment of each module (reference `environment.md`).
//!
//! Composed in a fixed order; a later source replaces an earlier variable of the same name as a whole: properties of the
//! module, properties of its requirements, one list per `list` or `group`, credentials of service keys, bound services.

mod services;

pub use services::{FILE, FILE_VARIABLE};

use super::bind::Bound;
use crate::descriptor::{Module, Requires, Resource};
use crate::finding::{Findings, Staged};
use crate::name::ModuleName;
use crate::target::{Compat, Target};
use crate::tree::{Key, Kind, Map, Origin, Value};
use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub module: ModuleName,
    /// In order of composition; names are unique.
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub value: Value,
    /// What the container gets: text as it is, anything else as compact JSON, null as `null`.
    pub text: String,
    /// What earlier sources had set, nearest first.
    pub overrode: Vec<Origin>,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Variable) -> bool {
        self.name == other.name && self.text == other.text
    }
}

/// Computes what each module gets from its properties, its requirements and its bound services.
pub fn environments(bound: &Bound, target: &Target) -> Staged<Vec<Environment>> {
    let mut findings = Findings::default();
    let resources: HashMap<&str, &Resource> =
        bound.resources.iter().map(|resource| (resource.name.value.as_str(), resource)).collect();
    services::check(&bound.resources, target, &mut findings);
    let mut environments = Vec::with_capacity(bound.modules.len());
    for (at, module) in bound.modules.iter().enumerate() {
        let mut composition = Composition::default();
        own_and_required(module, target, &mut composition);
        services::add(at, module, &resources, target, &mut composition, &mut findings);
        services::tell_file(module, bound, &mut composition);
        environments.push(Environment { module: module.name.value.clone(), variables: composition.finish(target) });
    }
    Staged::new(environments, findings)
}

/// Variables while they are being composed.
#[derive(Default)]
struct Composition {
    order: Vec<String>,
    values: HashMap<String, (Value, Vec<Origin>)>,
}

impl Composition {
    fn set(&mut self, name: &str, value: Value) {
        match self.values.get_mut(name) {
            Some((held, overrode)) => {
                let old = std::mem::replace(held, value);
                overrode.insert(0, old.origin);
            }
            None => {
                self.order.push(name.into());
                self.values.insert(name.into(), (value, Vec::new()));
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    fn finish(mut self, target: &Target) -> Vec<Variable> {
        let taken = std::mem::take(&mut self.order);
        taken
            .into_iter()
            .filter_map(|name| {
                let (value, overrode) = self.values.remove(&name)?;
                let text = text_of(&value, target.compat);
                Some(Variable { name, value, text, overrode })
            })
            .collect()
    }
}

fn own_and_required(module: &Module, target: &Target, composition: &mut Composition) {
    for (key, value) in module.properties.map.iter() {
        composition.set(&key.text, value.clone());
    }
    let mut groups: Vec<(&str, Origin, Vec<Value>)> = Vec::new();
    for requires in &module.requires {
        let Some((group, kind)) = group_of(requires) else {
            for (key, value) in requires.properties.map.iter() {
                composition.set(&key.text, value.clone());
            }
            continue;
        };
        let element = element(requires, kind, target.compat);
        match groups.iter_mut().find(|(name, ..)| *name == group) {
            Some((_, _, elements)) => elements.push(element),
            None => groups.push((group, Origin::Written(requires.name.span), vec![element])),
        }
    }
    for (name, origin, elements) in groups {
        composition.set(name, Value::list(elements, origin));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    List,
    Group,
}

/// The variable that a requirement is collected into. `list` wins over `group`.
fn group_of(requires: &Requires) -> Option<(&str, Grouping)> {
    let list = requires.list.as_ref().map(|list| (list.value.as_str(), Grouping::List));
    list.or_else(|| requires.group.as_ref().map(|group| (group.value.as_str(), Grouping::Group)))
}

/// The name of the variable that a requirement shares with others, if it is collected into one.
pub fn collected_into(requires: &Requires) -> Option<&str> {
    group_of(requires).map(|(name, _)| name)
}

/// One element of a list variable. It begins with `name`, except where the documentation's form of `list` is wanted.
fn element(requires: &Requires, grouping: Grouping, compat: Compat) -> Value {
    let properties = &requires.properties.map;
    let named = grouping == Grouping::Group || compat == Compat::DeployService;
    let mut map = Map::default();
    if named && !properties.contains("name") {
        let name = Value::text(requires.name.value.as_str(), Origin::Written(requires.name.span));
        map.insert(Key::from("name"), name);
    }
    for (key, value) in properties.iter() {
        map.insert(key.clone(), value.clone());
    }
    Value::map(map, Origin::Written(requires.span))
}

/// What the container gets for a value.
pub fn text_of(value: &Value, compat: Compat) -> String {
    match (&value.kind, compat) {
        (Kind::Text(text), _) => text.to_string(),
        (_, Compat::Documented) => value.to_json(),
        (_, Compat::DeployService) => without_nulls(value).to_json(),
    }
}

/// The deploy service leaves out the keys of maps that have no value.
fn without_nulls(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::List(items) => Kind::List(items.iter().map(without_nulls).collect::<Vec<_>>().into()),
        Kind::Map(map) => Kind::Map(
            map.iter()
                .filter(|(_, item)| !item.is_null())
                .map(|(key, item)| (key.clone(), without_nulls(item)))
                .collect(),
        ),
        other => other.clone(),
    };
    Value { kind, ..value.clone() }
}
