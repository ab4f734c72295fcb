//! A JSON list of entries, in the words of descriptors.

use super::{Draft, FIELDS, Mistake, present, version};
use crate::name::ModuleName;
use crate::registry::Entry;
use crate::target::Space;
use crate::tree::read::read_json;
use crate::tree::{Key, Kind, Map, Origin, Value};

pub(super) fn read(text: &str) -> (Vec<(String, Entry)>, Vec<Mistake>) {
    let whole = |message: String| {
        let help = Some("entries are a JSON list, or XML with the root `configuration-entries`".to_owned());
        (Vec::new(), vec![Mistake { place: "the file".to_owned(), message, help }])
    };
    let list = match read_json(text, &Origin::Nowhere) {
        Ok(list) => list,
        Err(error) if text.trim().is_empty() => return whole(format!("it is empty ({error})")),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            let words = error.to_string();
            let message = words.split(" at line ").next().unwrap_or(&words);
            return (Vec::new(), vec![Mistake { place, message: format!("this is not JSON: {message}"), help: None }]);
        }
    };
    let Some(list) = list.as_list() else {
        return whole(format!("it holds {} and no list of entries", list.kind_name()));
    };
    let mut mistakes = Vec::new();
    let mut entries = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let mut draft = Draft { place: format!("entry {}", at + 1), mistakes: &mut mistakes };
        let Some(map) = item.as_map() else {
            draft.wrong(format!("it is {}; a map is expected", item.kind_name()));
            continue;
        };
        if let Some(id) = map.get("provider-id").and_then(Value::as_text) {
            draft.place.push_str(&format!(" (`{id}`)"));
        }
        entries.extend(entry(map, &mut draft).map(|entry| (draft.place, entry)));
    }
    (entries, mistakes)
}

fn entry(map: &Map, draft: &mut Draft<'_>) -> Option<Entry> {
    for key in map.keys() {
        if !FIELDS.contains(&key) {
            draft.unknown(key);
        }
    }
    let mut text = |name: &str| match map.get(name).map(|value| (value, value.as_text())) {
        None => None,
        Some((value, None)) if value.is_null() => None,
        Some((_, Some(text))) => Some(text.to_owned()),
        Some((value, None)) => {
            let quote = matches!(value.kind, Kind::Int(_) | Kind::Float(_)).then_some("write it in quotes");
            draft.wrong_but(format!("`{name}` is {}; a text is expected", value.kind_name()), quote);
            None
        }
    };
    let provider_id = text("provider-id");
    let (nid, version_text, namespace) = (text("provider-nid"), text("provider-version"), text("provider-namespace"));
    let module = text("module").map(ModuleName::new);
    if provider_id.as_deref().is_none_or(str::is_empty) {
        draft.wrong("it has no `provider-id`");
    }
    let target = match map.get("target") {
        Some(target) => draft.space(target, "`target`", None),
        None => {
            draft.wrong_but("it has no `target`", Some(r#"add "target": {"org": "…", "space": "…"}"#));
            None
        }
    };
    let content = match map.get("content") {
        None => None,
        Some(Value { kind: Kind::Null, .. }) => None,
        Some(Value { kind: Kind::Text(text), .. }) => draft.json("content", text),
        Some(value) => Some(value.clone()),
    };
    let visibility = match map.get("visibility") {
        None => None,
        Some(value) if value.is_null() => None,
        Some(value) => draft.visibility(value),
    };
    Some(Entry {
        row: None,
        provider_nid: nid.as_deref().and_then(present),
        provider_id: provider_id?,
        provider_version: version_text.as_deref().and_then(version),
        provider_namespace: namespace.as_deref().and_then(present),
        target: target?,
        content,
        visibility,
        module,
    })
}

/// Writes a JSON list, an entry a line.
pub fn write(entries: &[Entry]) -> String {
    let lines: Vec<String> = entries.iter().map(|entry| format!("  {}", value(entry).to_json())).collect();
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
}

/// An entry as a map in the words of descriptors; absent fields are left out.
pub fn value(entry: &Entry) -> Value {
    let text = |text: &str| Value::text(text, Origin::Nowhere);
    let space = |space: &Space| {
        let halves = [("org", &space.org), ("space", &space.space)];
        Value::map(halves.iter().map(|(key, half)| (Key::from(*key), text(half))).collect(), Origin::Nowhere)
    };
    let fields = [
        ("id", entry.row.map(|row| Value::new(Kind::Int(row), Origin::Nowhere))),
        ("provider-nid", entry.provider_nid.as_deref().map(text)),
        ("provider-id", Some(text(&entry.provider_id))),
        ("provider-version", entry.provider_version.as_deref().map(text)),
        ("provider-namespace", entry.provider_namespace.as_deref().map(text)),
        ("target", Some(space(&entry.target))),
        ("content", entry.content.clone()),
        (
            "visibility",
            entry.visibility.as_ref().map(|list| Value::list(list.iter().map(space).collect(), Origin::Nowhere)),
        ),
        ("module", entry.module.as_ref().map(|module| text(module.as_str()))),
    ];
    let present = fields.into_iter().filter_map(|(key, value)| Some((Key::from(key), value?)));
    Value::map(present.collect(), Origin::Nowhere)
}
