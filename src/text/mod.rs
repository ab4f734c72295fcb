//! Strings with holes: `${…}` and `~{…}`.
//!
//! The language is `grammar/expression.pest`; this file only turns its pairs into our types. Most strings of a descriptor
//! have no hole, so a scan for the two opening characters stands in front of the parser.

use pest::Parser;
use pest::iterators::{Pair, Pairs};
use std::ops::Range;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/expression.pest"]
struct Grammar;

/// Which holes a place can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `${key}`
    Placeholder,
    /// `~{property}`, inside a `requires` entry.
    Short,
    /// `~{name/property}`, everywhere else.
    Qualified,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    Text(&'t str),
    Hole(Hole<'t>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole<'t> {
    /// With its braces, as written.
    pub written: &'t str,
    /// Bytes in the text.
    pub range: Range<usize>,
    /// The dependency of a qualified reference.
    pub owner: Option<&'t str>,
    /// The placeholder's key, or the property's name.
    pub key: &'t str,
}

/// Splits a text at its holes; `None` when it has none.
pub fn pieces(text: &str, form: Form) -> Option<Vec<Piece<'_>>> {
    let (opening, rule) = match form {
        Form::Placeholder => ("${", Rule::with_placeholders),
        Form::Short => ("~{", Rule::with_short),
        Form::Qualified => ("~{", Rule::with_qualified),
    };
    if !may_hold(text, opening) {
        return None;
    }
    let mut pieces = Vec::new();
    let mut found = false;
    for (start, line, rest) in stretches(text) {
        for pair in parsed(rule, line) {
            let piece = piece(pair, start);
            found |= matches!(piece, Some(Piece::Hole(_)));
            pieces.extend(piece);
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest));
        }
    }
    found.then_some(pieces)
}

/// Cuts a text into stretches that may have holes, each with its offset and the text behind it that can have none.
///
/// A hole stays on one line and ends with `}`. Handing the grammar only what lies before a line's last `}` means that every
/// opening brace finds a closing one, so that ten thousand unclosed ones cost no more than ten thousand characters.
fn stretches(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut offset = 0;
    text.split_inclusive(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(move |line| {
        let start = offset;
        offset += line.len();
        let (stretch, rest) = line.split_at(line.rfind('}').map_or(0, |brace| brace + 1));
        (start, stretch, rest)
    })
}

/// Whether a text has a hole that `pieces` would find.
pub fn has_hole(text: &str, form: Form) -> bool {
    pieces(text, form).is_some()
}

/// Takes the backslash off escaped holes; `None` when there is nothing to take off.
pub fn unescape(text: &str) -> Option<String> {
    if !may_hold(text, "\\${") && !may_hold(text, "\\~{") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for (_, line, rest) in stretches(text) {
        for pair in parsed(Rule::with_escapes, line) {
            match pair.as_rule() {
                Rule::escape => out.extend(pair.into_inner().map(|escaped| escaped.as_str())),
                Rule::escape_text => out.push_str(pair.as_str()),
                _ => {}
            }
        }
        out.push_str(rest);
    }
    (out.len() != text.len()).then_some(out)
}

/// The grammar accepts every text, so the parser has only one reason to refuse: it wants 64 KiB of stack to begin.
/// Taking that for "no hole" would let a `${…}` through as text.
fn parsed(rule: Rule, line: &str) -> Pairs<'_, Rule> {
    let mut whole = Grammar::parse(rule, line).expect("any text has pieces; whoever calls this leaves stack for it");
    whole.next().expect("each of the rules makes one pair of the whole text").into_inner()
}

/// Whether a text may have a hole of this form. A look at single bytes, for passing over the many texts that have none.
pub fn may_have_hole(text: &str, form: Form) -> bool {
    match form {
        Form::Placeholder => may_hold(text, "${"),
        Form::Short | Form::Qualified => may_hold(text, "~{"),
    }
}

