//! States of earlier versions, copies of states, and states that something has happened to.
#![expect(clippy::disallowed_methods, reason = "tests that prepare and read files")]

use super::*;
use crate::name::MtaId;
use crate::plan::fingerprint::has_fingerprint;
use crate::target::Space;
use crate::target::supply::{Ask, Giver, Hidden, Supply};
use rusqlite::Connection;
use std::fs::Permissions;
use std::time::UNIX_EPOCH;

const AT: &str = "2026-11-20T18:00:00Z";

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Scratch {
        Scratch(tempfile::tempdir().expect("a folder for the test"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state").join("state.sqlite")
    }

    fn open(&self) -> Store {
        Store::open(&self.path(), Access::Write).expect("it opens")
    }

    /// Brings about what really earlier programs have left.
    fn as_written_by(&self, version: u32) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/store/v{version}"));
        open::make_folder(&self.path()).expect("made");
        let connection = Connection::open(self.path()).expect("opens");
        let sql = std::fs::read_to_string(folder.join("state.sql")).expect("there");
        connection.execute_batch(&sql).expect("SQL");
        connection.execute_batch("PRAGMA journal_mode = WAL").expect("SQL");
        private(&self.path());
        if let Ok(key) = std::fs::read(folder.join("key")) {
            let path = key::path_of(&self.path());
            std::fs::write(&path, key).expect("written");
            private(&path);
        }
    }

    fn version(&self) -> u32 {
        let connection = Connection::open(self.path()).expect("opens");
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number")
    }

    fn names(&self) -> Vec<String> {
        let folder = std::fs::read_dir(open::folder_of(&self.path())).expect("there");
        let mut names: Vec<String> =
            folder.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn private(path: &Path) {
    #[cfg(unix)]
    std::fs::set_permissions(path, <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600)).expect("set");
}

fn deployment(mta: &str) -> DeploymentId {
    let space = Space { org: "local".into(), space: "dev".into() };
    DeploymentId { mta: MtaId::new(mta), namespace: None, space }
}

fn keep(store: &Store, name: &str, value: &str) {
    store.keep_secret(name, &Hidden::new(value), UNIX_EPOCH).expect("kept");
}

fn secret(store: &Store, name: &str) -> Supply {
    let ask = Ask { giver: Giver::Vault, name: name.to_owned() };
    store.supplies([ask.clone()], |_| panic!("only the vault is asked")).expect("asked").get(&ask).clone()
}

fn given(text: &str) -> Supply {
    Supply::Given(Hidden::new(text))
}

fn whole(store: &Store) {
    assert_eq!(store.examine().flaws, []);
}

#[test]
fn what_every_earlier_version_has_written_opens_and_is_what_its_containers_say() {
    for version in 1..=4 {
        let scratch = Scratch::new();
        scratch.as_written_by(version);
        let store = scratch.open();
        assert_eq!(scratch.version(), open::SCHEMA, "v{version}");
        whole(&store);
        // The labels of the containers that the same program made: what has them is unchanged.
        let path = format!("{}/testdata/store/v{version}/fingerprints.txt", env!("CARGO_MANIFEST_DIR"));
        let labels = std::fs::read_to_string(path).expect("there");
        for line in labels.lines() {
            let [mta, module, hash] = *line.split(' ').collect::<Vec<_>>() else { panic!("{line}") };
            let deployed = store.deployed(&deployment(mta)).expect("readable");
            let record = deployed.record.expect("it is deployed");
            let unit = record.units.iter().find(|unit| unit.module.as_str() == module).expect("the module");
            assert!(has_fingerprint(unit, hash), "v{version}: {line}");
            assert_eq!(unit.environment.contains_key("COLOUR"), module == "web");
        }
        assert_eq!(labels.lines().count(), 2, "v{version}");
        let user = store.deployed(&deployment("state-user")).expect("readable");
        assert_eq!(user.subscriptions.len(), 1, "v{version}");
        let shop = store.deployed(&deployment("state-shop")).expect("readable");
        assert_eq!(shop.entries.len(), 1, "v{version}");
        assert_eq!(shop.runs.len(), usize::from(version > 2), "v{version}: what has run once");
        let vaulted = secret(&store, "vaulted");
        assert_eq!(vaulted == given("planted-vault\n") || vaulted == given("planted-vault"), version > 1, "v{version}");
        let operations = store.operations(&Which { deployment: None, last: None }).expect("readable");
        assert_eq!(operations.len(), if version > 3 { 3 } else { 0 }, "v{version}");
    }
}

#[test]
fn a_copy_of_the_file_as_it_was_is_kept_but_none_with_secrets_in_the_clear() {
    for (version, copy) in [(1, None), (2, Some("state.sqlite.v2.bak")), (3, Some("state.sqlite.v3.bak"))] {
        let scratch = Scratch::new();
        scratch.as_written_by(version);
        drop(scratch.open());
        let copies: Vec<String> = scratch.names().into_iter().filter(|name| name.ends_with(".bak")).collect();
        assert_eq!(copies, Vec::from_iter(copy.map(str::to_owned)));
        let Some(copy) = copy else { continue };
        // Whoever goes back finds in it what the earlier windlass left.
        let path = open::folder_of(&scratch.path()).join(copy);
        let old = Connection::open(&path).expect("opens");
        assert_eq!(old.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).expect("SQL"), version);
        drop(old);
        assert_eq!(exposed(&scratch.path()).len(), 0);
        std::fs::rename(&path, scratch.path()).expect("moved");
        assert_eq!(secret(&scratch.open(), "vaulted"), given("planted-vault"));
    }
}

