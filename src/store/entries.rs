//! Configuration entries: publishing, replacing, retracting, listing.

use super::error::Trouble;
use super::rows::{ENTRY_COLUMNS, Identity, entry, value_hash, visibility_json};
use super::{Selection, Store, StoreError};
use crate::registry::matching::effective_namespace;
use crate::registry::{DeploymentId, Entry};
use crate::target::Space;
use crate::tree::Value;
use rusqlite::{Connection, params, params_from_iter};

const FIND: &str = "FROM entry AS e WHERE e.provider_id = ?1 AND e.org = ?2 AND e.space = ?3 AND e.version_key = ?4 \
                    AND e.provider_version = ?5 AND e.provider_nid = ?6 AND e.namespace = ?7";

impl Store {
    /// Adds entries, or updates in place those with the same identity (the row id stays, an absent field keeps its old value).
    pub fn publish(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.write(|transaction| entries.iter().try_for_each(|entry| publish(transaction, entry)))
    }

    /// Removes entries by identity; returns how many there were.
    pub fn retract(&self, entries: &[Entry]) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let mut removed = 0;
            for entry in entries {
                if let Some(stored) = find(transaction, entry)? {
                    let row = stored.row.unwrap_or_default();
                    unindex(transaction, row, &stored)?;
                    removed += transaction.prepare_cached("DELETE FROM entry WHERE id = ?1")?.execute([row])?;
                }
            }
            Ok(removed)
        })
    }

    /// The entries of a selection, in order of publication.
    pub fn entries(&self, selection: &Selection) -> Result<Vec<Entry>, StoreError> {
        let namespace = selection.namespace.as_deref().map(|name| effective_namespace(Some(name)).unwrap_or_default());
        let parts = [
            ("provider_nid", selection.provider_nid.as_deref()),
            ("provider_id", selection.provider_id.as_deref()),
            ("org", selection.org.as_deref()),
            ("space", selection.space.as_deref()),
            ("namespace", namespace),
        ];
        let asked: Vec<(&str, &str)> = parts.into_iter().filter_map(|(column, text)| Some((column, text?))).collect();
        let conditions: String = asked.iter().map(|(column, _)| format!(" AND e.{column} = ?")).collect();
        self.read(|transaction| {
            let sql = format!("SELECT {ENTRY_COLUMNS} FROM entry AS e WHERE true{conditions} ORDER BY e.id");
            let mut statement = transaction.prepare_cached(&sql)?;
            let rows = statement.query_and_then(params_from_iter(asked.iter().map(|(_, text)| text)), entry)?;
            rows.collect()
        })
    }

    /// The entry with this row id.
    pub fn entry(&self, row: i64) -> Result<Option<Entry>, StoreError> {
        self.read(|transaction| {
            let sql = format!("SELECT {ENTRY_COLUMNS} FROM entry AS e WHERE e.id = ?1");
            let mut statement = transaction.prepare_cached(&sql)?;
            statement.query_and_then([row], entry)?.next().transpose()
        })
    }

    /// How many entries there are.
    pub fn entry_count(&self) -> Result<usize, StoreError> {
        let count: i64 =
            self.read(|transaction| Ok(transaction.query_row("SELECT count(*) FROM entry", [], |r| r.get(0))?))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The entries that one deployment has published (nid `mta`, id `<MTA ID>:…`, its space and namespace).
    pub fn published_by(&self, deployment: &DeploymentId) -> Result<Vec<Entry>, StoreError> {
        self.read(|transaction| published_by(transaction, deployment))
    }
}

