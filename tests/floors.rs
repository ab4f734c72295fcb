//! The house rules that no compiler checks: who may import whom, where `async` begins, which package lives in which room.
//!
//! One crate gives no help with layering, so this test reads the sources. It knows just enough Rust for that: comments and
//! strings are skipped, every path that begins with `crate::` or `super::` is followed, wherever in a file it stands, tests
//! included. The rules themselves are the tables below; the map for people is in the README and in `src/lib.rs`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that reads the sources")]

use std::fmt;
use std::path::{Path, PathBuf};

struct Room {
    module: &'static str,
    floor: u8,
    /// Rooms of the same floor that it may import all the same. They stand above it in the table, so no circle can arise.
    beside: &'static [&'static str],
}

const fn room(floor: u8, module: &'static str, beside: &'static [&'static str]) -> Room {
    Room { module, floor, beside }
}

/// The house, bottom up. A file belongs to the longest entry that its module path begins with.
const ROOMS: &[Room] = &[
    // ground
    room(1, "source", &[]),
    room(1, "finding", &["source"]),
    room(1, "name", &[]),
    room(1, "source::yaml", &["source", "finding", "name"]), // the reader reports what it finds
    room(1, "source::edit", &["source", "finding", "source::yaml"]), // writes fixes as edits
    room(1, "source::toml", &["source", "finding", "source::yaml"]), // the same tree from another notation
    // language
    room(2, "image", &[]),
    room(2, "text", &[]),
    room(2, "tree", &[]),
    room(2, "version", &[]),
    // model
    room(3, "descriptor", &[]),
    room(3, "target", &[]),
    room(3, "registry", &["descriptor", "target"]),
    room(3, "config", &["target"]), // describes targets too
    room(3, "operation", &["registry"]),
    // stages
    room(4, "stage", &[]),
    // judgement
    room(5, "plan", &[]),
    room(5, "lint", &["plan"]), // its table of parameters, and what a descriptor would come to
    // ports
    room(6, "disk", &[]),
    room(6, "package", &["disk"]), // opens what `disk` finds
    room(6, "engine", &[]),
    room(6, "store", &[]),
    // work
    room(7, "deploy", &[]),
    // faces
    room(8, "report", &[]),
    room(8, "lsp", &["report"]),
    room(8, "cli", &["report", "lsp"]),
    room(9, "main", &[]),
];

/// Inside `stage`, a file imports only those that stand before it in the pipeline. `order` stands so early because it looks
/// at names alone; `renew` runs the last stages again for a subscriber, and `survey` all of them.
const PIPELINE: &[&str] = &[
    "namespace",
    "correct",
    "system",
    "scope",
    "close",
    "supply",
    "names",
    "load",
    "order",
    "merge",
    "fill",
    "attach",
    "lookup",
    "bind",
    "environment",
    "offer",
    "renew",
    "survey",
];

/// Each of these packages is known to one place only, so that it can be replaced there.
const FENCES: &[(&str, &[&str])] = &[
    ("bollard", &["engine"]),
    ("rusqlite", &["store"]),
    ("miette", &["report::human"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli::completions", "cli::live"]),
    ("clap_mangen", &["cli::man"]),
    ("indicatif", &["report"]),
    ("granit_parser", &["source::yaml"]),
    ("serde_saphyr", &["report::yaml"]),
    ("serde_yaml", &["target", "cli", "report::yaml"]), // there only as a witness in a test
    ("toml", &["source::toml", "config"]),              // `config` calls our own reader of that name
    ("ignore", &["config", "disk"]),
    ("similar", &["report::diff"]),
    ("flate2", &["package"]),
    ("crc32fast", &["package"]),
    ("tar", &["package", "engine::services_file", "store::archive", "store::backup_tests"]),
    ("quick_xml", &["registry", "store", "report::lint"]), // the files that others exchange entries in, and forms of findings
];

/// Waiting begins at the ports; what lies below is functions from value to value.
const FIRST_ASYNC_FLOOR: u8 = 6;

#[test]
fn the_house_rules_hold() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 20, "the sources are not where this test looks: {}", src.display());
    let mut broken: Vec<Violation> = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let shown = file.strip_prefix(src.parent().unwrap()).unwrap().to_string_lossy().replace('\\', "/");
        broken.extend(check(&shown, &text));
    }
    let list: Vec<String> = broken.iter().map(Violation::to_string).collect();
    assert!(list.is_empty(), "{} house rules broken:\n{}", list.len(), list.join("\n"));
}

