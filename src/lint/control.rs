//! What becomes of findings: comments allow some, settings make others silent, milder or more severe.
//!
//! One function from findings to findings, for the command line and for editors alike. An error by itself cannot be touched by
//! anybody; what was made one by a setting is still what it is, and can be allowed where it is right.

use super::allow::{Allow, Allows, allows};
use super::is_of_page;
use crate::config::{Level, Settings};
use crate::finding::{
    ALLOW_WITHOUT_REASON, Change, Code, Finding, Findings, Fix, IMAGE_LATEST, IMAGE_WITHOUT_HOST, MISSING_IMAGE,
    NOT_ALLOWABLE, Related, SERVICE_NOT_PROVISIONED, Severity, SuppressedBy, Suppression, UNKNOWN_RULE, UNUSED_ALLOW,
    code,
};
use crate::name::nearest;
use crate::source::{FileId, Sources, Span, Spanned};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The codes of what is said about comments.
pub static CODES: &[&Code] = &[
    &crate::finding::TOML_SYNTAX,
    &UNKNOWN_RULE,
    &NOT_ALLOWABLE,
    &crate::finding::MALFORMED_ALLOW,
    &ALLOW_WITHOUT_REASON,
    &UNUSED_ALLOW,
];

/// Whether comments count (`--no-allow`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    Heeded,
    Ignored,
}

/// Whether everything must be said that would let two deployments of one descriptor run different things (`--strict`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Rules have the severities of their codes and of the settings.
    Usual,
    Strict,
}

/// Errors under `--strict`.
static STRICT: [&Code; 2] = [&IMAGE_LATEST, &IMAGE_WITHOUT_HOST];

/// Silent unless somebody asks for it.
static ON_REQUEST: [&Code; 1] = [&IMAGE_WITHOUT_HOST];

/// A document whose comments count.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    pub file: FileId,
    /// Whether it was checked with its extensions or its descriptor. An extension alone tells less.
    pub alone: bool,
    /// Whether nothing kept a rule from being asked: errors do.
    pub sound: bool,
}

/// What decides about findings.
pub struct Control<'a> {
    pub sources: &'a Sources,
    /// What is wanted of a file: each has the settings that are nearest to it.
    pub settings: &'a dyn Fn(FileId) -> &'a Settings,
    pub looked: &'a [Looked],
    pub comments: Comments,
    pub strictness: Strictness,
    /// The absolute path of a text; a text that is in no file has none.
    pub place: &'a dyn Fn(FileId) -> Option<PathBuf>,
}

impl Control<'_> {
    /// The findings with the severities that the project wants, those that comments allow marked as suppressed, and what is to be
    /// said about comments. Sorted.
    pub fn apply(&self, findings: Findings) -> Findings {
        self.levelled(self.allowed(findings))
    }

    /// The first half: comments.
    pub fn allowed(&self, findings: Findings) -> Findings {
        if self.comments == Comments::Ignored {
            return findings.sorted();
        }
        let mut documents: BTreeMap<FileId, Document> = BTreeMap::new();
        for looked in self.looked {
            let document = documents.entry(looked.file).or_insert_with(|| Document::new(self.sources, looked.file));
            document.whole |= looked.sound && !(looked.alone && document.found.of_extension);
        }
        documents.retain(|_, document| !document.is_silent());
        let mut left: Findings = findings
            .into_iter()
            .map(|finding| {
                let document = documents.get_mut(&finding.at.file);
                let settings = (self.settings)(finding.at.file);
                match document.and_then(|document| document.allows(&finding, settings)) {
                    Some(suppression) => finding.suppressed(suppression),
                    None => finding,
                }
            })
            .collect();
        for (file, document) in documents {
            left.extend(document.remarks(self.sources, (self.settings)(file)));
        }
        left.sorted()
    }

    /// How severe a finding is here; `None`: it is not shown.
    pub fn severity(&self, finding: &Finding) -> Option<Severity> {
        if finding.severity == Severity::Error {
            return Some(Severity::Error);
        }
        let is_among = |codes: &[&Code]| codes.iter().any(|code| code.id == finding.code.id);
        if self.strictness == Strictness::Strict && is_among(&STRICT) {
            return Some(Severity::Error);
        }
        let settings = (self.settings)(finding.at.file);
        let place = settings.looks_at_paths().then(|| (self.place)(finding.at.file)).flatten();
        match settings.level(finding.code, place.as_deref()) {
            None if is_among(&ON_REQUEST) => None,
            None => Some(finding.severity),
            Some(Level::Shown(severity)) => Some(severity),
            Some(Level::Off) => None,
        }
    }

    /// The second half: what is switched off goes, the rest gets its severity, and what many elements have in common is said once.
    pub fn levelled(&self, findings: Findings) -> Findings {
        let level = |finding: Finding| self.severity(&finding).map(|severity| Finding { severity, ..finding });
        gathered(findings.into_iter().filter_map(level).collect())
    }
}

