//! Tasks, hooks and modules that are run once, from outside, on a real engine.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, worker};
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A worker that stays up and has these lines among its parameters.
fn with(parameters: &str) -> String {
    worker("web", STAYS) + parameters
}

/// The volume is how tasks and hooks tell what they did, and in which order.
const VOLUME: &str = "container: {stop-timeout: 1, volumes: [\"data:/data\"]}";

fn on_volume(modules: &str) -> String {
    modules.replace("container: {stop-timeout: 1}", VOLUME)
}

/// What the tasks and hooks have written down.
fn diary(app: &App) -> Vec<String> {
    let volume = format!("windlass-{}-data:/data", app.id);
    let text = app.docker(&["run", "--rm", "-v", &volume, "windlass-test:1", "sh", "-c", "cat /data/diary"]);
    text.lines().map(str::to_owned).collect()
}

fn write_down(what: &str) -> String {
    format!("'echo {what} >> /data/diary'")
}

fn hook(name: &str, phase: &str) -> String {
    let command = write_down(name);
    format!("      - {{name: {name}, type: task, phases: [{phase}], parameters: {{command: {command}}}}}\n")
}

fn kinds(app: &App) -> String {
    let filter = format!("label=windlass.mta.id={}", app.id);
    app.docker(&["ps", "-a", "--filter", &filter, "--format", "{{.Label \"windlass.kind\"}}"])
}

fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited for 30 seconds in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn tasks_run_in_order_once_and_again_when_they_change() {
    let Some(app) = app("tasks") else { return };
    let tasks = |first: &str| {
        on_volume(&with(&format!(
            "      tasks:
        - {{name: first, command: {}, env: {{STEP: 7}}}}
        - {{name: second, command: ['/bin/sh', '-c', 'echo second $KEY$STEP >> /data/diary']}}
    properties: {{KEY: value}}\n",
            write_down(first)
        )))
    };
    app.write(&tasks("first $STEP $KEY"));
    let planned = app.expect(0, &["plan"]);
    assert!(planned.out.contains("  >   task web/first") && planned.out.contains("2 to run once"), "{}", planned.out);
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app), ["first 7 value", "second value"], "a task's own variables are its own");
    assert_eq!(kinds(&app), "module", "nothing of the tasks is left");
    let status = app.status();
    assert_eq!(status["modules"][0]["tasks"][0], serde_json::json!({"name": "first", "revision": 1}));
    assert_eq!(status["drifted"], false);

    // Unchanged: nothing runs, and planning says so.
    app.expect(0, &["plan", "--detailed-exitcode"]);
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app).len(), 2);

    // One command: that task alone, and no container is another one.
    let before = app.containers();
    app.write(&tasks("changed"));
    app.expect(2, &["plan", "--detailed-exitcode"]);
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app)[2..], ["changed"]);
    assert_eq!(app.containers(), before);
    assert_eq!(app.status()["modules"][0]["tasks"][1]["revision"], 1);
    app.expect(0, &["undeploy", &app.id, "--yes", "--delete-data"]);
}

#[test]
fn a_task_that_fails_fails_the_deployment_and_runs_again() {
    let Some(app) = app("task-fails") else { return };
    let task = |command: &str| {
        with(&format!(
            "      tasks: [{{name: migrate, command: {command}}}, {{name: seed, command: 'true'}}]
    properties: {{TOKEN: !sensitive tr0ub4dor-and-4}}\n"
        ))
    };
    app.write(&task("'echo half of it with $TOKEN; echo oh no >&2; exit 3'"));
    let failed = app.expect(4, &["deploy"]);
    for part in [
        "task `migrate` of module `web` ended after",
        "exit code 3",
        "declared in: mtad.yaml:13",
        "half of it with (sensitive)",
        "oh no",
        "is not undone",
        "not begun: task web/seed: run",
    ] {
        assert!(failed.err.contains(part), "{part}: {}", failed.err);
    }
    assert!(!failed.err.contains("tr0ub4dor"), "{}", failed.err);
    assert_eq!(kinds(&app), "module", "the container of the task is gone");
    let status = app.run(&["status", &app.id, "--detailed-exitcode"]);
    assert!(status.code == 2 && status.out.contains("`migrate` has not ended well yet"), "{}", status.out);
    let again = app.expect(0, &["plan"]);
    assert!(again.out.contains("task web/migrate") && again.out.contains("not ended well"), "{}", again.out);

    app.write(&task("'true'"));
    let events = app.expect(0, &["deploy", "--progress", "json"]);
    let events: Vec<Value> = events.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().filter(|event| event["type"] == name).count();
    assert_eq!((of("task.started"), of("task.ended"), of("module.instance.created")), (2, 2, 0));
}

