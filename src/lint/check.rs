//! Everything that can be said about one descriptor and its extensions: the pipeline's findings and the rules'.

use super::page::Page;
use super::whole::Whole;
use super::{filled, merged, page};
use crate::descriptor::given::Given;
use crate::descriptor::{Descriptor, Document};
use crate::finding::{
    CONFIG_NO_MATCH, Finding, Findings, MALFORMED_EXPRESSION, MANDATORY_WITHOUT_VALUE, MISSING_IMAGE, Severity, Staged,
    UNKNOWN_PARAMETER, UNRESOLVED_PLACEHOLDER, UNUSED_PARAMETER,
};
use crate::plan;
use crate::plan::desired::Wishes;
use crate::plan::unit::Start;
use crate::source::{FileId, Sources};
use crate::stage::{self, load, merge, order};
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

impl Job<'_> {
    fn whole<'a>(&'a self, descriptor: &'a Descriptor) -> Whole<'a> {
        Whole { sources: self.sources, descriptor, target: self.target, extended: !self.extensions.is_empty() }
    }
}

/// All findings of one descriptor with its extensions, or of one extension, sorted.
pub fn check(job: &Job<'_>) -> Findings {
    let mut findings = Findings::default();
    let extended = !job.extensions.is_empty();
    if let Some(parsed) = load(job, &mut findings) {
        through(job, parsed, &mut findings);
    }
    let unknown = |finding: &Finding| {
        // The descriptor may be for another platform as well, which builds from source.
        finding.code == &MISSING_IMAGE
            || (finding.code == &MANDATORY_WITHOUT_VALUE && !extended)
            || (finding.code == &UNRESOLVED_PLACEHOLDER && !job.target_is_known)
    };
    let as_known_here = |mut finding: Finding| {
        if unknown(&finding) {
            finding.severity = Severity::Warning;
        } else if finding.code == &MALFORMED_EXPRESSION {
            // It can be deployed, and is hardly what somebody meant to write.
            finding.severity = Severity::Error;
        }
        finding
    };
    let findings: Findings = findings.into_iter().map(as_known_here).collect();
    findings.sorted()
}

/// Hands a product on only when nothing that was found so far is an error.
fn sound<T>(staged: Staged<Option<T>>, findings: &mut Findings) -> Option<T> {
    let product = findings.keep(staged);
    product.filter(|_| !findings.has_errors())
}

/// Reads all documents, with the rules about writing. `None` for what is wrong, and for an extension alone.
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
        match sound(load::document_showing(job.sources, job.file, &mut show), findings) {
            Some(Document::Descriptor(descriptor)) => Some(load::Parsed::alone(*descriptor)),
            Some(Document::Extension(_)) | None => None,
        }
    } else {
        let mut loaded = load::load_showing(job.sources, job.file, job.extensions, &mut show);
        stage::soften(&mut loaded, job.target);
        if let Some(parsed) = loaded.product.as_ref().filter(|_| loaded.findings.has_errors()) {
            // Nothing can be merged; that the files form no chain can be said all the same.
            findings.extend(merge::chain_of(parsed, job.target));
        }
        sound(loaded, findings)
    };
    // An option that nobody looks at would have no effect without a word.
    let parsed = parsed.and_then(|parsed| sound(load::give(parsed, job.given), findings));
    // What is reached through several aliases is told once.
    let mut told = HashSet::new();
    findings.extend(about_writing.into_iter().filter(|found| told.insert((found.code.id, found.at))).collect());
    parsed
}

fn through(job: &Job<'_>, parsed: load::Parsed, findings: &mut Findings) {
    let Job { sources, target, .. } = *job;
    let mut errors = Findings::default();
    (|| {
        let product = sound(merge::merge(parsed, target), &mut errors)?;
        findings.extend(merged(&job.whole(&product)));
        let asking = sound(stage::ask(product, target, job.facts), &mut errors)?;
        findings.extend(filled(&job.whole(&asking.filled)));
        let questions = asking.questions.len();
        // Kept only where it may be needed below: who alone has a descriptor can change it without a copy.
        let before = (questions > 0).then(|| asking.filled.clone());
        let concluded = stage::conclude(asking, vec![Vec::new(); questions], target);
        let finished = concluded.product.is_some();
        if let Some(stages) = concluded.product {
            errors.keep(plan::desired::desired(stages, target, sources, &Wishes { start: Start::Yes }));
        }
        // Which entries there are is known where the application is deployed, not here.
        errors.extend(concluded.findings.into_iter().filter(|found| found.code != &CONFIG_NO_MATCH).collect());
        if let Some(before) = before.filter(|_| !finished && !errors.has_errors()) {
            errors.keep(order::order(&before));
        }
        Some(())
    })();
    // One mistake, one finding: of the descriptor's parameters, the rule tells more.
    let told: HashSet<_> =
        findings.iter().filter(|found| found.code == &UNUSED_PARAMETER).map(|found| found.at).collect();
    let told = |found: &Finding| found.code == &UNKNOWN_PARAMETER && told.contains(&found.at);
    findings.extend(errors.into_iter().filter(|found| !told(found)).collect());
}
