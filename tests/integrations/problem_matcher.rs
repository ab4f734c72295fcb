//! Problem matchers, held against what `lint -o short` really prints: all of `testdata` that has findings.

use super::{WINDLASS, WRONG, command, root, said};
use regex_lite::Regex;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// `(file, line, column, severity, code, message)`.
type Place = (String, u64, u64, String, String, String);

struct Matcher {
    pattern: Value,
    regexp: Regex,
    severity: Option<String>,
}

impl Matcher {
    fn new(matcher: &Value) -> Matcher {
        let pattern = matcher["pattern"].get(0).unwrap_or(&matcher["pattern"]).clone();
        let regexp = Regex::new(pattern["regexp"].as_str().unwrap()).unwrap();
        Matcher { pattern, regexp, severity: matcher["severity"].as_str().map(str::to_owned) }
    }

    fn read(&self, line: &str) -> Option<Place> {
        let groups = self.regexp.captures(line)?;
        let group = |key: &str| Some(groups.get(self.pattern[key].as_u64()? as usize).unwrap().as_str().to_owned());
        let number = |key: &str| group(key).unwrap().parse().unwrap();
        let severity = group("severity").or_else(|| self.severity.clone()).unwrap();
        Some((group("file")?, number("line"), number("column"), severity, group("code")?, group("message")?))
    }
}

/// What a matcher of this file makes of each line.
fn places(matchers: &[Matcher], lines: &str) -> Vec<Place> {
    lines.lines().filter_map(|line| matchers.iter().find_map(|matcher| matcher.read(line))).collect()
}

fn descriptors(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            descriptors(&path, found);
        } else if path.file_name().is_some_and(|name| name == "mtad.yaml") {
            found.push(path);
        }
    }
}

fn printed(form: &str, home: &Path) -> String {
    let mut files = Vec::new();
    descriptors(&root().join("testdata/stages"), &mut files);
    descriptors(&root().join("testdata/read"), &mut files);
    assert!(files.len() > 50);
    std::fs::write(home.join("wrong: a mtad.yaml"), WRONG).unwrap();
    let mut lint = command(WINDLASS, home);
    let output =
        lint.current_dir(home).args(["lint", "wrong: a mtad.yaml"]).args(&files).args(["-o", form]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// Every finding of the JSON output is read from its line, with the severity that `word` makes of it.
fn reads_every_finding(matchers: &[Matcher], word: impl Fn(&str) -> &str) {
    let home = tempfile::tempdir().unwrap();
    let read = places(matchers, &printed("short", home.path()));
    let mut expected = Vec::new();
    for line in printed("json-lines", home.path()).lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let number = |key: &str| finding["location"][key].as_u64().unwrap();
        let severity = text(&finding["severity"]);
        let at = (text(&finding["filename"]), number("row"), number("column"));
        expected.push((
            at.0,
            at.1,
            at.2,
            word(&severity).to_owned(),
            text(&finding["code"]),
            text(&finding["message"]),
        ));
    }
    assert!(expected.len() > 100 && expected.iter().any(|place| place.0.contains(": ")));
    assert_eq!(read.len(), expected.len());
    for (read, expected) in read.iter().zip(&expected) {
        let place = |place: &Place| (place.0.clone(), place.1, place.2, place.3.clone(), place.4.clone());
        assert_eq!(place(read), place(expected));
        let first = expected.5.lines().next().unwrap();
        assert!(read.5.starts_with(first), "{:?} is not the beginning of {:?}", first, read.5);
    }
}

#[test]
fn github_reads_every_line_of_the_form_short() {
    let file = json("ci/github/problem-matcher.json");
    let matchers: Vec<Matcher> = file["problemMatcher"].as_array().unwrap().iter().map(Matcher::new).collect();
    // A runner knows three severities.
    reads_every_finding(&matchers, |severity| match severity {
        "error" | "warning" => severity,
        _ => "notice",
    });
}

#[test]
fn visual_studio_code_reads_every_line_of_the_form_short() {
    let manifest = json("editors/vscode/package.json");
    let matchers: Vec<Matcher> =
        manifest["contributes"]["problemMatchers"].as_array().unwrap().iter().map(Matcher::new).collect();
    assert_eq!(matchers.len(), 1);
    reads_every_finding(&matchers, |severity| severity);
}

#[test]
fn other_lines_are_left_alone() {
    let file = json("ci/github/problem-matcher.json");
    let matchers: Vec<Matcher> = file["problemMatcher"].as_array().unwrap().iter().map(Matcher::new).collect();
    let lines = "3 errors in 2 files\nerror: cannot read `mtad.yaml`\nmtad.yaml:1: error\n12:03:11 web started\n";
    assert_eq!(places(&matchers, lines), []);
}
