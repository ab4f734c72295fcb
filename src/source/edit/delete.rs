//! Taking out an entry of a map or an item of a list.

use super::{Loses, Page, Written};
use crate::finding::Emptied;
use crate::source::Span;
use crate::source::yaml::outline::{Found, Role, Twig, dash};
use std::ops::Range;

impl Page<'_> {
    pub fn delete(&self, at: Span, emptied: Emptied, written: &mut Written) -> Option<()> {
        let Found { role, mut trail, .. } = self.find(at)?;
        if !matches!(role, Role::Key | Role::Item) || trail.iter().any(|(twig, _)| twig.named) {
            return None;
        }
        loop {
            let (container, place) = trail.pop()?;
            if container.hides_another(place) {
                return None;
            }
            if container.count() > 1 {
                return self.remove(container, place, written);
            }
            // The last one: what holds it is an entry of a map, or nothing can be said.
            let (outer, around) = trail.last()?;
            outer.entry_at(*around)?;
            if emptied == Emptied::Stays {
                return self.empty(container, outer, *around, written);
            }
        }
    }

    /// Takes one part out of several.
    pub fn remove(&self, container: &Twig, place: usize, written: &mut Written) -> Option<()> {
        let range = if container.is_flow() { self.in_flow(container, place)? } else { self.in_rows(container, place)? };
        if !self.outline.is_free(&range) {
            return None;
        }
        let whole = Span::new(self.file, container.span.clone());
        written.loses.push(Loses { container: whole, entries: container.count() });
        written.edits.push(self.edit(range, ""));
        Some(())
    }

    /// `a, ` of `[a, b]`, and `, b`.
    fn in_flow(&self, container: &Twig, place: usize) -> Option<Range<usize>> {
        let own = container.part(place)?;
        let range = match place.checked_sub(1) {
            Some(before) => container.part(before)?.end..own.end,
            None => own.start..container.part(1)?.start,
        };
        let gap = if place == 0 { own.end..range.end } else { range.start..own.start };
        (self.is_uncommented(gap.clone()) && self.text[gap].matches(',').count() == 1).then_some(range)
    }

    /// The rows of a part. What stands before the first one on its row stays, and the next part comes in its place.
    fn in_rows(&self, container: &Twig, place: usize) -> Option<Range<usize>> {
        let start = self.start_in_rows(container, place)?;
        let row_end = self.clear_row_end(container.part(place)?.end)?;
        let behind = row_end + self.line_end(row_end).len();
        if self.before(start).bytes().all(|byte| byte == b' ') {
            let row_start = self.row_start(start);
            if behind > row_end || row_start == 0 {
                return Some(row_start..behind);
            }
            // The last row has no line end, and the one before gets none.
            let line_end = if self.text[..row_start].ends_with("\r\n") { 2 } else { 1 };
            return Some(row_start - line_end..behind);
        }
        (place == 0 && self.before(start).bytes().all(|byte| matches!(byte, b' ' | b'-'))).then_some(())?;
        let next = self.start_in_rows(container, 1)?;
        // A comment about the next part comes along with it.
        let gap = &self.text[behind..next];
        Some(start..next - gap.trim_start_matches([' ', '\t', '\n', '\r']).len())
    }

    /// Where a part in rows begins, dash included.
    pub fn start_in_rows(&self, container: &Twig, place: usize) -> Option<usize> {
        let part = container.part(place)?;
        if container.entry_at(place).is_some() {
            return Some(part.start);
        }
        if let Some(before) = place.checked_sub(1) {
            return dash(self.text, container.part(before)?.end).filter(|dash| *dash < part.start);
        }
        // Of a list that is not indented, the parser calls the first item the beginning.
        let before = self.text[..part.start].trim_end_matches([' ', '\t', '\n', '\r']);
        before.ends_with('-').then(|| before.len() - 1)
    }

    /// Leaves `[]` where the last item was.
    fn empty(&self, container: &Twig, outer: &Twig, around: usize, written: &mut Written) -> Option<()> {
        let own = container.part(0)?;
        if container.is_marked() || !self.outline.is_free(&own) {
            return None;
        }
        let brackets = if container.entry_at(0).is_some() { "{}" } else { "[]" };
        let edit = if container.is_flow() {
            let inner = container.span.start + 1..container.span.end - 1;
            let around = [inner.start..own.start, own.end..inner.end];
            around.into_iter().all(|gap| self.is_uncommented(gap)).then(|| self.edit(inner, ""))?
        } else {
            let key = outer.entry_at(around)?.key.whole.end;
            let colon = key + self.text[key..container.span.start].find(':')? + 1;
            self.is_uncommented(colon..own.start).then(|| self.edit(colon..own.end, format!(" {brackets}")))?
        };
        written.edits.push(edit);
        Some(())
    }
}
