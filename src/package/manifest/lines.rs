//! The form of a manifest: bytes → lines → attributes → sections.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// A line as it stands in the file, without its end.
pub struct Line<'a> {
    bytes: &'a [u8],
    /// Where it begins in the text that people are shown.
    start: usize,
}

/// An attribute, its continuation lines put together.
pub struct Attribute<'a> {
    pub name: Cow<'a, str>,
    pub name_at: Range<usize>,
    pub value: Cow<'a, [u8]>,
    /// Where pieces of the value stand: offset in the value, offset in the shown text.
    pieces: Vec<(usize, usize)>,
    /// The end of the last piece in the shown text.
    end: usize,
}

pub struct Section<'a> {
    pub attributes: Vec<Attribute<'a>>,
    pub faults: Vec<Fault>,
}

/// After so many the rest of a section would say nothing new.
const MOST_FAULTS: usize = 100;

/// What a line is that is no attribute.
pub struct Fault {
    pub at: Range<usize>,
    pub what: String,
    pub help: &'static str,
}

impl Attribute<'_> {
    /// Names of attributes ignore case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The place of a part of the value. A part that goes over the end of a line covers that end.
    pub fn value_at(&self, range: Range<usize>) -> Range<usize> {
        let place = |offset: usize| {
            let piece = self.pieces.iter().rev().find(|(from, _)| *from <= offset);
            piece.map_or(self.end, |(from, shown)| (shown + offset - from).min(self.end))
        };
        // An end belongs to the piece of the last byte, not to the one that begins behind it.
        let end = if range.is_empty() { place(range.start) } else { place(range.end - 1) + 1 };
        place(range.start)..end.min(self.end)
    }
}

/// Splits at LF, CRLF and CR, and makes the text that people are shown: each line by itself as UTF-8, so that a line that
/// is none leaves the places of all others right.
pub fn split(bytes: &[u8]) -> (String, Vec<Line<'_>>) {
    let mut text = String::with_capacity(bytes.len());
    let mut lines = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, ending) = rest.split_at(length);
        lines.push(Line { bytes: line, start: text.len() });
        text.push_str(&String::from_utf8_lossy(line));
        rest = match ending {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => ending,
        };
        text.push('\n');
    }
    (text, lines)
}

/// Groups lines into sections. Empty lines separate; where several stand together they are one.
pub fn sections<'a>(lines: &[Line<'a>], shown: &str) -> impl Iterator<Item = Section<'a>> {
    let groups = lines.split(|line| line.bytes.is_empty()).enumerate();
    // The first group is the main section, also when the file begins with an empty line.
    groups.filter(|(at, group)| *at == 0 || !group.is_empty()).map(|(_, group)| section(group, shown))
}

fn section<'a>(lines: &[Line<'a>], shown: &str) -> Section<'a> {
    let mut section = Section { attributes: Vec::<Attribute<'a>>::new(), faults: Vec::new() };
    let mut names = HashSet::new();
    for line in lines {
        if section.faults.len() >= MOST_FAULTS {
            break;
        }
        let end = line.start + shown[line.start..].find('\n').unwrap_or_default();
        let fault = |at: Range<usize>, what: &str, help| Fault { at, what: what.to_owned(), help };
        if let [b' ', more @ ..] = line.bytes {
            match section.attributes.last_mut() {
                Some(attribute) => {
                    attribute.pieces.push((attribute.value.len(), line.start + 1));
                    attribute.value.to_mut().extend_from_slice(more);
                    attribute.end = end;
                }
                None => section.faults.push(fault(
                    line.start..end,
                    "The line goes on with an attribute, and there is none before it in this section.",
                    "A line that begins with a blank continues the one before. Take the blank away, or the empty line above.",
                )),
            }
            continue;
        }
        let Some((name, value)) = attribute(line.bytes) else {
            section.faults.push(fault(
                line.start..end,
                "The line is no attribute: it is not of the form `Name: value`.",
                "An attribute is a name of letters, digits, `-` and `_`, then a colon and a blank. A long value goes on in \
                 the next line after one blank.",
            ));
            continue;
        };
        let name_at = line.start..line.start + name.len();
        if !names.insert(name.to_ascii_lowercase()) {
            let what = format!("The section has `{name}` twice; only one of them would count.");
            section.faults.push(Fault {
                at: name_at,
                what,
                help: "Leave one; several names in it are separated by commas.",
            });
            continue;
        }
        section.attributes.push(Attribute {
            name: name.into(),
            pieces: vec![(0, name_at.end + 2)],
            name_at,
            value: value.into(),
            end,
        });
    }
    section
}

/// The name and the value of `Name: value`.
fn attribute(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = line.split_at(colon);
    let value = value.strip_prefix(b": ")?;
    let well_formed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || !name.iter().all(well_formed) {
        return None;
    }
    Some((std::str::from_utf8(name).ok()?, value))
}
