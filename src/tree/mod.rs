//! Values of any depth that know where they come from.
//!
//! Everything under `properties` and `parameters` is a [`Value`]. Lists and maps are shared, so a stage that changes one
//! leaf of a large descriptor copies only the path to it. A text may still hold `${…}` and `~{…}`: which kinds may be left
//! is said by the stage's product (`Merged`, `Filled`, `Bound`), not by the leaf, because a reference may be assembled by
//! a placeholder (`~{${db}/url}`) and so exists only after placeholders are closed.

mod json;
mod origin;
mod place;
pub mod read;
pub mod shape;

pub use json::write_json;
pub use origin::{Built, Origin, Part};
pub use place::Place;

use crate::source::Span;
use indexmap::IndexMap;
use indexmap::map::MutableKeys;
use std::sync::Arc;

/// Whether a value must be masked wherever it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secrecy {
    Open,
    Secret,
}

impl Secrecy {
    pub fn or(self, other: Secrecy) -> Secrecy {
        self.max(other)
    }
}

/// A value. Two values are equal when their contents are; origin and secrecy do not count.
#[derive(Clone, Debug)]
pub struct Value {
    pub kind: Kind,
    pub origin: Origin,
    pub secrecy: Secrecy,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The digits of an integer that needs more than 64 bits.
    Big(Arc<str>),
    Text(Arc<str>),
    List(Arc<Vec<Value>>),
    Map(Map),
}

impl Value {
    pub fn new(kind: Kind, origin: Origin) -> Value {
        Value { kind, origin, secrecy: Secrecy::Open }
    }

    pub fn text(text: impl Into<Arc<str>>, origin: Origin) -> Value {
        Value::new(Kind::Text(text.into()), origin)
    }

    pub fn list(items: Vec<Value>, origin: Origin) -> Value {
        Value::new(Kind::List(Arc::new(items)), origin)
    }

    pub fn map(map: Map, origin: Origin) -> Value {
        Value::new(Kind::Map(map), origin)
    }

    pub fn secret(mut self, secrecy: Secrecy) -> Value {
        self.secrecy = self.secrecy.or(secrecy);
        self
    }

    /// Marks the value and everything inside it as secret, so that a part taken out of it stays one.
    pub fn sealed(self) -> Value {
        let kind = match self.kind {
            Kind::List(items) => Kind::List(Arc::new(items.iter().cloned().map(Value::sealed).collect())),
            Kind::Map(map) => Kind::Map(map.iter().map(|(key, value)| (key.clone(), value.clone().sealed())).collect()),
            scalar => scalar,
        };
        Value { kind, origin: self.origin, secrecy: Secrecy::Secret }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            Kind::Int(number) => Some(number),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Where to point when something is wrong with this value.
    pub fn span(&self) -> Option<Span> {
        self.origin.span()
    }

    /// Whether this value, or anything inside it, must be masked.
    pub fn holds_secret(&self) -> bool {
        self.secrecy == Secrecy::Secret
            || match &self.kind {
                Kind::List(items) => items.iter().any(Value::holds_secret),
                Kind::Map(map) => map.iter().any(|(_, value)| value.holds_secret()),
                _ => false,
            }
    }

    /// Whether the system parameter `timestamp` is in this value or in anything inside it.
    pub fn tells_the_time(&self) -> bool {
        self.origin.tells_the_time()
            || match &self.kind {
                Kind::List(items) => items.iter().any(Value::tells_the_time),
                Kind::Map(map) => map.iter().any(|(_, value)| value.tells_the_time()),
                _ => false,
            }
    }

    /// `a map`, `a list`, `a string` …, for messages.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Big(_) => "an integer",
            Kind::Float(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// Compact JSON, keys in the order written.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_json(self, &mut out);
        out
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Int(a), Kind::Int(b)) => a == b,
            (Kind::Float(a), Kind::Float(b)) => a == b,
            #[expect(
                clippy::cast_precision_loss,
                reason = "1 equals 1.0; large integers are compared as JSON readers do"
            )]
            (Kind::Int(a), Kind::Float(b)) | (Kind::Float(b), Kind::Int(a)) => *a as f64 == *b,
            (Kind::Big(a), Kind::Big(b)) => a == b,
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::List(a), Kind::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Kind::Map(a), Kind::Map(b)) => a == b,
            _ => false,
        }
    }
}

/// A key of a map and where it was written. Equal, and hashed, by its text.
#[derive(Clone, Debug)]
pub struct Key {
    pub text: Arc<str>,
    pub span: Option<Span>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.text == other.text
    }
}

impl Eq for Key {}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        str::hash(&self.text, state);
    }
}

impl std::borrow::Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Key {
        Key { text: text.into(), span: None }
    }
}

/// A map that keeps the author's order and is shared until changed. The empty map takes no memory.
#[derive(Clone, Debug, Default)]
pub struct Map(Option<Arc<IndexMap<Key, Value>>>);

impl Map {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.as_ref()?.get(key)
    }

    pub fn get_key_value(&self, key: &str) -> Option<(&Key, &Value)> {
        self.0.as_ref()?.get_key_value(key)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.0.iter().flat_map(|map| map.iter())
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| &*key.text)
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |map| map.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets a value. A key that is there keeps its position and takes the new key's span.
    pub fn insert(&mut self, key: Key, value: Value) {
        let map = Arc::make_mut(self.0.get_or_insert_default());
        match map.get_full_mut2(&*key.text) {
            Some((_, old, held)) => (*old, *held) = (key, value),
            None => {
                map.insert(key, value);
            }
        }
    }

    /// Takes a key out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        if !self.contains(key) {
            return None;
        }
        Arc::make_mut(self.0.as_mut()?).shift_remove(key)
    }

    /// Whether two maps are the same piece of memory: then nothing needs to be compared or replaced.
    pub fn shares_memory_with(&self, other: &Map) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.shares_memory_with(other)
            || (self.len() == other.len() && self.iter().all(|(key, value)| other.get(&key.text) == Some(value)))
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Map {
        let map: IndexMap<Key, Value> = entries.into_iter().collect();
        if map.is_empty() { Map(None) } else { Map(Some(Arc::new(map))) }
    }
}
