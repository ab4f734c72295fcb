//! Every finding has a page, and the page is right: its bad example raises the finding, its good one raises no error.
//!
//! The examples leave out the three lines that every descriptor begins with; a block's info string names its file
//! (```` ```yaml prod.mtaext ````), the descriptor where it names none. One named `archive` is a recipe for one.
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "shared with tests/cases")]
mod recipe;

use std::io::{Cursor, Write as _};
use std::sync::Arc;
use windlass::config::{self, Layers, Settings};
use windlass::finding::{Applicability, CODES, Code, Findings};
use windlass::lint::control::{self, Comments, Control, Looked, Strictness};
use windlass::lint::{self, Job};
use windlass::package::parameters::{self, Absence};
use windlass::package::{self, Archive, Origin, files::Zip};
use windlass::plan::desired::{self, Wishes};
use windlass::registry::Entry;
use windlass::source::{Sources, yaml};
use windlass::stage;
use windlass::target::supply::{Ask, Giver, Hidden, Supplies, Supply};
use windlass::target::{self, Compat, Facts, Generator, Space, Target};
use windlass::tree::{self, Value};

/// Pages whose examples do not go through the pipeline, and why.
const NOT_RUN: [(&str, &str); 10] = [
    ("stale-baseline", "a baseline is of an earlier run; testdata/faces/known-findings-are-held-back has one"),
    ("content-missing", "no files stand beside a page; tests/cases/pack.rs has some"),
    ("content-unusable", "no files stand beside a page; tests/cases/pack.rs has some"),
    ("bad-setting", "a command line is no descriptor; testdata/faces/settings-go-over-all-extensions has some"),
    (
        "secret-on-command-line",
        "a command line is no descriptor; testdata/faces/settings-go-over-all-extensions has one",
    ),
    (
        "bad-secure-parameter",
        "variables are no descriptor; testdata/faces/secure-parameters-come-from-variables has some",
    ),
    ("bad-selection", "a command line is no descriptor; testdata/plan/a-name-that-is-not-there-is-told has some"),
    ("version-refused", "it depends on what is deployed; testdata/plan/a-lower-version-is-refused has one"),
    ("yaml-encoding", "bytes that are not UTF-8 cannot stand in a page; tests/cli.rs reads such a file"),
    ("variable-too-long", "no page should hold a variable of 128 KiB"),
];

#[test]
fn every_page_has_its_parts_in_order() {
    for code in CODES {
        let page = code.explain;
        assert!(page.starts_with(&format!("# {}\n\n", code.title)), "{}: the page begins with the title", code.id);
        let mut from = 0;
        for part in ["\n## Why it matters\n\n", "\n## How to fix it\n\n", "\n## Bad\n\n```", "\n## Good\n\n```"] {
            let at = page[from..].find(part).unwrap_or_else(|| panic!("{}: no part {part:?}", code.id));
            from += at + part.len();
        }
        assert!(page.ends_with("```\n") && page.matches("```").count() % 2 == 0, "{}: an open fence", code.id);
    }
}

