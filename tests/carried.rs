//! What parameters do to containers, read back from a real engine.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::app;
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::time::Duration;

/// A module that stays up. `more` are further parameters, `rest` further lines of it.
fn module(name: &str, more: &str, rest: &str) -> String {
    format!(
        "  - name: {name}\n    type: application\n    parameters: {{docker: {{image: 'windlass-test:1'}}, {more}}}\n{rest}"
    )
}

/// With `command` and a short farewell, for modules that need no web server.
const SLEEPS: &str = "no-route: true, command: 'exec sleep 600', container: {stop-timeout: 1, init: true}";

fn variables(seen: &Value) -> Vec<&str> {
    seen["Config"]["Env"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn routes_and_readiness_are_labels_for_proxies() {
    let Some(app) = app("params-labels") else { return };
    let routes = "routes: [{route: shop.example.org/api, protocol: http2}, {route: www.example.org}]";
    let ready = "readiness-health-check-type: http, readiness-health-check-http-endpoint: /ready, \
                 readiness-health-check-interval: 30, readiness-health-check-invocation-timeout: 2";
    app.write(&module("web", &format!("{routes}, {ready}, container: {{stop-timeout: 1}}"), ""));
    app.expect(0, &["deploy"]);
    let labels = app.inspect("web")["Config"]["Labels"].clone();
    for (name, value) in [
        ("port", "8080"),
        ("route.0", "shop.example.org/api"),
        ("route.0.protocol", "http2"),
        ("route.1", "www.example.org"),
        ("readiness.type", "http"),
        ("readiness.port", "8080"),
        ("readiness.http-endpoint", "/ready"),
        ("readiness.interval", "30"),
        ("readiness.invocation-timeout", "2"),
    ] {
        assert_eq!(labels[format!("windlass.{name}")], value, "{name}");
    }
    assert_eq!(labels.get("windlass.route.1.protocol"), None);

    // It is healthy, has no /ready, and is left alone.
    let status = app.run(&["status", &app.id]);
    assert!(
        status.out.contains("instance 1 is not ready for traffic: 404 from /ready"),
        "{} {}",
        status.out,
        status.err
    );
    app.docker(&["exec", &format!("windlass-{}-web-1", app.id), "touch", "/www/ready"]);
    let status = app.run(&["status", &app.id]);
    assert!(!status.out.contains("not ready"), "{}", status.out);
}

#[test]
fn a_route_of_tcp_is_a_published_port() {
    let Some(app) = app("params-tcp") else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let route = format!("routes: [{{route: 'db.example.org:{free}', protocol: tcp}}], container: {{stop-timeout: 1}}");
    app.write(&module("db", &route, ""));
    app.expect(0, &["deploy"]);
    let ports = app.inspect("db")["HostConfig"]["PortBindings"].clone();
    assert_eq!(ports["8080/tcp"][0]["HostPort"], free.to_string());
    assert_eq!(app.status()["modules"][0]["addresses"], json!([format!("tcp://127.0.0.1:{free}")]));
}

#[test]
fn a_module_is_in_further_networks() {
    let Some(app) = app("params-networks") else { return };
    let further = format!("windlass-{}-further", app.id);
    let in_it =
        |rest: &str| module("web", &format!("container: {{stop-timeout: 1, networks: ['{further}']}}{rest}"), "");
    app.write(&in_it(""));
    let said = app.expect(1, &["deploy"]);
    assert!(said.err.contains(&format!("The engine has no network `{further}`")), "{}", said.err);
    assert!(app.containers().is_empty(), "nothing was begun");

    app.docker(&["network", "create", &further]);
    app.expect(0, &["deploy"]);
    let networks = app.inspect("web")["NetworkSettings"]["Networks"].clone();
    assert_eq!(networks.as_object().unwrap().len(), 2, "{networks}");
    assert!(networks[&further]["Aliases"].to_string().contains("\"web\""), "{networks}");
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert_eq!(app.docker(&["network", "ls", "-q", "--filter", &format!("name={further}")]).lines().count(), 1);
}

#[test]
fn disk_space_is_limited_or_it_is_said() {
    let Some(app) = app("params-quota") else { return };
    app.write(&module("web", &format!("disk-quota: 512M, {SLEEPS}"), ""));
    let said = app.expect(0, &["deploy"]);
    let limited = app.inspect("web")["HostConfig"]["StorageOpt"].clone();
    match &*app.docker(&["info", "--format", "{{.Driver}}"]) {
        "btrfs" | "zfs" | "devicemapper" | "windowsfilter" => assert_eq!(limited["size"], "536870912"),
        driver => {
            assert_eq!(limited, Value::Null);
            let notice = format!("the engine's storage driver `{driver}` cannot limit");
            assert_eq!(said.err.matches(&notice).count(), 1, "{}", said.err);
            let again = app.expect(0, &["plan", "--detailed-exitcode"]);
            assert!(again.err.contains(&notice), "{}", again.err);
        }
    }
}

#[test]
fn logs_are_sent_where_a_bound_service_says() {
    let Some(app) = app("params-logs") else { return };
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let port = server.local_addr().unwrap().port();
    let says =
        "no-route: true, command: 'echo hello from here; exec sleep 600', container: {stop-timeout: 1, init: true}";
    let resource = format!(
        "resources:\n  - name: logs\n    type: org.cloudfoundry.user-provided-service\n    parameters: {{syslog-drain-url: 'udp://127.0.0.1:{port}'}}\n"
    );
    app.write(&(module("talks", says, "    requires: [{name: logs}]\n") + &resource));
    app.expect(0, &["deploy"]);
    let config = app.inspect("talks")["HostConfig"]["LogConfig"].clone();
    assert_eq!(
        (&config["Type"], &config["Config"]["syslog-address"]),
        (&json!("syslog"), &json!(format!("udp://127.0.0.1:{port}")))
    );
    let mut heard = [0; 2048];
    let length = server.recv(&mut heard).expect("the engine sends what the container says");
    let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
    assert!(heard.contains("hello from here") && heard.contains(&format!("windlass-{}-talks-1", app.id)), "{heard}");
    let kept = app.expect(0, &["logs", &format!("{}/talks", app.id)]).out;
    assert!(kept.contains("hello from here"), "the engine keeps it, too: {kept}");
}

/// Deploys modules that are bound to a service with a password, and reads what they find in the file.
#[test]
fn services_are_in_a_private_file() {
    let Some(app) = app("params-file") else { return };
    let asks = "app-features: {file-based-vcap-services: true}, no-route: true, command: 'exec sleep 600'";
    let bound = "    requires: [{name: db}]\n";
    let resource = |host: &str| {
        format!(
            "resources:\n  - name: db\n    type: org.cloudfoundry.user-provided-service\n    parameters: {{config: {{host: {host}, password: geheim-123}}}}\n"
        )
    };
    let modules = module("root", &format!("{asks}, container: {{stop-timeout: 1, init: true}}"), bound)
        + &module(
            "other",
            &format!("{asks}, container: {{stop-timeout: 1, init: true, read-only: true, user: '1000:1000'}}"),
            bound,
        )
        + &module("named", &format!("{asks}, container: {{stop-timeout: 1, init: true, user: app}}"), bound);
    app.write(&(modules.clone() + &resource("here")));
    let said = app.expect(0, &["deploy", "--progress", "json"]);
    assert!(!said.out.contains("geheim") && !said.err.contains("geheim"));
    let inside = |name: &str, command: &str| {
        app.docker(&["exec", &format!("windlass-{}-{name}-1", app.id), "sh", "-c", command])
    };
    for (name, owner) in [("root", "400 0:0"), ("other", "400 1000:1000"), ("named", "444 0:0")] {
        let seen = app.inspect(name);
        let path = "VCAP_SERVICES_FILE_PATH=/etc/cf-service-bindings/vcap_services";
        assert!(variables(&seen).contains(&path), "{:?}", variables(&seen));
        assert!(!seen.to_string().contains("geheim"), "{name}: the engine tells the password to whoever asks it");
        let services: Value = serde_json::from_str(&inside(name, "cat $VCAP_SERVICES_FILE_PATH")).unwrap();
        assert_eq!(services["user-provided"][0]["credentials"], json!({"host": "here", "password": "geheim-123"}));
        assert_eq!(inside(name, "stat -c '%a %u:%g' $VCAP_SERVICES_FILE_PATH"), owner, "{name}");
    }
    app.expect(0, &["plan", "--detailed-exitcode"]);

    // Other services are another file, and so another container.
    app.write(&(modules + &resource("there")));
    let plan = app.expect(2, &["plan", "--detailed-exitcode"]).out;
    assert!(plan.contains("VCAP_SERVICES.user-provided[0].credentials") && !plan.contains("geheim"), "{plan}");
    app.expect(0, &["deploy"]);
    assert!(inside("other", "cat $VCAP_SERVICES_FILE_PATH").contains("there"));
    app.expect(0, &["undeploy", &app.id, "--yes"]);
    assert_eq!(app.docker(&["volume", "ls", "-q", "--filter", &format!("name={}", app.id)]), "");
}

#[test]
fn what_stays_and_what_waits() {
    let Some(app) = app("params-stay") else { return };
    let web = |more: &str, properties: &str| {
        module("web", &format!("{SLEEPS}{more}"), &format!("    properties: {properties}\n"))
    };
    let waits = ", restart-on-env-change: {user-provided: false}";
    app.write(&web(waits, "{MODE: fast, COLOUR: blue}"));
    app.expect(0, &["deploy"]);
    let first = app.containers();

    app.write(&web(waits, "{MODE: slow}"));
    // That something waits is written down.
    let plan = app.expect(2, &["plan", "--detailed-exitcode"]).out;
    assert!(plan.contains("its containers stay without the change of COLOUR, MODE"), "{plan}");
    assert!(plan.contains("changes of `web` wait") && !plan.contains("as described"), "{plan}");
    app.expect(0, &["deploy"]);
    assert_eq!(app.containers(), first);
    let plan = app.expect(0, &["plan", "--detailed-exitcode"]).out;
    assert!(plan.contains("without the change of COLOUR, MODE"), "a deployment does not forget it: {plan}");
    let status = app.expect(0, &["status", &app.id]).out;
    assert!(status.contains("web does without the change of COLOUR, MODE until it is replaced"), "{status}");

    app.write(&web(&format!("{waits}, memory: 64M, keep-existing: {{env: true}}"), "{MODE: slow}"));
    let plan = app.expect(0, &["plan"]).out;
    assert!(plan.contains("COLOUR stays") && plan.contains("\"fast\" -> \"slow\""), "{plan}");
    app.expect(0, &["deploy"]);
    let seen = app.inspect("web");
    assert!(variables(&seen).contains(&"MODE=slow") && variables(&seen).contains(&"COLOUR=blue"), "{seen}");
    app.expect(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn pulling_has_a_limit() {
    let Some(app) = app("params-pull") else { return };
    // Somebody listens, and never answers.
    let registry = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("{}/nothing:1", registry.local_addr().unwrap());
    app.write(&module("web", "upload-timeout: 1", "").replace("windlass-test:1", &image));
    let said = app.expect(3, &["deploy"]);
    assert!(said.err.contains("it was not there after 1 s (`upload-timeout`)"), "{}", said.err);
}
