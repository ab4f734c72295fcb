//! What lies sealed in the state file, and who can open it.
#![expect(clippy::disallowed_methods, reason = "tests that prepare and read files")]

use super::*;
use crate::plan::Record;
use crate::registry::{Filter, NamespaceFilter, Subscription};
use crate::target::Space;
use crate::target::supply::{Ask, Giver, Hidden, Supply};
use crate::tree::Map;
use std::time::{Duration, UNIX_EPOCH};

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("state").join("state.sqlite");
    (folder, path)
}

fn open(path: &Path) -> Store {
    Store::open(path, Access::Write).expect("it opens")
}

fn keep(store: &Store, name: &str, value: &str) -> bool {
    store.keep_secret(name, &Hidden::new(value), UNIX_EPOCH + Duration::from_secs(7)).expect("kept")
}

fn supply(store: &Store, name: &str) -> Result<Supply, StoreError> {
    let ask = Ask { giver: Giver::Vault, name: name.to_owned() };
    let supplies = store.supplies([ask.clone()], |_| panic!("only the vault is asked"))?;
    Ok(supplies.get(&ask).clone())
}

fn given(text: &str) -> Supply {
    Supply::Given(Hidden::new(text))
}

fn shop() -> DeploymentId {
    let space = Space { org: "acme".into(), space: "dev".into() };
    DeploymentId { mta: crate::name::MtaId::new("shop"), namespace: None, space }
}

fn record(secret: &str) -> Record {
    let mut unit = crate::plan::fingerprint::tests::web();
    unit.environment.insert("PASSWORD".into(), crate::plan::unit::Variable::new(secret));
    let version = "1.0.0".to_owned();
    Record { version, units: vec![unit.into()], network: "n".into(), volumes: Vec::new(), after: Default::default() }
}

