//! Findings for editors, `grep` and continuous integration: one line each.

use super::hidden::Hidden;
use super::paint::harmless;
use crate::finding::{Finding, Findings};
use crate::source::Sources;

/// `mtad.yaml:22:22: error[unresolved-reference]: …`, with the help behind it.
pub fn line(sources: &Sources, hidden: &Hidden<'_>, finding: &Finding) -> String {
    let (start, _) = sources.positions(finding.at);
    let mut line = format!(
        "{}:{}:{}: {}[{}]: {}",
        sources.get(finding.at.file).name(),
        start.row,
        start.column,
        finding.severity.word(),
        finding.code.id,
        finding.message
    );
    if let Some(help) = &finding.help {
        // Two sentences, whether or not the first was ended.
        let end = if finding.message.ends_with(['.', '!', '?']) { "" } else { "." };
        line.push_str(&format!("{end} {help}"));
    }
    harmless(&hidden.over(&line.replace('\n', " "))).into_owned()
}

/// All findings, a line each.
pub fn render(sources: &Sources, findings: &Findings) -> String {
    let hidden = Hidden::of(sources);
    findings.iter().map(|finding| line(sources, &hidden, finding) + "\n").collect()
}

/// What could not be done, on one line.
pub fn message(what: &str, why: Option<&str>, next: &[String]) -> String {
    let mut line = format!("error: {what}");
    if let Some(why) = why {
        line.push_str(": ");
        line.push_str(why);
    }
    if !next.is_empty() {
        line.push_str(&format!(" ({})", next.join("; ")));
    }
    harmless(&line.replace('\n', " ")).into_owned() + "\n"
}
