//! Target files, alone and inside `windlass.toml`.

use super::descriptor::{element, no_other, values};
use super::{Definition, document, parameters, refer};
use crate::plan::parameters::Place;
use crate::target::read::{MODULE_TYPE, RESOURCE_TYPE, TARGET};
use crate::tree::shape::Key;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    document("Target of windlass: where applications are deployed", element(&TARGET, &of_target), definitions())
}

/// What the shape of a target refers to.
pub(super) fn definitions() -> impl Iterator<Item = Definition> {
    let types = [
        ("module-type", element(&MODULE_TYPE, &|key| of_type(key, Place::Module))),
        ("resource-type", element(&RESOURCE_TYPE, &|key| of_type(key, Place::Resource))),
    ];
    types.into_iter().chain(values()).chain(parameters::definitions())
}

/// A target by itself.
pub(super) fn shape() -> Value {
    element(&TARGET, &of_target)
}

fn of_target(key: &Key) -> Option<Value> {
    match key.name {
        "protocol" => Some(json!({"enum": ["http", "https"]})),
        "compat" => Some(json!({"enum": ["documented", "deploy-service"]})),
        "other-types" => Some(json!({"enum": ["refused", "built-in"]})),
        "parameters" => Some(parameters::at(Place::Descriptor)),
        "module-types" => Some(json!({"type": "array", "items": refer("module-type")})),
        "resource-types" => Some(json!({"type": "array", "items": refer("resource-type")})),
        "plural-parameters" => Some(json!({"type": "object", "additionalProperties": {"type": "string"}})),
        _ => no_other(key),
    }
}

fn of_type(key: &Key, place: Place) -> Option<Value> {
    (key.name == "parameters").then(|| parameters::at(place))
}
