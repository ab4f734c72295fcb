//! Changes of documents as edits of their texts.
//!
//! A fix says what to change ([`Change`]); here that becomes rows and characters, in the style that is there: brackets or
//! rows, quotes, indentation, line ends. Comments stay, but for those of what is deleted: the one behind it, those inside
//! it, and those that stand directly above it. Who loses a comment on a row of its own should know, so a fix that takes one
//! along is never a safe one. What cannot be done without touching something else is not done: an anchor that is used, a
//! comment in the way, a value that stands for several places at once. Then there are no edits, and the finding is for
//! people.

mod delete;
mod insert;
mod join;
mod put;
mod rows;
mod scalar;

use super::yaml::outline::{Found, Outline};
use super::{FileId, Sources, Span};
use crate::finding::{Applicability, Change, Edit, Fix};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Writes fixes as edits. What it has learnt of a text it keeps: one for many fixes.
pub struct Editor<'s> {
    sources: &'s Sources,
    outlines: RefCell<HashMap<FileId, Option<Rc<Outline>>>>,
}

/// A fix in terms of texts.
#[derive(Debug)]
pub struct Written {
    /// Sorted, and none over another.
    pub edits: Vec<Edit>,
    /// The maps and lists that lose something, and do not become empty by this fix alone.
    pub loses: Vec<Loses>,
    /// How many comments on rows of their own go with what is deleted.
    pub comments: usize,
    /// The fix's own, but for one that takes comments along.
    pub applicability: Applicability,
}

/// Several fixes may each take an entry out of one map, and together all of them: then there is no value any more.
#[derive(Clone, Copy, Debug)]
pub struct Loses {
    pub container: Span,
    /// How many entries it has.
    pub entries: usize,
}

impl<'s> Editor<'s> {
    pub fn new(sources: &'s Sources) -> Editor<'s> {
        Editor { sources, outlines: RefCell::default() }
    }

    /// Returns the edits of a fix alone, sorted, for those that ask for a change themselves.
    pub fn edits(&self, fix: &Fix) -> Option<Vec<Edit>> {
        self.write(fix).map(|written| written.edits)
    }

    /// Returns the edits of a fix, and what else must be known to make them; `None` when it cannot be done in the texts as
    /// they are.
    pub fn write(&self, fix: &Fix) -> Option<Written> {
        let applicability = fix.applicability;
        let mut written = Written { edits: Vec::new(), loses: Vec::new(), comments: 0, applicability };
        for change in &fix.changes {
            self.change(change, &mut written)?;
        }
        if written.comments > 0 {
            written.applicability = Applicability::Unsafe;
        }
        let edits = &mut written.edits;
        edits.sort_by_key(|edit| edit.at);
        edits.dedup();
        let apart = |pair: &[Edit]| pair[0].at.file != pair[1].at.file || pair[0].at.end <= pair[1].at.start;
        (!edits.is_empty() && edits.windows(2).all(apart)).then_some(written)
    }

    fn change(&self, change: &Change, written: &mut Written) -> Option<()> {
        match change {
            Change::Text { at, content } => written.edits.push(Edit { at: *at, content: content.clone() }),
            Change::Say { at, text } => self.page(*at)?.say(*at, text, written)?,
            Change::Quote { at } => self.page(*at)?.quote(*at, written)?,
            Change::Inside { at, from, to } => self.page(*at)?.inside(*at, from, to, written)?,
            Change::List { at } => self.page(*at)?.list(*at, written)?,
            Change::Map { at, key } => self.page(*at)?.map(*at, key, written)?,
            Change::Delete { at, emptied } => self.page(*at)?.delete(*at, *emptied, written)?,
            Change::Join { first, second } if first.file == second.file => {
                self.page(*first)?.join(*first, *second, written)?;
            }
            Change::Join { .. } => return None,
            Change::Put { at, path, words } => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                self.page(*at)?.put(*at, &path, words, written)?;
            }
            Change::Require { owner, name } => self.page(*owner)?.require(*owner, name, written)?,
        }
        Some(())
    }

    /// The text that a change is about; `None` when it is no YAML.
    fn page(&self, at: Span) -> Option<Page<'s>> {
        let text = self.sources.get(at.file).text();
        let mut outlines = self.outlines.borrow_mut();
        let outline = outlines.entry(at.file).or_insert_with(|| Outline::read(text).map(Rc::new));
        Some(Page { file: at.file, text, outline: Rc::clone(outline.as_ref()?) })
    }
}

/// Applies edits of one file, sorted as [`Editor::write`] leaves them, to its text.
pub fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        let at = edit.at.range();
        out.push_str(text.get(from..at.start).unwrap_or_default());
        out.push_str(&edit.content);
        from = at.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// One text, and what stands where in it.
struct Page<'s> {
    file: FileId,
    text: &'s str,
    outline: Rc<Outline>,
}

impl Page<'_> {
    fn find(&self, at: Span) -> Option<Found<'_>> {
        self.outline.find(at)
    }

    fn edit(&self, at: Range<usize>, content: impl Into<String>) -> Edit {
        Edit { at: Span::new(self.file, at), content: content.into() }
    }
}

#[cfg(test)]
mod tests;
