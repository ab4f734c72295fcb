//! Values as YAML.
//!
//! What is written reads back as the same value, with a reader of YAML 1.1 and with one of 1.2: texts that either of them
//! would take for something else (`yes`, `0777`, `12:30:45`, `~`) are quoted.

use crate::tree::{Kind, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_saphyr::{Tagged, ser_options};

/// Returns the value as a YAML document in block style.
pub fn to_yaml(value: &Value) -> Result<String, serde_saphyr::ser::Error> {
    // Quotes instead of block scalars: a block cannot hold every text (trailing blanks, bare carriage returns).
    let options = ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(&Yaml(value), options)
}

struct Yaml<'a>(&'a Value);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.kind {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool(yes) => serializer.serialize_bool(*yes),
            Kind::Int(number) => serializer.serialize_i64(*number),
            Kind::Float(number) => serializer.serialize_f64(*number),
            Kind::Big(digits) => big(digits, serializer),
            Kind::Text(text) => serializer.serialize_str(text),
            Kind::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(&Yaml(item))?;
                }
                list.end()
            }
            Kind::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, item) in entries.iter() {
                    map.serialize_entry(&*key.text, &Yaml(item))?;
                }
                map.end()
            }
        }
    }
}

/// Digits that no machine integer holds are written as text that says it is a number.
fn big<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match (digits.parse::<i128>(), digits.parse::<u128>()) {
        (Ok(number), _) => serializer.serialize_i128(number),
        (_, Ok(number)) => serializer.serialize_u128(number),
        _ => Tagged(digits, Some("tag:yaml.org,2002:int".to_string())).serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, yaml};
    use crate::tree::{Key, Map, Origin, read};

    fn reread(text: &str) -> Value {
        let mut sources = Sources::default();
        let file = sources.add("out.yaml", text);
        let staged = yaml::read(&sources, file);
        assert!(staged.findings.is_empty(), "{:?}\n{text}", staged.findings);
        read::value(&staged.product.unwrap())
    }

    fn text(text: &str) -> Value {
        Value::text(text, Origin::Nowhere)
    }

    /// Texts that some reader would take for something else, or that some style of writing cannot hold.
    const TRICKY: &[&str] = &[
        "",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "False",
        "null",
        "Null",
        "~",
        "=",
        "<<",
        "0",
        "0777",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "+1",
        "-0",
        "1e3",
        "1.",
        ".5",
        "1.0",
        ".inf",
        "-.INF",
        ".nan",
        "12:30:45",
        "190:20:30.15",
        "12:30",
        "2020-01-02",
        "2001-12-14t21:59:43.10-05:00",
        " leading",
        "trailing ",
        "\ttab",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "?",
        ": a",
        "a:",
        "[a",
        "{a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "it's \"so\"",
        "\\d",
        "---",
        "...",
        "--- a",
        "two\nlines",
        "two\nlines\n",
        "\n",
        "a\n\n b\n",
        " \nx",
        "cr\rlf\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "\u{0}\u{7}\u{1b}",
        "ä€😀",
        "~{a/b}",
        "${x}",
        "9223372036854775808",
        "0.1e-5",
        "<<: *a",
        "a,b",
        "!!int 1",
        "1__0",
        "0_7",
    ];

    #[test]
    fn every_text_reads_back_as_itself_as_value_and_as_key() {
        for tricky in TRICKY {
            let list = Value::list(vec![text(tricky)], Origin::Nowhere);
            let entries = [(Key::from(*tricky), list), (Key::from("k"), text(tricky))];
            let map = Value::map(entries.into_iter().collect::<Map>(), Origin::Nowhere);
            let written = to_yaml(&map).unwrap();
            if *tricky != "<<" {
                // As a key, `<<` means a merge to our reader even in quotes.
                assert_eq!(reread(&written), map, "{tricky:?} was written as\n{written}");
            }
            let other: serde_json::Value = serde_yaml::from_str(&written).unwrap_or_else(|e| panic!("{e}\n{written}"));
            assert_eq!(other["k"], serde_json::Value::from(*tricky), "{tricky:?} was written as\n{written}");
        }
    }

    #[test]
    fn numbers_and_structures_read_back_as_themselves() {
        let huge = "9".repeat(60);
        let value = read::read_json(
            r#"{"i": -9223372036854775808, "f": 1.0, "e": 1e300, "small": 1e-7, "b": false, "n": null, "l": [], "m": {},
                "deep": [[1, [2]], {"a": [{"b": []}]}], "big": 18446744073709551616}"#,
            &Origin::Nowhere,
        )
        .unwrap();
        assert_eq!(reread(&to_yaml(&value).unwrap()), value);
        let huge = Value::list(vec![Value::new(Kind::Big(huge.into()), Origin::Nowhere)], Origin::Nowhere);
        assert_eq!(reread(&to_yaml(&huge).unwrap()), huge, "{}", to_yaml(&huge).unwrap());
    }
}
