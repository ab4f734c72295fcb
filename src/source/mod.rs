//! The texts of one run, and places in them.
//!
//! Every text that a person wrote (descriptor, extension, target file) enters once and is known by its [`FileId`] from
//! then on. A [`Span`] is a range of bytes in one of them; rows and columns are worked out only when something is shown.
//! This room reads no disk: [`crate::disk`] brings the texts in.

pub mod edit;
pub mod toml;
pub mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes in one text; `start <= end`, both on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, range: std::ops::Range<usize>) -> Span {
        Span { file, start: saturate(range.start), end: saturate(range.end) }
    }

    /// The place of something that has no text: the first character of its file.
    pub fn start_of(file: FileId) -> Span {
        Span { file, start: 0, end: 0 }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that covers both; `self` when they lie in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file == other.file {
            Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
        } else {
            self
        }
    }

    /// The empty span before the first character: where something can be put in front.
    pub fn start_point(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The empty span behind the last character.
    pub fn end_point(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// A part of this span, by byte offsets relative to its start.
    pub fn part(self, range: std::ops::Range<usize>) -> Span {
        let at = |offset: usize| (self.start + saturate(offset)).min(self.end);
        Span { file: self.file, start: at(range.start), end: at(range.end) }
    }
}

fn saturate(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// A place as people count it: from 1, columns in Unicode characters. A byte-order mark takes no column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub row: u32,
    pub column: u32,
}

/// One text: its name as the user gave it, and its content.
#[derive(Debug)]
pub struct Text {
    name: String,
    /// It stands for an option or a variable of the command that runs.
    is_given: bool,
    text: Arc<str>,
    rows: OnceLock<Vec<u32>>,
    /// How many characters begin before every multiple of [`STRIDE`]: a row may be as long as the text, and be pointed at often.
    characters: OnceLock<Vec<u32>>,
}

/// In bytes.
const STRIDE: usize = 4096;

impl Text {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether no file holds it, but the command line or the environment of this run.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Byte offsets at which the rows begin. LF, CRLF and a bare CR each end a row.
    pub fn rows(&self) -> &[u32] {
        self.rows.get_or_init(|| rows(&self.text))
    }

    /// The row of an offset, from 0.
    fn row(&self, offset: u32) -> usize {
        self.rows().partition_point(|start| *start <= offset).max(1) - 1
    }

    pub fn position(&self, offset: u32) -> Position {
        let row = self.row(offset);
        let start = self.rows()[row] as usize;
        let end = (offset as usize).clamp(start, self.text.len());
        let row_text = self.text.get(start..).unwrap_or_default();
        let marks = row_text.len() - row_text.trim_start_matches('\u{feff}').len();
        let characters = self.characters(start + marks, end.max(start + marks));
        Position { row: saturate(row + 1), column: saturate(characters + 1) }
    }

    /// How many characters begin between two offsets.
    fn characters(&self, start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let begin = |range: Range<usize>| {
            bytes.get(range).unwrap_or_default().iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
        };
        if end - start < STRIDE {
            return begin(start..end);
        }
        let known = self.characters.get_or_init(|| {
            let strides = (0..bytes.len()).step_by(STRIDE).scan(0, |sum, at| {
                let before = *sum;
                *sum += begin(at..(at + STRIDE).min(bytes.len()));
                Some(saturate(before))
            });
            strides.collect()
        });
        let before = |offset: usize| {
            let stride = (offset / STRIDE).min(known.len().saturating_sub(1));
            known.get(stride).copied().unwrap_or(0) as usize + begin(stride * STRIDE..offset)
        };
        before(end) - before(start)
    }
}

/// Byte offsets at which the rows of a text begin. LF, CRLF and a bare CR each end a row.
pub fn rows(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut rows = vec![0];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
            rows.push(saturate(at + 1));
        }
    }
    rows
}

/// All texts of one run.
#[derive(Debug, Default)]
pub struct Sources {
    texts: Vec<Text>,
    /// Texts of files that are not to be read (again), by name.
    stand_ins: BTreeMap<String, Arc<str>>,
}

impl Sources {
    /// The same texts under the same ids, some of them with another content.
    pub fn with(&self, others: &BTreeMap<FileId, Arc<str>>) -> Sources {
        let mut sources = Sources::default();
        for file in self.files() {
            let Text { name, text, .. } = self.get(file);
            sources.add(name.as_str(), Arc::clone(others.get(&file).unwrap_or(text)));
        }
        sources
    }

    /// No texts yet; those given here are taken for the files of that name.
    pub fn with_stand_ins(stand_ins: impl IntoIterator<Item = (String, Arc<str>)>) -> Sources {
        Sources { texts: Vec::new(), stand_ins: stand_ins.into_iter().collect() }
    }

    /// What is to be taken for the file of that name.
    pub fn stand_in(&self, name: &str) -> Option<&Arc<str>> {
        self.stand_ins.get(name)
    }

    /// Takes a text in. `name` is what messages call it: the path as the user gave it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.texts.push(Text {
            name: name.into(),
            is_given: false,
            text: text.into(),
            rows: OnceLock::new(),
            characters: OnceLock::new(),
        });
        FileId(saturate(self.texts.len() - 1))
    }

    /// The same for an option or a variable of this run; see [`Text::is_given`].
    pub fn add_given(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let file = self.add(name, text);
        self.texts[file.0 as usize].is_given = true;
        file
    }

    /// Returns the text of a file. Ids come from [`Sources::add`] only, so there always is one.
    pub fn get(&self, file: FileId) -> &Text {
        &self.texts[file.0 as usize]
    }

    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        (0..self.texts.len()).map(|at| FileId(saturate(at)))
    }

    /// Where a span begins and ends, in rows and columns.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let text = self.get(span.file);
        (text.position(span.start), text.position(span.end))
    }

    /// `mtad.yaml:22`, the short form for plans and reports.
    pub fn line_of(&self, span: Span) -> String {
        let text = self.get(span.file);
        format!("{}:{}", text.name(), text.row(span.start) + 1)
    }

    /// The text under a span; empty when the span lies outside.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).text().get(span.range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_with_lf_crlf_and_cr_and_columns_are_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "\u{feff}äb\r\nc\rd\né");
        let text = sources.get(file);
        let at = |needle: &str| text.position(saturate(text.text().find(needle).expect("needle is in the text")));
        assert_eq!(at("b"), Position { row: 1, column: 2 });
        assert_eq!(at("c"), Position { row: 2, column: 1 });
        assert_eq!(at("d"), Position { row: 3, column: 1 });
        assert_eq!(at("é"), Position { row: 4, column: 1 });
        assert_eq!(text.position(999).row, 4);
    }

    #[test]
    fn columns_of_long_rows_are_counted_alike() {
        let long = format!("\u{feff}{}", "aä€😀".repeat(3000));
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", format!("first\n{long}\nlast"));
        let text = sources.get(file);
        for (count, (at, _)) in long.trim_start_matches('\u{feff}').char_indices().enumerate() {
            let offset = saturate("first\n\u{feff}".len() + at);
            assert_eq!(text.position(offset), Position { row: 2, column: saturate(count + 1) });
        }
    }
}
