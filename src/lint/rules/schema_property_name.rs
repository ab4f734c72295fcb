//! Names that become environment variables and cannot be read there by most shells.

use super::super::page::{Kind, Page, Part, text};
use crate::finding::{Finding, Findings, SCHEMA_PROPERTY_NAME};
use crate::source::Span;
use std::collections::HashMap;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        match part.kind {
            Kind::Module => variables(part, findings),
            Kind::Requires if part.owner.is_some_and(|owner| page.parts[owner].kind == Kind::Module) => {
                // With `list` or `group`, the properties are keys of one JSON variable.
                let collected = ["list", "group"].into_iter().find_map(|key| Some((key, part.value(key)?)));
                match collected {
                    None => variables(part, findings),
                    Some((key, node)) => {
                        if let Some(name) = text(node) {
                            one(part, &[key], name, node.span, findings);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn variables(part: &Part<'_>, findings: &mut Findings) {
    let properties = part.entries("properties");
    for pair in properties {
        let name = &*pair.key.value;
        one(part, &["properties", name], name, pair.key.span, findings);
    }
    if properties.len() < 2 {
        return;
    }
    let mut seen: HashMap<String, (&str, Span)> = HashMap::new();
    for pair in properties {
        let name = &*pair.key.value;
        if let Some((other, at)) = seen.insert(name.to_uppercase(), (name, pair.key.span))
            && other != name
        {
            let message = format!("`{name}` and `{other}` of {} differ only in case.", part.title());
            findings.push(
                Finding::new(&SCHEMA_PROPERTY_NAME, pair.key.span, message)
                    .path(part.path_of(&["properties", name]))
                    .related(at, "the other one")
                    .help("Some systems make one variable of them; use two names."),
            );
        }
    }
}

fn one(part: &Part<'_>, keys: &[&str], name: &str, at: Span, findings: &mut Findings) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let why = if name.starts_with(|c: char| c.is_ascii_digit()) {
        "begins with a digit".to_owned()
    } else if let Some(bad) = name.chars().find(|c| !word(*c)) {
        format!("has the character {bad:?}")
    } else {
        return;
    };
    let mut better: String = name.chars().map(|c| if word(c) { c } else { '_' }).collect();
    if better.starts_with(|c: char| c.is_ascii_digit()) {
        better.insert(0, '_');
    }
    findings.push(
        Finding::new(&SCHEMA_PROPERTY_NAME, at, format!("The variable `{name}` of {} {why}.", part.title()))
            .path(part.path_of(keys))
            .help(format!("Shells cannot read it; `{better}` would be a name that they can.")),
    );
}
