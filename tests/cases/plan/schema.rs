//! As much of JSON Schema as `schemas/plan.schema.json` uses: types, enums, constants, properties, required, items, `$ref`
//! into `$defs`, `oneOf`, and no further properties.

use serde_json::Value;
use std::sync::OnceLock;

/// Where and why a plan's JSON is not what the schema promises.
pub fn problems(document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    check(root(), document, "$", &mut problems);
    problems
}

fn root() -> &'static Value {
    static ROOT: OnceLock<Value> = OnceLock::new();
    ROOT.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/plan.schema.json");
        let text = std::fs::read_to_string(path).expect("the schema can be read");
        serde_json::from_str(&text).expect("the schema is JSON")
    })
}

fn check(schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$ref" => {
                let pointer = argument.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                check(root().pointer(pointer).expect("a definition"), value, at, problems);
            }
            "type" => {
                let one = |wanted: &Value| is(wanted.as_str().expect("a type's name"), value);
                let fits = argument.as_array().map_or_else(|| one(argument), |any| any.iter().any(one));
                if !fits {
                    problems.push(format!("{at}: {value} is not of type {argument}"));
                }
            }
            "const" if argument != value => problems.push(format!("{at}: {value} is not {argument}")),
            "enum" if !argument.as_array().is_some_and(|any| any.contains(value)) => {
                problems.push(format!("{at}: {value} is not one of {argument}"));
            }
            "required" => {
                for key in argument.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if value.get(key).is_none() {
                        problems.push(format!("{at}: no `{key}`"));
                    }
                }
            }
            "properties" => {
                for (key, schema) in argument.as_object().into_iter().flatten() {
                    if let Some(inner) = value.get(key) {
                        check(schema, inner, &format!("{at}.{key}"), problems);
                    }
                }
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object).expect("properties beside it");
                for key in value.as_object().into_iter().flatten().map(|(key, _)| key) {
                    if !known.contains_key(key) {
                        problems.push(format!("{at}: unknown `{key}`"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(argument, item, &format!("{at}[{index}]"), problems);
                }
            }
            "oneOf" => {
                let tries = argument.as_array().expect("a list of schemas").iter().map(|schema| {
                    let mut inner = Vec::new();
                    check(schema, value, at, &mut inner);
                    inner
                });
                let (fitting, others): (Vec<_>, Vec<_>) = tries.partition(Vec::is_empty);
                if fitting.len() != 1 {
                    let nearest = others.into_iter().min_by_key(Vec::len).unwrap_or_default();
                    problems.push(format!("{at}: {} shapes fit; nearest: {}", fitting.len(), nearest.join("; ")));
                }
            }
            "const" | "enum" | "$schema" | "$id" | "$defs" | "title" | "description" => {}
            other => panic!("the schema uses `{other}`, which this checker does not know"),
        }
    }
}

fn is(wanted: &str, value: &Value) -> bool {
    match wanted {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn the_checker_refuses_what_is_wrong() {
    let wrong = serde_json::json!({"format": 1, "kind": "destroy", "steps": [{"id": "one", "action": "explode"}]});
    let problems = problems(&wrong).join("\n");
    for part in ["no `mta`", "\"destroy\" is not one of", "$.steps[0]"] {
        assert!(problems.contains(part), "{part} in:\n{problems}");
    }
}
