//! What must not be quoted of the texts of a run: values that a tag or metadata calls sensitive.
//!
//! Findings quote rows, and a secret may stand in the row before. So what is secret is looked for again here, in the texts
//! themselves, whatever stage raised the finding: a tag hides the value behind it, metadata hides the value of its key in the
//! descriptor and in every extension, the password of an image registry is one always, and a text that was found to be a secret is hidden wherever else it stands.

use super::mask::{MASK, blot, blotted, blotted_rows};
use crate::source::yaml::{self, Node, NodeKind, Pair};
use crate::source::{FileId, Sources, Span};
use crate::tree::{Kind, Value};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Looked for when first asked: most runs have nothing to quote.
pub struct Hidden<'s> {
    sources: &'s Sources,
    found: OnceCell<Found>,
}

#[derive(Default)]
struct Found {
    ranges: BTreeMap<FileId, Vec<Range<usize>>>,
    /// In texts that are no YAML, the keys whose values are secret as far as anybody can tell.
    keys: BTreeMap<FileId, BTreeSet<String>>,
    /// The longest first.
    words: Vec<String>,
}

/// Shorter texts would be found everywhere, and are no secrets worth the name.
const SHORTEST: usize = 4;

/// Each is looked for in every text that is quoted. Where there are more, their own places must do.
const MOST_WORDS: usize = 1000;

/// A key of an element's `properties` or `parameters`: `("modules", "web", "properties", "PASSWORD")`.
type Address = (String, String, String, String);

impl<'s> Hidden<'s> {
    pub fn of(sources: &'s Sources) -> Hidden<'s> {
        Hidden { sources, found: OnceCell::new() }
    }

    /// The text of a file, byte for byte as long, with its secrets blotted out.
    pub fn text(&self, file: FileId) -> Cow<'s, str> {
        let found = self.found();
        let mut shown = blotted(self.sources.get(file).text());
        if let Some(keys) = found.keys.get(&file) {
            shown = Cow::Owned(blotted_rows(&shown, |row| {
                let places = keys.iter().filter_map(|key| row.find(&format!("{key}:")).map(|at| at + key.len() + 1));
                places.min()
            }));
        }
        let mut ranges: Vec<Range<usize>> = found.ranges.get(&file).cloned().unwrap_or_default();
        for word in found.words.iter().take(MOST_WORDS) {
            ranges.extend(memchr::memmem::find_iter(shown.as_bytes(), word.as_bytes()).map(|at| at..at + word.len()));
        }
        put_out(shown, ranges)
    }

    /// A message with every secret in it replaced.
    pub fn over<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = Cow::Borrowed(text);
        for word in &self.found().words {
            if shown.contains(word.as_str()) {
                shown = Cow::Owned(shown.replace(word.as_str(), MASK));
            }
        }
        shown
    }

    /// The value with everything in it masked that stands at a hidden place.
    pub fn value(&self, value: &Value) -> Value {
        let ranges = &self.found().ranges;
        let holds = |at: Span| {
            let of_file = ranges.get(&at.file).map_or(&[][..], Vec::as_slice);
            of_file
                .iter()
                .any(|range| !at.range().is_empty() && range.start <= at.range().start && at.range().end <= range.end)
        };
        if value.span().is_some_and(holds) && !value.is_null() {
            return Value::text(MASK, value.origin.clone());
        }
        let kind = match &value.kind {
            Kind::List(items) => Kind::List(items.iter().map(|item| self.value(item)).collect::<Vec<_>>().into()),
            Kind::Map(map) => Kind::Map(map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect()),
            _ => return value.clone(),
        };
        Value { kind, origin: value.origin.clone(), secrecy: value.secrecy }
    }

    fn found(&self) -> &Found {
        self.found.get_or_init(|| Found::new(self.sources))
    }
}

