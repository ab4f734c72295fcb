//! Which characters of a text that is half typed are brackets, commas and comments, and not part of a scalar.
//!
//! A reader of YAML would stop where the text is not finished; this goes on. A quote or bracket counts where a value can begin,
//! and a quote ends with its row at the latest, so that one that is not closed yet does not swallow the rest.

use super::position::Lines;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `{` or `[`.
    Open(char),
    Close,
    /// Between two entries in brackets.
    Comma,
    /// From here to the end of the row.
    Comment,
}

/// Where in a text the scan is: give it one character after the other.
#[derive(Clone, Debug)]
pub struct Scan {
    pub depth: usize,
    quote: Option<char>,
    in_hole: bool,
    in_comment: bool,
    /// Whether a value can begin here.
    fresh: bool,
    /// In a tag or an anchor, behind which the value still comes.
    in_mark: bool,
    /// Behind a backslash in double quotes.
    escaped: bool,
    previous: char,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan {
            depth: 0,
            quote: None,
            in_hole: false,
            in_comment: false,
            fresh: true,
            in_mark: false,
            escaped: false,
            previous: ' ',
        }
    }
}

impl Scan {
    pub fn step(&mut self, c: char) -> Option<Mark> {
        let previous = std::mem::replace(&mut self.previous, c);
        if matches!(c, '\n' | '\r') {
            (self.quote, self.in_hole, self.in_comment, self.in_mark) = (None, false, false, false);
            self.fresh = true;
            return None;
        }
        if self.in_comment {
            return None;
        }
        if let Some(quote) = self.quote {
            if self.escaped {
                self.escaped = false;
            } else if c == '\\' && quote == '"' {
                self.escaped = true;
            } else if c == quote {
                self.quote = None;
            }
            return None;
        }
        let blank = matches!(c, ' ' | '\t');
        // `''` inside single quotes is one that does not end them.
        if c == '\'' && previous == '\'' && !self.fresh {
            self.quote = Some('\'');
            return None;
        }
        if self.in_hole {
            self.in_hole = c != '}' && !blank;
            return None;
        }
        if blank {
            self.fresh |= self.in_mark || matches!(previous, ':' | '-' | '?' | ',' | '[' | '{');
            self.in_mark = false;
            return None;
        }
        if c == '#' && matches!(previous, ' ' | '\t' | '\n' | '\r') {
            self.in_comment = true;
            return Some(Mark::Comment);
        }
        let fresh =
            std::mem::replace(&mut self.fresh, false) || (previous == ':' && matches!(c, '"' | '\'' | '[' | '{'));
        match c {
            '{' if matches!(previous, '$' | '~') => self.in_hole = true,
            '"' | '\'' if fresh => self.quote = Some(c),
            '!' | '&' if fresh => self.in_mark = true,
            '{' | '[' if fresh => {
                (self.depth, self.fresh) = (self.depth + 1, true);
                return Some(Mark::Open(c));
            }
            '}' | ']' if self.depth > 0 => {
                self.depth -= 1;
                return Some(Mark::Close);
            }
            ',' if self.depth > 0 => {
                self.fresh = true;
                return Some(Mark::Comma);
            }
            _ => {}
        }
        None
    }
}

/// What a row is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// The row in which the outermost bracket opens that is open at the place, or its own row.
    pub first: usize,
    /// Whether the place is in a comment; in a text that spans rows, `#` says nothing.
    pub in_comment: bool,
}

/// Looks at all rows up to a place.
pub fn around(text: &str, lines: &Lines, offset: usize) -> Around {
    let here = lines.line_of(offset);
    let mut scan = Scan::default();
    let mut first: Option<usize> = None;
    let mut in_comment = false;
    for row in 0..=here {
        let range = lines.range(text, row);
        let content = text.get(range.start..range.end.min(offset.max(range.start))).unwrap_or_default();
        // A row that begins where the one with the bracket does, or before, is a new beginning: nobody closed the bracket.
        let outside = first.is_none_or(|first| {
            !content.trim().is_empty() && !closes(content) && depth(content) <= depth(lines.line(text, first))
        });
        if outside {
            (scan, first) = (Scan::default(), None);
        }
        in_comment = false;
        for c in content.chars() {
            match scan.step(c) {
                Some(Mark::Open(_)) => _ = first.get_or_insert(row),
                Some(Mark::Close) if scan.depth == 0 => first = None,
                Some(Mark::Comment) => in_comment = true,
                Some(Mark::Close | Mark::Comma) | None => {}
            }
        }
        scan.step('\n');
    }
    Around { first: first.unwrap_or(here), in_comment }
}

