//! Text → [`Document`]: each key checked against the table. What is wrong is told with its place, and left out, so that
//! whoever asks for a setting meets only sound ones.

use super::table::{Holds, Key, ROOT, Table};
use crate::finding::{
    self, Change, Finding, Findings, Fix, NOT_ALLOWABLE, SCHEMA_MISSING_KEY, SCHEMA_UNKNOWN_KEY, SCHEMA_WRONG_TYPE,
    Severity, Staged, UNKNOWN_RULE,
};
use crate::name::nearest;
use crate::source::toml;
use crate::source::yaml::{Node, NodeKind, Pair};
use crate::source::{FileId, Sources, Span};
use crate::target::{self, Compat, Space, Target};
use crate::tree::Place;
use crate::tree::shape::{is_text, scalar_text, wrong_type};
use ignore::gitignore::GitignoreBuilder;
use std::sync::Arc;

/// One file, with nothing left in it but what is sound.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: FileId,
    pub root: Node,
}

/// Reads one file. A text that is no TOML comes to an empty document.
pub fn read(sources: &Sources, file: FileId) -> Staged<Document> {
    let mut findings = Findings::default();
    let root = match findings.keep(toml::read(sources, file)) {
        Some(root) => table(&root, &ROOT, &Place::ROOT, &mut findings).unwrap_or_else(|| empty(root.span)),
        None => empty(Span::start_of(file)),
    };
    Staged::new(Document { file, root }, findings)
}

fn empty(span: Span) -> Node {
    Node { kind: NodeKind::Map(Arc::default()), span, tag: None }
}

/// The sound part of a table; `None` when it is no table at all.
fn table(node: &Node, known: &'static Table, place: &Place<'_>, findings: &mut Findings) -> Option<Node> {
    let pairs = map(node, &format!("The {} must be a table", known.name), place, findings)?;
    let mut sound = Vec::new();
    for pair in pairs {
        let name = &*pair.key.value;
        match known.key(name) {
            Some(key) => {
                sound.extend(value(&pair.value, key, &place.key(name), findings).map(|value| with(pair, value)))
            }
            None => findings.push(unknown_key(pair, pairs, known, place)),
        }
    }
    Some(holding(node, sound))
}

/// The sound part of a value; `None` when nothing of it is.
fn value(node: &Node, key: &'static Key, place: &Place<'_>, findings: &mut Findings) -> Option<Node> {
    match key.holds {
        Holds::Word(words) => word(node, words, &format!("`{place}`"), place, findings),
        Holds::Number => {
            let is_number = matches!(&node.kind, NodeKind::Scalar(_)) && scalar_text(node).parse::<u64>().is_ok();
            if !is_number {
                findings.push(wrong_type(node, &format!("`{place}` must be {}", key.holds.words()), place));
            }
            is_number.then(|| node.clone())
        }
        Holds::Path => text(node, &format!("`{place}` must be {}", key.holds.words()), place, findings),
        Holds::Paths => list(node, key, place, findings, |_, _| true),
        Holds::Patterns => list(node, key, place, findings, |item, findings| {
            let wrong = no_pattern(item, place);
            let is_sound = wrong.is_none();
            findings.extend(wrong.into_iter().collect());
            is_sound
        }),
        Holds::Rules => list(node, key, place, findings, |item, findings| {
            let code = finding::code(&scalar_text(item));
            if code.is_none() {
                findings.push(unknown_rule(&scalar_text(item), item.span, place));
            }
            code.is_some()
        }),
        Holds::PerRule(words) => {
            let pairs = map(node, &format!("`{place}` must be {}", key.holds.words()), place, findings)?;
            let sound = pairs.iter().filter_map(|pair| Some(with(pair, per_rule(pair, words, place, findings)?)));
            Some(holding(node, sound.collect()))
        }
        Holds::Table(known) => table(node, known, place, findings),
        Holds::Tables(known) => {
            let must = format!("`{place}` must be {}", key.holds.words());
            let NodeKind::List(items) = &node.kind else {
                findings.push(wrong_type(node, &must, place));
                return None;
            };
            let mut sound = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let place = place.index(at);
                sound.extend(
                    table(item, known, &place, findings).filter(|item| is_whole(item, known, &place, findings)),
                );
            }
            Some(Node { kind: NodeKind::List(Arc::new(sound)), ..node.clone() })
        }
        Holds::Named(_) => {
            let pairs = map(node, &format!("`{place}` must be {}", key.holds.words()), place, findings)?;
            for pair in pairs {
                // Which values hold underneath does not matter for whether these are right.
                let space = Space { org: String::new(), space: String::new() };
                let below = Target::built_in(space, None, Compat::Documented);
                let under = place.key(&pair.key.value);
                let wrong = target::read::read(&below, &pair.value).findings;
                findings.extend(wrong.into_iter().map(|found| found.under(&under.to_string())).collect());
            }
            Some(node.clone())
        }
    }
}