#[test]
fn what_is_secret_in_a_command_is_not_heard() {
    let Some(app) = app("task-secrets") else { return };
    let secret = "tr0ub4dor-and-5";
    let tasks = "      token: !sensitive tr0ub4dor-and-5
      tasks:
        - {name: told, command: 'set -x; echo token=${token} is right; exit 1', env: {OTHER: !sensitive tr0ub4dor-and-6}}
    hooks:
      - {name: hook, type: task, phases: [before-start], parameters: {command: ['/bin/sh', '-c', 'echo ${token}']}}\n";
    app.write(&with(tasks));
    let planned = app.expect(0, &["plan", "--full"]);
    let failed = app.expect(4, &["deploy", "--progress", "plain"]);
    assert!(failed.err.contains("| (sensitive) is right"), "{}", failed.err);
    let events = app.run(&["deploy", "--progress", "json"]);
    let json = app.expect(0, &["plan", "-o", "json"]);
    let labels = app.inspect("web")["Config"]["Labels"].to_string();
    for text in [&planned.out, &failed.out, &failed.err, &events.out, &events.err, &json.out, &labels] {
        assert!(!text.contains(secret) && !text.contains("tr0ub4dor-and-6"), "{text}");
    }
}

#[test]
fn a_task_that_takes_too_long_is_stopped() {
    let Some(app) = app("task-slow") else { return };
    let slow = "      task-execution-timeout: 1\n      tasks: [{name: slow, command: 'echo begun; exec sleep 600'}]\n";
    app.write(&with(slow));
    let began = Instant::now();
    let failed = app.expect(4, &["deploy"]);
    assert!(began.elapsed() < Duration::from_secs(60));
    for part in ["did not end within 1 s", "begun", "task-execution-timeout"] {
        assert!(failed.err.contains(part), "{part}: {}", failed.err);
    }
    assert_eq!(kinds(&app), "module");
    let failed = app.expect(3, &["deploy", "--task-timeout", "2s"]);
    assert!(failed.err.contains("did not end within 2 s"), "{}", failed.err);
}

#[test]
fn what_a_killed_operation_leaves_is_found_and_cleared_away() {
    let Some(app) = app("task-killed") else { return };
    app.write(&with("      tasks: [{name: long, command: 'exec sleep 600'}]\n"));
    let mut first = app.command(&["deploy"]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| kinds(&app).contains("task"));
    first.kill().unwrap();
    first.wait().unwrap();
    let status = app.run(&["status", &app.id, "--detailed-exitcode"]);
    assert!(status.code == 2 && status.out.contains("task `long` was left"), "{} {}", status.out, status.err);
    app.write(&with("      tasks: [{name: long, command: 'true'}]\n"));
    let planned = app.expect(0, &["plan"]);
    assert!(planned.out.contains("leftovers") && planned.out.contains("cut short"), "{}", planned.out);
    app.expect(0, &["deploy"]);
    assert_eq!(kinds(&app), "module");
    app.expect(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn an_interrupt_stops_a_task() {
    let Some(app) = app("task-interrupted") else { return };
    app.write(&with("      tasks: [{name: long, command: 'exec sleep 600'}]\n"));
    let mut deploy = app.command(&["deploy"]);
    let mut deploy = deploy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| kinds(&app).contains("task"));
    let interrupted = std::process::Command::new("kill").args(["-INT", &deploy.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(deploy.wait().unwrap().code(), Some(130));
    assert_eq!(kinds(&app), "module");
}

#[test]
fn hooks_run_when_their_phase_happens() {
    let Some(app) = app("hooks") else { return };
    let modules = |level: &str, hooks: &str| {
        on_volume(&worker("web", STAYS)) + &format!("    properties: {{LEVEL: {level}}}\n    hooks:\n{hooks}")
    };
    let all = hook("announce", "deploy.application.before-start")
        + &hook("drain", "before-stop")
        + &hook("tidy", "deploy.application.after-stop")
        + &hook("farewell", "deploy.application.before-unmap-routes");
    app.write(&modules("info", &all));
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app), ["announce"]);
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app), ["announce"], "nothing happens to an unchanged module");
    app.write(&modules("debug", &all));
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app)[1..], ["drain", "tidy", "announce"]);
    assert_eq!(kinds(&app), "module");

    // A hook that fails leaves all as it was.
    let before = app.containers();
    let failing = all.replace("'echo tidy >> /data/diary'", "'echo cannot tidy; exit 7'");
    app.write(&modules("trace", &failing));
    let failed = app.expect(3, &["deploy"]);
    for part in ["hook `tidy` of module `web`", "exit code 7", "cannot tidy", "as it was before"] {
        assert!(failed.err.contains(part), "{part}: {}", failed.err);
    }
    assert_eq!(app.containers(), before);
    assert_eq!(app.inspect("web")["State"]["Running"], true);

    app.write(&modules("trace", &all));
    app.expect(0, &["deploy", "--no-hooks"]);
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert_eq!(diary(&app)[5..], ["farewell", "drain", "tidy"]);
    assert_eq!(kinds(&app), "");
}

