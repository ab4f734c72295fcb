//! How messages call things.

use super::fields::{is_text, scalar_text};
use super::table::Element;
use crate::source::yaml::{Node, NodeKind};
use crate::tree::Place;

/// How messages call the element that is being read: by its name when it has one, else by its place. Worked out only for
/// a message.
pub struct Owner<'a> {
    pub element: &'static Element,
    pub node: &'a Node,
    pub place: &'a Place<'a>,
}

impl Owner<'_> {
    /// For the end of a sentence: " of the module `web`", and nothing for the document itself.
    pub fn of(&self) -> String {
        if self.place.to_string().is_empty() { String::new() } else { format!(" of {}", self.inside()) }
    }

    pub fn kind(&self) -> String {
        format!("the {}", self.element.name)
    }

    /// For the middle of a sentence: "the module `web`".
    pub fn inside(&self) -> String {
        let NodeKind::Map(pairs) = &self.node.kind else { return self.kind() };
        // A `name` where the format has none is a mistake, or of another format.
        let is_root = self.place.to_string().is_empty();
        if is_root && self.element.key("name").is_none() {
            return self.kind();
        }
        let name = pairs.iter().find(|pair| &*pair.key.value == "name").map(|pair| &pair.value);
        match name {
            Some(name) if is_text(name) => format!("the {} `{}`", self.element.name, shown(&scalar_text(name))),
            _ if is_root => self.kind(),
            _ => format!("the {} `{}`", self.element.name, self.place),
        }
    }
}

impl std::fmt::Display for Owner<'_> {
    /// For the beginning of a sentence: "The module `web`".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T{}", &self.inside()[1..])
    }
}

/// A text of the user inside a message: on one line, and not longer than a line.
pub fn shown(text: &str) -> String {
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

pub fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {name}")
}

pub fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}