#[test]
fn bad_examples_raise_the_finding_and_good_ones_no_error() {
    let mut wrong = Vec::new();
    for code in CODES.iter().filter(|code| NOT_RUN.iter().all(|(id, _)| *id != code.id)) {
        let (bad, good) = code.explain.split_once("\n## Bad\n").unwrap().1.split_once("\n## Good\n").unwrap();
        let found = run(bad, code);
        if !found.iter().any(|finding| finding.code == *code) {
            wrong.push(format!("{}: the bad example raises {}", code.id, listed(&found)));
        }
        // A name is changed with all that refers to it, which is worked out for the whole document where fixes are made.
        let fixes = found.iter().filter(|finding| finding.code == *code).filter_map(|finding| finding.fix.as_ref());
        let best = fixes.map(|fix| fix.applicability).min_by_key(|fix| *fix != Applicability::Safe);
        if best.is_some_and(|best| {
            code.fix.is_none() || (best, code.fix) == (Applicability::Safe, Some(Applicability::Unsafe))
        }) {
            wrong.push(format!("{}: brings a fix that is {best:?}; the catalogue says {:?}", code.id, code.fix));
        }
        if best.is_none() && code.fix.is_some() && code.id != "schema-bad-name" {
            wrong.push(format!("{}: the catalogue says that it brings a fix, and the bad example has none", code.id));
        }
        let found = run(good, code);
        if found.iter().any(|finding| finding.code == *code) || found.has_errors() {
            wrong.push(format!("{}: the good example raises {}", code.id, listed(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} pages are wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// `lint --rules` and `explain` know all codes of the catalogue, and no others.
#[test]
fn the_list_of_rules_is_the_catalogue() {
    let windlass = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_windlass")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let rules: serde_json::Value = serde_json::from_str(&windlass(&["lint", "--rules", "-o", "json"])).unwrap();
    let told: Vec<&str> = rules.as_array().unwrap().iter().map(|rule| rule["code"].as_str().unwrap()).collect();
    let known: Vec<&str> = CODES.iter().map(|code| code.id).collect();
    assert_eq!(told, known);
    let table = windlass(&["lint", "--rules"]);
    assert_eq!(table.lines().count(), CODES.len() + 1, "{table}");
    for (row, code) in table.lines().skip(1).zip(CODES) {
        assert!(row.starts_with(code.id) && row.contains(code.severity.word()) && row.ends_with(code.title), "{row}");
    }
    let list = windlass(&["explain"]);
    assert_eq!(list.lines().count(), CODES.len(), "{list}");
    for code in CODES {
        assert!(list.contains(&format!(" {} ", code.id)), "{}", code.id);
        assert_eq!(windlass(&["explain", code.id]), code.explain);
    }
}

fn listed(findings: &Findings) -> String {
    let list: Vec<String> =
        findings.iter().map(|finding| format!("{} ({})", finding.code.id, finding.message)).collect();
    if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
}

/// Sends the blocks of an example through the pipeline, up to what is wanted of the engine.
fn run(example: &str, code: &Code) -> Findings {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let space = Space { org: "local".into(), space: "dev".into() };
    let mut target = Target::built_in(space.clone(), None, Compat::Documented);
    let (mut descriptor, mut extensions, mut origin) = (None, Vec::new(), Origin::Nowhere);
    let mut layers = Layers::default();
    for (name, text) in blocks(example) {
        if name == "archive" {
            let mut archive = Cursor::new(recipe::build(&text));
            let read = package::read(&mut sources, "app.mtar", &mut archive).unwrap();
            let Some((inside, contents, manifest)) = findings.keep(read) else { return findings };
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(archive.get_ref()).unwrap();
            let zip = Arc::new(Zip { name: "app.mtar".into(), file });
            origin = Origin::Archive(Archive { zip, contents, manifest });
            descriptor = Some(inside);
        } else if name.ends_with(".mtaext") {
            extensions.push(sources.add(name, headed(&text, "ID: shop.prod\nextends: shop\n")));
        } else if name == "windlass.toml" {
            let file = sources.add(name, text);
            layers.under(findings.keep(config::read(&sources, file)), "/");
        } else if name == "target.yaml" {
            let file = sources.add(name, text);
            let node = findings.keep(yaml::read(&sources, file)).unwrap();
            target = findings.keep(target::read::read(&target, &node));
        } else {
            descriptor = Some(sources.add(name, headed(&text, "ID: shop\nversion: 1.0.0\n")));
        }
    }
    let facts = Facts {
        timestamp: "0".into(),
        user: "tester".into(),
        engine_url: "unix:///engine".into(),
        generated: Generator::new([0; 32]),
        supplies: supplies(),
    };
    if control::CODES.contains(&code) && descriptor.is_none() {
        return findings;
    }
    if lint::codes().any(|known| known == code) || control::CODES.contains(&code) {
        let job = Job {
            sources: &sources,
            file: descriptor.unwrap(),
            extensions: &extensions,
            given: &[],
            target: &target,
            target_is_known: true,
            facts: &facts,
            beside: &|_, _| false,
        };
        let found = lint::check(&job);
        let looked = [Looked { file: job.file, alone: extensions.is_empty(), sound: !found.has_errors() }];
        let settings = Settings::of(&layers);
        let control = Control {
            sources: &sources,
            settings: &|_| &settings,
            looked: &looked,
            comments: Comments::Heeded,
            strictness: Strictness::Usual,
            place: &|_| None,
        };
        findings.extend(control.apply(found));
        return findings.into_iter().filter(|finding| finding.code.id != "missing-image").collect();
    }
    let Some(merged) = findings.keep(stage::combine(&sources, descriptor.unwrap(), &extensions, &target)) else {
        return findings;
    };
    let Some(mut asking) = findings.keep(stage::ask(merged, &target, &facts)) else { return findings };
    asking.attach(&findings.keep(parameters::attached(&mut sources, &origin, &asking.filled, &target, Absence::Error)));
    let entries =
        if code.id == "config-several-matches" { vec![entry(1, &space), entry(2, &space)] } else { Vec::new() };
    let answers = vec![entries; asking.questions.len()];
    let Some(stages) = findings.keep(stage::conclude(asking, answers, &target)) else { return findings };
    findings.keep(desired::desired(stages, &target, &sources, &Wishes::default()));
    // Most examples are about something else, and shorter without an image.
    findings.into_iter().filter(|finding| finding.code.id != "missing-image" || code.id == "missing-image").collect()
}

/// One secret, for the examples that ask for it.
fn supplies() -> Supplies {
    let ask = Ask { giver: Giver::Vault, name: "db-password".into() };
    Supplies::looked_up([(ask, Supply::Given(Hidden::new("hunter2")))].into_iter().collect())
}

fn entry(row: i64, space: &Space) -> Entry {
    let content = windlass::tree::read::read_json(r#"{"url": "https://other.example.org"}"#, &tree::Origin::Nowhere);
    Entry {
        row: Some(row),
        provider_nid: Some("mta".into()),
        provider_id: "other:api".into(),
        provider_version: Some(format!("{row}.0.0")),
        provider_namespace: None,
        target: space.clone(),
        content: Some(content.unwrap_or_else(|_| Value::text("", tree::Origin::Nowhere))),
        visibility: None,
        module: None,
    }
}

fn headed(text: &str, rest: &str) -> String {
    let bare = !text.contains("_schema-version") && text.contains(':');
    if bare { format!("_schema-version: \"3.1\"\n{rest}{text}") } else { text.to_owned() }
}

/// File name and content of each fenced block.
fn blocks(example: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in example.lines() {
        match line.strip_prefix("```") {
            Some(info) if !open => {
                let name = info.split_whitespace().nth(1).unwrap_or("mtad.yaml");
                blocks.push((name.to_owned(), String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let (_, text) = blocks.last_mut().unwrap();
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    blocks
}
