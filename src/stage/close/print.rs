//! A value inside a longer text.

use crate::tree::{Kind, Value};
use std::fmt::Write;

/// Appends a value as the deploy service prints it: `[1, 2]`, `{a=1, b=[2]}` with sorted keys.
pub fn print(value: &Value, out: &mut String) {
    match &value.kind {
        Kind::Text(text) => out.push_str(text),
        Kind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                print(item, out);
            }
            out.push(']');
        }
        Kind::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.text.cmp(&b.0.text));
            out.push('{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                // Writing into a String cannot fail.
                let _ = write!(out, "{}=", key.text);
                print(item, out);
            }
            out.push('}');
        }
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => out.push_str(&value.to_json()),
    }
}
