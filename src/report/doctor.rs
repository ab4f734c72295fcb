//! A check-up of windlass's surroundings, as a table for people and as JSON for programs.

use super::paint::{Colour, Paint};
use serde::Serialize;
use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Ok,
    /// Absent, and nothing is wrong with that.
    No,
    Warn,
    Fail,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::No => "no",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Verdict::Ok => Paint::Green,
            Verdict::No => Paint::Dim,
            Verdict::Warn => Paint::Yellow,
            Verdict::Fail => Paint::Red,
        }
    }
}

/// One line of the check-up, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `engine`, `registries` …; several lines may have the same.
    pub name: &'static str,
    pub verdict: Verdict,
    pub text: String,
    /// A stable word for what is wrong with an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<&'static str>,
    pub details: Vec<String>,
    /// What to do, one suggestion a line.
    pub next: Vec<String>,
}

impl Check {
    pub fn new(name: &'static str, verdict: Verdict, text: impl Into<String>) -> Check {
        Check { name, verdict, text: text.into(), problem: None, details: Vec::new(), next: Vec::new() }
    }

    pub fn problem(mut self, word: &'static str) -> Check {
        self.problem = Some(word);
        self
    }

    pub fn detail(mut self, text: impl Into<String>) -> Check {
        self.details.push(text.into());
        self
    }

    pub fn next(mut self, text: impl Into<String>) -> Check {
        self.next.push(text.into());
        self
    }
}

/// A place where an engine may be named, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub source: String,
    pub address: Option<String>,
    /// `chosen`, `unset`, `missing`, `outranked`
    pub fate: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineFacts {
    pub endpoint: String,
    pub chosen_because: String,
    pub version: String,
    pub host: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckUp {
    /// Version of this shape; fields only grow.
    pub v: u32,
    pub checks: Vec<Check>,
    pub engine: Option<EngineFacts>,
    /// Strongest first.
    pub candidates: Vec<Place>,
}

impl CheckUp {
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Fail)
    }

    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// Columns before the text of a check.
const INDENT: usize = 17;

pub fn table(check_up: &CheckUp, colour: Colour) -> String {
    let mut out = String::new();
    let mut last = "";
    for check in &check_up.checks {
        let name = if check.name == last { "" } else { check.name };
        last = check.name;
        let verdict = colour.paint(check.verdict.paint(), format!("{:<5}", check.verdict.word()));
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{name:<10} {verdict} {}", check.text);
        for detail in &check.details {
            let _ = writeln!(out, "{:INDENT$}{detail}", "");
        }
        if check.name == "engine" {
            places(&check_up.candidates, colour, &mut out);
        }
        for next in &check.next {
            let _ = writeln!(out, "{:INDENT$}{} {next}", "", colour.paint(Paint::Bold, "next:"));
        }
    }
    out
}

fn places(places: &[Place], colour: Colour, out: &mut String) {
    let width = places.iter().map(|place| place.source.chars().count()).max().unwrap_or_default();
    for place in places {
        let said = match &place.address {
            Some(address) if *address == format!("unix://{}", place.source) => place.fate.to_owned(),
            Some(address) => format!("{address} ({})", place.fate),
            None => place.fate.to_owned(),
        };
        let line = format!("{:<width$}  {said}", place.source);
        let paint = if place.fate == "chosen" { Paint::Bold } else { Paint::Dim };
        let _ = writeln!(out, "{:INDENT$}{}", "", colour.paint(paint, line));
    }
}

/// `3.1 GiB`
pub fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut amount = bytes as f64;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < units.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{amount:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_name_stand_under_it_and_the_engine_shows_its_candidates() {
        let check_up = CheckUp {
            v: 1,
            checks: vec![
                Check::new("engine", Verdict::Ok, "unix:///a.sock   Docker 28 (API 1.50)").detail("chosen because x"),
                Check::new("registries", Verdict::Ok, "a.example (helper: pass)"),
                Check::new("registries", Verdict::Fail, "b.example").next("install it"),
            ],
            engine: None,
            candidates: vec![
                Place { source: "--host".into(), address: None, fate: "unset" },
                Place { source: "DOCKER_HOST".into(), address: Some("unix:///a.sock".into()), fate: "chosen" },
                Place { source: "/b.sock".into(), address: Some("unix:///b.sock".into()), fate: "outranked" },
            ],
        };
        let expected = "\
engine     ok    unix:///a.sock   Docker 28 (API 1.50)
                 chosen because x
                 --host       unset
                 DOCKER_HOST  unix:///a.sock (chosen)
                 /b.sock      outranked
registries ok    a.example (helper: pass)
           fail  b.example
                 next: install it
";
        assert_eq!(table(&check_up, Colour::Off), expected);
        assert!(check_up.failed());
        assert_eq!(size(3_328_599_654), "3.1 GiB");
        assert_eq!(size(1023), "1023 B");
    }
}
