//! Each difference in `docs/compatibility.md` has an example, a reason, and something that shows it.
//!
//! An example that is not run becomes untrue one day. So what a row says is written, and what windlass makes of it (its code
//! spans), must stand in what the row is shown by: in the files of a claim, which other tests of this program run, or in the test that is named. A span may be
//! given as YAML in its own way, with fewer keys than the file: `{name: db, list: L}` is found in any map that holds these two.

use serde_yaml::Value;
use std::fs;
use std::path::Path;

const COLUMNS: [&str; 6] = ["What", "Written", "The deploy service", "windlass", "Why", "Shown by"];
const COLUMNS_UNDER_COMPAT: [&str; 6] =
    ["What", "Written", "`documented` (default)", "`deploy-service`", "Why", "Shown by"];

#[test]
fn every_difference_has_an_example_that_is_run_and_a_reason() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compatibility.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells = cells(line);
        if cells.first() == Some(&"What") {
            assert!(cells == COLUMNS || cells == COLUMNS_UNDER_COMPAT, "other columns: {line}");
            continue;
        }
        rows += 1;
        wrong.extend(wrong_with(&cells).into_iter().map(|what| format!("{}: {what}", cells[0])));
    }
    assert!(rows > 80, "the tables are not found: {rows} rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_row_without_example_reason_or_proof_is_noticed() {
    let told = |row: &str| wrong_with(&cells(row)).join("; ");
    let shown = "[claim](../testdata/order/requires-decide)";
    let row = |written: &str, why: &str, shown: &str| told(&format!("| a | {written} | b | c | {why} | {shown} |"));
    assert_eq!(row("`{name: web, requires: [{name: api}]}`", "so", shown), "");
    assert_eq!(row("- {name: worker, type: application}", "so", shown), "it has no example");
    assert_eq!(
        row("`{name: web, requires: [{name: ap}]}`", "so", shown),
        "nothing runs `{name: web, requires: [{name: ap}]}`"
    );
    assert_eq!(row("`name: web`", "", shown), "a cell is empty");
    assert_eq!(told(&format!("| a | `name: web` | b | `web` and `wbe` | so | {shown} |")), "nothing says `wbe`");
    assert_eq!(row("`name: web`", "so", "nothing"), "nothing shows it");
    assert_eq!(row("`name: web`", "so", "[claim](../testdata/order/nowhere)"), "no folder testdata/order/nowhere");
    let test = "[`no_such_test`](../tests/cases/compatibility.rs)";
    assert_eq!(row("`name: web`", "so", test), "tests/cases/compatibility.rs has no test no_such_test");
    assert_eq!(told("| a | `b` | c |"), "3 cells instead of 6");
}

fn cells(row: &str) -> Vec<&str> {
    let inner = row.trim().trim_start_matches("| ").trim_end_matches('|');
    inner.split(" | ").map(str::trim).collect()
}

fn wrong_with(cells: &[&str]) -> Vec<String> {
    let &[_, written, _, windlass, _, shown_by] = cells else {
        return vec![format!("{} cells instead of 6", cells.len())];
    };
    if cells.iter().any(|cell| cell.is_empty()) {
        return vec!["a cell is empty".into()];
    }
    let (shown, mut wrong) = shown(shown_by);
    if !wrong.is_empty() {
        return wrong;
    }
    if shown.is_empty() {
        return vec!["nothing shows it".into()];
    }
    let examples: Vec<&str> = spans(written).collect();
    if examples.is_empty() {
        wrong.push("it has no example".into());
    }
    let missing = |span: &&str| !shown.iter().any(|text| stands_in(span, text));
    wrong.extend(examples.into_iter().filter(missing).map(|example| format!("nothing runs `{example}`")));
    // Options and commands are the business of docs/reference/commands.md.
    let said = spans(windlass).filter(|span| !span.starts_with("--") && !span.starts_with("windlass "));
    wrong.extend(said.filter(missing).map(|outcome| format!("nothing says `{outcome}`")));
    wrong
}

fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The texts of the claims and tests that the last cell leads to, and the links that lead nowhere.
fn shown(cell: &str) -> (Vec<String>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut texts, mut wrong) = (Vec::new(), Vec::new());
    for link in cell.split('[').skip(1) {
        let (name, path) = link.split_once("](../").expect("a link to a file of the project");
        let path = path.split(')').next().unwrap_or_default();
        if let Some(test) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
            let code = fs::read_to_string(root.join(path)).unwrap_or_default();
            match code.split_once(&format!("fn {test}()")) {
                Some((_, body)) => texts.push(body.split("#[test]").next().unwrap_or_default().to_owned()),
                None => wrong.push(format!("{path} has no test {test}")),
            }
        } else if root.join(path).is_dir() {
            texts_of(&root.join(path), &mut texts);
        } else {
            wrong.push(format!("no folder {path}"));
        }
    }
    (texts, wrong)
}

fn texts_of(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        match path.is_dir() {
            true => texts_of(&path, texts),
            false => texts.extend(fs::read_to_string(&path)),
        }
    }
}

fn stands_in(example: &str, text: &str) -> bool {
    // A test in Rust writes a quote or a backslash with one more backslash.
    let bare = |text: &str| text.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ");
    if bare(text).contains(&bare(example)) {
        return true;
    }
    let Ok(example @ Value::Mapping(_)) = serde_yaml::from_str::<Value>(example) else { return false };
    serde_yaml::from_str::<Value>(text).is_ok_and(|document| holds_somewhere(&document, &example))
}

fn holds_somewhere(node: &Value, example: &Value) -> bool {
    holds(node, example)
        || match node {
            Value::Mapping(map) => map.values().any(|value| holds_somewhere(value, example)),
            Value::Sequence(list) => list.iter().any(|value| holds_somewhere(value, example)),
            _ => false,
        }
}

/// A map holds another that has no other keys; a list, one whose elements it all has.
fn holds(node: &Value, example: &Value) -> bool {
    match (node, example) {
        (Value::Mapping(map), Value::Mapping(example)) => {
            example.iter().all(|(key, value)| map.get(key).is_some_and(|node| holds(node, value)))
        }
        (Value::Sequence(list), Value::Sequence(example)) => {
            example.iter().all(|value| list.iter().any(|node| holds(node, value)))
        }
        (node, example) => node == example,
    }
}