#[test]
fn the_readme_maps_every_room_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, map) = readme.split_once("\n## Code map\n").expect("the README has a code map");
    // Rooms are the names in backticks in the second column.
    let mapped: Vec<&str> =
        map.lines().filter_map(|line| line.split('|').nth(2)?.trim().strip_prefix('`')?.strip_suffix('`')).collect();
    let mut rooms: Vec<String> = std::fs::read_dir(root.join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|room| room != "lib" && room != "main")
        .collect();
    rooms.sort();
    let missing: Vec<&String> = rooms.iter().filter(|room| !mapped.contains(&room.as_str())).collect();
    let gone: Vec<&&str> = mapped.iter().filter(|room| !rooms.iter().any(|there| there == **room)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "README, code map: missing {missing:?}, no longer there {gone:?}");
}

#[test]
fn the_table_of_rooms_has_no_circle() {
    for (index, room) in ROOMS.iter().enumerate() {
        for neighbour in room.beside {
            let above = ROOMS[..index].iter().find(|other| other.module == *neighbour);
            assert!(above.is_some_and(|other| other.floor == room.floor), "{} beside {neighbour}", room.module);
        }
    }
}

#[test]
fn broken_rules_are_seen() {
    let doc = "//! Why this file is here.\n";
    let cases: &[(&str, &str, &[&str])] = &[
        // what is allowed
        ("src/plan/mod.rs", "use crate::{name::MtaId, stage::{self, bind::Bound}};\nfn f() { crate::tree::x() }", &[]),
        ("src/cli/plan.rs", "use crate::report::human;\nuse super::exit::Exit;\nuse clap::Args;", &[]),
        ("src/source/yaml.rs", "use super::Span;\nuse crate::finding::Finding;\nuse granit_parser::Parser;", &[]),
        ("src/stage/bind.rs", "use super::fill::Filled;\nuse super::scope;\nuse crate::stage::Stages;", &[]),
        ("src/tree/mod.rs", "/// See [`crate::report`].\nconst A: &str = \"crate::cli\"; // crate::cli\n", &[]),
        (
            "src/tree/mod.rs",
            "const A: &str = r#\"a \" crate::cli\"#; const C: char = '\"'; fn f<'a>(x: &'a str) {}",
            &[],
        ),
        ("src/engine/docker.rs", "use bollard::Docker;\nasync fn f() { g().await }", &[]),
        // what is not
        ("src/stage/fill.rs", "use crate::plan::Plan;", &["2: floor: `stage` (floor 4) imports `plan` (floor 5)"]),
        (
            "src/tree/mod.rs",
            "fn f() {\n  crate::stage::fill::x()\n}",
            &["3: floor: `tree` (floor 2) imports `stage` (floor 4)"],
        ),
        (
            "src/tree/read.rs",
            "use super::super::{name::A, report::{self, B}};",
            &["2: floor: `tree` (floor 2) imports `report` (floor 8)"],
        ),
        ("src/report/human.rs", "use crate::cli::Global;", &["2: floor: `report` (floor 8) imports `cli` beside it"]),
        (
            "src/engine/docker.rs",
            "mod tests {\n use super::super::super::store::S;\n}",
            &["3: floor: `engine` (floor 6) imports `store` beside it"],
        ),
        (
            "src/source/mod.rs",
            "pub(in crate::finding) fn f() {}",
            &["2: floor: `source` (floor 1) imports `finding` beside it"],
        ),
        (
            "src/stage/fill.rs",
            "use super::bind::Bound;",
            &["2: pipeline: `stage::fill` imports `stage::bind`, which stands after it"],
        ),
        ("src/stage/misc.rs", "", &["1: pipeline: `misc` is in no table (tests/floors.rs, PIPELINE)"]),
        ("src/plan/mod.rs", "use crate::misc::x;", &["2: rooms: `misc` is in no table (tests/floors.rs, ROOMS)"]),
        ("src/misc.rs", "", &["1: rooms: `misc` is in no table (tests/floors.rs, ROOMS)"]),
        (
            "src/plan/mod.rs",
            "async fn f() {\n g().await }",
            &["2: async: `async` below floor 6", "3: async: `await` below floor 6"],
        ),
        ("src/stage/mod.rs", "fn f() -> impl Future {}", &["2: async: `Future` below floor 6"]),
        ("src/store/mod.rs", "use bollard::Docker;", &["2: package: `bollard` belongs to `engine` alone"]),
        (
            "src/report/short.rs",
            "fn f() -> miette::Report {}",
            &["2: package: `miette` belongs to `report::human` alone"],
        ),
        ("src/lib.rs", "use rusqlite as sql;", &["2: package: `rusqlite` belongs to `store` alone"]),
    ];
    for (path, text, expected) in cases {
        let found: Vec<String> =
            check(path, &format!("{doc}{text}")).iter().map(|v| format!("{}: {}", v.line, v.rule)).collect();
        assert_eq!(&found, expected, "{path}\n{text}");
    }
    let bare = check("src/plan/unit.rs", "use crate::name::A;");
    assert_eq!(
        bare[0].to_string(),
        "src/plan/unit.rs:1: comment: the file does not begin with `//!`, saying why it is there"
    );
}

