//! Configuration entries as files: what `registry import` reads and `registry export` writes.
//!
//! JSON is ours and loses nothing. XML is the established form; an older kind of it names a space by its id and no org, and
//! is understood when told which space that is. Both are read strictly: what is not known is refused and not dropped, and
//! all that is wrong is said, not only the first.

mod json;
mod xml;

pub use json::{value, write as write_json};
pub use xml::write as write_xml;

use super::Entry;
use crate::target::Space;
use crate::tree::read::read_json;
use crate::tree::{Origin, Value};
use crate::version::Version;
use std::collections::BTreeMap;

/// Which space an id in the older XML form stands for.
pub type SpaceIds = BTreeMap<String, Space>;

/// Something in a file of entries that cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// `line 12, column 5`, `entry 3`, or both.
    pub place: String,
    pub message: String,
    pub help: Option<String>,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Reads entries in the order of the file. XML is known by its first character.
pub fn read(text: &str, spaces: &SpaceIds) -> Result<Vec<Entry>, Vec<Mistake>> {
    let text = text.trim_start_matches('\u{feff}');
    let (entries, mut mistakes) = match text.trim_start().starts_with('<') {
        true => xml::read(text, spaces),
        false => json::read(text),
    };
    let mut seen = BTreeMap::new();
    for (place, entry) in &entries {
        let identity = (
            (&entry.provider_nid, &entry.provider_id, &entry.provider_version),
            (&entry.target, super::matching::effective_namespace(entry.provider_namespace.as_deref())),
        );
        if let Some(first) = seen.insert(identity, place) {
            mistakes.push(Mistake {
                place: place.clone(),
                message: format!("`{}` has the same identity as {first}", entry.provider_id),
                help: Some(
                    "nid, id, version, target and namespace together name one entry; leave one of them out".to_owned(),
                ),
            });
        }
    }
    if mistakes.is_empty() { Ok(entries.into_iter().map(|(_, entry)| entry).collect()) } else { Err(mistakes) }
}

/// The fields that an entry may have in a file. Ids are given by the registry that takes the entry in.
const FIELDS: [&str; 11] = [
    "provider-id",
    "provider-nid",
    "provider-version",
    "provider-namespace",
    "target",
    "content",
    "visibility",
    "module",
    "id",
    "space-id",
    "content-id",
];

/// One entry while it is read: collects what is wrong with it.
struct Draft<'m> {
    place: String,
    mistakes: &'m mut Vec<Mistake>,
}

impl Draft<'_> {
    fn wrong(&mut self, message: impl Into<String>) {
        self.wrong_but(message, None::<String>);
    }

    fn wrong_but(&mut self, message: impl Into<String>, help: Option<impl Into<String>>) {
        let (message, help) = (message.into(), help.map(Into::into));
        self.mistakes.push(Mistake { place: self.place.clone(), message, help });
    }

    fn unknown(&mut self, field: &str) {
        let near = crate::name::nearest(field, FIELDS).map(|near| format!("did you mean `{near}`?"));
        self.wrong_but(format!("`{field}` is no field of an entry"), near);
    }

    /// A text that holds JSON, as the established forms write content.
    fn json(&mut self, field: &str, text: &str) -> Option<Value> {
        match read_json(text, &Origin::Nowhere) {
            Ok(value) if value.is_null() => None,
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(format!("`{field}` is a text that is not JSON: {error}"));
                None
            }
        }
    }

    fn visibility(&mut self, value: &Value) -> Option<Vec<Space>> {
        let Some(list) = value.as_list() else {
            self.wrong(format!(
                "`visibility` is {}; a list of maps with `org` and `space` is expected",
                value.kind_name()
            ));
            return None;
        };
        Some(list.iter().filter_map(|item| self.space(item, "an element of `visibility`", Some("*"))).collect())
    }

    /// A map with `org` and `space`; `missing` stands for the one that is left out.
    fn space(&mut self, value: &Value, what: &str, missing: Option<&str>) -> Option<Space> {
        let Some(map) = value.as_map() else {
            self.wrong(format!("{what} is {}; a map with `org` and `space` is expected", value.kind_name()));
            return None;
        };
        if let Some(key) = map.keys().find(|key| !["org", "space"].contains(key)) {
            self.wrong(format!("{what} has the key `{key}`; only `org` and `space` are known"));
            return None;
        }
        let mut half = |name: &str| match (map.get(name), missing) {
            (None, Some(missing)) => Some(missing.to_owned()),
            (None, None) => {
                self.wrong(format!("{what} has no `{name}`"));
                None
            }
            (Some(value), _) => match value.as_text() {
                Some(text) if !text.is_empty() => Some(text.to_owned()),
                _ => {
                    self.wrong(format!("`{name}` of {what} must be a text that is not empty"));
                    None
                }
            },
        };
        let (org, space) = (half("org"), half("space"));
        Some(Space { org: org?, space: space? })
    }
}

/// The deploy service writes `N/A` for what is absent.
fn present(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty() && *text != "N/A").map(str::to_owned)
}

/// Completed to three numbers where possible.
fn version(text: &str) -> Option<String> {
    present(text).map(|text| Version::parse(&text).map_or(text, |version| version.to_string()))
}

#[cfg(test)]
mod tests;
