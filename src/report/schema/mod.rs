//! JSON Schemas: of what windlass reads, for editors, and of what it prints, for programs. `windlass schema NAME` prints one;
//! the folder `schemas/` keeps all of them, and a test refuses any difference.
//!
//! They are draft-07, which every editor's YAML and TOML support knows. Descriptions also stand as `markdownDescription`, which
//! VS Code and its language servers show. Nothing is said here that another table says already: keys, parameters, types
//! and settings come from the tables that the readers use.

mod descriptor;
mod outputs;
mod parameters;
mod settings;
mod target;

use crate::source::{Sources, yaml};
use crate::tree::read::value;
use serde_json::{Map, Value, json};

/// A schema that can be asked for.
pub struct Schema {
    pub name: &'static str,
    /// Its name in the folder `schemas/`.
    pub file: &'static str,
    /// What it is the schema of.
    pub about: &'static str,
    make: fn() -> Value,
}

/// All schemas, in the order in which help lists them.
pub static SCHEMAS: &[Schema] = &[
    Schema {
        name: "mtad",
        file: "mtad.schema.json",
        about: "deployment descriptors (mtad.yaml) and development descriptors (mta.yaml)",
        make: descriptor::descriptor,
    },
    Schema {
        name: "mtaext",
        file: "mtaext.schema.json",
        about: "extension descriptors (*.mtaext)",
        make: descriptor::extension,
    },
    Schema { name: "target", file: "target.schema.json", about: "target files", make: target::schema },
    Schema { name: "config", file: "windlass-toml.schema.json", about: "windlass.toml", make: settings::schema },
    output("diagnostics", "diagnostics.schema.json", "lint -o json, --message-format json", outputs::diagnostics),
    output("plan", "plan.schema.json", "plan -o json", outputs::plan::schema),
    output(
        "events",
        "events.schema.json",
        "deploy, undeploy, rollback, operation resume|retry: --progress json; operation logs -o json-lines",
        outputs::events::schema,
    ),
    output("status", "status.schema.json", "status -o json, ls -o json", outputs::status),
    output("operations", "operations.schema.json", "operation ls -o json", outputs::operations::operations),
    output("operation", "operation.schema.json", "operation show -o json", outputs::operations::page),
    output("history", "history.schema.json", "history -o json", outputs::operations::history),
    output("starts", "starts.schema.json", "why -o json", outputs::operations::starts),
    output("module", "module.schema.json", "module status -o json, module ls -o json", outputs::module),
    output("log", "log.schema.json", "logs -o json, module logs -o json", outputs::log),
    output("graph", "graph.schema.json", "graph -o json", outputs::graph),
    output("order", "order.schema.json", "plan --order-only -o json", outputs::order),
    output("env", "env.schema.json", "env -o json", outputs::env),
    output("doctor", "doctor.schema.json", "doctor -o json", outputs::doctor),
    output("secrets", "secrets.schema.json", "secret ls -o json", outputs::secrets),
    output("state-check", "state-check.schema.json", "state check -o json", outputs::state_check),
    output("targets", "targets.schema.json", "target ls -o json", outputs::targets),
    output("version-check", "version-check.schema.json", "version-check -o json", outputs::version_check),
    output("entries", "entries.schema.json", "registry ls|show|entries|export -o json", outputs::entries),
    output("subscriptions", "subscriptions.schema.json", "registry subscriptions -o json", outputs::subscriptions),
    output("matches", "matches.schema.json", "registry match -o json", outputs::matches),
];

const fn output(name: &'static str, file: &'static str, about: &'static str, make: fn() -> Value) -> Schema {
    Schema { name, file, about, make }
}

impl Schema {
    pub fn named(name: &str) -> Option<&'static Schema> {
        SCHEMAS.iter().find(|schema| schema.name == name)
    }

    /// The whole document, as it stands in the folder `schemas/`.
    pub fn text(&self) -> String {
        let mut schema = (self.make)();
        schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        format!("{schema:#}\n")
    }
}

/// The name of a definition, and its shape.
type Definition = (&'static str, Value);

/// A document with definitions.
fn document(title: &str, root: Value, definitions: impl IntoIterator<Item = Definition>) -> Value {
    let definitions: Map<String, Value> =
        definitions.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    with(root, json!({"title": title, "definitions": definitions}))
}

fn refer(definition: &str) -> Value {
    json!({"$ref": format!("#/definitions/{definition}")})
}

/// The fields of both.
fn with(mut shape: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut shape, more) {
        fields.extend(more);
    }
    shape
}

/// The shape with texts for people. In draft-07 nothing counts beside a reference, so that goes inside.
fn described(shape: Value, about: &str, markdown: &str) -> Value {
    let shape = if shape.get("$ref").is_some() { json!({"allOf": [shape]}) } else { shape };
    with(shape, json!({"description": about, "markdownDescription": markdown}))
}

fn with_example(shape: Value, example: Option<Value>) -> Value {
    match example {
        Some(example) => with(shape, json!({"examples": [example]})),
        None => shape,
    }
}

/// One of some words, each with its meaning, or any other text.
fn suggested<'a>(words: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let (words, meanings): (Vec<&str>, Vec<&str>) = words.unzip();
    json!({"type": "string", "anyOf": [{"enum": words, "markdownEnumDescriptions": meanings}, {}]})
}

/// An example of the tables, which hold YAML on one line.
fn example(text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let mut sources = Sources::default();
    let file = sources.add("example", text);
    let node = yaml::read(&sources, file).product?;
    serde_json::from_str(&value(&node).to_json()).ok()
}
