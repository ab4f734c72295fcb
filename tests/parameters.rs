//! What every parameter of the format does, in one table, held against what windlass does with it.
//!
//! A parameter that is *used* must change what is wanted of an engine, or asked of the registry, when it is set. One that is
//! *told* leads to one notice where it stands. One that *serves* placeholders leads to nothing. So none can be known and
//! have no behaviour, and a parameter that comes or goes has to be written down here.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use windlass::finding::{Findings, NO_EFFECT};
use windlass::plan::desired::{Wishes, desired};
use windlass::plan::parameters::{PARAMETERS, Place};
use windlass::source::Sources;
use windlass::stage;
use windlass::target::{Compat, Facts, Generator, Space, Target};

/// place, name, what becomes of it, a value that asks for something, and what else must be set for it to matter (`SLOT: …`).
const TABLE: &str = r#"
module | app-name | used | front
module | apply-namespace | used | false | module: host: shop
module | app-features | used | {file-based-vcap-services: true}
module | buildpack | told | java
module | buildpacks | told | [java]
module | check-deploy-id | used | true
module | command | used | run me
module | config | told | {a: b}
module | content | told | {a: b}
module | container | used | {user: me}
module | create-service-broker | told | true
module | default-app-name | serves
module | default-domain | serves
module | default-host | serves
module | default-idle-domain | serves
module | default-idle-host | serves
module | default-idle-uri | serves
module | default-idle-url | serves
module | default-instances | serves
module | default-live-app-name | serves
module | default-live-domain | serves
module | default-live-host | serves
module | default-live-uri | serves
module | default-live-url | serves
module | default-uri | serves
module | default-url | serves
module | dependency-type | used | hard | requires: {name: other}
module | disk-quota | used | 1G
module | display-name | used | Exchange rates
module | docker | used | {image: "app:2"}
module | domain | used | example.org
module | domains | used | [a.example.org, b.example.org] | module: host: shop
module | enable-parallel-service-bindings | told | false
module | enable-ssh | told | true
module | execute-app | used | true
module | failure-marker | used | "STDOUT:no" | module: execute-app: true
module | generated-password | serves
module | generated-user | serves
module | health-check-http-endpoint | used | /up | module: health-check-type: http
module | health-check-interval | used | 3
module | health-check-invocation-timeout | used | 3
module | health-check-timeout | used | 3
module | health-check-type | used | http
module | host | used | shop
module | hosts | used | [a, b] | module: domain: example.org
module | idle-domain | told | example.org
module | idle-domains | told | [example.org]
module | idle-host | told | shop
module | idle-hosts | told | [shop]
module | idle-route | serves
module | idle-routes | told | [{idle-route: a.example.org}]
module | instances | used | 3
module | keep-existing | used | {env: true}
module | keep-existing-routes | used | true
module | lifecycle | told | buildpack | image: none
module | managed | told | true
module | memory | used | 64M
module | no-hostname | used | true | module: domain: example.org
module | no-route | used | true
module | no-start | used | true
module | path | told | ./content
module | protocol | serves
module | readiness-health-check-http-endpoint | used | /up | module: readiness-health-check-type: http
module | readiness-health-check-interval | used | 3 | module: readiness-health-check-type: http
module | readiness-health-check-invocation-timeout | used | 3 | module: readiness-health-check-type: http
module | readiness-health-check-type | used | port
module | register-service-url | told | true
module | restart-on-env-change | used | {user-provided: false}
module | route | serves
module | route-path | used | /api | module: host: shop
module | routes | used | [{route: shop.example.org}]
module | service-broker-name | told | x
module | service-broker-password | told | x
module | service-broker-space-scoped | told | true
module | service-broker-url | told | x
module | service-broker-user | told | x
module | service-name | told | x
module | service-url | told | x
module | skip-deploy | used | true
module | stack | told | cflinuxfs4
module | stage-timeout | told | 60
module | start-timeout | used | 50
module | stop-app | used | true | module: execute-app: true
module | success-marker | used | "STDOUT:yes" | module: execute-app: true
module | task-execution-timeout | used | 60
module | tasks | used | [{name: t, command: c}]
module | tcp | used | true
module | tcps | used | true
module | timestamp | serves
module | upload-timeout | used | 60
container | cap-add | used | [NET_ADMIN]
container | cap-drop | used | [ALL]
container | no-new-privileges | used | false
container | content | read | /srv/app
container | cpus | used | 0.5
container | entrypoint | used | /run
container | extra-hosts | used | [a:10.0.0.1]
container | init | used | true
container | labels | used | {team: blue}
container | networks | used | [proxy]
container | placement | told | {a: b}
container | port | used | 3000
container | ports | used | [9000]
container | read-only | used | true
container | restart | used | always
container | stop-signal | used | SIGINT
container | stop-timeout | used | 3
container | update | told | {a: b}
container | user | used | me
container | volumes | used | [data:/data]
container | working-dir | used | /srv
descriptor | apply-namespace | used | {app-routes: false} | module: host: shop
descriptor | apps-stage-timeout | told | 60
descriptor | apps-start-timeout | used | 50
descriptor | apps-task-execution-timeout | used | 60
descriptor | apps-upload-timeout | used | 60
descriptor | authorization-url | serves
descriptor | bg-dependency-aware-stop-order | told | true
descriptor | controller-url | serves
descriptor | default-domain | serves
descriptor | default-idle-domain | serves
descriptor | deploy-target | serves
descriptor | deploy-url | serves
descriptor | deploy_mode | told | x
descriptor | developer-api-host | serves
descriptor | enable-parallel-deployments | used | true
descriptor | keep-existing-routes | used | true
descriptor | mta-id | serves
descriptor | mta-version | serves
descriptor | org | serves
descriptor | org-guid | serves
descriptor | space | serves
descriptor | space-guid | serves
descriptor | timestamp | serves
descriptor | user | serves
descriptor | xs-api-url | serves
descriptor | xs-auth-url | serves
descriptor | xs-type | serves
resource | apply-namespace | used | false | resource: service-name: x
resource | config | used | {a: b}
resource | config-path | read | config.json
resource | default-container-name | serves
resource | default-service-name | serves
resource | default-xsappname | serves
resource | destination | told | x
resource | fail-on-service-update | told | {plan: true}
resource | filter | used | {a: b} | at: configuration
resource | generated-password | serves
resource | generated-user | serves
resource | log-level | told | x
resource | managed | told | true
resource | memory | told | 1G
resource | mta-id | used | other | at: deprecated
resource | mta-provides-dependency | used | set | at: deprecated
resource | mta-version | used | 2.0.0 | at: deprecated
resource | org-name | told | x
resource | path | read | config.json
resource | provider-id | used | "c:d" | at: configuration
resource | provider-namespace | used | blue | at: configuration
resource | provider-nid | used | other | at: configuration
resource | service | used | redis
resource | service-broker | told | x
resource | service-guid | serves
resource | service-key-name | used | NAME | at: key
resource | service-keys | told | [a]
resource | service-name | used | x
resource | service-plan | used | x
resource | service-provider | told | x
resource | service-tags | used | [a]
resource | service-version | told | x
resource | skip-service-updates | told | {plan: true}
resource | space-name | told | x
resource | syslog-drain-url | used | syslog://logs.example.org:514
resource | target | used | {org: a, space: b} | at: configuration
resource | type | used | existing-service-key | at: typed
resource | version | used | 1.0.0 | at: configuration
requires | binding-name | used | x
requires | config | used | {a: b}
requires | content-target | told | true
requires | delete-service-key-after-deployment | told | true
requires | env-var-name | used | NAME | at: key
requires | managed | used | true | at: configuration
requires | path | read | binding.json
requires | use-live-routes | told | true
requires | visibility | told | [{org: a}]
provides | use-live-routes | told | true
provides | visibility | used | [{org: a}]
hook | command | used | other
hook | disk-quota | told | 1G
hook | memory | used | 64M
hook | name | used | x
hook | phases-config | told | [{phase: deploy.application.before-start, target-app: live}]
hook | requires | read | []
"#;

