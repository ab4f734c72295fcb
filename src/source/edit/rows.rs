//! Where rows begin and end, and how far they are indented.

use super::Page;
use std::ops::Range;

impl Page<'_> {
    /// Where the row begins in which an offset lies.
    pub fn row_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1)
    }

    /// Where the row ends in which an offset lies, before its line end.
    pub fn row_end(&self, offset: usize) -> usize {
        self.text[offset..].find(['\n', '\r']).map_or(self.text.len(), |at| offset + at)
    }

    /// The line end at an offset; empty at the end of the text.
    pub fn line_end(&self, at: usize) -> &str {
        let rest = &self.text[at..];
        let length = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => 0,
        };
        &rest[..length]
    }

    /// The line end to write at the end of a row: the one that is there, else the first of the text.
    pub fn line_end_for(&self, row_end: usize) -> &str {
        match self.line_end(row_end) {
            "" => match self.line_end(self.row_end(0)) {
                "" => "\n",
                first => first,
            },
            own => own,
        }
    }

    /// The end of the row in which a value ends, when nothing follows it there but a comment.
    pub fn clear_row_end(&self, end: usize) -> Option<usize> {
        let row_end = self.row_end(end);
        let rest = &self.text[end..row_end];
        let blanks = rest.trim_start_matches([' ', '\t']);
        let clear = blanks.is_empty() || (blanks.starts_with('#') && blanks.len() < rest.len());
        clear.then_some(row_end)
    }

    /// What stands before an offset on its row.
    pub fn before(&self, offset: usize) -> &str {
        &self.text[self.row_start(offset)..offset]
    }

    /// The blanks that bring a new row to the column of an offset. Only blanks and dashes may stand before it.
    pub fn indentation(&self, offset: usize) -> Option<String> {
        let before = self.before(offset);
        before.chars().all(|c| matches!(c, ' ' | '-')).then(|| " ".repeat(before.len()))
    }

    /// Whether there is no comment in a range between values.
    pub fn is_uncommented(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| !text.contains('#'))
    }
}
