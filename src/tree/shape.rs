//! Maps with known keys, read against a table: which keys there are, of what type, which must not be missing.
//!
//! Descriptors, extensions and target files are all such maps; each brings its own table ([`Element`]) and takes the
//! values out afterwards. Every check of a key by itself happens here, in one walk, and none of them stops the others: a
//! value that is wrong is reported and then left out, so that what follows meets only sound values.

mod advice;
mod fields;
mod table;
mod words;

pub use fields::{Fields, is_null, is_text, scalar_text};
pub use table::{Element, Expects, Key, Others, Presence, Role, example};

use super::read::value;
use super::{Kind, Place};
use crate::finding::{self, Change, Finding, Findings, Fix};
use crate::name::{self, BadName, nearest, nearest_within};
use crate::source::yaml::{Node, NodeKind, Pair, Style};
use words::{Owner, lower_first, shown, with_article};

/// How many keys of a map are looked at to tell which known ones it has already, when another is unknown. No table has as
/// many.
const MOST_BESIDE: usize = 100;

/// Keys that are misplaced rather than misspelt: what modules say with one word, resources say with another.
const OTHER_WORDS: [(&str, &[&str]); 3] = [
    ("deployed-after", &["processed-after"]),
    ("processed-after", &["deployed-after"]),
    ("deploy-after", &["deployed-after", "processed-after"]),
];

/// Reads maps against tables and collects what is wrong with them.
pub struct Reader {
    /// The major schema version whose rules hold.
    pub major: u32,
    pub findings: Findings,
}

impl Reader {
    pub fn new(major: u32) -> Reader {
        Reader { major, findings: Findings::default() }
    }

