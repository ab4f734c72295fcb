//! The commands that change something, from outside, on a real engine: what people see, and what is left afterwards.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, web, worker};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn an_application_comes_up_changes_and_goes() {
    let Some(app) = app("story") else { return };
    app.write(&(web("web", "hello", "") + &worker("worker", STAYS)));
    let first = app.expect(0, &["deploy"]);
    assert!(first.out.starts_with(&format!("{} 1.0.0 is deployed, ", app.id)), "{}", first.out);
    let status = app.status();
    let modules = status["modules"].as_array().unwrap();
    assert_eq!(modules.iter().map(|module| &module["status"]).collect::<Vec<_>>(), ["Running", "Running"]);
    assert_eq!(modules[0]["instances"][0]["health"], "healthy");
    let address = modules[0]["addresses"][0].as_str().unwrap();
    assert!(first.out.contains(address) && address.starts_with("http://127.0.0.1:"), "{}", first.out);
    assert!(answers(address), "{address} can be opened");

    // Again, unchanged: nothing moves, and planning says so beforehand.
    let before = app.containers();
    app.expect(0, &["plan", "--detailed-exitcode"]);
    let second = app.expect(0, &["deploy"]);
    assert!(second.out.contains("nothing had changed"), "{}", second.out);
    assert_eq!(app.containers(), before);
    assert_eq!(app.status()["revision"], 1);

    // One variable: exactly one container is another one.
    app.write(&(web("web", "goodbye", "") + &worker("worker", STAYS)));
    app.expect(2, &["plan", "--detailed-exitcode"]);
    app.expect(0, &["deploy"]);
    let after = app.containers();
    let kept: Vec<_> = before.iter().filter(|line| after.contains(line)).collect();
    assert_eq!((after.len(), kept.len()), (2, 1), "{before:?} {after:?}");
    let environment = app.inspect("web")["Config"]["Env"].to_string();
    assert!(environment.contains("GREETING=goodbye"), "{environment}");

    let logs = app.expect(0, &["logs", &format!("{}/worker", app.id)]);
    assert_eq!(logs.out, "");
    let listed = app.expect(0, &["ls"]);
    assert!(listed.out.contains(&app.id) && listed.out.contains("2 of 2 running"), "{}", listed.out);

    // It would ask, and nobody can answer: nothing happens.
    let asked = app.expect(64, &["undeploy", &app.id]);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    assert_eq!(app.containers(), after);
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert!(app.containers().is_empty());
    assert_eq!(app.docker(&["network", "ls", "-q", "--filter", &format!("name=windlass-{}", app.id)]), "");
    // Once more: it holds already, and what is not there is named.
    let twice = app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert!(twice.err.contains("nothing of"), "{}", twice.err);
}

