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

/// Returns the offset of the bracket that opens the `level`th list or map at or after `from`, not counting those that are
/// closed before it. Quoted texts and comments are passed over.
pub fn opening(text: &str, from: usize, level: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = 0;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => {
                open += 1;
                if open == level {
                    return Some(at);
                }
            }
            b']' | b'}' => open = open.saturating_sub(1),
            b'\'' => at += 1 + memchr::memchr(b'\'', &bytes[at + 1..])?,
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'#' if at > 0 && bytes[at - 1].is_ascii_whitespace() => at += memchr::memchr2(b'\n', b'\r', &bytes[at..])?,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::opening;

    #[test]
    fn an_opening_bracket_is_found_behind_others_texts_and_comments() {
        for (text, level, expected) in [
            ("[[[", 3, Some(2)),
            ("[[], [a, [", 3, Some(9)),
            ("['[', \"\\\"[\", # [\n {", 2, Some(18)),
            ("[[", 3, None),
            ("['", 2, None),
            ("[\"\\", 2, None),
        ] {
            assert_eq!(opening(text, 0, level), expected, "{text}");
        }
    }
}
