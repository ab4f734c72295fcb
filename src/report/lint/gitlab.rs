//! GitLab's code quality report (docs.gitlab.com, "Code Quality report format").
//!
//! GitLab shows what is new in a merge request by comparing fingerprints, so these hold no line.

use super::Report;
use crate::finding::Severity;
use crate::finding::fingerprint::Fingerprints;
use serde_json::{Value, json};

pub fn render(report: &Report<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let issues = report.shown().into_iter().map(|one| {
        json!({
            "description": one.text,
            "check_name": one.finding.code.id,
            "fingerprint": fingerprints.next(one.finding, &one.path, &one.message),
            "severity": match one.finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "info",
            },
            "location": {"path": one.path, "lines": {"begin": one.start.row, "end": one.end.row}},
        })
    });
    let issues: Value = issues.collect();
    format!("{issues:#}\n")
}
