//! The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit in a repository made for it.

use super::{RIGHT, WRONG, command, root, said, tool};
use serde_yaml::Value;
use std::path::Path;
use std::process::Output;

#[test]
fn both_hooks_look_at_the_same_files_in_the_same_way() {
    let text = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Vec<Value> = serde_yaml::from_str(&text).unwrap();
    let of = |key: &str| hooks.iter().map(|hook| hook[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("id"), ["windlass-lint", "windlass-lint-system"]);
    assert_eq!(of("language"), ["rust", "system"]);
    for key in ["files", "entry", "require_serial"] {
        assert_eq!(hooks[0][key], hooks[1][key], "{key}");
    }
}

#[test]
fn pre_commit_runs_the_installed_windlass_on_descriptors_alone() {
    let (Some(pre_commit), Some(git)) = (tool("pre-commit"), tool("git")) else { return };
    let home = tempfile::tempdir().unwrap();
    let (hooks, project) = (home.path().join("hooks"), home.path().join("project"));
    let run = |program: &Path, folder: &Path, arguments: &[&str]| -> Output {
        let mut run = command(program, home.path());
        run.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            run.env(format!("GIT_{who}_NAME"), "tester").env(format!("GIT_{who}_EMAIL"), "tester@example.org");
        }
        run.current_dir(folder).args(arguments).output().unwrap()
    };
    let git = |folder: &Path, arguments: &[&str]| {
        let output = run(&git, folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let commit = |folder: &Path| {
        git(folder, &["init", "-q"]);
        git(folder, &["add", "-A"]);
        git(folder, &["commit", "-qm", "Begin"]);
        git(folder, &["rev-parse", "HEAD"])
    };

    std::fs::create_dir_all(&hooks).unwrap();
    std::fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.join(".pre-commit-hooks.yaml")).unwrap();
    let revision = commit(&hooks);
    let file = |path: &str, text: &str| {
        let path = project.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    file("shop/mtad.yaml", WRONG);
    file("portal/mta.yml", &RIGHT.replace("shop", "portal"));
    file("shop/prod.mtaext", "_schema-version: \"3.1\"\nID: prod\nextends: shop\nmoduls: []\n");
    // These are no descriptors, and would be errors.
    file("shop/notmtad.yaml", WRONG);
    file("mtad.yaml/readme.txt", "");
    let repository = hooks.display();
    file(
        ".pre-commit-config.yaml",
        &format!("repos:\n  - repo: {repository}\n    rev: {revision}\n    hooks: [{{ id: windlass-lint-system }}]\n"),
    );
    commit(&project);

    let refused = run(&pre_commit, &project, &["run", "--all-files"]);
    let text = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("shop/mtad.yaml:9:15: error[unresolved-requires]"), "{text}");
    assert!(text.contains("shop/prod.mtaext:4:1: "), "{text}");
    assert!(!text.contains("notmtad") && !text.contains("readme"), "{text}");

    file("shop/mtad.yaml", RIGHT);
    file("shop/prod.mtaext", "_schema-version: \"3.1\"\nID: prod\nextends: shop\n");
    git(&project, &["add", "-A"]);
    let passed = run(&pre_commit, &project, &["run", "--all-files"]);
    assert!(passed.status.success(), "{}", said(&passed));
    assert!(said(&passed).contains("windlass lint (system)"), "{}", said(&passed));
}

#[test]
fn pre_commit_accepts_the_manifest() {
    let Some(pre_commit) = tool("pre-commit") else { return };
    let home = tempfile::tempdir().unwrap();
    let manifest = root().join(".pre-commit-hooks.yaml");
    let output = command(pre_commit, home.path()).arg("validate-manifest").arg(manifest).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
