//! Nodes and JSON → values.

use super::{Key, Kind, Map, Origin, Secrecy, Value};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style, scalar};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Returns the value that a node stands for. What is marked `!sensitive` is secret, with everything in it; a scalar so
/// marked is a text, whatever it looks like (`!sensitive 42` is `"42"`).
pub fn value(node: &Node) -> Value {
    value_in(node, Secrecy::Open)
}

fn value_in(node: &Node, around: Secrecy) -> Value {
    let secrecy = if node.is_sensitive() { Secrecy::Secret } else { around };
    let kind = match &node.kind {
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) if !node.is_sensitive() => plain(text),
        NodeKind::Scalar(Scalar { text, .. }) => Kind::Text(Arc::clone(text)),
        NodeKind::List(items) => Kind::List(Arc::new(items.iter().map(|item| value_in(item, secrecy)).collect())),
        NodeKind::Map(pairs) => Kind::Map(entries(pairs, secrecy)),
    };
    Value { kind, origin: Origin::Written(node.span), secrecy }
}

/// Returns the pairs of a map node as a map of values.
pub fn map(pairs: &[Pair]) -> Map {
    entries(pairs, Secrecy::Open)
}

fn entries(pairs: &[Pair], secrecy: Secrecy) -> Map {
    let key = |pair: &Pair| Key { text: Arc::clone(&pair.key.value), span: Some(pair.key.span) };
    pairs.iter().map(|pair| (key(pair), value_in(&pair.value, secrecy))).collect()
}

fn plain(text: &Arc<str>) -> Kind {
    match scalar::resolve(text) {
        scalar::Plain::Null => Kind::Null,
        scalar::Plain::Bool(yes) => Kind::Bool(yes),
        scalar::Plain::Int(number) => Kind::Int(number),
        scalar::Plain::Big(digits) => Kind::Big(digits.into()),
        scalar::Plain::Float(number) => Kind::Float(number),
        scalar::Plain::Text => Kind::Text(Arc::clone(text)),
    }
}

/// Reads a JSON text; every value in it gets `origin`. The order of keys is kept, and of a key given twice the last value
/// counts. Text that is nested deeper than 128 levels is refused.
pub fn read_json(text: &str, origin: &Origin) -> Result<Value, serde_json::Error> {
    let wide = RefCell::new(wide_numbers(text));
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Json { origin, wide: &wide }.deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// serde_json hands integers of more than 64 bits on as floats and so changes their digits. This finds the numbers that
/// it will call floats, in the order of the text: `Some` for an integer, `None` for what is a float indeed.
fn wide_numbers(text: &str) -> VecDeque<Option<Arc<str>>> {
    let bytes = text.as_bytes();
    let mut numbers = VecDeque::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = behind_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let number_like = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                let end =
                    bytes[at..].iter().position(|byte| !number_like(byte)).map_or(bytes.len(), |length| at + length);
                let number = &text[at..end];
                if number.contains(['.', 'e', 'E']) || number == "-0" {
                    numbers.push_back(None);
                } else if number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
                    numbers.push_back(Some(number.into()));
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    numbers
}

fn behind_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(offset) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += offset;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[derive(Clone, Copy)]
struct Json<'j> {
    origin: &'j Origin,
    wide: &'j RefCell<VecDeque<Option<Arc<str>>>>,
}

impl Json<'_> {
    fn value<E>(self, kind: Kind) -> Result<Value, E> {
        Ok(Value::new(kind, self.origin.clone()))
    }
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.value(Kind::Null)
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Value, E> {
        self.value(Kind::Bool(yes))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        self.value(Kind::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        self.value(i64::try_from(number).map_or_else(|_| Kind::Big(number.to_string().into()), Kind::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        let integer = self.wide.borrow_mut().pop_front().flatten();
        self.value(integer.map_or(Kind::Float(number), Kind::Big))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.value(Kind::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        self.value(Kind::List(Arc::new(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(text) = access.next_key::<String>()? {
            map.insert(Key { text: text.into(), span: self.origin.span() }, access.next_value_seed(self)?);
        }
        self.value(Kind::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, yaml};

    fn from_yaml(text: &str) -> Value {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let read = yaml::read(&sources, file);
        assert!(read.findings.is_empty(), "{:?}", read.findings);
        value(&read.product.expect("the text is sound"))
    }

    #[test]
    fn quotes_and_tags_decide_between_text_and_number() {
        let read =
            from_yaml("a: 0777\nb: '0777'\nc: !!str 1\nd: !!int '1'\ne: !!float 1\nf: |\n  1\ng:\nh: 2020-01-02\n");
        assert_eq!(read.to_json(), r#"{"a":511,"b":"0777","c":"1","d":1,"e":1.0,"f":"1\n","g":null,"h":"2020-01-02"}"#);
    }

    #[test]
    fn sensitive_scalars_are_texts_and_secret() {
        let read = from_yaml("a: !sensitive 42\nb: !sensitive\n  c: [1]\nd: 1\n");
        assert_eq!(read.to_json(), r#"{"a":"42","b":{"c":[1]},"d":1}"#);
        let map = read.as_map().expect("a map");
        let secrecy = |key: &str| map.get(key).map(|value| value.secrecy);
        assert_eq!(secrecy("a"), Some(Secrecy::Secret));
        assert_eq!(secrecy("d"), Some(Secrecy::Open));
        let inner = map.get("b").and_then(Value::as_map).and_then(|map| map.get("c")).and_then(Value::as_list);
        assert_eq!(inner.map(|items| items[0].secrecy), Some(Secrecy::Secret));
    }

    #[test]
    fn json_comes_back_as_it_was_written() {
        for text in [
            r#"{"b":1,"a":[null,true,-1.5,"ü\"\n"],"c":{"10":{}}}"#,
            r#"[18446744073709551615,123456789012345678901234567890,-123456789012345678901234567890]"#,
            r#"[1e30,"1e30 \\",-0.0,12345678901234567890123]"#,
        ] {
            let read = read_json(text, &Origin::Nowhere).expect("JSON");
            assert_eq!(read.to_json().replace("1e+30", "1e30"), text);
        }
        assert!(read_json("{} x", &Origin::Nowhere).is_err());
        assert!(read_json(&"[".repeat(100_000), &Origin::Nowhere).is_err());
    }
}
