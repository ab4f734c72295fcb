//! What can be done about a finding: its fix, what it lacks, an allow comment, its explanation.

use super::family::Family;
use super::index::holes;
use super::inlay::texts;
use super::outline::{Kind, Part, items};
use crate::finding::{Applicability, Finding, REFERENCE_WITHOUT_REQUIRES, Severity};
use crate::source::{FileId, Span};
use std::ops::Range;

pub enum Action<'f> {
    Edit {
        finding: &'f Finding,
        title: String,
        edits: Vec<(Span, String)>,
        preferred: Preferred,
    },
    Explain(&'f Finding),
    /// All fixes that may be applied without a look.
    FixAll(Vec<(Span, String)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preferred {
    Yes,
    No,
}

/// The actions for what lies in a range of a document.
pub fn actions(family: &Family, file: FileId, range: Range<usize>) -> Vec<Action<'_>> {
    let mut actions = Vec::new();
    let touched = |finding: &&Finding| {
        let at = finding.at;
        at.file == file && at.start as usize <= range.end && range.start <= at.end as usize
    };
    for finding in family.findings().iter().filter(touched) {
        if let Some(fix) = &finding.fix {
            let (title, preferred) = match fix.applicability {
                Applicability::Safe => (fix.message.clone(), Preferred::Yes),
                Applicability::Unsafe => (format!("{} (look at what it changes)", fix.message), Preferred::No),
            };
            let edits = fix.edits.iter().map(|edit| (edit.at, edit.content.clone())).collect();
            actions.push(Action::Edit { finding, title, edits, preferred });
        }
        actions.extend(require(family, finding));
        actions.extend(allow(family, finding));
        actions.push(Action::Explain(finding));
    }
    actions
}

/// All safe fixes of one document, one after the other; of two that meet in one place, the first.
pub fn fix_all(family: &Family, file: FileId) -> Option<Action<'_>> {
    let fixes = family.findings().iter().filter(|finding| finding.at.file == file).filter_map(|one| one.fix.as_ref());
    let mut chosen: Vec<(Span, String)> = Vec::new();
    for fix in fixes.filter(|fix| fix.applicability == Applicability::Safe) {
        let apart = |at: Span| chosen.iter().all(|(there, _)| at.end < there.start || there.end < at.start);
        if fix.edits.iter().all(|edit| edit.at.file == file && apart(edit.at)) {
            chosen.extend(fix.edits.iter().map(|edit| (edit.at, edit.content.clone())));
        }
    }
    chosen.sort_by_key(|(at, _)| *at);
    (!chosen.is_empty()).then_some(Action::FixAll(chosen))
}

/// A comment above the row, with a reason to fill in. Errors cannot be allowed.
fn allow<'f>(family: &Family, finding: &'f Finding) -> Option<Action<'f>> {
    if finding.severity == Severity::Error {
        return None;
    }
    let (text, lines) = (family.text(finding.at.file), family.lines(finding.at.file));
    let line = lines.range(text, lines.line_of(finding.at.start as usize));
    let row = text.get(line.clone())?;
    let indentation = row.get(..row.len() - row.trim_start_matches(' ').len())?;
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let id = finding.code.id;
    let comment = format!("{indentation}# windlass: allow[{id}] TODO: say why{line_end}");
    let at = Span::new(finding.at.file, line.start..line.start);
    let edits = vec![(at, comment)];
    Some(Action::Edit { finding, title: format!("Allow `{id}` here, with a reason"), edits, preferred: Preferred::No })
}

/// An entry of `requires` for a reference to something that is not required.
fn require<'f>(family: &Family, finding: &'f Finding) -> Option<Action<'f>> {
    if finding.code != &REFERENCE_WITHOUT_REQUIRES {
        return None;
    }
    let file = finding.at.file;
    let mut wanted: Option<String> = None;
    texts(family, file, &mut |node, owner| {
        for hole in holes(&family.sources, node, owner) {
            if let Some(set) = hole.owner.filter(|_| hole.at.start <= finding.at.start && finding.at.start < hole.at.end) {
                wanted = Some(family.sources.slice(set).to_owned());
            }
        }
    });
    let name = wanted?;
    family.index().names.target(&name)?;
    let parts = family.parts(file);
    let at = finding.at.start as usize;
    let module = parts.iter().find(|part| part.kind == Kind::Module && part.contains(at))?;
    let edit = entry(family, module, &name)?;
    let title = format!("Require `{name}`");
    Some(Action::Edit { finding, title, edits: vec![edit], preferred: Preferred::Yes })
}

/// Behind the last entry there is, or as the first one behind the module's type or name.
fn entry(family: &Family, module: &Part<'_>, name: &str) -> Option<(Span, String)> {
    let file = module.node.span.file;
    let (text, lines) = (family.text(file), family.lines(file));
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end_of_line = |offset: u32| lines.range(text, lines.line_of(offset as usize)).end;
    let column = |offset: u32| offset as usize - lines.range(text, lines.line_of(offset as usize)).start;
    let (at, entry) = match module.pair("requires") {
        Some(list) => {
            let (first, last) = (items(&list.value).first()?, items(&list.value).last()?);
            let row = text.get(lines.range(text, lines.line_of(first.span.start as usize)).start..first.span.start as usize)?;
            let dash = row.rfind('-').filter(|_| row.trim() == "-")?;
            (end_of_line(last.span.end), format!("{}- name: {name}", " ".repeat(dash)))
        }
        None => {
            let behind = module.pair("type").or_else(|| module.pair("name"))?;
            let indentation = " ".repeat(column(behind.key.span.start));
            let row = text.get(lines.range(text, lines.line_of(behind.key.span.start as usize)).start..)?;
            // In braces, nothing can be said of the form.
            row.trim_start_matches([' ', '-']).starts_with(&*behind.key.value).then_some(())?;
            (end_of_line(behind.value.span.end), format!("{indentation}requires:{line_end}{indentation}  - name: {name}"))
        }
    };
    Some((Span::new(file, at..at), format!("{line_end}{entry}")))
}
