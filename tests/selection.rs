//! What an operation is about, and what it leaves alone, on a real engine: selected modules, versions, data, foreign containers.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, worker};
use serde_json::Value;

/// A module that stays up and publishes a set of this content.
fn publisher(name: &str, url: &str) -> String {
    worker(name, STAYS)
        + &format!(
            "    provides:\n      - name: {name}-api\n        public: true\n        properties: {{url: {url}}}\n"
        )
}

fn version_of(app: &App, module: &str) -> String {
    app.inspect(module)["Config"]["Labels"]["windlass.mta.version"].as_str().unwrap().to_owned()
}

/// Every container with its id and the moment it was started.
fn life(app: &App) -> Vec<(String, String)> {
    let ids = app.containers();
    let started = |line: &String| {
        let id = line.split_once(' ').unwrap().1;
        app.docker(&["inspect", "--format", "{{.State.StartedAt}}", id])
    };
    ids.iter().map(|line| (line.clone(), started(line))).collect()
}

fn entries(app: &App) -> Vec<(String, String)> {
    let all: Value = serde_json::from_str(&app.expect(0, &["registry", "ls", "-o", "json"]).out).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = all.as_array().unwrap().iter();
    let mut found: Vec<_> = all
        .map(|entry| {
            (text(&entry["provider-id"]), format!("{} {}", text(&entry["provider-version"]), entry["content"]))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn nothing_but_the_selected_module_is_touched() {
    let Some(app) = app("select") else { return };
    app.write(&(publisher("web", "one") + &publisher("api", "one") + &worker("gone", STAYS)));
    app.expect(0, &["deploy"]);
    let (before, published) = (life(&app), entries(&app));
    assert_eq!((before.len(), published.len()), (3, 2), "{before:?} {published:?}");

    // Everything changes, one module goes, and one comes.
    let text = publisher("web", "two") + &publisher("api", "two") + &worker("new", STAYS);
    app.write_version("1.1.0", &text.replace("stop-timeout: 1", "stop-timeout: 2"));
    let plan = app.expect(0, &["plan", "-m", "web", "--summary"]).out;
    assert!(plan.contains("windlass deploy -m web"), "{plan}");
    app.expect(0, &["deploy", "-m", "web"]);
    let after = life(&app);
    let named = |all: &[(String, String)], name: &str| {
        all.iter().find(|(line, _)| line.starts_with(&format!("windlass-{}-{name}-1 ", app.id))).cloned()
    };
    assert_eq!(named(&after, "api"), named(&before, "api"), "it is the same container, never stopped");
    assert_ne!(named(&after, "web"), named(&before, "web"));
    assert_eq!((named(&after, "gone"), named(&after, "new"), after.len()), (None, None, 2));
    assert_eq!((version_of(&app, "web"), version_of(&app, "api")), ("1.1.0".into(), "1.0.0".into()));
    let stored = entries(&app);
    assert_eq!(stored[0], published[0], "what `api` has published stays, in the old version");
    assert!(stored[1].1.starts_with("1.1.0") && stored[1].1.contains("two"), "{stored:?}");
    assert_eq!(stored.len(), 2);

    // What was left alone is done by the next whole deployment, and nothing else.
    app.expect(0, &["deploy"]);
    assert_eq!(named(&life(&app), "web"), named(&after, "web"));
    assert_eq!(entries(&app).iter().filter(|(_, content)| content.starts_with("1.1.0")).count(), 2);
    assert!(app.expect(0, &["plan"]).out.contains("Nothing to do"));
}

#[test]
fn a_selection_is_kept_in_a_saved_plan() {
    let Some(app) = app("kept") else { return };
    app.write(&(worker("web", STAYS) + &worker("api", STAYS)));
    app.expect(0, &["deploy"]);
    let before = life(&app);
    app.write_version(
        "1.0.0-rc.1",
        &(worker("web", STAYS) + &worker("api", STAYS)).replace("timeout: 1", "timeout: 2"),
    );
    app.expect(0, &["plan", "-m", "web", "--version-rule", "ALL", "--plan-out", "plan.json"]);
    app.expect(64, &["deploy", "--plan", "plan.json", "-m", "api"]);
    app.expect(0, &["deploy", "--plan", "plan.json"]);
    let after = life(&app);
    assert_eq!(after.iter().filter(|one| before.contains(one)).count(), 1, "{before:?} {after:?}");
    assert_eq!(version_of(&app, "web"), "1.0.0-rc.1");
}

#[test]
fn a_lower_version_is_refused_and_may_be_allowed() {
    let Some(app) = app("version") else { return };
    app.write_version("1.1.0", &worker("web", STAYS));
    app.expect(0, &["deploy"]);
    let before = life(&app);
    app.write_version("1.0.0", &worker("web", "'exec sleep 700'"));
    for command in ["plan", "deploy"] {
        let said = app.expect(1, &[command]).err;
        let parts = ["version-refused", "mtad.yaml:3:10", "1.0.0", "1.1.0", "--version-rule all"];
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
    assert_eq!(life(&app), before);
    app.expect(0, &["deploy", "--version-rule", "all"]);
    app.expect(1, &["deploy", "--version-rule", "higher"]);
    assert_ne!(life(&app), before);
}

#[test]
fn data_goes_only_when_told() {
    let Some(app) = app("data") else { return };
    let with = worker("web", STAYS).replace("{stop-timeout: 1}", "{stop-timeout: 1, volumes: ['data:/data']}");
    app.write(&with);
    app.expect(0, &["deploy"]);
    let filter = format!("name={}", app.id);
    let volumes = || app.docker(&["volume", "ls", "-q", "--filter", &filter]);
    assert!(!volumes().is_empty());
    app.write(&worker("web", STAYS));
    app.expect(0, &["deploy"]);
    let said = app.expect(0, &["plan"]).out;
    assert!(said.contains("is no longer used and stays, with its data; `--delete-data`"), "{said}");
    assert!(!volumes().is_empty());
    let said = app.expect(0, &["plan", "--delete-data"]).out;
    assert!(said.contains("removed with its data") && said.contains("1 volume to delete"), "{said}");
    app.expect(0, &["deploy", "--delete-data"]);
    assert_eq!(volumes(), "");
}

/// A container is ours by its labels, all of them: neither its name nor half of them make it so.
#[test]
fn what_is_not_ours_is_never_touched() {
    let Some(app) = app("foreign") else { return };
    let run = |name: &str, labels: &[String]| {
        let name = format!("windlass-{}-{name}", app.id);
        let mut words = vec!["run", "-d", "--name", &name, "--stop-timeout", "1"];
        words.extend(labels.iter().flat_map(|label| ["--label", label.as_str()]));
        words.extend(["windlass-test:1", "sleep", "600"]);
        app.docker(&words)
    };
    let ours = |space: &str, namespace: Option<&str>| -> Vec<String> {
        let mut labels = vec![
            "windlass.managed=true".to_owned(),
            format!("windlass.mta.id={}", app.id),
            "windlass.org=local".to_owned(),
            format!("windlass.space={space}"),
            "windlass.module=old".to_owned(),
            "windlass.kind=module".to_owned(),
        ];
        labels.extend(namespace.map(|namespace| format!("windlass.mta.namespace={namespace}")));
        labels
    };
    run("bystander-1", &[]);
    run("elsewhere-1", &ours("qa", None));
    run("beside-1", &ours("dev", Some("blue")));
    let half: Vec<String> = ours("dev", None).into_iter().filter(|label| !label.contains("managed")).collect();
    run("half-1", &half);
    let foreign = life(&app);
    app.write(&worker("web", STAYS));
    app.expect(0, &["deploy"]);
    let real = run("orphan-1", &ours("dev", None));
    let status = app.status();
    assert_eq!(status["modules"].as_array().unwrap().len(), 2, "web, and the one with all the labels: {status}");
    let said = app.expect(0, &["deploy"]).err;
    assert!(!life(&app).iter().any(|(line, _)| line.ends_with(&real)), "an orphan of ours goes: {said}");
    app.expect(0, &["undeploy", &app.id, "--yes", "--delete-data"]);
    assert_eq!(life(&app), foreign);

    // Its name is ours, and it is not.
    let squatter = run("web-1", &[]);
    let said = app.expect(3, &["deploy"]).err;
    assert!(said.contains("did not make"), "{said}");
    assert_eq!(app.docker(&["inspect", "--format", "{{.State.Running}}", &squatter]), "true");
}