#[test]
fn a_hook_that_cannot_succeed_can_be_passed_over() {
    let Some(app) = app("hook-stuck") else { return };
    let hooks = "    hooks: [{name: stuck, type: task, phases: [before-stop], parameters: {command: exit 1}}]\n";
    app.write(&(worker("web", STAYS) + hooks));
    app.expect(0, &["deploy"]);
    let failed = app.expect(3, &["undeploy", &app.id, "--yes"]);
    assert!(failed.err.contains("hook `stuck`") && failed.err.contains("--no-hooks"), "{}", failed.err);
    assert_eq!(app.inspect("web")["State"]["Running"], true);
    app.expect(0, &["undeploy", &app.id, "--yes", "--no-hooks"]);
    assert_eq!(kinds(&app), "");
}

#[test]
fn nobody_reaches_a_task_by_the_name_of_its_module() {
    let Some(app) = app("task-alias") else { return };
    // The module answers 200; the task, in the same network, would refuse. All answers must come from the module.
    let command = "'for i in 1 2 3 4 5 6 7 8; do wget -q -O /dev/null http://web:8080/ || exit 1; done'";
    let tasks = format!("      tasks: [{{name: ask, command: {command}}}]\n");
    app.write(&app::web("web", "hello", &tasks));
    app.expect(0, &["deploy"]);
    let ports = app.inspect("web")["NetworkSettings"]["Ports"].to_string();
    assert!(ports.contains("8080/tcp"), "{ports}");
}

fn executed(command: &str, more: &str) -> String {
    worker("job", command) + "      execute-app: true\n" + more
}

#[test]
fn an_executed_application_runs_once() {
    let Some(app) = app("executed") else { return };
    let job = |what: &str| on_volume(&executed(&write_down(what), ""));
    app.write(&job("one"));
    app.expect(0, &["deploy"]);
    let status = app.status();
    assert_eq!((&status["modules"][0]["status"], &status["drifted"]), (&"Completed".into(), &false.into()));
    assert_eq!(app.inspect("job")["State"]["ExitCode"], 0);
    // Somebody clears ended containers away: that is no reason to run it again.
    app.docker(&["rm", &format!("windlass-{}-job-1", app.id)]);
    app.expect(0, &["plan", "--detailed-exitcode"]);
    assert_eq!(app.status()["modules"][0]["status"], "Completed");
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app), ["one"]);
    app.write(&job("two"));
    app.expect(0, &["deploy"]);
    assert_eq!(diary(&app), ["one", "two"]);
    app.expect(0, &["undeploy", &app.id, "--yes", "--delete-data"]);
    assert_eq!(kinds(&app), "");
}

#[test]
fn markers_end_an_executed_application() {
    let Some(app) = app("markers") else { return };
    let markers =
        "      success-marker: 'STDOUT:^done [0-9]+'\n      failure-marker: 'STDERR:FATAL'\n      stop-app: true\n";
    app.write(&executed("'echo done soon; echo done 12; exec sleep 600'", markers));
    let began = Instant::now();
    let done = app.expect(0, &["deploy", "--progress", "json"]);
    assert!(began.elapsed() < Duration::from_secs(60));
    assert!(done.out.contains("\"module.instance.completed\"") && done.out.contains("done 12"), "{}", done.out);
    assert_eq!(app.inspect("job")["State"]["Running"], false);

    let before = app.containers();
    app.write(&executed("'echo FATAL is a word; echo it is FATAL >&2; exec sleep 600'", markers));
    let failed = app.expect(3, &["deploy"]);
    assert!(failed.err.contains("it wrote `it is FATAL`"), "{}", failed.err);
    assert_eq!(app.containers(), before);

    app.write(&executed("'echo all is well'", markers));
    let silent = app.expect(3, &["deploy"]);
    assert!(silent.err.contains("without a line that matches its `success-marker`"), "{}", silent.err);
}

#[test]
fn with_check_deploy_id_it_runs_every_time() {
    let Some(app) = app("deploy-id") else { return };
    let job = executed(
        "'echo $DEPLOY_ID >> /data/diary; echo ready; echo ready $DEPLOY_ID'",
        "      success-marker: STDOUT:ready\n      check-deploy-id: true\n",
    );
    app.write(&on_volume(&job));
    app.expect(0, &["deploy"]);
    app.expect(0, &["deploy"]);
    let ids = diary(&app);
    assert!(ids.len() == 2 && ids[0] != ids[1] && ids.iter().all(|id| !id.is_empty()), "{ids:?}");
    app.expect(0, &["undeploy", &app.id, "--yes", "--delete-data"]);
}
