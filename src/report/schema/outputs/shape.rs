//! Words to write shapes with.

use serde_json::{Map, Value, json};

pub(super) use super::super::{refer, with};

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

/// A whole number.
pub(super) fn number() -> Value {
    json!({"type": "integer"})
}

pub(super) fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(super) fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

pub(super) fn words<const N: usize>(words: [&str; N]) -> Value {
    json!({"enum": words.to_vec()})
}

pub(super) fn fixed(value: impl Into<Value>) -> Value {
    json!({"const": value.into()})
}

pub(super) fn one_of<const N: usize>(shapes: [Value; N]) -> Value {
    json!({"oneOf": shapes.to_vec()})
}

/// The shape, or null.
pub(super) fn maybe(shape: Value) -> Value {
    match shape.get("type") {
        Some(Value::String(word)) if shape.as_object().is_some_and(|fields| fields.len() == 1) => {
            json!({"type": [word, "null"]})
        }
        _ if shape == json!({}) => shape,
        _ => one_of([shape, json!({"type": "null"})]),
    }
}

/// A map with exactly these fields; one whose name ends with `?` may be missing.
pub(super) fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let fields: Vec<(&str, Value)> = fields.into_iter().collect();
    let needed: Vec<&str> = fields.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, shape)| (name.trim_end_matches('?').to_owned(), shape.clone())).collect();
    json!({"type": "object", "required": needed, "properties": properties, "additionalProperties": false})
}

/// A map whose keys are free.
pub(super) fn map_of(of: Value) -> Value {
    json!({"type": "object", "additionalProperties": of})
}

/// In draft-07 nothing counts beside a reference.
pub(super) fn about(shape: Value, text: &str) -> Value {
    let shape = if shape.get("$ref").is_some() { json!({"allOf": [shape]}) } else { shape };
    with(shape, json!({"description": text}))
}
