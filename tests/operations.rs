//! What was done, from outside, on a real engine: operations are recorded, shown, carried out again, given up; revisions are
//! ways back.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, Said, app, web, worker};
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

impl App {
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.expect(0, &[arguments, &["-o", "json"]].concat()).out).unwrap()
    }

    /// The newest operation.
    fn latest(&self) -> Value {
        self.json(&["operation", "show", "latest"])
    }

    /// Begins a command, and goes on once the engine has a container of the module.
    fn begin(&self, arguments: &[&str], module: &str) -> std::process::Child {
        let child = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let name = format!("windlass-{}-{module}", self.id);
        self.until(|| self.containers().iter().any(|line| line.starts_with(&name)));
        child
    }

    fn until(&self, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(60), "it never came to pass");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn write_file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn sqlite(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path().join("state")).unwrap();
        let files =
            files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_none_or(|end| end != "key"));
        files.flat_map(|path| std::fs::read(path).unwrap()).collect()
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// A module that never gets healthy, as long as anybody waits.
fn hangs(name: &str) -> String {
    web(name, "hello", "      health-check-http-endpoint: /cgi-bin/fail\n")
}

#[test]
fn each_operation_is_recorded_with_its_inputs_steps_and_events_and_no_secret() {
    let Some(app) = app("op-record") else { return };
    let secret = "planted-secret-7391";
    app.write(&(web("web", "hello", "") + &worker("worker", STAYS)));
    app.write_file("password.txt", secret);
    let set = ["--set", "modules.web.properties.GREETING=planted-greeting-5512", "--set-file"];
    let file = "modules.web.properties.PASSWORD=password.txt";
    app.write(&web("web", "hello", "").replace("GREETING: hello", "GREETING: hello\n      PASSWORD: none"));
    app.expect(0, &[&["deploy"], &set[..], &[file]].concat());
    let latest = app.latest();
    assert_eq!(
        (&latest["kind"], &latest["state"], &latest["outcome"]),
        (&"deploy".into(), &"finished".into(), &"finished".into())
    );
    assert_eq!((&latest["version"], &latest["revision"]), (&"1.0.0".into(), &1.into()));
    let steps = latest["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["state"] == "done" && step["ended"].is_string()), "{steps:#?}");
    assert!(latest["plan"]["steps"].as_array().is_some_and(|planned| planned.len() == steps.len()));
    let text = app.expect(0, &["operation", "show", "latest"]).out;
    for part in ["deploy", "mtad.yaml", "GREETING=(not shown)", "module web", "it was not there", "password.txt"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("planted-greeting-5512"), "a given value may be a secret: {text}");
    let logs = app.expect(0, &["operation", "logs", "latest"]).out;
    assert!(logs.contains("web/1") && logs.contains("healthy"), "{logs}");
    let events = app.expect(0, &["operation", "logs", "latest", "-o", "json-lines"]).out;
    assert!(events.lines().last().unwrap().contains("operation.finished"), "{events}");
    let why = app.json(&["why", &format!("{}/web", app.id)]);
    assert_eq!((&why[0]["cause"], &why[0]["operation"]), (&"it was not there".into(), &latest["id"]));

    // Nothing that was secret is anywhere to be seen, neither in the files nor in what is shown.
    let shown = [text, logs, events, app.expect(0, &["operation", "show", "latest", "-o", "json"]).out];
    assert!(shown.iter().all(|text| !text.contains(secret)));
    let bytes = app.sqlite();
    assert!(!holds(&bytes, secret) && holds(&bytes, "operation.finished"));

    app.expect(0, &["undeploy", &app.id, "--yes"]);
    let listed = app.json(&["operation", "ls", &app.id]);
    let kinds: Vec<&Value> = listed.as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["undeploy", "deploy"]);
    assert!(!holds(&app.sqlite(), secret));
}

#[test]
fn an_operation_that_was_killed_is_resumed_from_the_texts_that_it_had() {
    let Some(app) = app("op-resume") else { return };
    app.write(
        &(worker("first", STAYS) + &hangs("second").replace("    type", "    deployed-after: [first]\n    type")),
    );
    app.write_file("greet.mtaext", &extension(&app.id, "as-it-was"));
    let mut child = app.begin(&["deploy", "-e", "greet.mtaext", "--start-timeout", "50s"], "second");
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = app.latest();
    assert_eq!((&killed["state"], &killed["outcome"]), (&"interrupted".into(), &Value::Null));
    let id = killed["id"].as_str().unwrap();
    let status = app.expect(0, &["status", &app.id]);
    assert!(status.out.contains(&format!("windlass operation resume {id}")), "{}", status.out);

    // The files say something else now, and the extension is gone: what counts is what the operation was told.
    app.write(&worker("other", STAYS));
    std::fs::remove_file(app.folder.path().join("greet.mtaext")).unwrap();
    let resumed = app.run(&["operation", "resume", &id[..4]]);
    assert_eq!(resumed.code, 4, "{}", resumed.err);
    assert!(resumed.err.contains("steps were done") && resumed.err.contains("module first"), "{}", resumed.err);
    assert!(!app.containers().iter().any(|line| line.contains("-other-")), "{:?}", app.containers());
    let again = app.latest();
    assert_eq!((&again["repeats"], &again["state"]), (&id.into(), &"failed".into()));
    assert_eq!(app.json(&["operation", "show", id])["repeated_by"][0], again["id"]);

    // Given up, it can only be retried.
    let aborted = app.expect(0, &["operation", "abort", again["id"].as_str().unwrap()]);
    assert!(aborted.err.contains("is aborted") && aborted.err.contains("stays"), "{}", aborted.err);
    let refused = app.expect(64, &["operation", "resume", again["id"].as_str().unwrap()]);
    assert!(refused.err.contains("was given up") && refused.err.contains("operation retry"), "{}", refused.err);
}

fn extension(id: &str, greeting: &str) -> String {
    format!(
        "_schema-version: \"3.3\"\nID: {id}.ext\nextends: {id}\nmodules:\n  - name: second\n    properties:\n      GREETING: \
         {greeting}\n"
    )
}

#[test]
fn what_ended_well_is_done_once_more_only_by_retry() {
    let Some(app) = app("op-retry") else { return };
    app.write(&worker("worker", STAYS));
    app.expect(0, &["deploy"]);
    let before = app.containers();
    let refused = app.expect(64, &["operation", "resume", "latest"]);
    assert!(refused.err.contains("has ended well"), "{}", refused.err);
    let retried = app.expect(0, &["operation", "retry", "latest"]);
    assert!(retried.out.contains("nothing had changed"), "{}", retried.out);
    assert_eq!(app.containers(), before);
    for (word, what) in [("zzz", "is no id"), ("00000000", "there is no operation")] {
        let unknown = app.expect(64, &["operation", "show", word]);
        assert!(unknown.err.contains(what), "{}", unknown.err);
    }
}

#[test]
fn one_that_runs_is_waited_for_and_asked_to_stop() {
    let Some(app) = app("op-abort") else { return };
    app.write(&hangs("web"));
    let mut child = app.begin(&["deploy", "--start-timeout", "5s"], "web");
    let waited = app.expect(7, &["operation", "wait", "latest", "--timeout", "1s"]);
    assert!(waited.err.contains("still runs"), "{}", waited.err);
    let refused = app.expect(7, &["operation", "resume", "latest"]);
    assert!(refused.err.contains("still running"), "{}", refused.err);
    let aborted = app.expect(0, &["operation", "abort", "latest"]);
    assert!(aborted.err.contains("is aborted"), "{}", aborted.err);
    child.wait().unwrap();
    assert_eq!(app.latest()["state"], "aborted");
    let waited = app.expect(130, &["operation", "wait", "latest"]);
    assert!(waited.err.contains("interrupted"), "{}", waited.err);
    let left: Said = app.expect(0, &["operation", "ls", &app.id]);
    assert!(left.out.contains("aborted"), "{}", left.out);
}

#[test]
fn an_earlier_revision_comes_back_as_it_was() {
    let Some(app) = app("op-rollback") else { return };
    app.write_version("1.0.0", &(web("web", "one", "") + &worker("worker", STAYS)));
    app.expect(0, &["deploy"]);
    app.write_version("2.0.0", &(web("web", "two", "") + &worker("extra", STAYS)));
    app.expect(0, &["deploy"]);
    let history = app.json(&["history", &app.id]);
    let rows = history.as_array().unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row["revision"].as_u64().unwrap(), row["good"] == true, row["current"] == true))
        .collect();
    assert_eq!(shown, [(2, true, true), (1, true, false)]);

    // It removes a module, so it would ask, and nobody can answer.
    let asked = app.expect(64, &["rollback", &app.id]);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    let back = app.expect(0, &["rollback", &app.id, "--yes"]);
    assert!(back.out.contains("1.0.0 is as at revision 1"), "{}", back.out);
    let status = app.status();
    assert_eq!(
        (&status["version"], &status["revision"], &status["drifted"]),
        (&"1.0.0".into(), &3.into(), &false.into())
    );
    let environment = app.inspect("web")["Config"]["Env"].to_string();
    assert!(environment.contains("GREETING=one"), "{environment}");
    let names: Vec<String> = app.containers().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["web", "worker"].map(|module| format!("windlass-{}-{module}-1", app.id)));
    let latest = app.latest();
    assert_eq!((&latest["kind"], &latest["revision"]), (&"rollback".into(), &3.into()));

    // There and back again, by number; what is there already needs nothing.
    app.expect(0, &["rollback", &app.id, "--to", "2", "--yes"]);
    assert_eq!(app.status()["version"], "2.0.0");
    let nothing = app.expect(0, &["rollback", &app.id, "--to", "2", "--yes"]);
    assert!(nothing.out.contains("nothing had to change"), "{}", nothing.out);
    let unknown = app.expect(64, &["rollback", &app.id, "--to", "77", "--yes"]);
    assert!(unknown.err.contains("no revision 77"), "{}", unknown.err);

    // Even from an undeployment.
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    app.expect(0, &["rollback", &app.id, "--yes"]);
    assert_eq!(app.status()["version"], "2.0.0");
}

