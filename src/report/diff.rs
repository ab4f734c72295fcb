//! What would change in a text, as `diff -u` shows it and `patch` takes it.

use super::hidden::Hidden;
use super::paint::{Colour, Paint};
use crate::source::{FileId, Sources};
use similar::TextDiff;

/// The difference between a file as it was and as it is, under the same id; empty when there is none to be seen. Secrets are
/// blotted out in both.
pub fn unified(before: &Sources, after: &Sources, file: FileId, colour: Colour) -> String {
    let (old, new) = (Hidden::of(before).text(file), Hidden::of(after).text(file));
    let name = before.get(file).name();
    let diff = TextDiff::from_lines(&*old, &*new).unified_diff().context_radius(3).header(name, name).to_string();
    diff.split_inclusive('\n').map(|row| painted(row, colour)).collect()
}

fn painted(row: &str, colour: Colour) -> String {
    // What could steer a terminal is no YAML, and not part of a text that somebody wants to patch.
    let body: String =
        row.trim_end_matches('\n').chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\r')).collect();
    let paint = match body.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Paint::Bold,
        [b'@', ..] => Paint::Cyan,
        [b'+', ..] => Paint::Green,
        [b'-', ..] => Paint::Red,
        _ => return format!("{body}\n"),
    };
    format!("{}\n", colour.paint(paint, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn shown(old: &str, new: &str) -> String {
        let mut before = Sources::default();
        let file = before.add("mtad.yaml", old);
        let after = before.with(&BTreeMap::from([(file, new.into())]));
        unified(&before, &after, file, Colour::Off)
    }

    #[test]
    fn rows_around_a_change_are_shown_and_line_ends_kept() {
        let shown = shown("a: 1\r\nb: 2\r\nc: 3", "a: 1\r\nb: 4\r\nc: 3");
        let expected = "--- mtad.yaml\n+++ mtad.yaml\n@@ -1,3 +1,3 @@\n a: 1\r\n-b: 2\r\n+b: 4\r\n c: 3\n\\ No newline at end of file\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = shown("a: !sensitive hunter2\nb: 2\n", "a: !sensitive hunter2\nb: 3\n");
        assert!(shown.contains("-b: 2") && !shown.contains("hunter2"), "{shown}");
    }
}
