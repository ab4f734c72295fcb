//! What organisations, spaces and namespaces may be called.
//!
//! They become parts of hosts, labels and stored rows. An organisation and a space may have nearly any name, as on the platform;
//! a namespace is windlass's own choice within the rule that it has at most 36 characters (reference `parameters.md`, section 9).

/// How long a namespace may be.
pub const LONGEST_NAMESPACE: usize = 36;

const LONGEST_PLACE: usize = 128;

/// The word that stands for "without a namespace" in queries to the registry.
pub const RESERVED_NAMESPACE: &str = "default";

/// Checks the name of an organisation or a space. `Err`: what is wrong with it, as a sentence.
pub fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("it is empty".into());
    }
    if name == "*" {
        return Err("`*` stands for every one, and this must be one".into());
    }
    if name.trim() != name {
        return Err("it begins or ends with a blank".into());
    }
    if let Some(odd) = name.chars().find(|c| c.is_control()) {
        return Err(format!("it holds the control character {}", odd.escape_default()));
    }
    match name.chars().count() {
        0..=LONGEST_PLACE => Ok(()),
        length => Err(format!("it has {length} characters, and may have {LONGEST_PLACE}")),
    }
}

/// Checks a namespace: letters, digits and inner `-`, `_`, `.`, at most 36 characters. `Err`: what is wrong with it.
pub fn check_namespace(name: &str) -> Result<(), String> {
    const MADE_OF: &str = "a namespace is made of letters, digits and inner `-`, `_`, `.`";
    if let Some(odd) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        return Err(format!("{MADE_OF}, and this one has `{}`", odd.escape_debug()));
    }
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    if !(name.starts_with(is_edge) && name.ends_with(is_edge)) {
        return Err(format!("{MADE_OF}, and begins and ends with a letter or a digit"));
    }
    match name.len() {
        0..=LONGEST_NAMESPACE => Ok(()),
        length => Err(format!("it has {length} characters, and a namespace may have {LONGEST_NAMESPACE}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_may_have_nearly_any_name() {
        for good in ["acme", "My Org", "Größe", "a/b", "x.y_z"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "*", " a", "a\n", "a\tb", &"x".repeat(129)] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_namespace_can_be_part_of_a_host() {
        for good in ["a", "blue", "team-1", "Team.A_b", &"n".repeat(36)] {
            assert_eq!(check_namespace(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "ä", "a/b", "a*", &"n".repeat(37)] {
            assert!(check_namespace(bad).is_err(), "{bad:?}");
        }
    }
}
