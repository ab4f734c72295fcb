//! The shape of what is stored: rows and the JSON in them.
//!
//! The model's types are free to change; what lies in state files is not. So each stored shape is a type of its own here,
//! and JSON that has more than one level carries a version.

use super::error::Trouble;
use super::seal::Seal;
use crate::name::{ModuleName, MtaId, ResourceName};
use crate::registry::matching::effective_namespace;
use crate::registry::{DeploymentId, Entry, Filter, NamespaceFilter, Subscription};
use crate::target::Space;
use crate::tree::read::read_json;
use crate::tree::{Built, Kind, Map, Origin, Value};
use crate::version::{Version, VersionRange};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use sha2::Digest;

/// What every table is keyed by that belongs to a deployment: `mta, namespace, org, space`.
pub(super) fn key_of(deployment: &DeploymentId) -> [&str; 4] {
    let namespace = effective_namespace(deployment.namespace.as_deref()).unwrap_or_default();
    [deployment.mta.as_str(), namespace, &deployment.space.org, &deployment.space.space]
}

/// Reads the key from the four columns beginning at `at`.
pub(super) fn deployment(row: &Row<'_>, at: usize) -> rusqlite::Result<DeploymentId> {
    Ok(DeploymentId {
        mta: MtaId::new(row.get::<_, String>(at)?),
        namespace: present(row.get(at + 1)?),
        space: Space { org: row.get(at + 2)?, space: row.get(at + 3)? },
    })
}

fn present(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

/// The columns that [`entry`] reads, in its order; the table is called `e` in every query.
pub(super) const ENTRY_COLUMNS: &str = "e.id, e.provider_nid, e.provider_id, e.provider_version, e.namespace, e.org, \
                                        e.space, e.content, e.visibility, e.module";

pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Trouble> {
    let id: i64 = row.get(0)?;
    let provider_id: String = row.get(2)?;
    let provider_version: String = row.get(3)?;
    let damaged = |what: &str, error: serde_json::Error| {
        Trouble::Row(format!("the {what} of entry {id} (`{provider_id}`) is not what windlass writes: {error}"))
    };
    let content = match row.get_ref(7)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        None => None,
        Some(json) => {
            let built =
                Built::Registry { provider_id: provider_id.clone(), provider_version: provider_version.clone() };
            Some(read_json(json, &Origin::built(built)).map_err(|error| damaged("content", error))?)
        }
    };
    let visibility = match row.get_ref(8)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        None => None,
        Some(json) => {
            let pairs: Vec<(String, String)> =
                serde_json::from_str(json).map_err(|error| damaged("visibility", error))?;
            Some(pairs.into_iter().map(|(org, space)| Space { org, space }).collect())
        }
    };
    Ok(Entry {
        row: Some(id),
        provider_nid: present(row.get(1)?),
        provider_version: present(provider_version),
        provider_namespace: present(row.get(4)?),
        target: Space { org: row.get(5)?, space: row.get(6)? },
        content,
        visibility,
        module: row.get::<_, Option<String>>(9)?.map(ModuleName::new),
        provider_id,
    })
}

/// What the identity of an entry consists of, as stored: nid, id, version, sort key, namespace, org, space.
pub(super) struct Identity<'e> {
    pub nid: &'e str,
    pub id: &'e str,
    pub version: &'e str,
    pub version_key: String,
    pub namespace: &'e str,
    pub org: &'e str,
    pub space: &'e str,
}

