//! What differs between two environments, variable by variable, and inside JSON values too.

use super::unit::Variable;
use super::{Secrets, Shown, VariableChange};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Changes sorted by variable, then by place inside of it.
pub fn changes(
    old: &BTreeMap<String, Variable>,
    new: &BTreeMap<String, Variable>,
    secrets: Secrets,
) -> Vec<VariableChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        match (old, new) {
            (Some(old), Some(new)) if old.serves_as(new) => continue,
            _ => {}
        }
        let secret = [old, new].into_iter().flatten().any(|variable| variable.secret) || looks_secret(name);
        let mut inside =
            Inside { name, new, masked: secrets == Secrets::Mask && secret, secrets, changes: &mut changes };
        match (old.and_then(structured), new.and_then(structured)) {
            (Some(old), Some(new)) if !inside.masked => inside.compare(&mut String::new(), &old, &new, false),
            _ => inside.whole(old, new),
        }
    }
    changes
}

/// A variable's text as it may be seen: masked whole, or with masks inside when it is JSON.
pub fn shown(name: &str, variable: &Variable, secrets: Secrets) -> Shown {
    if secrets == Secrets::Mask && (variable.secret || looks_secret(name)) {
        return Shown::Masked;
    }
    match structured(variable) {
        // Written anew only when something has to be masked: the text itself is what the container gets.
        Some(json) if secrets == Secrets::Mask && holds_secret(&json) => Shown::Plain(masked(&json).to_string()),
        _ => Shown::Plain(variable.text.clone()),
    }
}

/// Whether a name says that its value is nobody's business (environment reference, section 7).
pub fn looks_secret(name: &str) -> bool {
    const WORDS: [&str; 9] = ["user", "key", "auth", "credential", "secret", "token", "pass", "pwd", "certificate"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Maps and lists are compared inside; a text that happens to be a JSON number is just a text.
fn structured(variable: &Variable) -> Option<Json> {
    if !variable.text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(&variable.text).ok()
}

struct Inside<'a> {
    name: &'a str,
    new: Option<&'a Variable>,
    masked: bool,
    secrets: Secrets,
    changes: &'a mut Vec<VariableChange>,
}

impl Inside<'_> {
    fn compare(&mut self, path: &mut String, old: &Json, new: &Json, secret: bool) {
        match (old, new) {
            (Json::Object(old), Json::Object(new)) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let secret = secret || looks_secret(key);
                    self.step(path, &key_step(key), old.get(key), new.get(key), secret);
                }
            }
            (Json::Array(old), Json::Array(new)) => {
                for at in 0..old.len().max(new.len()) {
                    self.step(path, &format!("[{at}]"), old.get(at), new.get(at), secret);
                }
            }
            _ => self.leaf(path, Some(old), Some(new), secret),
        }
    }

    fn step(&mut self, path: &mut String, step: &str, old: Option<&Json>, new: Option<&Json>, secret: bool) {
        if old == new {
            return;
        }
        let length = path.len();
        path.push_str(step);
        match (old, new) {
            (Some(old), Some(new)) => self.compare(path, old, new, secret),
            _ => self.leaf(path, old, new, secret),
        }
        path.truncate(length);
    }

    fn leaf(&mut self, path: &str, old: Option<&Json>, new: Option<&Json>, secret: bool) {
        let show = |value: Option<&Json>| match value {
            None => Shown::Absent,
            Some(_) if secret && self.secrets == Secrets::Mask => Shown::Masked,
            Some(value) if self.secrets == Secrets::Mask => Shown::Plain(masked(value).to_string()),
            Some(value) => Shown::Plain(value.to_string()),
        };
        let (old, new) = (show(old), show(new));
        self.push(path, old, new);
    }

    fn whole(&mut self, old: Option<&Variable>, new: Option<&Variable>) {
        let show = |variable: Option<&Variable>| match variable {
            None => Shown::Absent,
            Some(_) if self.masked => Shown::Masked,
            Some(variable) => shown(self.name, variable, self.secrets),
        };
        let (old, new) = (show(old), show(new));
        self.push("", old, new);
    }

    fn push(&mut self, path: &str, old: Shown, new: Shown) {
        let (name, origin) = (self.name.to_owned(), self.new.and_then(|new| origin(new, path)));
        self.changes.push(VariableChange { name, path: path.to_owned(), old, new, origin });
    }
}

