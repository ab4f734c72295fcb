//! Secrets are masked wherever values are shown, unless the person in front of the screen asks for them.

use super::Global;
use super::exit::{Exit, Failure};
use crate::tree::{Kind, Secrecy, Value};

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ShowSecrets {
    /// Show sensitive values; needs a terminal on standard output, or --force
    #[arg(long)]
    pub show_secrets: bool,
    /// Show them also into a file or a pipe
    #[arg(long, requires = "show_secrets")]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visible {
    Secrets,
    Masked,
}

/// What stands in place of a secret.
pub const MASK: &str = "(sensitive)";

impl ShowSecrets {
    /// Decides before any work is done.
    pub fn decide(self, global: &Global) -> Result<Visible, Failure> {
        match (self.show_secrets, self.force || global.stdout().terminal) {
            (false, _) => Ok(Visible::Masked),
            (true, true) => Ok(Visible::Secrets),
            (true, false) => Err(Failure::new(Exit::Usage, "secrets are not written to what is no terminal")
                .next("add `--force` if whatever reads this may know them")),
        }
    }
}

impl Visible {
    /// The value as it may be shown.
    pub fn filter(self, value: &Value) -> Value {
        match self {
            Visible::Secrets => value.clone(),
            Visible::Masked => masked(value),
        }
    }
}

fn masked(value: &Value) -> Value {
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
        assert_eq!(Visible::Masked.filter(&value).to_json(), r#"[{"user":"me","password":"(sensitive)"},"x"]"#);
        assert_eq!(Visible::Secrets.filter(&value).to_json(), r#"[{"user":"me","password":"hunter2"},"x"]"#);
    }
}