#[test]
fn a_migration_that_fails_half_way_leaves_the_file_as_it_was() {
    let scratch = Scratch::new();
    scratch.as_written_by(3);
    let connection = Connection::open(scratch.path()).expect("opens");
    // The last table that schema 4 makes: everything before it works.
    connection.execute_batch("CREATE TABLE kept_log (mine TEXT); INSERT INTO kept_log VALUES ('here')").expect("SQL");
    let tables = |connection: &Connection| -> Vec<String> {
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").expect("SQL");
        statement.query_map([], |row| row.get(0)).expect("SQL").collect::<Result<_, _>>().expect("SQL")
    };
    let before = tables(&connection);
    drop(connection);
    for _ in 0..2 {
        let error = Store::open(&scratch.path(), Access::Write).err().expect("refused").to_string();
        assert!(error.contains("cannot be brought from schema 3 to 4, and is as it was"), "{error}");
        assert!(error.contains("kept_log"), "{error}");
        assert_eq!(scratch.version(), 3);
        assert_eq!(tables(&Connection::open(scratch.path()).expect("opens")), before);
    }
    Connection::open(scratch.path()).expect("opens").execute_batch("DROP TABLE kept_log").expect("SQL");
    whole(&scratch.open());
}

#[test]
fn a_newer_file_says_which_windlass_wrote_it() {
    let scratch = Scratch::new();
    scratch.open().sql("PRAGMA user_version = 99; INSERT INTO upgrade VALUES (99, '7.1.0', 0)");
    let said = |access| Store::open(&scratch.path(), access).err().expect("refused").to_string();
    for access in [Access::Write, Access::Read] {
        let known = open::SCHEMA;
        assert!(said(access).contains(&format!("was written by windlass 7.1.0 (schema 99, this one knows {known})")));
    }
    Connection::open(scratch.path()).expect("opens").execute_batch("DROP TABLE upgrade").expect("SQL");
    assert!(said(Access::Read).contains("was written by a newer windlass (schema 99"));
}

