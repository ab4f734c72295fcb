//! What is kept of single modules.

use super::*;
use crate::name::{ModuleName, MtaId};
use crate::plan::Record;
use crate::target::Space;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn deployment(mta: &str) -> DeploymentId {
    DeploymentId {
        mta: MtaId::new(mta),
        namespace: None,
        space: Space { org: "acme".to_owned(), space: "dev".to_owned() },
    }
}

fn scratch() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Store::open(&folder.path().join("state.sqlite"), Access::Write).expect("the store opens");
    (folder, store)
}

fn log(at: u64, lines: &[&str]) -> KeptLog {
    KeptLog {
        module: ModuleName::new("web"),
        instance: 1,
        container: format!("windlass-shop-web-{at}"),
        operation: "8f3c2a1d".to_owned(),
        version: "1.0.0".to_owned(),
        at: UNIX_EPOCH + Duration::from_secs(at),
        lines: lines.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_descriptor_is_kept_sealed_and_changed_in_its_place() {
    let (folder, store) = scratch();
    let added = UNIX_EPOCH + Duration::from_secs(7);
    let mut own = OwnModule { deployment: deployment("b"), added, descriptor: "ID: b # geheim-1".to_owned() };
    store.keep_own_module(&own).expect("it is kept");
    own.descriptor = "ID: b # geheim-2".to_owned();
    store.keep_own_module(&OwnModule { added: SystemTime::UNIX_EPOCH, ..own.clone() }).expect("it is kept");
    let first = OwnModule { deployment: deployment("a"), ..own.clone() };
    store.keep_own_module(&first).expect("it is kept");
    assert_eq!(store.own_modules().expect("they are read"), [first, own.clone()]);
    assert_eq!(store.own_module(&own.deployment).expect("it is read"), Some(own.clone()));
    for entry in folder.path().read_dir().expect("the folder is there") {
        #[expect(clippy::disallowed_methods, reason = "the test looks into the files")]
        let bytes = std::fs::read(entry.expect("a file").path()).expect("it is read");
        assert!(!bytes.windows(6).any(|at| at == b"geheim"));
    }
    assert!(store.forget_own_module(&own.deployment).expect("it is forgotten"));
    assert!(!store.forget_own_module(&own.deployment).expect("there is none"));
}

#[test]
fn who_is_suspended_stays_so_while_the_module_is_there() {
    let (_folder, store) = scratch();
    let (id, web) = (deployment("shop"), ModuleName::new("web"));
    store.suspend(&id, &web, "8f3c2a1d", UNIX_EPOCH).expect("it is remembered");
    store.suspend(&id, &web, "00000000", UNIX_EPOCH).expect("twice is once");
    assert_eq!(store.deployed(&id).expect("it is read").suspended, [web.clone()].into());
    assert!(store.resume(&id, &web).expect("it is forgotten") && !store.resume(&id, &web).expect("there is none"));
    store.suspend(&id, &web, "8f3c2a1d", UNIX_EPOCH).expect("it is remembered");
    let record = Record {
        version: "1.0.0".to_owned(),
        units: Vec::new(),
        network: "windlass-shop".to_owned(),
        volumes: Vec::new(),
        after: std::collections::BTreeMap::new(),
    };
    store.record(&id, &record).expect("it is recorded");
    assert!(
        store.deployed(&id).expect("it is read").suspended.is_empty(),
        "should the module come back, it comes awake"
    );
}

#[test]
fn the_last_logs_are_kept_and_of_each_the_end() {
    let (_folder, store) = scratch();
    let id = deployment("shop");
    let day = 24 * 3600;
    for at in 1..=7 {
        store.keep_log(&id, &log(at, &["2026-11-20T18:00:00Z hello", "2026-11-20T18:00:01Z bye"])).expect("it is kept");
    }
    let kept = store.kept_logs(&id).expect("they are read");
    assert_eq!(
        kept.iter().map(|log| &*log.container).collect::<Vec<_>>()[..2],
        ["windlass-shop-web-7", "windlass-shop-web-6"]
    );
    assert_eq!((kept.len(), kept[0].lines.len()), (5, 2));

    let long = "x".repeat(1 << 10);
    store.keep_log(&id, &log(8, &vec![long.as_str(); 1000])).expect("it is kept");
    assert_eq!(store.kept_logs(&id).expect("they are read")[0].lines.len(), 255);

    store.keep_log(&id, &log(40 * day, &["later"])).expect("it is kept");
    assert_eq!(store.kept_logs(&id).expect("they are read").len(), 1, "what is older than 30 days goes");
    store.forget_logs(&id, &ModuleName::new("web")).expect("they are forgotten");
    assert!(store.kept_logs(&id).expect("they are read").is_empty());
}
