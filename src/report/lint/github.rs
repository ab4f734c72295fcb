//! Workflow commands of GitHub Actions: annotations beside the changed lines of a pull request.
//!
//! GitHub shows ten of each severity for a step and passes over the others, so errors come first, no more than ten of each
//! are written, and a last notice says how many there are. The forms are those of the runner
//! (docs.github.com, "Workflow commands for GitHub Actions"); columns may only stand there when a finding lies in one line.

use super::{Report, Shown};
use crate::finding::Severity;

/// Of each severity, for one step.
const SHOWN: usize = 10;

pub fn render(report: &Report<'_>) -> String {
    let shown = report.shown();
    let mut out = String::new();
    let mut left_out = 0;
    for (severity, command) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
    {
        let all: Vec<&Shown<'_>> = shown.iter().filter(|one| one.finding.severity == severity).collect();
        // The last notice is one of the ten.
        let most = if severity == Severity::Info && left_out + all.len() > SHOWN - 1 { SHOWN - 1 } else { SHOWN };
        left_out += all.len().saturating_sub(most);
        out.extend(all.into_iter().take(most).map(|one| annotation(command, one)));
    }
    if left_out > 0 {
        let told = format!(
            "{}; {left_out} of them have no annotation, for GitHub shows {SHOWN} of each kind for a step. \
             `windlass lint -o short` shows all.",
            report.counted()
        );
        out.push_str(&format!("::notice title=windlass::{}\n", data(&told)));
    }
    out
}

fn annotation(command: &str, one: &Shown<'_>) -> String {
    let Shown { finding, path, start, end, text, .. } = one;
    let columns =
        if start.row == end.row { format!(",col={},endColumn={}", start.column, end.column) } else { String::new() };
    format!(
        "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
        property(path),
        start.row,
        end.row,
        property(finding.code.id),
        data(text)
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Paths;
    use super::*;
    use crate::finding::{Finding, Findings, IMAGE_LATEST, UNUSED_ANCHOR, YAML_SYNTAX};
    use crate::source::{Sources, Span};

    fn rendered(errors: usize, warnings: usize, notes: usize) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a,b:c%.yaml", "a: 1\nb: 2\n");
        let finding =
            |code, severity| Finding { severity, ..Finding::new(code, Span::new(file, 0..1), "100 % wrong.") };
        let findings: Findings = std::iter::repeat_n(finding(&UNUSED_ANCHOR, Severity::Info), notes)
            .chain(std::iter::repeat_n(finding(&IMAGE_LATEST, Severity::Warning), warnings))
            .chain(std::iter::repeat_n(finding(&YAML_SYNTAX, Severity::Error), errors))
            .collect();
        let paths = Paths::as_given();
        let files = [file];
        let report = Report {
            sources: &sources,
            findings: &findings,
            files: &files,
            paths: &paths,
            fails: &|finding| finding.severity == Severity::Error,
        };
        render(&report)
    }

    #[test]
    fn errors_come_first_and_what_is_special_is_escaped() {
        let text = rendered(1, 1, 1);
        let lines: Vec<&str> = text.lines().collect();
        let place = "file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=2";
        assert_eq!(lines[0], format!("::error {place},title=yaml-syntax::100 %25 wrong."));
        assert!(lines[1].starts_with("::warning ") && lines[2].starts_with("::notice "), "{text}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn no_more_than_github_shows_and_the_total_is_among_it() {
        for (errors, warnings, notes) in [(11, 0, 0), (0, 25, 10), (10, 10, 11), (200, 200, 200)] {
            let text = rendered(errors, warnings, notes);
            for (command, all) in [("::error ", errors), ("::warning ", warnings)] {
                assert_eq!(text.matches(command).count(), all.min(SHOWN), "{text}");
            }
            assert!(text.matches("::notice ").count() <= SHOWN, "{text}");
            let shown = text.matches("::").count() / 2 - 1;
            let left_out = format!("; {} of them", errors + warnings + notes - shown);
            assert!(text.lines().last().is_some_and(|last| last.contains(&left_out)), "{text}");
        }
        let exactly = rendered(10, 10, 10);
        assert!(exactly.lines().count() == 30 && !exactly.contains("not shown"), "{exactly}");
    }
}