fn subscription(secret: &str) -> Subscription {
    let space = shop().space;
    let namespace = NamespaceFilter::Any;
    let filter = Filter {
        provider_nid: None,
        provider_id: None,
        version: None,
        namespace,
        target: space,
        content: Map::default(),
    };
    let (module, resource) = (crate::name::ModuleName::new("web"), crate::name::ResourceName::new("api"));
    Subscription { subscriber: shop(), module, resource, filter, fragment: format!(r#"{{"p":"{secret}"}}"#) }
}

/// Everything in the folder of a state file.
fn bytes_beside(path: &Path) -> Vec<u8> {
    let folder = std::fs::read_dir(path.parent().expect("a folder")).expect("readable");
    folder.flat_map(|file| std::fs::read(file.expect("readable").path()).expect("readable")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

#[test]
fn a_secret_comes_back_and_is_nowhere_to_be_seen() {
    let (_folder, path) = scratch();
    let store = open(&path);
    assert!(!keep(&store, "db", "hunter2-hunter2"));
    assert!(keep(&store, "db", "hunter3-hunter3"));
    store.record(&shop(), &record("recorded-secret")).expect("recorded");
    store.subscribe(&[subscription("remembered-secret")]).expect("subscribed");
    assert_eq!(supply(&store, "db").expect("found"), given("hunter3-hunter3"));
    assert_eq!(store.deployed(&shop()).expect("there").record, Some(record("recorded-secret")));
    assert_eq!(store.subscriptions().expect("there"), [subscription("remembered-secret")]);
    let kept = store.secrets().expect("listed");
    assert_eq!(kept, [Kept { name: "db".into(), set: UNIX_EPOCH + Duration::from_secs(7) }]);
    let bytes = bytes_beside(&path);
    for text in ["hunter2-hunter2", "hunter3-hunter3", "recorded-secret", "remembered-secret"] {
        assert!(!holds(&bytes, text), "{text}");
    }
    assert!(holds(&bytes, "subscription"), "the files are read, or nothing would ever be found");
    assert!(store.forget_secret("db").expect("forgotten") && !store.forget_secret("db").expect("gone"));
    assert_eq!(supply(&store, "db").expect("asked"), Supply::Missing { near: None });
}

#[test]
fn a_name_that_is_nearly_right_is_suggested() {
    let (_folder, path) = scratch();
    let store = open(&path);
    keep(&store, "db-password", "x");
    assert_eq!(supply(&store, "db-pasword").expect("asked"), Supply::Missing { near: Some("db-password".into()) });
}

#[test]
fn without_its_key_or_with_another_one_nothing_opens_and_the_key_is_named() {
    let (_folder, path) = scratch();
    keep(&open(&path), "db", "hunter2");
    let (key, elsewhere) = (key::path_of(&path), path.with_extension("away"));
    std::fs::rename(&key, &elsewhere).expect("moved");
    assert!(matches!(supply(&open(&path), "db"), Err(StoreError::KeyMissing { path, .. }) if path == key));
    assert!(matches!(open(&path).deployments(), Err(StoreError::KeyMissing { .. })));
    assert!(open(&path).entries(&Selection::default()).is_ok(), "what everybody may read needs no key");
    assert!(!key.exists(), "a new key would open nothing");
    let (_other_folder, other) = scratch();
    open(&other);
    std::fs::copy(key::path_of(&other), &key).expect("copied");
    assert!(matches!(supply(&open(&path), "db"), Err(StoreError::KeyWrong { path, .. }) if path == key));
    std::fs::write(&key, "no key").expect("written");
    assert!(matches!(supply(&open(&path), "db"), Err(StoreError::KeyUnreadable { .. })));
    std::fs::rename(&elsewhere, &key).expect("moved back");
    assert_eq!(supply(&open(&path), "db").expect("found"), given("hunter2"));
}

#[test]
fn rows_that_were_changed_or_exchanged_are_refused_by_name() {
    let (_folder, path) = scratch();
    let store = open(&path);
    keep(&store, "db", "hunter2");
    keep(&store, "mail", "hunter3");
    store.record(&shop(), &record("x")).expect("recorded");
    let run = |sql: &str| store.connection().as_ref().expect("a connection").execute(sql, []).expect("SQL");
    run("UPDATE vault SET sealed = (SELECT sealed FROM vault WHERE name = 'mail') WHERE name = 'db'");
    let error = supply(&store, "db").expect_err("it is another one's").to_string();
    assert!(error.contains("the secret `db`"), "{error}");
    run("UPDATE vault SET sealed = zeroblob(64) WHERE name = 'mail'");
    assert!(matches!(supply(&store, "mail"), Err(StoreError::Tampered { .. })));
    run("UPDATE deployment SET record = '{}'");
    let error = store.deployed(&shop()).expect_err("it is not sealed").to_string();
    assert!(error.contains("the record of `shop`"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_and_a_folder_that_others_may_change_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = scratch();
    keep(&open(&path), "db", "hunter2");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    let (key, folder) = (key::path_of(&path), path.parent().expect("a folder"));
    assert_eq!(key.metadata().expect("there").permissions().mode() & 0o777, 0o600);
    set(&key, 0o640);
    let refused = |about: &Path| {
        let exposed = matches!(supply(&open(&path), "db"), Err(StoreError::Exposed { path, .. }) if path == about);
        assert!(exposed, "{}", about.display());
    };
    refused(&key);
    set(&key, 0o600);
    set(folder, 0o770);
    refused(folder);
    set(folder, 0o755);
    assert_eq!(supply(&open(&path), "db").expect("found"), given("hunter2"), "to be seen is no harm");
}

/// A state file as the first version of windlass wrote it.
fn old(path: &Path) -> Connection {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let connection = Connection::open(path).expect("opens");
    connection.execute_batch(include_str!("migrations/0001.sql")).expect("SQL");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x77646c73; PRAGMA user_version = 1")
        .expect("SQL");
    let json = serde_json::to_string(&record("recorded-secret")).expect("JSON");
    let sql = "INSERT INTO deployment VALUES ('shop', '', 'acme', 'dev', 3, 1, ?1)";
    connection.execute(sql, [json]).expect("SQL");
    let sql = "INSERT INTO subscription VALUES ('shop', '', 'acme', 'dev', 'web', 'api', '', ?1, ?2)";
    let filter = r#"{"v":1,"namespace":"any","target":{"org":"acme","space":"dev"},"content":"{}"}"#;
    connection.execute(sql, [filter, &subscription("remembered-secret").fragment]).expect("SQL");
    connection
}

#[test]
fn what_an_earlier_version_kept_in_the_clear_is_sealed_and_overwritten() {
    let (_folder, path) = scratch();
    let connection = old(&path);
    let sql = "SELECT value FROM secret WHERE name = 'generator'";
    let generator: Vec<u8> = connection.query_row(sql, [], |row| row.get(0)).expect("SQL");
    drop(connection);
    assert!(holds(&bytes_beside(&path), "recorded-secret"), "or the test would prove nothing");
    let store = open(&path);
    assert_eq!(store.deployed(&shop()).expect("there").record, Some(record("recorded-secret")));
    assert_eq!(store.deployed(&shop()).expect("there").revision, 3);
    assert_eq!(store.subscriptions().expect("there"), [subscription("remembered-secret")]);
    assert_eq!(store.own_secret(store.seal().expect("a key"), open::GENERATOR).expect("there"), generator);
    drop(store);
    let bytes = bytes_beside(&path);
    assert!(!holds(&bytes, "recorded-secret") && !holds(&bytes, "remembered-secret"));
    assert!(memchr::memmem::find(&bytes, &generator).is_none());
}

#[test]
fn a_migration_that_cannot_make_its_key_changes_nothing() {
    let (_folder, path) = scratch();
    drop(old(&path));
    std::fs::create_dir(key::path_of(&path)).expect("a folder where the key should be");
    assert!(matches!(Store::open(&path, Access::Write).err(), Some(StoreError::KeyUnreadable { .. })));
    let connection = Connection::open(&path).expect("opens");
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("SQL");
    assert_eq!(version, 1);
    drop(connection);
    std::fs::remove_dir(key::path_of(&path)).expect("removed");
    assert_eq!(open(&path).deployed(&shop()).expect("there").record, Some(record("recorded-secret")));
}

#[test]
fn half_a_key_of_somebody_who_ended_while_writing_it_is_made_anew() {
    let (_folder, path) = scratch();
    drop(old(&path));
    std::fs::write(key::path_of(&path), "windlass-key-1 00").expect("written");
    #[cfg(unix)]
    std::fs::set_permissions(key::path_of(&path), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    keep(&open(&path), "db", "hunter2");
    assert_eq!(supply(&open(&path), "db").expect("found"), given("hunter2"));
}
