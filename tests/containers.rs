//! What a descriptor says of a module's containers, read back from a real engine, and what is told when one fails.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, STAYS, app, web, worker};
use serde_json::{Value, json};

/// A module that stays up, has no route, and has these further parameters.
fn quiet(name: &str, parameters: &str) -> String {
    format!(
        "  - name: {name}\n    type: application\n    parameters: {{docker: {{image: 'windlass-test:1'}}, no-route: true, {parameters}}}\n"
    )
}

#[test]
fn a_container_is_what_its_module_says() {
    let Some(app) = app("says") else { return };
    let container = "cpus: 0.5, user: '65534:65534', volumes: ['data:/data', '/etc/hostname:/seen:ro'], restart: on-failure, \
                     stop-timeout: 3, stop-signal: SIGINT, working-dir: /tmp, init: true, read-only: true, \
                     cap-drop: [NET_RAW], extra-hosts: {far: 192.0.2.1}, labels: {team: blue}";
    let text = format!("memory: 64M, command: 'exec sleep 600', container: {{{container}}}");
    let list = "command: [-c, 'exec sleep 600'], container: {entrypoint: sh, stop-timeout: 1}";
    app.write(&(quiet("text", &text) + &quiet("list", list)));
    app.expect(0, &["deploy"]);

    let seen = app.inspect("text");
    let (config, host) = (&seen["Config"], &seen["HostConfig"]);
    assert_eq!((&host["Memory"], &host["NanoCpus"]), (&json!(64 << 20), &json!(500_000_000)));
    assert_eq!((&config["User"], &config["WorkingDir"]), (&json!("65534:65534"), &json!("/tmp")));
    assert_eq!(config["Cmd"], json!(["/bin/sh", "-c", "exec sleep 600"]));
    assert_eq!((&config["StopTimeout"], &config["StopSignal"]), (&json!(3), &json!("SIGINT")));
    assert_eq!(host["RestartPolicy"]["Name"], "on-failure");
    assert_eq!((&host["Init"], &host["ReadonlyRootfs"]), (&json!(true), &json!(true)));
    assert!(host["CapDrop"].to_string().contains("NET_RAW"), "{}", host["CapDrop"]);
    assert_eq!(host["ExtraHosts"], json!(["far:192.0.2.1"]));
    let mount = |at: &str| seen["Mounts"].as_array().unwrap().iter().find(|mount| mount["Destination"] == at).unwrap();
    assert_eq!((&mount("/data")["Type"], &mount("/data")["RW"]), (&json!("volume"), &json!(true)));
    assert_eq!((&mount("/seen")["Source"], &mount("/seen")["RW"]), (&json!("/etc/hostname"), &json!(false)));

    let seen = app.inspect("list");
    assert_eq!(
        (&seen["Config"]["Entrypoint"], &seen["Config"]["Cmd"]),
        (&json!(["sh"]), &json!(["-c", "exec sleep 600"]))
    );
    assert_eq!(seen["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped");
    assert_eq!(seen["NetworkSettings"]["Ports"].to_string().matches("HostPort").count(), 0, "no route, no port");
}

/// What the kernel grants, not only what was asked of the engine.
#[test]
fn a_container_has_no_more_rights_than_its_module_or_its_target_says() {
    let Some(app) = app("rights") else { return };
    let stays = "command: 'exec sleep 600'";
    let modules = [
        ("plain", "container: {stop-timeout: 1}"),
        ("loose", "container: {stop-timeout: 1, no-new-privileges: false, cap-drop: []}"),
        ("pings", "container: {stop-timeout: 1, cap-add: [CAP_NET_RAW]}"),
        ("bare", "container: {stop-timeout: 1, cap-drop: [ALL]}"),
    ];
    app.write(&modules.map(|(name, more)| quiet(name, &format!("{stays}, {more}"))).concat());
    app.expect(0, &["deploy"]);
    let granted = |module: &str| {
        let status = app.docker(&["exec", &format!("windlass-{}-{module}-1", app.id), "cat", "/proc/1/status"]);
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        let bits = u64::from_str_radix(&field("CapBnd:"), 16).unwrap();
        (field("NoNewPrivs:") == "1", bits)
    };
    // Numbers of Linux: what is dropped, and what images begin with.
    let (net_raw, sys_chroot, mknod, audit_write, setfcap) = (1 << 13, 1 << 18, 1 << 27, 1 << 29, 1 << 31);
    let dropped: u64 = net_raw | sys_chroot | mknod | audit_write | setfcap;
    let (no_new, bits) = granted("plain");
    assert!(no_new);
    assert_eq!(bits & dropped, 0, "{bits:x}");
    for (name, bit) in [("CHOWN", 0), ("DAC_OVERRIDE", 1), ("FOWNER", 3), ("KILL", 5), ("SETGID", 6), ("SETUID", 7)] {
        assert!(bits & (1 << bit) != 0, "{name} is needed by ordinary images");
    }
    assert!(bits & (1 << 10) != 0, "NET_BIND_SERVICE");
    let (no_new, bits) = granted("loose");
    assert!(!no_new);
    assert_eq!(bits & dropped, dropped, "{bits:x}");
    let (no_new, bits) = granted("pings");
    assert!(no_new);
    assert_eq!(bits & dropped, net_raw, "{bits:x}");
    assert_eq!(granted("bare"), (true, 0));

    // A target loosens it for all that say nothing else; and that is a change like any other.
    let target = "parameters: {container: {no-new-privileges: false, cap-drop: [MKNOD]}}\n";
    std::fs::write(app.folder.path().join("loose.yaml"), target).unwrap();
    let planned = app.expect(2, &["plan", "--detailed-exitcode", "--target", "loose.yaml"]);
    assert!(planned.out.contains("no-new-privileges") && planned.out.contains("MKNOD"), "{}", planned.out);
    app.expect(0, &["deploy", "--target", "loose.yaml"]);
    assert_eq!(granted("plain").1 & dropped, dropped & !mknod);
    assert!(!granted("plain").0);
    assert_eq!(granted("bare"), (false, 0), "what a module says itself stays");
}

/// The labels of `ux-conventions`, and no other of that prefix: tools read them.
#[test]
fn labels_say_whose_a_container_is() {
    let Some(app) = app("labels") else { return };
    app.write(&quiet("web", "command: 'exec sleep 600', container: {stop-timeout: 1, labels: {team: blue}}"));
    app.expect(0, &["deploy", "--progress", "json"]);
    let labels = app.inspect("web")["Config"]["Labels"].as_object().unwrap().clone();
    for (name, value) in [
        ("managed", "true"),
        ("mta.id", &*app.id),
        ("mta.version", "1.0.0"),
        ("module", "web"),
        ("instance", "1"),
        ("org", "local"),
        ("space", "dev"),
        ("kind", "module"),
        ("revision", "1"),
    ] {
        assert_eq!(labels[&format!("windlass.{name}")], value, "{name}");
    }
    assert_eq!(labels["windlass.operation"].as_str().unwrap().len(), 8);
    assert_eq!(labels["windlass.config-hash"].as_str().unwrap().len(), 64);
    assert_eq!((&labels["team"], &labels["com.docker.compose.oneoff"]), (&json!("blue"), &json!("False")));
    let folder = app.folder.path().to_str().unwrap();
    assert!(!Value::from(labels).to_string().contains(folder), "a label names a path of this machine");
}

#[test]
fn instances_are_replaced_together_or_not_at_all() {
    let Some(app) = app("instances") else { return };
    let three = "      instances: 3\n      container: {stop-timeout: 1}\n";
    app.write(&web("web", "one", three));
    app.expect(0, &["deploy"]);
    let running = || app.containers();
    let first = running();
    assert_eq!(first.len(), 3, "{first:?}");
    let status = app.status();
    let addresses = status["modules"][0]["addresses"].as_array().unwrap().clone();
    assert_eq!(addresses.len(), 3, "each instance has an address of its own: {addresses:?}");

    app.write(&web("web", "two", three));
    let events = app.expect(0, &["deploy", "--progress", "json"]).out;
    let second = running();
    assert_eq!(second.len(), 3);
    assert!(second.iter().all(|line| !first.contains(line)), "{first:?} {second:?}");
    let at = |kind: &str| -> Vec<usize> {
        let named =
            events.lines().enumerate().filter(|(_, line)| line.contains(&format!("\"module.instance.{kind}\"")));
        named.map(|(at, _)| at).collect()
    };
    assert_eq!((at("healthy").len(), at("removed").len()), (3, 3));
    assert!(at("healthy").iter().max() < at("removed").iter().min(), "an old one went before all new ones were up");

    // The third of the new ones fails: all old ones stay.
    let failing = "      command: 'mkdir /data/a || mkdir /data/b || exit 9; exec httpd -f -p 8080 -h /www'\n";
    let failing = format!("{three}{failing}").replace("stop-timeout: 1", "stop-timeout: 1, volumes: ['data:/data']");
    app.write(&web("web", "three", &failing));
    app.expect(3, &["deploy", "--start-timeout", "5s"]);
    assert_eq!(running(), second);
    assert!(app.status()["modules"][0]["instances"].as_array().unwrap().iter().all(|one| one["state"] == "running"));

    app.write(&web("web", "two", "      instances: 1\n      container: {stop-timeout: 1}\n"));
    app.expect(0, &["deploy"]);
    assert_eq!(running(), second[..1], "the first one is kept");
}

#[test]
fn modules_find_each_other_by_name() {
    let Some(app) = app("names") else { return };
    let client = "'wget -q -O - http://web:8080/cgi-bin/env && echo found; exec sleep 600'";
    let after = worker("client", client).replace("    type:", "    deployed-after: [web]\n    type:");
    app.write(&(web("web", "hello", "") + &after));
    app.expect(0, &["deploy"]);
    let said = app.expect(0, &["logs", &format!("{}/client", app.id)]).out;
    assert!(said.contains("GREETING=hello") && said.contains("found"), "{said}");
}

#[test]
fn a_module_that_is_not_to_start_is_made_and_left() {
    let Some(app) = app("no-start") else { return };
    app.write(&(quiet("waits", "no-start: true") + &worker("runs", STAYS)));
    app.expect(0, &["deploy"]);
    assert_eq!(app.inspect("waits")["State"]["Status"], "created");
    app.expect(0, &["plan", "--detailed-exitcode"]);
    app.write(
        &(quiet("waits", "no-start: false, command: 'exec sleep 600', container: {stop-timeout: 1}")
            + &worker("runs", STAYS)),
    );
    app.expect(0, &["deploy", "--no-start"]);
    assert_eq!(app.inspect("waits")["State"]["Status"], "running", "the module's own word beats the option");
}

/// Deploys a module that must fail and returns what the last failure says, as programs are told it.
fn failure(app: &App, module: &str) -> (Value, Value) {
    app.write(module);
    let said = app.expect(3, &["deploy", "--progress", "json"]);
    let events: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["type"], "operation.finished");
    let failed = events.iter().find(|event| event["type"] == "step.failed").unwrap();
    assert!(app.containers().is_empty(), "a first deployment that fails leaves nothing");
    (failed["failure"]["instance"].clone(), failed["failure"]["message"].clone())
}