struct Violation {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// Checks one file. `path` is relative to the project: `src/stage/fill.rs`.
fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut broken = Vec::new();
    let mut tell = |line: usize, rule: String| broken.push(Violation { file: path.to_owned(), line, rule });
    if !text.starts_with("//!") {
        tell(1, "comment: the file does not begin with `//!`, saying why it is there".to_owned());
    }
    let here = module_of(path);
    let own = room_of(&here);
    if own.is_none() && !here.is_empty() {
        tell(1, format!("rooms: `{}` is in no table (tests/floors.rs, ROOMS)", here[0]));
    }
    if let ["stage", stage, ..] = here[..]
        && !PIPELINE.contains(&stage)
    {
        tell(1, format!("pipeline: `{stage}` is in no table (tests/floors.rs, PIPELINE)"));
    }
    let words = words(text);
    for (line, used) in paths(&words, &here) {
        let Some(own) = own else { continue };
        let Some(first) = used.first() else { continue };
        let Some(other) = room_of(&used) else {
            tell(line, format!("rooms: `{first}` is in no table (tests/floors.rs, ROOMS)"));
            continue;
        };
        if other.floor > own.floor {
            let (from, to) = (own.module, other.module);
            tell(line, format!("floor: `{from}` (floor {}) imports `{to}` (floor {})", own.floor, other.floor));
        } else if other.floor == own.floor && other.module != own.module && !own.beside.contains(&other.module) {
            tell(line, format!("floor: `{}` (floor {}) imports `{}` beside it", own.module, own.floor, other.module));
        }
        if let (Some(from), Some(to)) = (pipeline_place(&here), pipeline_place(&used))
            && to > from
        {
            tell(line, format!("pipeline: `{}` imports `stage::{}`, which stands after it", here.join("::"), used[1]));
        }
    }
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| words[i].text);
        let after = words.get(index + 1).map(|word| word.text);
        if own.is_some_and(|room| room.floor < FIRST_ASYNC_FLOOR) && ["async", "await", "Future"].contains(&word.text) {
            tell(word.line, format!("async: `{}` below floor {FIRST_ASYNC_FLOOR}", word.text));
        }
        let names_package = (after == Some("::") && before != Some("::")) || before == Some("use");
        if let Some((package, rooms)) = FENCES.iter().find(|(package, _)| *package == word.text)
            && names_package
            && !rooms.iter().any(|room| is_within(&here, room))
        {
            tell(word.line, format!("package: `{package}` belongs to `{}` alone", rooms.join("` and `")));
        }
    }
    // A group of imports breaks the same rule once, not once per name.
    broken.dedup_by(|a, b| a.line == b.line && a.rule == b.rule);
    broken
}

/// `src/stage/fill.rs` → `stage`, `fill`; `src/lib.rs` → nothing.
fn module_of(path: &str) -> Vec<&str> {
    let path = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    path.split('/').filter(|part| *part != "mod" && *part != "lib").collect()
}

fn is_within(module: &[&str], room: &str) -> bool {
    let room: Vec<&str> = room.split("::").collect();
    module.starts_with(&room)
}

fn room_of(module: &[&str]) -> Option<&'static Room> {
    ROOMS.iter().filter(|room| is_within(module, room.module)).max_by_key(|room| room.module.len())
}

fn pipeline_place(module: &[&str]) -> Option<usize> {
    match module {
        ["stage", stage, ..] => PIPELINE.iter().position(|name| name == stage),
        _ => None,
    }
}

