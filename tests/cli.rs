//! The program from outside: what is typed, and what comes back.
//!
//! A case is a folder of `testdata/faces` with a `session.txt`: lines that begin with `$` are commands, run in the folder
//! in this order; below each stands what it printed. Lines that begin with `// ` are remarks. `WINDLASS_UPDATE=1 cargo test --test cli` writes the sessions anew;
//! read the difference before you commit it.
//!
//! ```text
//! $ windlass lint - < mtad.yaml
//! (what came on standard output)
//! [stderr]
//! (what came on standard error)
//! [exit 1]
//! ```
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that runs a program and reads its files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

mod shapes;

#[test]
fn sessions_go_as_written() {
    let update = std::env::var_os("WINDLASS_UPDATE").is_some();
    let mut wrong = Vec::new();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/faces");
    let mut folders: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let path = folder.join("session.txt");
        let Ok(written) = fs::read_to_string(&path) else { continue };
        let state = tempfile::tempdir().unwrap();
        let mut session = String::new();
        for command in written.lines().filter(|line| line.starts_with("$ ") || line.starts_with("// ")) {
            writeln!(session, "{command}").unwrap();
            if let Some(command) = command.strip_prefix("$ ") {
                session.push_str(&transcript(command, &folder, state.path()));
            }
        }
        if session == written {
            continue;
        }
        if update {
            fs::write(&path, session).unwrap();
        } else {
            let first = session.lines().zip(written.lines()).find(|(now, then)| now != then);
            wrong.push(format!("{}: {first:?}\n{session}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} sessions differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_differs_from_run_to_run_follows_its_schema_too() {
    let state = tempfile::tempdir().unwrap();
    let value = state.path().join("value");
    fs::write(&value, "hunter2hunter2").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).current_dir(state.path()).env_clear().env("HOME", state.path());
        let output = command.stdin(fs::File::open(&value).unwrap()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let problems = shapes::problems_of(arguments, &out, &err);
        assert!(problems.is_empty(), "{arguments:?}: {problems:#?}\n{out}\n{err}");
        out.into_owned()
    };
    run(&["secret", "set", "TOKEN"]);
    assert!(run(&["secret", "ls", "-o", "json"]).contains("TOKEN"));
    assert!(run(&["doctor", "-o", "json"]).contains("\"candidates\""));
}

#[test]
fn platforms_get_paths_from_the_top_of_the_repository() {
    let repository = tempfile::tempdir().unwrap();
    // Where the folder for temporary files is a link, the program sees what it leads to.
    let root = repository.path().canonicalize().unwrap();
    let folder = root.join("deploy/eu");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mtad.yaml"), "ID: shop\n").unwrap();
    for (variable, form, place) in [
        ("GITHUB_WORKSPACE", "github", "file=deploy/eu/mtad.yaml,"),
        ("CI_PROJECT_DIR", "gitlab", "\"path\": \"deploy/eu/mtad.yaml\""),
        ("BUILD_SOURCESDIRECTORY", "azure", "sourcepath=deploy/eu/mtad.yaml;"),
        ("GITHUB_WORKSPACE", "sarif", "\"uri\": \"deploy/eu/mtad.yaml\""),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(["lint", "-o", form]).current_dir(&folder).env_clear().env("HOME", &root).env(variable, &root);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(place), "{variable}, {form}:\n{said}");
    }
}

/// Runs one line: variables, `windlass`, words, and perhaps `< FILE`.
fn transcript(line: &str, folder: &Path, state: &Path) -> String {
    let mut words = words(line).into_iter().peekable();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).env_clear().env("HOME", state).env("USER", "tester").stdin(Stdio::null());
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        command.env(name, value);
        words.next();
    }
    assert_eq!(words.next().as_deref(), Some("windlass"), "{line}");
    while let Some(word) = words.next() {
        if word == "<" {
            command.stdin(fs::File::open(folder.join(words.next().unwrap())).unwrap());
        } else {
            command.arg(word);
        }
    }
    let output = command.output().unwrap();
    let arguments: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let problems = shapes::problems_of(&arguments, &said(&output.stdout), &said(&output.stderr));
    assert!(problems.is_empty(), "{line}: {problems:#?}");
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap().replace('\u{1b}', "␛");
        text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>()
    };
    let mut out = text(output.stdout);
    if !output.stderr.is_empty() {
        write!(out, "[stderr]\n{}", text(output.stderr)).unwrap();
    }
    if output.status.code() != Some(0) {
        writeln!(out, "[exit {}]", output.status.code().unwrap()).unwrap();
    }
    out + "\n"
}

fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// A baseline is written in one run and read in others, after the document has changed.
#[test]
fn a_baseline_holds_back_what_was_known_and_says_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let run = |line: &str| transcript(line, folder.path(), folder.path());
    let head = "_schema-version: \"3.1\"\nID: shop\nversion: 1.0.0\nmodules:\n";
    let module = |name: &str, memory: &str| {
        format!(
            "  - name: {name}\n    type: application\n    parameters:\n      memory: {memory}\n      \
             docker: {{image: \"registry.example.org/{name}:latest\"}}\n"
        )
    };
    write("mtad.yaml", &[head, &module("web", "1G"), &module("db", "bananas")].concat());
    let written = run("windlass lint mtad.yaml --write-baseline known.json");
    assert!(written.contains("error[bad-memory-unit]") && !written.contains("image-latest"), "{written}");
    assert!(written.contains("note: `known.json` is written, with 2 findings\n[exit 1]"), "{written}");
    let known = fs::read_to_string(folder.path().join("known.json")).unwrap();
    assert!(
        known.contains("\"file\":\"mtad.yaml\",\"code\":\"image-latest\"") && !known.contains("bad-memory"),
        "{known}"
    );

    // Two modules in front, of which one is as bad: only that one is told.
    write("mtad.yaml", &[head, &module("new", "1G"), &module("web", "1G"), &module("db", "1G")].concat());
    let later = run("windlass lint mtad.yaml --baseline known.json --fail-on info");
    assert_eq!(later.matches("image-latest").count(), 1, "{later}");
    assert!(later.contains("image `registry.example.org/new:latest`") && later.ends_with("[exit 1]\n\n"), "{later}");
    assert!(run("windlass lint mtad.yaml --baseline known.json -o sarif").contains("\"external\""));
    run("windlass lint mtad.yaml --write-baseline again.json");
    run("windlass lint mtad.yaml --write-baseline once-more.json");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("again.json"), read("once-more.json"), "a baseline depends on nothing but the findings");

    // One is gone, and its entry is named.
    write("mtad.yaml", &[head, &module("web", "1G")].concat());
    let stale = run("windlass lint mtad.yaml --baseline known.json");
    assert!(
        stale.contains("known.json:")
            && stale.contains("info[stale-baseline]: The `image-latest` in `mtad.yaml` is gone"),
        "{stale}"
    );
    // What was not looked at is not gone.
    write("other.yaml", &[head, &module("web", "1G")].concat());
    assert!(!run("windlass lint other.yaml --baseline known.json").contains("stale"));
    write("windlass.toml", "[lint]\nbaseline = \"known.json\"\nlocked = [\"image-latest\"]\n");
    let locked = run("windlass lint mtad.yaml");
    assert!(locked.contains("image-latest"), "a locked rule is not held back: {locked}");
}

#[test]
fn every_command_shows_two_examples_that_are_commands() {
    let mut tree = windlass::cli::tree();
    tree.build();
    for command in tree.get_subcommands().flat_map(|command| {
        let below: Vec<_> = command.get_subcommands().collect();
        if below.is_empty() { vec![command] } else { below }
    }) {
        let name = command.get_name();
        let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> = help
            .lines()
            .skip_while(|line| *line != "Examples:")
            .filter(|line| line.starts_with("  windlass "))
            .map(|line| line.trim().split("  ").next().unwrap())
            .collect();
        assert!(examples.len() >= 2, "{name} has {} examples", examples.len());
        for example in examples {
            let words: Vec<String> = words(example).into_iter().take_while(|word| word != ">" && word != "|").collect();
            let read = windlass::cli::tree().try_get_matches_from(&words);
            let refused = read.err().filter(|error| error.use_stderr());
            assert!(refused.is_none(), "{example}: {}", refused.unwrap());
        }
    }
}

