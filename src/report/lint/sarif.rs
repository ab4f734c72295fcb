//! SARIF 2.1.0, the exchange format of static analysis (OASIS): rules with their help, other places, fixes, suppressions.
//!
//! Columns are Unicode characters, as everywhere here; `columnKind` says so. Results keep suppressed findings, with the
//! reason that somebody gave. `partialFingerprints` holds no line, so that a result is the same after edits above it.

use super::{Place, Report, with_help};
use crate::finding::fingerprint::Fingerprints;
use crate::finding::{Applicability, Code, Edit, Finding, Severity, SuppressedBy, Suppression};
use crate::report::hidden::Hidden;
use crate::report::paint::harmless;
use crate::source::edit::Editor;
use crate::source::{FileId, Span};
use serde_json::{Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The name of our fingerprints; the number rises when they are made in another way.
const FINGERPRINT: &str = "windlass/v1";

/// What paths begin in, as GitHub and others call it.
const TOP: &str = "%SRCROOT%";

pub fn render(report: &Report<'_>) -> String {
    let mut rules: Vec<&'static Code> = Vec::new();
    for finding in report.findings.iter() {
        if !rules.contains(&finding.code) {
            rules.push(finding.code);
        }
    }
    let writer = Writer { report, hidden: Hidden::of(report.sources), editor: Editor::new(report.sources) };
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> =
        report.findings.iter().map(|finding| writer.result(finding, &rules, &mut fingerprints)).collect();
    let artifacts: Vec<Value> = report.files.iter().map(|file| json!({"location": writer.location(*file)})).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "windlass",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            // No address: a log is the same wherever it is made, and tools know where their files are.
            "originalUriBaseIds": {(TOP): {"description": {
                "text": "The top of the repository, where the platform names it, else the folder in which windlass ran.",
            }}},
            "artifacts": artifacts,
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: &Code) -> Value {
    let page = code.explain.trim();
    json!({
        "id": code.id,
        "shortDescription": {"text": format!("{}.", code.title)},
        "fullDescription": {"text": first_paragraph(page).unwrap_or(code.title)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": level(code.severity)},
        // What GitHub shows and filters by.
        "properties": {"problem.severity": match code.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "recommendation",
        }},
    })
}

/// What follows the title of a page.
fn first_paragraph(page: &str) -> Option<&str> {
    page.split("\n\n").map(str::trim).find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

struct Writer<'a> {
    report: &'a Report<'a>,
    hidden: Hidden<'a>,
    editor: Editor<'a>,
}

impl Writer<'_> {
    fn result(&self, finding: &Finding, rules: &[&'static Code], fingerprints: &mut Fingerprints) -> Value {
        let text = self.text(&with_help(&finding.message, finding.help.as_deref()));
        let path = self.report.path(finding.at.file);
        let mut result = json!({
            "ruleId": finding.code.id,
            "ruleIndex": rules.iter().position(|code| *code == finding.code),
            "level": level(finding.severity),
            "partialFingerprints": {FINGERPRINT: fingerprints.next(finding, &path, &self.text(&finding.message))},
            "message": {"text": text},
            "locations": [self.place(finding)],
        });
        if !finding.related.is_empty() {
            let related = finding.related.iter().enumerate().map(|(at, related)| {
                json!({
                    "id": at,
                    "message": {"text": self.text(&related.message)},
                    "physicalLocation": self.physical(related.at),
                })
            });
            result["relatedLocations"] = related.collect();
        }
        let written = finding.fix.as_ref().and_then(|fix| Some((fix, self.editor.write(fix)?)));
        if let Some((fix, written)) = written {
            let safe = match written.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            };
            result["fixes"] = json!([{
                "description": {"text": self.text(&fix.message)},
                "artifactChanges": self.changes(&written.edits),
                "properties": {"applicability": safe},
            }]);
        }
        if let Some(suppression) = &finding.suppression {
            result["suppressions"] = json!([self.suppression(suppression)]);
        }
        result
    }

    fn place(&self, finding: &Finding) -> Value {
        let mut place = json!({"physicalLocation": self.physical(finding.at)});
        if !finding.path.is_empty() {
            place["logicalLocations"] = json!([{"fullyQualifiedName": finding.path}]);
        }
        place
    }

    fn physical(&self, at: Span) -> Value {
        json!({"artifactLocation": self.location(at.file), "region": self.region(at)})
    }

    fn location(&self, file: FileId) -> Value {
        match self.report.paths.place(self.report.sources.get(file).name()) {
            Place::Below(path) => json!({"uri": uri(&path), "uriBaseId": TOP}),
            Place::Elsewhere(path) => json!({"uri": uri(&path)}),
        }
    }

    fn region(&self, at: Span) -> Value {
        let (start, end) = self.report.sources.positions(at);
        json!({"startLine": start.row, "startColumn": start.column, "endLine": end.row, "endColumn": end.column})
    }

    /// The edits of each file together, as SARIF wants them.
    fn changes(&self, edits: &[Edit]) -> Value {
        let mut files: Vec<FileId> = edits.iter().map(|edit| edit.at.file).collect();
        files.sort();
        files.dedup();
        let change = |file: FileId| {
            let replacements = edits.iter().filter(|edit| edit.at.file == file).map(|edit| {
                json!({
                    "deletedRegion": self.region(edit.at),
                    "insertedContent": {"text": self.hidden.over(&edit.content)},
                })
            });
            json!({"artifactLocation": self.location(file), "replacements": replacements.collect::<Vec<_>>()})
        };
        files.into_iter().map(change).collect()
    }

    fn suppression(&self, suppression: &Suppression) -> Value {
        let kind = match suppression.by {
            SuppressedBy::Comment => "inSource",
            SuppressedBy::Baseline => "external",
        };
        let mut value = json!({"kind": kind, "status": "accepted"});
        if let Some(reason) = &suppression.reason {
            value["justification"] = self.text(reason).into();
        }
        value
    }

    fn text(&self, text: &str) -> String {
        harmless(&self.hidden.over(&text.replace('\n', " "))).into_owned()
    }
}

