//! Adding a requirement to an element.

use super::{Page, Written};
use crate::source::Span;
use crate::source::yaml::outline::{Entry, Form, Found, Role, Twig};

impl Page<'_> {
    pub fn require(&self, owner: Span, name: &str, written: &mut Written) -> Option<()> {
        let found = self.find(owner)?;
        let (element, _) = *found.trail.last()?;
        if found.role != Role::Value || found.is_shared() || element.entry("name")?.value.span != owner.range() {
            return None;
        }
        let edit = match element.entry("requires") {
            Some(entry) => self.append(&entry.value, &found, name)?,
            None => self.introduce(element, &found, name)?,
        };
        let (at, content) = edit;
        written.edits.push(self.edit(at..at, content));
        Some(())
    }

    /// Adds to the list that is there.
    fn append(&self, list: &Twig, found: &Found<'_>, name: &str) -> Option<(usize, String)> {
        let Form::List { flow, items } = &list.form else { return None };
        if list.named {
            return None;
        }
        let last = items.last();
        if *flow || found.in_flow() {
            let item = flow_item(name);
            return Some(match last {
                Some(last) => (last.whole.end, format!(", {item}")),
                None => (list.span.start + 1, item),
            });
        }
        let row_end = self.clear_row_end(last?.whole.end)?;
        let indentation = self.indentation(self.start_in_rows(list, items.len() - 1)?)?;
        Some((row_end, format!("{}{indentation}- name: {}", self.line_end_for(row_end), plain(name))))
    }

    /// Adds a list, behind the name and the type.
    fn introduce(&self, element: &Twig, found: &Found<'_>, name: &str) -> Option<(usize, String)> {
        let Form::Map { flow, entries } = &element.form else { return None };
        let head = entries.iter().rev().find(|entry| matches!(entry.name.as_str(), "name" | "type"))?;
        if *flow || found.in_flow() {
            return Some((head.range().end, format!(", requires: [{}]", flow_item(name))));
        }
        let row_end = self.clear_row_end(head.range().end)?;
        let key = self.indentation(head.key.whole.start)?;
        let dash = format!("{key}{}", " ".repeat(self.step(found)));
        let line_end = self.line_end_for(row_end);
        Some((row_end, format!("{line_end}{key}requires:{line_end}{dash}- name: {}", plain(name))))
    }

    /// How far the dashes of a list stand behind the key that it belongs to, here: as the element's own list does it.
    fn step(&self, found: &Found<'_>) -> usize {
        let column = |offset: usize| self.before(offset).chars().count();
        let around = || {
            let [.., (outer, place), (list, _), _] = found.trail.as_slice() else { return None };
            let key = &outer.entry_at(*place)?.key;
            column(self.start_in_rows(list, 0)?).checked_sub(column(key.whole.start))
        };
        around().filter(|step| *step <= 8).unwrap_or(2)
    }
}

impl Twig {
    /// The entry at this position; `None` in a list.
    pub fn entry_at(&self, place: usize) -> Option<&Entry> {
        match &self.form {
            Form::Map { entries, .. } => entries.get(place),
            _ => None,
        }
    }
}

fn flow_item(name: &str) -> String {
    format!("{{name: {}}}", plain(name))
}

/// Names of elements need no quotes, but for those that look like something else.
fn plain(name: &str) -> String {
    super::scalar::plain(name, super::scalar::Around::Brackets).unwrap_or_else(|| super::scalar::double(name))
}