/// Where the part at this path comes from; of a part that has parts itself, its first one.
fn origin(variable: &Variable, path: &str) -> Option<String> {
    let inside = &variable.origins_inside;
    let below = || inside.range(path.to_owned()..).next().filter(|(at, _)| !path.is_empty() && at.starts_with(path));
    let found = inside.get(path).or_else(|| below().map(|(_, origin)| origin));
    found.or(variable.origin.as_ref()).cloned()
}

pub(super) fn key_step(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain { format!(".{key}") } else { format!("[{}]", Json::from(key)) }
}

fn holds_secret(json: &Json) -> bool {
    match json {
        Json::Object(map) => map.iter().any(|(key, value)| looks_secret(key) || holds_secret(value)),
        Json::Array(items) => items.iter().any(holds_secret),
        _ => false,
    }
}

fn masked(json: &Json) -> Json {
    match json {
        Json::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), if looks_secret(key) { Json::from(MASK) } else { masked(value) }))
            .collect(),
        Json::Array(items) => items.iter().map(masked).collect(),
        other => other.clone(),
    }
}

/// What stands for a value that must not be seen.
pub const MASK: &str = "********";

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, Variable> {
        variables.iter().map(|(name, text)| ((*name).to_owned(), Variable::new(*text))).collect()
    }

    fn told(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<String> {
        let word = |shown: &Shown| match shown {
            Shown::Absent => "-".to_owned(),
            Shown::Plain(text) => text.clone(),
            Shown::Masked => "***".to_owned(),
        };
        changes(&environment(old), &environment(new), Secrets::Mask)
            .iter()
            .map(|change| format!("{}{} {} {}", change.name, change.path, word(&change.old), word(&change.new)))
            .collect()
    }

    #[test]
    fn json_is_compared_by_key_and_by_index() {
        let old = [("P", r#"[{"name":"a","url":null},{"name":"b"}]"#), ("SAME", "1")];
        let new = [("P", r#"[{"name":"a","url":"u"},{"name":"b"},{"a b":1}]"#), ("SAME", "1")];
        assert_eq!(told(&old, &new), [r#"P[0].url null "u""#, r#"P[2] - {"a b":1}"#]);
        assert_eq!(told(&[("M", r#"{"a.b":1}"#)], &[("M", r#"{"a.b":2}"#)]), [r#"M["a.b"] 1 2"#]);
    }

    #[test]
    fn what_looks_secret_is_masked_wherever_it_stands() {
        assert_eq!(told(&[("DB_PASSWORD", "a")], &[("DB_PASSWORD", "b")]), ["DB_PASSWORD *** ***"]);
        let (old, new) = (r#"{"db":{"pwd":"a","host":"x"}}"#, r#"{"db":{"pwd":"b","host":"y"}}"#);
        assert_eq!(told(&[("C", old)], &[("C", new)]), [r#"C.db.host "x" "y""#, "C.db.pwd *** ***"]);
        assert_eq!(told(&[], &[("C", r#"{"db":{"pwd":"a"}}"#)]), [r#"C - {"db":{"pwd":"********"}}"#]);
        assert_eq!(told(&[("C", "[]")], &[("C", r#"[{"token":"t"}]"#)]), [r#"C[0] - {"token":"********"}"#]);
    }

    #[test]
    fn texts_that_are_no_structure_are_compared_whole() {
        assert_eq!(told(&[("A", "{not json")], &[("A", "{}")]), ["A {not json {}"]);
        assert_eq!(told(&[("A", "1")], &[]), ["A 1 -"]);
    }
}
