//! What people meet when the machine is against them: a full disk, an interrupted deployment.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test makes its own files and reads its own environment")]

mod small_disk;

use small_disk::{SmallDisk, fill};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn windlass(folder: &Path, state: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(words).current_dir(folder).env("WINDLASS_STATE_DIR", state).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

fn entries(count: usize) -> String {
    let one = |at: usize| {
        let filler = "x".repeat(1000);
        format!(
            r#"{{"provider-nid": "mta", "provider-id": "full:{at}", "provider-version": "1.0.0",
                "target": {{"org": "local", "space": "dev"}}, "content": {{"name": "{at}", "filler": "{filler}"}}}}"#
        )
    };
    format!("[{}]", (0..count).map(one).collect::<Vec<_>>().join(","))
}

/// Everything or nothing: what did not fit is not there in part, what was there before still is, and it works again as soon
/// as there is room.
#[test]
fn a_full_disk_is_named_and_nothing_is_half_done() {
    let Some(disk) = SmallDisk::new(2 << 20) else {
        skipped("a_full_disk_is_named_and_nothing_is_half_done", "no file system can be mounted here (root can)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("few.json"), entries(5)).unwrap();
    std::fs::write(folder.path().join("many.json"), entries(2000)).unwrap();
    let state = disk.path().join("state");
    let run = |words: &[&str]| windlass(folder.path(), &state, words).output().unwrap();
    let count = || {
        let output = run(&["registry", "ls", "-o", "json"]);
        let list: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
        list.as_array().unwrap().len()
    };

    assert!(run(&["registry", "import", "few.json"]).status.success());
    let full = run(&["registry", "import", "many.json"]);
    assert_ne!(full.status.code(), Some(0), "{}", text(&full));
    assert!(text(&full).contains("full"), "{}", text(&full));
    assert!(!text(&full).contains("bug in windlass"), "{}", text(&full));
    assert_eq!(count(), 5);

    // A disk that is full before the first start.
    let filler = disk.path().join("filler");
    fill(&filler);
    let first = disk.path().join("first");
    let output = windlass(folder.path(), &first, &["registry", "import", "few.json"]).output().unwrap();
    assert_ne!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("full"), "{}", text(&output));

    std::fs::remove_file(filler).unwrap();
    let again = run(&["registry", "import", "few.json"]);
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!(count(), 5);
}

/// The first Ctrl-C lets the present steps end, begins no other, and says what stays; the next deployment goes on from
/// there.
#[test]
fn an_interrupted_deployment_says_what_stays_and_can_be_continued() {
    let name = "an_interrupted_deployment_says_what_stays_and_can_be_continued";
    let host = std::env::var("WINDLASS_TEST_ENGINE").or_else(|_| std::env::var("DOCKER_HOST"));
    let Ok(host) = host else {
        skipped(name, "neither WINDLASS_TEST_ENGINE nor DOCKER_HOST names an engine");
        return;
    };
    let docker = |words: &[&str]| Command::new("docker").args(["-H", &host]).args(words).output();
    if !docker(&["version"]).is_ok_and(|output| output.status.success()) {
        skipped(name, "no engine answers");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let id = format!("hardship-{}", std::process::id());
    let module = |name: &str, after: &str| {
        format!(
            "- name: {name}\n  type: application\n  deployed-after: [{after}]\n  \
             parameters: {{docker: {{image: 'windlass-test:1'}}, no-route: true, command: 'sleep 1000', container: {{init: true}}}}\n"
        )
    };
    let modules: String = [module("a", ""), module("b", "a"), module("c", "b"), module("d", "c")].concat();
    let descriptor = format!("_schema-version: '3.3'\nID: {id}\nversion: 1.0.0\nmodules:\n{modules}");
    std::fs::write(folder.path().join("mtad.yaml"), descriptor).unwrap();
    let command = |words: &[&str]| {
        let mut command = windlass(folder.path(), &state, words);
        command.env("DOCKER_HOST", &host);
        command
    };

    let mut running =
        command(&["deploy", "--progress", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    // The first module is being made: now.
    lines
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.contains("instance.created"))
        .expect("a container is created");
    let interrupted = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest:#?}\n{}", text(&output));
    assert!(rest.last().is_some_and(|line| line.contains("operation.finished")), "{rest:#?}");

    let count = || {
        let label = format!("label=windlass.mta.id={id}");
        let listed = docker(&["ps", "-q", "--filter", &label]).unwrap();
        String::from_utf8_lossy(&listed.stdout).lines().count()
    };
    assert!((1..4).contains(&count()), "{} containers run after the interruption", count());
    let again = command(&["deploy"]).output().unwrap();
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!(count(), 4);
    let gone = command(&["undeploy", &id, "--yes"]).output().unwrap();
    assert!(gone.status.success(), "{}", text(&gone));
    assert_eq!(count(), 0);
}
