//! `windlass lint --rules`: every kind of finding, with severity and fix, for people and for programs.

use super::output::{Destination, Form, Output};
use crate::cli::console::print;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::finding::{Applicability, CODES, Code};
use serde::Serialize;

/// A rule as programs see it.
#[derive(Serialize)]
struct Rule {
    code: &'static str,
    severity: &'static str,
    /// `safe` or `unsafe`: the best fix that its findings may bring.
    fix: Option<&'static str>,
    summary: &'static str,
}

impl From<&Code> for Rule {
    fn from(code: &Code) -> Rule {
        let fix = code.fix.map(|fix| match fix {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        });
        Rule { code: code.id, severity: code.severity.word(), fix, summary: code.title }
    }
}

/// Prints the table. It is no list of findings, so most forms have no place for it.
pub fn show(outputs: &[Output]) -> Outcome {
    let rules: Vec<Rule> = CODES.iter().map(|code| Rule::from(*code)).collect();
    let text = match outputs {
        [] | [Output { form: Form::Graphical | Form::Short, to: Destination::StandardOutput }] => table(&rules),
        [Output { form: Form::Json, to: Destination::StandardOutput }] => lines(&rules, "[\n  ", ",\n  ", "\n]\n"),
        [Output { form: Form::JsonLines, to: Destination::StandardOutput }] => lines(&rules, "", "\n", "\n"),
        _ => {
            return Err(Failure::new(
                Exit::Usage,
                "`--rules` prints a table, or JSON with `-o json` or `-o json-lines`",
            )
            .next("leave the other forms to findings"));
        }
    };
    print(&text)?;
    Ok(Exit::Ok)
}

fn table(rules: &[Rule]) -> String {
    let row = |code: &str, severity: &str, fix: &str, summary: &str| {
        format!("{code:<28}  {severity:<8}  {fix:<6}  {summary}\n")
    };
    let rows = rules.iter().map(|rule| row(rule.code, rule.severity, rule.fix.unwrap_or("-"), rule.summary));
    std::iter::once(row("code", "severity", "fix", "what it finds")).chain(rows).collect()
}

fn lines(rules: &[Rule], begin: &str, between: &str, end: &str) -> String {
    let objects: Vec<String> =
        rules.iter().map(|rule| serde_json::to_string(rule).expect("a rule is plain text")).collect();
    format!("{begin}{}{end}", objects.join(between))
}
