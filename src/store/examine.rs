//! Whether a state is whole: the database, what lies sealed in it, what its records say, and who else can get at it.
//!
//! Everything is looked at, whatever was found before; only what cannot be opened is not looked into.

use super::deployments::deployed;
use super::error::Trouble;
use super::open::{SCHEMA, empty, folder_of};
use super::restore::STAGING;
use super::rows::{self, ENTRY_COLUMNS, SUBSCRIPTION_COLUMNS, deployment};
use super::secrets::supply;
use super::{Store, StoreError};
use crate::operation::OperationId;
use crate::registry::DeploymentId;
use rusqlite::{Connection, Row};
use std::collections::BTreeSet;
use std::path::Path;

/// What was found in a state.
#[derive(Debug)]
pub struct Examined {
    pub schema: u32,
    pub counted: Vec<Counted>,
    pub flaws: Vec<Flaw>,
}

/// So many of something were read.
#[derive(Debug, PartialEq, Eq)]
pub struct Counted {
    /// A plural: `deployments`.
    pub what: &'static str,
    pub count: usize,
}

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct Flaw {
    pub kind: FlawKind,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// Others can get at it. Modes as `chmod` takes them.
    Exposed { wanted: u32 },
    /// SQLite says so.
    Damaged,
    /// It opens with no key that is there, or it is not what was sealed.
    Sealed,
    /// A row that cannot be understood.
    Unreadable,
    /// Something that windlass has not made.
    Foreign,
    /// Something that windlass made and did not clear away.
    LeftOver,
}

/// Tables, the rows in them that belong to nothing, and what those rows are.
const ORPHANS: [(&str, &str); 4] = [
    ("entry_property WHERE entry_id NOT IN (SELECT id FROM entry)", "properties of entries that are gone"),
    ("entry_reader WHERE entry_id NOT IN (SELECT id FROM entry)", "readers of entries that are gone"),
    ("operation_step WHERE operation NOT IN (SELECT id FROM operation)", "steps of operations that are gone"),
    ("operation_event WHERE operation NOT IN (SELECT id FROM operation)", "events of operations that are gone"),
];

impl Store {
    /// Looks at everything, and changes nothing.
    pub fn examine(&self) -> Examined {
        let mut examined = Examined { schema: SCHEMA, counted: Vec::new(), flaws: Vec::new() };
        for error in exposed(self.path()) {
            examined.error(error);
        }
        examined.left_over(self.path());
        let sound = self.read(|transaction| {
            let mut statement = transaction.prepare("PRAGMA integrity_check(20)")?;
            let said = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(said.into_iter().filter(|line| line != "ok").collect::<Vec<_>>())
        });
        match sound {
            Ok(lines) => examined.flaws.extend(lines.into_iter().map(|what| Flaw { kind: FlawKind::Damaged, what })),
            Err(error) => examined.error(error),
        }
        if let Err(error) = self.strangers(&mut examined) {
            examined.error(error);
        }
        if let Err(error) = self.contents(&mut examined) {
            examined.error(error);
        }
        examined
    }

