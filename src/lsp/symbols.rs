//! What is in a document, for outlines and for searching a whole folder.

use super::family::Family;
use super::outline::{Kind, Owner, Part};
use crate::source::{FileId, Span};

pub struct Symbol {
    pub name: String,
    pub detail: String,
    pub kind: Kind,
    /// The whole element.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    pub children: Vec<Symbol>,
}

/// How many symbols one search gives.
pub const MOST: usize = 256;

/// The elements of a document, each with those inside it.
pub fn symbols(family: &Family, file: FileId) -> Vec<Symbol> {
    let parts = family.parts(file);
    inside(&parts, 0)
}

fn inside(parts: &[Part<'_>], around: usize) -> Vec<Symbol> {
    let inner = parts.iter().enumerate().skip(around + 1).filter(|(_, part)| part.around == Some(around));
    inner.map(|(at, part)| Symbol { children: inside(parts, at), ..symbol(part) }).collect()
}

fn symbol(part: &Part<'_>) -> Symbol {
    let of = |key| part.value(key).and_then(super::outline::text).map(ToString::to_string).unwrap_or_default();
    let (name, noun) = match &part.owner {
        Owner::Root => (of("ID"), ""),
        Owner::Module(name) | Owner::Resource(name) => (name.to_string(), ""),
        Owner::Requires(_, name) | Owner::HookRequires(_, _, name) | Owner::ResourceRequires(_, name) => {
            (name.to_string(), "requires")
        }
        Owner::Provides(_, name) => (name.to_string(), "provides"),
        Owner::Hook(_, name) => (name.to_string(), "hook"),
    };
    let detail = if noun.is_empty() { of("type") } else { noun.to_owned() };
    // A name that is not there yet is shown as what it is missing of.
    let name = if name.trim().is_empty() { "(no name)".to_owned() } else { name };
    let selection = part.value("name").map_or_else(|| part.node.span.start_point(), |node| node.span);
    Symbol { name, detail, kind: part.kind, span: part.node.span.to(selection), selection, children: Vec::new() }
}

/// Modules, resources, provided sets and hooks whose name has the letters of the question in their order.
pub fn matching<'s>(symbols: &'s [Symbol], question: &str, found: &mut Vec<(&'s Symbol, String)>, around: &str) {
    for symbol in symbols {
        if found.len() >= MOST {
            return;
        }
        if symbol.kind != Kind::Requires && fits(&symbol.name, question) {
            found.push((symbol, around.to_owned()));
        }
        matching(&symbol.children, question, found, &symbol.name);
    }
}

fn fits(name: &str, question: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    question.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_some_letters_of_the_name_in_their_order() {
        assert!(fits("backend-api", "bapi"));
        assert!(fits("Backend", ""));
        assert!(!fits("backend", "db"));
    }
}
