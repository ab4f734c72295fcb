//! The vault: what `windlass secret set` keeps, for `${secret:NAME}`.

use super::error::Trouble;
use super::rows::sealed_bytes;
use super::seal::Seal;
use super::{Store, StoreError, key};
use crate::name::nearest;
use crate::target::supply::{Ask, Giver, Hidden, Supplies, Supply};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A secret that is kept, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    /// When the present value was set.
    pub set: SystemTime,
}

impl Store {
    /// Keeps a secret; an earlier one of the name goes. Returns whether there was one.
    pub fn keep_secret(&self, name: &str, value: &Hidden, now: SystemTime) -> Result<bool, StoreError> {
        key::check_folder(self.path())?;
        let seal = self.seal()?;
        let sealed = seal.close(value.reveal().as_bytes(), &about(name));
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.write(|transaction| {
            let sql = "SELECT 1 FROM vault WHERE name = ?1";
            let was_there = transaction.query_row(sql, [name], |_| Ok(())).optional()?.is_some();
            transaction.execute(
                "INSERT INTO vault (name, sealed, changed) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO UPDATE SET sealed = excluded.sealed, changed = excluded.changed",
                params![name, sealed, seconds],
            )?;
            Ok(was_there)
        })
    }

    /// All secrets that are kept, by name.
    pub fn secrets(&self) -> Result<Vec<Kept>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached("SELECT name, changed FROM vault ORDER BY name")?;
            let row = |row: &rusqlite::Row<'_>| {
                // Not past the year 9999, which is where calendars end.
                let seconds = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default().min(253_402_300_799);
                Ok(Kept { name: row.get(0)?, set: UNIX_EPOCH + Duration::from_secs(seconds) })
            };
            Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets a secret. Returns whether there was one.
    pub fn forget_secret(&self, name: &str) -> Result<bool, StoreError> {
        self.write(|transaction| Ok(transaction.execute("DELETE FROM vault WHERE name = ?1", [name])? > 0))
    }

    /// Answers what a descriptor asks for: of the vault here, of the environment by the caller.
    pub fn supplies(
        &self,
        asked: impl IntoIterator<Item = Ask>,
        environment: impl Fn(&str) -> Supply,
    ) -> Result<Supplies, StoreError> {
        let mut held = BTreeMap::new();
        for ask in asked {
            let supply = match ask.giver {
                Giver::Environment => environment(&ask.name),
                Giver::Vault => self.secret(&ask.name)?,
            };
            held.insert(ask, supply);
        }
        Ok(Supplies::looked_up(held))
    }

    fn secret(&self, name: &str) -> Result<Supply, StoreError> {
        key::check_folder(self.path())?;
        let seal = self.seal()?;
        self.read(|transaction| supply(transaction, seal, name))
    }
}

/// The secret of this name.
pub(super) fn supply(connection: &Connection, seal: &Seal, name: &str) -> Result<Supply, Trouble> {
    let mut statement = connection.prepare_cached("SELECT sealed FROM vault WHERE name = ?1")?;
    let Some(sealed) = statement.query_row([name], |row| sealed_bytes(row, 0)).optional()? else {
        let mut statement = connection.prepare_cached("SELECT name FROM vault")?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        return Ok(Supply::Missing { near });
    };
    let open = seal.open(&sealed, &about(name)).and_then(|bytes| String::from_utf8(bytes).ok());
    match open {
        Some(text) => Ok(Supply::Given(Hidden::new(text))),
        None => Err(Trouble::Tampered(format!("the secret `{name}`"))),
    }
}

fn about(name: &str) -> [&str; 2] {
    ["secret", name]
}