struct Row {
    place: Place,
    name: &'static str,
    becomes: &'static str,
    value: &'static str,
    with: Vec<(&'static str, &'static str)>,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let mut columns = line.split(" | ").map(str::trim);
        let place = match columns.next().unwrap() {
            "module" => Place::Module,
            "container" => Place::Container,
            "descriptor" => Place::Descriptor,
            "resource" => Place::Resource,
            "requires" => Place::Requires,
            "provides" => Place::Provides,
            "hook" => Place::Hook,
            other => panic!("no place {other}"),
        };
        Row {
            place,
            name: columns.next().unwrap(),
            becomes: columns.next().unwrap(),
            value: columns.next().unwrap_or("anything"),
            with: columns.map(|with| with.split_once(": ").unwrap()).collect(),
        }
    };
    TABLE.lines().filter(|line| !line.is_empty()).map(row).collect()
}

/// A descriptor in which everything is there that a parameter may be about.
const DESCRIPTOR: &str = r#"_schema-version: "3.3"
ID: shop
version: 1.0.0
parameters: {<descriptor>}
modules:
  - name: web
    type: application
    parameters: {<image>, container: {<container>}, <module>}
    requires:
      - {name: db, parameters: {<requires>}}
      - {name: settings, list: settings, parameters: {<requires-configuration>}}
      - {name: old, list: old}
      - {name: key, parameters: {<requires-key>}}
      - {name: typed}
      - <more>
    provides: [{name: api, public: true, properties: {x: 1}, parameters: {<provides>}}]
    hooks: [{name: h, type: task, phases: [deploy.application.before-start], parameters: {<hook>}}]
  - name: other
    type: application
    parameters: {docker: {image: "app:1"}, no-route: true}
    requires: [{name: web}]
