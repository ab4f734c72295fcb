//! Whitespace that is asked for, and nothing else: blanks at the ends of lines, and the end of the text.
//!
//! Blanks inside a text that spans lines are part of its value and stay. So do comments, quotes, indentation and line ends, byte for byte.

use super::family::Family;
use super::mend::says_nothing;
use super::outline::covers;
use super::protocol::FormatOptions;
use crate::source::yaml::{Node, NodeKind};
use crate::source::{FileId, Span};

/// Edits, from the first to the last; none when the text is no YAML: nobody knows what is a value in it.
pub fn format(family: &Family, file: FileId, options: FormatOptions) -> Vec<(Span, String)> {
    let (text, lines) = (family.text(file), family.lines(file));
    let mut values = Vec::new();
    match family.tree(file) {
        Some(root) if !family.is_mended => several_rows(family, root, &mut values),
        // Of nothing but comments, there is no value that could change.
        None if says_nothing(text) && !text.trim().is_empty() => {}
        Some(_) | None => return Vec::new(),
    }
    let in_value = |at: usize| values.iter().any(|span| covers(*span, at) && (span.start as usize) < at);
    let mut edits = Vec::new();
    let content = text.trim_end_matches([' ', '\t', '\n', '\r']).len();
    let content_line = lines.line_of(content);
    if options.trim_trailing_whitespace {
        for line in 0..lines.count() {
            let range = lines.range(text, line);
            let kept = range.start + text.get(range.clone()).unwrap_or_default().trim_end_matches([' ', '\t']).len();
            if kept < range.end && !in_value(kept) {
                edits.push((Span::new(file, kept..range.end), String::new()));
            }
        }
    }
    // A text in a block that keeps its line ends (`|+`) ends where the file does.
    let end_is_value =
        keeps_line_ends(text) || values.iter().any(|span| covers(*span, text.len()) || span.end as usize > content + 1);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let behind = lines.range(text, content_line).end;
    let trims = options.trim_final_newlines && !end_is_value;
    if trims {
        let first = behind
            + [line_end, "\n", "\r"]
                .iter()
                .find(|end| text.get(behind..).is_some_and(|rest| rest.starts_with(**end)))
                .map_or(0, |end| end.len());
        if first < text.len() {
            edits.retain(|(span, _)| (span.start as usize) < first);
            edits.push((Span::new(file, first..text.len()), String::new()));
        }
    }
    let ends_with_one = text.ends_with(['\n', '\r']) || (trims && behind < text.len());
    if options.insert_final_newline && !text.is_empty() && !ends_with_one {
        edits.push((Span::new(file, text.len()..text.len()), line_end.to_owned()));
    }
    edits
}

/// Whether a text in a block says that it keeps its line ends (`|+`): they may be those at the end of the file.
fn keeps_line_ends(text: &str) -> bool {
    let says = |word: &str| word.len() <= 3 && word.starts_with(['|', '>']) && word.contains('+');
    text.lines().any(|row| row.split_whitespace().any(says))
}

/// The values that span rows.
fn several_rows(family: &Family, node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Scalar(_) if family.sources.slice(node.span).contains(['\n', '\r']) => found.push(node.span),
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| several_rows(family, item, found)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| several_rows(family, &pair.value, found)),
    }
}
