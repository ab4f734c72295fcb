//! Every setting that counts, and who said so: made from the table of keys, so that none can be forgotten.

use super::settings::Layers;
use super::table::{Holds, ROOT, Table};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style};
use crate::source::{Sources, Span};
use crate::tree::read::value;
use std::sync::Arc;

/// A setting that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `lint.severity.image-latest`, as TOML writes it.
    pub key: String,
    pub value: serde_json::Value,
    pub origin: Origin,
    /// The value as TOML; `None` when there is no value, and the line is a remark.
    text: Option<String>,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    BuiltIn,
    File(Span),
    /// `WINDLASS_FAIL_ON`
    Variable(String),
}

impl Origin {
    /// `windlass.toml:3`.
    pub fn words(&self, sources: &Sources) -> String {
        match self {
            Origin::BuiltIn => "built in".to_owned(),
            Origin::File(span) => sources.line_of(*span),
            Origin::Variable(name) => format!("the variable {name}"),
        }
    }
}

impl Line {
    /// A line of TOML.
    pub fn toml(&self) -> String {
        match &self.text {
            Some(text) => format!("{} = {text}", self.key),
            None => format!("# {} is not set", self.key),
        }
    }
}

/// All settings, in the order of the table. `variable` says the name and the value of the variable that belongs to a flag.
pub fn explain(layers: &Layers, variable: &dyn Fn(&str) -> Option<(String, String)>) -> Vec<Line> {
    let mut lines = Vec::new();
    table(&ROOT, &mut Vec::new(), layers, variable, &mut lines);
    lines
}

fn table(
    known: &'static Table,
    path: &mut Vec<&'static str>,
    layers: &Layers,
    variable: &dyn Fn(&str) -> Option<(String, String)>,
    lines: &mut Vec<Line>,
) {
    for key in known.keys {
        path.push(key.name);
        let name = path.join(".");
        match key.holds {
            Holds::Table(inner) => table(inner, path, layers, variable, lines),
            Holds::PerRule(_) | Holds::Named(_) => {
                for (entry, (at, node)) in layers.entries(path) {
                    lines.push(written(format!("{name}.{}", bare_or_quoted(entry)), node, at));
                }
            }
            Holds::Word(_)
            | Holds::Number
            | Holds::Path
            | Holds::Paths
            | Holds::Patterns
            | Holds::Rules
            | Holds::Tables(_) => {
                lines.push(match (key.flag.and_then(variable), layers.get(path)) {
                    (Some((variable, text)), _) => Line {
                        key: name,
                        text: Some(quoted(&text)),
                        value: text.into(),
                        origin: Origin::Variable(variable),
                    },
                    (None, Some((node, _))) => written(name, node, node.span),
                    (None, None) => built_in(name, key.default),
                });
            }
        }
        path.pop();
    }
}

fn written(key: String, node: &Node, at: Span) -> Line {
    let node = masked(node);
    Line { key, value: json(&node), text: Some(text(&node)), origin: Origin::File(at) }
}

fn built_in(key: String, default: &str) -> Line {
    let value = match default {
        "[]" => serde_json::Value::Array(Vec::new()),
        "" => serde_json::Value::Null,
        number if number.parse::<u64>().is_ok() => number.parse::<u64>().unwrap_or_default().into(),
        text => text.trim_matches('"').into(),
    };
    Line { key, value, text: (!default.is_empty()).then(|| default.to_owned()), origin: Origin::BuiltIn }
}

/// The same without what pulls images or opens databases: targets may have parameters with passwords.
fn masked(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Map(pairs) => {
            let pairs = pairs.iter().map(|pair| match pair.key.value.to_lowercase().ends_with("password") {
                true => Pair { value: Node { kind: hidden(), ..pair.value.clone() }, ..pair.clone() },
                false => Pair { value: masked(&pair.value), ..pair.clone() },
            });
            NodeKind::Map(Arc::new(pairs.collect()))
        }
        NodeKind::List(items) => NodeKind::List(Arc::new(items.iter().map(masked).collect())),
        NodeKind::Scalar(scalar) => NodeKind::Scalar(scalar.clone()),
    };
    Node { kind, ..node.clone() }
}

fn hidden() -> NodeKind {
    NodeKind::Scalar(Scalar { text: "(sensitive)".into(), style: Style::Quoted })
}

fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Map(pairs) => pairs.iter().map(|pair| (pair.key.value.to_string(), json(&pair.value))).collect(),
        NodeKind::List(items) => items.iter().map(json).collect(),
        NodeKind::Scalar(_) => serde_json::from_str(&value(node).to_json()).unwrap_or_default(),
    }
}

/// A value as TOML, on one line.
fn text(node: &Node) -> String {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) => text.to_string(),
        NodeKind::Scalar(Scalar { text, style: Style::Quoted }) => quoted(text),
        NodeKind::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(pairs) => {
            let pair = |(key, value): (&str, &Node)| format!("{} = {}", bare_or_quoted(key), text(value));
            let pairs: Vec<String> = pairs.iter().map(|one| pair((&one.key.value, &one.value))).collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
    }
}

fn bare_or_quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { key.to_owned() } else { quoted(key) }
}

/// A basic string of TOML: its escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
