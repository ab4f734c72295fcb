//! What can be done about a finding: its fix, what it lacks, an allow comment, its explanation.

use super::diagnostics;
use super::family::Family;
use super::index::holes;
use super::inlay::texts;
use super::outline::Kind;
use crate::finding::{Applicability, Change, Edit, Finding, Fix, REFERENCE_WITHOUT_REQUIRES, Severity};
use crate::lint;
use crate::lint::allow::{Room, Rooms};
use crate::source::edit::Editor;
use crate::source::{FileId, Span};
use std::ops::Range;

pub enum Action<'f> {
    Edit {
        finding: &'f Finding,
        title: String,
        edits: Vec<Edit>,
        preferred: Preferred,
    },
    Explain(&'f Finding),
    /// All fixes that may be applied without a look.
    FixAll(Edit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preferred {
    Yes,
    No,
}

/// The actions for what lies in a range of a document.
pub fn actions(family: &Family, file: FileId, range: Range<usize>) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    let editor = Editor::new(&family.written);
    let rooms = family.tree(file).filter(|_| !family.is_mended).map(|root| Rooms::of(family.text(file), root));
    let touched = |finding: &&Finding| {
        let at = finding.at;
        at.file == file && at.start as usize <= range.end && range.start <= at.end as usize
    };
    for finding in family.findings().iter().filter(touched) {
        let missing = if finding.fix.is_none() { require(family, finding) } else { None };
        if let Some(fix) = finding.fix.as_ref().or(missing.as_ref())
            && let Some(written) = editor.write(fix)
        {
            let (title, preferred) = match written.applicability {
                Applicability::Safe => (fix.message.clone(), Preferred::Yes),
                Applicability::Unsafe => (format!("{} (look at what it changes)", fix.message), Preferred::No),
            };
            actions.push(Action::Edit { finding, title, edits: written.edits, preferred });
        }
        actions.extend(rooms.as_ref().and_then(|rooms| allow(family, rooms, finding)));
        actions.push(Action::Explain(finding));
    }
    actions
}

/// All safe fixes of one document, and those of what is found then, as one change of its text.
pub fn fix_all(family: &Family, file: FileId) -> Option<Action<'_>> {
    let check = |sources: &mut _| diagnostics::findings(family, sources).into_iter().collect();
    let fixed = lint::fix::fix(&family.written, &[file], Applicability::Safe, check);
    let (before, after) = (family.text(file), fixed.sources.get(file).text());
    let same = |a: (char, char)| a.0 == a.1;
    let head: usize = before.chars().zip(after.chars()).take_while(|pair| same(*pair)).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (before.get(head..)?, after.get(head..)?);
    let tail = old.chars().rev().zip(new.chars().rev()).take_while(|pair| same(*pair)).map(|(c, _)| c.len_utf8()).sum();
    let end = |text: &str| text.len().checked_sub(tail);
    let at = Span::new(file, head..head + end(old)?);
    let content = new.get(..end(new)?)?.to_owned();
    (before != &**after).then_some(Action::FixAll(Edit { at, content }))
}

/// A comment where it covers the finding, with a reason to fill in. Errors cannot be allowed.
fn allow<'f>(family: &Family, rooms: &Rooms<'_>, finding: &'f Finding) -> Option<Action<'f>> {
    if finding.severity == Severity::Error || family.settings(finding.at.file).locked.contains(&finding.code) {
        return None;
    }
    let text = family.text(finding.at.file);
    let comment = format!("# windlass: allow[{}] TODO: say why", finding.code.id);
    let (at, content) = match rooms.covering(finding.at.start as usize)? {
        Room::Above(row) => {
            // In front of everything there may be a byte-order mark, and nothing may stand before that.
            let mark = text.get(row..)?.strip_prefix('\u{feff}').map_or(0, |_| '\u{feff}'.len_utf8());
            let rest = text.get(row + mark..)?;
            let indentation = " ".repeat(rest.len() - rest.trim_start_matches(' ').len());
            (row + mark, format!("{indentation}{comment}{}", line_end(text, row)))
        }
        Room::Behind(end) => (end, format!(" {comment}")),
    };
    let edits = vec![Edit { at: Span::new(finding.at.file, at..at), content }];
    let title = format!("Allow `{}` here, with a reason", finding.code.id);
    Some(Action::Edit { finding, title, edits, preferred: Preferred::No })
}

/// How the row ends that an offset is on; the last one as the first does.
fn line_end(text: &str, offset: usize) -> &'static str {
    let end_of = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        let end = rest.find(['\n', '\r']).and_then(|end| rest.get(end..)).unwrap_or_default();
        ["\r\n", "\n", "\r"].into_iter().find(|one| end.starts_with(one))
    };
    end_of(offset).or_else(|| end_of(0)).unwrap_or("\n")
}

/// An entry of `requires` for a reference to something that is not required.
fn require(family: &Family, finding: &Finding) -> Option<Fix> {
    if finding.code != &REFERENCE_WITHOUT_REQUIRES {
        return None;
    }
    let file = finding.at.file;
    let mut wanted: Option<String> = None;
    texts(family, file, &mut |node, owner| {
        for hole in holes(&family.sources, node, owner) {
            if let Some(set) =
                hole.owner.filter(|_| hole.at.start <= finding.at.start && finding.at.start < hole.at.end)
            {
                wanted = Some(family.sources.slice(set).to_owned());
            }
        }
    });
    let name = wanted?;
    family.index().names.target(&name)?;
    let parts = family.parts(file);
    let module = parts.iter().find(|part| part.kind == Kind::Module && part.contains(finding.at.start as usize))?;
    let owner = module.value("name")?.span;
    Some(Fix::safe(format!("Require `{name}`"), [Change::Require { owner, name }]))
}
