//! The environment of modules: for people, for programs, for shells.

use super::mask::masked;
use super::origins::{origins_json, reasons};
use super::paint::{Colour, Paint, harmless};
use crate::source::Sources;
use crate::stage::environment::{Environment, Variable};
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
                let mut value = origins_json(variable, shown.sources);
                value.insert("value".to_owned(), text.into());
                value.into()
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
        out.push_str(&assignment(&variable.name, &shown.text(variable)));
    }
    out
}

/// A variable as a row that a shell reads; a comment for a name that no shell takes.
pub fn assignment(name: &str, text: &str) -> String {
    if is_shell_name(name) {
        format!("{name}={}\n", quoted(text))
    } else {
        format!("# `{}` is left out: no shell takes it as a variable\n", name.replace('\n', " "))
    }
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
