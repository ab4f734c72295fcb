//! Looking at rows of a text that is not YAML, for messages: what a person sees in a row, not what the grammar says.

use std::ops::Range;

/// One row, without its line end.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    /// Where it begins in the text.
    pub start: usize,
    pub text: &'t str,
}

impl<'t> Row<'t> {
    /// The row in which an offset lies.
    pub fn at(text: &'t str, offset: usize) -> Row<'t> {
        let start = text[..offset].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let rest = &text[start..];
        Row { start, text: &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())] }
    }

    /// The nearest row above that holds something other than blanks and comments.
    pub fn above(self, text: &'t str) -> Option<Row<'t>> {
        let mut row = self;
        loop {
            row = Row::at(text, row.start.checked_sub(1)?);
            if !row.content().is_empty() && !row.content().starts_with('#') {
                return Some(row);
            }
        }
    }

    /// The nearest row below that holds something other than blanks and comments.
    pub fn below(self, text: &'t str) -> Option<Row<'t>> {
        let mut row = self;
        loop {
            let end = row.start + row.text.len();
            let line_end = if text[end..].starts_with("\r\n") { 2 } else { 1 };
            row = (end + line_end <= text.len()).then(|| Row::at(text, end + line_end))?;
            if !row.content().is_empty() && !row.content().starts_with('#') {
                return Some(row);
            }
        }
    }

    pub fn content(self) -> &'t str {
        self.text.trim_matches([' ', '\t', '\u{feff}'])
    }

    /// Where its first character stands that is no blank.
    pub fn content_start(self) -> usize {
        self.start + self.text.len() - self.text.trim_start_matches([' ', '\t', '\u{feff}']).len()
    }

    pub fn content_range(self) -> Range<usize> {
        self.content_start()..self.content_start() + self.content().len()
    }

    pub fn is_list_item(self) -> bool {
        self.content() == "-" || self.content().starts_with("- ")
    }

    /// The key of `key: value`, `key:` or `- key: value`; with the place where it stands.
    pub fn key(self) -> Option<Key<'t>> {
        let mut start = self.content_start();
        let mut rest = self.content();
        while let Some(item) = rest.strip_prefix("- ") {
            let trimmed = item.trim_start();
            start += rest.len() - trimmed.len();
            rest = trimmed;
        }
        let end = match rest.find(": ") {
            Some(end) => end,
            None => rest.strip_suffix(':')?.len(),
        };
        let name = &rest[..end];
        let plausible = !name.is_empty() && !name.contains(['"', '\'', '{', '[', '#']);
        plausible.then_some(Key { name, start })
    }

    /// The colon of `key:value`, when that looks like a forgotten blank: an address has `//` or digits behind its colon.
    pub fn glued_colon(self) -> Option<usize> {
        let content = self.content().trim_start_matches("- ");
        let colon = content.find(':')?;
        let (name, value) = (&content[..colon], &content[colon + 1..]);
        let word = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && text.chars().all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character))
        };
        let start = self.content_start() + self.content().len() - content.len();
        (word(name) && !value.is_empty() && !value.starts_with([' ', '\t', '/'])).then_some(start + colon)
    }

    /// The dash of `-value`, when that looks like a forgotten blank.
    pub fn glued_dash(self) -> Option<usize> {
        let behind = self.content().strip_prefix('-')?;
        behind.starts_with(char::is_alphabetic).then(|| self.content_start())
    }
}

#[derive(Clone, Copy)]
pub struct Key<'t> {
    pub name: &'t str,
    pub start: usize,
}

impl Key<'_> {
    pub fn range(self) -> Range<usize> {
        self.start..self.start + self.name.len()
    }
}
