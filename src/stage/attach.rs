//! Files with parameters of services and bindings become part of `config`.
//!
//! What the descriptor says in `config` wins, map by map (parameters 3 and 4). A file is data: `${…}` in it is no
//! placeholder and `~{…}` no reference, so both are escaped here and come out at the end of the pipeline as they were.

use super::Asking;
use crate::name::{ModuleName, ResourceName};
use crate::text;
use crate::tree::{Key, Kind, Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was read from files, by whom it is for.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// Parameters for creating the service of a resource.
    pub resources: BTreeMap<ResourceName, Map>,
    /// Parameters for a binding: of a module, to what it requires.
    pub requires: BTreeMap<(ModuleName, String), Map>,
}

impl Asking {
    /// Puts files under the `config` of whom they are for.
    pub fn attach(&mut self, attached: &Attached) {
        if attached.resources.is_empty() && attached.requires.is_empty() {
            return;
        }
        let descriptor = self.filled.descriptor_mut();
        for resource in &mut descriptor.resources {
            if let Some(file) = attached.resources.get(&resource.name.value) {
                put_under(&mut resource.parameters.map, file);
            }
        }
        for module in &mut descriptor.modules {
            for requires in &mut module.requires {
                let name = (module.name.value.clone(), requires.name.value.to_string());
                if let Some(file) = attached.requires.get(&name) {
                    put_under(&mut requires.parameters.map, file);
                }
            }
        }
    }
}

const CONFIG: &str = "config";

fn put_under(parameters: &mut Map, file: &Map) {
    let file: Map = file.iter().map(|(key, value)| (key.clone(), literal(value))).collect();
    let (key, origin, secrecy, config) = match parameters.get_key_value(CONFIG) {
        // What is no map is found by whoever uses it.
        Some((_, Value { kind, .. })) if !matches!(kind, Kind::Map(_) | Kind::Null) => return,
        Some((key, value)) => {
            let map = value.as_map().cloned().unwrap_or_default();
            (key.clone(), value.origin.clone(), value.secrecy, map)
        }
        None => {
            let Some((_, first)) = file.iter().next() else { return };
            (Key::from(CONFIG), first.origin.clone(), first.secrecy, Map::default())
        }
    };
    parameters.insert(key, Value::map(over(&file, &config), origin).secret(secrecy));
}

/// `upper` over `lower`: maps are merged, anything else of `upper` wins.
fn over(lower: &Map, upper: &Map) -> Map {
    let mut merged = lower.clone();
    for (key, value) in upper.iter() {
        let value = match (lower.get(&key.text).and_then(Value::as_map), value.as_map()) {
            (Some(below), Some(above)) => Value::map(over(below, above), value.origin.clone()).secret(value.secrecy),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}

/// A text in a file that would not come out as it went in: a hole inside a hole.
pub fn unspeakable(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Text(text) => text::literal(text).is_none().then_some(text),
        Kind::List(items) => items.iter().find_map(unspeakable),
        Kind::Map(map) => map.iter().find_map(|(_, value)| unspeakable(value)),
        _ => None,
    }
}

fn literal(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::Text(text) => match text::literal(text) {
            Some(Cow::Owned(escaped)) => Kind::Text(escaped.into()),
            Some(Cow::Borrowed(_)) | None => return value.clone(),
        },
        Kind::List(items) => Kind::List(Arc::new(items.iter().map(literal).collect())),
        Kind::Map(map) => Kind::Map(map.iter().map(|(key, value)| (key.clone(), literal(value))).collect()),
        _ => return value.clone(),
    };
    Value { kind, origin: value.origin.clone(), secrecy: value.secrecy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Origin, read};

    fn map(json: &str) -> Map {
        let value = read::read_json(json, &Origin::Nowhere).expect("JSON");
        value.as_map().expect("a map").clone()
    }

    #[test]
    fn the_descriptor_wins_map_by_map_and_texts_mean_themselves() {
        let mut parameters = map(r#"{"config": {"a": 1, "deep": {"x": 1}, "list": [1]}}"#);
        put_under(&mut parameters, &map(r#"{"a": 2, "b": "~{c/d}", "deep": {"x": 2, "y": 2}, "list": [2, 3]}"#));
        let expected = r#"{"config": {"a": 1, "b": "\\~{c/d}", "deep": {"x": 1, "y": 2}, "list": [1]}}"#;
        assert_eq!(parameters, map(expected));
    }

    #[test]
    fn a_file_alone_is_the_config_and_what_is_no_map_stays() {
        let mut parameters = map(r#"{"config": null}"#);
        put_under(&mut parameters, &map(r#"{"a": 2}"#));
        assert_eq!(parameters, map(r#"{"config": {"a": 2}}"#));
        let mut parameters = map(r#"{"config": 7}"#);
        put_under(&mut parameters, &map(r#"{"a": 2}"#));
        assert_eq!(parameters, map(r#"{"config": 7}"#));
    }
}
