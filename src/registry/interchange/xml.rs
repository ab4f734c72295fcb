//! The established XML form: `configuration-entries` with one `configuration-entry` each.
//!
//! Its elements hold text; content and visibility are JSON in that text. The module that published an entry has no place in
//! this form. Entities other than XML's own five are refused, so nothing expands.

use super::{Draft, Mistake, SpaceIds, present, version};
use crate::registry::Entry;
use crate::target::Space;
use crate::tree::{Key, Map, Origin, Value};
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

const ROOT: &str = "configuration-entries";
const ENTRY: &str = "configuration-entry";

const ELEMENTS: [&str; 11] = [
    "id",
    "provider-nid",
    "provider-id",
    "provider-version",
    "provider-namespace",
    "target-org",
    "target-space",
    "space-id",
    "content-id",
    "content",
    "visibility",
];

pub(super) fn read(text: &str, spaces: &SpaceIds) -> (Vec<(String, Entry)>, Vec<Mistake>) {
    let mut parse = Parse { text, path: Vec::new(), fields: BTreeMap::new(), begun: 0, drafts: Vec::new() };
    let mut mistakes = parse.run().err().into_iter().collect::<Vec<_>>();
    let mut entries = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for (number, (begun, fields)) in parse.drafts.iter().enumerate() {
        line += text.get(counted..*begun).unwrap_or_default().matches('\n').count();
        counted = *begun;
        let mut place = format!("line {line}, entry {}", number + 1);
        if let Some(id) = fields.get("provider-id") {
            place.push_str(&format!(" (`{}`)", id.trim()));
        }
        let mut draft = Draft { place, mistakes: &mut mistakes };
        entries.extend(entry(fields, spaces, &mut draft).map(|entry| (draft.place, entry)));
    }
    (entries, mistakes)
}

type Fields = BTreeMap<String, String>;

struct Parse<'t> {
    text: &'t str,
    /// The elements that are open.
    path: Vec<String>,
    fields: Fields,
    /// Where the present entry begins.
    begun: usize,
    drafts: Vec<(usize, Fields)>,
}

impl Parse<'_> {
    fn run(&mut self) -> Result<(), Mistake> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let at = offset(reader.buffer_position());
            let event = reader
                .read_event()
                .map_err(|error| self.mistake(offset(reader.error_position()), format!("this is not XML: {error}")))?;
            match event {
                Event::Start(start) => self.open(&start, at)?,
                Event::Empty(start) => {
                    self.open(&start, at)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => {
                    let text = text.xml_content().map_err(|error| self.mistake(at, error.to_string()))?;
                    self.take(&text, at)?;
                }
                Event::CData(data) => {
                    let text = data.xml_content().map_err(|error| self.mistake(at, error.to_string()))?;
                    self.take(&text, at)?;
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|error| self.mistake(at, error.to_string()))?;
                    let character =
                        reference.resolve_char_ref().map_err(|error| self.mistake(at, error.to_string()))?;
                    let text = match character {
                        Some(character) => character.to_string(),
                        None => resolve_predefined_entity(&name)
                            .map(str::to_owned)
                            .ok_or_else(|| self.mistake(at, format!("`&{name};` is not one of XML's own entities")))?,
                    };
                    self.take(&text, at)?;
                }
                Event::Eof if self.path.is_empty() => return Ok(()),
                Event::Eof => return Err(self.mistake(at, format!("the file ends inside `{}`", self.path.join("/")))),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Mistake> {
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        match (self.path.len(), name.as_str()) {
            (0, ROOT) => {}
            (1, ENTRY) => self.begun = at,
            (2, field) if ELEMENTS.contains(&field) => {
                if self.fields.insert(name.clone(), String::new()).is_some() {
                    return Err(self.mistake(at, format!("`{name}` stands twice in one entry")));
                }
            }
            (0, _) => return Err(self.mistake(at, format!("the root is `{name}`; `{ROOT}` is expected"))),
            (1, _) => return Err(self.mistake(at, format!("`{name}` stands in `{ROOT}`; `{ENTRY}` is expected"))),
            (2, _) => {
                let near = crate::name::nearest(&name, ELEMENTS).map(|near| format!("did you mean `{near}`?"));
                return Err(Mistake { help: near, ..self.mistake(at, format!("`{name}` is no field of an entry")) });
            }
            _ => return Err(self.mistake(at, format!("`{name}` stands inside a field, which holds text only"))),
        }
        self.path.push(name);
        Ok(())
    }

    fn close(&mut self) {
        self.path.pop();
        if self.path.len() == 1 {
            self.drafts.push((self.begun, std::mem::take(&mut self.fields)));
        }
    }

    fn take(&mut self, text: &str, at: usize) -> Result<(), Mistake> {
        match self.path.as_slice() {
            [_, _, field] => self.fields.entry(field.clone()).or_default().push_str(text),
            _ if text.trim().is_empty() => {}
            _ => return Err(self.mistake(at, format!("`{}` stands outside of a field", text.trim()))),
        }
        Ok(())
    }

    fn mistake(&self, at: usize, message: String) -> Mistake {
        // An event begins where the last one ended, which is in front of blanks.
        let rest = self.text.get(at..).unwrap_or_default();
        let (line, column) = position(self.text, at + (rest.len() - rest.trim_start().len()));
        Mistake { place: format!("line {line}, column {column}"), message, help: None }
    }
}

