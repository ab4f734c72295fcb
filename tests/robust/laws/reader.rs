//! What is written is what is read.

use super::cases;
use crate::properties;
use proptest::collection::vec;
use proptest::prelude::*;
use windlass::report::yaml::to_yaml;
use windlass::tree::{Key, Kind, Map, Origin, Value};

/// Characters and words that mean something somewhere in YAML, or in one of its versions.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\t",
    ":",
    ": ",
    "#",
    " #",
    "-",
    "- ",
    "?",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&",
    "*",
    "!",
    "!!",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "\\",
    "~",
    "=",
    "<",
    "y",
    "no",
    "on",
    "null",
    "true",
    "0",
    "1",
    "7",
    "x",
    "0x",
    "0o",
    "e",
    "E",
    "+",
    ".",
    "_",
    ".inf",
    ".nan",
    "12:30",
    "2020-01-02",
    "---",
    "...",
    "a",
    "é",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{1f600}",
];

fn soup() -> impl Strategy<Value = String> {
    vec(prop_oneof![4 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)], 0..8)
        .prop_map(|pieces| pieces.concat())
}

fn leaf() -> impl Strategy<Value = Kind> {
    let digits = "-?[1-9][0-9]{19,40}";
    prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        prop_oneof![-20_i64..20, any::<i64>()].prop_map(Kind::Int),
        any::<f64>().prop_map(Kind::Float),
        digits.prop_map(|digits| Kind::Big(digits.into())),
        soup().prop_map(|text| Kind::Text(text.into())),
    ]
}

/// Values of a few levels, in a list: nothing alone is no document. No key is `<<`, which means a merge to our reader even in quotes.
fn value() -> impl Strategy<Value = Value> {
    let written = |kind| Value::new(kind, Origin::Nowhere);
    leaf()
        .prop_map(written)
        .prop_recursive(4, 40, 6, |inner| {
            let key = soup().prop_filter("a merge key", |key| key != "<<");
            prop_oneof![
                vec(inner.clone(), 0..6).prop_map(|items| Value::list(items, Origin::Nowhere)),
                vec((key, inner), 0..6).prop_map(|pairs| {
                    let pairs = pairs.into_iter().map(|(key, value)| (Key::from(key.as_str()), value));
                    Value::map(pairs.collect::<Map>(), Origin::Nowhere)
                }),
            ]
        })
        .prop_map(|value| Value::list(vec![value], Origin::Nowhere))
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_value_reads_back_as_itself(value in value()) {
        properties::tree::output_reads_back(&value);
    }

    #[test]
    fn another_reader_reads_the_same_value(value in value()) {
        let written = to_yaml(&value).unwrap();
        match serde_yaml::from_str(&written) {
            Ok(other) => prop_assert!(agree(&value, &other), "{value:?}\nwas written as\n{written}\nand there it is {other:?}"),
            // It knows no integers of more than 64 bits.
            Err(error) => prop_assert!(has_big(&value), "{error}\n{written}"),
        }
    }

    /// No panic, places inside the text, texts that are the slices under them.
    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in vec(soup(), 0..12).prop_map(|lines| lines.concat())) {
        properties::tree::check(text.as_bytes());
    }
}

fn agree(ours: &Value, other: &serde_yaml::Value) -> bool {
    use serde_yaml::Value as Other;
    match (&ours.kind, other) {
        (Kind::Null, Other::Null) => true,
        (Kind::Bool(a), Other::Bool(b)) => a == b,
        (Kind::Int(a), Other::Number(b)) => b.as_i64() == Some(*a),
        (Kind::Float(a), Other::Number(b)) => b.as_f64().is_some_and(|b| b == *a || (a.is_nan() && b.is_nan())),
        // Beyond its integers, digits are a float or a text to it.
        (Kind::Big(a), Other::Number(b)) => b.as_f64() == a.parse().ok(),
        (Kind::Big(_), Other::String(_) | Other::Tagged(_)) => true,
        (Kind::Text(a), Other::String(b)) => **a == **b,
        (Kind::List(a), Other::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b)),
        (Kind::Map(a), Other::Mapping(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(&*key.text).is_some_and(|b| agree(a, b)))
        }
        _ => false,
    }
}

fn has_big(value: &Value) -> bool {
    match &value.kind {
        Kind::Big(_) => true,
        Kind::List(items) => items.iter().any(has_big),
        Kind::Map(map) => map.iter().any(|(_, value)| has_big(value)),
        _ => false,
    }
}
