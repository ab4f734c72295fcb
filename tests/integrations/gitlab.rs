//! The GitLab template: held against GitLab's own schema, and its scripts run as a runner runs them.

use super::{RIGHT, WRONG, command, engine, root, said, tool};
use serde::Deserialize;
use serde_yaml::{Deserializer, Value};
use std::path::Path;
use std::process::Output;

/// The jobs of the template, with these inputs and the defaults of the others put in.
fn jobs(inputs: &[(&str, &str)]) -> Value {
    let text = std::fs::read_to_string(root().join("ci/gitlab/windlass.yml")).unwrap();
    let (head, body) = text.split_once("\n---\n").unwrap();
    let head: Value = serde_yaml::from_str(head).unwrap();
    let mut body = body.to_owned();
    for (name, input) in head["spec"]["inputs"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let given = inputs.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
        let default = || match &input["default"] {
            Value::Bool(value) => value.to_string(),
            value => value.as_str().unwrap_or_else(|| panic!("`{name}` has no default and is not given")).to_owned(),
        };
        body = body.replace(&format!("$[[ inputs.{name} ]]"), &given.unwrap_or_else(default));
    }
    assert!(!body.contains("$[["), "an input that is not declared: {body}");
    Value::deserialize(Deserializer::from_str(&body)).unwrap()
}

/// Runs the script of a job line by line in one shell, as a runner does.
fn run(job: &Value, folder: &Path, variables: &[(&str, &str)]) -> Output {
    let lines: Vec<&str> = job["script"].as_sequence().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let mut shell = command(tool("sh").unwrap(), folder);
    for (name, value) in job["variables"].as_mapping().unwrap() {
        shell.env(name.as_str().unwrap(), value.as_str().unwrap());
    }
    shell.current_dir(folder).envs(variables.iter().copied()).args(["-e", "-c", &lines.join("\n")]).output().unwrap()
}

fn folder(descriptor: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mtad.yaml"), descriptor).unwrap();
    folder
}

#[test]
fn lint_leaves_the_report_that_the_job_names() {
    let jobs = jobs(&[("image", "any"), ("extensions", "prod.mtaext"), ("lint-args", "--space dev")]);
    let job = &jobs["windlass-lint"];
    let folder = folder(WRONG);
    std::fs::write(folder.path().join("prod.mtaext"), "_schema-version: \"3.1\"\nID: prod\nextends: shop\n").unwrap();
    let output = run(job, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("mtad.yaml:9:15: error[unresolved-requires]"), "{}", said(&output));
    let report = job["artifacts"]["reports"]["codequality"].as_str().unwrap();
    let report = std::fs::read_to_string(folder.path().join(report)).unwrap();
    let issues: serde_json::Value = serde_json::from_str(&report).unwrap();
    let codes: Vec<_> = issues.as_array().unwrap().iter().map(|issue| issue["check_name"].as_str().unwrap()).collect();
    assert!(codes.contains(&"unresolved-requires"), "{codes:?}");
    assert!(issues.as_array().unwrap().iter().all(|issue| issue["fingerprint"].is_string()));
}

#[test]
fn plan_fails_as_windlass_does_and_tells_whether_there_are_changes() {
    let jobs = jobs(&[("image", "any"), ("plan", "true")]);
    let job = &jobs["windlass-plan"];
    assert_eq!(job["rules"][0]["if"], "\"true\" == \"true\"");
    let Some(engine) = engine() else { return };
    let output = run(job, folder(WRONG).path(), &[("DOCKER_HOST", &engine)]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let folder = folder(RIGHT);
    let output = run(job, folder.path(), &[("DOCKER_HOST", &engine), ("WINDLASS_SPACE", "editorsci")]);
    assert!(output.status.success(), "{}", said(&output));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read(job["artifacts"]["reports"]["dotenv"].as_str().unwrap()), "WINDLASS_CHANGES=true\n");
    for path in job["artifacts"]["paths"].as_sequence().unwrap() {
        assert!(!read(path.as_str().unwrap()).is_empty());
    }
}

#[test]
fn the_template_is_one_to_gitlabs_schema() {
    let Some(check) = tool("check-jsonschema") else { return };
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("windlass.yml");
    std::fs::write(&file, serde_yaml::to_string(&jobs(&[("image", "any")])).unwrap()).unwrap();
    let output = command(check, home.path()).args(["--builtin-schema", "vendor.gitlab-ci"]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
