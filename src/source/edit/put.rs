//! An entry that a map is to have: the value of one that is there, or a new one behind the others.

use super::scalar::{Around, double, plain};
use super::{Page, Written};
use crate::finding::Words;
use crate::source::Span;
use crate::source::yaml::outline::{Entry, Form, Twig};

impl Page<'_> {
    /// Lets what stands at `path` below the map `at` be `words`, and makes the maps on the way that are not there.
    pub fn put(&self, at: Span, path: &[&str], words: &Words, written: &mut Written) -> Option<()> {
        let found = self.find(at)?;
        if found.is_shared() {
            return None;
        }
        let (mut map, mut in_flow, mut path) = (found.twig, found.in_flow(), path);
        loop {
            let Form::Map { flow, .. } = &map.form else { return None };
            in_flow |= flow;
            if map.named {
                return None;
            }
            let (key, below) = path.split_first()?;
            let around = if in_flow { Around::Brackets } else { Around::Rows };
            match map.entry(key) {
                None => return self.add(map, path, words, in_flow, written),
                Some(entry) if below.is_empty() => return self.replace(entry, words, around, written),
                Some(entry) if is_nothing(&entry.value) => {
                    let text = self.nested(entry.key.whole.start, below, words, in_flow)?;
                    return self.behind_colon(entry, &text, written);
                }
                Some(entry) => (map, path) = (&entry.value, below),
            }
        }
    }

    /// A scalar in the place of one. What else stands there is not for a program to throw away.
    fn replace(&self, entry: &Entry, words: &Words, around: Around, written: &mut Written) -> Option<()> {
        let value = &entry.value;
        match (&value.form, words) {
            (Form::Plain, _) if is_nothing(value) => {
                let text = format!(" {}", self.said(words, around));
                self.behind_colon(entry, &text, written)
            }
            (Form::Plain | Form::Single | Form::Double, Words::Text(text)) => {
                self.say(Span::new(self.file, value.span.clone()), text, written)
            }
            (Form::Plain | Form::Single | Form::Double, Words::Plain(text)) => {
                written.edits.push(self.edit(value.span.clone(), text));
                Some(())
            }
            (Form::Block | Form::Alias | Form::List { .. } | Form::Map { .. }, _) => None,
        }
    }

    fn behind_colon(&self, entry: &Entry, text: &str, written: &mut Written) -> Option<()> {
        let key = entry.key.whole.end;
        let colon = key + self.text[key..].find(':')? + 1;
        // Of a key whose value stands in rows, the rest of its row must be free.
        if text.contains(['\n', '\r']) && self.clear_row_end(colon)? != colon {
            return None;
        }
        written.edits.push(self.edit(colon..colon, text));
        Some(())
    }

    /// A new entry behind the last one of a map.
    fn add(&self, map: &Twig, path: &[&str], words: &Words, in_flow: bool, written: &mut Written) -> Option<()> {
        let Form::Map { flow, entries } = &map.form else { return None };
        let (key, below) = path.split_first()?;
        let around = if in_flow { Around::Brackets } else { Around::Rows };
        if in_flow {
            let value =
                if below.is_empty() { format!(" {}", self.said(words, around)) } else { self.in_braces(below, words) };
            let text = format!("{}:{value}", self.name(key, around));
            let (at, text) = match entries.last() {
                Some(last) => (last.range().end, format!(", {text}")),
                None if *flow => (map.span.start + 1, text),
                None => return None,
            };
            written.edits.push(self.edit(at..at, text));
            return Some(());
        }
        let last = entries.last()?;
        // The end of a block of text is the beginning of the row behind it.
        let whole = &self.text[..last.range().end];
        let row_end = self.clear_row_end(whole.trim_end_matches(['\n', '\r', ' ']).len())?;
        let column = entries.first()?.key.whole.start;
        let indentation = self.indentation(column)?;
        let value = match below.is_empty() {
            true => format!(" {}", self.said(words, around)),
            false => self.nested(column, below, words, false)?,
        };
        let text = format!("{}{indentation}{}:{value}", self.line_end_for(row_end), self.name(key, around));
        written.edits.push(self.edit(row_end..row_end, text));
        Some(())
    }

    /// What stands behind the colon of a key in this column: maps in rows below it.
    fn nested(&self, column: usize, path: &[&str], words: &Words, in_flow: bool) -> Option<String> {
        if in_flow {
            return Some(self.in_braces(path, words));
        }
        let mut indentation = self.indentation(column)?;
        let line_end = self.line_end_for(self.row_end(column));
        let mut text = String::new();
        for key in path {
            indentation.push_str("  ");
            text.push_str(&format!("{line_end}{indentation}{}:", self.name(key, Around::Rows)));
        }
        text.push(' ');
        text.push_str(&self.said(words, Around::Rows));
        Some(text)
    }

    fn in_braces(&self, path: &[&str], words: &Words) -> String {
        let said = self.said(words, Around::Brackets);
        path.iter()
            .rev()
            .fold(format!(" {said}"), |text, key| format!(" {{{}:{text}}}", self.name(key, Around::Brackets)))
    }

    fn said(&self, words: &Words, around: Around) -> String {
        match words {
            Words::Text(text) => plain(text, around).unwrap_or_else(|| self.quoted(text)),
            Words::Plain(text) => text.clone(),
        }
    }

    fn name(&self, key: &str, around: Around) -> String {
        plain(key, around).unwrap_or_else(|| double(key))
    }
}

/// A key without a value.
fn is_nothing(value: &Twig) -> bool {
    matches!(value.form, Form::Plain) && value.span.is_empty() && !value.is_marked()
}
