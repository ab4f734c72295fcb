//! What the store promises, seen from outside.
#![expect(clippy::disallowed_methods, reason = "tests that prepare files")]

use super::*;
use crate::name::{ModuleName, MtaId, ResourceName};
use crate::plan::Record;
use crate::plan::job::Run;
use crate::registry::matching::answers;
use crate::registry::{Entry, EntryChanges, Filter, NamespaceFilter, Question, Subscription};
use crate::target::Space;
use crate::tree::read::read_json;
use crate::tree::{Origin, Value};
use crate::version::VersionRange;

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Scratch {
        Scratch { folder: tempfile::tempdir().expect("a folder for the test") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state").join("state.sqlite")
    }

    fn store(&self) -> Store {
        Store::open(&self.path(), Access::Write).expect("the store opens")
    }
}

fn space(text: &str) -> Space {
    let (org, space) = text.split_once('/').expect("org/space");
    Space { org: org.to_owned(), space: space.to_owned() }
}

fn json(text: &str) -> Value {
    read_json(text, &Origin::Nowhere).expect("JSON")
}

fn entry(id: &str, version: &str, target: &str, content: &str) -> Entry {
    Entry {
        row: None,
        provider_nid: Some("mta".to_owned()),
        provider_id: id.to_owned(),
        provider_version: Some(version.to_owned()),
        provider_namespace: None,
        target: space(target),
        content: Some(json(content)),
        visibility: None,
        module: None,
    }
}

fn question(target: &str, filter: &str) -> Question {
    Question {
        resource: ResourceName::new("found"),
        filter: Filter {
            provider_nid: None,
            provider_id: None,
            version: None,
            namespace: NamespaceFilter::Any,
            target: space(target),
            content: json(filter).as_map().cloned().expect("a map"),
        },
        viewer: space("acme/dev"),
    }
}

fn deployment(mta: &str, target: &str) -> DeploymentId {
    DeploymentId { mta: MtaId::new(mta), namespace: None, space: space(target) }
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.provider_id.as_str()).collect()
}

