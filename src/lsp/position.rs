//! Places as the protocol counts them: lines from 0, and characters in units that client and server agree upon.
//!
//! Everything else in this program counts bytes. Only this file knows both.

use super::protocol::{Position, Range};
use crate::source::rows;

/// What a character of a line is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// What every client must speak.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    /// Of what a client offers, what is least work; without an offer, what every client speaks.
    pub fn agreed(offered: &[String]) -> Encoding {
        let known = [Encoding::Utf8, Encoding::Utf32, Encoding::Utf16];
        known.into_iter().find(|one| offered.iter().any(|name| name == one.name())).unwrap_or_default()
    }

    fn units(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin, in bytes.
#[derive(Clone, Debug)]
pub struct Lines(Vec<u32>);

impl Lines {
    /// Of no text.
    pub const NONE: Lines = Lines(Vec::new());

    pub fn of(text: &str) -> Lines {
        Lines(rows(text))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The line that an offset is on, from 0.
    pub fn line_of(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start as usize <= offset).max(1) - 1
    }

    /// The bytes of a line, without its end; empty behind the last line.
    pub fn range(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let Some(start) = self.0.get(line).map(|start| *start as usize) else { return text.len()..text.len() };
        let end = self.0.get(line + 1).map_or(text.len(), |next| *next as usize);
        let content = text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        start..start + content.len()
    }

    pub fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        text.get(self.range(text, line)).unwrap_or_default()
    }

    /// An offset, which may lie anywhere, as a position.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let line = self.line_of(offset);
        let start = self.0.get(line).map_or(0, |start| *start as usize);
        let before = text.get(start..).unwrap_or_default().char_indices();
        let before = before.take_while(|(at, character)| start + at + character.len_utf8() <= offset);
        let character = before.map(|(_, character)| encoding.units(character)).sum();
        Position { line: number(line), character: number(character) }
    }

    /// A position, which may lie anywhere, as an offset between two characters: the end of the line when it is behind it,
    /// the end of the text when the line is.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let range = self.range(text, position.line as usize);
        let line = text.get(range.clone()).unwrap_or_default();
        let mut units = 0;
        for (at, character) in line.char_indices() {
            units += encoding.units(character);
            if units > position.character as usize {
                return range.start + at;
            }
        }
        range.end
    }

    pub fn range_of(&self, text: &str, bytes: std::ops::Range<usize>, encoding: Encoding) -> Range {
        let start = self.position(text, bytes.start, encoding);
        Range { start, end: self.position(text, bytes.end.max(bytes.start), encoding) }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn each_encoding_counts_in_its_own_units() {
        let text = "a\r\nä€😀b\n";
        let lines = Lines::of(text);
        let offset = text.find('b').expect("b is in the text");
        let columns = ALL.map(|encoding| lines.position(text, offset, encoding).character);
        assert_eq!(columns, [9, 4, 3]);
        // Between the halves of a surrogate pair there is no place: the character begins before it.
        let inside = Position { line: 1, character: 3 };
        assert_eq!(lines.offset(text, inside, Encoding::Utf16), text.find('😀').expect("it is in the text"));
    }

    #[test]
    fn of_what_is_offered_the_cheapest_is_taken() {
        let offer = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(Encoding::agreed(&offer(&["utf-16", "utf-8"])), Encoding::Utf8);
        assert_eq!(Encoding::agreed(&offer(&["utf-16", "utf-32"])), Encoding::Utf32);
        assert_eq!(Encoding::agreed(&offer(&["utf-7"])), Encoding::Utf16);
        assert_eq!(Encoding::agreed(&[]), Encoding::Utf16);
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(text in "[a-cä€😀\r\n ]{0,60}", at in any::<prop::sample::Index>()) {
            let lines = Lines::of(&text);
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let offset = *at.get(&places);
            // Between the two characters of a line end there is no position.
            let in_line_end = text.get(..offset).is_some_and(|before| before.ends_with('\r')) && text[offset..].starts_with('\n');
            for encoding in ALL {
                let position = lines.position(&text, offset, encoding);
                prop_assert!((position.line as usize) < lines.count());
                if !in_line_end {
                    prop_assert_eq!(lines.offset(&text, position, encoding), offset);
                }
            }
        }

        #[test]
        fn every_position_is_somewhere_between_two_characters(text in "[a-cä€😀\r\n ]{0,40}", line in 0..20_u32, character in 0..30_u32) {
            let lines = Lines::of(&text);
            for encoding in ALL {
                let offset = lines.offset(&text, Position { line, character }, encoding);
                prop_assert!(text.is_char_boundary(offset));
            }
        }

        #[test]
        fn a_larger_offset_is_never_a_smaller_position(text in "[a-cä€😀\r\n ]{0,40}", a in 0..90_usize, b in 0..90_usize) {
            let lines = Lines::of(&text);
            let at = |offset| lines.position(&text, offset, Encoding::Utf16);
            prop_assert_eq!(at(a.min(b)) <= at(a.max(b)), true);
        }
    }
}
