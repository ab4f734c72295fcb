//! Deployment descriptors, development descriptors and extension descriptors.
//!
//! Both major schema versions have one shape: what came with version 3 is no mistake in version 2, it only has no effect.
//! Unknown keys are refused, because a slip of the keyboard is what an editor is to show; the linter warns of them.

use super::{Definition, described, document, example, parameters, refer, suggested, with_example};
use crate::descriptor::keys::{
    DESCRIPTOR, EXTENSION, HOOK, HOOK_PATCH, METADATA, MODULE, MODULE_PATCH, PROVIDES, PROVIDES_PATCH, REQUIRES,
    REQUIRES_PATCH, RESOURCE, RESOURCE_PATCH,
};
use crate::name::MAX_LENGTH;
use crate::plan::parameters::Place;
use crate::target::types::{MODULE_TYPES, RESOURCE_TYPES};
use crate::tree::shape::{Element, Expects, Key, Others, Presence, Role};
use serde_json::{Map, Value, json};

pub(super) fn descriptor() -> Value {
    let elements = [
        ("module", element(&MODULE, &of_module)),
        ("resource", element(&RESOURCE, &of_resource)),
        ("requires", element(&REQUIRES, &of_requires)),
        ("provides", element(&PROVIDES, &of_provides)),
        ("hook", element(&HOOK, &of_hook)),
        ("metadata", element(&METADATA, &no_other)),
    ];
    document(
        "Deployment or development descriptor of a multitarget application",
        element(&DESCRIPTOR, &of_descriptor),
        elements.into_iter().chain(values()).chain(parameters::definitions()),
    )
}

pub(super) fn extension() -> Value {
    let elements = [
        ("module", element(&MODULE_PATCH, &of_module)),
        ("resource", element(&RESOURCE_PATCH, &of_resource)),
        ("requires", element(&REQUIRES_PATCH, &of_requires)),
        ("provides", element(&PROVIDES_PATCH, &of_provides)),
        ("hook", element(&HOOK_PATCH, &of_hook)),
    ];
    document(
        "Extension descriptor of a multitarget application",
        element(&EXTENSION, &of_descriptor),
        elements.into_iter().chain(values()).chain(parameters::definitions()),
    )
}

/// What a key holds that the table of its element only calls a map or a list.
type Inside<'a> = &'a dyn Fn(&Key) -> Option<Value>;

/// A map with the keys of a table.
pub(super) fn element(element: &'static Element, inside: Inside<'_>) -> Value {
    let properties: Map<String, Value> =
        element.keys.iter().map(|key| (key.name.to_owned(), property(key, inside(key)))).collect();
    let needed = |key: &&Key| key.presence == Presence::Required && key.since <= 2;
    let required: Vec<&str> = element.keys.iter().filter(needed).map(|key| key.name).collect();
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": element.others == Others::Free,
    })
}

fn property(key: &Key, inside: Option<Value>) -> Value {
    let shape = match key.role {
        Role::Forbidden(why) => json!({"not": {}, "errorMessage": why, "doNotSuggest": true}),
        Role::Foreign => inside.unwrap_or_else(|| json!({})),
        Role::Read => inside.unwrap_or_else(|| any(key.expects)),
    };
    with_example(described(shape, key.about, &key.markdown()), example(key.example))
}

/// What the reader takes, as far as the table knows.
fn any(expects: Expects) -> Value {
    match expects {
        Expects::Name => refer("name"),
        Expects::Text | Expects::Version => json!({"type": "string"}),
        Expects::Boolean => json!({"type": "boolean"}),
        Expects::Map => json!({"type": "object"}),
        Expects::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Expects::Elements => json!({"type": "array", "items": {"type": "object"}}),
        Expects::Anything => json!({}),
    }
}

/// Definitions of single values.
pub(super) fn values() -> [Definition; 3] {
    [
        ("name", json!({"type": "string", "pattern": format!("^[A-Za-z0-9_.-]{{1,{MAX_LENGTH}}}$")})),
        (
            "schema-version",
            // A number is read as the text that it is written with.
            json!({"anyOf": [
                {"type": "string", "pattern": r"^\s*v?[23](\D|$)"},
                {"type": "number", "minimum": 2, "exclusiveMaximum": 4},
            ]}),
        ),
        (
            "hole",
            json!({
                "type": "string",
                "pattern": r"[$~]\{",
                "description": "A text with a placeholder `${…}` or a reference `~{…}`, whose value is known only later.",
            }),
        ),
    ]
}

fn list(of: &str) -> Value {
    json!({"type": "array", "items": refer(of)})
}

fn of_descriptor(key: &Key) -> Option<Value> {
    match key.name {
        "_schema-version" => Some(refer("schema-version")),
        "modules" => Some(list("module")),
        "resources" => Some(list("resource")),
        "parameters" => Some(parameters::at(Place::Descriptor)),
        _ => metadata(key),
    }
}

fn of_module(key: &Key) -> Option<Value> {
    match key.name {
        "type" => Some(suggested(MODULE_TYPES.iter().map(|one| (one.name, one.about)))),
        "parameters" => Some(parameters::at(Place::Module)),
        "provides" => Some(list("provides")),
        "hooks" => Some(list("hook")),
        _ => dependencies(key).or_else(|| metadata(key)),
    }
    .filter(|_| key.role == Role::Read)
}

fn of_resource(key: &Key) -> Option<Value> {
    match key.name {
        "type" => Some(suggested(RESOURCE_TYPES.iter().map(|one| (one.name, one.about)))),
        "parameters" => Some(parameters::at(Place::Resource)),
        _ => dependencies(key).or_else(|| metadata(key)),
    }
    .filter(|_| key.role == Role::Read)
}

fn of_requires(key: &Key) -> Option<Value> {
    match key.name {
        "parameters" => Some(parameters::at(Place::Requires)),
        _ => metadata(key),
    }
}

fn of_provides(key: &Key) -> Option<Value> {
    match key.name {
        "parameters" => Some(parameters::at(Place::Provides)),
        _ => metadata(key),
    }
}

fn of_hook(key: &Key) -> Option<Value> {
    match key.name {
        "parameters" => Some(parameters::at(Place::Hook)),
        _ => dependencies(key),
    }
}

pub(super) fn no_other(_: &Key) -> Option<Value> {
    None
}

fn dependencies(key: &Key) -> Option<Value> {
    (key.name == "requires").then(|| list("requires"))
}

fn metadata(key: &Key) -> Option<Value> {
    let is_metadata = key.name.ends_with("-metadata") && key.role == Role::Read;
    is_metadata.then(|| json!({"type": "object", "additionalProperties": refer("metadata")}))
}
