//! The state from outside: kept, brought back, examined, and of an earlier version, with the real engine behind it.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::app;
use rusqlite::Connection;
use std::process::Command;

/// The tables of schema 3, the last one before operations were recorded.
const OF_SCHEMA_3: [&str; 9] =
    ["entry", "entry_property", "entry_reader", "subscription", "deployment", "lock", "secret", "vault", "run"];

const DESCRIPTOR: &str = r#"_schema-version: "3.3"
ID: {id}
version: 1.0.0
modules:
  - name: web
    type: application
    parameters:
      docker: {image: "windlass-test:1"}
      container: {stop-timeout: 1}
      tasks: [{name: once, command: "true"}]
    properties: {PASSWORD: "${generated-password}"}
    provides: [{name: api, public: true, properties: {url: "http://web"}}]
"#;

#[test]
fn a_state_that_is_turned_back_to_an_earlier_schema_plans_empty() {
    let Some(app) = app("state-upgrade") else { return };
    std::fs::write(app.folder.path().join("mtad.yaml"), DESCRIPTOR.replace("{id}", &app.id)).unwrap();
    let deployed = app.run(&["deploy"]);
    assert_eq!(deployed.code, 0, "{}", deployed.err);
    let state = app.folder.path().join("state/state.sqlite");
    let connection = Connection::open(&state).unwrap();
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    drop(statement);
    let later = tables.iter().filter(|table| !OF_SCHEMA_3.contains(&table.as_str()) && !table.starts_with("sqlite_"));
    for table in later {
        connection.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 3").unwrap();
    drop(connection);
    let before = app.containers();
    let planned = app.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(planned.code, 0, "{}{}", planned.out, planned.err);
    assert!(planned.out.contains("Nothing to do"), "{}", planned.out);
    assert!(app.folder.path().join("state/state.sqlite.v3.bak").exists());
    let again = app.run(&["deploy"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(app.containers(), before, "nothing was made anew");
    assert_eq!(app.run(&["state", "check"]).code, 0);
}

#[test]
fn a_state_that_is_brought_back_knows_the_containers_that_run() {
    let Some(app) = app("state-restored") else { return };
    std::fs::write(app.folder.path().join("mtad.yaml"), DESCRIPTOR.replace("{id}", &app.id)).unwrap();
    assert_eq!(app.run(&["deploy"]).code, 0);
    let kept = app.run(&["state", "backup", "kept.tar"]);
    assert_eq!((kept.code, &*kept.out), (0, "kept.tar\n"), "{}", kept.err);
    std::fs::remove_dir_all(app.folder.path().join("state")).unwrap();
    assert_ne!(app.run(&["plan", "--detailed-exitcode"]).code, 0, "without it, not even the password is known");
    let restored = app.run(&["state", "restore", "kept.tar"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    let planned = app.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(planned.code, 0, "{}{}", planned.out, planned.err);
}

/// No engine is needed.
fn windlass(folder: &std::path::Path, arguments: &[&str]) -> app::Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(arguments).current_dir(folder).env("WINDLASS_STATE_DIR", folder.join("state"));
    app::said(command.stdin(std::process::Stdio::null()).output().unwrap())
}

#[test]
fn each_way_in_which_the_commands_end_has_its_code_and_says_what_next() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], code: i32, says: &str| {
        let said = windlass(folder.path(), arguments);
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
        assert!(format!("{}{}", said.out, said.err).contains(says), "{arguments:?}: {}{}", said.out, said.err);
        said
    };
    run(&["state", "check"], 64, "the first deployment makes it");
    run(&["state", "backup", "a.tar"], 64, "there is no state file");
    std::fs::write(folder.path().join("secret"), "hunter2").unwrap();
    run(&["secret", "set", "db", "--from-file", "secret"], 0, "");
    run(&["state", "backup", "a.tar"], 0, "the key is in it");
    run(&["state", "backup", "a.tar"], 64, "name a file that is not there yet");
    run(&["state", "backup", "--without-key", "b.tar"], 0, "the key is not in it");
    run(&["state", "backup", "no/such/folder/c.tar"], 8, "cannot be written");
    run(&["state", "restore", "missing.tar"], 8, "cannot be read");
    run(&["state", "restore", "secret"], 64, "is not a backup of a state");
    run(&["state", "restore", "b.tar"], 0, "remove it when nobody needs it");
    let sound = run(&["state", "check", "-o", "json"], 0, "\"findings\": []");
    assert!(sound.out.contains("\"secrets\": 1"), "{}", sound.out);

    let state = folder.path().join("state/state.sqlite");
    let open = Connection::open(&state).unwrap();
    open.query_row("SELECT count(*) FROM lock", [], |_| Ok(())).unwrap();
    run(&["state", "restore", "a.tar"], 7, "other windlass processes are using");
    open.execute_batch("UPDATE vault SET sealed = zeroblob(64); CREATE TABLE mine (a)").unwrap();
    drop(open);
    let found = run(&["state", "check"], 1, "sealed: the secret `db` in the state file");
    assert!(found.out.contains("foreign: the table `mine`") && found.out.contains("windlass state restore FILE"));
    run(&["state", "check", "-o", "json"], 1, "\"kind\": \"sealed\"");
    let newer = Connection::open(&state).unwrap();
    newer.execute_batch("PRAGMA user_version = 77; INSERT INTO upgrade VALUES (77, '8.0.0', 0)").unwrap();
    drop(newer);
    run(&["ls"], 8, "was written by windlass 8.0.0 (schema 77");
    run(&["state", "check"], 1, "unusable");
    // With an earlier windlass and a backup there is a way back from a newer state, too.
    run(&["state", "restore", "a.tar"], 0, "is the state of");
    run(&["state", "check"], 0, "nothing is wrong with it");
}
