//! `windlass.toml`, from the table of its keys. Editors read TOML against JSON Schema, too (Taplo, Even Better TOML).

use super::{described, document, refer, target, with, with_example};
use crate::config::table::{Holds, Key, ROOT, Table};
use crate::finding::CODES;
use crate::source::{self, Sources};
use crate::tree::read::value;
use serde_json::{Map, Value, json};

pub(super) fn schema() -> Value {
    let codes: Vec<&str> = CODES.iter().map(|code| code.id).collect();
    let titles: Vec<&str> = CODES.iter().map(|code| code.title).collect();
    let rule = json!({"enum": codes, "markdownEnumDescriptions": titles});
    let definitions = [("rule", rule), ("target", target::shape())];
    document("Configuration of windlass", table(&ROOT), definitions.into_iter().chain(target::definitions()))
}

fn table(table: &'static Table) -> Value {
    let properties: Map<String, Value> = table.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn property(key: &Key) -> Value {
    let mut text = key.about.to_owned();
    if !key.default.is_empty() {
        text.push_str(&format!(" Default: `{}`.", key.default));
    }
    if let Some(flag) = key.flag {
        text.push_str(&format!(" As `--{flag}`."));
    }
    let mut markdown = text.clone();
    if !key.example.is_empty() {
        markdown.push_str(&format!("\n\n```toml\n{} = {}\n```", key.name, key.example));
    }
    let shape = match toml_value(key.default) {
        Some(default) => with(shape(key.holds), json!({"default": default})),
        None => shape(key.holds),
    };
    with_example(described(shape, &text, &markdown), toml_value(key.example))
}

fn shape(holds: Holds) -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    match holds {
        Holds::Word(words) => worded(words),
        Holds::Number => json!({"type": "integer", "minimum": 0}),
        Holds::Path => json!({"type": "string"}),
        Holds::Paths | Holds::Patterns => texts,
        Holds::Rules => json!({"type": "array", "items": refer("rule")}),
        Holds::PerRule(words) => {
            json!({"type": "object", "propertyNames": refer("rule"), "additionalProperties": worded(words)})
        }
        Holds::Table(of) => table(of),
        Holds::Tables(of) => json!({"type": "array", "items": table(of)}),
        Holds::Named(_) => json!({"type": "object", "additionalProperties": refer("target")}),
    }
}

fn worded(words: &[(&str, &str)]) -> Value {
    let (words, meanings): (Vec<&str>, Vec<&str>) = words.iter().copied().unzip();
    json!({"enum": words, "markdownEnumDescriptions": meanings})
}

/// A value as the table writes it.
fn toml_value(text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let mut sources = Sources::default();
    let file = sources.add("example", format!("value = {text}"));
    let node = source::toml::read(&sources, file).product?;
    let json: Value = serde_json::from_str(&value(&node).to_json()).ok()?;
    json.get("value").cloned()
}
