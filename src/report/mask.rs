//! Secrets are masked wherever values are shown.

use crate::tree::{Kind, Secrecy, Value};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Key, Origin};

    #[test]
    fn only_the_secret_part_of_a_value_is_masked() {
        let text = |text: &str| Value::text(text, Origin::Nowhere);
        let map = [("user", text("me")), ("password", text("hunter2").secret(Secrecy::Secret))];
        let map = map.into_iter().map(|(key, value)| (Key::from(key), value)).collect();
        let value = Value::list(vec![Value::map(map, Origin::Nowhere), text("x")], Origin::Nowhere);
        assert_eq!(masked(&value).to_json(), r#"[{"user":"me","password":"(sensitive)"},"x"]"#);
    }
}