/// What is wrong with a pattern: one that cannot be read, or one that no path below the folder of the file is like. `.gitignore`
/// takes the latter without a word.
fn no_pattern(item: &Node, place: &Place<'_>) -> Option<Finding> {
    let text = scalar_text(item);
    let mut matcher = GitignoreBuilder::new("");
    let unread = matcher.add_line(None, &text).map(|matcher| matcher.build()).map_or_else(Some, Result::err);
    let bare = text.trim_start_matches('!').trim_end();
    let (why, help) = match unread {
        Some(error) => (error.to_string(), None),
        None if bare.trim_matches('/').is_empty() => ("nothing is like it".to_owned(), Some("Delete it.".to_owned())),
        None if bare.starts_with('#') => {
            let why = "`#` begins a comment where patterns are read".to_owned();
            (why, Some(format!("Write `\\{bare}` if a name begins with it.")))
        }
        None if bare.starts_with("./") => {
            let why = "no path begins with `./` where patterns are compared".to_owned();
            (why, Some(format!("Write `{}`: paths begin in the folder of this file.", &bare[1..])))
        }
        None if bare.split('/').any(|part| part == "..") => {
            let why = "`..` leads out of the folder of this file, and patterns are for what is below it".to_owned();
            (why, Some("Put a `windlass.toml` with the pattern into that folder.".to_owned()))
        }
        None => return None,
    };
    let message = format!("`{text}` is no pattern: {why}.");
    let finding = Finding::new(&SCHEMA_WRONG_TYPE, item.span, message).path(place.to_string());
    Some(match help {
        Some(help) => finding.help(help),
        None => finding,
    })
}

/// Entries of lists have no key that could be left out.
fn is_whole(item: &Node, known: &'static Table, place: &Place<'_>, findings: &mut Findings) -> bool {
    let NodeKind::Map(pairs) = &item.kind else { return false };
    let missing = known.keys.iter().find(|key| !pairs.iter().any(|pair| *pair.key.value == *key.name));
    if let Some(key) = missing {
        let message = format!("The {} has no `{}`.", known.name, key.name);
        let help = format!("Add `{} = {}`.", key.name, key.example);
        findings.push(Finding::new(&SCHEMA_MISSING_KEY, item.span, message).path(place.to_string()).help(help));
    }
    missing.is_none()
}

fn per_rule(
    pair: &Pair,
    words: &'static [(&'static str, &'static str)],
    place: &Place<'_>,
    findings: &mut Findings,
) -> Option<Node> {
    let place = place.key(&pair.key.value);
    let level = word(&pair.value, words, &format!("The severity of `{}`", pair.key.value), &place, findings);
    let Some(code) = finding::code(&pair.key.value) else {
        findings.push(unknown_rule(&pair.key.value, pair.key.span, &place));
        return None;
    };
    let level = level?;
    if code.severity == Severity::Error && !code.is_milder_at_times() && *scalar_text(&level) != *"error" {
        let message = format!("`{}` is an error, and stays one: this line has no effect.", code.id);
        let help = "An error means that the application cannot be deployed as it is. Delete this line, and correct what \
                    the finding points at.";
        findings.push(Finding::new(&NOT_ALLOWABLE, pair.key.span, message).path(place.to_string()).help(help));
    }
    Some(level)
}

