//! The Reviewdog Diagnostic Format. Its columns count bytes of UTF-8.

use super::{Report, bytes_before};
use crate::finding::{Finding, Severity};
use crate::report::hidden::Hidden;
use crate::report::paint::harmless;
use crate::source::edit::Editor;
use crate::source::{Sources, Span};
use serde_json::{Value, json};

pub fn render(report: &Report<'_>) -> String {
    let hidden = Hidden::of(report.sources);
    let editor = Editor::new(report.sources);
    let diagnostics = report.shown().into_iter().map(|one| {
        let finding = one.finding;
        let mut value = json!({
            "message": one.text,
            "location": {"path": one.path, "range": range(report.sources, finding.at)},
            "severity": match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Info => "INFO",
            },
            "code": {"value": finding.code.id},
            "relatedLocations": finding.related.iter().map(|related| json!({
                "message": harmless(&hidden.over(&related.message)),
                "location": {"path": report.path(related.at.file), "range": range(report.sources, related.at)},
            })).collect::<Vec<_>>(),
        });
        if let Some(suggestions) = suggestions(report.sources, finding, &editor, &hidden) {
            value["suggestions"] = suggestions;
        }
        value
    });
    let diagnostics: Vec<Value> = diagnostics.collect();
    format!("{:#}\n", json!({"source": {"name": "windlass"}, "diagnostics": diagnostics}))
}

/// A reviewer takes each suggestion by itself and in the file of its diagnostic, so a fix is one only when it is one edit
/// there.
fn suggestions(sources: &Sources, finding: &Finding, editor: &Editor<'_>, hidden: &Hidden<'_>) -> Option<Value> {
    let edits = editor.write(finding.fix.as_ref()?)?.edits;
    let [edit] = &*edits else { return None };
    let there = edit.at.file == finding.at.file;
    there.then(|| json!([{"range": range(sources, edit.at), "text": hidden.over(&edit.content)}]))
}

fn range(sources: &Sources, at: Span) -> Value {
    let (start, end) = sources.positions(at);
    let place = |row: u32, offset| json!({"line": row, "column": bytes_before(sources, at, offset) + 1});
    json!({"start": place(start.row, at.start), "end": place(end.row, at.end)})
}
