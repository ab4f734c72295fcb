//! `{{host}}`, `$(host)`, `$ {host}`, `~(db/url)`: what fills in a value in another tool, or nearly did here, and is plain text
//! in a descriptor.
//!
//! Such a text may be meant for a shell or a template that reads it later. So only those are told whose name is one that
//! `${…}` or `~{…}` would find: nobody has a program called `default-url`.

use super::super::whole::{Whole, sites};
use crate::finding::{Change, FOREIGN_EXPRESSION, Finding, Findings, Fix};
use crate::stage::is_system_parameter;
use crate::tree::{Kind, Value};
use std::collections::HashSet;
use std::ops::Range;

/// How an expression opens and closes elsewhere, and how it opens here.
const FORMS: [(&str, &str, &str); 7] = [
    ("{{", "}}", "${"),
    ("$(", ")", "${"),
    ("$ {", "}", "${"),
    ("%{", "}", "${"),
    ("#{", "}", "${"),
    ("~(", ")", "~{"),
    ("~ {", "}", "~{"),
];

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let mut seen = Seen { whole, parameters: HashSet::new() };
    let mut suspects: Vec<Suspect<'_>> = Vec::new();
    sites(whole.descriptor, &mut |site| {
        if site.section == "parameters" {
            seen.parameters.extend(site.map.keys());
        }
        for (key, value) in site.map.iter() {
            leaves(value, &mut |value, text| {
                for found in expressions(text) {
                    suspects.push(Suspect {
                        found,
                        value,
                        about: format!("`{}` of {}", key.text, site.title),
                        path: site.path_of(&key.text),
                        in_requirement: site.is_of_requirement(),
                    });
                }
            });
        }
    });
    // All parameters are known only now.
    findings.extend(suspects.iter().filter(|one| seen.is_meant(one)).filter_map(Suspect::finding).collect());
}

/// A text that looks like an expression.
struct Suspect<'v> {
    found: Expression<'v>,
    value: &'v Value,
    about: String,
    path: String,
    in_requirement: bool,
}

struct Expression<'t> {
    written: &'t str,
    range: Range<usize>,
    name: &'t str,
    /// `${` or `~{`.
    opening: &'static str,
}

/// What names mean something.
struct Seen<'w, 'a> {
    whole: &'w Whole<'a>,
    parameters: HashSet<&'a str>,
}

impl Seen<'_, '_> {
    fn is_meant(&self, suspect: &Suspect<'_>) -> bool {
        let Expression { name, opening, .. } = suspect.found;
        let first = name.split('/').next().unwrap_or(name);
        match opening {
            "${" => self.parameters.contains(first) || is_system_parameter(first),
            // A short reference names a property of what is required; which there are is not always known.
            _ => (suspect.in_requirement && first == name) || (first != name && self.whole.required().contains(first)),
        }
    }
}

impl Suspect<'_> {
    fn finding(&self) -> Option<Finding> {
        let Expression { written, ref range, name, opening } = self.found;
        let at = self.value.span_of_part(range)?;
        let meant = format!("{opening}{name}}}");
        Some(
            Finding::new(
                &FOREIGN_EXPRESSION,
                at,
                format!("`{written}` in {} is plain text: nothing is filled in.", self.about),
            )
            .path(self.path.clone())
            .help(format!("Write `{meant}` for the value."))
            .fix(Fix::risky(
                format!("Replace by `{meant}`"),
                [Change::Inside { at, from: written.to_owned(), to: meant }],
            )),
        )
    }
}

fn leaves<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Value, &'v str)) {
    match &value.kind {
        Kind::Text(text) => visit(value, text),
        Kind::List(items) => items.iter().for_each(|item| leaves(item, visit)),
        Kind::Map(map) => map.iter().for_each(|(_, value)| leaves(value, visit)),
        _ => {}
    }
}

fn expressions(text: &str) -> Vec<Expression<'_>> {
    // Most texts have none of these signs.
    if !text.contains(['{', '(', '$']) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (open, close, opening) in FORMS {
        for (start, _) in text.match_indices(open) {
            let inside = start + open.len();
            let Some(end) = text[inside..].find(close).map(|length| inside + length) else { continue };
            let name = text[inside..end].trim();
            // `${{name}}` is found as an expression that is not what it looks like; a backslash says that a text is meant.
            if is_name(name) && !text[..start].ends_with(['$', '~', '\\', '{']) {
                let range = start..end + close.len();
                found.push(Expression { written: &text[range.clone()], range, name, opening });
            }
        }
    }
    if let Some(name) = text.strip_prefix('$').filter(|name| is_name(name)) {
        found.push(Expression { written: text, range: 0..text.len(), name, opening: "${" });
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}
