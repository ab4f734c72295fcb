//! Maps with known keys, read against a table: which keys there are, of what type, which must not be missing.
//!
//! Descriptors, extensions and target files are all such maps; each brings its own table ([`Element`]) and takes the
//! values out afterwards. Every check of a key by itself happens here, in one walk, and none of them stops the others: a
//! value that is wrong is reported and then left out, so that what follows meets only sound values.

use super::Place;
use super::read::value;
use super::{Kind, Map};
use crate::finding::{self, Applicability, Edit, Finding, Findings, Fix};
use crate::name::{self, BadName, nearest};
use crate::source::yaml::scalar::{Plain, resolve};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style};
use crate::source::{Span, Spanned};
use std::sync::Arc;

/// A kind of map: a module, an entry of `requires`, the root of an extension …
#[derive(Debug)]
pub struct Element {
    /// What messages call one, without article.
    pub name: &'static str,
    pub keys: &'static [Key],
}

/// A known key of an element.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub expects: Expects,
    pub presence: Presence,
    /// The first major schema version that has it.
    pub since: u32,
    pub role: Role,
    /// One line, for schemas and editors.
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Required,
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Windlass reads it.
    Read,
    /// Part of the format for the sake of other tools (build tools, mostly): no finding, no effect.
    Foreign,
    /// Part of the format elsewhere, and an error here; the text says where it belongs.
    Forbidden(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Text that is a valid identifier.
    Name,
    Text,
    /// Text or an unquoted number, kept as written.
    Version,
    Boolean,
    /// A map with free keys.
    Map,
    /// A list of texts.
    Texts,
    /// A list of maps with known keys.
    Elements,
    Anything,
}

impl Expects {
    fn words(self) -> &'static str {
        match self {
            Expects::Name | Expects::Text => "a string",
            Expects::Version => "a version",
            Expects::Boolean => "`true` or `false`",
            Expects::Map => "a map",
            Expects::Texts => "a list of strings",
            Expects::Elements => "a list",
            Expects::Anything => "a value",
        }
    }
}

impl Element {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Reads maps against tables and collects what is wrong with them.
pub struct Reader {
    /// The major schema version whose rules hold.
    pub major: u32,
    pub findings: Findings,
}

/// The sound values of one map.
pub struct Fields<'n> {
    pub span: Span,
    pairs: Vec<(&'static str, &'n Pair)>,
}

impl Reader {
    pub fn new(major: u32) -> Reader {
        Reader { major, findings: Findings::default() }
    }

    /// Checks a map against its table. `None` when the node is no map at all.
    pub fn fields<'n>(&mut self, node: &'n Node, element: &'static Element, place: &Place<'_>) -> Option<Fields<'n>> {
        let NodeKind::Map(pairs) = &node.kind else {
            self.findings.push(wrong_type(node, &format!("{} must be a map", with_article(element.name)), place));
            return None;
        };
        let owner = owner(element, node, place);
        let mut fields = Fields { span: node.span, pairs: Vec::with_capacity(pairs.len()) };
        for pair in pairs.iter() {
            match element.key(&pair.key.value) {
                Some(key) => {
                    if self.pair(pair, key, &owner, place) {
                        fields.pairs.push((key.name, pair));
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
            let finding = Finding::new(&finding::SCHEMA_NULL_SECTION, at, message).path(path());
            self.findings.push(match key.presence {
                Presence::Required => finding.help(format!("Give it a value ({}).", lower_first(key.about))),
                Presence::Optional => finding.help("Give it content, or delete the line.").fix(Fix {
                    // In a flow map, a comma would be left behind.
                    applicability: Applicability::Unsafe,
                    message: format!("Delete the empty `{}`", key.name),
                    edits: vec![Edit { at: at.to(pair.value.span), content: String::new() }],
                }),
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
            let mut finding = wrong_type(node, &subject(key.expects.words()), place);
            if key.expects == Expects::Texts && is_text(node) {
                finding = finding.fix(Fix {
                    applicability: Applicability::Safe,
                    message: "Write it as a list".into(),
                    edits: vec![insert(node.span.start_point(), "["), insert(node.span.end_point(), "]")],
                });
            }
            self.findings.push(finding);
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
            BadName::Character { .. } => format!(
                "Letters, digits, `_`, `-` and `.` are allowed, for example `{}`.",
                text.replace(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)), "-")
            ),
            BadName::Empty | BadName::TooLong => {
                format!("A name has 1 to {} letters, digits, `_`, `-` and `.`.", name::MAX_LENGTH)
            }
        });
        self.findings.push(finding);
    }

    fn unknown_key(&mut self, pair: &Pair, beside: &[Pair], element: &Element, owner: &Owner<'_>, place: &Place<'_>) {
        let known = element
            .keys
            .iter()
            .filter(|key| key.role == Role::Read && key.since <= self.major)
            .map(|key| key.name)
            .filter(|name| !beside.iter().any(|other| &*other.key.value == *name));
        let near = nearest(&pair.key.value, known);
        let mut finding = Finding::new(
            &finding::SCHEMA_UNKNOWN_KEY,
            pair.key.span,
            format!("`{}` is not a known key of {}, and has no effect.", shown(&pair.key.value), owner.inside()),
        )
        .path(place.key(&pair.key.value).to_string())
        .did_you_mean(near);
        if let Some(near) = near {
            finding = finding.fix(Fix {
                applicability: Applicability::Unsafe,
                message: format!("Rename to `{near}`"),
                edits: vec![Edit { at: pair.key.span, content: near.to_string() }],
            });
        }
        self.findings.push(finding);
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
            } else if let Some(fields) = self.fields(item, element, &place) {
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
            .fix(Fix {
                applicability: Applicability::Safe,
                message: format!("Write `name: {text}`"),
                edits: vec![insert(item.span.start_point(), "name: ")],
            }),
        );
    }
}