/// Every path into the crate that a file names, as module path from the root, with its line.
fn paths<'t>(words: &[Word<'t>], here: &[&'t str]) -> Vec<(usize, Vec<&'t str>)> {
    let mut found = Vec::new();
    // Names of the inline modules around, and the depth of braces at which each began.
    let mut inside: Vec<(&str, usize)> = Vec::new();
    let mut depth = 0_usize;
    for (index, word) in words.iter().enumerate() {
        let next = |ahead: usize| words.get(index + ahead).map(|word| word.text);
        match word.text {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inside.pop_if(|(_, began)| *began == depth);
            }
            "mod" if next(2) == Some("{") => inside.push((next(1).unwrap_or(""), depth)),
            "crate" => follow(words, index + 1, Vec::new(), &mut found),
            "super" if index.checked_sub(2).map(|i| words[i].text) != Some("super") => {
                let mut base = [here, &inside.iter().map(|(name, _)| *name).collect::<Vec<_>>()].concat();
                let mut at = index;
                base.pop();
                while words.get(at + 1).map(|word| word.text) == Some("::")
                    && words.get(at + 2).map(|word| word.text) == Some("super")
                {
                    base.pop();
                    at += 2;
                }
                follow(words, at + 1, base, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Follows a path from the `::` at `at` on; groups in braces give one path each. Returns where the path ends.
fn follow<'t>(words: &[Word<'t>], mut at: usize, base: Vec<&'t str>, found: &mut Vec<(usize, Vec<&'t str>)>) {
    let mut path = base;
    let line = words.get(at).map_or(0, |word| word.line);
    while words.get(at).map(|word| word.text) == Some("::") {
        match words.get(at + 1) {
            Some(word) if word.is_name() => path.push(word.text),
            Some(word) if word.text == "{" => {
                let (mut at, mut depth) = (at + 1, 0);
                while let Some(word) = words.get(at) {
                    match word.text {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    let begins = matches!(words[at - 1].text, "{" | ",") && depth == 1;
                    if begins && word.is_name() {
                        let mut start = path.clone();
                        start.extend((word.text != "self").then_some(word.text));
                        follow(words, at + 1, start, found);
                    }
                    at += 1;
                    if depth == 0 {
                        return;
                    }
                }
                return;
            }
            _ => break,
        }
        at += 2;
    }
    found.push((line, path));
}

#[derive(Clone, Copy)]
struct Word<'t> {
    line: usize,
    text: &'t str,
}

impl Word<'_> {
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Names, `::` and single signs; comments, strings, characters and lifetimes are left out.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = string_length(rest) {
            length
        } else if first == '\'' {
            character_length(rest)
        } else if name > 0 {
            words.push(Word { line, text: &rest[..name] });
            name
        } else if rest.starts_with("::") {
            words.push(Word { line, text: "::" });
            2
        } else {
            if !first.is_whitespace() {
                words.push(Word { line, text: &rest[..first.len_utf8()] });
            }
            first.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    words
}

/// The length of the string literal that `rest` begins with, of any kind: `"…"`, `b"…"`, `r#"…"#`.
fn string_length(rest: &str) -> Option<usize> {
    let prefix = rest.find(|c| !matches!(c, 'b' | 'c' | 'r')).filter(|length| *length <= 2)?;
    let hashes = rest[prefix..].bytes().take_while(|b| *b == b'#').count();
    let raw = rest[..prefix].contains('r');
    let open = prefix + hashes;
    if !rest[open..].starts_with('"') || (hashes > 0 && !raw) {
        return None;
    }
    if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(rest[open + 1..].find(&close).map_or(rest.len(), |end| open + 1 + end + close.len()));
    }
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(open + 1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(index + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// The length of `'x'`, `'\n'`, `'\u{1}'`; of the quote alone when it begins a lifetime.
fn character_length(rest: &str) -> usize {
    let body = &rest[1..];
    if let Some(escape) = body.strip_prefix('\\') {
        let skip = escape.chars().next().map_or(0, char::len_utf8);
        return escape[skip..].find('\'').map_or(rest.len(), |end| 2 + skip + end + 1);
    }
    match body.chars().next() {
        Some(c) if body[c.len_utf8()..].starts_with('\'') => 1 + c.len_utf8() + 1,
        _ => 1,
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}
