//! What `windlass login` keeps: credentials for image registries, sealed beside windlass's own secrets.

use super::error::Trouble;
use super::rows::sealed_bytes;
use super::{Store, StoreError, key};
use crate::plan::unit::ImageCredentials;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// In front of a registry, in the table of windlass's own secrets: no other of them has a blank in its name.
const LOGIN: &str = "login ";

/// Who is logged in where.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// `registry.example.org:5000`, `docker.io`; lower case.
    pub registry: String,
    pub credentials: ImageCredentials,
}

/// The sealed form.
#[derive(Serialize, Deserialize)]
struct Row {
    username: String,
    password: String,
}

impl Store {
    /// Keeps credentials for a registry; earlier ones go. Returns whether there were any.
    pub fn keep_login(&self, registry: &str, credentials: &ImageCredentials) -> Result<bool, StoreError> {
        key::check_folder(self.path())?;
        let seal = self.seal()?;
        let name = format!("{LOGIN}{registry}");
        let row = Row { username: credentials.username.clone(), password: credentials.password.clone() };
        let text = serde_json::to_vec(&row).expect("two texts are JSON");
        let sealed = seal.close(&text, &["own", &name]);
        self.write(|transaction| {
            let sql = "SELECT 1 FROM secret WHERE name = ?1";
            let was_there = transaction.query_row(sql, [&name], |_| Ok(())).optional()?.is_some();
            transaction.execute(
                "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
                params![name, sealed],
            )?;
            Ok(was_there)
        })
    }

    /// Forgets the credentials for a registry. Returns whether there were any.
    pub fn forget_login(&self, registry: &str) -> Result<bool, StoreError> {
        let name = format!("{LOGIN}{registry}");
        self.write(|transaction| Ok(transaction.execute("DELETE FROM secret WHERE name = ?1", [name])? > 0))
    }

    /// All credentials that are kept, by registry. Where nobody is logged in, no key is needed.
    pub fn logins(&self) -> Result<Vec<Login>, StoreError> {
        let rows: Vec<(String, Vec<u8>)> = self.read(|transaction| {
            let sql = "SELECT name, value FROM secret WHERE name LIKE 'login %' ORDER BY name";
            let mut statement = transaction.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, sealed_bytes(row, 1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        if !rows.is_empty() {
            key::check_folder(self.path())?;
        }
        let mut logins = Vec::new();
        for (name, sealed) in rows {
            let registry = name.trim_start_matches(LOGIN).to_owned();
            let open = self.seal()?.open(&sealed, &["own", &name]);
            let row = open.and_then(|bytes| serde_json::from_slice::<Row>(&bytes).ok());
            let Some(Row { username, password }) = row else {
                return Err(Trouble::Tampered(format!("the login to `{registry}`")).at(self.path()));
            };
            logins.push(Login { registry, credentials: ImageCredentials { username, password } });
        }
        Ok(logins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Access;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test looks into the state file")]
    fn a_login_comes_back_until_it_is_forgotten_and_never_stands_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("state/state.sqlite");
        let store = Store::open(&path, Access::Write).expect("a store");
        assert_eq!(store.logins().expect("none yet"), []);
        let login = |password: &str| ImageCredentials { username: "ci".into(), password: password.into() };
        assert!(!store.keep_login("registry.example.org:5000", &login("glpat-first")).expect("it can be kept"));
        assert!(store.keep_login("registry.example.org:5000", &login("glpat-second")).expect("it can be kept"));
        store.keep_login("docker.io", &login("dckr_pat_other")).expect("it can be kept");
        let again = Store::open(&path, Access::Read).expect("the store");
        let kept = again.logins().expect("two");
        assert_eq!(
            kept.iter().map(|login| &*login.registry).collect::<Vec<_>>(),
            ["docker.io", "registry.example.org:5000"]
        );
        assert_eq!(kept[1].credentials, login("glpat-second"));
        for entry in std::fs::read_dir(path.parent().expect("a folder")).expect("it can be read") {
            let bytes = std::fs::read(entry.expect("a file").path()).expect("it can be read");
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("glpat-") && !text.contains("dckr_pat_"), "{text}");
        }
        assert!(store.forget_login("docker.io").expect("it can be forgotten"));
        assert!(!store.forget_login("docker.io").expect("it is forgotten"));
        assert_eq!(store.logins().expect("one").len(), 1);
    }
}
