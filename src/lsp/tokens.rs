//! The holes in texts, so that editors can paint what is inside them.

use super::family::Family;
use super::index::{Hole, holes};
use super::inlay::texts;
use crate::source::{FileId, Span};
use crate::text::Form;
use std::ops::Range;

/// What a token is, in the order of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Signs and braces.
    Brace,
    /// The parameter of a placeholder.
    Parameter,
    /// The set of a reference.
    Set,
    /// The property of a reference.
    Property,
}

/// The protocol's names for them.
pub const LEGEND: [&str; 4] = ["operator", "parameter", "namespace", "property"];

/// The tokens of a part of a document, from left to right, none over another.
pub fn tokens(family: &Family, file: FileId, range: Range<usize>) -> Vec<(Span, Token)> {
    let mut tokens = Vec::new();
    texts(family, file, &mut |node, owner| {
        for hole in holes(&family.sources, node, owner) {
            if (hole.at.end as usize) < range.start || range.end < hole.at.start as usize {
                continue;
            }
            of_hole(&hole, &mut tokens);
        }
    });
    tokens.sort_by_key(|(span, _)| *span);
    // A placeholder may stand inside a reference: `~{${db}/url}`. Then what is further in counts, for it is closed first.
    let mut apart: Vec<(Span, Token)> = Vec::with_capacity(tokens.len());
    for (span, token) in tokens {
        if span.start < span.end && apart.last().is_none_or(|(before, _)| before.end <= span.start) {
            apart.push((span, token));
        }
    }
    apart
}

fn of_hole(hole: &Hole, tokens: &mut Vec<(Span, Token)>) {
    let part = |start: u32, end: u32| Span { start, end, ..hole.at };
    let inside = hole.at.start + 2;
    tokens.push((part(hole.at.start, inside), Token::Brace));
    match (hole.form, hole.owner) {
        (Form::Placeholder, _) => tokens.push((hole.key, Token::Parameter)),
        (_, Some(owner)) => {
            tokens.push((owner, Token::Set));
            tokens.push((part(owner.end, hole.key.start), Token::Brace));
            tokens.push((hole.key, Token::Property));
        }
        (_, None) => tokens.push((hole.key, Token::Property)),
    }
    tokens.push((part(hole.key.end, hole.at.end), Token::Brace));
}