#[test]
fn a_backup_brings_everything_back_also_on_another_machine() {
    let scratch = Scratch::new();
    scratch.as_written_by(4);
    let store = scratch.open();
    let archive = scratch.0.path().join("backup.tar");
    let about = store.back_up(&archive, KeyPart::Inside, AT).expect("written");
    assert_eq!((about.schema, &*about.at), (open::SCHEMA, AT));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(archive.metadata().expect("there").permissions().mode() & 0o777, 0o600);
    }
    assert!(matches!(store.back_up(&archive, KeyPart::Inside, AT), Err(StoreError::BackupExists { .. })));
    let identity = store.identity().expect("readable");
    keep(&store, "later", "x");
    drop(store);

    let elsewhere = Scratch::new();
    let restored = restore(&elsewhere.path(), &archive, "now").expect("restored");
    assert_eq!((restored.aside, restored.unasked), (None, None));
    assert_eq!(elsewhere.names(), ["state.sqlite", "state.sqlite.key"]);
    let store = elsewhere.open();
    whole(&store);
    assert_eq!(secret(&store, "vaulted"), given("planted-vault"));
    assert_eq!(store.identity().expect("readable"), identity, "it is the same state");
    assert_eq!(secret(&store, "later"), Supply::Missing { near: None });

    // Over a state that is there: what was there is kept.
    let restored = restore(&scratch.path(), &archive, "now").expect("restored");
    let aside = restored.aside.expect("something was there");
    assert_eq!(aside.file_name().expect("a name"), "state.sqlite.before-now");
    let store = scratch.open();
    whole(&store);
    assert_eq!(secret(&store, "later"), Supply::Missing { near: None });
    drop(store);
    let old = Store::open(&aside.join("state.sqlite"), Access::Write).expect("it opens");
    assert_eq!(secret(&old, "later"), given("x"));
}

#[test]
fn a_backup_without_the_key_opens_only_beside_it() {
    let scratch = Scratch::new();
    keep(&scratch.open(), "db", "hunter2");
    let archive = scratch.0.path().join("backup.tar");
    scratch.open().back_up(&archive, KeyPart::Apart, AT).expect("written");
    let key = std::fs::read(key::path_of(&scratch.path())).expect("there");
    let bytes = std::fs::read(&archive).expect("there");
    assert!(memchr::memmem::find(&bytes, key.trim_ascii_end()).is_none());
    let elsewhere = Scratch::new();
    let refused = || restore(&elsewhere.path(), &archive, "now").expect_err("nothing opens it");
    assert!(matches!(refused(), StoreError::KeyMissing { path, .. } if path == key::path_of(&elsewhere.path())));
    let other = Scratch::new();
    drop(other.open());
    let place = key::path_of(&elsewhere.path());
    std::fs::copy(key::path_of(&other.path()), &place).expect("copied");
    assert!(matches!(refused(), StoreError::KeyWrong { path, .. } if path == place));
    assert_eq!(elsewhere.names(), ["state.sqlite.key"], "nothing is half done");
    std::fs::write(&place, key).expect("written");
    restore(&elsewhere.path(), &archive, "then").expect("restored");
    assert_eq!(secret(&elsewhere.open(), "db"), given("hunter2"));
}

#[test]
fn nothing_is_put_in_the_place_of_a_state_that_is_in_use() {
    let scratch = Scratch::new();
    let store = scratch.open();
    let archive = scratch.0.path().join("backup.tar");
    store.back_up(&archive, KeyPart::Inside, AT).expect("written");
    let lock = store.lock(&deployment("shop"), "deploy").expect("taken");
    assert!(matches!(restore(&scratch.path(), &archive, "now"), Err(StoreError::Locked { .. })));
    // A backup that is made meanwhile holds the lock, and what is restored from it does not.
    let meanwhile = scratch.0.path().join("meanwhile.tar");
    store.back_up(&meanwhile, KeyPart::Inside, AT).expect("written");
    drop(lock);
    let before = scratch.names();
    assert!(matches!(restore(&scratch.path(), &archive, "now"), Err(StoreError::InUse { .. })));
    assert_eq!(scratch.names(), before);
    drop(store);
    restore(&scratch.path(), &meanwhile, "now").expect("restored");
    assert_eq!(scratch.open().at_work(&deployment("shop")).expect("asked"), None);
    drop(scratch.open().lock(&deployment("shop"), "deploy").expect("free"));
}