fn answers(address: &str) -> bool {
    use std::io::Read;
    let host = address.strip_prefix("http://").unwrap();
    let Ok(mut stream) = std::net::TcpStream::connect(host) else { return false };
    let asked = write!(stream, "GET / HTTP/1.0\r\nHost: {host}\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
}

#[test]
fn when_a_new_version_fails_the_old_one_keeps_running() {
    let Some(app) = app("old-stays") else { return };
    app.write(&worker("worker", STAYS));
    app.expect(0, &["deploy"]);
    let before = app.containers();
    app.write_version("1.1.0", &worker("worker", "'echo about to fail; exit 3'"));
    let failed = app.expect(3, &["deploy"]);
    for part in ["exit code 3", "about to fail", "declared in: mtad.yaml:5", "as it was before"] {
        assert!(failed.err.contains(part), "{part}: {}", failed.err);
    }
    assert_eq!(app.containers(), before);
    assert_eq!(app.inspect("worker")["State"]["Running"], true);
    let status = app.status();
    assert_eq!((&status["version"], &status["drifted"]), (&Value::from("1.0.0"), &Value::from(false)));

    // The same for programs: the last event carries the exit code, the failure is whole.
    let events = app.expect(3, &["deploy", "--progress", "json"]);
    let events: Vec<Value> = events.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap();
    assert_eq!((&last["type"], &last["exit_code"]), (&Value::from("operation.finished"), &Value::from(3)));
    let failure = events.iter().find(|event| event["type"] == "step.failed").unwrap();
    assert_eq!(failure["failure"]["instance"]["exit_code"], 3);
    assert_eq!(failure["failure"]["instance"]["last_lines"][0], "about to fail");
}

#[test]
fn a_first_deployment_that_fails_leaves_nothing() {
    let Some(app) = app("first-fails") else { return };
    app.write(&web("web", "hello", "      health-check-http-endpoint: /cgi-bin/fail\n"));
    let failed = app.expect(3, &["deploy", "--start-timeout", "2s"]);
    assert!(failed.err.contains("500") && failed.err.contains("--start-timeout"), "{}", failed.err);
    assert!(app.containers().is_empty());
    assert_eq!(app.docker(&["network", "ls", "-q", "--filter", &format!("name=windlass-{}", app.id)]), "");
    let gone = app.expect(64, &["status", &app.id]);
    assert!(gone.err.contains("nothing of"), "{}", gone.err);
}

#[test]
fn an_image_that_is_not_there_is_found_before_anything_is_touched() {
    let Some(app) = app("no-image") else { return };
    app.write(&web("web", "hello", "").replace("windlass-test:1", "windlass-test:no-such-tag"));
    let failed = app.run(&["deploy"]);
    // Docker Hub says so before anything begins; where it cannot be reached, the pull does.
    assert!(matches!(failed.code, 3 | 8), "{}: {}", failed.code, failed.err);
    assert!(failed.err.contains("windlass-test:no-such-tag"), "{}", failed.err);
    assert!(app.containers().is_empty());
}

#[test]
fn a_port_that_is_taken_names_its_holder() {
    let (Some(holder), Some(app)) = (app("port-holder"), app("port-wants")) else { return };
    let port = free_port();
    let fixed = format!("      container: {{ports: [\"{port}:8080\"]}}\n");
    holder.write(&web("web", "hello", &fixed));
    holder.expect(0, &["deploy"]);
    app.write(&web("web", "hello", &fixed));
    let failed = app.run(&["deploy"]);
    assert_ne!(failed.code, 0);
    assert!(failed.err.contains(&port.to_string()) && failed.err.contains(&holder.id), "{}", failed.err);
    assert!(app.containers().is_empty());

    // The same port in a new version of the holder: the old one goes first, and comes back when the new one fails.
    let before = holder.containers();
    holder.write(&web("web", "goodbye", &(fixed.clone() + "      health-check-http-endpoint: /cgi-bin/fail\n")));
    holder.expect(3, &["deploy", "--start-timeout", "1s"]);
    assert_eq!(holder.containers(), before);
    assert!(answers(&format!("http://127.0.0.1:{port}")), "the old one serves again");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn two_applications_at_once_and_one_application_only_once() {
    let (Some(one), Some(other)) = (app("at-once-a"), app("at-once-b")) else { return };
    // A check that never succeeds holds the deployment, and so the lock, for a while.
    one.write(&web("web", "hello", "      health-check-http-endpoint: /cgi-bin/fail\n"));
    let mut first = one.command(&["deploy", "--start-timeout", "12s"]);
    let first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = Ended(first);
    wait_until(|| !one.containers().is_empty());
    let second = one.expect(7, &["deploy"]);
    for part in ["deploy of", "since", "process"] {
        assert!(second.err.contains(part), "{part}: {}", second.err);
    }
    // Another application with the same state is not held up.
    other.write(&worker("worker", STAYS));
    let shared = one.folder.path().join("state");
    other.expect(0, &["deploy", "--state-dir", shared.to_str().unwrap()]);
    assert!(first.0.try_wait().unwrap().is_none(), "the first one was at work all the time");

    // The polite signal: it stops after the current step, and says so with its exit code.
    let process = first.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    assert_eq!(first.0.wait().unwrap().code(), Some(130));
    // Its lock is free again.
    one.write(&worker("worker", STAYS));
    one.expect(0, &["deploy"]);
}

/// Ends the process when the test fails before it has.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited for 30 seconds in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_kept_plan_is_refused_when_the_world_has_moved() {
    let Some(app) = app("kept-plan") else { return };
    app.write(&worker("worker", STAYS));
    app.expect(0, &["plan", "--plan-out", "kept.json"]);
    app.expect(64, &["deploy", "mtad.yaml", "--plan", "kept.json"]);
    app.write_version("1.0.1", &worker("worker", STAYS));
    let refused = app.expect(1, &["deploy", "--plan", "kept.json"]);
    assert!(refused.err.contains("mtad.yaml"), "{}", refused.err);
    assert!(app.containers().is_empty());
    app.expect(0, &["plan", "--plan-out", "kept.json"]);
    app.expect(0, &["deploy", "--plan", "kept.json"]);
    assert_eq!(app.containers().len(), 1);
}

#[test]
fn status_sees_what_was_done_behind_its_back() {
    let Some(app) = app("drift") else { return };
    app.write(&worker("worker", "'echo one; echo two; exec sleep 600'"));
    app.expect(0, &["deploy"]);
    app.expect(0, &["status", &app.id, "--detailed-exitcode"]);
    let logs = app.expect(0, &["logs", &app.id, "--tail", "1"]);
    assert_eq!(logs.out, "two\n");
    app.docker(&["stop", "-t", "0", &format!("windlass-{}-worker-1", app.id)]);
    let drifted = app.expect(2, &["status", &app.id, "--detailed-exitcode"]);
    assert!(drifted.out.contains("Suspended") && drifted.out.contains("exit code"), "{}", drifted.out);
    // Deploying again wakes it; no new container is needed.
    let before = app.containers();
    app.expect(0, &["deploy"]);
    assert_eq!(app.containers(), before);
    assert_eq!(app.inspect("worker")["State"]["Running"], true);

    let wrong = app.expect(64, &["logs", &format!("{}/wroker", app.id)]);
    assert!(wrong.err.contains(&format!("did you mean `{}/worker`?", app.id)), "{}", wrong.err);
    let wrong = app.expect(64, &["status", &format!("{}x", app.id)]);
    assert!(wrong.err.contains(&format!("did you mean `{}`?", app.id)), "{}", wrong.err);
}

#[test]
fn data_is_kept_unless_it_is_asked_for() {
    let Some(app) = app("data") else { return };
    let volume = "      container: {stop-timeout: 1, volumes: [\"data:/data\"]}\n";
    app.write(&worker("worker", STAYS).replace("      container: {stop-timeout: 1}\n", volume));
    app.expect(0, &["deploy"]);
    let volumes = || app.docker(&["volume", "ls", "-q", "--filter", &format!("name=windlass-{}", app.id)]);
    assert_eq!(volumes().lines().count(), 1);
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert_eq!(volumes().lines().count(), 1, "data stays");
    app.expect(0, &["undeploy", &app.id, "--yes", "--delete-data"]);
    assert_eq!(volumes(), "");
}

#[test]
fn no_secret_comes_out_of_a_deployment() {
    let Some(app) = app("secrets") else { return };
    let secret = "tr0ub4dor-and-3";
    let modules = worker("worker", "'echo the password is $PASSWORD; exit 1'")
        + &format!("    properties:\n      PASSWORD: !sensitive {secret}\n");
    app.write(&modules);
    let failed = app.run(&["deploy", "-vv", "--progress", "plain"]);
    assert!(failed.err.contains("engine: POST ") && failed.err.contains("/containers/create"), "{}", failed.err);
    assert_eq!(failed.code, 3, "{}", failed.err);
    assert!(failed.err.contains("the password is (sensitive)"), "{}", failed.err);
    let events = app.run(&["deploy", "--progress", "json"]);
    for text in [&failed.out, &failed.err, &events.out, &events.err] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// Secrets of every kind: marked, inside a map and a list, by metadata, part of another value, generated, and what pulls
/// an image. None is in anything that windlass shows or writes beside its own state.
#[test]
fn no_command_shows_a_secret() {
    let Some(app) = app("masked") else { return };
    let module = |word: &str| {
        format!(
            r#"  - name: m
    type: application
    parameters:
      docker: {{image: "windlass-test:1", username: me, password: {word}-Pull}}
      no-route: true
      command: "echo I am $PLAIN $NESTED; exec sleep 600 # ${{token}}"
      token: !sensitive {word}-Token
      container: {{stop-timeout: 1}}
    properties:
      PLAIN: !sensitive {word}-Plain
      NESTED: {{a: {{b: !sensitive {word}-Nested}}}}
      LIST: [!sensitive {word}-List]
      PART: "before ${{token}} after"
      GENERATED: "${{generated-password}}"
    requires: [{{name: db, properties: {{URL: "postgres://~{{password}}@db"}}}}]
resources:
  - name: db
    properties: {{password: {word}-Metadata}}
    properties-metadata: {{password: {{sensitive: true}}}}
"#
        )
    };
    app.write(&module("Hush1"));
    let mut secrets = vec!["Hush1".to_owned(), "Hush2".to_owned()];
    let quiet = |arguments: &[&str], secrets: &[String]| {
        let said = app.expect(0, arguments);
        for secret in secrets {
            assert!(
                !said.out.contains(secret) && !said.err.contains(secret),
                "{arguments:?} shows {secret}: {}{}",
                said.out,
                said.err
            );
        }
        said
    };
    let kept = ["plan", "--plan-out", "kept.json"];
    quiet(&kept, &secrets);
    quiet(&["deploy", "-vv", "--progress", "plain"], &secrets);
    let environment = app.inspect("m")["Config"]["Env"].clone();
    let generated = environment.as_array().unwrap().iter().find_map(|one| one.as_str()?.strip_prefix("GENERATED="));
    let generated = generated.unwrap().to_owned();
    assert!(environment.to_string().contains("Hush1-Plain"), "the container has them: {environment}");
    secrets.push(generated.clone());

    app.write(&module("Hush2"));
    let plan = quiet(&["plan"], &secrets).out;
    assert!(plan.contains("PLAIN") && plan.contains("(sensitive, changed)"), "{plan}");
    for words in
        ["plan --full", "plan -o json", "plan --offline --full", "env", "env --explain", "env -o json", "graph -o json"]
    {
        quiet(&words.split(' ').collect::<Vec<_>>(), &secrets);
    }
    for stage in ["merged", "placeholders", "configuration", "references"] {
        quiet(&["resolve", "--stage", stage], &secrets);
        quiet(&["resolve", "--stage", stage, "-o", "json"], &secrets);
    }
    quiet(&kept, &secrets);
    quiet(&["deploy", "--progress", "json"], &secrets);
    quiet(&["status", &app.id, "-o", "json"], &secrets);
    assert!(quiet(&["logs", &app.id], &secrets).out.contains("I am (sensitive)"));
    let shown = app.expect(0, &["logs", &app.id, "--show-secrets", "--force"]).out;
    assert!(shown.contains("I am Hush2-Plain"), "{shown}");
    let file = std::fs::read_to_string(app.folder.path().join("kept.json")).unwrap();
    let labels = app.inspect("m")["Config"]["Labels"].to_string();
    for secret in &secrets {
        assert!(!file.contains(secret) && !labels.contains(secret), "{secret} in {labels} or {file}");
    }

    // What was generated stays, also for an application that was away in between.
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    app.expect(0, &["deploy"]);
    let again = app.inspect("m")["Config"]["Env"].to_string();
    assert!(again.contains(&format!("GENERATED={generated}")), "{again}");

    let labelled = module("Hush3").replace("stop-timeout: 1", "labels: {t: '${token}'}");
    app.write(&labelled);
    let refused = app.expect(1, &["deploy"]);
    assert!(refused.err.contains("`t` would show a sensitive value"), "{}", refused.err);
}

#[test]
fn a_log_is_followed_until_the_container_ends() {
    let Some(app) = app("follow") else { return };
    app.write(
        &worker("worker", "'echo first; sleep 3; echo last; sleep 1'")
            .replace("stop-timeout: 1", "stop-timeout: 1, restart: no"),
    );
    app.expect(0, &["deploy"]);
    let began = Instant::now();
    let said = app.expect(0, &["logs", &app.id, "-f"]);
    assert_eq!(said.out, "first\nlast\n");
    assert!(began.elapsed() > Duration::from_secs(1), "it ended before the container did");
}

/// Programs that read events wait for the last one; it comes also when there was nothing to begin with.
#[test]
fn the_last_event_comes_whatever_happens() {
    let folder = tempfile::tempdir().unwrap();
    let app = App { id: "deploy-refused".into(), folder, engine: "unix:///nowhere/docker.sock".into() };
    let last = |code: i32, arguments: &[&str]| {
        let said = app.expect(code, arguments);
        let line: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
        assert_eq!((&line["type"], &line["exit_code"]), (&Value::from("operation.finished"), &Value::from(code)));
    };
    app.write(&worker("worker", STAYS));
    last(8, &["deploy", "--progress", "json"]);
    last(8, &["undeploy", "x", "--yes", "--progress", "json"]);
    last(64, &["deploy", "--progress", "json", "--plan", "none.json"]);
}

/// A process that was killed has left its lock and half a replacement. Neither is in the way.
#[test]
fn what_a_killed_deployment_has_left_is_taken_over() {
    let Some(app) = app("killed") else { return };
    app.write(&worker("worker", STAYS));
    app.expect(0, &["deploy"]);
    app.write(&web("worker", "hello", "      health-check-http-endpoint: /cgi-bin/fail\n"));
    let mut first = app.command(&["deploy", "--start-timeout", "60s"]);
    let mut first = Ended(first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    wait_until(|| app.containers().len() == 2);
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    app.write(&worker("worker", "'exec sleep 700'"));
    let second = app.expect(0, &["deploy"]);
    assert!(
        second.err.contains("an earlier operation did not end") && second.err.contains("taken over"),
        "{}",
        second.err
    );
    let left = app.containers();
    assert!(left.len() == 1 && left[0].contains("-worker-1 "), "{left:?}");
    app.expect(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn without_an_engine_the_way_out_is_said() {
    // Needs no engine: that is the point.
    let folder = tempfile::tempdir().unwrap();
    let app = App { id: "deploy-no-engine".into(), folder, engine: "unix:///nowhere/docker.sock".into() };
    app.write(&worker("worker", STAYS));
    for arguments in [&["deploy"][..], &["status"], &["ls"], &["logs", "x"], &["undeploy", "x", "--yes"]] {
        let failed = app.expect(8, arguments);
        for part in ["/nowhere/docker.sock", "windlass doctor"] {
            assert!(failed.err.contains(part), "{part}: {}", failed.err);
        }
    }
    assert!(!Path::new("/nowhere").exists());
}

/// Everything the engine has done for the application so far.
fn events(app: &App, since: &str) -> Vec<String> {
    let now = app.docker(&["info", "--format", "{{.SystemTime}}"]);
    let all = app.docker(&["events", "--since", since, "--until", &now, "--format", "{{json .}}"]);
    all.lines().filter(|line| line.contains(&app.id)).map(str::to_owned).collect()
}

#[test]
fn planning_changes_nothing() {
    let Some(app) = app("look") else { return };
    let since = app.docker(&["info", "--format", "{{.SystemTime}}"]);
    app.write(&web("web", "one", ""));
    let first = app.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(first.out.contains("module web"), "{}", first.out);
    assert_eq!(events(&app, &since), [] as [&str; 0], "a first plan has touched the engine");
    assert!(!app.folder.path().join("state").exists(), "a first plan has made a state folder");
    // One that is kept needs the key of generated credentials, and so the state folder; the engine is left alone all the same.
    app.expect(2, &["plan", "--detailed-exitcode", "--plan-out", "first.json"]);
    assert_eq!(events(&app, &since), [] as [&str; 0], "a plan that is kept has touched the engine");

    // The events are really seen: a deployment has some.
    app.expect(0, &["deploy", "--plan", "first.json"]);
    assert!(!events(&app, &since).is_empty(), "the deployment has left no events");
    let since = app.docker(&["info", "--format", "{{.SystemTime}}"]);
    let unchanged = app.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(unchanged.out.contains("Nothing to do"), "{}", unchanged.out);
    app.write(&web("web", "two", ""));
    for arguments in [&["plan"][..], &["plan", "--full"], &["plan", "-o", "json"], &["plan", "--offline"]] {
        app.expect(0, arguments);
    }
    app.docker(&["stop", "--time", "0", &format!("windlass-{}-web-1", app.id)]);
    let stopped = events(&app, &since).len();
    app.expect(2, &["plan", "--detailed-exitcode"]);
    app.write(&worker("other", "sleep 100"));
    app.expect(2, &["plan", "--detailed-exitcode"]);
    assert_eq!(events(&app, &since).len(), stopped, "{:#?}", events(&app, &since));
    assert!(
        events(&app, &since)
            .iter()
            .all(|event| ["\"kill\"", "\"die\"", "\"stop\"", "\"disconnect\""].iter().any(|own| event.contains(own))),
        "{:#?}",
        events(&app, &since)
    );
}
