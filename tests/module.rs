//! Single modules, from being added to being deleted, on a real engine: every status that `module status` tells is held against
//! what the engine's own `inspect` says.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, Said, app, said, web, worker};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

/// What adds the module `cur` of the application under test.
fn add(app: &App, more: &[&str]) -> Said {
    let words = ["module", "add", "cur", "--mta", &app.id, "--image", "windlass-test:1"];
    app.expect(0, &[&words[..], more].concat())
}

fn status(app: &App, name: &str) -> Value {
    serde_json::from_str(&app.expect(0, &["module", "status", name, "-o", "json"]).out).unwrap()
}

/// The status, held against the engine: `Running` and `docker inspect` must mean the same.
#[track_caller]
fn is(app: &App, expected: &str, warn: bool) -> Value {
    let told = status(app, "cur");
    assert_eq!((&told["status"], &told["warn"]), (&json!(expected), &json!(warn)), "{told:#}");
    let there = app.containers();
    match expected {
        "Not Deployed" => assert!(there.is_empty(), "{there:?}"),
        _ => {
            assert_eq!(there.len(), 1, "{there:?}");
            let state = app.inspect("cur")["State"].clone();
            assert_eq!(state["Running"], json!(expected == "Running"), "{state}");
            assert_eq!(told["instances"][0]["container_id"], app.inspect("cur")["Id"]);
        }
    }
    let listed: Value = serde_json::from_str(&app.expect(0, &["module", "ls", "-o", "json"]).out).unwrap();
    assert_eq!(listed[0]["status"], told["status"]);
    told
}

/// Runs with something on standard input.
fn fed(app: &App, input: &str, arguments: &[&str]) -> Said {
    let mut child = app.command(arguments);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    said(child.wait_with_output().unwrap())
}