/// A folder with a descriptor that has something to mend, and what it is afterwards.
fn mendable() -> (tempfile::TempDir, std::path::PathBuf, &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mtad.yaml");
    fs::write(&path, "_schema-version: '3.3'\r\nID: shop # x\r\nversion: 1.0").unwrap();
    (folder, path, "_schema-version: '3.3'\r\nID: shop # x\r\nversion: 1.0.0")
}

fn lint(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::null());
    let output = command.arg("lint").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn lint_mends_files_in_place_once_and_lists_what_is_left() {
    let (folder, path, mended) = mendable();
    let before = fs::read_to_string(&path).unwrap();
    let (exit, _, errors) = lint(folder.path(), &["--diff"]);
    assert_eq!((exit, fs::read_to_string(&path).unwrap()), (Some(1), before), "{errors}");
    let (exit, out, errors) = lint(folder.path(), &["--fix"]);
    assert_eq!((exit, out.as_str(), fs::read_to_string(&path).unwrap().as_str()), (Some(0), "", mended), "{errors}");
    assert_eq!(errors, "fixed 1 finding in 1 file\n");
    let written = path.metadata().unwrap().modified().unwrap();
    let (exit, _, errors) = lint(folder.path(), &["--fix", "mtad.yaml"]);
    assert_eq!((exit, errors.as_str()), (Some(0), "nothing was fixed\n"));
    assert_eq!(path.metadata().unwrap().modified().unwrap(), written, "what needs nothing is not written");
    assert_eq!(lint(folder.path(), &["--diff"]).0, Some(0));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_keeps_no_other_from_being_mended() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path, mended) = mendable();
    let before = fs::read_to_string(&path).unwrap();
    let closed = folder.path().join("closed.yaml");
    fs::write(&closed, before.replace("shop", "closed")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o444)).unwrap();
    let (exit, _, errors) = lint(folder.path(), &["--fix", "closed.yaml", "mtad.yaml"]);
    assert_eq!((exit, fs::read_to_string(&path).unwrap().as_str()), (Some(64), mended), "{errors}");
    assert_eq!(fs::read_to_string(&closed).unwrap(), before.replace("shop", "closed"));
    for part in ["`closed.yaml` cannot be changed", "read-only", "`chmod u+w`", "fixed 1 finding in 1 file"] {
        assert!(errors.contains(part), "{part} is missing:\n{errors}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_named_too_is_the_same_file() {
    let (folder, path, mended) = mendable();
    std::os::unix::fs::symlink(&path, folder.path().join("link.yaml")).unwrap();
    let (exit, _, errors) = lint(folder.path(), &["--fix", "link.yaml", "mtad.yaml", "."]);
    assert_eq!((exit, errors.as_str()), (Some(0), "fixed 1 finding in 1 file\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), mended);
}

#[cfg(unix)]
#[test]
fn lint_leaves_read_only_files_and_archives_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path, _) = mendable();
    let before = fs::read_to_string(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let (exit, _, errors) = lint(folder.path(), &["--fix"]);
    assert_eq!((exit, fs::read_to_string(&path).unwrap()), (Some(64), before));
    assert!(errors.contains("`mtad.yaml` cannot be changed") && errors.contains("read-only"), "{errors}");

    let archive = folder.path().join("app.mtar");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for (name, text) in [
        ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n"),
        ("META-INF/mtad.yaml", "_schema-version: 3.3\nID: shop\nversion: 1.0.0\n"),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let before = fs::read(&archive).unwrap();
    for flag in ["--fix", "--diff"] {
        let (exit, out, errors) = lint(folder.path(), &[flag, "app.mtar"]);
        assert_eq!((exit, out.as_str()), (Some(64), ""), "{errors}");
        assert!(errors.contains("`app.mtar` is an archive"), "{errors}");
    }
    assert_eq!(fs::read(&archive).unwrap(), before);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(["help", "exit-codes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let output = command.args(["help", "exit-codes"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the result"), "{output:?}");
}