/// SQLite refuses whoever opened the file before it was moved: what they would write would be written nowhere.
#[test]
fn whoever_opened_the_state_just_before_cannot_write_to_what_was_put_aside() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let archive = scratch.0.path().join("backup.tar");
    scratch.open().back_up(&archive, KeyPart::Inside, AT).expect("written");
    // Opened, and nothing asked yet: SQLite does not count such a one among those who use the file.
    let early = Connection::open(scratch.path()).expect("opens");
    restore(&scratch.path(), &archive, "now").expect("restored");
    let error = early.execute_batch("DELETE FROM lock").expect_err("it was moved").to_string();
    assert!(error.contains("readonly"), "{error}");
}

#[test]
fn a_state_that_nobody_can_read_is_put_aside_as_it_is() {
    let scratch = Scratch::new();
    let archive = scratch.0.path().join("backup.tar");
    keep(&scratch.open(), "db", "hunter2");
    scratch.open().back_up(&archive, KeyPart::Inside, AT).expect("written");
    let damaged = "no database at all, and long enough to be looked at ".repeat(99);
    std::fs::write(scratch.path(), &damaged).expect("written");
    let restored = restore(&scratch.path(), &archive, "now").expect("restored");
    assert!(restored.unasked.is_some_and(|why| why.contains("not a SQLite database")));
    let aside = restored.aside.expect("something was there");
    assert_eq!(std::fs::read_to_string(aside.join("state.sqlite")).expect("there"), damaged);
    assert_eq!(secret(&scratch.open(), "db"), given("hunter2"));
}

#[test]
fn a_restoration_that_was_killed_before_its_last_step_is_finished_by_whoever_opens_the_state() {
    let scratch = Scratch::new();
    keep(&scratch.open(), "db", "hunter2");
    let (key, waiting) = (key::path_of(&scratch.path()), key::waiting_path_of(&scratch.path()));
    let other = Scratch::new();
    drop(other.open());
    std::fs::rename(&key, &waiting).expect("moved");
    std::fs::copy(key::path_of(&other.path()), &key).expect("copied");
    let reader = Store::open(&scratch.path(), Access::Read).expect("it opens");
    assert_eq!(secret(&reader, "db"), given("hunter2"));
    assert!(waiting.exists(), "who only looks changes nothing");
    assert_eq!(secret(&scratch.open(), "db"), given("hunter2"));
    assert!(!waiting.exists());
    assert_eq!(secret(&scratch.open(), "db"), given("hunter2"));
}