/// What descriptors that were written for another platform have everywhere, and would hide the rest.
static EVERYWHERE: [(&Code, &str); 2] = [(&MISSING_IMAGE, "module"), (&SERVICE_NOT_PROVISIONED, "resource")];

/// What is said of many elements of one document in the same words is said once, with all their places. Only of what counts: a
/// comment that allows one of them, or a baseline that knows it, says nothing about the others.
pub fn gathered(findings: Findings) -> Findings {
    let mut firsts: BTreeMap<(&str, FileId), usize> = BTreeMap::new();
    let mut more: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let noun = EVERYWHERE.iter().find(|(code, _)| *code == finding.code).map(|(_, noun)| *noun);
        let Some(noun) = noun.filter(|_| finding.suppression.is_none()) else {
            kept.push(finding);
            continue;
        };
        let first = *firsts.entry((finding.code.id, finding.at.file)).or_insert(kept.len());
        if first < kept.len() {
            kept[first].related.push(Related { message: "the same here".to_owned(), at: finding.at });
            more.entry(first).or_insert((noun, 0)).1 += 1;
        } else {
            kept.push(finding);
        }
    }
    for (first, (noun, others)) in more {
        let plural = if others == 1 { "" } else { "s" };
        kept[first].message += &format!(" The same holds for {others} other {noun}{plural}.");
    }
    kept.into_iter().collect()
}

/// What happened to a code of a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Use {
    #[default]
    None,
    /// It would have allowed something that cannot be allowed.
    Refused,
    Allowed,
}

struct Document {
    found: Allows,
    /// For each comment, for each of its codes.
    uses: Vec<Vec<Use>>,
    /// Whether every rule was asked about it.
    whole: bool,
}

impl Document {
    fn new(sources: &Sources, file: FileId) -> Document {
        let found = allows(sources, file);
        let uses = found.list.iter().map(|allow| vec![Use::default(); allow.codes.len()]).collect();
        Document { found, uses, whole: false }
    }

    fn is_silent(&self) -> bool {
        self.found.list.is_empty() && self.found.findings.is_empty()
    }

    /// How a comment allows a finding, if one does; all that speak of it are remembered to have.
    fn allows(&mut self, finding: &Finding, settings: &Settings) -> Option<Suppression> {
        let outcome = match finding.severity == Severity::Error || settings.locked.contains(&finding.code) {
            true => Use::Refused,
            false => Use::Allowed,
        };
        let mut suppression = None;
        for (allow, uses) in self.found.list.iter().zip(&mut self.uses).filter(|(allow, _)| allow.covers(finding.at)) {
            for (_, used) in allow.codes.iter().zip(uses).filter(|(named, _)| named.value == finding.code.id) {
                if *used != Use::Allowed {
                    *used = outcome;
                }
                suppression = Some(Suppression { by: SuppressedBy::Comment, reason: allow.reason.clone() });
            }
        }
        suppression.filter(|_| outcome == Use::Allowed)
    }

