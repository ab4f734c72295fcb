//! Answering questions: which index leads to the entries, so that the time grows with what is answered and not with what
//! is stored.
//!
//! SQLite's planner has no statistics here and may drive a join from its wrong side, so the way in is chosen by us and
//! fixed in the SQL (`INDEXED BY`, `CROSS JOIN`): the provider when the question names one, else whichever of its content
//! properties and its target leads to the fewest rows, and for a question that names none of these, who may read. All
//! other parts that SQL can decide are conditions on the way; the last word has [`crate::registry::matching`].

use super::error::Trouble;
use super::rows::{ENTRY_COLUMNS, entry, value_hash};
use super::{Store, StoreError};
use crate::registry::matching::{answers, distance, explain};
use crate::registry::{Entry, NamespaceFilter, Question};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeMap;

impl Store {
    /// Answers each question with its matching, visible entries in order of publication.
    pub fn answer(&self, questions: &[Question]) -> Result<Vec<Vec<Entry>>, StoreError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|transaction| questions.iter().map(|question| answer(transaction, question)).collect())
    }

    /// The entries that are worth comparing with a question when its answer is not what somebody expected: at most `limit`,
    /// the nearest first, those that answer at the front. Looks at some entries per way in, never at all of them.
    pub fn near(&self, question: &Question, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(|transaction| near(transaction, question, limit))
    }
}

fn near(connection: &Connection, question: &Question, limit: usize) -> Result<Vec<Entry>, Trouble> {
    let id = question.filter.provider_id.as_deref();
    let mut ways: Vec<Way> = id.map(|id| Way::Provider(id.to_owned())).into_iter().collect();
    // Other names that the same application provides.
    ways.extend(id.and_then(|id| id.split_once(':')).map(|(mta, _)| Way::Application(mta.to_owned())));
    ways.extend(narrow_ways(question));
    ways.push(Way::Newest);
    let mut found = BTreeMap::new();
    for way in ways {
        let Query { sql, values } = way.query();
        let sql = format!("SELECT {ENTRY_COLUMNS} {sql} ORDER BY e.id DESC LIMIT {limit}");
        let mut statement = connection.prepare_cached(&sql)?;
        for entry in statement.query_and_then(params_from_iter(values), entry)? {
            let entry = entry?;
            found.insert(entry.row, entry);
        }
    }
    let mut near: Vec<Entry> = answer(connection, question)?;
    near.iter().for_each(|entry| drop(found.remove(&entry.row)));
    let mut others: Vec<Entry> = found.into_values().collect();
    others.sort_by_cached_key(|entry| (distance(&explain(entry, question)), entry.row));
    near.extend(others);
    near.truncate(limit);
    Ok(near)
}

pub(super) fn answer(connection: &Connection, question: &Question) -> Result<Vec<Entry>, Trouble> {
    let Some(conditions) = conditions(question) else { return Ok(Vec::new()) };
    let way = best_way(connection, question)?;
    let mut query = way.query();
    for (condition, values) in conditions.into_iter().chain(other_properties(question, &way)) {
        query.sql.push_str(" AND ");
        query.sql.push_str(&condition);
        query.values.extend(values);
    }
    let sql = format!("SELECT {ENTRY_COLUMNS} {} ORDER BY e.id", query.sql);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for entry in statement.query_and_then(params_from_iter(query.values), entry)? {
        let entry = entry?;
        if answers(&entry, question) {
            found.push(entry);
        }
    }
    Ok(found)
}

struct Query {
    /// From `FROM` on, with a `WHERE`.
    sql: String,
    values: Vec<Sql>,
}

/// A way into the table of entries.
enum Way {
    Provider(String),
    /// The key, and the hash of the value asked for.
    Property(String, i64),
    Org(String),
    Target(String, String),
    /// Everything that somebody in this org and space may read, and what belongs to the org.
    Reader(String, String),
    /// Everything that one application provides.
    Application(String),
    Newest,
}

impl Way {
    fn query(&self) -> Query {
        let text = |text: &String| Sql::Text(text.clone());
        let (sql, values) = match self {
            Way::Provider(id) => ("FROM entry AS e INDEXED BY entry_identity WHERE e.provider_id = ?", vec![text(id)]),
            Way::Property(key, hash) => (
                "FROM entry_property AS p CROSS JOIN entry AS e ON e.id = p.entry_id WHERE p.key = ? AND p.value_hash = ?",
                vec![text(key), Sql::Integer(*hash)],
            ),
            Way::Org(org) => ("FROM entry AS e INDEXED BY entry_by_target WHERE e.org = ?", vec![text(org)]),
            Way::Target(org, space) => (
                "FROM entry AS e INDEXED BY entry_by_target WHERE e.org = ? AND e.space = ?",
                vec![text(org), text(space)],
            ),
            Way::Reader(org, space) => (
                "FROM (SELECT entry_id FROM entry_reader WHERE org IN (?, '*') AND space IN (?, '*') \
                 UNION SELECT id FROM entry INDEXED BY entry_by_target WHERE org = ?) AS r \
                 CROSS JOIN entry AS e ON e.id = r.entry_id WHERE true",
                vec![text(org), text(space), text(org)],
            ),
            Way::Application(mta) => (
                "FROM entry AS e INDEXED BY entry_identity WHERE e.provider_id >= ? || ':' AND e.provider_id < ? || ';'",
                vec![text(mta), text(mta)],
            ),
            Way::Newest => ("FROM entry AS e WHERE true", Vec::new()),
        };
        Query { sql: sql.to_owned(), values }
    }
}

