//! What changes behind windlass's back, on a real engine: found by `status` and `plan`, told apart from the plan, repaired by `deploy`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, worker};
use serde_json::Value;

const SECRET: &str = "geheim-und-mehr";

fn write(app: &App) {
    let web = worker("web", STAYS) + &format!("    properties: {{GREETING: hello, WORD: !sensitive {SECRET}}}\n");
    app.write(&(web + &worker("api", STAYS) + &worker("idle", STAYS)));
}

/// What `plan` says of drift, by module, and how many steps it has.
fn planned(app: &App) -> (Vec<(String, String)>, usize) {
    let plan: Value = serde_json::from_str(&app.expect(0, &["plan", "-o", "json"]).out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let drift = plan["drift"].as_array().unwrap().iter();
    (drift.map(|one| (text(&one["name"]), text(&one["detail"]))).collect(), plan["steps"].as_array().unwrap().len())
}

/// Warnings of `status`, by module.
fn warned(app: &App) -> Vec<(String, String)> {
    let status = app.status();
    let mut found = Vec::new();
    for module in status["modules"].as_array().unwrap() {
        for warning in module["causes"].as_array().unwrap() {
            let words = [&warning["kind"], &warning["text"]].map(|value| value.as_str().unwrap());
            found.push((module["name"].as_str().unwrap().to_owned(), words.join(": ")));
        }
    }
    found
}

/// Makes the container of `web` anew, with all its labels, from this image and with these variables.
fn recreate(app: &App, image: &str, variables: &[String]) {
    let seen = app.inspect("web");
    let name = seen["Name"].as_str().unwrap().trim_start_matches('/').to_owned();
    let network = seen["HostConfig"]["NetworkMode"].as_str().unwrap().to_owned();
    app.docker(&["rm", "-f", &name]);
    let mut words: Vec<String> = ["run", "-d", "--name", &name, "--network", &network].map(str::to_owned).to_vec();
    for (label, value) in seen["Config"]["Labels"].as_object().unwrap() {
        words.extend(["--label".to_owned(), format!("{label}={}", value.as_str().unwrap())]);
    }
    words.extend(variables.iter().flat_map(|variable| ["-e".to_owned(), variable.clone()]));
    words.extend([image.to_owned(), "sleep".to_owned(), "600".to_owned()]);
    app.docker(&words.iter().map(String::as_str).collect::<Vec<_>>());
}

fn variables(app: &App) -> Vec<String> {
    let seen = app.inspect("web");
    seen["Config"]["Env"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_removed_and_stopped_by_hand_is_told_and_repaired() {
    let Some(app) = app("drift") else { return };
    write(&app);
    app.expect(0, &["deploy"]);
    assert_eq!((planned(&app), warned(&app)), ((Vec::new(), 0), Vec::new()), "nothing has happened yet");
    let name = |module: &str| format!("windlass-{}-{module}-1", app.id);
    app.docker(&["rm", "-f", &name("web")]);
    app.docker(&["stop", "-t", "1", &name("api")]);
    let (drift, steps) = planned(&app);
    assert_eq!(drift.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["web", "api"]);
    assert_eq!(drift[0].1, "its container is gone");
    assert!(drift[1].1.starts_with("instance 1 has ended (exit code "), "{drift:?}");
    assert_eq!(steps, 2);
    assert_eq!(warned(&app).len(), 2, "{:?}", warned(&app));

    // Apart from the plan, above it; alone; not at all.
    let shown = app.expect(0, &["plan"]).out;
    let (block, rest) = shown.split_once("\n\n").unwrap().1.split_once("\n\n").unwrap();
    assert!(block.starts_with("Drift: ") && block.lines().count() == 3, "{shown}");
    assert!(rest.contains("+   module web") && rest.contains("r   module api"), "{shown}");
    let only = app.expect(2, &["plan", "--drift", "only", "--detailed-exitcode"]).out;
    assert!(only.contains("module web") && !only.contains("Plan:"), "{only}");
    assert!(!app.expect(0, &["plan", "--drift", "hide"]).out.contains("Drift: "));

    app.expect(0, &["deploy"]);
    assert_eq!((planned(&app), warned(&app)), ((Vec::new(), 0), Vec::new()));
    assert!(!app.expect(0, &["plan", "--drift", "only", "--detailed-exitcode"]).out.contains("module"));
}

#[test]
fn other_variables_and_another_image_are_told_without_their_values_and_repaired() {
    let Some(app) = app("byhand") else { return };
    write(&app);
    app.expect(0, &["deploy"]);
    let before = variables(&app);
    let by_hand = |others: &[&str], without: &str| -> Vec<String> {
        let kept = before.iter().filter(|one| !one.starts_with(without)).cloned();
        kept.chain(others.iter().map(|one| (*one).to_owned())).collect()
    };
    let cases = [
        ("windlass-test:1", by_hand(&["DEBUG=geheim-debug"], "NONE"), "`DEBUG` is added"),
        ("windlass-test:1", by_hand(&["WORD=geheim-other"], "WORD="), "`WORD` differs"),
        ("windlass-test:1", by_hand(&[], "GREETING="), "`GREETING` is missing"),
        ("windlass-test:2", by_hand(&[], "NONE"), "another image"),
    ];
    for (image, variables_now, expected) in cases {
        recreate(&app, image, &variables_now);
        let (drift, steps) = planned(&app);
        assert_eq!((drift.len(), steps), (1, 1), "{expected}: {drift:?}");
        assert!(drift[0].0 == "web" && drift[0].1.contains(expected), "{expected}: {drift:?}");
        let warned = warned(&app);
        assert_eq!(warned.len(), 1, "{expected}: {warned:?}");
        assert!(
            warned[0].1.starts_with("made-by-hand: instance 1 was made by hand ") && warned[0].1.contains(expected),
            "{expected}: {warned:?}"
        );
        for shown in
            [app.expect(0, &["plan", "--full"]), app.expect(0, &["status", &app.id]), app.expect(0, &["deploy", "-v"])]
        {
            assert!(!(shown.out + &shown.err).contains("geheim"), "a value is shown");
        }
        assert_eq!(
            (variables(&app), app.inspect("web")["Config"]["Image"].as_str()),
            (before.clone(), Some("windlass-test:1"))
        );
        assert_eq!(planned(&app), (Vec::new(), 0));
    }
    // The same again, made by hand to the letter: it is what was wanted.
    recreate(&app, "windlass-test:1", &before);
    assert_eq!(planned(&app), (Vec::new(), 0));
}
