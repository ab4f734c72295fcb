//! The GitHub action: its steps are run as a runner runs them, with the real windlass, in a folder made for it.

use super::{RIGHT, WRONG, command, engine, root, said, tool};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

struct Job {
    folder: tempfile::TempDir,
}

struct Done {
    output: Output,
    outputs: BTreeMap<String, String>,
    summary: String,
    path: String,
}

impl Job {
    fn new(descriptor: &str) -> Job {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("workspace")).unwrap();
        std::fs::write(folder.path().join("workspace/mtad.yaml"), descriptor).unwrap();
        Job { folder }
    }

    /// Runs one script of the action. Inputs that are not named have the defaults of `action.yml`.
    fn step(&self, script: &str, inputs: &[(&str, &str)], variables: &[(&str, &str)]) -> Done {
        let file = |name: &str| self.folder.path().join(name);
        for name in ["output", "summary", "path"] {
            std::fs::write(file(name), "").unwrap();
        }
        let mut step = command(root().join("ci/github").join(script), self.folder.path());
        step.current_dir(file("workspace"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .env("GITHUB_PATH", file("path"))
            .env("RUNNER_TEMP", self.folder.path())
            .env("WINDLASS_SPACE", "editorsci");
        for (name, default) in defaults() {
            step.env(variable(&name), default);
        }
        let output = step
            .envs(inputs.iter().map(|(name, value)| (variable(name), value)))
            .envs(variables.iter().copied())
            .output();
        let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
        let outputs = read("output");
        let outputs = outputs.lines().map(|line| line.split_once('=').unwrap());
        Done {
            output: output.unwrap(),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            summary: read("summary"),
            path: read("path"),
        }
    }
}

impl Done {
    #[track_caller]
    fn ends_with(&self, code: i32) -> String {
        let text = said(&self.output);
        assert_eq!(self.output.status.code(), Some(code), "{text}");
        text
    }
}

fn action() -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(root().join("action.yml")).unwrap()).unwrap()
}

fn defaults() -> Vec<(String, String)> {
    let action = action();
    let inputs = action["inputs"].as_mapping().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    inputs.iter().map(|(name, input)| (text(name), text(&input["default"]))).collect()
}

fn variable(input: &str) -> String {
    format!("INPUT_{}", input.to_uppercase())
}

#[test]
fn the_action_hands_every_input_on_and_runs_scripts_that_are_there() {
    let action = action();
    let mut handed = Vec::new();
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let run = step["run"].as_str().unwrap();
        let script = run.trim_matches('"').strip_prefix("$GITHUB_ACTION_PATH/").unwrap();
        assert!(root().join(script).is_file(), "{script}");
        // Values come in as variables; in the text of a script they would be code.
        assert!(!run.contains("${{"), "{run}");
        for (name, value) in step["env"].as_mapping().unwrap() {
            let input =
                value.as_str().unwrap().strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}")).unwrap();
            assert_eq!(name.as_str().unwrap(), variable(input));
            handed.push(input.to_owned());
        }
    }
    let mut declared: Vec<String> = defaults().into_iter().map(|(name, _)| name).collect();
    handed.sort();
    declared.sort();
    assert_eq!(handed, declared);
    let script = std::fs::read_to_string(root().join("ci/github/run")).unwrap();
    for name in action["outputs"].as_mapping().unwrap().keys() {
        assert!(script.contains(&format!("output {} ", name.as_str().unwrap())), "{name:?}");
    }
}

#[test]
fn lint_gives_annotations_lines_and_a_summary() {
    let done = Job::new(WRONG).step("run", &[], &[]);
    let text = done.ends_with(1);
    assert!(text.contains("::error file=mtad.yaml,line=9,"), "{text}");
    assert!(text.contains("title=unresolved-requires::"), "{text}");
    assert!(text.contains("mtad.yaml:9:15: error[unresolved-requires]: "), "{text}");
    assert!(
        done.summary.starts_with("**windlass lint:** ") && done.summary.contains("`unresolved-requires`"),
        "{}",
        done.summary
    );
    assert!(done.outputs.is_empty());

    Job::new(RIGHT).step("run", &[], &[]).ends_with(0);
}

#[test]
fn several_descriptors_and_an_extension_are_handed_on() {
    let job = Job::new(RIGHT);
    let workspace = job.folder.path().join("workspace");
    std::fs::write(workspace.join("other mtad.yaml"), WRONG).unwrap();
    let text = job.step("run", &[("descriptor", "mtad.yaml\n\nother mtad.yaml\n")], &[]).ends_with(1);
    assert!(text.contains("other mtad.yaml:9:15: error"), "{text}");
    std::fs::write(workspace.join("prod.mtaext"), "_schema-version: \"3.1\"\nID: prod\nextends: shop\nmoduls: []\n")
        .unwrap();
    let text = job.step("run", &[("extensions", "prod.mtaext")], &[]).ends_with(0);
    assert!(text.contains("prod.mtaext:4:1: "), "{text}");
}

