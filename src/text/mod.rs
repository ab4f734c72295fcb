//! Strings with holes: `${…}` and `~{…}`.
//!
//! What a hole is, is defined by `grammar/expression.pest`. A descriptor has a great many short texts, and a parser made
//! from the grammar would spend a fifth of a whole run on them, so the scans here are written by hand; a test holds them
//! against the grammar, on every text that a few characters can form.

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter, memchr2};
use std::borrow::Cow;
use std::ops::Range;

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
    let mut pieces = Vec::new();
    let mut behind = 0;
    for hole in holes(text, form) {
        if behind < hole.range.start {
            pieces.push(Piece::Text(&text[behind..hole.range.start]));
        }
        behind = hole.range.end;
        pieces.push(Piece::Hole(hole));
    }
    if pieces.is_empty() {
        return None;
    }
    if behind < text.len() {
        pieces.push(Piece::Text(&text[behind..]));
    }
    Some(pieces)
}

/// An opening that opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lonely {
    /// Bytes in the text; where nothing closes it, to the end of its line.
    pub range: Range<usize>,
    /// The braces are closed and empty: `${}`.
    pub empty: bool,
}

/// The first `${` (or `~{`) of a text that is no hole, because nothing closes it or nothing is in it. It stays as it is
/// written, and few mean that.
pub fn lonely(text: &str, form: Form) -> Option<Lonely> {
    let bytes = text.as_bytes();
    let mut holes = holes(text, form).map(|hole| hole.range).peekable();
    // Up to where openings are known to have a closing brace behind them, so that none is searched for twice.
    let mut closed = 0;
    for start in memchr_iter(form.sign(), bytes) {
        while holes.next_if(|hole| hole.end <= start).is_some() {}
        let in_a_hole = holes.peek().is_some_and(|hole| hole.contains(&start));
        let escaped = start > 0 && bytes[start - 1] == b'\\';
        if in_a_hole || escaped || bytes.get(start + 1) != Some(&b'{') {
            continue;
        }
        let inside = start + 2;
        if bytes.get(inside) == Some(&b'}') {
            return Some(Lonely { range: start..inside + 1, empty: true });
        }
        if inside > closed {
            let end = text[inside..].find(|c| c == '}' || ends_line(c)).map_or(text.len(), |found| inside + found);
            if bytes.get(end) != Some(&b'}') {
                return Some(Lonely { range: start..end, empty: false });
            }
            closed = end;
        }
    }
    None
}

/// Whether a text has a hole that `pieces` would find.
pub fn has_hole(text: &str, form: Form) -> bool {
    holes(text, form).next().is_some()
}

/// Whether a text may have a hole of this form. A look at single bytes, for passing over the many texts that have none.
pub fn may_have_hole(text: &str, form: Form) -> bool {
    memchr_iter(form.sign(), text.as_bytes()).any(|at| text.as_bytes().get(at + 1) == Some(&b'{'))
}

/// Takes the backslash off escaped holes; `None` when there is nothing to take off.
pub fn unescape(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(backslash) = memchr(b'\\', &text.as_bytes()[at..]).map(|found| at + found) {
        at = backslash + 1;
        if text[at..].starts_with("${") || text[at..].starts_with("~{") {
            match key_end(text, at + 2) {
                Ok(brace) => {
                    out.push_str(&text[copied..backslash]);
                    copied = at;
                    at = brace + 1;
                }
                Err(stop) => at = stop,
            }
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// The text with every hole in it escaped, so that stages take it for what it is and [`unescape`] gives it back. `None` when
/// no escaping does that: a hole inside a hole.
pub fn literal(text: &str) -> Option<Cow<'_, str>> {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(sign) = memchr2(b'$', b'~', &text.as_bytes()[at..]).map(|found| at + found) {
        at = sign + 1;
        if text.as_bytes().get(at) == Some(&b'{') {
            match key_end(text, at + 1) {
                Ok(brace) => {
                    out.push_str(&text[copied..sign]);
                    out.push('\\');
                    copied = sign;
                    at = brace + 1;
                }
                Err(stop) => at = stop,
            }
        }
    }
    if out.is_empty() {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(&text[copied..]);
    let is_text = [Form::Placeholder, Form::Short, Form::Qualified].into_iter().all(|form| !has_hole(&out, form));
    (is_text && unescape(&out).as_deref() == Some(text)).then_some(Cow::Owned(out))
}

impl Form {
    fn sign(self) -> u8 {
        match self {
            Form::Placeholder => b'$',
            Form::Short | Form::Qualified => b'~',
        }
    }
}

/// The holes of a text, from left to right. Takes linear time on any text: no character is looked at for two openings.
fn holes(text: &str, form: Form) -> impl Iterator<Item = Hole<'_>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = memchr(form.sign(), &bytes[at..]).map(|found| at + found) {
            at = start + 1;
            let escaped = start > 0 && bytes[start - 1] == b'\\';
            if escaped || bytes.get(at) != Some(&b'{') {
                continue;
            }
            let inside = start + 2;
            let end = match form {
                Form::Placeholder => key_end(text, inside),
                Form::Short | Form::Qualified => word_end(text, inside).ok_or(at),
            };
            let end = match end {
                Ok(end) => end,
                Err(stop) => {
                    at = stop;
                    continue;
                }
            };
            let key = &text[inside..end];
            let (owner, key) = match form {
                Form::Placeholder | Form::Short => (None, key),
                // The first `/` separates; further ones belong to the property's name.
                Form::Qualified => match key.split_once('/') {
                    Some((owner, key)) if !owner.is_empty() && !key.is_empty() => (Some(owner), key),
                    _ => continue,
                },
            };
            at = end + 1;
            return Some(Hole { written: &text[start..at], range: start..at, owner, key });
        }
        None
    })
}

/// Where the key of a placeholder ends that begins at `start`: at the first `}` behind its first character, on the same
/// line. An error says up to where there can be no other key either.
fn key_end(text: &str, start: usize) -> Result<usize, usize> {
    let first = text[start..].chars().next().filter(|first| !ends_line(*first)).ok_or(start)?;
    let second = start + first.len_utf8();
    match text[second..].find(|c| c == '}' || ends_line(c)) {
        Some(found) if text.as_bytes()[second + found] == b'}' => Ok(second + found),
        Some(found) => Err(second + found),
        None => Err(text.len()),
    }
}

/// Where the name in a reference ends that begins at `start`: at a `}` with no brace and no line end before it.
fn word_end(text: &str, start: usize) -> Option<usize> {
    let found = text[start..].find(|c| c == '{' || c == '}' || ends_line(c)).filter(|found| *found > 0)?;
    (text.as_bytes()[start + found] == b'}').then_some(start + found)
}

/// A hole stays on one line.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
