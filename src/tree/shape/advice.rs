//! What to write instead, where a value has the wrong shape: people forget dashes, blanks and brackets, each in a few ways.
//!
//! Values are never quoted: one may be a secret. Keys and names are, unless a tag says that they are secret too.

use super::table::{Element, Expects, Key};
use super::words::shown;
use crate::source::yaml::{Node, NodeKind, Pair, Style};

/// For the value of a known key that is of another kind than the key expects.
pub fn for_value(node: &Node, key: &Key) -> Option<String> {
    let name = key.name;
    match (key.expects, &node.kind) {
        _ if node.is_sensitive() => None,
        (Expects::Elements, NodeKind::Map(pairs)) => {
            let first = pairs.first().map_or("…", |pair| &*pair.key.value);
            let item = match entry(pairs, "name") {
                Some(own) => format!("- name: {}", own.as_deref().map_or_else(|| "…".to_owned(), shown)),
                None if first == "…" => return None,
                None => format!("- name: {}", shown(first)),
            };
            Some(format!("Make it a list: each entry begins with a dash and its name, `{item}`."))
        }
        (Expects::Elements, NodeKind::Scalar(scalar)) => match without_blank(node) {
            Some(key) => Some(behind_the_colon(key)),
            None => {
                let items = scalar.text.split(',').map(|own| format!("{{name: {}}}", shown(own.trim())));
                Some(format!("Write `{name}: [{}]`.", items.collect::<Vec<_>>().join(", ")))
            }
        },
        (Expects::Map, NodeKind::List(items)) => Some(match items.first().map(|item| &item.kind) {
            Some(NodeKind::Map(pairs)) if entry(pairs, "value").is_some() => {
                let own = entry(pairs, "name").or_else(|| entry(pairs, "key")).flatten();
                format!(
                    "Write the name as the key, without a dash: `{}: …`.",
                    shown(&own.unwrap_or_else(|| "NAME".to_owned()))
                )
            }
            Some(NodeKind::Map(pairs)) if !pairs.is_empty() => {
                format!(
                    "Take the dashes away: `{}: …` and each of the others is a key of one map.",
                    shown(&pairs[0].key.value)
                )
            }
            _ => format!("Write keys with values, for example `{name}: {}`.", key.example),
        }),
        (Expects::Map, NodeKind::Scalar(_)) => Some(match without_blank(node) {
            Some(key) => behind_the_colon(key),
            None => format!("Write keys with values, for example `{name}: {}`.", key.example),
        }),
        (Expects::Texts, NodeKind::Scalar(scalar)) => Some(format!("Write `{name}: [{}]`.", shown(&scalar.text))),
        (Expects::Texts, NodeKind::Map(_)) => {
            Some(format!("Write a list of names, for example `{name}: {}`.", key.example))
        }
        (Expects::Boolean, NodeKind::Scalar(scalar)) => Some(match &*scalar.text.to_lowercase() {
            word @ ("true" | "false") => format!("Write `{word}`, without quotes."),
            _ => "Write `true` or `false`, without quotes.".to_owned(),
        }),
        _ => None,
    }
}

/// For an entry of a list of elements that is no map.
pub fn for_element(node: &Node, element: &Element) -> Option<String> {
    match &node.kind {
        _ if node.is_sensitive() => None,
        NodeKind::Scalar(_) if without_blank(node).is_some() => without_blank(node).map(behind_the_colon),
        NodeKind::Scalar(scalar) if element.key(&scalar.text).is_some_and(|key| key.expects == Expects::Boolean) => {
            Some(format!("Write `{{{}: true}}`.", scalar.text))
        }
        NodeKind::Scalar(scalar) if element.key("name").is_some() && !scalar.text.is_empty() => {
            Some(format!("Write `- name: {}`, and what belongs to it in the rows below.", shown(&scalar.text)))
        }
        NodeKind::List(_) => Some("Take one of the two dashes away: this is a list inside the list.".to_owned()),
        _ => None,
    }
}

/// For a key that no table has because of how it is written.
pub fn for_key(key: &str) -> Option<String> {
    if let Some(character) = key.chars().find(|c| is_invisible(*c)) {
        return Some(format!(
            "It has an invisible character, U+{:04X}, which YAML takes for a letter. Type it again, with ordinary blanks.",
            u32::from(character)
        ));
    }
    if key.starts_with("//") || key.starts_with("/*") {
        return Some("A comment begins with `#` and ends with its row.".to_owned());
    }
    let item = key.strip_prefix('-')?;
    let is_word = item.starts_with(|c: char| c.is_ascii_alphabetic());
    is_word.then(|| format!("Put a blank behind the dash: `- {}: …`.", shown(item)))
}

/// What looks like a blank, or like nothing, and is neither to YAML.
fn is_invisible(character: char) -> bool {
    let other_blank = character.is_whitespace() && !matches!(character, ' ' | '\t' | '\n' | '\r');
    other_blank || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The text of an entry; `None` inside when it has none.
fn entry(pairs: &[Pair], key: &str) -> Option<Option<String>> {
    let pair = pairs.iter().find(|pair| &*pair.key.value == key)?;
    Some(match &pair.value.kind {
        NodeKind::Scalar(scalar) => Some(scalar.text.to_string()),
        NodeKind::Map(_) | NodeKind::List(_) => None,
    })
}

/// The key of `name:web`, which YAML takes for one text.
fn without_blank(node: &Node) -> Option<&str> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    let (key, value) = scalar.text.split_whitespace().next()?.split_once(':')?;
    let is_key = scalar.style == Style::Plain
        && !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // An address has slashes there.
    (is_key && !value.is_empty() && !value.starts_with("//")).then_some(key)
}

fn behind_the_colon(key: &str) -> String {
    format!("Put a blank behind the colon: `{key}: …`.")
}
