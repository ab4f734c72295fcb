//! Holds what the program prints against `schemas/`: as much of JSON Schema as the schemas of output use. Whoever runs a command
//! in a test asks [`problems_of`]; what has no schema has no problems.
//!
//! The schemas of what windlass reads use more than this checker knows; `scripts/check-schemas` has another validator for them.

#![allow(dead_code, reason = "each test program that uses this module uses a part of it")]

use serde_json::Value;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// What is wrong with the output of a command, if it is output for programs at all.
pub fn problems_of(arguments: &[&str], out: &str, err: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(schema) = schema_of(arguments) {
        for document in serde_json::Deserializer::from_str(out).into_iter::<Value>() {
            match document {
                Ok(document) if schema == "finding" => {
                    problems.extend(self::problems("diagnostics", &Value::from(vec![document])));
                }
                Ok(document) => problems.extend(self::problems(schema, &document)),
                Err(error) => problems.push(format!("standard output is no JSON: {error}")),
            }
        }
    }
    if says(arguments, "--message-format", "json") {
        for line in err.lines().filter(|line| line.starts_with('{')) {
            match serde_json::from_str::<Value>(line) {
                Ok(finding) => problems.extend(self::problems("diagnostics", &Value::from(vec![finding]))),
                Err(error) => problems.push(format!("a line of standard error is no JSON: {error}")),
            }
        }
    }
    problems
}

/// The schema that standard output promises to follow.
fn schema_of(arguments: &[&str]) -> Option<&'static str> {
    let has = |word: &str| arguments.contains(&word);
    let acts =
        ["deploy", "undeploy", "rollback", "resume", "retry", "suspend", "restart", "delete"].into_iter().any(has);
    if acts && says(arguments, "--progress", "json") {
        return Some("events");
    }
    if has("operation") && has("logs") && says(arguments, "-o", "json-lines") {
        return Some("events");
    }
    let form = |form: &str| says(arguments, "-o", form) || says(arguments, "--output-format", form);
    if has("lint") && form("json-lines") {
        return Some("finding");
    }
    if !form("json") {
        return None;
    }
    if has("operation") {
        return Some(if has("ls") { "operations" } else { "operation" });
    }
    if has("module") && !has("plan") {
        let of_module = [("env", "env"), ("logs", "log"), ("ls", "module"), ("status", "module")];
        return of_module.iter().find(|(command, _)| has(command)).map(|(_, schema)| *schema);
    }
    if has("logs") {
        return Some("log");
    }
    let commands = [
        ("history", "history"),
        ("why", "starts"),
        ("lint", "diagnostics"),
        ("status", "status"),
        ("graph", "graph"),
        ("env", "env"),
        ("doctor", "doctor"),
        ("version-check", "version-check"),
    ];
    if has("state") && has("check") {
        return Some("state-check");
    }
    let simple = commands.iter().find(|(command, _)| has(command)).map(|(_, schema)| *schema);
    simple.or_else(|| match () {
        () if has("plan") => Some(if has("--order-only") { "order" } else { "plan" }),
        () if has("secret") && has("ls") => Some("secrets"),
        () if has("target") => has("ls").then_some("targets"),
        () if has("registry") && (has("ls") || has("show") || has("entries") || has("export")) => Some("entries"),
        () if has("registry") && has("subscriptions") => Some("subscriptions"),
        () if has("registry") && has("match") => Some("matches"),
        () if has("ls") => Some("status"),
        () => None,
    })
}

/// `--flag value` or `--flag=value`.
fn says(arguments: &[&str], flag: &str, value: &str) -> bool {
    arguments.windows(2).any(|pair| pair == [flag, value]) || arguments.contains(&&*format!("{flag}={value}"))
}

/// Where and why a document is not what the schema promises.
pub fn problems(schema: &str, document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let root = root(schema);
    check(root, root, document, "$", &mut problems);
    problems.into_iter().map(|problem| format!("schemas/{schema}.schema.json: {problem}")).collect()
}

fn root(name: &str) -> &'static Value {
    static ROOTS: LazyLock<Mutex<HashMap<String, &'static Value>>> = LazyLock::new(Mutex::default);
    let mut roots = ROOTS.lock().expect("no test fails while it reads a schema");
    roots.entry(name.to_owned()).or_insert_with(|| {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        Box::leak(Box::new(serde_json::from_str(&text).expect("the schema is JSON")))
    })
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$ref" => {
                let pointer = argument.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                check(root, root.pointer(pointer).expect("a definition"), value, at, problems);
            }
            "allOf" => {
                for schema in argument.as_array().into_iter().flatten() {
                    check(root, schema, value, at, problems);
                }
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
                    if value.as_object().is_some_and(|fields| !fields.contains_key(key)) {
                        problems.push(format!("{at}: no `{key}`"));
                    }
                }
            }
            "properties" => {
                for (key, schema) in argument.as_object().into_iter().flatten() {
                    if let Some(inner) = value.get(key) {
                        check(root, schema, inner, &format!("{at}.{key}"), problems);
                    }
                }
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        continue;
                    }
                    match argument {
                        Value::Bool(true) => {}
                        Value::Bool(false) => problems.push(format!("{at}: unknown `{key}`")),
                        schema => check(root, schema, inner, &format!("{at}.{key}"), problems),
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, argument, item, &format!("{at}[{index}]"), problems);
                }
            }
            "oneOf" => {
                let tries = argument.as_array().expect("a list of schemas").iter().map(|schema| {
                    let mut inner = Vec::new();
                    check(root, schema, value, at, &mut inner);
                    inner
                });
                let (fitting, others): (Vec<_>, Vec<_>) = tries.partition(Vec::is_empty);
                if fitting.len() != 1 {
                    let nearest = others.into_iter().min_by_key(Vec::len).unwrap_or_default();
                    problems.push(format!("{at}: {} shapes fit; nearest: {}", fitting.len(), nearest.join("; ")));
                }
            }
            "const" | "enum" | "$schema" | "$id" | "definitions" | "title" | "description" => {}
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
    let problems = problems("plan", &wrong).join("\n");
    for part in ["no `mta`", "\"destroy\" is not one of", "$.steps[0]"] {
        assert!(problems.contains(part), "{part} in:\n{problems}");
    }
    let event = r#"{"v":1,"ts":"now","op":"1","type":"task.started","surplus":1}"#;
    assert!(!problems_of(&["deploy", "--progress", "json"], event, "").is_empty());
    assert!(!problems_of(&["lint", "-o", "json"], "[{}]", "").is_empty());
    assert!(!problems_of(&["lint", "--message-format=json"], "", "{\"code\":1}").is_empty());
    assert!(problems_of(&["lint", "-o", "short"], "a.yaml:1:1", "").is_empty());
}