/// The parts of a question that SQL can decide. `None`: no version can satisfy it, so nothing answers.
fn conditions(question: &Question) -> Option<Vec<(String, Vec<Sql>)>> {
    let filter = &question.filter;
    let mut conditions = Vec::new();
    let mut equal =
        |column: &str, text: &str| conditions.push((format!("e.{column} = ?"), vec![Sql::Text(text.to_owned())]));
    if filter.target.org != "*" {
        equal("org", &filter.target.org);
    }
    if filter.target.space != "*" {
        equal("space", &filter.target.space);
    }
    if let Some(id) = &filter.provider_id {
        equal("provider_id", id);
    }
    if let Some(nid) = &filter.provider_nid {
        equal("provider_nid", nid);
    }
    match &filter.namespace {
        NamespaceFilter::Any => {}
        NamespaceFilter::Without => equal("namespace", ""),
        NamespaceFilter::Named(name) => equal("namespace", name),
    }
    if let Some(range) = &filter.version {
        let (low, high) = range.sort_keys()?;
        // An entry without a version has the empty key and satisfies no range.
        conditions.push(("e.version_key >= ?".to_owned(), vec![Sql::Text(low.unwrap_or_else(|| "0".to_owned()))]));
        conditions.extend(high.map(|high| ("e.version_key <= ?".to_owned(), vec![Sql::Text(high)])));
    }
    Some(conditions)
}

/// Properties that are asked for beside the one that leads: looked up by key for each row, which is much cheaper than
/// reading the row's content.
fn other_properties(question: &Question, way: &Way) -> Vec<(String, Vec<Sql>)> {
    let led_by = |asked: &str| matches!(way, Way::Property(key, _) if key == asked);
    let others = question.filter.content.iter().filter(|(key, _)| !led_by(&key.text));
    others
        .map(|(key, value)| {
            let values = vec![Sql::Text(key.text.to_string()), Sql::Integer(value_hash(value))];
            let exists =
                "EXISTS (SELECT 1 FROM entry_property AS o WHERE o.key = ? AND o.value_hash = ? AND o.entry_id = e.id)";
            (exists.to_owned(), values)
        })
        .collect()
}

fn best_way(connection: &Connection, question: &Question) -> Result<Way, Trouble> {
    if let Some(id) = &question.filter.provider_id {
        return Ok(Way::Provider(id.clone()));
    }
    let mut ways = narrow_ways(question);
    // Counting stops at a limit, so that choosing costs little even where no way is narrow.
    for limit in [50, 1_000, 20_000] {
        if ways.len() <= 1 {
            break;
        }
        let counts = ways.iter().map(|way| count(connection, way, limit)).collect::<Result<Vec<_>, _>>()?;
        if let Some((best, _)) =
            counts.iter().enumerate().filter(|(_, count)| **count < limit).min_by_key(|(_, count)| **count)
        {
            return Ok(ways.swap_remove(best));
        }
    }
    let viewer = &question.viewer;
    Ok(ways.into_iter().next().unwrap_or_else(|| Way::Reader(viewer.org.clone(), viewer.space.clone())))
}

/// The ways that the question names beside its provider: one per content property, and its target.
fn narrow_ways(question: &Question) -> Vec<Way> {
    let filter = &question.filter;
    let mut ways: Vec<Way> =
        filter.content.iter().map(|(key, value)| Way::Property(key.text.to_string(), value_hash(value))).collect();
    match (filter.target.org.as_str(), filter.target.space.as_str()) {
        ("*", _) => {}
        (org, "*") => ways.push(Way::Org(org.to_owned())),
        (org, space) => ways.push(Way::Target(org.to_owned(), space.to_owned())),
    }
    ways
}

fn count(connection: &Connection, way: &Way, limit: i64) -> Result<i64, Trouble> {
    // Counted in the index alone, without going to the entries.
    let (from, values) = match way {
        Way::Property(key, hash) => (
            "FROM entry_property WHERE key = ? AND value_hash = ?".to_owned(),
            vec![Sql::Text(key.clone()), Sql::Integer(*hash)],
        ),
        other => {
            let query = other.query();
            (query.sql, query.values)
        }
    };
    let mut statement = connection.prepare_cached(&format!("SELECT count(*) FROM (SELECT 1 {from} LIMIT {limit})"))?;
    Ok(statement.query_row(params_from_iter(values), |row| row.get(0))?)
}