resources:
  - {name: db, type: org.cloudfoundry.user-provided-service, parameters: {<resource>}}
  - {name: settings, type: configuration, parameters: {<resource-configuration>}}
  - {name: old, type: mta-provides-dependency, parameters: {<resource-deprecated>}}
  - {name: key, type: org.cloudfoundry.existing-service-key, parameters: {config: {a: b}, <resource-key>}}
  - {name: typed, type: ours, parameters: {config: {a: b}, <resource-typed>}}
  - {name: plain}
"#;

/// What stands where nothing else is said.
const USUAL: [(&str, &str); 5] = [
    ("<image>", "docker: {image: \"app:1\"}"),
    ("<more>", "{name: plain}"),
    ("<hook>", "command: x"),
    ("<resource-configuration>", "provider-id: \"a:b\""),
    ("<resource-deprecated>", "mta-id: a, mta-provides-dependency: b, mta-version: 1.0.0"),
];

/// The descriptor with what the row needs, and with the parameter itself when a value is given.
fn descriptor(row: &Row, value: Option<&str>) -> String {
    let mut text = DESCRIPTOR.to_owned();
    let mut slot = match row.place {
        Place::Module => "<module>",
        Place::Container => "<container>",
        Place::Descriptor => "<descriptor>",
        Place::Resource => "<resource>",
        Place::Requires => "<requires>",
        Place::Provides => "<provides>",
        Place::Hook => "<hook>",
    }
    .to_owned();
    let mut set = |slot: &str, content: &str| text = text.replace(slot, content);
    for (what, content) in &row.with {
        match *what {
            "at" => slot = slot.replace('>', &format!("-{content}>")),
            "image" => set("<image>", "a-parameter-of-ours: 1"),
            "requires" => set("<more>", content),
            "module" => set("<module>", &format!("{content}, <module>")),
            "resource" => set("<resource>", &format!("{content}, <resource>")),
            other => panic!("no slot {other}"),
        }
    }
    if row.name == "docker" {
        slot = "<image>".to_owned();
    } else if row.name == "container" && value.is_some() {
        set("container: {<container>}, ", "");
    }
    let usual = USUAL.iter().find(|(usual, _)| *usual == slot).map_or("", |(_, usual)| usual);
    // A parameter that is there already takes the new value.
    let others = usual.split(", ").filter(|usual| !usual.is_empty());
    let others: Vec<&str> =
        others.filter(|other| value.is_none() || !other.starts_with(&format!("{}:", row.name))).collect();
    let own = value.map(|value| format!("{}: {value}", row.name));
    let mut all: Vec<String> = others.into_iter().map(str::to_owned).collect();
    all.extend(own);
    set(&slot, &all.join(", "));
    for (slot, usual) in USUAL {
        set(slot, usual);
    }
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        whole.push_str(before);
        rest = after.split_once('>').unwrap().1;
    }
    whole + rest
}

