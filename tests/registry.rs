//! The configuration registry as people and programs use it: through the command line, in several processes at once.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that prepares files")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn windlass(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WINDLASS_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("WINDLASS_STATE_DIR", folder.join("state")).stdin(Stdio::null());
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    windlass(folder).args(words).output().unwrap()
}

fn good(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code, and what was said on standard error.
fn bad(folder: &Path, words: &[&str]) -> (i32, String) {
    let output = run(folder, words);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn entries(writer: usize, round: usize) -> String {
    let entry = |n: usize| {
        format!(
            r#"{{"provider-nid": "mta", "provider-id": "w{writer}-{round}:{n}", "provider-version": "1.0.0",
                "target": {{"org": "local", "space": "dev"}}, "content": {{"kind": "index", "n": {n}}}}}"#
        )
    };
    format!("[{}]", (0..20).map(entry).collect::<Vec<_>>().join(","))
}

#[test]
fn eight_processes_that_write_at_once_lose_nothing_and_never_fail() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    for round in 0..4 {
        let children: Vec<_> = (0..8)
            .map(|writer| {
                let file = folder.join(format!("{writer}-{round}.json"));
                std::fs::write(&file, entries(writer, round)).unwrap();
                let mut command = windlass(folder);
                command.args(["registry", "import", file.to_str().unwrap()]);
                command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let listed: serde_json::Value = serde_json::from_str(&good(folder, &["registry", "ls", "-o", "json"])).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 8 * 4 * 20);
}

const OLD_FORM: &str = "<configuration-entries><configuration-entry><provider-nid>mta</provider-nid>\
    <provider-id>shop:api</provider-id><provider-version>1.0</provider-version><target-space>2172-ab</target-space>\
    <content>{\"kind\":\"index\"}</content></configuration-entry></configuration-entries>";

#[test]
fn an_older_file_is_taken_in_exported_and_removed() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("old.xml"), OLD_FORM).unwrap();
    let (exit, said) = bad(folder, &["registry", "import", "old.xml"]);
    assert!(exit == 1 && said.contains("--space-id 2172-ab=ORG/SPACE"), "{exit} {said}");
    assert!(!folder.join("state").exists(), "a refused import changes nothing");
    good(folder, &["registry", "import", "old.xml", "--space-id", "2172-ab=local/dev"]);

    let exported = good(folder, &["registry", "export", "-o", "xml"]);
    std::fs::write(folder.join("new.xml"), &exported).unwrap();
    good(folder, &["registry", "import", "new.xml", "--registry", "copy.sqlite"]);
    assert_eq!(good(folder, &["registry", "export", "-o", "xml", "--registry", "copy.sqlite"]), exported);

    let (exit, said) = bad(folder, &["registry", "rm", "shop:api"]);
    assert!(exit == 64 && said.contains("--yes"), "{exit} {said}");
    good(folder, &["registry", "rm", "shop:api", "--dry-run"]);
    assert!(good(folder, &["registry", "ls"]).contains("shop:api"));
    good(folder, &["registry", "rm", "1", "--yes"]);
    assert_eq!(good(folder, &["registry", "ls", "-o", "json"]), "[]\n");
    let (exit, said) = bad(folder, &["registry", "show", "1"]);
    assert!(exit == 64 && said.contains("no entry `1`"), "{exit} {said}");
}

#[test]
fn a_match_is_explained_part_by_part_and_a_failing_consumer_hears_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("entries.xml"), OLD_FORM).unwrap();
    good(folder, &["registry", "import", "entries.xml", "--space-id", "2172-ab=local/dev"]);
    let descriptor = "_schema-version: '3.1'\nID: consumer\nversion: 1.0.0\nmodules:\n  - name: web\n    type: application\n    \
        requires: [{name: api}]\nresources:\n  - name: api\n    type: configuration\n    parameters:\n      \
        version: '>=2.0.0'\n      filter: {kind: index}\n";
    std::fs::write(folder.join("mtad.yaml"), descriptor).unwrap();

    let said = good(folder, &["registry", "match", "-r", "api"]);
    assert!(said.contains("0 of 1 entries match"), "{said}");
    let part = |name: &str| said.lines().find(|line| line.contains(name)).unwrap_or_default().trim().to_owned();
    assert!(part("version ").starts_with("no ") && part("filter.kind").starts_with("yes"), "{said}");
    let (exit, said) = bad(folder, &["env"]);
    assert!(exit == 1 && said.contains("version is 1.0.0, which does not satisfy `>=2.0.0`"), "{exit} {said}");

    let said = good(folder, &["registry", "match", "--filter", "kind=index", "--version-range", "^1"]);
    assert!(said.contains("1 of 1 entries match"), "{said}");
    let json = good(folder, &["registry", "match", "--filter", "kind=\"index\"", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["matches"], &json["entries"][0]["matches"]), (&serde_json::json!(1), &serde_json::json!(true)));
    let (exit, said) = bad(folder, &["registry", "match", "--version-range", "nonsense"]);
    assert!(exit == 64 && said.contains("`nonsense` is no version"), "{exit} {said}");
}

#[test]
fn purge_removes_what_no_deployment_stands_behind() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("entries.json"), entries(1, 1)).unwrap();
    good(folder, &["registry", "import", "entries.json"]);
    good(folder, &["registry", "purge", "--space", "other", "--yes"]);
    assert_eq!(good(folder, &["registry", "ls"]).lines().count(), 21);
    good(folder, &["registry", "purge", "--yes"]);
    assert_eq!(good(folder, &["registry", "ls", "-o", "json"]), "[]\n");
}

#[test]
fn a_state_file_that_cannot_be_used_is_named_with_a_way_out() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    std::fs::write(folder.join("garbage"), "no database ".repeat(100)).unwrap();
    std::fs::write(folder.join("entries.json"), entries(1, 1)).unwrap();
    let (exit, said) = bad(folder, &["registry", "import", "entries.json", "--registry", "garbage"]);
    assert!(exit == 8 && said.contains("not a SQLite database") && said.contains("next:"), "{exit} {said}");
    let (exit, said) = bad(folder, &["registry", "import", "entries.json", "--state-dir", "garbage/below"]);
    assert!(exit == 8 && said.contains("cannot be written"), "{exit} {said}");
}
