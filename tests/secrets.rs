//! Secrets are planted in every way that there is, and everything that windlass says or writes is searched for them.
//!
//! The only places where they may be found are the containers' environments, and the test sees to it that they are there:
//! otherwise it would prove nothing.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, app, said};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Every text that was planted, by the way it went. Letters and digits only at its core: JSON, shells and addresses leave
/// those as they are, so that no form of it can hide.
struct Planted(BTreeMap<&'static str, String>);

const WAYS: [&str; 14] = [
    "tag",
    "metadata",
    "extension",
    "environment",
    "vault",
    "set-file",
    "mta",
    "mta-json",
    "mta-cert",
    "docker",
    "provided",
    "service",
    "requirement",
    "command",
];

impl Planted {
    fn new(round: &str) -> Planted {
        Planted(WAYS.into_iter().map(|way| (way, format!("Plant{}{round}Zq7", way.replace('-', "")))).collect())
    }

    /// With characters that every form of writing treats in its own way.
    fn value(&self, way: &str) -> String {
        format!(r#"{}"/ +%\é${{x}}"#, self.0[way])
    }

    /// As a YAML text in single quotes; a backslash keeps what looks like a placeholder.
    fn yaml(&self, way: &str) -> String {
        format!("'{}'", self.value(way).replace("${", "\\${"))
    }

    /// The ways whose secrets a text gives away, in the clear or in base64 at any alignment.
    fn in_text(&self, text: &[u8]) -> Vec<&'static str> {
        let holds = |needle: &str| text.windows(needle.len()).any(|window| window == needle.as_bytes());
        let told = |core: &str| {
            (0..3).any(|shift| {
                let encoded = STANDARD.encode(format!("{}{core}", &"xxx"[..shift]));
                // The first and the last group mix with what stands beside them.
                holds(&encoded[4..encoded.len() - 4])
            }) || holds(core)
        };
        self.0.iter().filter(|(_, core)| told(core)).map(|(way, _)| *way).collect()
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let planted = Planted::new("Test");
    let value = planted.value("tag");
    let json = serde_json::to_string(&value).unwrap();
    let encoded = STANDARD.encode(format!(r#"{{"a":"{value}"}}"#));
    let percent: String = value
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    for form in [value, json, encoded, percent] {
        assert_eq!(planted.in_text(format!("x{form}y").as_bytes()), ["tag"], "{form}");
    }
    assert!(planted.in_text(b"nothing").is_empty());
}

/// A deployment that failed: nothing of it is left, or part of it.
const FAILS: i32 = -3;

/// Everything that was said and written, with where it came from.
struct Heard<'a> {
    app: &'a App,
    rounds: Vec<Planted>,
    texts: Vec<(String, Vec<u8>)>,
}

impl Heard<'_> {
    fn now(&self) -> &Planted {
        self.rounds.last().unwrap()
    }

    /// Runs windlass with all secrets at hand; everything that it says is kept.
    fn run(&mut self, code: i32, arguments: &[&str]) -> app::Said {
        let said = said(self.command(arguments).output().unwrap());
        let line = format!("windlass {}", arguments.join(" "));
        let fails = code == FAILS && (3..=4).contains(&said.code);
        assert!(said.code == code || fails, "{} {line}\n--- out\n{}\n--- err\n{}", said.code, said.out, said.err);
        self.texts.push((format!("{line}, standard output"), said.out.clone().into_bytes()));
        self.texts.push((format!("{line}, standard error"), said.err.clone().into_bytes()));
        said
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let planted = self.now();
        let mut command = self.app.command(arguments);
        command.env("PLANTED", planted.value("environment")).env("__MTA___plain", planted.value("mta"));
        command.env("__MTA_JSON___deep", serde_json::json!({"inside": [planted.value("mta-json")]}).to_string());
        command.env("__MTA_CERT___certificate", STANDARD.encode(planted.value("mta-cert")));
        command
    }

    /// With the options that bring in what no file of the descriptor holds.
    fn with_options(&mut self, code: i32, arguments: &[&str]) -> app::Said {
        let options = [
            "-e",
            "prod.mtaext",
            "--set-file",
            "modules.web.properties.SET_FILE=secret.txt",
            "--require-secure-parameters",
        ];
        self.run(code, &[arguments, &options].concat())
    }

    fn file(&mut self, path: &Path) {
        self.texts.push((path.display().to_string(), std::fs::read(path).unwrap()));
    }

    /// The whole state folder: database, its log, key.
    fn state(&mut self, when: &str) {
        let folder = self.app.folder.path().join("state");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            self.texts.push((format!("{} {when}", path.display()), std::fs::read(&path).unwrap()));
        }
        assert!(names.iter().any(|name| name == "state.sqlite"), "{names:?}");
    }

    /// What the engine tells of the containers, but for their environments and commands.
    fn engine(&mut self) {
        for line in self.app.containers() {
            let id = line.split(' ').nth(1).unwrap();
            let mut told: serde_json::Value = serde_json::from_str(&self.app.docker(&["inspect", id])).unwrap();
            for hidden in ["Env", "Cmd"] {
                told[0]["Config"][hidden].take();
            }
            told[0]["Args"].take();
            self.texts.push((format!("docker inspect {line}"), told.to_string().into_bytes()));
        }
    }

    fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        for (from, text) in &self.texts {
            for (round, planted) in self.rounds.iter().enumerate() {
                for way in planted.in_text(text) {
                    let text = String::from_utf8_lossy(text);
                    let line = text.lines().find(|line| !planted.in_text(line.as_bytes()).is_empty());
                    let line: String = line.unwrap_or_default().chars().take(300).collect();
                    leaks.push(format!("{way} (round {round}) in {from}:\n    {line}"));
                }
            }
        }
        leaks.dedup();
        leaks
    }
}

