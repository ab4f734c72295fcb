//! Putting two entries of one list together that have the same name.

use super::delete::Comments;
use super::{Page, Written};
use crate::source::Span;
use crate::source::yaml::outline::{Entry, Form, Role, Twig};

impl Page<'_> {
    pub fn join(&self, first: Span, second: Span, written: &mut Written) -> Option<()> {
        let (into, list, at) = self.named(first)?;
        let (from, same, place) = self.named(second)?;
        if !std::ptr::eq(list, same) || at >= place {
            return None;
        }
        let (Form::Map { flow: a, entries: old }, Form::Map { flow: b, entries: new }) = (&into.form, &from.form)
        else {
            return None;
        };
        let (name, rest) = new.split_first()?;
        if rest.is_empty() {
            return self.remove(list, place, Comments::Stay, written);
        }
        let clashes = |entry: &Entry| entry.name == "<<" || old.iter().any(|other| other.name == entry.name);
        // What has moved up might come before an anchor that it names.
        if a != b
            || name.value.span != second.range()
            || rest.iter().any(clashes)
            || self.outline.has_names(&from.whole)
        {
            return None;
        }
        let (last, moved) = (old.last()?.range().end, rest.first()?.range().start..rest.last()?.range().end);
        let insertion = if *a {
            let braced = |twig: &Twig| self.text[twig.span.clone()].starts_with('{');
            let clear = braced(into) && self.is_uncommented(moved.clone());
            clear.then(|| self.edit(last..last, format!(", {}", &self.text[moved])))?
        } else {
            let column = |twig: &Twig| self.before(twig.span.start).chars().count();
            let from_row = self.clear_row_end(name.range().end)?;
            let to_row = self.clear_row_end(moved.end)?;
            let into_row = self.clear_row_end(last)?;
            (column(into) == column(from)).then(|| self.edit(into_row..into_row, &self.text[from_row..to_row]))?
        };
        written.edits.push(insertion);
        self.remove(list, place, Comments::Stay, written)
    }

    /// The map whose name stands at a place, and the list it is in.
    fn named(&self, name: Span) -> Option<(&Twig, &Twig, usize)> {
        let found = self.find(name)?;
        if found.role != Role::Value || found.is_shared() {
            return None;
        }
        let [.., (list, at), (map, _)] = found.trail.as_slice() else { return None };
        matches!(list.form, Form::List { .. }).then_some((*map, *list, *at))
    }
}