#[test]
fn an_image_comes_back_by_its_id_when_its_tag_has_moved() {
    let Some(app) = app("op-tag") else { return };
    let image = format!("windlass-test:{}", app.id);
    app.docker(&["tag", "windlass-test:1", &image]);
    let module = |greeting: &str| web("web", greeting, "").replace("windlass-test:1", &image);
    app.write_version("1.0.0", &module("one"));
    app.expect(0, &["deploy"]);
    let first = app.inspect("web")["Image"].clone();
    app.docker(&["tag", "windlass-test:2", &image]);
    app.write_version("2.0.0", &module("two"));
    app.expect(0, &["deploy"]);
    assert_ne!(app.inspect("web")["Image"], first);
    let back = app.expect(0, &["rollback", &app.id, "--yes"]);
    assert_eq!(app.inspect("web")["Image"], first);
    assert!(back.err.contains("by its id"), "{}", back.err);
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    app.docker(&["rmi", &image]);
}

#[test]
fn a_deployment_that_failed_half_way_goes_back_by_itself_when_told_to() {
    let Some(app) = app("op-by-itself") else { return };
    let after = "    deployed-after: [web]\n    type";
    app.write_version("1.0.0", &(web("web", "one", "") + &worker("worker", STAYS)));
    app.expect(0, &["deploy"]);
    let bad = web("web", "two", "") + &worker("worker", "'exit 3'").replace("    type", after);
    app.write_version("2.0.0", &bad);
    let failed = app.expect(3, &["deploy", "--rollback-on-failure"]);
    assert!(failed.err.contains("exit code 3") && failed.err.contains("going back to revision 1"), "{}", failed.err);
    assert!(failed.err.contains("is at revision 1 again"), "{}", failed.err);
    let environment = app.inspect("web")["Config"]["Env"].to_string();
    assert!(environment.contains("GREETING=one"), "{environment}");
    assert_eq!((&app.status()["version"], &app.status()["drifted"]), (&"1.0.0".into(), &false.into()));
    let history = app.json(&["history", &app.id]);
    let good: Vec<bool> = history.as_array().unwrap().iter().map(|row| row["good"] == true).collect();
    assert_eq!(good, [true, false, true], "the half of it is no way back: {history:#}");
}