impl<'n> Fields<'n> {
    pub fn pair(&self, key: &str) -> Option<&'n Pair> {
        self.pairs.iter().find(|(name, _)| *name == key).map(|(_, pair)| *pair)
    }

    pub fn node(&self, key: &str) -> Option<&'n Node> {
        self.pair(key).map(|pair| &pair.value)
    }

    pub fn text(&self, key: &str) -> Option<Spanned<String>> {
        self.node(key).map(|node| Spanned::new(scalar_text(node).to_string(), node.span))
    }

    /// A text as one of the name types. [`Expects::Name`] has checked it.
    pub fn name<T>(&self, key: &str, make: impl FnOnce(Arc<str>) -> T) -> Option<Spanned<T>> {
        self.node(key).map(|node| Spanned::new(make(scalar_text(node)), node.span))
    }

    pub fn boolean(&self, key: &str) -> Option<bool> {
        self.node(key).and_then(|node| value(node).as_bool())
    }

    /// The texts of a list; entries that are none were reported.
    pub fn texts(&self, key: &str) -> Option<Vec<Spanned<Arc<str>>>> {
        let NodeKind::List(items) = &self.node(key)?.kind else { return None };
        Some(items.iter().filter(|item| is_text(item)).map(|item| Spanned::new(scalar_text(item), item.span)).collect())
    }

    /// A map with free keys, as a value.
    pub fn map(&self, key: &str) -> Map {
        match self.node(key).map(|node| value(node).kind) {
            Some(Kind::Map(map)) => map,
            _ => Map::default(),
        }
    }
}

/// How messages call the element that is being read: by its name when it has one, else by its place. Worked out only for
/// a message.
struct Owner<'a> {
    element: &'static Element,
    node: &'a Node,
    place: &'a Place<'a>,
}

fn owner<'a>(element: &'static Element, node: &'a Node, place: &'a Place<'a>) -> Owner<'a> {
    Owner { element, node, place }
}

impl Owner<'_> {
    /// For the end of a sentence: " of the module `web`", and nothing for the document itself.
    fn of(&self) -> String {
        if self.place.to_string().is_empty() { String::new() } else { format!(" of {}", self.inside()) }
    }

    fn kind(&self) -> String {
        format!("the {}", self.element.name)
    }

    /// For the middle of a sentence: "the module `web`".
    fn inside(&self) -> String {
        let NodeKind::Map(pairs) = &self.node.kind else { return self.kind() };
        let name = pairs.iter().find(|pair| &*pair.key.value == "name").map(|pair| &pair.value);
        match name {
            Some(name) if is_text(name) => format!("the {} `{}`", self.element.name, shown(&scalar_text(name))),
            _ => match self.place.to_string() {
                root if root.is_empty() => self.kind(),
                place => format!("the {} `{place}`", self.element.name),
            },
        }
    }
}

impl std::fmt::Display for Owner<'_> {
    /// For the beginning of a sentence: "The module `web`".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T{}", &self.inside()[1..])
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

pub fn is_text(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(Scalar { style: Style::Quoted, .. }) => true,
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) => matches!(resolve(text), Plain::Text),
        NodeKind::List(_) | NodeKind::Map(_) => false,
    }
}

pub fn is_null(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(Scalar { text, style: Style::Plain }) if matches!(resolve(text), Plain::Null))
}

/// The text of a scalar as written, whatever it means; empty for a list or a map.
pub fn scalar_text(node: &Node) -> Arc<str> {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar.text.clone(),
        NodeKind::List(_) | NodeKind::Map(_) => "".into(),
    }
}

/// A text of the user inside a message: on one line, and not longer than a line.
fn shown(text: &str) -> String {
    const ENOUGH: usize = 60;
    let mut shown: String = text.chars().take(ENOUGH).flat_map(escaped).collect();
    if text.chars().nth(ENOUGH).is_some() {
        shown.push('…');
    }
    shown
}

fn escaped(character: char) -> impl Iterator<Item = char> {
    let (plain, escape) =
        if character.is_control() { (None, Some(character.escape_default())) } else { (Some(character), None) };
    plain.into_iter().chain(escape.into_iter().flatten())
}

fn insert(at: Span, content: &str) -> Edit {
    Edit { at, content: content.to_string() }
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {name}")
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}
