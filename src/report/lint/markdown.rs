//! Findings as Markdown, for a comment on a pull request or the summary of a job: a line with the numbers, then a table for
//! each file, cut where such a comment would be refused.

use super::{Report, Shown};

/// GitHub takes 65,536 characters of a comment.
const LONGEST: usize = 60_000;

pub fn render(report: &Report<'_>) -> String {
    let mut out = format!("**windlass lint:** {} in {}\n", report.counted(), files(report.files.len()));
    let mut left_out = 0;
    for (path, findings) in report.by_file().into_iter().filter(|(_, findings)| !findings.is_empty()) {
        let heading = format!("\n#### {}\n\n| Line | | Finding |\n|---:|---|---|\n", code(&path));
        let mut begun = false;
        for one in findings {
            let row = row(&one);
            let length = out.chars().count() + row.chars().count() + if begun { 0 } else { heading.chars().count() };
            if left_out > 0 || length > LONGEST {
                left_out += 1;
                continue;
            }
            if !begun {
                out.push_str(&heading);
                begun = true;
            }
            out.push_str(&row);
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\nThere is no room for {left_out} more. `windlass lint` shows all.\n"));
    }
    out
}

fn files(number: usize) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{number} files") }
}

fn row(one: &Shown<'_>) -> String {
    let Shown { finding, start, text, .. } = one;
    let id = finding.code.id;
    format!("| {}:{} | {} `{id}` | {} |\n", start.row, start.column, finding.severity.word(), prose(text))
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Messages hold code in backticks, which stays; nothing else of them is Markdown. A pipe would end the cell also in code.
fn prose(text: &str) -> String {
    let paired = text.matches('`').count().is_multiple_of(2);
    let parts = text
        .split('`')
        .enumerate()
        .map(|(at, part)| if paired && at % 2 == 1 { format!("`{}`", part.replace('|', "\\|")) } else { plain(part) });
    parts.collect::<Vec<_>>().join(if paired { "" } else { "\\`" })
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Nobody is to be called by a text of the user.
            '@' => out.push_str("&#64;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Paths;
    use super::*;
    use crate::finding::{Finding, Severity, YAML_SYNTAX};
    use crate::source::{Sources, Span};

    #[test]
    fn code_stays_code_and_the_rest_is_plain() {
        assert_eq!(prose("`a|b` is <b> @x"), "`a\\|b` is &lt;b&gt; &#64;x");
        assert_eq!(prose("a ` b | c"), "a \\` b \\| c");
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(code("`a`"), "`` `a` ``");
    }

    #[test]
    fn a_long_report_is_cut_between_rows_and_says_so() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "a: 1\n");
        let finding = Finding::new(&YAML_SYNTAX, Span::new(file, 0..1), "ä".repeat(100));
        let findings = std::iter::repeat_n(finding, 1000).collect();
        let files = [file];
        let report = Report {
            sources: &sources,
            findings: &findings,
            files: &files,
            paths: &Paths::as_given(),
            fails: &|finding| finding.severity == Severity::Error,
        };
        let text = render(&report);
        let rows = text.matches("| error ").count();
        assert!(text.chars().count() <= LONGEST + 100 && rows > 100, "{rows} rows");
        assert!(text.ends_with(&format!("no room for {} more. `windlass lint` shows all.\n", 1000 - rows)), "{rows}");
    }
}