#[test]
fn publishing_again_updates_in_place_and_keeps_what_is_absent() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let visible =
        Entry { visibility: Some(vec![space("other/*")]), ..entry("shop:api", "1.0.0", "acme/dev", r#"{"a":1}"#) };
    store.publish(&[visible.clone(), entry("shop:ui", "1.0.0", "acme/dev", "{}")]).expect("published");
    let before = store.entries(&Selection::default()).expect("listed");
    store
        .publish(&[Entry { visibility: None, ..entry("shop:api", "1.0.0", "acme/dev", r#"{"a":2}"#) }])
        .expect("updated");
    let after = store.entries(&Selection::default()).expect("listed");
    assert_eq!(after[0], Entry { row: before[0].row, content: Some(json(r#"{"a":2}"#)), ..visible });
    assert_eq!(after[1], before[1]);
    // The old content no longer leads to the entry, the new one does.
    let asked = [question("acme/dev", r#"{"a":1}"#), question("acme/dev", r#"{"a":2}"#)];
    let mut other = asked.clone().map(|asked| Question { viewer: space("other/x"), ..asked });
    other.iter_mut().for_each(|asked| asked.filter.target = space("*/*"));
    let answered = store.answer(&other).expect("answered");
    assert_eq!([answered[0].len(), answered[1].len()], [0, 1]);
    assert_eq!(store.retract(&after).expect("retracted"), 2);
    assert_eq!(store.retract(&after).expect("nothing left"), 0);
    assert!(store.answer(&other).expect("answered").iter().all(Vec::is_empty));
}

#[test]
fn the_identity_of_an_entry_has_all_its_parts() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let base = entry("shop:api", "1.0.0", "acme/dev", "{}");
    let others = [
        Entry { provider_nid: None, ..base.clone() },
        Entry { provider_id: "shop:ui".to_owned(), ..base.clone() },
        Entry { provider_version: Some("1.0.1".to_owned()), ..base.clone() },
        Entry { provider_version: None, ..base.clone() },
        Entry { target: space("other/dev"), ..base.clone() },
        Entry { target: space("acme/qa"), ..base.clone() },
        Entry { provider_namespace: Some("blue".to_owned()), ..base.clone() },
    ];
    store.publish(std::slice::from_ref(&base)).expect("published");
    store.publish(&others).expect("published");
    assert_eq!(store.entries(&Selection::default()).expect("listed").len(), 8);
    // `default` is another word for no namespace.
    store.publish(&[Entry { provider_namespace: Some("default".to_owned()), ..base.clone() }]).expect("published");
    assert_eq!(store.entries(&Selection::default()).expect("listed").len(), 8);
    let selected = |selection: Selection| store.entries(&selection).expect("listed").len();
    assert_eq!(selected(Selection { namespace: Some("default".to_owned()), ..Selection::default() }), 7);
    assert_eq!(
        selected(Selection { org: Some("acme".to_owned()), space: Some("dev".to_owned()), ..Selection::default() }),
        6
    );
}

#[test]
fn every_way_into_the_table_finds_exactly_what_matching_accepts() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let mut entries = Vec::new();
    for n in 0..400_usize {
        let pick = |from: &[&'static str], step: usize| from[n / step % from.len()];
        let content = pick(
            &[
                r#"{"kind":"index","n":1}"#,
                r#"{"n":1.0,"kind":"queue"}"#,
                "null",
                r#"[1]"#,
                r#"{"kind":"index","m":{"b":2,"a":[1]}}"#,
            ],
            3,
        );
        entries.push(Entry {
            provider_nid: Some(pick(&["mta", "other"], 31).to_owned()),
            provider_version: Some(pick(&["1.0.0", "1.10.0-rc.1", "2.3", "abc", "1.9.0"], 2).to_owned()),
            provider_namespace: [None, Some("blue".to_owned())][n / 7 % 2].clone(),
            visibility: match n % 5 {
                0 => None,
                1 => Some(vec![space("*/*")]),
                2 => Some(vec![space("beta/qa"), space("acme/*")]),
                3 => Some(Vec::new()),
                _ => Some(vec![space("*/qa")]),
            },
            ..entry(
                &format!("mta-{}:x", n % 40),
                "",
                pick(&["acme/dev", "acme/qa", "beta/dev", "beta/qa"], 11),
                content,
            )
        });
    }
    store.publish(&entries).expect("published");
    let stored = store.entries(&Selection::default()).expect("listed");
    assert!(stored.len() > 300, "{}", stored.len());
    let mut answered = 0;
    for target in ["acme/dev", "acme/*", "*/qa", "*/*", "none/none"] {
        for filter in
            ["{}", r#"{"kind":"index"}"#, r#"{"n":1,"kind":"queue"}"#, r#"{"m":{"a":[1],"b":2}}"#, r#"{"kind":"none"}"#]
        {
            for provider in [None, Some("mta-3:x")] {
                for (version, nid, namespace) in [
                    (None, None, NamespaceFilter::Any),
                    (Some("^1.0.0 || >2.0"), Some("mta"), NamespaceFilter::Any),
                    (Some(">=1.10.0-0"), None, NamespaceFilter::Without),
                    (Some(">2.0.0 <1.0.0"), None, NamespaceFilter::Any),
                    (None, Some("mta"), NamespaceFilter::Named("blue".to_owned())),
                ] {
                    for viewer in ["acme/dev", "beta/qa"] {
                        let mut asked = question(target, filter);
                        asked.viewer = space(viewer);
                        asked.filter.provider_id = provider.map(str::to_owned);
                        asked.filter.provider_nid = nid.map(str::to_owned);
                        asked.filter.version = version.map(|range| VersionRange::parse(range).expect("a range"));
                        asked.filter.namespace = namespace.clone();
                        let expected: Vec<Entry> =
                            stored.iter().filter(|entry| answers(entry, &asked)).cloned().collect();
                        let found = store.answer(std::slice::from_ref(&asked)).expect("answered").remove(0);
                        assert_eq!(found, expected, "{asked:?}");
                        answered += found.len();
                    }
                }
            }
        }
    }
    assert!(answered > 2_000, "the questions are about something: {answered}");
}

#[test]
fn the_nearest_entries_are_those_that_answer_then_those_of_the_same_application() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let elsewhere: Vec<Entry> = (0..50).map(|n| entry(&format!("else:{n}"), "1.0.0", "acme/dev", "{}")).collect();
    store
        .publish(&[entry("shop:api", "1.0.0", "acme/qa", "{}"), entry("shop:ui", "2.0.0", "acme/dev", "{}")])
        .expect("published");
    store.publish(&elsewhere).expect("published");
    store.publish(&[entry("shop:api", "2.0.0", "acme/dev", "{}")]).expect("published");
    let mut asked = question("acme/dev", "{}");
    asked.filter.provider_id = Some("shop:api".to_owned());
    asked.filter.version = Some(VersionRange::parse(">=2.0.0").expect("a range"));
    let near = store.near(&asked, 5).expect("asked");
    assert_eq!(ids(&near)[..3], ["shop:api", "shop:api", "shop:ui"]);
    assert_eq!((near.len(), near[0].target.space.as_str()), (5, "dev"));
    assert_eq!(store.entry_count().expect("counted"), 53);
}

#[test]
fn a_deployment_has_published_what_begins_with_its_id_literally() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let blue = Entry { provider_namespace: Some("blue".to_owned()), ..entry("my_app:api", "1.0.0", "acme/dev", "{}") };
    let foreign = Entry { provider_nid: Some("other".to_owned()), ..entry("my_app:x", "1.0.0", "acme/dev", "{}") };
    let elsewhere = entry("my_app:api", "1.0.0", "acme/qa", "{}");
    let near =
        ["myXapp:api", "my_app.more:api", "my_app", "my_appx:api"].map(|id| entry(id, "1.0.0", "acme/dev", "{}"));
    let own = [entry("my_app:z", "1.0.0", "acme/dev", "{}"), entry("my_app:api", "2.0.0", "acme/dev", "{}")];
    store.publish(&[blue, foreign, elsewhere]).expect("published");
    store.publish(&near).expect("published");
    store.publish(&own).expect("published");
    let published = store.published_by(&deployment("my_app", "acme/dev")).expect("listed");
    assert_eq!(ids(&published), ["my_app:z", "my_app:api"]);
    let blue = DeploymentId { namespace: Some("blue".to_owned()), ..deployment("my_app", "acme/dev") };
    assert_eq!(store.published_by(&blue).expect("listed").len(), 1);
}

fn subscription(mta: &str, target: &str, asked: Question) -> Subscription {
    Subscription {
        subscriber: deployment(mta, target),
        module: ModuleName::new("web"),
        resource: asked.resource,
        filter: asked.filter,
        fragment: "{}".to_owned(),
    }
}

#[test]
fn those_are_touched_whose_filter_takes_a_changed_entry_that_they_may_see() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let plugin = |version: &str| entry("shop:api", version, "acme/dev", r#"{"kind":"index"}"#);
    let mut by_provider = question("acme/dev", "{}");
    by_provider.filter.provider_id = Some("shop:api".to_owned());
    let mut of_another = by_provider.clone();
    of_another.filter.provider_id = Some("shop:ui".to_owned());
    let all = [
        subscription("by-provider", "acme/qa", by_provider.clone()),
        subscription("by-content", "acme/dev", question("*/*", r#"{"kind":"index"}"#)),
        subscription("other-content", "acme/dev", question("*/*", r#"{"kind":"queue"}"#)),
        subscription("other-provider", "acme/dev", of_another),
        subscription("may-not-see", "beta/dev", question("*/*", "{}")),
        subscription("shop", "acme/dev", by_provider),
    ];
    store.subscribe(&all).expect("subscribed");
    store.subscribe(&all).expect("subscribing again updates");
    assert_eq!(store.subscriptions().expect("listed").len(), all.len());
    store.publish(&[plugin("1.0.0")]).expect("published");
    let touched = |changes: EntryChanges| -> Vec<(String, usize)> {
        let touched = store.touched(&changes, &deployment("shop", "acme/dev")).expect("asked");
        touched.iter().map(|t| (t.subscription.subscriber.mta.to_string(), t.answer.len())).collect()
    };
    let expected = [("by-content".to_owned(), 1), ("by-provider".to_owned(), 1)];
    assert_eq!(touched(EntryChanges { published: vec![plugin("2.0.0")], ..EntryChanges::default() }), expected);
    assert_eq!(touched(EntryChanges { retracted: vec![plugin("1.0.0")], ..EntryChanges::default() }), expected);
    // An entry that stops matching is noticed by what it was.
    let changed = EntryChanges {
        published: vec![entry("shop:api", "1.0.0", "acme/dev", r#"{"kind":"queue"}"#)],
        replaced: vec![plugin("1.0.0")],
        ..EntryChanges::default()
    };
    let all_three = [("by-content".to_owned(), 1), ("by-provider".to_owned(), 1), ("other-content".to_owned(), 0)];
    assert_eq!(touched(changed), all_three);
    assert_eq!(touched(EntryChanges::default()), []);
    store.unsubscribe(&all[..1]).expect("unsubscribed");
    assert_eq!(touched(EntryChanges { published: vec![plugin("2.0.0")], ..EntryChanges::default() }), expected[..1]);
}

#[test]
fn a_subscription_comes_back_as_it_was_stored() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let mut asked =
        question("*/dev", r#"{"kind":"index","deep":{"n":[1,null,"x"]},"big":123456789012345678901234567890}"#);
    asked.filter.provider_nid = Some("mta".to_owned());
    asked.filter.version = Some(VersionRange::parse("^1.4 || [2.0,3.0)").expect("a range"));
    asked.filter.namespace = NamespaceFilter::Named("blue".to_owned());
    let stored = subscription("portal", "acme/dev", asked);
    store.subscribe(std::slice::from_ref(&stored)).expect("subscribed");
    let deployed = store.deployed(&stored.subscriber).expect("asked");
    assert_eq!(deployed.subscriptions, [stored]);
    assert_eq!(deployed.record, None);
}

fn record(version: &str, module: &str) -> Record {
    let unit = serde_json::json!({
        "module": module, "declared": null, "image": "windlass-test:1", "instances": 1, "start": "yes",
        "environment": {}, "stop_timeout": 10,
        "health": {"check": "process", "timeout": 60, "invocation_timeout": 1, "interval": 1},
    });
    let record = serde_json::json!({"version": version, "units": [unit], "network": "net", "volumes": []});
    serde_json::from_value(record).expect("a record")
}

#[test]
fn each_record_raises_the_revision_and_forgetting_keeps_others() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let (shop, other) = (deployment("shop", "acme/dev"), deployment("shop", "acme/qa"));
    store.record(&shop, &record("1.0.0", "web")).expect("recorded");
    store.record(&other, &record("1.0.0", "web")).expect("recorded");
    store.record(&shop, &record("1.1.0", "web")).expect("recorded");
    let mut unit = crate::plan::unit::Unit::clone(&record("", "web").units[0]);
    unit.image = "windlass-test:2".to_owned();
    store.record_unit(&shop, &unit, "").expect("recorded");
    let deployed = store.deployed(&shop).expect("asked");
    assert_eq!(deployed.revision, 3);
    assert_eq!(
        deployed.record.as_ref().map(|r| (r.version.as_str(), r.units[0].image.as_str())),
        Some(("1.1.0", "windlass-test:2"))
    );
    unit.module = ModuleName::new("nobody");
    let error = store.record_unit(&shop, &unit, "").expect_err("no such module").to_string();
    assert!(error.contains("without module `nobody`"), "{error}");
    store.forget(&shop).expect("forgotten");
    // Numbers are not used again: the revisions of before are still there to go back to.
    assert_eq!(store.deployed(&shop).expect("asked").revision, 3);
    let left: Vec<_> = store.deployments().expect("listed").into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [other]);
}

#[test]
fn what_has_run_is_remembered_as_long_as_there_is_something_that_runs() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let (shop, other) = (deployment("shop", "acme/dev"), deployment("shop", "acme/qa"));
    let run = |task: Option<&str>, fingerprint: &str| Run {
        module: ModuleName::new("web"),
        task: task.map(str::to_owned),
        fingerprint: fingerprint.to_owned(),
        image_id: "sha256:1".to_owned(),
        revision: 1,
    };
    let ran = |deployment: &DeploymentId, run: &Run| store.ran(deployment, run).expect("written");
    // Before there is a record: the first deployment has not come to its end yet.
    ran(&shop, &run(Some("migrate"), "a"));
    ran(&shop, &run(Some("migrate"), "b"));
    ran(&shop, &run(Some("seed"), "c"));
    ran(&shop, &run(None, "d"));
    ran(&other, &run(Some("migrate"), "e"));
    let runs = |deployment| store.deployed(deployment).expect("asked").runs;
    assert_eq!(runs(&shop), [run(None, "d"), run(Some("migrate"), "b"), run(Some("seed"), "c")]);

    let mut with_task = record("1.0.0", "web");
    let task = serde_json::json!({"kind": "task", "name": "migrate", "command": ["./migrate"], "timeout": 60});
    let mut unit = crate::plan::unit::Unit::clone(&with_task.units[0]);
    unit.tasks = vec![serde_json::from_value(task).expect("a task")];
    with_task.units = vec![unit.into()];
    store.record(&shop, &with_task).expect("recorded");
    assert_eq!(runs(&shop), [run(Some("migrate"), "b")], "the rest is gone from the descriptor");
    store.forget(&shop).expect("forgotten");
    assert_eq!((runs(&shop), runs(&other)), (vec![], vec![run(Some("migrate"), "e")]));
}

#[test]
fn an_unreadable_record_is_not_quoted() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let shop = deployment("shop", "acme/dev");
    store.record(&shop, &record("1.0.0", "web")).expect("recorded");
    store
        .connection()
        .as_ref()
        .expect("a connection")
        .execute(r#"UPDATE deployment SET record = '{"version": 1, "units": "hunter2"}'"#, [])
        .expect("SQL");
    let error = store.deployed(&shop).expect_err("it is unreadable").to_string();
    assert!(error.contains("the record of `shop`") && !error.contains("hunter2"), "{error}");
}

#[test]
fn generated_credentials_have_a_seed_per_deployment_that_stays() {
    let (scratch, another) = (Scratch::new(), Scratch::new());
    let shop = deployment("shop", "acme/dev");
    let seed = scratch.store().seed(&shop).expect("a seed");
    assert_eq!(scratch.store().seed(&shop).expect("a seed"), seed);
    assert_ne!(scratch.store().seed(&deployment("shop", "acme/qa")).expect("a seed"), seed);
    assert_ne!(another.store().seed(&shop).expect("a seed"), seed);
}

#[test]
fn the_second_who_wants_a_lock_learns_who_holds_it() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let shop = deployment("shop", "acme/dev");
    let lock = store.lock(&shop, "deploy").expect("the lock is free");
    assert_eq!(lock.taken_over_from(), None);
    match scratch.store().lock(&shop, "undeploy") {
        Err(StoreError::Locked { deployment, doing, pid, .. }) => {
            assert_eq!((deployment.as_str(), doing.as_str(), pid), ("shop", "deploy", std::process::id()));
        }
        other => panic!("{other:?}"),
    }
    store.lock(&deployment("shop", "acme/qa"), "deploy").expect("another space is another deployment");
    drop(lock);
    assert_eq!(store.lock(&shop, "undeploy").expect("it was freed").taken_over_from(), None);
}

#[test]
fn a_lock_is_taken_over_when_its_holder_is_dead_and_only_then() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let shop = deployment("shop", "acme/dev");
    let here = process::host();
    let started = process::started(std::process::id()).expect("this process runs");
    let (us, now) = (std::process::id(), process::now());
    // Nothing has this number: it is larger than the kernel gives.
    let nobody = 4_194_305;
    for (host, pid, process, heartbeat, taken) in [
        (here.as_str(), nobody, started.as_str(), now, true),
        // The number was used again by this process.
        (&here, us, "started at another time", now, true),
        (&here, us, &started, now - 1_000, false),
        ("elsewhere.example.org", nobody, &started, now - 10, false),
        ("elsewhere.example.org", nobody, &started, now - 1_000, true),
        // Whatever the clocks were, nobody is kept out for ever.
        ("elsewhere.example.org", nobody, &started, now + 1_000, true),
    ] {
        store
            .connection().as_ref().expect("a connection")
            .execute(
                "INSERT OR REPLACE INTO lock VALUES ('shop', '', 'acme', 'dev', 'deploy', 'ann', ?1, ?2, ?3, 'token', ?4, ?4)",
                rusqlite::params![host, pid, process, heartbeat],
            )
            .expect("SQL");
        let locked = store.lock(&shop, "deploy");
        assert_eq!(locked.is_ok(), taken, "{host} {pid} {process}: {locked:?}");
        if let Ok(lock) = locked {
            assert_eq!(lock.taken_over_from(), Some(format!("deploy, process {pid} of ann on {host}").as_str()));
        }
    }
}

#[test]
fn a_lock_that_was_taken_over_is_not_freed_by_its_former_holder() {
    let scratch = Scratch::new();
    let store = scratch.store();
    let shop = deployment("shop", "acme/dev");
    let old = store.lock(&shop, "deploy").expect("the lock is free");
    store.connection().as_ref().expect("a connection").execute("UPDATE lock SET process = 'dead'", []).expect("SQL");
    let _new = store.lock(&shop, "deploy").expect("taken over");
    drop(old);
    assert!(matches!(store.lock(&shop, "deploy"), Err(StoreError::Locked { .. })));
}

#[test]
fn reading_makes_no_file_and_changes_nothing() {
    let scratch = Scratch::new();
    let store = Store::open(&scratch.path(), Access::Read).expect("an empty registry");
    assert_eq!(store.entries(&Selection::default()).expect("listed"), []);
    assert!(matches!(store.publish(&[]), Err(StoreError::NotWritable { .. })));
    assert!(!scratch.path().parent().expect("a folder").exists());
    // What a process leaves that ended between making the file and its schema is empty too.
    std::fs::create_dir(scratch.path().parent().expect("a folder")).expect("made");
    std::fs::File::create(scratch.path()).expect("made");
    let store = Store::open(&scratch.path(), Access::Read).expect("an empty registry");
    assert_eq!(store.deployments().expect("listed"), []);
    assert_eq!(scratch.path().metadata().expect("a file").len(), 0);
    scratch.store().publish(&[entry("a:b", "1.0.0", "acme/dev", "{}")]).expect("published");
    let store = Store::open(&scratch.path(), Access::Read).expect("it opens");
    assert_eq!(store.entries(&Selection::default()).expect("listed").len(), 1);
    assert!(matches!(store.retract(&[]), Err(StoreError::NotWritable { .. })));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let store = scratch.store();
    store.publish(&[entry("a:b", "1.0.0", "acme/dev", "{}")]).expect("published");
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    let folder = scratch.path().parent().expect("a folder").to_owned();
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(&folder).expect("readable").map(|file| file.expect("readable").path()).collect();
    assert!(files.len() >= 3, "the database, its log and its shared memory: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn files_that_are_no_store_are_refused_and_stay_as_they_are() {
    let scratch = Scratch::new();
    let folder = scratch.folder.path();
    let refused = |path: &Path, says: &str| {
        for access in [Access::Read, Access::Write] {
            match Store::open(path, access) {
                Err(error @ (StoreError::NotAStore { .. } | StoreError::Newer { .. })) => {
                    assert!(error.to_string().contains(says), "{error}");
                }
                other => panic!("{}: {:?}", path.display(), other.err()),
            }
        }
    };
    let garbage = folder.join("garbage");
    std::fs::write(&garbage, "no database, but longer than the header of one. ".repeat(100)).expect("written");
    let before = std::fs::read(&garbage).expect("readable");
    refused(&garbage, "not a SQLite database");
    assert_eq!(std::fs::read(&garbage).expect("readable"), before);
    let short = folder.join("short");
    std::fs::write(&short, "short").expect("written");
    refused(&short, "not a SQLite database");
    let foreign = folder.join("foreign");
    Connection::open(&foreign).expect("opens").execute_batch("CREATE TABLE t (x)").expect("SQL");
    refused(&foreign, "another program");
    refused(folder, "it is a folder");
    let newer = scratch.store();
    newer.connection().as_ref().expect("a connection").pragma_update(None, "user_version", 999).expect("SQL");
    refused(&scratch.path(), "schema 999");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let scratch = Scratch::new();
    let file = scratch.folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    let path = file.join("below").join("state.sqlite");
    // Whoever only looks must not take the state for an empty one that a deployment could use.
    for access in [Access::Write, Access::Read] {
        match Store::open(&path, access) {
            Err(StoreError::NotWritable { path, .. }) => assert_eq!(path, file),
            other => panic!("{:?}", other.err()),
        }
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_everything_as_it_was() {
    let scratch = Scratch::new();
    let store = scratch.store();
    store.publish(&[entry("a:b", "1.0.0", "acme/dev", "{}")]).expect("published");
    let pages: i64 = store
        .connection()
        .as_ref()
        .expect("a connection")
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("SQL");
    // SQLite reports its own limit as it reports a disk without room.
    store.connection().as_ref().expect("a connection").pragma_update(None, "max_page_count", pages + 2).expect("SQL");
    let large: Vec<Entry> =
        (0..500).map(|n| entry(&format!("a:{n}"), "1.0.0", "acme/dev", r#"{"kind":"index"}"#)).collect();
    assert!(matches!(store.publish(&large), Err(StoreError::DiskFull { .. })));
    assert_eq!(ids(&store.entries(&Selection::default()).expect("listed")), ["a:b"]);
}

#[test]
fn eight_writers_that_meet_at_the_first_opening_lose_nothing() {
    let scratch = Scratch::new();
    let start = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (scratch, start) = (&scratch, &start);
            scope.spawn(move || {
                start.wait();
                for n in 0..25 {
                    // Each time a connection of its own, as processes have.
                    let store = scratch.store();
                    store.publish(&[entry(&format!("w{writer}:{n}"), "1.0.0", "acme/dev", "{}")]).expect("published");
                    store.record(&deployment("shared", "acme/dev"), &record("1.0.0", "web")).expect("recorded");
                }
            });
        }
    });
    let store = scratch.store();
    assert_eq!(store.entries(&Selection::default()).expect("listed").len(), 200);
    assert_eq!(store.deployed(&deployment("shared", "acme/dev")).expect("asked").revision, 200);
}