/// A program that takes its variables apart and prints the secrets that went into them, without the rest.
const PARTS: &str = r#"echo "$VAULT" | cut -c3-; echo "$PROVIDED" | sed "s,^https://u:,," | sed "s,@api$,,"; "#;

fn write(app: &App, planted: &Planted, web: &str) {
    let text = format!(
        r#"_schema-version: "3.3"
ID: {id}
version: 1.0.0
parameters:
  plain: for development
  deep: {{inside: [for development]}}
  certificate: for development
modules:
  - name: web
    type: application
    parameters:
      docker: {{image: "windlass-test:1", username: me, password: {docker}}}
{web}    properties:
      TAG: !sensitive {tag}
      METADATA: {metadata}
      EXTENSION: for development
      ENVIRONMENT: ${{env:PLANTED}}
      VAULT: "x ${{secret:planted}}"
      SET_FILE: for development
      MTA: ${{plain}}
      MTA_JSON: ${{deep/inside/0}}
      MTA_JSON_WHOLE: ${{deep}}
      MTA_CERT: ${{certificate}}
      GENERATED: ${{generated-password}}
      OPEN: nothing
    properties-metadata:
      METADATA: {{sensitive: true}}
      EXTENSION: {{sensitive: true}}
    requires:
      - name: api
        properties: {{PROVIDED: "https://u:~{{password}}@api"}}
      - {{name: listed, list: LISTED, properties: {{url: "~{{password}}"}}}}
      - {{name: grouped, group: GROUPED, properties: {{url: "~{{password}}"}}}}
      - {{name: db}}
      - name: published
        list: PUBLISHED
        parameters: {{managed: true}}
        properties: {{url: "~{{url}}", password: !sensitive {requirement}, kept: "${{secret:planted}}", given: "${{env:PLANTED}}"}}
  - name: api
    type: application
    parameters:
      docker: {{image: "windlass-test:1"}}
      no-route: true
      command: "exec sleep 600 # ${{secret-word}}"
      secret-word: !sensitive {command}
      container: {{stop-timeout: 1}}
      tasks:
        - {{name: say, command: "echo ${{secret-word}}; env; sleep 1", env: {{TASKED: "${{secret-word}}"}}}}
    provides:
      - name: api
        properties: {{password: !sensitive {provided}}}
      - name: open
        public: true
        properties: {{url: "http://api"}}
resources:
  - name: listed
    properties: {{password: !sensitive {provided}}}
  - name: grouped
    properties: {{password: "${{secret:planted}}"}}
  - name: db
    type: org.cloudfoundry.user-provided-service
    parameters: {{config: {{user: shop, password: {service}}}}}
    parameters-metadata: {{config: {{sensitive: true}}}}
  - name: published
    type: configuration
    parameters: {{provider-id: "other:api"}}
"#,
        id = app.id,
        docker = planted.yaml("docker"),
        tag = planted.yaml("tag"),
        metadata = planted.yaml("metadata"),
        requirement = planted.yaml("requirement"),
        command = planted.0["command"],
        provided = planted.yaml("provided"),
        service = planted.yaml("service"),
    );
    let file = |name: &str, text: String| std::fs::write(app.folder.path().join(name), text).unwrap();
    file("mtad.yaml", text);
    file(
        "prod.mtaext",
        format!(
            "_schema-version: \"3.3\"\nID: prod\nextends: {}\nmodules:\n  - name: web\n    properties:\n      EXTENSION: {}\n",
            app.id,
            planted.yaml("extension")
        ),
    );
    file("secret.txt", planted.value("set-file") + "\n");
    file("vault.txt", planted.value("vault") + "\n");
}

