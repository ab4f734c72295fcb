//! Applying fixes, until none is left that could be.
//!
//! A fix may be in the way of another one, and what it leaves may be a finding that has a fix again. So this goes in
//! passes: of the fixes that there are, those that do not touch each other are applied, all edits of a fix or none, and
//! the result is checked anew. A text that could be read before can be read afterwards; a fix that would break it is left out.

use crate::finding::{Applicability, Edit, Findings, Severity};
use crate::source::edit::{Editor, Loses, Written, apply};
use crate::source::{FileId, Sources, Span, yaml};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What came of it.
pub struct Fixed {
    /// The files as they are now, under the ids that they had.
    pub sources: Sources,
    /// What is left.
    pub findings: Findings,
    /// How many findings there are no more because something was done about them.
    pub count: usize,
    /// How many comments on rows of their own went with what was deleted.
    pub comments: usize,
}

/// Far more than any document has needed. Two rules that undo each other would go on for ever.
const MOST_PASSES: usize = 100;

/// Fixes the files among these: with [`Applicability::Safe`] only what is safe, else everything. `check` says what is found
/// in the texts, and may bring in further ones behind them.
pub fn fix(
    given: &Sources,
    files: &[FileId],
    most: Applicability,
    mut check: impl FnMut(&mut Sources) -> Findings,
) -> Fixed {
    let mut texts: BTreeMap<FileId, Arc<str>> = BTreeMap::new();
    let (mut count, mut comments) = (0, 0);
    for _ in 0..MOST_PASSES {
        let mut sources = given.with(&texts);
        let findings = check(&mut sources);
        let chosen = Chosen::among(&sources, &findings, files, most);
        if chosen.edits.is_empty() {
            return Fixed { sources, findings, count, comments };
        }
        count += chosen.count;
        comments += chosen.comments;
        texts.extend(chosen.applied(&sources));
    }
    let mut sources = given.with(&texts);
    let findings = check(&mut sources);
    Fixed { sources, findings, count, comments }
}

/// Fixes that can be applied together.
#[derive(Default)]
struct Chosen {
    /// By file, sorted.
    edits: BTreeMap<FileId, Vec<Edit>>,
    /// How many entries maps and lists lose.
    losses: HashMap<Span, usize>,
    count: usize,
    comments: usize,
}

impl Chosen {
    fn among(sources: &Sources, findings: &Findings, files: &[FileId], most: Applicability) -> Chosen {
        let editor = Editor::new(sources);
        let mut candidates: Vec<(Severity, Span, Written)> = Vec::new();
        // What was allowed or is known is as its author wants it.
        for finding in findings.iter().filter(|finding| finding.suppression.is_none()) {
            let Some(fix) = &finding.fix else { continue };
            let allowed = |applicability| most == Applicability::Unsafe || applicability == Applicability::Safe;
            let written = allowed(fix.applicability).then(|| editor.write(fix)).flatten();
            let Some(written) = written.filter(|written| allowed(written.applicability)) else { continue };
            if written.edits.iter().all(|edit| files.contains(&edit.at.file)) {
                candidates.push((finding.severity, finding.at, written));
            }
        }
        // Of two fixes of one place, that of the graver finding says more about what is meant.
        candidates.sort_by_key(|(severity, at, _)| (*severity, *at));
        let mut chosen = Chosen::default();
        candidates.iter().for_each(|(.., written)| chosen.take(written));
        if chosen.breaks(sources) {
            // One of them does not do what it should. The others need not wait for it.
            chosen = Chosen::default();
            for (.., written) in &candidates {
                let mut alone = Chosen::default();
                alone.take(written);
                if !alone.breaks(sources) {
                    chosen.take(written);
                }
            }
        }
        if chosen.breaks(sources) { Chosen::default() } else { chosen }
    }

    /// Takes a fix in, if it touches none that is in.
    fn take(&mut self, written: &Written) {
        let is_in = |edit: &Edit| self.edits.get(&edit.at.file).is_some_and(|edits| edits.contains(edit));
        if written.edits.iter().all(is_in) {
            self.count += 1;
            return;
        }
        let in_the_way = |edit: &Edit| {
            let edits = self.edits.get(&edit.at.file).map_or(&[][..], Vec::as_slice);
            edits.iter().any(|other| other != edit && touch(other.at, edit.at))
        };
        let lost = |loses: &Loses| self.losses.get(&loses.container).copied().unwrap_or(0) + 1;
        if written.edits.iter().any(in_the_way) || written.loses.iter().any(|loses| lost(loses) >= loses.entries) {
            return;
        }
        for loses in &written.loses {
            *self.losses.entry(loses.container).or_default() += 1;
        }
        for edit in &written.edits {
            let edits = self.edits.entry(edit.at.file).or_default();
            if !edits.contains(edit) {
                let place = edits.partition_point(|other| other.at <= edit.at);
                edits.insert(place, edit.clone());
            }
        }
        self.count += 1;
        self.comments += written.comments;
    }

    fn applied(&self, sources: &Sources) -> impl Iterator<Item = (FileId, Arc<str>)> {
        self.edits.iter().map(|(file, edits)| (*file, apply(sources.get(*file).text(), edits).into()))
    }

    /// Whether a text that is YAML would be none any more.
    fn breaks(&self, sources: &Sources) -> bool {
        let after = sources.with(&self.applied(sources).collect());
        let unreadable = |sources: &Sources, file: &FileId| yaml::read(sources, *file).product.is_none();
        self.edits.keys().any(|file| unreadable(&after, file) && !unreadable(sources, file))
    }
}

/// Whether two places overlap, or one is inserted right where the other begins or ends.
fn touch(a: Span, b: Span) -> bool {
    let insertion = a.start == a.end || b.start == b.end;
    if insertion { a.start <= b.end && b.start <= a.end } else { a.start < b.end && b.start < a.end }
}