fn environment(app: &App) -> Vec<String> {
    let seen = app.inspect("cur");
    seen["Config"]["Env"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn id(app: &App) -> String {
    app.inspect("cur")["Id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_added_is_a_descriptor_and_both_are_one() {
    let Some(app) = app("module-round") else { return };
    add(&app, &["--name", "Exchange: rates", "--env", "RATE=60", "--env", "NOTE=yes: no # \"it's\""]);
    is(&app, "Not Deployed", false);
    let twice = app.expect(64, &["module", "add", "cur", "--image", "other:1"]);
    assert!(twice.err.contains("`cur` already") && twice.err.contains("windlass module set cur"), "{}", twice.err);

    app.expect(0, &["module", "deploy", "cur"]);
    is(&app, "Running", false);
    assert!(environment(&app).contains(&"NOTE=yes: no # \"it's\"".to_owned()), "{:?}", environment(&app));

    // From a file: nothing to do.
    let exported = app.expect(0, &["module", "export", "cur"]).out;
    std::fs::write(app.folder.path().join("mtad.yaml"), &exported).unwrap();
    app.expect(0, &["plan", "--detailed-exitcode"]);
    app.expect(0, &["module", "plan", "cur", "--detailed-exitcode"]);

    // Another name restarts nothing.
    let before = id(&app);
    app.expect(0, &["module", "set", "cur", "--name", "Rates", "--apply"]);
    assert_eq!(id(&app), before);
    assert_eq!(status(&app, "cur")["display_name"], "Rates");

    // One variable: one row of the plan, and the container has it.
    app.expect(0, &["module", "set", "cur", "--env", "RATE=30"]);
    let plan = app.expect(2, &["module", "plan", "cur", "--detailed-exitcode"]).out;
    assert!(plan.contains("~ RATE  \"60\" -> \"30\"") && plan.contains("1 changed"), "{plan}");
    assert_eq!(plan.matches("because").count(), 1, "{plan}");
    app.expect(0, &["module", "deploy", "cur"]);
    assert!(id(&app) != before && environment(&app).contains(&"RATE=30".to_owned()));

    // Another tag.
    app.expect(0, &["module", "set", "cur", "--tag", "2", "--apply"]);
    assert_eq!(app.inspect("cur")["Config"]["Image"], "windlass-test:2");
    assert_eq!(status(&app, "cur")["tag"], "2");
    assert_eq!(app.expect(0, &["module", "export", "cur"]).out.lines().count(), exported.lines().count());
    let wrong = app.expect(64, &["module", "set", "cur", "--unset-env", "RATES"]);
    assert!(wrong.err.contains("did you mean `RATE`?"), "{}", wrong.err);
}

#[test]
fn every_edge_of_its_life_leads_where_it_says() {
    let Some(app) = app("module-edges") else { return };
    add(&app, &[]);
    is(&app, "Not Deployed", false);
    assert!(app.expect(64, &["module", "suspend", "cur"]).err.contains("is not deployed"));

    app.expect(0, &["module", "deploy", "cur"]);
    is(&app, "Running", false);

    let file = |name: &str| app.docker(&["exec", &format!("windlass-{}-cur-1", app.id), "cat", name]);
    app.docker(&["exec", &format!("windlass-{}-cur-1", app.id), "sh", "-c", "echo layer > /tmp/layer"]);
    app.expect(0, &["module", "suspend", "cur"]);
    is(&app, "Suspended", false);
    assert!(status(&app, "cur")["suspended"].as_bool().unwrap());
    let again = app.expect(0, &["module", "suspend", "cur"]);
    assert!(again.err.contains("is suspended"), "{}", again.err);

    // A deployment lets it sleep, and says so.
    let deployed = app.expect(0, &["module", "deploy", "cur"]);
    assert!(deployed.err.contains("is suspended and stays so"), "{}", deployed.err);
    is(&app, "Suspended", false);

    app.expect(0, &["module", "resume", "cur"]);
    is(&app, "Running", false);
    assert_eq!(file("/tmp/layer"), "layer");
    let again = app.expect(0, &["module", "resume", "cur"]);
    assert!(again.err.contains("runs already"), "{}", again.err);

    let (before, began) = (id(&app), app.inspect("cur")["State"]["StartedAt"].clone());
    app.expect(0, &["module", "restart", "cur"]);
    is(&app, "Running", false);
    assert_eq!(id(&app), before);
    assert_ne!(app.inspect("cur")["State"]["StartedAt"], began);

    // A change while it sleeps: the new container is there, and waits.
    app.expect(0, &["module", "suspend", "cur"]);
    app.expect(0, &["module", "set", "cur", "--env", "RATE=1", "--apply"]);
    is(&app, "Suspended", false);
    assert_eq!(app.inspect("cur")["State"]["Status"], "created");
    assert!(app.expect(64, &["module", "restart", "cur"]).err.contains("windlass module resume cur"));
    app.expect(0, &["module", "deploy", "cur", "--resume"]);
    is(&app, "Running", false);
    assert!(!status(&app, "cur")["suspended"].as_bool().unwrap());
    app.expect(0, &["module", "plan", "cur", "--detailed-exitcode"]);

    // Whoever starts it behind our back is told.
    app.expect(0, &["module", "suspend", "cur"]);
    app.docker(&["start", &id(&app)]);
    let told = is(&app, "Running", true);
    assert_eq!(told["causes"][0]["kind"], "running");
    app.expect(0, &["module", "resume", "cur"]);

    // A failed update leaves what ran, with a warning that goes with the next success.
    app.expect(3, &["module", "set", "cur", "--image", "windlass-test:none", "--apply"]);
    let told = is(&app, "Running", true);
    assert_eq!(told["causes"][0]["kind"], "deploy-failed", "{told:#}");
    app.expect(0, &["module", "set", "cur", "--image", "windlass-test:1", "--apply"]);
    is(&app, "Running", false);

    app.expect(0, &["module", "delete", "cur", "--yes"]);
    assert!(app.containers().is_empty());
    assert!(app.expect(64, &["module", "status", "cur"]).err.contains("no module `cur` was added"));
}

#[test]
fn a_first_deployment_that_fails_leaves_it_not_deployed_with_the_cause() {
    let Some(app) = app("module-first") else { return };
    app.expect(0, &["module", "add", "cur", "--mta", &app.id, "--image", "windlass-test:none"]);
    app.expect(3, &["module", "deploy", "cur"]);
    let told = is(&app, "Not Deployed", true);
    let text = told["causes"][0]["text"].as_str().unwrap();
    assert!(text.contains("windlass-test:none"), "{text}");
}

/// A descriptor with one module that does this, deployed with a check that lets it through.
fn doing(app: &App, command: &str, more: &str) {
    let module = worker("cur", &format!("\"{command}\"")).replace("stop-timeout: 1", &format!("stop-timeout: 1{more}"));
    app.write(&module);
    app.expect(0, &["deploy"]);
}

/// Waits until the module has a warning of this kind.
fn warned(app: &App, kind: &str) -> Value {
    for _ in 0..400 {
        let told = status(app, &format!("{}/cur", app.id));
        if let Some(cause) = told["causes"].as_array().unwrap().iter().find(|cause| cause["kind"] == kind) {
            assert!(told["warn"].as_bool().unwrap());
            return json!({"status": told["status"], "text": cause["text"], "end": cause["end"]});
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    panic!("no warning `{kind}`: {:#}", status(app, &format!("{}/cur", app.id)));
}

#[test]
fn each_way_of_ending_has_its_own_cause() {
    let Some(app) = app("module-ends") else { return };
    doing(&app, "sleep 3; echo done", ", restart: 'no'");
    let told = warned(&app, "ended");
    assert_eq!((&told["status"], &told["end"]["exit_code"]), (&json!("Suspended"), &json!(0)));
    assert!(told["text"].as_str().unwrap().contains("must stay up"), "{told}");
    assert_eq!(told["end"]["last_lines"], json!(["done"]));

    doing(&app, "sleep 3; echo no database; exit 3", ", restart: 'no'");
    let told = warned(&app, "ended");
    assert_eq!((&told["end"]["exit_code"], &told["end"]["last_lines"]), (&json!(3), &json!(["no database"])));

    doing(&app, "sleep 3; exit 1", "");
    let told = warned(&app, "restarts");
    assert_eq!(told["status"], "Running", "the engine is about to start it again");

    let module =
        worker("cur", "\"sleep 3; exec tail /dev/zero\"").replace("stop-timeout: 1", "stop-timeout: 1, restart: 'no'");
    app.write(&module.replace("      no-route: true\n", "      no-route: true\n      memory: 16M\n"));
    app.expect(0, &["deploy"]);
    let told = warned(&app, "ended");
    assert_eq!((&told["end"]["exit_code"], &told["end"]["signal"]), (&json!(137), &json!("SIGKILL")), "{told}");
    assert_eq!(told["end"]["out_of_memory"], app.inspect("cur")["State"]["OOMKilled"]);

    // The same ending is none of a module that is run once.
    let module = worker("cur", "\"echo done\"");
    app.write(&module.replace("      no-route: true\n", "      no-route: true\n      execute-app: true\n"));
    app.expect(0, &["deploy"]);
    let told = status(&app, &format!("{}/cur", app.id));
    assert_eq!((&told["status"], &told["warn"]), (&json!("Completed"), &json!(false)), "{told:#}");
}

#[test]
fn nothing_of_it_is_left_after_it_was_deleted() {
    let Some(app) = app("module-delete") else { return };
    let both = web("web", "hello", "      container: {volumes: ['data:/data', 'shared:/shared']}\n")
        + &worker("other", "'exec sleep 600'")
            .replace("stop-timeout: 1", "stop-timeout: 1, volumes: ['shared:/shared']");
    let provides = "    provides:\n      - name: api\n        public: true\n        properties: {url: 'http://web'}\n";
    app.write(&both.replacen("  - name: other", &format!("{provides}  - name: other"), 1));
    app.expect(0, &["deploy"]);
    let volumes = || app.docker(&["volume", "ls", "-q", "--filter", &format!("name={}", app.id)]);
    assert_eq!(volumes().lines().count(), 2);
    let entries = || app.expect(0, &["registry", "ls", "-o", "json"]).out;
    assert!(entries().contains(&format!("{}:api", app.id)));

    let name = format!("{}/web", app.id);
    let asked = app.expect(64, &["module", "delete", &name]);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    app.expect(0, &["module", "delete", &name, "--yes"]);
    assert_eq!(app.containers().len(), 1);
    assert_eq!(volumes().lines().count(), 1, "what another module mounts stays");
    assert!(!entries().contains(&format!("{}:api", app.id)));
    app.expect(64, &["module", "status", &name]);
    // Its descriptor brings it back.
    app.expect(0, &["deploy"]);
    assert_eq!(app.containers().len(), 2);

    app.expect(0, &["module", "delete", &name, "--yes", "--keep-data"]);
    assert_eq!(volumes().lines().count(), 2);
    app.expect(0, &["module", "delete", &format!("{}/other", app.id), "--yes"]);
    assert!(app.containers().is_empty());
    let networks = app.docker(&["network", "ls", "-q", "--filter", &format!("name={}", app.id)]);
    assert!(networks.is_empty(), "with its last module an application goes");
}

#[test]
fn a_token_is_never_seen_again() {
    let Some(app) = app("module-token") else { return };
    let token = format!("glpat-{}", "x7Kq".repeat(5));
    let typed =
        ["module", "add", "cur", "--mta", &app.id, "--image", "windlass-test:1", "--env", &format!("KEY={token}")];
    let refused = app.expect(64, &typed);
    assert!(refused.err.contains("--env KEY=-") && !refused.err.contains(&token), "{}", refused.err);

    let words = ["module", "add", "cur", "--mta", &app.id, "--image", "windlass-test:1", "--env", "KEY=-"];
    let added = fed(&app, &format!("{token}\n"), &words);
    assert_eq!(added.code, 0, "{}", added.err);
    // It says its token when it starts, and when it ends.
    let exported = app.expect(0, &["module", "export", "cur"]).out;
    assert!(exported.contains("KEY: ${secret:cur.KEY}"), "{exported}");
    app.write("");
    let command = "    command: \"trap 'echo bye $KEY; exit 0' TERM; echo hello $KEY; while :; do sleep 1; done\"\n";
    let text = exported.replace("    no-route: true\n", &format!("    no-route: true\n{command}"));
    std::fs::write(app.folder.path().join("mtad.yaml"), text).unwrap();
    let mut all = String::new();
    let mut hear = |said: Said| all.push_str(&(said.out + &said.err));
    hear(app.expect(0, &["deploy", "-vv"]));
    assert!(environment(&app).contains(&format!("KEY={token}")));
    hear(app.expect(0, &["plan", "--full", "-o", "json"]));
    hear(app.expect(0, &["module", "env", "cur", "--explain"]));
    hear(app.expect(0, &["module", "status", "cur", "-o", "json"]));
    let logs = app.expect(0, &["module", "logs", "cur", "-o", "json"]);
    assert!(logs.out.contains("hello (sensitive)"), "{}", logs.out);
    hear(logs);
    let bumped = std::fs::read_to_string(app.folder.path().join("mtad.yaml")).unwrap() + "    MORE: \"1\"\n";
    std::fs::write(app.folder.path().join("mtad.yaml"), bumped).unwrap();
    hear(app.expect(0, &["deploy", "--progress", "json"]));
    // What was written before the redeployment is kept, up to its last word.
    let kept = app.expect(0, &["module", "logs", "cur", "--previous"]);
    assert_eq!(kept.out, "hello (sensitive)\nbye (sensitive)\n");
    hear(kept);
    let timed = app.expect(0, &["logs", &format!("{}/cur", app.id), "--previous", "--timestamps", "--tail", "1"]);
    assert!(timed.out.starts_with("20") && timed.out.ends_with("Z bye (sensitive)\n"), "{}", timed.out);
    assert!(!all.contains(&token), "{all}");
    for entry in std::fs::read_dir(app.folder.path().join("state")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(!bytes.windows(token.len()).any(|at| at == token.as_bytes()), "{}", path.display());
    }
    app.expect(0, &["module", "delete", "cur", "--yes"]);
    assert_eq!(app.expect(0, &["secret", "ls", "-o", "json"]).out.trim(), "[]");
    let gone = app.expect(64, &["module", "logs", &format!("{}/cur", app.id), "--previous"]);
    assert!(gone.err.contains("nothing is kept"), "{}", gone.err);
}

#[test]
fn modules_of_a_descriptor_are_changed_there() {
    let Some(app) = app("module-theirs") else { return };
    app.write(&worker("web", "'exec sleep 600'"));
    app.expect(0, &["deploy"]);
    let name = format!("{}/web", app.id);
    let refused = app.expect(64, &["module", "set", &name, "--env", "A=1"]);
    assert!(refused.err.contains("mtad.yaml:5"), "{}", refused.err);
    let near = app.expect(64, &["module", "status", "web"]);
    assert!(near.err.contains(&format!("`{name}`")), "{}", near.err);
    assert!(app.expect(64, &["module", "status", &format!("{}/wbe", app.id)]).err.contains("did you mean"));
    app.expect(0, &["module", "suspend", &name]);
    let told = status(&app, &name);
    assert_eq!((&told["status"], &told["own"]), (&json!("Suspended"), &json!(false)));
    let deployed = app.expect(0, &["deploy"]);
    assert!(deployed.err.contains("is suspended and stays so"), "{}", deployed.err);
    app.expect(0, &["deploy", "--resume"]);
    assert_eq!(status(&app, &name)["status"], "Running");
    let all: Value = serde_json::from_str(&app.expect(0, &["module", "ls", "--all", "-o", "json"]).out).unwrap();
    assert!(all.as_array().unwrap().iter().any(|one| one["mta"] == app.id.as_str()));
    let env = app.expect(0, &["module", "env", &name, "--explain", "-o", "json"]).out;
    assert!(serde_json::from_str::<Value>(&env).unwrap()["web"].is_object(), "{env}");
    app.expect(0, &["undeploy", &app.id, "--yes"]);
}

#[test]
fn a_suspended_module_still_says_its_routes() {
    let Some(app) = app("module-routes") else { return };
    app.write(&web("cur", "hello", "      routes: [{route: shop.example.org/api}]\n"));
    app.expect(0, &["deploy"]);
    let name = format!("{}/cur", app.id);
    app.expect(0, &["module", "suspend", &name]);
    let told = status(&app, &name);
    assert_eq!((&told["suspended"], &told["routes"]), (&json!(true), &json!(["shop.example.org/api"])));
    assert_eq!(app.inspect("cur")["Config"]["Labels"]["windlass.route.0"], "shop.example.org/api");
}

/// Without a terminal, watching tells a line for each change.
#[test]
fn watching_tells_what_changes() {
    use std::io::{BufRead, BufReader};
    let Some(app) = app("module-watch") else { return };
    app.write(&worker("cur", "'exec sleep 600'"));
    app.expect(0, &["deploy"]);
    let mut watching = app.command(&["status", &app.id, "--watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let name = format!("{}/cur", app.id);
    let mut heard = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let line = line.split_once(' ').unwrap().1.to_owned();
        let is = |end: &str| line == format!("{name}  {end}");
        if is("Running") {
            app.expect(0, &["module", "suspend", &name]);
        }
        heard.push(line.clone());
        if is("Running -> Suspended") || is("Deploying -> Suspended") {
            break;
        }
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert_eq!(heard[0], format!("{name}  Running"), "{heard:?}");
}