#[test]
fn planted_secrets_reach_the_containers_and_nothing_else() {
    let Some(app) = app("secure-planted") else { return };
    let first = Planted::new("First");
    write(&app, &first, "");
    let mut heard = Heard { app: &app, rounds: vec![first], texts: Vec::new() };

    let entry = r#"[{"provider-nid": "mta", "provider-id": "other:api", "provider-version": "1.0.0",
                     "target": {"org": "local", "space": "dev"}, "content": {"url": "http://other"}}]"#;
    std::fs::write(app.folder.path().join("entries.json"), entry).unwrap();
    heard.run(0, &["registry", "import", "entries.json"]);

    // Before anything is there.
    heard.with_options(1, &["plan"]); // The secret is not set.
    heard.run(0, &["secret", "set", "planted", "--from-file", "vault.txt"]);
    heard.run(0, &["secret", "ls", "-o", "json"]);
    look(&mut heard);

    // Every way of showing progress, each with other secrets.
    deploy(&mut heard, &["deploy", "--progress", "plain", "-vvv"]);
    let environment = app.inspect("web")["Config"]["Env"].to_string();
    let planted = heard.now();
    let reached = |way: &&str| environment.contains(&planted.0[*way]);
    let missing: Vec<&str> =
        WAYS.into_iter().filter(|way| !matches!(*way, "docker" | "command") && !reached(way)).collect();
    assert!(missing.is_empty(), "{missing:?} never came to the container: {environment}");
    assert!(app.inspect("api")["Config"]["Cmd"].to_string().contains(&planted.0["command"]));
    let value = |name: &str| {
        let all = app.inspect("web")["Config"]["Env"].clone();
        let find =
            |v: &serde_json::Value| v.as_str().and_then(|v| v.strip_prefix(&format!("{name}=")).map(str::to_owned));
        all.as_array().unwrap().iter().find_map(find).unwrap()
    };
    assert_eq!(value("ENVIRONMENT"), planted.value("environment"), "to the letter");
    assert_eq!(value("SET_FILE"), planted.value("set-file"));
    assert_eq!(value("MTA_JSON"), planted.value("mta-json"));
    assert_eq!(value("MTA_CERT"), planted.value("mta-cert"));
    let generated = value("GENERATED");
    look(&mut heard);

    for (round, progress) in ["json", "tty", "quiet"].into_iter().enumerate() {
        let next = Planted::new(&format!("Round{round}"));
        // The last one says everything that it knows, for `windlass logs`.
        let tells = if progress == "quiet" {
            &format!("      command: '{PARTS}env; exec sleep 600'\n      health-check-type: process\n")
        } else {
            ""
        };
        write(&app, &next, tells);
        heard.rounds.push(next);
        heard.run(0, &["secret", "set", "planted", "--from-file", "vault.txt"]);
        heard.with_options(0, &["plan", "--full"]);
        let out = app.folder.path().join("plan.json");
        heard.with_options(0, &["plan", "-o", "json", "--plan-out", "plan.json"]);
        heard.file(&out);
        deploy(&mut heard, &["deploy", "--progress", progress, "-vvv"]);
    }
    look(&mut heard);
    fail(&mut heard);

    let leaks = heard.leaks();
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
    let told: Vec<&String> = heard
        .texts
        .iter()
        .filter(|(_, text)| text.windows(generated.len()).any(|window| window == generated.as_bytes()))
        .map(|(from, _)| from)
        .collect();
    assert!(told.is_empty(), "the generated password is in {told:?}");
}

