//! Whether a state is whole, as lines for people and as JSON for programs.

use super::paint::{Colour, Paint, harmless};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was found, with the words for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StateCheck {
    /// Version of this shape; fields only grow.
    pub v: u32,
    pub path: String,
    /// `None` when the file could not be opened.
    pub schema: Option<u32>,
    /// `deployments` → 2.
    pub read: BTreeMap<String, usize>,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `exposed`, `damaged`, `sealed`, `unreadable`, `foreign`, `left-over`, `unusable`
    pub kind: &'static str,
    pub text: String,
    /// What to do, one suggestion a line.
    pub next: Vec<String>,
}

impl StateCheck {
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// What was read on one line, then each finding with what to do; the same advice is given once, behind the last that needs it.
    pub fn text(&self, colour: Colour) -> String {
        let mut out = harmless(&self.path).to_string();
        if let Some(schema) = self.schema {
            let read: Vec<String> = self.read.iter().map(|(what, count)| format!("{what} {count}")).collect();
            out += &format!("   schema {schema}   {}", read.join(", "));
        }
        out.push('\n');
        for (index, finding) in self.findings.iter().enumerate() {
            out +=
                &format!("\n{} {}\n", colour.paint(Paint::Red, format!("{}:", finding.kind)), harmless(&finding.text));
            let said_later =
                |next: &String| self.findings.iter().skip(index + 1).any(|later| later.next.contains(next));
            for next in finding.next.iter().filter(|next| !said_later(next)) {
                out += &format!("  {} {}\n", colour.paint(Paint::Bold, "next:"), harmless(next));
            }
        }
        if self.findings.is_empty() {
            out += &format!("{}: nothing is wrong with it\n", colour.paint(Paint::Green, "ok"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_once_behind_the_last_finding_that_needs_it() {
        let finding = |text: &str, next: &[&str]| Finding {
            kind: "sealed",
            text: text.to_owned(),
            next: next.iter().map(|next| (*next).to_owned()).collect(),
        };
        let mut check = StateCheck {
            v: 1,
            path: "state.sqlite".to_owned(),
            schema: Some(4),
            read: BTreeMap::from([("deployments".to_owned(), 2), ("secrets".to_owned(), 0)]),
            findings: vec![finding("one", &["restore"]), finding("two", &["restore", "look"])],
        };
        let expected = "state.sqlite   schema 4   deployments 2, secrets 0\n\nsealed: one\n\nsealed: two\n  next: restore\n  next: look\n";
        assert_eq!(check.text(Colour::Off), expected);
        check.findings.clear();
        assert!(check.text(Colour::Off).ends_with("\nok: nothing is wrong with it\n"));
    }
}