    /// What is in the database and should not be.
    fn strangers(&self, examined: &mut Examined) -> Result<(), StoreError> {
        let named = |connection: &Connection| -> Result<BTreeSet<(String, String)>, Trouble> {
            let sql = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let ours = empty().and_then(|connection| named(&connection)).map_err(|trouble| trouble.at(self.path()))?;
        let there = self.read(|transaction| named(transaction))?;
        for (kind, name) in there.difference(&ours) {
            examined.add(FlawKind::Foreign, format!("the {kind} `{name}` in the state file is not windlass's"));
        }
        // A file that was last migrated before files were signed has no such table.
        for (kind, name) in ours.difference(&there).filter(|(_, name)| name != "upgrade") {
            examined.add(FlawKind::Damaged, format!("the {kind} `{name}` of the state file is missing"));
        }
        for (rows, what) in ORPHANS {
            let count = self.read(|transaction| {
                let sql = format!("SELECT count(*) FROM {rows}");
                Ok(transaction.query_row(&sql, [], |row| row.get::<_, i64>(0))?)
            })?;
            if count > 0 {
                examined.add(FlawKind::Foreign, format!("{count} {what}"));
            }
        }
        Ok(())
    }

    /// Reads everything as the commands read it.
    fn contents(&self, examined: &mut Examined) -> Result<(), StoreError> {
        let seal = self.seal()?;
        let ids = |table: &str| self.ids(&format!("SELECT DISTINCT mta, namespace, org, space FROM {table}"));
        let deployments = ids("deployment")?;
        examined.count("deployments", deployments.len());
        for id in &deployments {
            examined.keep(self.read(|transaction| deployed(transaction, seal, id)));
        }
        let revisions = self.all("SELECT mta, namespace, org, space, revision FROM revision", |row| {
            Ok((deployment(row, 0)?, row.get::<_, i64>(4)?))
        })?;
        examined.count("revisions", revisions.len());
        for (id, number) in &revisions {
            examined.keep(self.deployed_at(id, u64::try_from(*number).unwrap_or_default()));
        }
        let operations = self.all("SELECT id FROM operation", |row| row.get::<_, String>(0))?;
        examined.count("operations", operations.len());
        for id in operations.into_iter().map(OperationId::new) {
            examined.keep(self.operations_like(id.as_str()));
            examined.keep(self.order_of(&id));
            examined.keep(self.plan_of(&id));
            examined.keep(self.steps_of(&id));
        }
        let own_modules = ids("own_module")?;
        examined.count("modules of your own", own_modules.len());
        for id in &own_modules {
            examined.keep(self.own_module(id));
        }
        for id in ids("kept_log")? {
            examined.keep(self.kept_logs(&id));
        }
        // Those of windlass itself, and what `windlass login` keeps.
        for name in self.all("SELECT name FROM secret", |row| row.get::<_, String>(0))? {
            examined.keep(self.own_secret(seal, &name));
        }
        let names = self.secrets()?;
        examined.count("secrets", names.len());
        for secret in &names {
            examined.keep(self.read(|transaction| supply(transaction, seal, &secret.name)));
        }
        let entries = self.each(&format!("SELECT {ENTRY_COLUMNS} FROM entry e"), |row| rows::entry(row).map(|_| ()))?;
        examined.count("entries", entries.len());
        entries.into_iter().for_each(|entry| examined.keep(entry));
        let sql = format!("SELECT {SUBSCRIPTION_COLUMNS} FROM subscription");
        let subscriptions = self.each(&sql, |row| rows::subscription(row, seal).map(|_| ()))?;
        examined.count("subscriptions", subscriptions.len());
        subscriptions.into_iter().for_each(|subscription| examined.keep(subscription));
        Ok(())
    }

    fn ids(&self, sql: &str) -> Result<Vec<DeploymentId>, StoreError> {
        self.all(sql, |row| deployment(row, 0))
    }

    fn all<T>(&self, sql: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare(sql)?;
            let rows = statement.query_map([], |row| read(row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Reads each row for itself: one that cannot be read keeps no other from being read.
    fn each(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> Result<(), Trouble>,
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(read(row).map_err(|trouble| trouble.at(self.path())));
            }
            Ok(all)
        })
    }
}

impl Examined {
    fn count(&mut self, what: &'static str, count: usize) {
        self.counted.push(Counted { what, count });
    }

    fn keep<T>(&mut self, read: Result<T, StoreError>) {
        if let Err(error) = read {
            self.error(error);
        }
    }

    fn error(&mut self, error: StoreError) {
        let kind = match error {
            StoreError::Exposed { wanted, .. } => FlawKind::Exposed { wanted },
            StoreError::KeyMissing { .. }
            | StoreError::KeyWrong { .. }
            | StoreError::KeyUnreadable { .. }
            | StoreError::Tampered { .. } => FlawKind::Sealed,
            _ => FlawKind::Unreadable,
        };
        self.add(kind, error.to_string());
    }

    /// A file that is open to others is met more than once.
    fn add(&mut self, kind: FlawKind, what: String) {
        let flaw = Flaw { kind, what };
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }

    fn left_over(&mut self, state: &Path) {
        let folder = folder_of(state);
        let half_copy = state.file_name().map(|name| format!(".{}-", name.to_string_lossy())).unwrap_or_default();
        for name in names_in(&folder).iter().filter(|name| name.starts_with(STAGING) || name.starts_with(&half_copy)) {
            let path = folder.join(name);
            self.add(FlawKind::LeftOver, format!("`{}` was left by a windlass that was killed", path.display()));
        }
    }
}

/// What others can get at of a state: its folder, and every file of it, those of the journal and the copies included.
#[cfg(unix)]
pub fn exposed(state: &Path) -> Vec<StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_of(state);
    let own = state.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let files = names_in(&folder).into_iter().filter(|name| name.starts_with(&own)).map(|name| folder.join(name));
    let check = |path: &Path| {
        let about = path.symlink_metadata().ok().filter(|about| !about.is_symlink())?;
        let (mode, wanted) = (about.permissions().mode() & 0o777, if about.is_dir() { 0o700 } else { 0o600 });
        (mode & 0o077 != 0).then(|| StoreError::Exposed { path: path.to_owned(), mode, wanted })
    };
    if own.is_empty() || state.symlink_metadata().is_err() {
        return Vec::new();
    }
    [folder.clone()].into_iter().chain(files).filter_map(|path| check(&path)).collect()
}

#[cfg(not(unix))]
pub fn exposed(_: &Path) -> Vec<StoreError> {
    Vec::new()
}

/// Sorted; none of a folder that cannot be read.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