#[test]
fn a_failure_says_how_the_process_ended() {
    let Some(app) = app("failure") else { return };
    let (code, _) = failure(&app, &worker("w", "'seq 30; exit 3'"));
    assert_eq!((&code["exit_code"], &code["signal"], &code["out_of_memory"]), (&json!(3), &Value::Null, &json!(false)));
    let lines: Vec<String> = (11..=30).map(|number| number.to_string()).collect();
    assert_eq!(code["last_lines"], json!(lines));
    assert_eq!(code["declared"], "mtad.yaml:5");

    let (killed, message) = failure(&app, &quiet("w", "command: 'kill -9 $$', container: {init: true}"));
    assert_eq!((&killed["exit_code"], &killed["signal"]), (&json!(137), &json!("SIGKILL")), "{killed}");
    assert!(message.as_str().unwrap().contains("exit code 137 (SIGKILL)"), "{message}");

    let hungry = worker("w", "'exec tail /dev/zero'").replace("      no-route", "      memory: 16M\n      no-route");
    // An engine does not always hear of it before the end of the process is told.
    let told = (0..5).map(|_| failure(&app, &hungry)).find(|(hungry, _)| hungry["out_of_memory"] == true);
    let (_, message) = told.expect("in one of five times, the engine knows that there was not enough memory");
    assert!(message.as_str().unwrap().contains("more memory"), "{message}");
}

