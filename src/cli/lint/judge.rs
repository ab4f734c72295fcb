//! What becomes of the findings: comments, baseline, severities, and whether the command fails.

use super::Args;
use super::check::Checked;
use super::known::{Kept, Known};
use super::projects::{Projects, place};
use crate::config::FailOn;
use crate::finding::{Finding, Findings, Severity};
use crate::lint::control::{Comments, Control, Looked, Strictness};
use crate::source::{FileId, Sources};

/// What the command line, the settings and the documents say about findings.
pub struct Judge<'a> {
    projects: &'a Projects<'a>,
    comments: Comments,
    strictness: Strictness,
    known: Known,
    /// What the command line says, in place of the settings.
    fail_on: Option<FailOn>,
}

/// Findings as they are shown; those that comments allow or a baseline knows are marked as suppressed.
pub struct Judged {
    pub findings: Findings,
    /// What is to be written.
    pub kept: Option<Kept>,
}

impl<'a> Judge<'a> {
    pub fn new(args: &Args, projects: &'a Projects<'a>, known: Known) -> Judge<'a> {
        let fail_on = if args.exit_zero { Some(FailOn::Never) } else { args.fail_on.map(FailOn::from) };
        let comments = if args.no_allow { Comments::Ignored } else { Comments::Heeded };
        let strictness = if args.strict { Strictness::Strict } else { Strictness::Usual };
        Judge { projects, comments, strictness, known, fail_on }
    }

    /// Comments first, then the baseline, severities last: a rule that is an error by the project's wish can be allowed.
    pub fn judge(&self, sources: &Sources, checked: Checked) -> Judged {
        self.with_control(sources, &checked.looked, |control| {
            let heard = |finding: &Finding| control.severity(finding).is_some();
            let findings: Findings = control.allowed(checked.findings).into_iter().filter(heard).collect();
            let can_be_known = |finding: &Finding| {
                let locked = &self.projects.of(finding.at.file).locked;
                let locked = locked.iter().any(|locked| locked.id == finding.code.id);
                finding.severity != Severity::Error && finding.suppression.is_none() && !locked
            };
            let (findings, kept) = self.known.apply(sources, findings, &checked.looked, self.projects, can_be_known);
            Judged { findings: control.levelled(findings), kept }
        })
    }

    /// Of findings about anything but what is checked: their severities.
    pub fn levelled(&self, sources: &Sources, findings: Findings) -> Findings {
        self.with_control(sources, &[], |control| control.levelled(findings))
    }

    /// Whether any finding could make the command fail.
    pub fn can_fail(&self) -> bool {
        let says = |fail_on: Option<FailOn>| fail_on != Some(FailOn::Never);
        match self.fail_on {
            Some(fail_on) => says(Some(fail_on)),
            None => self.projects.all().any(|settings| says(settings.fail_on)),
        }
    }

    pub fn fails(&self, findings: &Findings) -> bool {
        let counts = |finding: &&Finding| finding.suppression.is_none();
        findings.iter().filter(counts).any(|finding| self.fail_on(finding.at.file).fails(finding.severity))
    }

    /// The mildest severity in a file that a report calls a failure.
    pub fn mildest(&self, file: FileId) -> Severity {
        self.fail_on(file).mildest()
    }

    fn fail_on(&self, file: FileId) -> FailOn {
        self.fail_on.or(self.projects.of(file).fail_on).unwrap_or(FailOn::Error)
    }

    fn with_control<T>(&self, sources: &Sources, looked: &[Looked], then: impl FnOnce(&Control<'_>) -> T) -> T {
        let settings = |file| self.projects.of(file);
        let place = |file| place(sources, file, &self.projects.here);
        let (comments, strictness) = (self.comments, self.strictness);
        then(&Control { sources, settings: &settings, looked, comments, strictness, place: &place })
    }
}
