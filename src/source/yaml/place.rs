//! Where nodes stand that the parser places elsewhere: empty values, and block scalars with their header.

use std::ops::Range;

/// Returns the offset behind the next `mark` (`:` or `-`) at or after `from`; `None` when something other than blanks,
/// line ends and comments stands before it.
pub fn behind(text: &str, from: usize, mark: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            byte if *byte == mark => return Some(at + 1),
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at += memchr::memchr2(b'\n', b'\r', &bytes[at..])?,
            _ => return None,
        }
    }
}

/// Returns the span of a block scalar from its `|` or `>` to its last character that is not blank. `from` lies behind the
/// colon or dash that it belongs to; anchor and tag may stand between. `content` is what the parser calls its span.
pub fn block(text: &str, from: usize, content: Range<usize>) -> Range<usize> {
    let line = &text[from..];
    let line = &line[..line.find(['\n', '\r']).unwrap_or(line.len())];
    let mut at = from;
    let header = line.split_inclusive([' ', '\t']).find_map(|word| {
        let start = at;
        at += word.len();
        let word = word.trim_end();
        word.starts_with(['|', '>']).then(|| start..start + word.len())
    });
    let Some(header) = header else { return content };
    let last = content.start.max(header.end)..content.end.max(header.end);
    let written = text[last.clone()].trim_end().len();
    header.start..if written == 0 { header.end } else { last.start + written }
}
