//! Scalars: another text in the same quotes, quotes around what has none, a text as a list or a map.

use super::{Page, Written};
use crate::source::Span;
use crate::source::yaml::outline::{Form, Found, Role};
use crate::source::yaml::scalar::{Plain, resolve};

/// Where a scalar stands: in brackets, fewer characters may go without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Around {
    Rows,
    Brackets,
}

impl Page<'_> {
    pub fn say(&self, at: Span, text: &str, written: &mut Written) -> Option<()> {
        let found = self.find(at)?;
        if found.role == Role::Key && !found.could_be_called(text) {
            return None;
        }
        let content = match found.twig.form {
            Form::Plain if found.twig.span.is_empty() => return None,
            Form::Plain => plain(text, around(&found)).unwrap_or_else(|| self.quoted(text)),
            Form::Single => single(text).unwrap_or_else(|| double(text)),
            Form::Double => double(text),
            Form::Block | Form::Alias | Form::List { .. } | Form::Map { .. } => return None,
        };
        written.edits.push(self.edit(found.twig.span.clone(), content));
        Some(())
    }

    pub fn quote(&self, at: Span, written: &mut Written) -> Option<()> {
        let found = self.find(at)?;
        let text = &self.text[found.twig.span.clone()];
        // Over several rows, the rows would be folded otherwise.
        if !matches!(found.twig.form, Form::Plain) || text.is_empty() || text.contains(['\n', '\r']) {
            return None;
        }
        written.edits.push(self.edit(found.twig.span.clone(), self.quoted(text)));
        Some(())
    }

    pub fn inside(&self, at: Span, from: &str, to: &str, written: &mut Written) -> Option<()> {
        let found = self.outline.around(at)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:~${}".contains(c);
        if matches!(found.twig.form, Form::Alias | Form::List { .. } | Form::Map { .. }) || !to.chars().all(plain) {
            return None;
        }
        // One place in it, or all of it.
        if at.range() != found.twig.span {
            let edit = (self.text[at.range()] == *from).then(|| self.edit(at.range(), to))?;
            written.edits.push(edit);
            return Some(());
        }
        let start = found.twig.span.start;
        let text = &self.text[found.twig.span.clone()];
        let places = text.match_indices(from).map(|(place, _)| place).filter(|place| !text[..*place].ends_with('\\'));
        let edits: Vec<_> = places.map(|place| self.edit(start + place..start + place + from.len(), to)).collect();
        written.edits.extend(edits.iter().cloned());
        (!edits.is_empty()).then_some(())
    }

    pub fn list(&self, at: Span, written: &mut Written) -> Option<()> {
        let found = self.find(at)?;
        let text = self.in_brackets(&found)?;
        written.edits.push(self.edit(found.twig.span.clone(), format!("[{text}]")));
        Some(())
    }

    pub fn map(&self, at: Span, key: &str, written: &mut Written) -> Option<()> {
        let found = self.find(at)?;
        let span = found.twig.span.clone();
        let text = self.in_brackets(&found)?;
        written.edits.push(if found.role == Role::Item && !found.in_flow() {
            self.edit(span.start..span.start, format!("{key}: "))
        } else {
            self.edit(span, format!("{{{key}: {text}}}"))
        });
        Some(())
    }

    /// A scalar as it can stand in brackets; `None` for what has no place there, or has a name or a tag.
    fn in_brackets(&self, found: &Found<'_>) -> Option<String> {
        let text = &self.text[found.twig.span.clone()];
        if found.twig.is_marked() || text.is_empty() || text.contains(['\n', '\r']) {
            return None;
        }
        match found.twig.form {
            Form::Plain if resolve(text) != Plain::Text || plain(text, Around::Brackets).is_some() => {
                Some(text.to_owned())
            }
            Form::Plain => Some(self.quoted(text)),
            Form::Single | Form::Double => Some(text.to_owned()),
            Form::Block | Form::Alias | Form::List { .. } | Form::Map { .. } => None,
        }
    }

    /// In the quotes that the document has most of.
    pub fn quoted(&self, text: &str) -> String {
        let mut more_single = 0_i64;
        self.outline.scalars(&mut |twig| match twig.form {
            Form::Single => more_single += 1,
            Form::Double => more_single -= 1,
            _ => {}
        });
        let single = if more_single > 0 { single(text) } else { None };
        single.unwrap_or_else(|| double(text))
    }
}

fn around(found: &Found<'_>) -> Around {
    if found.in_flow() { Around::Brackets } else { Around::Rows }
}

/// A text without quotes; `None` when it would be read as something else, or might be by some reader.
pub fn plain(text: &str, around: Around) -> Option<String> {
    let ends = |c: char| c.is_whitespace();
    let sound = !text.is_empty()
        && !text.starts_with(ends)
        && !text.ends_with(ends)
        && !text.chars().any(char::is_control)
        && !text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`".contains(c))
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && (around == Around::Rows || !text.contains([',', '[', ']', '{', '}']))
        && resolve(text) == Plain::Text;
    sound.then(|| text.to_owned())
}

/// In single quotes; `None` when it cannot be written so on one row.
fn single(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// In double quotes, where everything can be written.
pub fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
