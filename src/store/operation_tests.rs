//! Operations and revisions: what is kept of them, who can read it, what is forgotten when.
#![expect(clippy::disallowed_methods, reason = "tests that read files and the clock")]

use super::*;
use crate::name::ModuleName;
use crate::operation::{Kind, Operation, OperationId, Started, State, StepState};
use crate::plan::Record;
use crate::registry::{Entry, Filter, NamespaceFilter, Subscription};
use crate::target::Space;
use crate::tree::{Map, Origin, Value};
use std::time::{Duration, SystemTime};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Store::open(&folder.path().join("state").join("state.sqlite"), Access::Write).expect("it opens");
    (folder, store)
}

fn shop() -> DeploymentId {
    let space = Space { org: "acme".into(), space: "dev".into() };
    DeploymentId { mta: crate::name::MtaId::new("shop"), namespace: None, space }
}

fn begin(store: &Store, id: &str) -> OperationId {
    let id = OperationId::new(id);
    store
        .begin(&Begun {
            id: &id,
            deployment: &shop(),
            kind: Kind::Deploy,
            version: Some("1.0.0"),
            repeats: None,
            order: "an order with planted-secret",
            plan: "a plan of planted-words",
            steps: &[(0, "network n".to_owned(), "create"), (1, "module web".to_owned(), "start")],
        })
        .expect("written");
    id
}

fn end(store: &Store, id: &OperationId, state: State) {
    let mut journal = store.journal(id).expect("a journal");
    journal.write(&[Note::Ended { at: SystemTime::now(), state, outcome: "partial" }]).expect("written");
}

fn only(store: &Store, id: &OperationId) -> Operation {
    let mut found = store.operations_like(id.as_str()).expect("asked");
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Another process would have written this, which has ended without a word.
fn kill(store: &Store, id: &OperationId) {
    store.sql(&format!("UPDATE operation SET process = 'another boot 1' WHERE id = '{id}'"));
}

fn record(secret: &str, version: &str) -> Record {
    let mut unit = crate::plan::fingerprint::tests::web();
    unit.environment.insert("PASSWORD".into(), crate::plan::unit::Variable::new(secret));
    let units = vec![unit.into()];
    Record { version: version.into(), units, network: "n".into(), volumes: Vec::new(), after: Default::default() }
}

#[test]
fn an_operation_is_read_as_it_was_written() {
    let (_folder, store) = store();
    let id = begin(&store, "00c0ffee");
    let running = only(&store, &id);
    assert_eq!(
        (running.state, running.kind, running.version.as_deref()),
        (State::Running, Kind::Deploy, Some("1.0.0"))
    );
    assert!(is(&running.owner), "it is this very process");
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(7_001);
    let started = Started {
        deployment: shop(),
        module: ModuleName::new("web"),
        instance: 1,
        container: "shop-web-1".into(),
        operation: id.clone(),
        at: 7_001,
        cause: "it was not there".into(),
    };
    let lines = vec![("web/1".to_owned(), "two\nlines".to_owned())];
    let notes = [
        Note::StepBegan { at, step: 0 },
        Note::StepEnded { at, step: 0, state: StepState::Done, detail: "created".into() },
        Note::StepBegan { at, step: 1 },
        Note::Started { at, started: Box::new(started.clone()) },
        Note::Event { at, json: "{}".into(), lines: lines.clone() },
        Note::Event { at, json: "{\"b\":1}".into(), lines: Vec::new() },
    ];
    let mut journal = store.journal(&id).expect("a journal");
    journal.write(&notes).expect("written");
    let steps = store.steps_of(&id).expect("asked");
    let shown: Vec<_> = steps.iter().map(|step| (step.subject.as_str(), step.state, step.detail.as_str())).collect();
    assert_eq!(shown, [("network n", StepState::Done, "created"), ("module web", StepState::Running, "")]);
    assert_eq!((steps[0].began, steps[0].ended, steps[1].ended), (Some(7_001), Some(7_001), None));
    let events = store.events_of(&id, 0).expect("asked");
    assert_eq!((events[0].number, events[0].at, &events[0].lines), (1, 7_001, &lines));
    assert_eq!(store.events_of(&id, 1).expect("asked"), events[1..]);
    assert_eq!(store.starts(&shop(), &ModuleName::new("web")).expect("asked"), [started]);
    assert_eq!(store.order_of(&id).expect("asked").as_deref(), Some("an order with planted-secret"));
    assert_eq!(store.plan_of(&id).expect("asked").as_deref(), Some("a plan of planted-words"));
    let end = Note::Ended { at, state: State::Finished, outcome: "finished" };
    journal.write(&[end]).expect("written");
    let ended = only(&store, &id);
    assert_eq!((ended.state, &*ended.outcome, ended.ended), (State::Finished, "finished", Some(7_001)));
    assert!(store.operations_like("00c1").expect("asked").is_empty());
}

#[test]
fn who_has_died_is_interrupted_for_readers_at_once_and_on_paper_with_the_next_operation() {
    let (_folder, store) = store();
    let dead = begin(&store, "dead0000");
    kill(&store, &dead);
    assert_eq!(only(&store, &dead).state, State::Interrupted);
    assert_eq!(store.steps_of(&dead).expect("asked")[1].state, StepState::Pending);
    let next = begin(&store, "aaaa0000");
    kill(&store, &next);
    assert_eq!((only(&store, &dead).state, &*only(&store, &dead).outcome), (State::Interrupted, "interrupted"));
    assert_eq!(store.steps_of(&dead).expect("asked")[1].state, StepState::Skipped);
    assert!(store.give_up(&dead).expect("given up") && !store.give_up(&dead).expect("asked"), "only once");
    assert_eq!(only(&store, &dead).state, State::Aborted);
    // One that was never marked can be given up as well.
    assert!(store.give_up(&next).expect("given up"));
}

#[test]
fn one_that_runs_is_not_given_up() {
    let (_folder, store) = store();
    let id = begin(&store, "00000001");
    assert!(!store.give_up(&id).expect("asked"));
    assert_eq!(only(&store, &id).state, State::Running);
}

#[test]
fn no_secret_of_an_order_or_a_revision_is_to_be_seen() {
    let (folder, store) = store();
    begin(&store, "00c0ffee");
    let made = Made { operation: "00c0ffee", end: End::Good };
    store.record_of(&shop(), &record("planted-value", "1.0.0"), &made).expect("recorded");
    drop(store);
    let files = std::fs::read_dir(folder.path().join("state")).expect("a folder");
    let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("read")).collect();
    let holds = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
    assert!(!holds("planted-secret") && !holds("planted-words") && !holds("planted-value"));
    assert!(holds("module web"), "the files are read, or nothing would ever be found");
}