/// Archives that nobody should be able to do harm with.
#[test]
fn what_is_no_backup_is_refused_with_the_reason_and_changes_nothing() {
    let scratch = Scratch::new();
    keep(&scratch.open(), "db", "hunter2");
    let good = scratch.0.path().join("good.tar");
    scratch.open().back_up(&good, KeyPart::Inside, AT).expect("written");
    let bytes = std::fs::read(&good).expect("there");
    let cut = bytes[..bytes.len() / 2].to_vec();
    let mut changed = bytes.clone();
    let at =
        memchr::memmem::find(&changed, b"windlass's own").or(memchr::memmem::find(&changed, b"CREATE TABLE vault"));
    changed[at.expect("there")] ^= 1;
    let member = |name: &str, kind: tar::EntryType, data: &[u8]| {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(data.len() as u64);
        // As hostile as the form allows: not through the checks of the one who writes.
        header.as_gnu_mut().expect("GNU").name[..name.len()].copy_from_slice(name.as_bytes());
        if kind != tar::EntryType::Regular {
            header.set_link_name("/etc/passwd").expect("a name");
        }
        header.set_cksum();
        archive.append(&header, data).expect("written");
        archive.into_inner().expect("written")
    };
    let regular = tar::EntryType::Regular;
    let newer = br#"{"v": 9, "windlass": "9.0.0", "schema": 9, "at": "", "sha256": ""}"#;
    let cases = [
        (b"no archive".repeat(99), ""),
        (cut, ""),
        (changed, "changed or cut off"),
        (Vec::new(), "has no `about.json`"),
        (member("../../evil", regular, b"x"), "`../../evil` in it is no part of one"),
        (member("/etc/evil", regular, b"x"), "`/etc/evil` in it is no part of one"),
        (member("state.sqlite", tar::EntryType::Symlink, b""), "`state.sqlite` in it is not a file"),
        (member("state.sqlite", tar::EntryType::Link, b""), "`state.sqlite` in it is not a file"),
        (member("about.json", regular, b"{"), "its `about.json` cannot be read"),
        (member("about.json", regular, newer), "windlass 9.0.0 wrote it in a newer form (9)"),
    ];
    let before = scratch.names();
    for (bytes, reason) in cases {
        let path = scratch.0.path().join("bad.tar");
        std::fs::write(&path, bytes).expect("written");
        let error = restore(&scratch.path(), &path, "now").expect_err(reason);
        assert!(matches!(&error, StoreError::NotABackup { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(scratch.names(), before, "{reason}");
    }
    assert_eq!(secret(&scratch.open(), "db"), given("hunter2"));
}

#[test]
fn an_examination_finds_what_was_changed_and_names_it() {
    let scratch = Scratch::new();
    scratch.as_written_by(4);
    let store = scratch.open();
    whole(&store);
    let flaws = |sql: &str| {
        store.sql(sql);
        store.examine().flaws
    };
    let has = |flaws: &[Flaw], kind: FlawKind, text: &str| {
        assert!(flaws.iter().any(|flaw| flaw.kind == kind && flaw.what.contains(text)), "{text}: {flaws:#?}");
    };
    let found = flaws("CREATE TABLE mine (a); CREATE TRIGGER spy AFTER DELETE ON vault BEGIN SELECT 1; END");
    has(&found, FlawKind::Foreign, "the table `mine`");
    has(&found, FlawKind::Foreign, "the trigger `spy`");
    store.sql("DROP TABLE mine; DROP TRIGGER spy");
    let found = flaws(
        "INSERT INTO operation_step (operation, step, subject, doing, state, detail) VALUES ('x', 0, '', '', 'done', '')",
    );
    has(&found, FlawKind::Foreign, "1 steps of operations that are gone");
    store.sql("DELETE FROM operation_step WHERE operation = 'x'");
    for (sql, named) in [
        ("UPDATE vault SET sealed = zeroblob(64)", "the secret `vaulted`"),
        ("UPDATE deployment SET record = zeroblob(64) WHERE mta = 'state-shop'", "the record of `state-shop`"),
        ("UPDATE revision SET record = zeroblob(64) WHERE mta = 'state-shop'", "of `state-shop`"),
        ("UPDATE operation SET plan = order_", "the plan of operation"),
        ("UPDATE subscription SET fragment = zeroblob(64)", "the subscription `shop-api`"),
    ] {
        let found = flaws(sql);
        has(&found, FlawKind::Sealed, named);
    }
    let found = flaws("UPDATE entry SET content = '{'");
    has(&found, FlawKind::Unreadable, "entry");
    let found = flaws("DROP INDEX operation_by_time");
    has(&found, FlawKind::Damaged, "the index `operation_by_time` of the state file is missing");
    // All of them are told together.
    assert!(found.len() > 7, "{found:#?}");
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_told_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    keep(&scratch.open(), "db", "hunter2");
    assert_eq!(exposed(&scratch.path()).len(), 0);
    let folder = open::folder_of(&scratch.path());
    let leftover = folder.join("state.sqlite.v3.bak");
    std::fs::write(&leftover, "").expect("written");
    for (path, mode) in [(&folder, 0o755), (&scratch.path(), 0o644), (&leftover, 0o640)] {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
    }
    let told: Vec<String> = exposed(&scratch.path()).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("mode 755") && told[1].contains("mode 644") && told[2].contains("mode 640"), "{told:?}");
}
