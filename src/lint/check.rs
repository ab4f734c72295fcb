//! Everything that can be said about one descriptor and its extensions: the pipeline's findings and the rules'.

use super::ends::Ends;
use super::page::Page;
use super::rename::with_fixes;
use super::whole::{self, Whole};
use super::{filled, merged, misplaced, page};
use crate::descriptor::Document;
use crate::descriptor::given::Given;
use crate::finding::{
    BAD_PARAMETER_VALUE, Code, EXT_ID_CLASH, EXT_SAME_EXTENDS, EXT_UNKNOWN_EXTENDS, Finding, Findings,
    MALFORMED_EXPRESSION, MANDATORY_WITHOUT_VALUE, MISSING_IMAGE, NO_EFFECT, Severity, TEMPLATE_PLACEHOLDER,
    UNKNOWN_PARAMETER, UNRESOLVED_PLACEHOLDER, UNRESOLVED_REFERENCE,
};
use crate::plan;
use crate::plan::desired::Wishes;
use crate::source::{FileId, Sources, Span};
use crate::stage::survey::{self, Answers};
use crate::stage::{self, load, merge};
use crate::target::{Facts, Target};
use std::collections::HashSet;

/// What is checked, and what is known about where it will go.
pub struct Job<'a> {
    pub sources: &'a Sources,
    /// A descriptor, or an extension alone.
    pub file: FileId,
    pub extensions: &'a [FileId],
    /// What the command line says over them.
    pub given: &'a [Given],
    pub target: &'a Target,
    /// Whether somebody said which target it is. A parameter that nobody knows may be one of the target's, if not.
    pub target_is_known: bool,
    /// No value is shown, so any seed will do for generated credentials.
    pub facts: &'a Facts,
    /// Whether a path relative to a document leads to something.
    pub beside: &'a dyn Fn(FileId, &str) -> bool,
}

/// All findings of one descriptor with its extensions, or of one extension, sorted.
pub fn check(job: &Job<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut known = Extensions::None;
    if let Some(parsed) = load(job, &mut findings) {
        known = through(job, parsed, &mut findings);
    }
    let may_come = |code| match known {
        // The descriptor may be for another platform as well, which builds from source.
        _ if code == &MISSING_IMAGE => true,
        _ if code == &UNRESOLVED_PLACEHOLDER && !job.target_is_known => true,
        Extensions::All => false,
        Extensions::None => code == &MANDATORY_WITHOUT_VALUE,
        Extensions::Some => [&MANDATORY_WITHOUT_VALUE, &UNRESOLVED_PLACEHOLDER, &UNRESOLVED_REFERENCE].contains(&code),
    };
    let as_known_here = |mut finding: Finding| {
        if may_come(finding.code) {
            finding = finding.as_warning();
        } else if finding.code == &MALFORMED_EXPRESSION {
            // It can be deployed, and is hardly what somebody meant to write.
            finding.severity = Severity::Error;
        }
        finding
    };
    let findings: Findings = findings.into_iter().map(as_known_here).collect();
    let findings = without_echoes(findings.sorted()).into_iter().map(misplaced::told).collect();
    with_fixes(job, findings)
}

/// Which of the extensions that belong to a descriptor are known: what is missing may come from another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extensions {
    None,
    /// What is wrong with one that was given keeps it from being merged.
    Some,
    All,
}

/// Findings that say of an extension that it has no place in the chain.
const OUTSIDE: [&Code; 3] = [&EXT_UNKNOWN_EXTENDS, &EXT_SAME_EXTENDS, &EXT_ID_CLASH];

/// Reads all documents, with the rules about writing. `None` for what leaves no descriptor to work on, and for an extension
/// alone.
fn load(job: &Job<'_>, findings: &mut Findings) -> Option<load::Parsed> {
    let mut about_writing = Findings::default();
    let mut show = |file: FileId, node: &_| {
        let beside = |path: &str| (job.beside)(file, path);
        if let Some(written) = Page::new(job.sources, file, node, &beside) {
            about_writing.extend(page(&written));
        }
    };
    let parsed = if job.extensions.is_empty() {
        // An extension alone is read, and that is all that can be said of it.
        match findings.keep(load::document_showing(job.sources, job.file, &mut show)) {
            Some(Document::Descriptor(descriptor)) => Some(load::Parsed::alone(*descriptor)),
            Some(Document::Extension(_)) | None => None,
        }
    } else {
        let mut loaded = load::load_showing(job.sources, job.file, job.extensions, &mut show);
        stage::soften(&mut loaded, job.target);
        findings.keep(loaded)
    };
    // An option that nobody looks at would have no effect without a word.
    let parsed = parsed.map(|parsed| findings.keep(load::give(parsed, job.given)));
    findings.extend(about_writing);
    parsed
}

/// Follows a descriptor through all stages, whatever they find.
fn through(job: &Job<'_>, parsed: load::Parsed, findings: &mut Findings) -> Extensions {
    let Job { sources, target, .. } = *job;
    let unread = parsed.unread;
    let mut ends = Ends::of(&parsed.descriptor, parsed.extensions.iter().chain(&parsed.settings));
    let mut errors = Findings::default();
    let product = errors.keep(merge::merge(parsed, target));
    if !job.extensions.is_empty() {
        whole::maps(&product, &mut |map| ends.look_at(map));
    }
    let some_are_outside = || errors.iter().any(|found| OUTSIDE.contains(&found.code));
    let known = match job.extensions.is_empty() {
        true => Extensions::None,
        false if unread || some_are_outside() => Extensions::Some,
        false => Extensions::All,
    };
    let extended = known == Extensions::All;
    let mut told = merged(&Whole::new(sources, &product, target, extended));
    let asking = errors.keep(survey::ask(product, target, job.facts));
    let file = asking.filled.file;
    told.extend(filled(&Whole::new(sources, &asking.filled, target, extended)));
    let stages = errors.keep(survey::conclude(asking, Answers::Unasked, target));
    errors.keep(plan::desired::desired(stages, target, sources, &Wishes::default()));
    // One mistake, one finding: of the descriptor's own parameters a rule tells, and of others the stages tell more.
    let of_rules = |finding: &Finding| finding.code == &UNKNOWN_PARAMETER && finding.path.starts_with("parameters.");
    let errors: Findings = errors.into_iter().filter(|finding| !of_rules(finding)).collect();
    let places: HashSet<_> = errors.iter().map(|finding| (finding.code.id, finding.at)).collect();
    let told = told.into_iter().filter(|finding| !places.contains(&(finding.code.id, finding.at)));
    findings.extend(told.chain(errors).map(|finding| ends.tell(finding, file)).collect());
    known
}

/// One mistake, one finding: of what is wrong it is not said as well that it does nothing.
fn without_echoes(findings: Findings) -> Findings {
    let others: HashSet<Span> =
        findings.iter().filter(|found| found.code != &NO_EFFECT).map(|found| found.at).collect();
    // A placeholder of a template is no fit value for anything.
    let unfilled: Vec<Span> =
        findings.iter().filter(|found| found.code == &TEMPLATE_PLACEHOLDER).map(|found| found.at).collect();
    let is_unfilled =
        |at: Span| unfilled.iter().any(|other| other.file == at.file && other.start <= at.end && at.start <= other.end);
    let is_echo = |found: &Finding| {
        (found.code == &NO_EFFECT && others.contains(&found.at))
            || (found.code == &BAD_PARAMETER_VALUE && is_unfilled(found.at))
    };
    findings.into_iter().filter(|found| !is_echo(found)).collect()
}