#[test]
fn a_revision_holds_all_that_was_deployed() {
    let (_folder, store) = store();
    let entry = Entry {
        row: None,
        provider_nid: Some("mta".into()),
        provider_id: "shop:api".into(),
        provider_version: Some("1.0.0".into()),
        provider_namespace: None,
        target: shop().space,
        content: Some(Value::text("http://a", Origin::Nowhere)),
        visibility: Some(vec![shop().space]),
        module: Some(ModuleName::new("web")),
    };
    let filter = Filter {
        provider_nid: None,
        provider_id: Some("x:y".into()),
        version: None,
        namespace: NamespaceFilter::Any,
        target: shop().space,
        content: Map::default(),
    };
    let subscription = Subscription {
        subscriber: shop(),
        module: ModuleName::new("web"),
        resource: crate::name::ResourceName::new("api"),
        filter,
        fragment: "{}".into(),
    };
    store.publish(std::slice::from_ref(&entry)).expect("published");
    store.subscribe(std::slice::from_ref(&subscription)).expect("subscribed");
    let made = Made { operation: "00c0ffee", end: End::Partial };
    store.record_of(&shop(), &record("a", "1.0.0"), &made).expect("recorded");
    store.retract(std::slice::from_ref(&entry)).expect("retracted");
    let then = store.deployed_at(&shop(), 1).expect("asked").expect("there");
    assert_eq!(then.record, Some(record("a", "1.0.0")));
    assert_eq!(then.entries.len(), 1);
    assert_eq!(
        (then.entries[0].content.as_ref().map(Value::to_json), then.entries[0].row),
        (Some("\"http://a\"".into()), None)
    );
    assert_eq!(then.entries[0].visibility, entry.visibility);
    assert_eq!(then.subscriptions, [subscription]);
    assert_eq!(store.deployed_at(&shop(), 2).expect("asked"), None);
    let all = store.revisions(&shop()).expect("asked");
    let made_by = all[0].operation.as_ref().map(OperationId::as_str);
    assert_eq!((all.len(), all[0].number, all[0].good, made_by), (1, 1, false, Some("00c0ffee")));
    store.confirm(&shop()).expect("confirmed");
    assert!(store.revisions(&shop()).expect("asked")[0].good);
    store.sql("UPDATE revision SET revision = 2");
    assert!(matches!(store.deployed_at(&shop(), 2), Err(StoreError::Tampered { .. })), "it is another one's");
}

#[test]
fn pruning_leaves_what_somebody_may_need() {
    let (_folder, store) = store();
    let day = Duration::from_secs(24 * 60 * 60);
    for (number, good) in [(1, End::Good), (2, End::Partial), (3, End::Partial), (4, End::Partial)] {
        let id = begin(&store, &format!("0000000{number}"));
        store.sql(&format!("UPDATE operation SET began = began + {number} WHERE id = '{id}'"));
        end(&store, &id, State::Failed);
        store.record_of(&shop(), &record("x", "1"), &Made { operation: id.as_str(), end: good }).expect("recorded");
    }
    let keep = Keep { age: day, operations: 2, revisions: 2 };
    let pruned = store.prune(&keep).expect("pruned");
    assert_eq!((pruned.operations, pruned.revisions), (2, 1));
    let wanted = Which { deployment: Some(&shop()), last: None };
    let left: Vec<_> = store.operations(&wanted).expect("asked").into_iter().map(|one| one.id.to_string()).collect();
    assert_eq!(left, ["00000004", "00000003"]);
    assert!(store.steps_of(&OperationId::new("00000001")).expect("asked").is_empty());
    // The last good one stays, however many came after it.
    let numbers =
        |store: &Store| store.revisions(&shop()).expect("asked").iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!(numbers(&store), [4, 3, 1]);
    // All of this is old now.
    for (table, column) in [("operation", "began"), ("revision", "at")] {
        store.sql(&format!("UPDATE {table} SET {column} = {column} - 90000000"));
    }
    store.prune(&keep).expect("pruned");
    assert_eq!(store.operations(&wanted).expect("asked").len(), 1, "the newest one says how it went");
    assert_eq!(numbers(&store), [4, 1]);
    assert_eq!(store.prune(&keep).expect("pruned"), Pruned::default());
}
