//! Secrets are masked wherever values are shown.

use crate::tree::{Kind, Secrecy, Value};
use std::borrow::Cow;

/// What stands in place of a secret.
pub const MASK: &str = "(sensitive)";

/// The value with every secret in it replaced by [`MASK`].
pub fn masked(value: &Value) -> Value {
    if value.secrecy == Secrecy::Secret {
        return Value::text(MASK, value.origin.clone());
    }
    if !value.holds_secret() {
        return value.clone();
    }
    let kind = match &value.kind {
        Kind::List(items) => Kind::List(items.iter().map(masked).collect::<Vec<_>>().into()),
        Kind::Map(map) => Kind::Map(map.iter().map(|(key, value)| (key.clone(), masked(value))).collect()),
        plain => plain.clone(),
    };
    Value::new(kind, value.origin.clone())
}

/// A text with what stands behind `!sensitive` blotted out, byte for byte, so that places in it stay what they are. The rest
/// of the row goes, and the deeper rows below it when the value is a block.
pub fn blotted(text: &str) -> Cow<'_, str> {
    if memchr::memmem::find(text.as_bytes(), TAG.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(blotted_rows(text, |row| row.find(TAG).map(|at| at + TAG.len())))
}

/// A text in which some rows are blotted out from a place on, and the deeper rows below them as a whole.
pub fn blotted_rows(text: &str, from: impl Fn(&str) -> Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    // The indentation of the row where it began, while its block goes on.
    let mut block: Option<usize> = None;
    for row in text.split_inclusive(['\n', '\r']) {
        let depth = row.len() - row.trim_start_matches([' ', '-']).len();
        let is_blank = row.trim().is_empty();
        if block.is_some_and(|outer| is_blank || depth > outer) {
            blot(row, &mut out);
            continue;
        }
        block = None;
        match from(row) {
            Some(at) => {
                let (kept, hidden) = row.split_at(at);
                out.push_str(kept);
                blot(hidden, &mut out);
                block = Some(depth);
            }
            None => out.push_str(row),
        }
    }
    out
}

const TAG: &str = "!sensitive";

pub fn blot(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_whitespace() {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n('*', c.len_utf8()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Key, Origin};

    #[test]
    fn a_quoted_text_keeps_its_length_and_loses_its_secrets() {
        let text = "a: !sensitive hünter2 # why\nb: 1\nc: !sensitive |\n  one\n\n  two\nd: 2\n";
        let shown = blotted(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, "a: !sensitive ******** * ***\nb: 1\nc: !sensitive *\n  ***\n\n  ***\nd: 2\n");
        assert_eq!(blotted("a: 1\n"), "a: 1\n");
    }

    #[test]
    fn only_the_secret_part_of_a_value_is_masked() {
        let text = |text: &str| Value::text(text, Origin::Nowhere);
        let map = [("user", text("me")), ("password", text("hunter2").secret(Secrecy::Secret))];
        let map = map.into_iter().map(|(key, value)| (Key::from(key), value)).collect();
        let value = Value::list(vec![Value::map(map, Origin::Nowhere), text("x")], Origin::Nowhere);
        assert_eq!(masked(&value).to_json(), r#"[{"user":"me","password":"(sensitive)"},"x"]"#);
    }
}
