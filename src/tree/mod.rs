//! Values of any depth that know where they come from.
//!
//! Everything under `properties` and `parameters` is a [`Value`]. Lists and maps are shared, so a stage that changes one
//! leaf of a large descriptor copies only the path to it. A text may still hold `${…}` and `~{…}`: which kinds may be left
//! is said by the stage's product (`Merged`, `Filled`, `Bound`), not by the leaf, because a reference may be assembled by
//! a placeholder (`~{${db}/url}`) and so exists only after placeholders are closed.

mod json;
mod map;
mod origin;
mod place;
pub mod read;
pub mod shape;

pub use json::write_json;
pub use map::{Key, Map};
pub use origin::{Built, Origin, Part};
pub use place::Place;

use crate::source::Span;
use std::collections::BTreeSet;
use std::ops::Range;
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

    /// What stands where nothing is known any more; `at` is where somebody wrote what should have become a value.
    pub fn broken(at: Option<Span>) -> Value {
        Value::new(Kind::Null, Origin::Broken(at, None))
    }

    /// The same in the place of a text in which another stage may find something else.
    pub fn broken_text(text: &Value) -> Value {
        Value::new(Kind::Null, Origin::Broken(text.span(), Some(Arc::new(text.clone()))))
    }

    /// The text that stood where nothing is known any more.
    pub fn broken_from(&self) -> Option<&Value> {
        match &self.origin {
            Origin::Broken(_, text) => text.as_deref(),
            Origin::Written(_) | Origin::Built(_) | Origin::Nowhere => None,
        }
    }

    pub fn is_broken(&self) -> bool {
        matches!(self.origin, Origin::Broken(..))
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

    /// The place of a part of a text, by its bytes. Exact when the text stands in the source as it is, or in quotes without
    /// escapes; else the place of the whole text.
    pub fn span_of_part(&self, range: &Range<usize>) -> Option<Span> {
        let Some(span) = self.origin.written() else { return self.span() };
        let length = self.as_text().map_or(0, str::len);
        match span.range().len().checked_sub(length) {
            Some(0) => Some(span.part(range.clone())),
            Some(2) => Some(span.part(range.start + 1..range.end + 1)),
            _ => Some(span),
        }
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

    /// Adds the texts of the secrets in this value: of each scalar that is one, and of those that went into one.
    pub fn secret_texts(&self, found: &mut BTreeSet<Box<str>>) {
        found.extend(self.origin.secrets().into_iter().flat_map(|secrets| secrets.iter().cloned()));
        match &self.kind {
            Kind::List(items) => items.iter().for_each(|item| item.secret_texts(found)),
            Kind::Map(map) => map.iter().for_each(|(_, item)| item.secret_texts(found)),
            Kind::Text(text) if self.secrecy == Secrecy::Secret => _ = found.insert((**text).into()),
            Kind::Int(_) | Kind::Float(_) | Kind::Big(_) if self.secrecy == Secrecy::Secret => {
                found.insert(self.to_json().into());
            }
            // Not even when it is secret: these words are everywhere.
            Kind::Null | Kind::Bool(_) => {}
            Kind::Text(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => {}
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