#[test]
fn a_failure_says_what_the_probes_heard() {
    let Some(app) = app("probes") else { return };
    let checked = |check: &str| {
        let parameters = format!(
            "health-check-type: {check}, health-check-timeout: 1, health-check-invocation-timeout: 1, health-check-interval: 1, \
             command: 'exec sleep 600', container: {{stop-timeout: 1}}"
        );
        failure(&app, &quiet("w", &parameters))
    };
    let (port, message) = checked("port");
    assert!(port["probes"].to_string().contains("refused"), "{port}");
    assert!(message.as_str().unwrap().contains("waited for port 8080"), "{message}");
    let (http, message) = checked("http, health-check-http-endpoint: /ready");
    assert!(http["probes"][0]["count"].as_u64().unwrap() >= 2, "{http}");
    assert!(message.as_str().unwrap().contains("`GET /ready` on port 8080"), "{message}");
    assert!(http["notes"].to_string().contains("health-check-timeout"), "{http}");
}

/// What stands in a file of the module's first instance.
fn file(app: &App, module: &str, path: &str) -> String {
    app.docker(&["exec", &format!("windlass-{}-{module}-1", app.id), "cat", path])
}

#[test]
fn content_goes_into_containers_from_folders_archives_and_zips() {
    let Some(app) = app("content") else { return };
    let put = |path: &str, text: &[u8]| {
        let path = app.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("site/index.html", b"first");
    put("site/deep/folder/page.html", b"deep");
    std::fs::create_dir(app.folder.path().join("site/logs")).unwrap();
    let module = |path: &str| {
        let more = "      instances: 2\n      container: {content: /srv/made/here, stop-timeout: 1}\n";
        web("web", "hello", more).replace("    type:", &format!("    path: {path}\n    type:"))
    };
    app.write(&module("site"));
    app.expect(0, &["deploy"]);
    assert_eq!(file(&app, "web", "/srv/made/here/index.html"), "first");
    assert_eq!(file(&app, "web", "/srv/made/here/deep/folder/page.html"), "deep");
    let second = format!("windlass-{}-web-2", app.id);
    let listed = app.docker(&["exec", &second, "ls", "-l", "/srv/made/here"]);
    assert!(listed.contains("drwxr-xr-x") && listed.contains("logs") && listed.contains("-rw-r--r--"), "{listed}");

    // Unchanged content is no change, from the folder and from an archive of it.
    let running = app.containers();
    app.expect(0, &["plan", "--detailed-exitcode"]);
    app.expect(0, &["pack", "-o", "app.mtar"]);
    app.expect(0, &["plan", "app.mtar", "--detailed-exitcode"]);
    app.expect(0, &["deploy", "app.mtar"]);
    assert_eq!(app.containers(), running);

    // What runs once has it, too.
    let task = "      tasks: [{name: look, command: 'cat /srv/made/here/index.html'}]\n      no-route";
    app.write(&module("site").replace("      instances: 2", &format!("{task}: false\n      instances: 2")));
    let said = app.expect(0, &["deploy"]);
    assert!(said.err.contains("first") || said.out.contains("first"), "{} {}", said.out, said.err);

    // Other content is: the old container goes, and nothing of its files stays.
    put("site/index.html", b"second");
    std::fs::remove_dir_all(app.folder.path().join("site/deep")).unwrap();
    let plan = app.expect(2, &["plan", "--detailed-exitcode"]).out;
    assert!(plan.contains("because content"), "{plan}");
    app.expect(0, &["deploy"]);
    assert_eq!(file(&app, "web", "/srv/made/here/index.html"), "second");
    let listed = app.docker(&["exec", &second, "ls", "/srv/made/here"]);
    assert_eq!(listed, "index.html\nlogs");

    // A zip is unpacked, in a folder and in an archive; a program that is a zip is not.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("run.sh", zip::write::SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    std::io::Write::write_all(&mut zip, b"#!/bin/sh\necho it runs\n").unwrap();
    let zip = zip.finish().unwrap().into_inner();
    put("site.zip", &zip);
    put("site.jar", &zip);
    app.write(&module("site.zip"));
    app.expect(0, &["pack", "-o", "app.mtar", "--force"]);
    app.expect(0, &["deploy", "app.mtar"]);
    assert_eq!(app.docker(&["exec", &second, "/srv/made/here/run.sh"]), "it runs");
    app.expect(0, &["plan", "--detailed-exitcode"]);
    app.write(&module("site.jar"));
    app.expect(0, &["deploy"]);
    assert_eq!(app.docker(&["exec", &second, "ls", "/srv/made/here"]), "site.jar");
}

#[test]
fn a_subscriber_keeps_its_content_when_it_gets_its_new_environment() {
    let Some(app) = app("kept") else { return };
    let write = |name: &str, text: &str| std::fs::write(app.folder.path().join(name), text).unwrap();
    write("page.html", "the subscriber's own");
    let provider = |url: &str| {
        format!(
            "_schema-version: \"3.3\"\nID: {}-p\nversion: 1.0.0\nmodules:\n{}    provides:\n      - name: api\n        public: true\n        properties: {{url: '{url}'}}\n",
            app.id,
            worker("api", STAYS)
        )
    };
    write("provider.yaml", &provider("one"));
    app.expect(0, &["deploy", "provider.yaml"]);
    let subscriber = worker("reader", STAYS).replace("container: {", "container: {content: /srv/own, ")
        + &format!(
            "    path: page.html\n    requires:\n      - name: api\n        properties: {{URL: '~{{url}}'}}\n        parameters: {{managed: true}}\nresources:\n  - name: api\n    type: configuration\n    parameters: {{provider-id: '{}-p:api'}}\n",
            app.id
        );
    app.write(&subscriber);
    app.expect(0, &["deploy"]);
    let before = app.containers();
    write("provider.yaml", &provider("two"));
    // The subscriber's folder is not at hand for its provider.
    write("page.html", "changed meanwhile");
    app.expect(0, &["deploy", "provider.yaml"]);
    let reader = |lines: &[String]| lines.iter().find(|line| line.contains("-reader-")).unwrap().clone();
    assert_ne!(reader(&before), reader(&app.containers()), "it is another container now");
    assert_eq!(file(&app, "reader", "/srv/own/page.html"), "the subscriber's own");
    let environment = app.inspect("reader")["Config"]["Env"].to_string();
    assert!(environment.contains("URL=two"), "{environment}");
}