impl<'e> Identity<'e> {
    pub(super) fn of(entry: &'e Entry) -> Identity<'e> {
        let version = entry.provider_version.as_deref().unwrap_or_default();
        Identity {
            nid: entry.provider_nid.as_deref().unwrap_or_default(),
            id: &entry.provider_id,
            version,
            version_key: Version::parse(version).map(|version| version.sort_key()).unwrap_or_default(),
            namespace: effective_namespace(entry.provider_namespace.as_deref()).unwrap_or_default(),
            org: &entry.target.org,
            space: &entry.target.space,
        }
    }
}

pub(super) fn visibility_json(visibility: &[Space]) -> String {
    let pairs: Vec<(&str, &str)> = visibility.iter().map(|space| (space.org.as_str(), space.space.as_str())).collect();
    serde_json::Value::from_iter(pairs.iter().map(|(org, space)| vec![*org, *space])).to_string()
}

/// A number by which equal values are found. Values that are equal have one hash (so `1` and `1.0` do, and maps with
/// their keys in another order); the reverse is decided by comparing.
pub(super) fn value_hash(value: &Value) -> i64 {
    let mut hasher = sha2::Sha256::new();
    digest(value, &mut hasher);
    let digest: [u8; 32] = hasher.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn digest(value: &Value, hasher: &mut sha2::Sha256) {
    let mut tagged = |tag: &[u8; 1], bytes: &[u8]| {
        hasher.update(tag);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    match &value.kind {
        Kind::Null => tagged(b"0", b""),
        Kind::Bool(yes) => tagged(b"b", &[u8::from(*yes)]),
        #[expect(clippy::cast_precision_loss, reason = "integers and floats that are equal must share a hash")]
        Kind::Int(number) => tagged(b"n", &(*number as f64).to_be_bytes()),
        // Adding zero turns the negative zero, which equals the other, into it.
        Kind::Float(number) => tagged(b"n", &(number + 0.0).to_be_bytes()),
        Kind::Big(digits) => tagged(b"i", digits.as_bytes()),
        Kind::Text(text) => tagged(b"t", text.as_bytes()),
        Kind::List(items) => {
            tagged(b"l", &(items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| digest(item, hasher));
        }
        Kind::Map(map) => {
            tagged(b"m", &(map.len() as u64).to_be_bytes());
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
            for (key, item) in entries {
                hasher.update((key.text.len() as u64).to_be_bytes());
                hasher.update(key.text.as_bytes());
                digest(item, hasher);
            }
        }
    }
}

/// A filter as stored. Fields are only added, each with a default; a change of meaning raises `v`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FilterRow {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider_nid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    namespace: NamespaceRow,
    target: Space,
    /// JSON inside JSON: the order of keys and the digits of numbers are kept by our own reader.
    content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamespaceRow {
    Any,
    Without,
    Named(String),
}

const FILTER_FORMAT: u32 = 1;

pub(super) fn filter_json(filter: &Filter) -> Result<String, Trouble> {
    let row = FilterRow {
        v: FILTER_FORMAT,
        provider_nid: filter.provider_nid.clone(),
        provider_id: filter.provider_id.clone(),
        version: filter.version.as_ref().map(|range| range.text().to_owned()),
        namespace: match &filter.namespace {
            NamespaceFilter::Any => NamespaceRow::Any,
            NamespaceFilter::Without => NamespaceRow::Without,
            NamespaceFilter::Named(name) => NamespaceRow::Named(name.clone()),
        },
        target: filter.target.clone(),
        content: Value::map(filter.content.clone(), Origin::Nowhere).to_json(),
    };
    serde_json::to_string(&row).map_err(|error| Trouble::Row(format!("a filter cannot be stored: {error}")))
}

pub(super) fn filter(json: &str) -> Result<Filter, String> {
    let row: FilterRow = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if row.v > FILTER_FORMAT {
        return Err(format!("it has format {}, and this windlass knows {FILTER_FORMAT}", row.v));
    }
    let content = read_json(&row.content, &Origin::Nowhere).map_err(|error| error.to_string())?;
    Ok(Filter {
        provider_nid: row.provider_nid,
        provider_id: row.provider_id,
        // Whoever stored it has judged it; what could be read reads the same leniently.
        version: row.version.as_deref().map(VersionRange::parse_leniently),
        namespace: match row.namespace {
            NamespaceRow::Any => NamespaceFilter::Any,
            NamespaceRow::Without => NamespaceFilter::Without,
            NamespaceRow::Named(name) => NamespaceFilter::Named(name),
        },
        target: row.target,
        content: content.as_map().cloned().unwrap_or_else(Map::default),
    })
}

/// The columns that [`subscription`] reads, in its order.
pub(super) const SUBSCRIPTION_COLUMNS: &str = "mta, namespace, org, space, module, resource, filter, fragment";

pub(super) fn subscription(row: &Row<'_>, seal: &Seal) -> Result<Subscription, Trouble> {
    let subscriber = deployment(row, 0)?;
    let module = ModuleName::new(row.get::<_, String>(4)?);
    let resource = ResourceName::new(row.get::<_, String>(5)?);
    let json: String = row.get(6)?;
    let filter = filter(&json).map_err(|why| {
        Trouble::Row(format!(
            "the filter of the subscription `{resource}` of `{subscriber}/{module}` cannot be read: {why}"
        ))
    })?;
    let sealed = sealed_bytes(row, 7)?;
    let Some(fragment) = open(seal, &sealed, &about_fragment(&subscriber, module.as_str(), resource.as_str())) else {
        return Err(Trouble::Tampered(format!("the subscription `{resource}` of `{subscriber}/{module}`")));
    };
    Ok(Subscription { subscriber, module, resource, filter, fragment })
}

/// Something sealed. What somebody has written over it as text does not open either.
pub(super) fn sealed_bytes(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Vec::new(),
    })
}

/// What is remembered of a subscriber, as stored.
pub(super) fn sealed_fragment(subscription: &Subscription, seal: &Seal) -> Vec<u8> {
    let Subscription { subscriber, module, resource, fragment, .. } = subscription;
    seal.close(fragment.as_bytes(), &about_fragment(subscriber, module.as_str(), resource.as_str()))
}

fn about_fragment<'a>(subscriber: &'a DeploymentId, module: &'a str, resource: &'a str) -> [&'a str; 7] {
    let [mta, namespace, org, space] = key_of(subscriber);
    ["fragment", mta, namespace, org, space, module, resource]
}

/// What is deployed, as stored.
pub(super) fn sealed_record(deployment: &DeploymentId, json: &str, seal: &Seal) -> Vec<u8> {
    seal.close(json.as_bytes(), &about_record(deployment))
}

pub(super) fn open_record(deployment: &DeploymentId, sealed: &[u8], seal: &Seal) -> Result<String, Trouble> {
    open(seal, sealed, &about_record(deployment))
        .ok_or_else(|| Trouble::Tampered(format!("the record of `{deployment}`")))
}

fn about_record(deployment: &DeploymentId) -> [&str; 5] {
    let [mta, namespace, org, space] = key_of(deployment);
    ["record", mta, namespace, org, space]
}

fn open(seal: &Seal, sealed: &[u8], about: &[&str]) -> Option<String> {
    String::from_utf8(seal.open(sealed, about)?).ok()
}

/// Seals the records of a version that kept them in the clear.
pub(super) fn seal_records(connection: &Connection, seal: &Seal) -> Result<(), Trouble> {
    let mut statement = connection.prepare("SELECT mta, namespace, org, space, record FROM deployment")?;
    let clear = statement.query_map([], |row| Ok((deployment(row, 0)?, row.get::<_, String>(4)?)))?;
    let clear = clear.collect::<Result<Vec<_>, _>>()?;
    let sql = "UPDATE deployment SET record = ?5 WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4";
    for (id, json) in clear {
        let [mta, namespace, org, space] = key_of(&id);
        connection.execute(sql, params![mta, namespace, org, space, sealed_record(&id, &json, seal)])?;
    }
    Ok(())
}

/// The same for what is remembered of subscribers.
pub(super) fn seal_fragments(connection: &Connection, seal: &Seal) -> Result<(), Trouble> {
    type Clear = (DeploymentId, String, String, String);
    let sql = "SELECT mta, namespace, org, space, module, resource, fragment FROM subscription";
    let mut statement = connection.prepare(sql)?;
    let clear = |row: &Row<'_>| Ok((deployment(row, 0)?, row.get(4)?, row.get(5)?, row.get(6)?));
    let clear: Vec<Clear> = statement.query_map([], clear)?.collect::<Result<_, _>>()?;
    let sql = "UPDATE subscription SET fragment = ?7 WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
               AND module = ?5 AND resource = ?6";
    for (id, module, resource, fragment) in clear {
        let sealed = seal.close(fragment.as_bytes(), &about_fragment(&id, &module, &resource));
        let [mta, namespace, org, space] = key_of(&id);
        connection.execute(sql, params![mta, namespace, org, space, module, resource, sealed])?;
    }
    Ok(())
}