    /// What is to be said about the comments themselves.
    fn remarks(self, sources: &Sources, settings: &Settings) -> Findings {
        let mut remarks = self.found.findings;
        for (allow, uses) in self.found.list.iter().zip(self.uses) {
            for (at, (named, used)) in allow.codes.iter().zip(uses).enumerate() {
                match (code(&named.value), used) {
                    (None, _) => remarks.push(unknown(named)),
                    (Some(_), Use::Allowed) => {}
                    (Some(code), Use::Refused) => remarks.push(refused(code, named.span, settings)),
                    (Some(code), Use::None) if self.whole || is_of_page(code) => {
                        let message = format!("There is no `{}` here that could be allowed.", code.id);
                        let finding = Finding::new(&UNUSED_ALLOW, named.span, message);
                        remarks.push(finding.help("Delete it.").fix(without(sources, allow, at)));
                    }
                    // The rule may not have been asked.
                    (Some(_), Use::None) => {}
                }
            }
            if allow.reason.is_none() {
                let message = "The comment allows something and does not say why.";
                let help = "Write the reason behind the bracket.";
                remarks.push(Finding::new(&ALLOW_WITHOUT_REASON, allow.at, message).help(help));
            }
        }
        remarks
    }
}

fn unknown(named: &Spanned<String>) -> Finding {
    let message = format!("There is no rule `{}`, so this allows nothing.", named.value);
    let finding = Finding::new(&UNKNOWN_RULE, named.span, message);
    match nearest(&named.value, crate::finding::CODES.iter().map(|code| code.id)) {
        Some(near) => finding.did_you_mean(Some(near)).fix(Fix::risky(
            format!("Replace by `{near}`"),
            [Change::Text { at: named.span, content: near.to_owned() }],
        )),
        None => finding.help("`windlass explain` lists all rules."),
    }
}

fn refused(code: &Code, at: Span, settings: &Settings) -> Finding {
    let (message, help) = match settings.locked.iter().any(|locked| locked.id == code.id) {
        true => (
            format!("`{}` is locked in the settings of the project, so no comment can allow it.", code.id),
            "Correct what it points at; `locked` in `windlass.toml` is where the rule can be unlocked.",
        ),
        false => (
            format!("This `{}` is an error, and no comment can allow an error.", code.id),
            "Correct what it points at, and delete the comment.",
        ),
    };
    Finding::new(&NOT_ALLOWABLE, at, message).help(help)
}

/// Takes one code out of a comment, or the whole comment when it is the only one.
fn without(sources: &Sources, allow: &Allow, at: usize) -> Fix {
    let span =
        match (allow.codes.get(at), allow.codes.get(at + 1), at.checked_sub(1).and_then(|at| allow.codes.get(at))) {
            (Some(own), Some(next), _) => Span { end: next.span.start, ..own.span },
            (Some(own), None, Some(before)) => Span { start: before.span.end, ..own.span },
            _ => whole_comment(sources, allow.at),
        };
    Fix::safe("Delete what allows nothing", [Change::Text { at: span, content: String::new() }])
}

/// A comment with the blanks before it; with its whole line when nothing else is there.
fn whole_comment(sources: &Sources, comment: Span) -> Span {
    let text = &**sources.get(comment.file).text();
    let before = text[..comment.range().start].trim_end_matches([' ', '\t']);
    let alone = before.is_empty() || before.ends_with(['\n', '\r']);
    let end = comment.range().end;
    let row_end = match text[end..].trim_start_matches([' ', '\t']) {
        rest if !alone => text.len() - rest.len(),
        rest if rest.starts_with("\r\n") => text.len() - rest.len() + 2,
        rest if rest.starts_with(['\n', '\r']) => text.len() - rest.len() + 1,
        rest => text.len() - rest.len(),
    };
    Span::new(comment.file, before.len()..row_end)
}
