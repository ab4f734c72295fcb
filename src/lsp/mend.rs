//! A text that is no YAML while somebody types in it, made readable.
//!
//! As few lines as possible are blotted out, or what is behind their keys, with as many blanks as there are bytes, so that every place in what is left
//! is the same place in the text itself. Which line is at fault is tried out: mostly it is the one that was typed in last,
//! or the one before that at which the reader stopped.

use super::position::Lines;
use crate::source::{Sources, yaml};
use std::ops::Range;

/// How many lines are blotted out one by one before the rest is given up.
const MOST_LINES: usize = 8;

/// The text with lines blotted out; `None` when it can be read as it is, or cannot be saved.
pub fn mended(text: &str, typed_in: Option<usize>) -> Option<String> {
    if says_nothing(text) {
        return None;
    }
    let mut stopped = stops_at(text)?;
    let lines = Lines::of(text);
    let mut mended = text.to_owned();
    for _ in 0..MOST_LINES {
        let row = lines.line_of(stopped);
        let above = (0..row).rev().filter(|row| !is_blank(&mended, lines.range(text, *row)));
        let mut tries: Vec<usize> = typed_in.into_iter().chain([row]).chain(above.take(2)).collect();
        tries.retain(|row| !is_blank(&mended, lines.range(text, *row)));
        // Of a key with a value that is not finished, the key can stay, and the element that it begins.
        let parts = tries.into_iter().flat_map(|row| {
            let line = lines.range(text, row);
            let colon = mended.get(line.clone()).and_then(|line| line.find(": "));
            colon.map(|colon| line.start + colon + 1..line.end).into_iter().chain([line])
        });
        let tried = parts.map(|part| {
            let blotted = blotted(&mended, part);
            (stops_at(&blotted).unwrap_or(usize::MAX), blotted)
        });
        // Of several lines that get equally far, the first: the one that was typed in.
        let best = tried.fold(None, |best: Option<(usize, String)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        match best {
            Some((usize::MAX, readable)) => return Some(readable),
            Some((further, better)) if further >= stopped => (stopped, mended) = (further, better),
            _ => break,
        }
    }
    // What stands before the place was understood.
    let rest = lines.range(text, lines.line_of(stopped)).start;
    let head = blotted(&mended, rest..text.len());
    stops_at(&head).is_none().then_some(head)
}

/// Whether there is nothing in a text but blanks and comments: nothing to read, and nothing to mend.
pub fn says_nothing(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().all(|row| row.trim().is_empty() || row.trim_start().starts_with('#'))
}

/// Where reading stops; `None` when it comes to the end, with or without other findings.
fn stops_at(text: &str) -> Option<usize> {
    let mut sources = Sources::default();
    let file = sources.add("", text);
    let read = yaml::read(&sources, file);
    match read.product {
        Some(_) => None,
        None => read.findings.iter().next().map(|finding| finding.at.start as usize),
    }
}

fn is_blank(text: &str, line: Range<usize>) -> bool {
    text.get(line).unwrap_or_default().trim().is_empty()
}

fn blotted(text: &str, range: Range<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    out.push_str(text.get(..range.start).unwrap_or_default());
    for byte in text.get(range.clone()).unwrap_or_default().bytes() {
        out.push(if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' });
    }
    out.push_str(text.get(range.end..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are blotted out, from 0.
    fn blotted_lines(text: &str, typed_in: Option<usize>) -> Vec<usize> {
        let mended = mended(text, typed_in).expect("the text can be saved");
        assert_eq!(mended.len(), text.len());
        let pairs = text.lines().zip(mended.lines()).enumerate();
        pairs.filter(|(_, (before, after))| before != after).map(|(row, _)| row).collect()
    }

    #[test]
    fn only_the_line_that_is_typed_is_lost() {
        let text = "ID: shop\nmodules:\n  - name: web\n    ty\n    path: x\n  - name: b\n";
        assert_eq!(blotted_lines(text, None), [3]);
        assert_eq!(blotted_lines(text, Some(3)), [3]);
        let quote = "ID: shop\nmodules:\n  - name: \"we\n    path: x\n  - name: b\n";
        assert_eq!(blotted_lines(quote, Some(2)), [2]);
        let bracket = "ID: shop\nmodules:\n  - name: web\n    deployed-after: [a, \n    path: x\n  - name: b\n";
        assert_eq!(blotted_lines(bracket, Some(3)), [3]);
        let tab = "ID: shop\nmodules:\n\t- name: web\n  - name: b\n";
        assert_eq!(blotted_lines(tab, None), [2]);
    }

    #[test]
    fn what_cannot_be_saved_line_by_line_keeps_its_head() {
        let rubbish = "{[}\n".repeat(20);
        let text = format!("ID: shop\nmodules:\n  - name: web\n{rubbish}");
        let mended = mended(&text, None).expect("the head is fine");
        assert!(mended.starts_with("ID: shop\nmodules:\n  - name: web\n"));
    }

    #[test]
    fn what_is_fine_stays() {
        assert_eq!(mended("ID: a\n", None), None);
        assert_eq!(mended("# only\n\n", Some(0)), None);
    }
}