#[test]
fn arguments_are_words_and_never_code() {
    let job = Job::new(RIGHT);
    let arguments = "--space 'a b' --org \"$(touch pwned)\" -o sarif=found.sarif";
    job.step("run", &[("args", arguments)], &[]).ends_with(0);
    let workspace = job.folder.path().join("workspace");
    assert!(!workspace.join("pwned").exists());
    assert!(std::fs::read_to_string(workspace.join("found.sarif")).unwrap().contains("\"2.1.0\""));
}

#[test]
fn a_plan_says_whether_there_are_changes() {
    let done = Job::new(RIGHT).step("run", &[("command", "plan"), ("args", "--offline")], &[]);
    let text = done.ends_with(0);
    assert_eq!(done.outputs["changes"], "true");
    assert!(!done.outputs.contains_key("plan-file"), "a plan against an empty world cannot be executed");
    assert!(done.summary.starts_with("**windlass plan:** Plan: 2 to create"), "{}", done.summary);
    assert!(done.summary.contains("<details>") && done.summary.contains("module web"), "{}", done.summary);
    let first = text.find("::add-matcher::").unwrap();
    assert!(first < text.find("::remove-matcher owner=windlass::").unwrap(), "{text}");

    let done = Job::new(WRONG).step("run", &[("command", "plan"), ("args", "--offline")], &[]);
    let text = done.ends_with(1);
    assert!(text.contains("mtad.yaml:9:15: error[unresolved-requires]"), "the matcher needs the form `short`: {text}");
    assert!(done.outputs.is_empty() && done.summary.is_empty());
}

#[test]
fn a_plan_that_asked_an_engine_can_be_executed_later() {
    let Some(engine) = engine() else { return };
    let job = Job::new(RIGHT);
    let done = job.step("run", &[("command", "plan")], &[("DOCKER_HOST", &engine)]);
    done.ends_with(0);
    assert_eq!(done.outputs["changes"], "true");
    let plan = std::fs::read_to_string(&done.outputs["plan-file"]).unwrap();
    assert!(plan.contains("\"windlass\""), "{plan}");
}

#[test]
fn other_commands_are_run_as_they_are() {
    let done = Job::new(RIGHT).step("run", &[("command", "resolve"), ("args", "--stage parsed -o json")], &[]);
    assert!(done.ends_with(0).contains("\"backend\""));
    Job::new(RIGHT).step("run", &[("command", "deploi")], &[]).ends_with(64);
}

#[test]
fn the_windlass_that_is_there_is_taken_when_it_is_the_wanted_one() {
    let job = Job::new(RIGHT);
    let version = env!("CARGO_PKG_VERSION");
    for wanted in ["", version, &format!("v{version}")] {
        let done = job.step("install", &[("version", wanted)], &[]);
        assert!(done.ends_with(0).contains(&format!("windlass {version} is on the PATH")));
        assert_eq!(done.path, "");
    }
    let text = job.step("install", &[("version", "9.9.9")], &[]).ends_with(64);
    assert!(text.contains("::error title=windlass::Version 9.9.9 is wanted, and this action holds"), "{text}");
}

#[test]
fn what_is_missing_is_built_from_the_sources_of_the_action() {
    let job = Job::new(RIGHT);
    let bin = job.folder.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    // Only what the script needs is on this PATH; windlass is not.
    for name in ["bash", "sed", "head", "env", "mkdir", "touch", "chmod"] {
        std::os::unix::fs::symlink(tool(name).unwrap(), bin.join(name)).unwrap();
    }
    let path = bin.display().to_string();
    let text = job.step("install", &[], &[("PATH", &path)]).ends_with(64);
    assert!(text.contains("no Rust toolchain"), "{text}");

    // In the place of cargo, something that tells what it was asked for and leaves a program.
    let cargo = "#!/usr/bin/env bash\nset -e\necho \"cargo $*\"\nroot=\"${@: -1}\"\nmkdir -p \"$root/bin\"\ntouch \"$root/bin/windlass\"\nchmod +x \"$root/bin/windlass\"\n";
    std::fs::write(bin.join("cargo"), cargo).unwrap();
    std::fs::set_permissions(bin.join("cargo"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let cache = job.folder.path().join("cache");
    let variables = [("PATH", &*path), ("RUNNER_TOOL_CACHE", cache.to_str().unwrap())];
    let done = job.step("install", &[], &variables);
    let root_of_it = cache.join("windlass").join(env!("CARGO_PKG_VERSION"));
    let asked = format!("cargo install --locked --path {} --root {}", root().display(), root_of_it.display());
    assert!(done.ends_with(0).contains(&asked));
    assert_eq!(Path::new(done.path.trim()), root_of_it.join("bin"));
    // Built once: the folder may come out of a cache.
    assert!(!job.step("install", &[], &variables).ends_with(0).contains("cargo install"));
}

#[test]
fn the_action_is_one_to_githubs_schema() {
    let Some(check) = tool("check-jsonschema") else { return };
    let home = tempfile::tempdir().unwrap();
    let output = command(check, home.path())
        .args(["--builtin-schema", "vendor.github-actions"])
        .arg(root().join("action.yml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
