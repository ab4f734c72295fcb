//! The plug-in story on a real engine: several configuration entries consumed through one requirement, managed
//! subscribers, updates with and without restart.
//!
//! What a container got is read back from the engine (`docker inspect`), never from windlass. Every test has a state
//! directory, and so a registry, of its own, and names of its own. Without an engine each says loudly that it was skipped.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test makes its own files and reads its own environment")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

/// One test's world: files, state, and the applications that it deployed.
struct Stage {
    name: &'static str,
    folder: tempfile::TempDir,
    deployed: std::cell::RefCell<Vec<(String, String)>>,
}

/// What a command answered.
struct Answer {
    exit: i32,
    out: String,
    err: String,
}

impl Answer {
    fn ok(self) -> Answer {
        assert_eq!(self.exit, 0, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    fn with_exit(self, exit: i32) -> Answer {
        assert_eq!(self.exit, exit, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    fn says(self, words: &[&str]) -> Answer {
        let all = self.all();
        for word in words {
            assert!(all.contains(word), "`{word}` is missing in:\n{all}");
        }
        self
    }
}

fn engine() -> Option<String> {
    let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let host = named("WINDLASS_TEST_ENGINE").or_else(|| named("DOCKER_HOST"))?;
    let answers =
        Command::new("docker").args(["-H", &host, "version"]).output().is_ok_and(|output| output.status.success());
    answers.then_some(host)
}

impl Stage {
    fn new(name: &'static str) -> Option<Stage> {
        if engine().is_none() {
            let _ = writeln!(
                std::io::stderr(),
                "skipped: story {name}: no engine answers at WINDLASS_TEST_ENGINE or DOCKER_HOST"
            );
            return None;
        }
        Some(Stage { name, folder: tempfile::tempdir().unwrap(), deployed: Default::default() })
    }

    fn id(&self, application: &str) -> String {
        format!("story.{}.{application}", self.name)
    }

    fn windlass(&self, words: &[&str]) -> Answer {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(words)
            .current_dir(self.folder.path())
            .env("DOCKER_HOST", engine().unwrap())
            .env("WINDLASS_STATE_DIR", self.folder.path().join("state"))
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Answer { exit: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    fn write(&self, application: &str, descriptor: &str) -> String {
        let file = format!("{application}.yaml");
        std::fs::write(self.folder.path().join(&file), descriptor).unwrap();
        file
    }

    fn deploy(&self, application: &str, descriptor: &str, options: &[&str]) -> Answer {
        let file = self.write(application, descriptor);
        self.deployed.borrow_mut().push((self.id(application), options_space(options)));
        self.windlass(&[&["deploy", &file], options].concat())
    }

    /// A provider of one configuration entry.
    fn provider(&self, application: &str, version: &str, content: &Value) -> String {
        format!(
            "_schema-version: '3.3'\nID: {}\nversion: {version}\nmodules:\n- name: {application}\n  type: application\n  \
             parameters: {{docker: {{image: 'windlass-test:1'}}, no-route: true, container: {{init: true}}}}\n  provides:\n  - name: {application}\n    \
             public: true\n    properties: {content}\n",
            self.id(application)
        )
    }

    /// An application with one module that requires `resources`; `requires` and `resources` are YAML in flow form.
    fn consumer(&self, application: &str, requires: &str, resources: &str) -> String {
        format!(
            "_schema-version: '3.3'\nID: {}\nversion: 1.0.0\nmodules:\n- name: {application}\n  type: application\n  \
             parameters: {{docker: {{image: 'windlass-test:1'}}, no-route: true, container: {{init: true}}}}\n  requires: {requires}\nresources: {resources}\n",
            self.id(application)
        )
    }

    /// The framework of the story: every plug-in of its own space, by content.
    fn framework(&self, managed: bool) -> String {
        let requires = format!(
            "[{{name: plugins, list: plugin_configs, properties: {{plugin_name: '~{{name}}', plugin_url: '~{{url}}/sources'}}, \
             parameters: {{managed: {managed}}}}}]"
        );
        let name = if managed { "framework" } else { "onlooker" };
        let resources = "[{name: plugins, type: configuration, parameters: {target: {org: '${org}', space: '${space}'}, \
                         filter: {type: com.acme.plugin}}}]";
        self.consumer(name, &requires, resources)
    }

    /// The ids of a module's containers.
    fn containers(&self, application: &str) -> Vec<String> {
        let id = format!("label=windlass.mta.id={}", self.id(application));
        let output = docker(&["ps", "-aq", "--no-trunc", "--filter", &id, "--filter", "label=windlass.kind=module"]);
        output.lines().map(str::to_owned).collect()
    }

    fn container(&self, application: &str) -> String {
        let all = self.containers(application);
        assert_eq!(all.len(), 1, "{application} has the containers {all:?}");
        all[0].clone()
    }

    /// A module's environment, read from the engine.
    fn environment(&self, application: &str) -> BTreeMap<String, String> {
        let id = self.container(application);
        let text = docker(&["inspect", "--format", "{{json .Config.Env}}", &id]);
        let list: Vec<String> = serde_json::from_str(&text).unwrap();
        list.iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    fn json(&self, application: &str, variable: &str) -> Value {
        let environment = self.environment(application);
        let text =
            environment.get(variable).unwrap_or_else(|| panic!("{application} has no {variable}: {environment:?}"));
        serde_json::from_str(text).unwrap()
    }

    fn names(&self, application: &str, variable: &str) -> Vec<String> {
        let value = self.json(application, variable);
        value.as_array().unwrap().iter().map(|item| item["plugin_name"].as_str().unwrap_or("-").to_owned()).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for (mta, space) in self.deployed.borrow().iter() {
            self.windlass(&["undeploy", mta, "--yes", "--space", space, "--no-restart-subscribed-apps"]);
        }
        if std::thread::panicking() {
            let kept: PathBuf = self.folder.path().into();
            let _ = writeln!(std::io::stderr(), "story {} failed; its files were in {}", self.name, kept.display());
        }
    }
}

fn options_space(options: &[&str]) -> String {
    let at = options.iter().position(|word| *word == "--space");
    at.and_then(|at| options.get(at + 1)).map_or_else(|| "dev".into(), |space| (*space).into())
}

fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").arg("-H").arg(engine().unwrap()).args(words).output().unwrap();
    assert!(output.status.success(), "docker {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn plugin_1() -> Value {
    json!({"name": "plugin-1", "type": "com.acme.plugin", "url": "https://xxx.mo.sap.corp:51008"})
}

fn plugin_2() -> Value {
    json!({"name": "plugin-2", "type": "com.acme.plugin"})
}

fn plugin_3() -> Value {
    json!({"name": "plugin-3", "type": "com.acme.plugin", "url": "https://three.example.org"})
}

/// S1, S4, S5: all matching entries, per entry the declared values, null for what an entry lacks.
#[test]
fn a_list_collects_all_matching_entries() {
    let Some(stage) = Stage::new("list") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("plugin-2", &stage.provider("plugin-2", "0.1.0", &plugin_2()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    let expected = json!([
        {"plugin_name": "plugin-1", "plugin_url": "https://xxx.mo.sap.corp:51008/sources"},
        {"plugin_name": "plugin-2", "plugin_url": null}
    ]);
    assert_eq!(stage.json("framework", "plugin_configs"), expected);
}

/// S2, S3: each part of the question alone, and all together.
#[test]
fn every_part_of_a_filter_narrows() {
    let Some(stage) = Stage::new("filter") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("plugin-2", &stage.provider("plugin-2", "2.1.0", &plugin_2()), &[]).ok();
    let theme = json!({"name": "theme", "type": "com.acme.theme"});
    stage.deploy("theme", &stage.provider("theme", "0.1.0", &theme), &[]).ok();
    let elsewhere = json!({"name": "elsewhere", "type": "com.acme.plugin"});
    stage.deploy("elsewhere", &stage.provider("elsewhere", "0.1.0", &elsewhere), &["--space", "qa"]).ok();

    let id = format!("{}:plugin-1", stage.id("plugin-1"));
    let questions = [
        ("CONTENT", "filter: {type: com.acme.plugin}".to_owned()),
        ("NID", "provider-nid: mta".to_owned()),
        ("OTHER_NID", "provider-nid: other".to_owned()),
        ("ID", format!("provider-id: '{id}'")),
        ("TARGET", "target: {org: local, space: qa}".to_owned()),
        ("VERSION", "version: '>=2.0.0'".to_owned()),
        (
            "ALL",
            format!(
                "provider-nid: mta, provider-id: '{id}', version: '^0.1.0', target: {{org: local, space: dev}}, filter: {{type: com.acme.plugin}}"
            ),
        ),
    ];
    let requires: Vec<String> = questions
        .iter()
        .map(|(name, _)| format!("{{name: r-{name}, list: {name}, properties: {{plugin_name: '~{{name}}'}}}}"))
        .collect();
    let resources: Vec<String> = questions
        .iter()
        .map(|(name, parameters)| format!("{{name: r-{name}, type: configuration, parameters: {{{parameters}}}}}"))
        .collect();
    let consumer =
        stage.consumer("consumer", &format!("[{}]", requires.join(", ")), &format!("[{}]", resources.join(", ")));
    stage.deploy("consumer", &consumer, &[]).ok();
    for (variable, expected) in [
        ("CONTENT", vec!["plugin-1", "plugin-2"]),
        ("NID", vec!["plugin-1", "plugin-2", "theme"]),
        ("OTHER_NID", vec![]),
        ("ID", vec!["plugin-1"]),
        ("TARGET", vec!["elsewhere"]),
        ("VERSION", vec!["plugin-2"]),
        ("ALL", vec!["plugin-1"]),
    ] {
        assert_eq!(stage.names("consumer", variable), expected, "{variable}");
    }
}

/// S6: without `list` there must be exactly one match, whose values are flat.
#[test]
fn without_list_exactly_one_entry_must_match() {
    let Some(stage) = Stage::new("single") else { return };
    let requires = "[{name: plugin, properties: {PLUGIN: '~{name}', URL: '~{url}/sources'}}]";
    let resources = "[{name: plugin, type: configuration, parameters: {filter: {type: com.acme.plugin}}}]";
    let consumer = stage.consumer("consumer", requires, resources);
    let theme = json!({"name": "theme", "type": "com.acme.theme"});
    stage.deploy("theme", &stage.provider("theme", "0.1.0", &theme), &[]).ok();

    // None: for every entry the part of the filter that refused it.
    let none = stage.deploy("consumer", &consumer, &[]).with_exit(1);
    none.says(&["config-no-match", "`plugin`", "theme:theme", "filter.type", "com.acme.theme"]);
    assert_eq!(stage.containers("consumer"), Vec::<String>::new());

    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("consumer", &consumer, &[]).ok();
    let environment = stage.environment("consumer");
    assert_eq!(environment["PLUGIN"], "plugin-1");
    assert_eq!(environment["URL"], "https://xxx.mo.sap.corp:51008/sources");
    let before = stage.container("consumer");

    stage.deploy("plugin-3", &stage.provider("plugin-3", "0.1.0", &plugin_3()), &[]).ok();
    let several = stage.deploy("consumer", &consumer, &[]).with_exit(1);
    several.says(&["config-several-matches", "plugin-1:plugin-1", "plugin-3:plugin-3"]);
    assert_eq!(stage.container("consumer"), before);
}

/// S7: a managed subscriber gets a new environment and a new container; one that is not managed is left alone.
#[test]
fn a_managed_subscriber_follows() {
    let Some(stage) = Stage::new("managed") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("plugin-2", &stage.provider("plugin-2", "0.1.0", &plugin_2()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    stage.deploy("onlooker", &stage.framework(false), &[]).ok();
    let (framework, onlooker) = (stage.container("framework"), stage.container("onlooker"));

    stage.deploy("plugin-3", &stage.provider("plugin-3", "0.1.0", &plugin_3()), &[]).ok();
    assert_ne!(stage.container("framework"), framework);
    assert_eq!(stage.names("framework", "plugin_configs"), ["plugin-1", "plugin-2", "plugin-3"]);
    assert_eq!(stage.container("onlooker"), onlooker);
    assert_eq!(stage.names("onlooker", "plugin_configs"), ["plugin-1", "plugin-2"]);
    // What the subscriber got is what its own deployment would give it.
    let file = stage.write("framework", &stage.framework(true));
    stage.windlass(&["plan", &file, "--detailed-exitcode"]).with_exit(0);
}

/// S8: a subscription to a single entry. A second match leaves the subscriber as it is and is said by name.
#[test]
fn a_single_subscription_survives_a_second_match() {
    let Some(stage) = Stage::new("second") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    let requires = "[{name: plugin, properties: {PLUGIN: '~{name}'}, parameters: {managed: true}}]";
    let resources = "[{name: plugin, type: configuration, parameters: {filter: {type: com.acme.plugin}}}]";
    let consumer = stage.consumer("consumer", requires, resources);
    stage.deploy("consumer", &consumer, &[]).ok();
    let before = stage.container("consumer");

    let second = stage.deploy("plugin-3", &stage.provider("plugin-3", "0.1.0", &plugin_3()), &[]).with_exit(6);
    second.says(&[&stage.id("consumer"), "plugin-1:plugin-1", "plugin-3:plugin-3"]);
    assert_eq!(stage.container("consumer"), before);
    assert_eq!(stage.environment("consumer")["PLUGIN"], "plugin-1");

    let own = stage.deploy("consumer", &consumer, &[]).with_exit(1);
    own.says(&["config-several-matches", "plugin-1:plugin-1", "plugin-3:plugin-3"]);
    assert_eq!(stage.container("consumer"), before);
}

/// S9: the environment is renewed in the books, the container is not, and `status` says so.
#[test]
fn without_restart_a_restart_is_pending() {
    let Some(stage) = Stage::new("later") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    let before = stage.container("framework");
    let provider = stage.provider("plugin-3", "0.1.0", &plugin_3());
    stage.deploy("plugin-3", &provider, &["--no-restart-subscribed-apps"]).ok();
    assert_eq!(stage.container("framework"), before);
    assert_eq!(stage.names("framework", "plugin_configs"), ["plugin-1"]);
    stage.windlass(&["status", &stage.id("framework")]).ok().says(&["a restart is pending"]);

    // Its own next deployment makes the container follow.
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    assert_ne!(stage.container("framework"), before);
    assert_eq!(stage.names("framework", "plugin_configs"), ["plugin-1", "plugin-3"]);
    let status = stage.windlass(&["status", &stage.id("framework")]).ok();
    assert!(!status.all().contains("a restart is pending"), "{}", status.all());
}

/// S10: undeploying a provider updates subscribers too.
#[test]
fn an_undeployment_updates_subscribers() {
    let Some(stage) = Stage::new("undeploy") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("plugin-2", &stage.provider("plugin-2", "0.1.0", &plugin_2()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    let before = stage.container("framework");
    stage.windlass(&["undeploy", &stage.id("plugin-1"), "--yes"]).ok();
    assert_ne!(stage.container("framework"), before);
    assert_eq!(stage.names("framework", "plugin_configs"), ["plugin-2"]);
    stage.windlass(&["undeploy", &stage.id("plugin-2"), "--yes"]).ok();
    assert_eq!(stage.json("framework", "plugin_configs"), json!([]));
}

/// S11: the same content again, in the same and in a new version, restarts nobody.
#[test]
fn an_unchanged_value_restarts_nobody() {
    let Some(stage) = Stage::new("same") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    let before = stage.container("framework");
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    assert_eq!(stage.container("framework"), before);
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.2.0", &plugin_1()), &[]).ok();
    assert_eq!(stage.container("framework"), before);
    assert_eq!(stage.names("framework", "plugin_configs"), ["plugin-1"]);
}

/// S12: the plan of a provider says beforehand what its subscribers get, and exactly that happens.
#[test]
fn a_plan_names_the_subscribers_it_touches() {
    let Some(stage) = Stage::new("plan") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    stage.deploy("framework", &stage.framework(true), &[]).ok();
    let before = stage.container("framework");

    let mut moved = plugin_1();
    moved["url"] = json!("https://moved.example.org");
    let file = stage.write("plugin-1", &stage.provider("plugin-1", "0.1.0", &moved));
    let (old, new) = ("https://xxx.mo.sap.corp:51008/sources", "https://moved.example.org/sources");
    let framework = stage.id("framework");
    let text = stage.windlass(&["plan", &file]).ok();
    text.says(&[&framework, "plugin_configs", "[0].plugin_url", old, new]);
    let plan = stage.windlass(&["plan", &file, "-o", "json"]).ok();
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    let text = plan.to_string();
    for word in [framework.as_str(), "plugin_configs", "[0].plugin_url", old, new] {
        assert!(text.contains(word), "`{word}` is missing in {plan:#}");
    }
    assert_eq!(stage.container("framework"), before, "planning changed something");

    stage.windlass(&["deploy", &file]).ok();
    assert_ne!(stage.container("framework"), before);
    let expected = json!([{"plugin_name": "plugin-1", "plugin_url": new}]);
    assert_eq!(stage.json("framework", "plugin_configs"), expected);
}

/// Several modules follow: one after another is replaced, and one whose containers someone has removed is only recorded, which
/// is no failure of the provider. A provider that does not start has published nothing.
#[test]
fn subscribers_are_updated_one_after_another() {
    let Some(stage) = Stage::new("several") else { return };
    stage.deploy("plugin-1", &stage.provider("plugin-1", "0.1.0", &plugin_1()), &[]).ok();
    let module = |name: &str| {
        format!(
            "- {{name: {name}, type: application, parameters: {{docker: {{image: 'windlass-test:1'}}, no-route: true, container: {{init: true}}}}, \
             requires: [{{name: plugins, list: P, properties: {{plugin_name: '~{{name}}'}}, parameters: {{managed: true}}}}]}}\n"
        )
    };
    let consumer = format!(
        "_schema-version: '3.3'\nID: {}\nversion: 1.0.0\nmodules:\n{}{}{}resources:\n\
         - {{name: plugins, type: configuration, parameters: {{filter: {{type: com.acme.plugin}}}}}}\n",
        stage.id("consumer"),
        module("a"),
        module("b"),
        module("c")
    );
    stage.deploy("consumer", &consumer, &[]).ok();
    let before = stage.containers("consumer");
    docker(&["rm", "-f", &format!("windlass-{}-b-1", stage.id("consumer"))]);

    let fails = stage.provider("plugin-2", "0.1.0", &plugin_2()).replace("no-route", "command: 'exit 1', no-route");
    stage.deploy("plugin-2", &fails, &[]).with_exit(3);
    assert!(!stage.windlass(&["registry", "ls"]).ok().out.contains("plugin-2"), "published before it ran");

    let second = stage.provider("plugin-2", "0.1.0", &plugin_2());
    let events = stage.deploy("plugin-2", &second, &["--progress", "json"]).ok().out;
    let told: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = |kind: &str, what: &str| {
        let found = told.iter().position(|event| event["type"] == kind && event.to_string().contains(what));
        found.unwrap_or_else(|| panic!("no {kind} with {what} in {events}"))
    };
    let (published, first) = (at("entry.published", "plugin-2"), at("step.started", "consumer/a"));
    assert!(at("module.instance.healthy", "plugin-2") < published && published < first, "{events}");
    assert!(at("subscriber.updated", "\"a\"") < at("step.started", "consumer/c"), "{events}");
    at("subscriber.recorded", "\"b\"");
    let after = stage.containers("consumer");
    assert!(after.len() == 2 && after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
}
