//! Taking out an entry of a map or an item of a list, with the comments that are about it.

use super::{Loses, Page, Written};
use crate::finding::Emptied;
use crate::source::Span;
use crate::source::yaml::outline::{Found, Role, Twig, dash};
use std::ops::Range;

/// What becomes of the comments above something that is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    Go,
    /// It is only moved, or what it says stands elsewhere as well.
    Stay,
}

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
                return self.remove(container, place, Comments::Go, written);
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
    pub fn remove(&self, container: &Twig, place: usize, comments: Comments, written: &mut Written) -> Option<()> {
        let mut range =
            if container.is_flow() { self.in_flow(container, place)? } else { self.in_rows(container, place)? };
        if !self.outline.is_free(&range) {
            return None;
        }
        if comments == Comments::Go {
            if !container.is_flow() {
                range.start = self.above(container, place, range.start)?;
            }
            let own = range.start..container.part(place)?.end;
            written.comments += self.comments(own);
        }
        let whole = Span::new(self.file, container.span.clone());
        written.loses.push(Loses { container: whole, entries: container.count() });
        written.edits.push(self.edit(range, ""));
        Some(())
    }

    /// Where the comments begin that stand directly above a part, one under the other and as far in as it is; else `start`.
    /// What a text begins with is about all of it.
    fn above(&self, container: &Twig, place: usize, start: usize) -> Option<usize> {
        let own = self.start_in_rows(container, place)?;
        let (mut row, column) = (self.row_start(own), self.before(own));
        // Something else stands on the row, or goes with its line end: no row above is about this part alone.
        if !column.bytes().all(|byte| byte == b' ') {
            return Some(start);
        }
        let mut first = row;
        while let Some(end) = row.checked_sub(1) {
            let above = self.row_start(end - usize::from(self.text[..row].ends_with("\r\n")));
            let comment = self.text[above..].strip_prefix(column).is_some_and(|rest| rest.starts_with('#'));
            if !comment || !self.is_comment(above + column.len()) {
                break;
            }
            if above == 0 {
                return Some(start);
            }
            (row, first) = (above, above);
        }
        // The last row of a text without a line end takes that of the row before along.
        Some(start - (self.row_start(own) - first))
    }

    /// How many rows of a range hold a comment and nothing else.
    fn comments(&self, range: Range<usize>) -> usize {
        let mut count = 0;
        let mut row = self.row_start(range.start);
        while row < range.end {
            let end = self.row_end(row);
            let text = row + self.text[row..end].len() - self.text[row..end].trim_start_matches([' ', '\t']).len();
            count += usize::from(range.contains(&text) && self.is_comment(text));
            row = end + self.line_end(end).len().max(1);
        }
        count
    }

    /// Whether a row whose first character stands here is a comment, not a row of a text that goes over several.
    fn is_comment(&self, at: usize) -> bool {
        self.text[at..].starts_with('#') && self.outline.around(Span::new(self.file, at..at)).is_none()
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