fn may_hold(text: &str, opening: &str) -> bool {
    let (text, opening) = (text.as_bytes(), opening.as_bytes());
    opening.first().is_some_and(|first| memchr::memchr_iter(*first, text).any(|at| text[at..].starts_with(opening)))
}

fn piece(pair: Pair<'_, Rule>, offset: usize) -> Option<Piece<'_>> {
    let written = pair.as_str();
    let range = offset + pair.as_span().start()..offset + pair.as_span().end();
    match pair.as_rule() {
        Rule::placeholder | Rule::short => {
            let key = pair.into_inner().next()?.as_str();
            Some(Piece::Hole(Hole { written, range, owner: None, key }))
        }
        Rule::qualified => {
            let mut parts = pair.into_inner();
            let owner = parts.next()?.as_str();
            let key = parts.next()?.as_str();
            Some(Piece::Hole(Hole { written, range, owner: Some(owner), key }))
        }
        Rule::placeholder_text | Rule::short_text | Rule::qualified_text => Some(Piece::Text(written)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, form: Form) -> String {
        pieces(text, form).map_or("none".into(), |pieces| {
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => format!("'{text}'"),
                    Piece::Hole(hole) => match hole.owner {
                        Some(owner) => format!("<{owner}|{}>", hole.key),
                        None => format!("<{}>", hole.key),
                    },
                })
                .collect::<Vec<_>>()
                .join(" ")
        })
    }

    #[test]
    fn placeholders_follow_the_reference() {
        for (text, expected) in [
            ("${a}", "<a>"),
            ("x${a}y${b}", "'x' <a> 'y' <b>"),
            ("${ a }", "< a >"),
            ("${a${b}}", "<a${b> '}'"),
            ("$${a}", "'$' <a>"),
            ("${}", "none"),
            ("${}}", "<}>"),
            ("\\${a}", "none"),
            ("\\${a} ${a}", "'\\${a} ' <a>"),
            ("\\\\${a}", "none"),
            ("\\${a${b}}", "'\\${a' <b> '}'"),
            ("${a\nb}", "none"),
            ("a $ { ~{x}", "none"),
            ("${ä/ö}", "<ä/ö>"),
        ] {
            assert_eq!(shown(text, Form::Placeholder), expected, "{text}");
        }
    }

    #[test]
    fn references_follow_the_reference() {
        for (text, form, expected) in [
            ("~{url}/sources", Form::Short, "<url> '/sources'"),
            ("~{a/b}", Form::Short, "<a/b>"),
            ("~{a}", Form::Qualified, "none"),
            ("~{a/b/c}", Form::Qualified, "<a|b/c>"),
            ("~{x}/~{y/z}", Form::Qualified, "'~{x}/' <y|z>"),
            ("\\~{a/b}~{a/b}", Form::Qualified, "'\\~{a/b}' <a|b>"),
            ("{\"n\" : \"~{h/i}\"}", Form::Qualified, "'{\"n\" : \"' <h|i> '\"}'"),
        ] {
            assert_eq!(shown(text, form), expected, "{text}");
        }
    }

    #[test]
    fn escapes_lose_their_backslash_once() {
        assert_eq!(unescape("\\${a}-\\~{b/c}").as_deref(), Some("${a}-~{b/c}"));
        assert_eq!(unescape("\\${unclosed"), None);
        assert_eq!(unescape("\\x"), None);
        assert_eq!(unescape("\\\\${a}").as_deref(), Some("\\${a}"));
    }

    #[test]
    fn hostile_texts_are_answered_in_linear_time() {
        let text = "${".repeat(50_000);
        assert_eq!(pieces(&text, Form::Placeholder), None);
        assert_eq!(pieces(&format!("{text}\n}}"), Form::Placeholder), None);
        assert_eq!(pieces(&format!("{text}}}"), Form::Placeholder).map(|pieces| pieces.len()), Some(1));
        assert_eq!(unescape(&"\\${".repeat(50_000)), None);
        assert_eq!(pieces(&"~{".repeat(50_000), Form::Qualified), None);
    }
}