    /// Checks a map against its table. `None` when the node is no map at all.
    pub fn fields<'n>(&mut self, node: &'n Node, element: &'static Element, place: &Place<'_>) -> Option<Fields<'n>> {
        let NodeKind::Map(pairs) = &node.kind else {
            let finding = wrong_type(node, &format!("{} must be a map", with_article(element.name)), place);
            self.findings.push(advised(finding, advice::for_element(node, element)));
            return None;
        };
        let owner = Owner { element, node, place };
        let mut fields =
            Fields { span: node.span, pairs: Vec::with_capacity(pairs.len()), refused: Vec::new(), name: None };
        for pair in pairs.iter() {
            match element.key(&pair.key.value) {
                Some(key) => {
                    if self.pair(pair, key, &owner, place) {
                        fields.pairs.push((key.name, pair));
                    } else if key.role == Role::Read {
                        fields.refused.push(key.name);
                    }
                }
                None => self.unknown_key(pair, pairs, element, &owner, place),
            }
        }
        for key in element.keys {
            let required = key.presence == Presence::Required && key.since <= self.major;
            if required && !pairs.iter().any(|pair| &*pair.key.value == key.name) {
                let at = pairs.first().map_or(node.span, |pair| pair.key.span);
                self.findings.push(
                    Finding::new(&finding::SCHEMA_MISSING_KEY, at, format!("{owner} has no `{}`.", key.name))
                        .label(format!("`{}` is missing here", key.name))
                        .path(place.key(key.name).to_string())
                        .help(format!("Add `{}: …` ({}).", key.name, lower_first(key.about))),
                );
            }
        }
        Some(fields)
    }

    /// Whether a pair with a known key is worth keeping.
    fn pair(&mut self, pair: &Pair, key: &'static Key, owner: &Owner<'_>, place: &Place<'_>) -> bool {
        let at = pair.key.span;
        let path = || place.key(key.name).to_string();
        match key.role {
            Role::Foreign => return false,
            Role::Forbidden(instead) => {
                self.findings.push(
                    Finding::new(
                        &finding::EXT_FORBIDDEN_KEY,
                        at,
                        format!("An extension cannot set `{}`{}.", key.name, owner.of()),
                    )
                    .path(path())
                    .help(instead),
                );
                return false;
            }
            Role::Read => {}
        }
        if key.since > self.major {
            self.findings.push(
                Finding::new(
                    &finding::SCHEMA_FEATURE_TOO_NEW,
                    at,
                    format!(
                        "`{}` of {} has no effect: schema version {} does not know it.",
                        key.name,
                        owner.inside(),
                        self.major
                    ),
                )
                .path(path())
                .help(format!("It needs `_schema-version: \"{}.0\"` or newer.", key.since)),
            );
            return false;
        }
        if key.expects != Expects::Anything && is_null(&pair.value) {
            let message = format!("`{}` of {} is empty.", key.name, owner.inside());
            // The deploy service asks for the schema version before anything else, and takes an empty one for none.
            let code = if key.expects == Expects::Version {
                &finding::SCHEMA_MISSING_KEY
            } else {
                &finding::SCHEMA_NULL_SECTION
            };
            let finding = Finding::new(code, at, message).path(path());
            self.findings.push(match key.presence {
                Presence::Required => finding.help(format!("Give it a value ({}).", lower_first(key.about))),
                Presence::Optional => finding
                    .help("Give it content, or delete the line.")
                    .fix(Fix::safe(format!("Delete the empty `{}`", key.name), [Change::delete(at)])),
            });
            return false;
        }
        self.expect(&pair.value, key, owner, &place.key(key.name))
    }

    /// Checks the type of one value.
    fn expect(&mut self, node: &Node, key: &'static Key, owner: &Owner<'_>, place: &Place<'_>) -> bool {
        let subject = |what: &str| match what {
            "each" => format!("Each entry of `{}` of {} must be a string", key.name, owner.inside()),
            what => format!("`{}` of {} must be {what}", key.name, owner.inside()),
        };
        let sound = match (key.expects, &node.kind) {
            (Expects::Anything, _) | (Expects::Map, NodeKind::Map(_)) | (Expects::Elements, NodeKind::List(_)) => true,
            (Expects::Version, NodeKind::Scalar(_)) => true,
            (Expects::Boolean, NodeKind::Scalar(_)) => matches!(value(node).kind, Kind::Bool(_)),
            (Expects::Text, NodeKind::Scalar(_)) => is_text(node),
            (Expects::Name, NodeKind::Scalar(_)) => {
                if is_text(node) {
                    self.name(node, key, owner, place);
                }
                is_text(node)
            }
            (Expects::Texts, NodeKind::List(items)) => {
                for (at, item) in items.iter().enumerate() {
                    if !is_text(item) {
                        self.findings.push(wrong_type(item, &subject("each"), &place.index(at)));
                    }
                }
                true
            }
            _ => false,
        };
        if !sound {
            let alone = key.expects == Expects::Texts && is_text(node);
            let fix = alone.then(|| Fix::safe("Write it as a list", [Change::List { at: node.span }]));
            let finding = wrong_type(node, &subject(key.expects.words()), place).fix(fix);
            self.findings.push(advised(finding, advice::for_value(node, key)));
        }
        sound
    }

    fn name(&mut self, node: &Node, key: &'static Key, owner: &Owner<'_>, place: &Place<'_>) {
        let text = scalar_text(node);
        let Err(bad) = name::check(&text) else { return };
        let (at, why) = match bad {
            BadName::Empty => (node.span, "is empty".to_string()),
            BadName::TooLong => (node.span, format!("is longer than {} characters", name::MAX_LENGTH)),
            BadName::Character { at, character } => {
                // Inside quotes, escapes shift the characters: then the whole value is pointed at.
                let plain = matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.style == Style::Plain)
                    && node.tag.is_none()
                    && (node.span.range().len() == text.len());
                let span = if plain { node.span.part(at..at + character.len_utf8()) } else { node.span };
                (span, format!("has the character {character:?}"))
            }
        };
        let subject = if key.name == "name" { "The name".to_string() } else { format!("The `{}`", key.name) };
        let finding = Finding::new(
            &finding::SCHEMA_BAD_NAME,
            at,
            format!("{subject} `{}` of {} {why}.", shown(&text), owner.kind()),
        )
        .path(place.to_string())
        .help(match bad {
            BadName::Character { .. } => {
                let example = name::corrected(&text).map(|name| format!(", for example `{name}`")).unwrap_or_default();
                format!("Letters, digits, `_`, `-` and `.` are allowed{example}.")
            }
            BadName::Empty | BadName::TooLong => {
                format!("A name has 1 to {} letters, digits, `_`, `-` and `.`.", name::MAX_LENGTH)
            }
        });
        self.findings.push(finding);
    }

    fn unknown_key(&mut self, pair: &Pair, beside: &[Pair], element: &Element, owner: &Owner<'_>, place: &Place<'_>) {
        // Looking through what stands beside it costs a look at all of it, once for every unknown key.
        let beside = beside.get(..MOST_BESIDE).unwrap_or(beside);
        let known = element
            .keys
            .iter()
            .filter(|key| key.role == Role::Read && key.since <= self.major)
            .map(|key| key.name)
            .filter(|name| !beside.iter().any(|other| &*other.key.value == *name));
        let same = OTHER_WORDS.iter().find(|(word, _)| *word == &*pair.key.value);
        let same = same.and_then(|(_, meant)| known.clone().find(|name| meant.contains(name)));
        // What is for other tools is no guess, but may well be meant where only case or hyphens differ.
        let all = || element.keys.iter().filter(|key| !matches!(key.role, Role::Forbidden(_))).map(|key| key.name);
        let other_case = || all().find(|name| letters(name).eq(letters(&pair.key.value)));
        let near = same.or_else(|| nearest(&pair.key.value, known.clone())).or_else(other_case);
        if element.others == Others::Free {
            // `optional-2` is no slip of the hand.
            let behind = |near: &str| pair.key.value.strip_prefix(near).and_then(|rest| rest.chars().next());
            if near.is_none_or(|near| behind(near).is_some_and(|next| !next.is_alphabetic())) {
                return;
            }
        }
        // Two that are equally likely are a question for people.
        let within_two = |known: &mut dyn Iterator<Item = &'static str>| nearest_within(&pair.key.value, 2, known);
        let only = within_two(&mut known.clone())
            .filter(|only| within_two(&mut known.clone().filter(|name| name != only)).is_none());
        let only = same.or(only);
        let finding = Finding::new(
            &finding::SCHEMA_UNKNOWN_KEY,
            pair.key.span,
            format!("`{}` is not a known key of {}, and has no effect.", shown(&pair.key.value), owner.inside()),
        )
        .path(place.key(&pair.key.value).to_string());
        self.findings.push(match advice::for_key(&pair.key.value) {
            Some(advice) => finding.help(advice),
            None => finding.did_you_mean(near).fix(only.map(|only| Fix::replace(pair.key.span, only))),
        });
    }

    /// Walks a list of maps. An entry that is no map is reported and left out.
    pub fn elements<'n, T>(
        &mut self,
        fields: &Fields<'n>,
        key: &'static str,
        element: &'static Element,
        place: &Place<'_>,
        mut read: impl FnMut(&mut Reader, Fields<'n>, &Place<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(NodeKind::List(items)) = fields.node(key).map(|node| &node.kind) else { return Vec::new() };
        let list = place.key(key);
        let mut product = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let place = list.index(at);
            if matches!(key, "requires" | "provides") && is_text(item) {
                self.not_a_map(item, element, &place);
                let refused = vec!["properties", "parameters"];
                product.extend(read(
                    self,
                    Fields { span: item.span, pairs: Vec::new(), refused, name: Some(item) },
                    &place,
                ));
            } else if let Some(fields) = self.fields(item, element, &place) {
                product.extend(read(self, fields, &place));
            }
        }
        product
    }

    /// The same for a list that was taken out of its map before: each entry goes when it is read.
    pub fn detached<T>(
        &mut self,
        key: &'static str,
        items: Vec<Node>,
        element: &'static Element,
        place: &Place<'_>,
        mut read: impl FnMut(&mut Reader, Fields<'_>, &Place<'_>) -> Option<T>,
    ) -> Vec<T> {
        let list = place.key(key);
        let mut product = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let place = list.index(at);
            if let Some(fields) = self.fields(&item, element, &place) {
                product.extend(read(self, fields, &place));
            }
        }
        product
    }

    fn not_a_map(&mut self, item: &Node, element: &Element, place: &Place<'_>) {
        let text = shown(&scalar_text(item));
        self.findings.push(
            Finding::new(
                &finding::REQUIRES_NOT_MAPPING,
                item.span,
                format!("{} is a map with a `name`, not the bare text `{text}`.", with_article(element.name)),
            )
            .path(place.to_string())
            .help(format!("Write `- name: {text}`."))
            .fix(Fix::safe(format!("Write `name: {text}`"), [Change::Map { at: item.span, key: "name" }])),
        );
    }
}