/// All that is wanted of the engine and asked of the registry, as text, and what was found.
fn outcome(text: &str) -> (String, Findings, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("mtad.yaml", text);
    let space = Space { org: "local".into(), space: "dev".into() };
    let mut target = Target::built_in(space, Some("ns".into()), Compat::Documented);
    target.dynamic_parameters.clear();
    let facts = Facts {
        timestamp: "0".into(),
        user: "tester".into(),
        engine_url: "unix:///engine".into(),
        generated: Generator::new([0; 32]),
        supplies: Default::default(),
    };
    let mut findings = Findings::default();
    let merged =
        findings.keep(stage::combine(&sources, file, &[], &target)).unwrap_or_else(|| panic!("{text}\n{findings:?}"));
    let asking = findings.keep(stage::ask(merged, &target, &facts)).unwrap_or_else(|| panic!("{text}\n{findings:?}"));
    let questions = format!("{:?}", asking.questions);
    let answers = vec![Vec::new(); asking.questions.len()];
    let stages =
        findings.keep(stage::conclude(asking, answers, &target)).unwrap_or_else(|| panic!("{text}\n{findings:?}"));
    let order = format!("{:?}", stages.order);
    let wanted = findings.keep(desired(stages, &target, &sources, &Wishes::default()));
    // Places move with the text that is put in.
    let mut wanted = wanted;
    for unit in &mut wanted.units {
        let unit = std::sync::Arc::make_mut(&mut unit.unit);
        unit.declared = None;
    }
    let described: Vec<String> = wanted
        .units
        .iter()
        .map(|wanted| format!("{:?} {:?} {:?}", wanted.unit, wanted.after, wanted.handling))
        .collect();
    let all = format!("{questions}\n{order}\n{described:#?}\n{:?}\n{:?}", wanted.entries, wanted.subscriptions);
    (all, findings, sources)
}

#[test]
fn every_parameter_does_what_the_table_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let with = descriptor(&row, Some(row.value));
        let told = format!("{:?} `{}`", row.place, row.name);
        if row.becomes == "serves" {
            continue;
        }
        let (changed, findings, sources) = outcome(&with);
        let notices: Vec<_> =
            findings.iter().filter(|found| found.code == &NO_EFFECT && found.path.ends_with(row.name)).collect();
        for error in findings.iter().filter(|found| found.severity == windlass::finding::Severity::Error) {
            if error.code.id != "missing-image" {
                wrong.push(format!("{told}: {} {}", sources.line_of(error.at), error.message));
            }
        }
        match row.becomes {
            "used" => {
                let (usual, ..) = outcome(&descriptor(&row, None));
                if changed == usual {
                    wrong.push(format!("{told} is used, and changes nothing:\n{with}"));
                }
                if !notices.is_empty() {
                    wrong.push(format!("{told} is used, and told to have no effect"));
                }
            }
            "told" if notices.len() != 1 => wrong.push(format!("{told} is told {} times:\n{with}", notices.len())),
            "told" => {}
            // Files are read by whoever has them (tests of archives), references by the stages.
            "read" if notices.is_empty() => {}
            other => wrong.push(format!("{told}: {other}")),
        }
    }
    assert!(wrong.is_empty(), "{} are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_names_every_parameter_once() {
    let rows = rows();
    let listed: BTreeSet<(String, &str)> = rows.iter().map(|row| (format!("{:?}", row.place), row.name)).collect();
    assert_eq!(listed.len(), rows.len(), "a parameter is listed twice");
    let known: BTreeSet<(String, &str)> = PARAMETERS.iter().map(|one| (format!("{:?}", one.place), one.name)).collect();
    let missing: Vec<_> = known.difference(&listed).collect();
    let surplus: Vec<_> = listed.difference(&known).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not listed: {missing:?}\nnot known: {surplus:?}");
    let serve = |row: &&Row| row.becomes == "serves";
    for row in rows.iter().filter(serve) {
        let parameter = PARAMETERS.iter().find(|one| one.place == row.place && one.name == row.name).unwrap();
        assert_eq!(parameter.effect, windlass::plan::parameters::Effect::Placeholder, "{}", row.name);
    }
}
