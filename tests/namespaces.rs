//! The same application several times on one engine, told apart by nothing but a namespace.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, worker};
use serde_json::Value;

/// A provider, and a consumer that follows what it publishes and keeps data.
fn write(app: &App, version: &str, greeting: &str) {
    let id = &app.id;
    let head = |id: &str| format!("_schema-version: \"3.3\"\nID: {id}\nversion: {version}\nmodules:\n");
    let provides = format!(
        "    provides:\n      - name: greeting\n        public: true\n        properties: {{text: \"{greeting} from ${{app-name}}\"}}\n"
    );
    let provider = head(&format!("{id}-provider")) + &worker("api", STAYS) + &provides;
    std::fs::write(app.folder.path().join("provider.yaml"), provider).unwrap();
    let web = worker("web", STAYS).replace("{stop-timeout: 1}", "{stop-timeout: 1, volumes: [\"data:/data\"]}");
    let consumer = head(id)
        + &web
        + "    properties: {NAME: \"${app-name}\", SERVICE: \"${default-url}\"}\n    requires:\n      - name: peer\n        parameters: {managed: true}\n        \
           properties: {PEER: \"~{text}\"}\nresources:\n  - name: peer\n    type: configuration\n    parameters:\n      provider-nid: mta\n"
        + &format!(
            "      provider-id: {id}-provider:greeting\n      version: \">=1.0.0\"\n      provider-namespace: ${{own-namespace}}\n"
        );
    std::fs::write(app.folder.path().join("consumer.yaml"), consumer).unwrap();
}

/// `deploy`, under a namespace or without one.
fn deploy(app: &App, file: &str, namespace: Option<&str>) {
    // Without a namespace of its own a question takes entries of any, so this one asks for those that have none.
    let own = format!("parameters.own-namespace={}", namespace.unwrap_or("default"));
    let mut words = vec!["deploy", file];
    if file == "consumer.yaml" {
        words.extend(["--set", &own]);
    }
    words.extend(namespace.iter().flat_map(|name| ["--namespace", name]));
    app.expect(0, &words);
}

/// The variables of the only container whose name ends like this.
fn environment(app: &App, container: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(&app.docker(&["inspect", container])).unwrap();
    let variables = all[0]["Config"]["Env"].as_array().unwrap();
    variables.iter().map(|variable| variable.as_str().unwrap().to_owned()).collect()
}

/// `name id` of the consumer's container under a namespace.
fn web(app: &App, namespace: Option<&str>) -> (String, String) {
    let begin = match namespace {
        Some(namespace) => format!("windlass-{namespace}-{}-", app.id),
        None => format!("windlass-{}-web", app.id),
    };
    let all = app.containers();
    let mut own = all.iter().filter(|line| line.starts_with(&begin) && line.contains("-web-"));
    let found = own.next().unwrap_or_else(|| panic!("{begin} is not among {all:?}"));
    assert!(own.next().is_none(), "{all:?}");
    let (name, id) = found.split_once(' ').unwrap();
    (name.to_owned(), id.to_owned())
}

#[test]
fn namespaces_keep_deployments_of_one_application_apart() {
    let Some(app) = app("target-namespaces") else { return };
    let spaces = [None, Some("blue"), Some("green")];
    write(&app, "1.0.0", "hello");
    for namespace in spaces {
        deploy(&app, "provider.yaml", namespace);
    }
    for namespace in spaces {
        deploy(&app, "consumer.yaml", namespace);
    }

    // Containers, networks and volumes are each deployment's own.
    assert_eq!(app.containers().len(), 6, "{:?}", app.containers());
    let filter = format!("name={}", app.id);
    assert_eq!(app.docker(&["network", "ls", "-q", "--filter", &filter]).lines().count(), 6);
    assert_eq!(app.docker(&["volume", "ls", "-q", "--filter", &filter]).lines().count(), 3);

    // Names and addresses have the namespace, and each consumer has found the provider beside it.
    for namespace in spaces {
        let prefix = namespace.map(|namespace| format!("{namespace}-")).unwrap_or_default();
        let variables = environment(&app, &web(&app, namespace).0);
        for expected in [
            format!("NAME={prefix}web"),
            format!("SERVICE=http://{prefix}local-dev-web.localhost"),
            format!("PEER=hello from {prefix}api"),
        ] {
            assert!(variables.contains(&expected), "{expected}: {variables:?}");
        }
    }
    let inspected: Value = serde_json::from_str(&app.docker(&["inspect", &web(&app, Some("blue")).0])).unwrap();
    let networks = inspected[0]["NetworkSettings"]["Networks"].to_string();
    assert!(networks.contains("\"blue-web\"") && networks.contains("\"web\""), "{networks}");
    let listed = app.expect(0, &["registry", "ls", "-o", "json"]).out;
    let entries: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 3, "{listed}");

    // A change under one namespace reaches nobody under another.
    let before = spaces.map(|namespace| web(&app, namespace).1);
    write(&app, "1.1.0", "good evening");
    deploy(&app, "provider.yaml", Some("green"));
    let after = spaces.map(|namespace| web(&app, namespace).1);
    assert_eq!((&before[0], &before[1]), (&after[0], &after[1]));
    assert_ne!(before[2], after[2]);
    let variables = environment(&app, &web(&app, Some("green")).0);
    assert!(variables.contains(&"PEER=good evening from green-api".to_owned()), "{variables:?}");

    // What goes under one namespace leaves the others as they are.
    app.expect(0, &["undeploy", &app.id, "--namespace", "blue", "--yes", "--delete-data"]);
    app.expect(0, &["undeploy", &format!("{}-provider", app.id), "--namespace", "blue", "--yes"]);
    assert_eq!(app.containers().len(), 4, "{:?}", app.containers());
    assert_eq!(app.docker(&["volume", "ls", "-q", "--filter", &filter]).lines().count(), 2);
    assert_eq!((web(&app, None).1, web(&app, Some("green")).1), (after[0].clone(), after[2].clone()));
    for namespace in [None, Some("green")] {
        let mut words = vec!["status", &app.id, "-o", "json"];
        words.extend(namespace.iter().flat_map(|name| ["--namespace", name]));
        let status: Value = serde_json::from_str(&app.expect(0, &words).out).unwrap();
        assert_eq!(status["modules"][0]["status"], "Running");
    }
    app.expect(64, &["status", &app.id, "--namespace", "blue"]);
}
