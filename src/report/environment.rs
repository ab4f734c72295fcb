//! The environment of modules: for people, for programs, for shells.

use super::mask::masked;
use super::paint::{Colour, Paint, harmless};
use crate::source::Sources;
use crate::stage::environment::{Environment, Variable};
use crate::tree::{Built, Kind, Origin, Value};
use serde_json::{Map, json};

/// How much is shown.
pub struct Shown<'a> {
    pub sources: &'a Sources,
    /// Where values come from.
    pub explain: bool,
    pub mask: bool,
}

impl Shown<'_> {
    /// The text that the container gets, with its secrets masked.
    fn text(&self, variable: &Variable) -> String {
        if !self.mask || !variable.value.holds_secret() {
            return variable.text.clone();
        }
        let value = masked(&variable.value);
        value.as_text().map_or_else(|| value.to_json(), str::to_owned)
    }
}

/// A block per module, a line per variable; with `explain`, the lines that a value comes from below it.
pub fn table(environments: &[&Environment], shown: &Shown<'_>, colour: Colour) -> String {
    let mut out = String::new();
    for environment in environments {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{}\n", colour.paint(Paint::Bold, &environment.module)));
        if environment.variables.is_empty() {
            out.push_str("  no variables\n");
        }
        let width = environment.variables.iter().map(|variable| variable.name.chars().count()).max().unwrap_or(0);
        let width = if shown.explain { 0 } else { width };
        for variable in &environment.variables {
            let text = shown.text(variable).replace('\n', "\\n");
            let line = format!("  {:width$}  {}", harmless(&variable.name), harmless(&text));
            out.push_str(line.trim_end());
            out.push('\n');
            if shown.explain {
                for line in reasons(variable, shown.sources) {
                    out.push_str(&format!("      {}\n", colour.paint(Paint::Dim, harmless(&line))));
                }
            }
        }
    }
    out
}

/// `{"module": {"VARIABLE": "value"}}`; with `explain`, each value is an object.
pub fn json(environments: &[&Environment], shown: &Shown<'_>) -> String {
    let modules = environments.iter().map(|environment| {
        let variables = environment.variables.iter().map(|variable| {
            let text = shown.text(variable);
            let value = if shown.explain {
                let overrode: Vec<_> = variable.overrode.iter().map(|over| origin_json(over, shown.sources)).collect();
                json!({"value": text, "from": origin_json(&variable.value.origin, shown.sources), "overrode": overrode})
            } else {
                json!(text)
            };
            (variable.name.clone(), value)
        });
        (environment.module.to_string(), serde_json::Value::Object(variables.collect()))
    });
    format!("{:#}\n", serde_json::Value::Object(modules.collect::<Map<_, _>>()))
}

/// Assignments for a shell. Simple values stand bare, so that `docker run --env-file` reads those lines as well.
pub fn dotenv(environment: &Environment, shown: &Shown<'_>) -> String {
    let mut out = String::new();
    for variable in &environment.variables {
        if shown.explain {
            out.extend(reasons(variable, shown.sources).iter().map(|line| format!("# {}\n", line.replace('\n', " "))));
        }
        if is_shell_name(&variable.name) {
            out.push_str(&format!("{}={}\n", variable.name, quoted(&shown.text(variable))));
        } else {
            let name = variable.name.replace('\n', " ");
            out.push_str(&format!("# `{name}` is left out: no shell takes it as a variable\n"));
        }
    }
    out
}

fn is_shell_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn quoted(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if text.chars().all(bare) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Why a variable has its value: a line for where it was written, then, deeper, one for each hole that was closed and what
/// it was closed with; last, what it won over.
fn reasons(variable: &Variable, sources: &Sources) -> Vec<String> {
    let mut lines = vec![format!("from {}", place(&variable.value.origin, sources))];
    parts(&variable.value.origin, sources, 1, &mut lines);
    inside(&variable.value, "", &place(&variable.value.origin, sources), sources, &mut lines);
    lines.extend(variable.overrode.iter().map(|over| format!("over {}", place(over, sources))));
    lines
}

/// What a list or a map was put together from, where that is another line than its own: `[0].url = mtad.yaml:9`.
fn inside(value: &Value, path: &str, around: &str, sources: &Sources, out: &mut Vec<String>) {
    let items: Vec<(String, &Value)> = match &value.kind {
        Kind::List(items) => items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect(),
        Kind::Map(map) if path.is_empty() => map.iter().map(|(key, item)| (key.text.to_string(), item)).collect(),
        Kind::Map(map) => map.iter().map(|(key, item)| (format!("{path}.{}", key.text), item)).collect(),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) | Kind::Text(_) => Vec::new(),
    };
    for (path, item) in items {
        let at = place(&item.origin, sources);
        let structure = matches!(item.kind, Kind::List(_) | Kind::Map(_));
        if !structure && at != around {
            out.push(format!("  {path} = {at}"));
            parts(&item.origin, sources, 2, out);
        }
        inside(item, &path, if structure { &at } else { around }, sources, out);
    }
}

fn parts(origin: &Origin, sources: &Sources, depth: usize, out: &mut Vec<String>) {
    let Origin::Built(built) = origin else { return };
    match &**built {
        Built::Computed { parts: holes, .. } => {
            for part in holes {
                let indent = "  ".repeat(depth);
                out.push(format!("{indent}{} = {}", part.hole, place(&part.from, sources)));
                parts(&part.from, sources, depth + 1, out);
            }
        }
        Built::Overwrote { now, .. } => parts(now, sources, depth, out),
        Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => {}
    }
}

/// `mtad.yaml:22`, or in words where there is no line.
pub fn place(origin: &Origin, sources: &Sources) -> String {
    match origin {
        Origin::Written(span) => sources.line_of(*span),
        Origin::Broken(Some(at)) => sources.line_of(*at),
        Origin::Broken(None) | Origin::Nowhere => "windlass".to_owned(),
        Origin::Built(built) => match &**built {
            Built::Computed { at: Some(at), .. } => sources.line_of(*at),
            Built::Computed { at: None, .. } => "computed".to_owned(),
            Built::Overwrote { now, before } => {
                format!("{}, over {}", place(now, sources), place(before, sources))
            }
            Built::System { name, owner } => format!("system parameter `{name}` of {owner}"),
            Built::Supplied { by } => by.clone(),
            Built::Registry { provider_id, provider_version } => {
                format!("configuration entry {provider_id} {provider_version}").trim_end().to_owned()
            }
        },
    }
}

fn origin_json(origin: &Origin, sources: &Sources) -> serde_json::Value {
    let mut value = json!({"place": place(origin, sources)});
    let mut origin = origin;
    while let Origin::Built(built) = origin {
        match &**built {
            Built::Overwrote { now, .. } => origin = now,
            Built::Computed { parts, .. } => {
                let parts =
                    parts.iter().map(|part| json!({"hole": part.hole, "from": origin_json(&part.from, sources)}));
                value["parts"] = parts.collect();
                break;
            }
            Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => break,
        }
    }
    value
}