/// A path as a reference that a URI may be; an absolute one as a file.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // Before the first slash, a colon would end the name of a scheme.
        uri.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'!'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b','
            | b';'
            | b'='
            | b'@'
            | b'+'
            | b'$'
            | b'&'
            | b':' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::Paths;
    use super::*;
    use crate::finding::{Findings, IMAGE_LATEST};
    use crate::source::Sources;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/mtäd.yaml"), "a%20b/mt%C3%A4d.yaml");
        assert_eq!(uri("/srv/mtad.yaml"), "file:///srv/mtad.yaml");
        assert_eq!(uri("c:d.yaml"), "./c:d.yaml");
        assert_eq!(uri("app.mtar!META-INF/mtad.yaml"), "app.mtar!META-INF/mtad.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }

    #[test]
    fn what_is_suppressed_stays_with_its_reason() {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", "a: 1\n");
        let suppressed = |by, reason: Option<&str>| {
            let suppression = Suppression { by, reason: reason.map(str::to_owned) };
            Finding::new(&IMAGE_LATEST, Span::new(file, 0..1), "Latest.").suppressed(suppression)
        };
        let findings: Findings =
            [suppressed(SuppressedBy::Comment, Some("a demo")), suppressed(SuppressedBy::Baseline, None)]
                .into_iter()
                .collect();
        let report = Report {
            sources: &sources,
            findings: &findings,
            files: &[file],
            paths: &Paths::as_given(),
            fails: &|finding| finding.severity == Severity::Error,
        };
        let log: Value = serde_json::from_str(&render(&report)).expect("SARIF is JSON");
        let suppressions = |at: usize| &log["runs"][0]["results"][at]["suppressions"];
        assert_eq!(*suppressions(0), json!([{"kind": "inSource", "status": "accepted", "justification": "a demo"}]));
        assert_eq!(*suppressions(1), json!([{"kind": "external", "status": "accepted"}]));
        assert_eq!(super::super::counted(&findings), "no findings");
        assert!(!super::super::checkstyle::render(&report).contains("image-latest"));
    }
}
