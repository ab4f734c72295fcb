//! The fragment that a subscription remembers: a descriptor of schema 3 (which has metadata, so that secrets stay marked) with
//! one module, what is collected into one variable of it, and the configuration resources that this asks for.
//!
//! What tells the time of its deployment is left out, where it stands alone: it goes on telling it. So are variables that
//! another source of the module's environment sets over these.

use crate::descriptor::{Descriptor, Metadata, Module, Requires, Resource, SchemaVersion, Values};
use crate::source::Spanned;
use crate::stage::environment::collected_into;
use crate::tree::{Key, Kind, Map, Origin, Value};
use std::collections::HashSet;

/// What is remembered of the requirement at `at`. In `closed`, only references to `configurations` are open.
pub fn of(closed: &Descriptor, module: &Module, at: usize, configurations: &HashSet<&str>) -> Descriptor {
    let schema = SchemaVersion { major: 3, minor: 1, patch: 0 };
    let variable = collected_into(&module.requires[at]);
    let requirements: Vec<Requires> = match variable {
        Some(_) => module.requires.iter().filter(|other| collected_into(other) == variable).map(collected).collect(),
        None => vec![alone(module, at)],
    };
    let required: HashSet<&str> = requirements.iter().map(|requires| requires.name.value.as_str()).collect();
    let is_asked = |resource: &&Resource| {
        let name = resource.name.value.as_str();
        required.contains(name) && configurations.contains(name)
    };
    let resources = closed.resources.iter().filter(is_asked).map(resource).collect();
    let mut properties = Values { map: without_time(&module.properties.map), ..Values::default() };
    hide_under(&mut properties.map, module, &module.requires);
    let module = Module {
        properties: marked(&properties),
        parameters: Values::default(),
        requires: requirements,
        provides: Vec::new(),
        deployed_after: None,
        hooks: Vec::new(),
        path: None,
        description: None,
        ..module.clone()
    };
    Descriptor {
        file: closed.file,
        schema: Spanned::new(schema, closed.schema.span),
        id: closed.id.clone(),
        version: closed.version.clone(),
        modules: vec![module],
        resources,
        parameters: Values::default(),
        tagged: closed.tagged,
    }
}

/// A requirement whose properties become variables of their own.
fn alone(module: &Module, at: usize) -> Requires {
    let requires = &module.requires[at];
    let mut own = requires.properties.clone();
    own.map = without_time(&own.map);
    hide_under(&mut own.map, module, &module.requires[at + 1..]);
    Requires { properties: marked(&own), parameters: Values::default(), ..requires.clone() }
}

/// A requirement with a share in a variable.
fn collected(requires: &Requires) -> Requires {
    Requires { properties: marked(&requires.properties), parameters: Values::default(), ..requires.clone() }
}

/// A configuration resource, with the parameters that say what it asks.
fn resource(resource: &Resource) -> Resource {
    Resource {
        properties: marked(&resource.properties),
        requires: Vec::new(),
        processed_after: Vec::new(),
        description: None,
        ..resource.clone()
    }
}

/// Takes out what `later` requirements, or any collected variable of the module, set again.
fn hide_under(map: &mut Map, module: &Module, later: &[Requires]) {
    for requires in later.iter().filter(|requires| collected_into(requires).is_none()) {
        for name in requires.properties.map.keys() {
            map.remove(name);
        }
    }
    for name in module.requires.iter().filter_map(collected_into) {
        map.remove(name);
    }
}

fn without_time(map: &Map) -> Map {
    let timeless = map.iter().filter(|(_, value)| !value.tells_the_time());
    timeless.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Says in the metadata which values are secret, because the values' own marks are not written down.
fn marked(values: &Values) -> Values {
    let mut metadata = std::collections::BTreeMap::new();
    for (key, value) in values.map.iter() {
        if !value.holds_secret() {
            continue;
        }
        let sensitive = Value::new(Kind::Bool(true), Origin::Nowhere);
        let written: Map = [(Key::from("sensitive"), sensitive)].into_iter().collect();
        let flags = Metadata { overwritable: true, optional: true, sensitive: true, key: None, span: None, written };
        metadata.insert(key.text.to_string(), flags);
    }
    Values { map: values.map.clone(), metadata, open: values.open }
}
