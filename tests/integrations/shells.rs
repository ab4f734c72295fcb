//! Completions in real shells: a terminal, a prompt, words that are typed, and the Tab key.

use super::{RIGHT, WINDLASS, command, root, said, tool};
use std::path::Path;
use std::process::Command;
use windlass::name::MtaId;
use windlass::plan::Record;
use windlass::registry::DeploymentId;
use windlass::store::{Access, Store};
use windlass::target::Space;

/// A home with a descriptor in it, a target, and a state that knows one deployment.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    file("mtad.yaml", RIGHT);
    file("notes.txt", "");
    file("prod.mtaext", "_schema-version: \"3.1\"\nID: prod\nextends: shop\n");
    file(".windlass/targets/staging.yaml", "space: staging\n");
    let state = home.path().join(".local/state/windlass/local/state.sqlite");
    let store = Store::open(&state, Access::Write).unwrap();
    for (mta, space) in [("portal-shop", "dev"), ("elsewhere", "prod")] {
        let space = Space { org: "local".to_owned(), space: space.to_owned() };
        let deployment = DeploymentId { mta: MtaId::new(mta), namespace: None, space };
        let record = Record {
            version: "1.4.0".to_owned(),
            units: Vec::new(),
            network: "windlass".to_owned(),
            volumes: Vec::new(),
            after: Default::default(),
        };
        store.record(&deployment, &record).unwrap();
    }
    home
}

/// What is typed, with Tab at the end, and what then stands on the line.
const TYPED: &[(&str, &str)] = &[
    ("windlass undep", "windlass undeploy "),
    ("windlass plan --detailed-e", "windlass plan --detailed-exitcode"),
    ("windlass lint -o chec", "windlass lint -o checkstyle"),
    ("windlass env -m back", "windlass env -m backend"),
    ("windlass status por", "windlass status portal-shop"),
    ("windlass undeploy el", "windlass undeploy el"), // deployed in another space
    ("windlass --space prod status else", "windlass --space prod status elsewhere"),
    ("windlass plan --target sta", "windlass plan --target staging"),
    ("windlass plan -e pro", "windlass plan -e prod.mtaext"),
    ("windlass explain unresolved-pl", "windlass explain unresolved-placeholder"),
    ("windlass registry mat", "windlass registry match "),
    ("windlass lint mta", "windlass lint mtad.yaml"),
    ("windlass lint not", "windlass lint not"), // no descriptor
];

/// Types each line into one interactive shell, and tells what stood on the line after Tab.
fn type_into(shell: &[&str], setup: &str) -> Option<Vec<String>> {
    tool(shell[0])?;
    let python = tool("python3")?;
    let home = home();
    let script = root().join("tests/integrations/terminal.py");
    let mut terminal = command(python, home.path());
    terminal.current_dir(&home).arg(script).arg(setup).arg(shell.join(" ")).args(TYPED.iter().map(|(typed, _)| typed));
    let output = terminal.output().unwrap();
    assert!(output.status.success(), "{}: {}", shell[0], said(&output));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

fn completes(shell: &[&str], setup: &str) {
    let Some(lines) = type_into(shell, setup) else { return };
    assert_eq!(lines.len(), TYPED.len(), "{lines:?}");
    let wrong: Vec<_> =
        TYPED.iter().zip(&lines).filter(|((_, expected), line)| line.trim() != expected.trim()).collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", shell[0]);
}

#[test]
fn bash_completes() {
    completes(&["bash", "--norc", "--noprofile", "-i"], "PS1='ready> '; source <(windlass completions bash)");
}

#[test]
fn zsh_completes() {
    completes(
        &["zsh", "-f", "-i"],
        "PS1='ready> '; autoload -U compinit; compinit -u -D; source <(windlass completions zsh)",
    );
}

#[test]
fn fish_completes() {
    // Fish lets its completions be asked without a terminal.
    let Some(fish) = tool("fish") else { return };
    let home = home();
    for (typed, expected) in TYPED {
        let script = format!("windlass completions fish | source; complete -C '{typed}'");
        let output =
            command(&fish, home.path()).current_dir(&home).args(["--no-config", "-c", &script]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let words: Vec<&str> = text.lines().map(|line| line.split('\t').next().unwrap()).collect();
        let last = |line: &'static str| line.trim().rsplit(' ').next().unwrap();
        let none = typed.trim() == expected.trim();
        let wanted = if none { vec![] } else { vec![last(expected)] };
        assert_eq!(words, wanted, "{typed}");
    }
}

#[test]
fn elvish_completes() {
    let Some(elvish) = tool("elvish") else { return };
    let home = home();
    let output = command(WINDLASS, home.path()).args(["completions", "elvish"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // The module `edit:` is there only at a prompt; the function itself is asked.
    let function = text.replace("set edit:completion:arg-completer[windlass]", "var complete");
    assert_ne!(function, text);
    let program = format!("{function}\n$complete windlass env -m back");
    let output = command(elvish, home.path()).current_dir(&home).args(["-norc", "-c", &program]).output().unwrap();
    assert_eq!(said(&output).trim(), "backend");
}

#[test]
fn powershell_gets_a_script() {
    // There is no PowerShell in Debian's archive; whoever has one tests with it.
    let home = home();
    let output = command(WINDLASS, home.path()).args(["completions", "powershell"]).output().unwrap();
    let script = String::from_utf8(output.stdout).unwrap();
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName windlass"), "{script}");
    let Some(powershell) = tool("pwsh") else { return };
    let ask = format!(
        "{script}\n[System.Management.Automation.CommandCompletion]::CompleteInput('windlass undep', 14, $null).CompletionMatches.CompletionText"
    );
    let output = command(powershell, home.path()).args(["-NoProfile", "-Command", &ask]).output().unwrap();
    assert_eq!(said(&output).trim(), "undeploy");
}

fn ask(home: &Path, line: &[&str]) -> Command {
    let mut asked = command(WINDLASS, home);
    asked.current_dir(home).env("_WINDLASS_COMPLETE", "fish").arg("--").arg("windlass").args(line);
    asked
}

#[test]
fn what_cannot_be_known_soon_is_left_out() {
    let home = home();
    // Whoever opens this waits for a writer that never comes.
    let pipe = home.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let output = ask(home.path(), &["env", "pipe.yaml", "-m", "b"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(said(&output), "");
}

#[test]
fn a_question_of_a_shell_changes_nothing_and_never_complains() {
    let home = tempfile::tempdir().unwrap();
    for line in [
        &["status", ""][..],
        &["env", "-m", ""],
        &["secret", "rm", ""],
        &["-C", "/nowhere", "status", ""],
        &["--state-dir", "/dev/null/x", "status", ""],
        &["--no-such-flag", "x", ""],
        &["plan", "-", "-e", ""],
        &[],
    ] {
        let output = ask(home.path(), line).output().unwrap();
        assert!(output.stderr.is_empty(), "{line:?}: {}", said(&output));
    }
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0, "no state, no files");
}
