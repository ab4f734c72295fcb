//! Findings for programs: one shape of object for every command.

use super::hidden::Hidden;
use crate::finding::{self, Applicability, Finding, Findings};
use crate::source::edit::Editor;
use crate::source::{FileId, Position, Sources, Span};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Diagnostic<'a> {
    code: &'a str,
    severity: &'a str,
    message: String,
    path: &'a str,
    filename: Option<&'a str>,
    location: Option<Location>,
    end_location: Option<Location>,
    help: Option<Cow<'a, str>>,
    fix: Option<Fix<'a>>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Location {
    row: u32,
    column: u32,
}

#[derive(Serialize)]
struct Related<'a> {
    message: Cow<'a, str>,
    filename: &'a str,
    location: Location,
    end_location: Location,
}

#[derive(Serialize)]
struct Fix<'a> {
    applicability: &'a str,
    message: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    content: String,
    /// Only where it is another file than that of the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    location: Location,
    end_location: Location,
}

impl From<Position> for Location {
    fn from(position: Position) -> Location {
        Location { row: position.row, column: position.column }
    }
}

/// Each finding as one line of JSON.
pub fn lines(sources: &Sources, findings: &Findings) -> Vec<String> {
    let writer = Writer { sources, hidden: Hidden::of(sources), editor: Editor::new(sources) };
    findings.iter().map(|finding| to_line(&diagnostic(&writer, finding))).collect()
}

/// What is no finding (an engine that is away, a lock that is held), in the same shape but without a place.
pub fn message_line(code: &str, what: &str, why: Option<&str>, next: &[String]) -> String {
    let help = next.join("\n");
    to_line(&Diagnostic {
        code,
        severity: "error",
        message: one_line(&why.map_or(what.to_owned(), |why| format!("{what}: {why}"))),
        path: "",
        filename: None,
        location: None,
        end_location: None,
        help: (!help.is_empty()).then_some(help.into()),
        fix: None,
        related: Vec::new(),
    })
}

/// All findings as one array, one finding a line.
pub fn array(sources: &Sources, findings: &Findings) -> String {
    let lines = lines(sources, findings);
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n  {}\n]\n", lines.join(",\n  ")) }
}

/// What is needed to write findings of one run.
struct Writer<'a> {
    sources: &'a Sources,
    hidden: Hidden<'a>,
    editor: Editor<'a>,
}

impl<'a> Writer<'a> {
    /// Nothing for a fix that cannot be done in the text.
    fn fix(&self, fix: &'a finding::Fix, file: FileId) -> Option<Fix<'a>> {
        let written = self.editor.write(fix)?;
        let edits = written.edits.into_iter().map(|edit| {
            let (location, end_location) = locations(self.sources, edit.at);
            let filename = (edit.at.file != file).then(|| self.sources.get(edit.at.file).name());
            Edit { content: self.hidden.over(&edit.content).into_owned(), filename, location, end_location }
        });
        let applicability = match written.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        };
        Some(Fix { applicability, message: &fix.message, edits: edits.collect() })
    }
}

fn diagnostic<'a>(writer: &'a Writer<'a>, finding: &'a Finding) -> Diagnostic<'a> {
    let Writer { sources, hidden, .. } = writer;
    let (location, end_location) = locations(sources, finding.at);
    Diagnostic {
        code: finding.code.id,
        severity: finding.severity.word(),
        message: one_line(&hidden.over(&finding.message)),
        path: &finding.path,
        filename: Some(sources.get(finding.at.file).name()),
        location: Some(location),
        end_location: Some(end_location),
        help: finding.help.as_deref().map(|help| hidden.over(help)),
        fix: finding.fix.as_ref().and_then(|fix| writer.fix(fix, finding.at.file)),
        related: finding
            .related
            .iter()
            .map(|related| {
                let (location, end_location) = locations(sources, related.at);
                let filename = sources.get(related.at.file).name();
                Related { message: hidden.over(&related.message), filename, location, end_location }
            })
            .collect(),
    }
}

fn locations(sources: &Sources, span: Span) -> (Location, Location) {
    let (start, end) = sources.positions(span);
    (start.into(), end.into())
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

fn to_line(diagnostic: &Diagnostic<'_>) -> String {
    serde_json::to_string(diagnostic).expect("strings and numbers always have a JSON form")
}