fn entry(fields: &Fields, spaces: &SpaceIds, draft: &mut Draft<'_>) -> Option<Entry> {
    let field = |name: &str| fields.get(name).and_then(|text| present(text));
    if field("provider-id").is_none() {
        draft.wrong("it has no `provider-id`");
    }
    let target = match (field("target-org"), field("target-space")) {
        (Some(org), Some(space)) => Some(Space { org, space }),
        (Some(_), None) => {
            draft.wrong("it has no `target-space`");
            None
        }
        (None, Some(id)) => spaces.get(&id).cloned().or_else(|| {
            draft.wrong_but(
                format!("there is no `target-org`: in this older form `target-space` is the id of a space, `{id}`"),
                Some(format!("say which space that is: `--space-id {id}=ORG/SPACE`")),
            );
            None
        }),
        (None, None) => {
            draft.wrong("it has no `target-org` and no `target-space`");
            None
        }
    };
    let content = field("content").and_then(|text| draft.json("content", &text));
    let visibility = field("visibility").and_then(|text| draft.json("visibility", &text));
    let visibility = visibility.and_then(|value| draft.visibility(&value));
    Some(Entry {
        row: None,
        provider_nid: field("provider-nid"),
        provider_id: field("provider-id")?,
        provider_version: field("provider-version").as_deref().and_then(version),
        provider_namespace: field("provider-namespace"),
        target: target?,
        content,
        visibility,
        module: None,
    })
}

/// Writes the established form.
pub fn write(entries: &[Entry]) -> String {
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{ROOT}>\n");
    for entry in entries {
        let row = entry.row.map(|row| row.to_string());
        let content = entry.content.as_ref().map(Value::to_json);
        let visibility = entry.visibility.as_ref().map(|list| visibility_json(list));
        let fields = [
            ("id", row.as_deref()),
            ("provider-nid", entry.provider_nid.as_deref()),
            ("provider-id", Some(entry.provider_id.as_str())),
            ("provider-version", entry.provider_version.as_deref()),
            ("provider-namespace", entry.provider_namespace.as_deref()),
            ("target-org", Some(entry.target.org.as_str())),
            ("target-space", Some(entry.target.space.as_str())),
            ("content", content.as_deref()),
            ("visibility", visibility.as_deref()),
        ];
        out.push_str(&format!("  <{ENTRY}>\n"));
        for (name, text) in fields {
            if let Some(text) = text {
                out.push_str(&format!("    <{name}>{}</{name}>\n", escape(text)));
            }
        }
        out.push_str(&format!("  </{ENTRY}>\n"));
    }
    out.push_str(&format!("</{ROOT}>\n"));
    out
}

fn visibility_json(list: &[Space]) -> String {
    let text = |half: &str| Value::text(half, Origin::Nowhere);
    let space = |space: &Space| {
        let map: Map = [("org", &space.org), ("space", &space.space)]
            .iter()
            .map(|(key, half)| (Key::from(*key), text(half)))
            .collect();
        Value::map(map, Origin::Nowhere)
    };
    Value::list(list.iter().map(space).collect(), Origin::Nowhere).to_json()
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Line and column (in characters) of a byte, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let at = at.min(text.len());
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