pub(super) fn published_by(connection: &Connection, deployment: &DeploymentId) -> Result<Vec<Entry>, Trouble> {
    // A range of texts, not LIKE: `_` in an id would be taken as a wildcard. `;` is the character behind `:`.
    let sql = format!(
        "SELECT {ENTRY_COLUMNS} FROM entry AS e INDEXED BY entry_identity WHERE e.provider_id >= ?1 || ':' \
         AND e.provider_id < ?1 || ';' AND e.org = ?3 AND e.space = ?4 AND e.namespace = ?2 AND e.provider_nid = 'mta' \
         ORDER BY e.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_and_then(super::rows::key_of(deployment), entry)?.collect()
}

fn find(connection: &Connection, wanted: &Entry) -> Result<Option<Entry>, Trouble> {
    let id = Identity::of(wanted);
    let mut statement = connection.prepare_cached(&format!("SELECT {ENTRY_COLUMNS} {FIND}"))?;
    let mut rows = statement
        .query_and_then(params![id.id, id.org, id.space, id.version_key, id.version, id.nid, id.namespace], entry)?;
    rows.next().transpose()
}

fn publish(connection: &Connection, new: &Entry) -> Result<(), Trouble> {
    match find(connection, new)? {
        Some(old) => update(connection, &old, new),
        None => insert(connection, new),
    }
}

fn insert(connection: &Connection, new: &Entry) -> Result<(), Trouble> {
    let id = Identity::of(new);
    let mut statement = connection.prepare_cached(
        "INSERT INTO entry (provider_nid, provider_id, provider_version, version_key, namespace, org, space, content, \
         visibility, module) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let (content, visibility) =
        (new.content.as_ref().map(Value::to_json), new.visibility.as_deref().map(visibility_json));
    let module = new.module.as_ref().map(|module| module.as_str());
    let (key, name) = (id.version_key, id.namespace);
    statement.execute(params![id.nid, id.id, id.version, key, name, id.org, id.space, content, visibility, module])?;
    index(connection, connection.last_insert_rowid(), new)
}

fn update(connection: &Connection, old: &Entry, new: &Entry) -> Result<(), Trouble> {
    let row = old.row.unwrap_or_default();
    let merged = Entry {
        content: new.content.clone().or_else(|| old.content.clone()),
        visibility: new.visibility.clone().or_else(|| old.visibility.clone()),
        module: new.module.clone().or_else(|| old.module.clone()),
        ..old.clone()
    };
    if merged == *old {
        return Ok(());
    }
    unindex(connection, row, old)?;
    let mut statement =
        connection.prepare_cached("UPDATE entry SET content = ?2, visibility = ?3, module = ?4 WHERE id = ?1")?;
    let (content, visibility) = (merged.content.as_ref().map(Value::to_json), merged.visibility.as_deref());
    let module = merged.module.as_ref().map(|module| module.as_str());
    statement.execute(params![row, content, visibility.map(visibility_json), module])?;
    index(connection, row, &merged)
}

/// Writes the rows by which the entry is found through its content and through those who may read it.
fn index(connection: &Connection, row: i64, entry: &Entry) -> Result<(), Trouble> {
    let mut statement = connection
        .prepare_cached("INSERT OR IGNORE INTO entry_property (key, value_hash, entry_id) VALUES (?1, ?2, ?3)")?;
    for (key, hash) in properties(entry) {
        statement.execute(params![key, hash, row])?;
    }
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO entry_reader (org, space, entry_id) VALUES (?1, ?2, ?3)")?;
    for reader in readers(entry) {
        statement.execute(params![reader.org, reader.space, row])?;
    }
    Ok(())
}

fn unindex(connection: &Connection, row: i64, entry: &Entry) -> Result<(), Trouble> {
    let mut statement =
        connection.prepare_cached("DELETE FROM entry_property WHERE key = ?1 AND value_hash = ?2 AND entry_id = ?3")?;
    for (key, hash) in properties(entry) {
        statement.execute(params![key, hash, row])?;
    }
    let mut statement =
        connection.prepare_cached("DELETE FROM entry_reader WHERE org = ?1 AND space = ?2 AND entry_id = ?3")?;
    for reader in readers(entry) {
        statement.execute(params![reader.org, reader.space, row])?;
    }
    Ok(())
}

fn properties(entry: &Entry) -> impl Iterator<Item = (&str, i64)> {
    let content = entry.content.as_ref().and_then(Value::as_map);
    content.into_iter().flat_map(|map| map.iter()).map(|(key, value)| (&*key.text, value_hash(value)))
}

/// Readers beyond the entry's own org, which is found by the index on its target.
fn readers(entry: &Entry) -> impl Iterator<Item = &Space> {
    entry.visibility.iter().flatten().filter(|reader| reader.org != entry.target.org)
}
