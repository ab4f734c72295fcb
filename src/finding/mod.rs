//! Problems in what the user wrote: a code, a place, a way out.
//!
//! A finding is a value, not an error: a stage hands on its product *and* what it found, and [`Staged::sound`] is the one
//! gate where findings become refusal. How findings look (for people, as JSON) is decided in [`crate::report`].

mod catalogue;
pub mod fingerprint;
mod fix;
pub mod ring;

pub use catalogue::*;
pub use fix::{Applicability, Change, Edit, Emptied, Fix, Words};

use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Info,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A kind of finding. Its id never changes meaning and is never reused.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    pub id: &'static str,
    /// Short, fixed, without the user's names: people learn to recognise it.
    pub title: &'static str,
    pub severity: Severity,
    /// The best fix that a finding of this kind may bring along.
    pub fix: Option<Applicability>,
    /// Markdown, for `windlass explain`, the reference page and editors.
    pub explain: &'static str,
}

/// Another place that belongs to a finding: the first definition, the links of a cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    pub message: String,
    pub at: Span,
}

/// Why a finding does not count: it fails no run, and is shown to nobody but those who keep books (SARIF).
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    pub by: SuppressedBy,
    /// In the words of whoever suppressed it.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// A comment beside what was found.
    Comment,
    /// A file that says what there was when checking began.
    Baseline,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub code: &'static Code,
    pub severity: Severity,
    /// A full sentence on one line, with the names, without a position.
    pub message: String,
    pub at: Span,
    /// A few words to stand under the underlined text.
    pub label: Option<String>,
    /// Where in the document: `modules[0].requires[0].properties.b`; may be empty.
    pub path: String,
    pub related: Vec<Related>,
    pub help: Option<String>,
    pub fix: Option<Fix>,
    pub suppression: Option<Suppression>,
}

impl Finding {
    pub fn new(code: &'static Code, at: Span, message: impl Into<String>) -> Finding {
        Finding {
            code,
            severity: code.severity,
            message: message.into(),
            at,
            label: None,
            path: String::new(),
            related: Vec::new(),
            help: None,
            fix: None,
            suppression: None,
        }
    }

    pub fn label(mut self, text: impl Into<String>) -> Finding {
        self.label = Some(text.into());
        self
    }

    pub fn path(mut self, path: impl Into<String>) -> Finding {
        self.path = path.into();
        self
    }

    pub fn related(mut self, at: Span, message: impl Into<String>) -> Finding {
        self.related.push(Related { message: message.into(), at });
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Finding {
        self.help = Some(text.into());
        self
    }

    /// What is an error elsewhere, and can be lived with here.
    pub fn as_warning(mut self) -> Finding {
        self.severity = self.severity.max(Severity::Warning);
        self
    }

    /// The same finding of a document that stands inside another one, at `place`.
    pub fn under(mut self, place: &str) -> Finding {
        self.path = if self.path.is_empty() { place.to_owned() } else { format!("{place}.{}", self.path) };
        self
    }

    /// Adds "Did you mean …?" when there is a candidate.
    pub fn did_you_mean(self, candidate: Option<impl std::fmt::Display>) -> Finding {
        match candidate {
            Some(candidate) => self.help(format!("Did you mean `{candidate}`?")),
            None => self,
        }
    }

    /// Says how a program can mend it, or that none can.
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Finding {
        self.fix = fix.into();
        self
    }

    pub fn suppressed(mut self, suppression: Suppression) -> Finding {
        self.suppression = Some(suppression);
        self
    }
}

/// A collector of findings, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    pub fn extend(&mut self, other: Findings) {
        self.list.extend(other.list);
    }

    /// Takes the findings of a stage in and hands its product on.
    pub fn keep<T>(&mut self, staged: Staged<T>) -> T {
        self.extend(staged.findings);
        staged.product
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error && finding.suppression.is_none())
    }

    /// Those that count, and those that are suppressed.
    pub fn apart(self) -> (Findings, Findings) {
        let (suppressed, counting) = self.list.into_iter().partition(|finding| finding.suppression.is_some());
        (Findings { list: counting }, Findings { list: suppressed })
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    /// Sorts by file, place and code, so that output does not depend on the order of work, and says the same of a place once:
    /// what an alias (`*name`) leads to is reached on several paths, and is one text to be corrected. The gravest stays, and of
    /// alike ones the first path.
    pub fn sorted(mut self) -> Findings {
        fn what(finding: &Finding) -> (Span, &str, &str) {
            (finding.at, finding.code.id, &finding.message)
        }
        // A suppression is for one who keeps books; what counts for nobody else must not hide what counts.
        let order = |finding: &Finding| (finding.suppression.is_some(), finding.severity);
        self.list.sort_by(|a, b| {
            what(a).cmp(&what(b)).then_with(|| order(a).cmp(&order(b))).then_with(|| a.path.cmp(&b.path))
        });
        self.list.dedup_by(|later, first| what(later) == what(first));
        self
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Findings {
        Findings { list: findings.into_iter().collect() }
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// What a stage made, and what it found while making it.
#[must_use]
#[derive(Clone, Debug)]
pub struct Staged<T> {
    pub product: T,
    pub findings: Findings,
}

/// A product without errors; the warnings are still at hand. Only [`Staged::sound`] makes one.
#[derive(Clone, Debug)]
pub struct Sound<T> {
    product: T,
    warnings: Findings,
}

impl<T> Sound<T> {
    pub fn warnings(&self) -> &Findings {
        &self.warnings
    }

    pub fn into_parts(self) -> (T, Findings) {
        (self.product, self.warnings)
    }
}

impl<T> std::ops::Deref for Sound<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.product
    }
}

impl<T> Staged<T> {
    pub fn new(product: T, findings: Findings) -> Staged<T> {
        Staged { product, findings }
    }

    /// The gate: nothing goes past an error.
    pub fn sound(self) -> Result<Sound<T>, Findings> {
        if self.findings.has_errors() {
            Err(self.findings)
        } else {
            Ok(Sound { product: self.product, warnings: self.findings })
        }
    }
}
