//! Maps that keep the author's order and are shared until changed.
//!
//! Nearly all maps of a descriptor have a handful of keys, and there are very many of them, so a map is a plain list that
//! is searched from the front; only one with more than [`FEW`] keys gets an index.

use super::Value;
use crate::source::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// A key of a map and where it was written. Equal by its text.
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

impl From<&str> for Key {
    fn from(text: &str) -> Key {
        Key { text: text.into(), span: None }
    }
}

/// A map. The empty one takes no memory.
#[derive(Clone, Debug, Default)]
pub struct Map(Option<Arc<Entries>>);

#[derive(Clone, Debug, Default)]
struct Entries {
    list: Vec<(Key, Value)>,
    /// Positions by key, once there are more than [`FEW`].
    #[expect(clippy::box_collection, reason = "nearly all maps go without, and there are very many of them")]
    index: Option<Box<HashMap<Arc<str>, usize>>>,
}

/// Up to this many keys, looking at each is as fast as asking an index.
const FEW: usize = 16;

impl Entries {
    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.list.iter().position(|(held, _)| *held.text == *key),
        }
    }

    /// A key that is there keeps its position and takes the new key's span.
    fn set(&mut self, key: Key, value: Value) {
        if let Some(at) = self.position(&key.text) {
            self.list[at] = (key, value);
            return;
        }
        if let Some(index) = &mut self.index {
            index.insert(Arc::clone(&key.text), self.list.len());
        }
        self.list.push((key, value));
        if self.index.is_none() && self.list.len() > FEW {
            self.reindex();
        }
    }

    fn reindex(&mut self) {
        let positions = self.list.iter().enumerate().map(|(at, (key, _))| (Arc::clone(&key.text), at));
        self.index = (self.list.len() > FEW).then(|| Box::new(positions.collect()));
    }
}

impl Map {
    fn list(&self) -> &[(Key, Value)] {
        self.0.as_ref().map_or(&[], |entries| &entries.list)
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.get_key_value(key).map(|(_, value)| value)
    }

    pub fn get_key_value(&self, key: &str) -> Option<(&Key, &Value)> {
        let at = self.0.as_ref()?.position(key)?;
        self.list().get(at).map(|(key, value)| (key, value))
    }

    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.list().iter().map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| &*key.text)
    }

    pub fn len(&self) -> usize {
        self.list().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets a value. A key that is there keeps its position and takes the new key's span.
    pub fn insert(&mut self, key: Key, value: Value) {
        Arc::make_mut(self.0.get_or_insert_default()).set(key, value);
    }

    /// Takes a key out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.0.as_ref()?.position(key)?;
        let entries = Arc::make_mut(self.0.as_mut()?);
        let (_, value) = entries.list.remove(at);
        entries.reindex();
        Some(value)
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
    /// Of two equal keys the later one wins, in the place of the earlier one.
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(pairs: I) -> Map {
        let pairs = pairs.into_iter();
        let mut entries = Entries { list: Vec::with_capacity(pairs.size_hint().0), index: None };
        for (key, value) in pairs {
            entries.set(key, value);
        }
        if entries.list.is_empty() { Map(None) } else { Map(Some(Arc::new(entries))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Kind, Origin};

    fn number(number: i64) -> Value {
        Value::new(Kind::Int(number), Origin::Nowhere)
    }

    /// The same with and without an index: order, replacement, removal.
    #[test]
    fn small_and_large_maps_behave_alike() {
        for size in [3, FEW, FEW + 1, 200] {
            let name = |at: usize| format!("key-{at}");
            let mut map: Map = (0..size).map(|at| (Key::from(&*name(at)), number(at as i64))).collect();
            assert_eq!(map.len(), size);
            map.insert(Key::from("key-1"), number(-1));
            assert_eq!(map.get("key-1"), Some(&number(-1)));
            assert_eq!(map.keys().nth(1), Some("key-1"));
            assert_eq!(map.remove("key-0"), Some(number(0)));
            assert_eq!(map.remove("key-0"), None);
            assert_eq!(map.keys().next(), Some("key-1"));
            assert_eq!(map.get(&name(size - 1)), Some(&number(size as i64 - 1)));
            map.insert(Key::from("key-0"), number(7));
            assert_eq!(map.keys().last(), Some("key-0"));
            assert_eq!(map.len(), size);
            let mut pairs: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            pairs.reverse();
            assert_eq!(map, pairs.into_iter().collect());
        }
    }
}