/// Blots out places of a text, which may overlap.
fn put_out(text: Cow<'_, str>, mut places: Vec<Range<usize>>) -> Cow<'_, str> {
    if places.is_empty() {
        return text;
    }
    places.sort_by_key(|place| place.start);
    let mut out = String::with_capacity(text.len());
    for place in places {
        let done = out.len();
        let (Some(open), Some(hidden)) =
            (text.get(done..place.start.max(done)), text.get(place.start.max(done)..place.end))
        else {
            continue;
        };
        out.push_str(open);
        blot(hidden, &mut out);
    }
    let rest = text.get(out.len()..).unwrap_or_default();
    Cow::Owned(out + rest)
}

impl Found {
    fn new(sources: &Sources) -> Found {
        let mut found = Found::default();
        let says = |file: &FileId| {
            let text = sources.get(*file).text();
            text.contains("sensitive") || text.contains("password")
        };
        if !sources.files().any(|file| says(&file)) {
            return found;
        }
        let mut trees = Vec::new();
        for file in sources.files() {
            match yaml::read(sources, file).product {
                Some(node) => trees.push((file, node)),
                None => {
                    let mut keys = likely_keys(sources.get(file).text());
                    keys.insert("password".to_owned());
                    found.keys.insert(file, keys);
                }
            }
        }
        let mut addresses = BTreeSet::new();
        for (_, root) in &trees {
            elements(root, ("", ""), &mut |element, pairs| sensitive_keys(element, pairs, &mut addresses));
        }
        let mut words = BTreeSet::new();
        for (file, root) in &trees {
            let ranges = found.ranges.entry(*file).or_default();
            tagged(root, &mut |node| hide(node, ranges, &mut words));
            elements(root, ("", ""), &mut |(list, name), pairs| {
                for (section, key, value) in values(pairs) {
                    let address = (list.to_owned(), name.to_owned(), section.to_owned(), key.to_owned());
                    if addresses.contains(&address) {
                        hide(value, ranges, &mut words);
                    } else if key == "docker"
                        && let Some(password) = value.value("password")
                    {
                        hide(password, ranges, &mut words);
                    }
                }
            });
        }
        // What is known of one text is true of those that cannot be read.
        let all: BTreeSet<String> = addresses.into_iter().map(|(.., key)| key).collect();
        found.keys.values_mut().for_each(|keys| keys.extend(all.iter().cloned()));
        found.words = words.into_iter().collect();
        found.words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        found
    }
}

/// Visits the root and every element of a list that has a name.
fn elements<'n>(node: &'n Node, element: (&'n str, &'n str), visit: &mut dyn FnMut((&'n str, &'n str), &'n [Pair])) {
    let NodeKind::Map(pairs) = &node.kind else { return };
    visit(element, pairs);
    for pair in pairs.iter() {
        let NodeKind::List(items) = &pair.value.kind else { continue };
        for item in items.iter() {
            if let Some(name) = name_of(item) {
                elements(item, (&pair.key.value, name), visit);
            }
        }
    }
}

fn name_of(node: &Node) -> Option<&str> {
    node.value("name")?.scalar().map(|scalar| &*scalar.text)
}

const SECTIONS: [&str; 2] = ["properties", "parameters"];

fn sensitive_keys((list, name): (&str, &str), pairs: &[Pair], addresses: &mut BTreeSet<Address>) {
    for section in SECTIONS {
        let metadata = format!("{section}-metadata");
        let Some(NodeKind::Map(flags)) =
            pairs.iter().find(|pair| *pair.key.value == *metadata).map(|pair| &pair.value.kind)
        else {
            continue;
        };
        for flag in flags.iter().filter(|flag| says_sensitive(&flag.value)) {
            addresses.insert((list.to_owned(), name.to_owned(), section.to_owned(), flag.key.value.to_string()));
        }
    }
}

/// Anything but a clear no counts.
fn says_sensitive(flags: &Node) -> bool {
    let NodeKind::Map(pairs) = &flags.kind else { return false };
    pairs.iter().any(|pair| {
        let no =
            matches!(&pair.value.kind, NodeKind::Scalar(scalar) if matches!(&*scalar.text, "false" | "no" | "off"));
        &*pair.key.value == "sensitive" && !no
    })
}

fn values(pairs: &[Pair]) -> impl Iterator<Item = (&'static str, &str, &Node)> {
    SECTIONS.into_iter().flat_map(move |section| {
        let map = pairs.iter().find(|pair| &*pair.key.value == section).map(|pair| &pair.value.kind);
        let pairs: &[Pair] = match map {
            Some(NodeKind::Map(pairs)) => pairs,
            _ => &[],
        };
        pairs.iter().map(move |pair| (section, &*pair.key.value, &pair.value))
    })
}

fn tagged<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    if node.is_sensitive() {
        visit(node);
    }
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| tagged(item, visit)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| tagged(&pair.value, visit)),
    }
}