fn map<'n>(node: &'n Node, must: &str, place: &Place<'_>, findings: &mut Findings) -> Option<&'n [Pair]> {
    match &node.kind {
        NodeKind::Map(pairs) => Some(pairs),
        NodeKind::Scalar(_) | NodeKind::List(_) => {
            findings.push(wrong_type(node, must, place));
            None
        }
    }
}

fn text(node: &Node, must: &str, place: &Place<'_>, findings: &mut Findings) -> Option<Node> {
    if is_text(node) {
        return Some(node.clone());
    }
    findings.push(wrong_type(node, must, place));
    None
}

fn word(
    node: &Node,
    words: &'static [(&'static str, &'static str)],
    subject: &str,
    place: &Place<'_>,
    findings: &mut Findings,
) -> Option<Node> {
    let text = text(node, &format!("{subject} must be a string"), place, findings)?;
    let written = scalar_text(&text);
    if words.iter().any(|(word, _)| *word == &*written) {
        return Some(text);
    }
    let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let (last, others) = known.split_last()?;
    let message = format!("{subject} is `{written}`; it can be {} or {last}.", others.join(", "));
    let near = nearest(&written, words.iter().map(|(word, _)| *word));
    let finding = Finding::new(&SCHEMA_WRONG_TYPE, node.span, message).path(place.to_string()).did_you_mean(near);
    findings.push(match near {
        Some(near) => finding.fix(replace(node.span, &format!("\"{near}\""), near)),
        None => finding,
    });
    None
}

fn list(
    node: &Node,
    key: &'static Key,
    place: &Place<'_>,
    findings: &mut Findings,
    is_sound: impl Fn(&Node, &mut Findings) -> bool,
) -> Option<Node> {
    let NodeKind::List(items) = &node.kind else {
        findings.push(wrong_type(node, &format!("`{place}` must be {}", key.holds.words()), place));
        return None;
    };
    let mut sound = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let must = format!("Each entry of `{place}` must be a string");
        let item = text(item, &must, &place.index(at), findings);
        sound.extend(item.filter(|item| is_sound(item, findings)));
    }
    Some(Node { kind: NodeKind::List(Arc::new(sound)), ..node.clone() })
}

fn unknown_key(pair: &Pair, beside: &[Pair], known: &'static Table, place: &Place<'_>) -> Finding {
    let name = &*pair.key.value;
    let free = known.keys.iter().map(|key| key.name);
    let near = nearest(name, free.filter(|free| !beside.iter().any(|other| *other.key.value == **free)));
    let message = format!("`{name}` is not a known key of the {}, and has no effect.", known.name);
    let finding = Finding::new(&SCHEMA_UNKNOWN_KEY, pair.key.span, message).path(place.key(name).to_string());
    match near {
        Some(near) => finding.did_you_mean(Some(near)).fix(replace(pair.key.span, near, near)),
        None => {
            let keys: Vec<String> = known.keys.iter().map(|key| format!("`{}`", key.name)).collect();
            finding.help(format!("It can have {}.", keys.join(", ")))
        }
    }
}

fn unknown_rule(name: &str, at: Span, place: &Place<'_>) -> Finding {
    let near = nearest(name, finding::CODES.iter().map(|code| code.id));
    let finding = Finding::new(&UNKNOWN_RULE, at, format!("There is no rule `{name}`, so this has no effect."));
    let finding = finding.path(place.to_string());
    match near {
        Some(near) => finding.did_you_mean(Some(near)),
        None => finding.help("`windlass explain` lists all rules."),
    }
}

fn replace(at: Span, content: &str, by: &str) -> Fix {
    Fix::risky(format!("Replace by `{by}`"), [Change::Text { at, content: content.to_owned() }])
}

fn with(pair: &Pair, value: Node) -> Pair {
    Pair { key: pair.key.clone(), value }
}

fn holding(node: &Node, pairs: Vec<Pair>) -> Node {
    Node { kind: NodeKind::Map(Arc::new(pairs)), span: node.span, tag: None }
}