fn deploy(heard: &mut Heard<'_>, arguments: &[&str]) {
    heard.with_options(0, arguments);
    heard.engine();
    heard.state("after a deployment");
}

/// Every command that only looks, in every form.
fn look(heard: &mut Heard<'_>) {
    for form in ["graphical", "short", "json", "json-lines"] {
        heard.with_options(0, &["lint", "mtad.yaml", "-o", form]);
    }
    // `parsed` is the author's file as it is, and so are its secrets.
    for stage in ["merged", "placeholders", "configuration", "references"] {
        heard.with_options(0, &["resolve", "--stage", stage]);
        heard.with_options(0, &["resolve", "--stage", stage, "-o", "json"]);
    }
    heard.with_options(0, &["env", "--explain"]);
    heard.with_options(0, &["env", "-o", "json", "--explain"]);
    heard.with_options(0, &["env", "-m", "web", "-o", "dotenv"]);
    for form in
        [&["plan"][..], &["plan", "--full"], &["plan", "--summary"], &["plan", "-o", "json"], &["plan", "--offline"]]
    {
        heard.with_options(0, form);
    }
    for form in ["dot", "mermaid", "json", "svg"] {
        heard.with_options(0, &["graph", "-o", form]);
    }
    heard.with_options(0, &["registry", "entries", "-o", "json"]);
    heard.with_options(0, &["registry", "subscriptions", "-o", "json"]);
    heard.run(0, &["registry", "ls", "-o", "json"]);
    heard.run(0, &["registry", "export"]);
    heard.with_options(0, &["registry", "match", "-r", "published"]);
    heard.run(0, &["ls", "-o", "json"]);
    let id = heard.app.id.clone();
    if !heard.app.containers().is_empty() {
        heard.run(0, &["status", &id]);
        heard.run(0, &["status", &id, "-o", "json"]);
        let logs = heard.run(0, &["logs", &id]);
        if heard.rounds.len() > 2 {
            assert!(logs.out.contains("OPEN=nothing") && logs.out.contains("(sensitive)"), "{}", logs.out);
        }
    }
    operations(heard);
    heard.run(0, &["secret", "ls"]);
    heard.run(0, &["state", "check", "-o", "json"]);
    heard.state("after looking");
}