fn hide(node: &Node, ranges: &mut Vec<Range<usize>>, words: &mut BTreeSet<String>) {
    ranges.push(node.span.range());
    match &node.kind {
        // A placeholder is no secret; what it stands for is nowhere in the texts.
        NodeKind::Scalar(scalar) if scalar.text.starts_with("${") || scalar.text.starts_with("~{") => {}
        NodeKind::Scalar(scalar) if scalar.text.chars().count() >= SHORTEST => {
            _ = words.insert(scalar.text.to_string())
        }
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| hide(item, ranges, words)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| hide(&pair.value, ranges, words)),
    }
}

/// In a text that is no YAML: the keys that rows with the word `sensitive` seem to speak of.
fn likely_keys(text: &str) -> BTreeSet<String> {
    let depth = |row: &str| row.len() - row.trim_start_matches([' ', '-']).len();
    let key = |row: &str| {
        let row = row.trim_start_matches([' ', '-', '{']);
        let (key, _) = row.split_once(':')?;
        let key = key.trim_matches(['"', '\'', ' ']);
        (!key.is_empty() && !key.contains([' ', '{', ','])).then(|| key.to_owned())
    };
    let rows: Vec<&str> = text.lines().collect();
    let mut keys = BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        let Some((before, _)) = row.split_once("sensitive:") else { continue };
        if before.trim_matches([' ', '-']).is_empty() {
            // `sensitive:` on a row of its own belongs to the nearest row above that is less deep.
            let above = rows[..at].iter().rev().find(|above| !above.trim().is_empty() && depth(above) < depth(row));
            keys.extend(above.and_then(|above| key(above)));
        } else {
            // `PASSWORD: {sensitive: true}`, perhaps several on one row.
            let names = before.split([',', '{']).filter_map(|part| part.trim().strip_suffix(':'));
            keys.extend(names.map(|name| name.trim_matches(['"', '\'', ' ']).to_owned()));
            keys.extend(key(row));
        }
    }
    keys.retain(|key| !key.is_empty() && !key.ends_with("-metadata"));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[&str]) -> Vec<String> {
        let mut sources = Sources::default();
        let files: Vec<FileId> = texts.iter().map(|text| sources.add("a.yaml", *text)).collect();
        let hidden = Hidden::of(&sources);
        files
            .into_iter()
            .map(|file| {
                let text = hidden.text(file).into_owned();
                assert_eq!(text.len(), sources.get(file).text().len(), "places stay what they are");
                text
            })
            .collect()
    }

    const DESCRIPTOR: &str = "modules:\n- name: web\n  properties: {A: hunter2, B: open}\n  properties-metadata:\n    A: {sensitive: true}\n    B: {sensitive: false}\n";

    #[test]
    fn metadata_hides_values_in_the_descriptor_and_in_extensions() {
        let extension = "modules:\n- name: web\n  properties:\n    A: |\n      two\n      rows\n    B: open\n- name: api\n  properties: {A: open}\n";
        let [descriptor, extension] = shown(&[DESCRIPTOR, extension]).try_into().unwrap();
        assert!(descriptor.contains("{A: *******, B: open}"), "{descriptor}");
        assert!(!extension.contains("two") && !extension.contains("rows"), "{extension}");
        assert_eq!(extension.matches("open").count(), 2, "{extension}");
    }

    #[test]
    fn a_text_that_is_a_secret_is_hidden_wherever_it_stands() {
        let texts = ["a: &x hunter2\nb: !sensitive geheim\nc: geheim\n", "d: \"x hunter2\"\n", DESCRIPTOR];
        let [first, second, _] = shown(&texts).try_into().unwrap();
        assert!(!first.contains("hunter2") && !first.contains("geheim"), "{first}");
        assert_eq!(second, "d: \"x *******\"\n");
    }

    #[test]
    fn a_text_that_is_no_yaml_hides_the_rows_of_keys_that_seem_to_be_meant() {
        let block = "p:\n  A: hunter2\n  B: open\n  C: {A: hunter2}\nm-metadata:\n  A:\n    sensitive: true\n]\n";
        let flow = "p: {B: open, A: hunter2}\nm-metadata: {A: {sensitive: true}}\n]\n";
        let [block, flow] = shown(&[block, flow]).try_into().unwrap();
        assert!(!block.contains("hunter2") && block.contains("B: open"), "{block}");
        assert!(!flow.contains("hunter2") && flow.contains("B: open"), "{flow}");
    }

    #[test]
    fn messages_are_cleaned() {
        let mut sources = Sources::default();
        sources.add("a.yaml", DESCRIPTOR);
        let hidden = Hidden::of(&sources);
        assert_eq!(hidden.over("The value `hunter2` is open."), "The value `(sensitive)` is open.");
    }
}