#[test]
fn content_that_is_not_there_any_more_is_refused_before_anything_is_touched() {
    let Some(app) = app("op-content") else { return };
    let content = "      container: {content: /srv/site}\n";
    let module = web("web", "one", content).replace("    parameters:", "    path: site\n    parameters:");
    std::fs::create_dir(app.folder.path().join("site")).unwrap();
    app.write_file("site/index.html", "one");
    app.write_version("1.0.0", &module);
    app.expect(0, &["deploy"]);
    app.write_file("site/index.html", "two");
    app.write_version("2.0.0", &module);
    app.expect(0, &["deploy"]);
    let before = app.containers();
    let refused = app.expect(1, &["rollback", &app.id, "--yes"]);
    assert!(
        refused.err.contains("the content of module `web` as of revision 1 is not there any more"),
        "{}",
        refused.err
    );
    assert_eq!(app.containers(), before);
    // As it was, it is found where it was.
    app.write_file("site/index.html", "one");
    app.expect(0, &["rollback", &app.id, "--yes"]);
    assert_eq!(app.status()["version"], "1.0.0");
}

#[test]
fn a_failure_that_may_pass_is_tried_again_and_one_about_content_is_not() {
    let Some(app) = app("op-retries") else { return };
    app.write(&web("web", "hello", "").replace("windlass-test:1", "127.0.0.1:1/shop/web:1"));
    let failed = app.expect(3, &["deploy", "--retries", "1"]);
    assert_eq!(failed.err.matches("another try in 1 s").count(), 1, "{}", failed.err);
    let listed = app.json(&["operation", "ls", &app.id]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["repeats"], listed[1]["id"]);
    app.write(&worker("worker", "'exit 3'"));
    let failed = app.expect(3, &["deploy", "--retries", "3"]);
    assert!(!failed.err.contains("another try"), "{}", failed.err);
}

#[test]
fn what_is_old_is_forgotten_but_never_the_way_back() {
    let Some(app) = app("op-prune") else { return };
    app.write_file("windlass.toml", "[operations]\nkeep = 2\nkeep-revisions = 1\n");
    for greeting in ["one", "two", "three"] {
        app.write(
            &worker("worker", STAYS)
                .replace("    parameters:", &format!("    properties: {{G: {greeting}}}\n    parameters:")),
        );
        app.expect(0, &["deploy"]);
    }
    assert_eq!(app.json(&["operation", "ls", "--all"]).as_array().unwrap().len(), 2);
    assert_eq!(app.json(&["history", &app.id]).as_array().unwrap().len(), 1);
    let pruned = app.expect(0, &["operation", "prune", "--keep", "0", "--keep-days", "0"]);
    assert!(pruned.err.contains("forgotten: 1 operations, 0 revisions"), "{}", pruned.err);
    let wrong = app.folder.path().join("windlass.toml");
    std::fs::write(wrong, "[operations]\nkeep = \"many\"\n").unwrap();
    let told = app.run(&["config"]);
    assert!(told.err.contains("must be a whole number"), "{}", told.err);
}
