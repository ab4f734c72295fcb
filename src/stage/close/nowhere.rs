//! What to say when a path leads into a value that does not go on.

use crate::name::Suggestions;
use crate::tree::{Kind, Value};

/// Why there is nothing behind the rest of a path, and what to do about it.
pub fn nowhere(value: &Value, rest: &[String], suggestions: &Suggestions) -> (String, String) {
    let next = rest.first().map_or("", String::as_str);
    match &value.kind {
        Kind::List(items) => (
            format!("a list of {} has no position `{next}`", items.len()),
            match items.len() {
                0 => "The list is empty; give it a value, or refer to something else.".into(),
                1 => "The only position is 0.".into(),
                length => format!("Positions are whole numbers from 0 to {}.", length - 1),
            },
        ),
        Kind::Map(map) => {
            let names: Vec<&str> = map.keys().take(20).collect();
            let help = match suggestions.nearest(next, map.keys()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None if names.is_empty() => "The map is empty.".into(),
                None => format!("Its keys are `{}`.", names.join("`, `")),
            };
            (format!("the map there has no key `{}`", rest.join("/")), help)
        }
        Kind::Null => {
            (format!("there is no value for `{next}` to lead into"), "Give the parameter a list or a map.".into())
        }
        _ => (
            format!("{} has nothing inside it that `{next}` could name", value.kind_name()),
            "Leave out what goes further than the value.".into(),
        ),
    }
}
