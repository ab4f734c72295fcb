//! What must not matter, and what must: home, folder, user, hash seeds; a state that is there and cannot be read.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

use std::path::Path;
use std::process::{Command, Output};

/// Nothing of the environment of the tests reaches the program.
fn windlass(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).env_clear().envs(variables.iter().copied()).args(arguments).output().unwrap()
}

fn good(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = windlass(folder, variables, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn shop(folder: &Path) {
    let module = |at: usize| {
        format!(
            "- name: m{at}\n  type: application\n  parameters: {{docker: {{image: 'app:{at}'}}, health-check-type: http}}\n  \
             properties: {{A{at}: {{z: 1, a: [x, y]}}, B: '${{org}}', C: '${{default-url}}'}}\n  \
             provides: [{{name: api{at}, public: true, properties: {{url: '${{default-url}}'}}}}]\n"
        )
    };
    let modules: String = (0..40).map(module).collect();
    let text = format!("_schema-version: '3.3'\nID: shop\nversion: 1.0.0\nmodules:\n{modules}");
    std::fs::create_dir_all(folder.join("shop")).unwrap();
    std::fs::write(folder.join("shop/mtad.yaml"), text).unwrap();
    let extension =
        "_schema-version: '3.3'\nID: prod\nextends: shop\nmodules:\n- {name: m1, properties: {B: extended}}\n";
    std::fs::write(folder.join("shop/prod.mtaext"), extension).unwrap();
}

/// A plan is the same byte for byte, whoever makes it where. (Hash maps of Rust begin with another seed in each process.)
#[test]
fn a_plan_is_the_same_every_time_for_everybody() {
    let scratch = tempfile::tempdir().unwrap();
    let (folder, other) = (scratch.path(), scratch.path().join("other"));
    shop(folder);
    std::fs::create_dir(&other).unwrap();
    let home = folder.to_str().unwrap();
    for form in [&["-o", "json"][..], &["--full"], &["--summary"]] {
        let plan = [&["plan", "shop", "--offline"], form].concat();
        let first = good(folder, &[("HOME", home), ("USER", "ann")], &plan);
        assert!(first.contains("m39"), "{first}");
        for _ in 0..3 {
            assert_eq!(
                good(folder, &[("HOME", other.to_str().unwrap()), ("USER", "bob"), ("TZ", "Asia/Tokyo")], &plan),
                first
            );
        }
    }
    let environment = good(folder, &[("HOME", home)], &["env", "shop", "-o", "json"]);
    assert_eq!(good(folder, &[("HOME", other.to_str().unwrap())], &["env", "shop", "-o", "json"]), environment);
}

/// Services and scheduled jobs have no variables at all.
#[test]
fn it_works_without_any_variable() {
    let scratch = tempfile::tempdir().unwrap();
    shop(scratch.path());
    for arguments in [&["--version"][..], &["lint", "shop"], &["help", "formats"], &["explain", "config-no-match"]] {
        good(scratch.path(), &[], arguments);
    }
    for command in ["resolve", "env", "graph"] {
        good(scratch.path(), &[], &[command, "shop"]);
    }
    good(scratch.path(), &[], &["plan", "shop", "--offline"]);
}

/// Relative paths mean the folder that `-C` names, all of them.
#[test]
fn paths_are_relative_to_the_folder_that_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    shop(folder);
    let words = ["-C", "shop", "env", "-e", "prod.mtaext", "-m", "m1", "-o", "json"];
    assert!(good(folder, &[], &words).contains("extended"));
    let entries = r#"[{"provider-nid": "mta", "provider-id": "a:b", "target": {"org": "local", "space": "dev"}, "content": {"k": 1}}]"#;
    std::fs::write(folder.join("shop/entries.json"), entries).unwrap();
    good(folder, &[], &["-C", "shop", "--state-dir", "here", "registry", "import", "entries.json"]);
    assert!(folder.join("shop/here/state.sqlite").is_file());
    assert!(good(folder, &[], &["--state-dir", "shop/here", "registry", "ls"]).contains("a:b"));
}

/// A state that may be there is never taken for one that is not: a plan would call everything new.
#[test]
fn a_state_that_cannot_be_read_is_no_empty_state() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    shop(folder);
    // A file where a folder should be, and a path that leads nowhere: nobody, root included, can look behind them.
    std::fs::write(folder.join("file"), "x").unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    for (state, why) in [("file/below", "it is a file"), ("loop", "cannot be read")] {
        for arguments in [&["plan", "shop", "--offline"][..], &["env", "shop"], &["registry", "ls"]] {
            let output = windlass(folder, &[("WINDLASS_STATE_DIR", state)], arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(8), "{arguments:?}: {said}");
            assert!(said.contains(why) && said.contains("--state-dir"), "{said}");
        }
    }
}