/// What is remembered of what was done.
fn operations(heard: &mut Heard<'_>) {
    heard.run(0, &["operation", "ls"]);
    let listed = heard.run(0, &["operation", "ls", "-o", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let list = listed.as_array().or_else(|| listed["operations"].as_array()).unwrap().clone();
    for operation in &list {
        let id = operation["id"].as_str().unwrap();
        for form in ["text", "json"] {
            heard.run(0, &["operation", "show", id, "-o", form]);
        }
        heard.run(0, &["operation", "logs", id]);
        heard.run(0, &["operation", "logs", id, "-o", "json-lines"]);
    }
    if list.is_empty() {
        return;
    }
    let id = heard.app.id.clone();
    for form in ["text", "json"] {
        heard.run(0, &["history", &id, "-o", form]);
        heard.run(0, &["why", &format!("{id}/web"), "-o", form]);
    }
}

/// Deployments that fail in all the ways in which much is said, and descriptors that are wrong right beside a secret.
fn fail(heard: &mut Heard<'_>) {
    let app = heard.app;
    let planted = Planted::new("Failing");
    write(app, &planted, &format!("      command: '{PARTS}env; env >&2; exit 3'\n"));
    heard.rounds.push(planted);
    heard.with_options(FAILS, &["deploy", "--progress", "json"]);
    heard.with_options(FAILS, &["deploy", "-vvv"]);
    // Nothing answers where the check looks; what it says on the way has the secrets in it.
    write(app, heard.now(), &format!("      command: '{PARTS}env; exec sleep 600'\n      health-check-type: http\n"));
    heard.with_options(FAILS, &["deploy", "--start-timeout", "2s"]);
    // A pull that is refused, with the password that was tried.
    let text = std::fs::read_to_string(app.folder.path().join("mtad.yaml")).unwrap();
    let elsewhere = |image: &str| {
        std::fs::write(app.folder.path().join("mtad.yaml"), text.replacen("windlass-test:1", image, 1)).unwrap();
    };
    elsewhere("127.0.0.1:1/shop/web:1");
    heard.with_options(FAILS, &["deploy", "-vvv"]);
    heard.with_options(FAILS, &["deploy", "--progress", "json"]);
    elsewhere("windlass-nowhere:1");
    heard.with_options(FAILS, &["deploy", "--progress", "json"]);
    operations(heard);
    heard.state("after failures");
    // A copy of the state with its key can open everything, and still shows nothing.
    heard.run(0, &["state", "backup", "kept.tar"]);
    let kept = app.folder.path().join("kept.tar");
    heard.file(&kept);

    // Mistakes in the rows of secrets and beside them.
    let wrong = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        std::fs::write(app.folder.path().join("mtad.yaml"), text.replace(from, to)).unwrap();
    };
    let mistakes = [
        ("      METADATA: ", "      METADATA: 1\n      METADATA: "),
        ("      OPEN: nothing", "      OPEN: ${nothing}"),
        ("      EXTENSION: for", "      EXTENSION: ${nothing} for"),
        ("      TAG: !sensitive ", "      TAG: !sensitive ${nothing}"),
        ("      METADATA: '", "      METADATA: '${nothing}"),
        ("      OPEN: nothing", "      OPEN: [nothing"),
        ("      METADATA: '", "      METADATA: ''"),
        ("config: {user: shop, password: ", "config: {user: shop, password: ["),
        ("memory", "memory"),
        ("    parameters-metadata: {config", "    parameters-metadata: [{config"),
    ];
    for (from, to) in mistakes.into_iter().filter(|(from, to)| from != to) {
        wrong(from, to);
        for arguments in
            [&["lint", "mtad.yaml", "-o", "graphical"][..], &["lint", "mtad.yaml", "-o", "json"], &["plan"]]
        {
            let said = said(heard.command(&[arguments, &["-e", "prod.mtaext"]].concat()).output().unwrap());
            let line = format!("windlass {} with `{to}`", arguments.join(" "));
            assert!(said.err.len() + said.out.len() > 20, "{line}: {} {}", said.out, said.err);
            heard.texts.push((line.clone(), said.out.into_bytes()));
            heard.texts.push((line, said.err.into_bytes()));
        }
    }
    // In public, a secret is refused, and not quoted.
    wrong("properties: {url: \"http://api\"}", "properties: {url: \"http://api\", x: [\"${secret:planted}\"]}");
    let refused = heard.with_options(1, &["plan"]);
    assert!(refused.err.contains("secret-in-public"), "{}", refused.err);
}