/// A key without case and punctuation: `buildParameters` is `build-parameters`.
fn letters(key: &str) -> impl Iterator<Item = char> + '_ {
    key.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase())
}

fn advised(finding: Finding, advice: Option<String>) -> Finding {
    match advice {
        Some(advice) if finding.help.is_none() => finding.help(advice),
        _ => finding,
    }
}

/// `must` is the first half of the message: "`public` of … must be …".
pub fn wrong_type(node: &Node, must: &str, place: &Place<'_>) -> Finding {
    let found = node.kind_name();
    // A map or a list is pointed at where it begins: underlining all of it would hide the message.
    let at = match &node.kind {
        NodeKind::Map(pairs) => pairs.first().map_or(node.span, |pair| pair.key.span),
        NodeKind::List(items) => items.first().map_or(node.span, |item| item.span.start_point()),
        NodeKind::Scalar(_) => node.span,
    };
    let finding = Finding::new(&finding::SCHEMA_WRONG_TYPE, at, format!("{must}, not {found}."))
        .label(format!("this is {found}"))
        .path(place.to_string());
    match &node.kind {
        NodeKind::Scalar(scalar) if must.ends_with(Expects::Text.words()) && !scalar.text.is_empty() => {
            finding.help(format!("Put it in quotes: `\"{}\"`.", scalar.text))
        }
        _ => finding,
    }
}