fn closes(row: &str) -> bool {
    row.trim_start().starts_with(['}', ']'])
}

fn depth(row: &str) -> usize {
    row.len() - row.trim_start_matches(' ').len()
}

/// Rows as one row, byte for byte: line ends, tabs and comments become blanks.
pub fn on_one_row(text: &str) -> String {
    let mut scan = Scan::default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        _ = scan.step(c);
        match c {
            _ if scan.in_comment => out.extend(std::iter::repeat_n(' ', c.len_utf8())),
            '\n' | '\r' | '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The entries behind a place, up to the bracket that closes what the place is in; what the place itself is in is left out.
/// `scan`: as it is at the place.
pub fn entries_behind(mut scan: Scan, text: &str) -> Vec<Range<usize>> {
    let around = scan.depth;
    let mut entries = Vec::new();
    let mut start: Option<usize> = None;
    for (at, c) in text.char_indices() {
        match scan.step(c) {
            Some(Mark::Comma) if scan.depth == around => {
                entries.extend(start.map(|start| start..at));
                start = Some(at + 1);
            }
            Some(Mark::Close) if scan.depth < around => {
                entries.extend(start.map(|start| start..at));
                break;
            }
            Some(_) | None => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks of a text: brackets and commas as they are, `#` for a comment.
    fn marks(text: &str) -> String {
        let mut scan = Scan::default();
        let steps = text.chars().filter_map(|c| match scan.step(c)? {
            Mark::Comment => Some('#'),
            Mark::Open(_) | Mark::Close | Mark::Comma => Some(c),
        });
        steps.collect()
    }

    #[test]
    fn what_is_part_of_a_scalar_is_no_mark() {
        for (text, expected) in [
            ("a: [b, {c: d}] # [", "[,{}]#"),
            ("a: \"x # [y\" # z", "#"),
            ("a: 'it''s # no' # yes", "#"),
            ("a: \"\\\" # no\" # yes", "#"),
            ("a: x#y [z, 'b", ""),
            ("a: !sensitive \"# x\"", ""),
            ("- \"# x\": [", "["),
            ("a: ${x} ~{y/z}, b", ""),
            ("a: {b: ${x}, c: 'd, e'}", "{,}"),
            ("{\"a\":\"# b\",\"c\":[1]}", "{,[]}"),
            ("a: 'open # b\nc: [ # d", "[#"),
        ] {
            assert_eq!(marks(text), expected, "{text}");
        }
    }

    #[test]
    fn brackets_are_followed_over_rows_until_somebody_begins_anew() {
        let at = |text: &str| {
            let offset = text.find('|').expect("the text has a cursor");
            let text = text.replacen('|', "", 1);
            around(&text, &Lines::of(&text), offset)
        };
        let place = |first, in_comment| Around { first, in_comment };
        assert_eq!(at("a:\n  b: [c,\n    d, |"), place(1, false));
        assert_eq!(at("a:\n  b: [c, # why\n    # d |"), place(1, true));
        assert_eq!(at("a:\n  b: [c,\n    d]\n  e: |"), place(3, false));
        assert_eq!(at("a:\n  b: [c,\n  e: |"), place(2, false));
        assert_eq!(at("a: {\n}\nb: |"), place(2, false));
    }

    #[test]
    fn entries_behind_a_place_are_those_of_its_list() {
        let told = |before: &str, behind: &str| {
            let mut scan = Scan::default();
            before.chars().for_each(|c| _ = scan.step(c));
            let entries = entries_behind(scan, behind);
            entries.into_iter().map(|entry| behind[entry].trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told("a: [x, y", "z, b,\n [c, d], 'e, f']\ng: h, i"), ["b", "[c, d]", "'e, f'"]);
        assert_eq!(told("a: [", ""), [""; 0]);
    }
}
