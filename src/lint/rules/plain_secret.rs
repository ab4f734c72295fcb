//! A password, key or token in clear text.

use super::super::page::{Page, Part};
use crate::finding::{Finding, Findings, PLAIN_SECRET};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style, scalar};
use crate::text::{Form, has_hole};

/// Words of a name that say that the value is a secret. The name is cut at `-`, `_`, `.` and where a capital begins.
const WORDS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["passphrase"],
    &["secret"],
    &["token"],
    &["apikey"],
    &["api", "key"],
    &["private", "key"],
    &["privatekey"],
    &["access", "key"],
    &["client", "secret"],
    &["clientsecret"],
];

/// Names that end in one of these speak about a secret and do not hold one: `token-url`, `password-policy`.
const ABOUT: &[&str] = &[
    "url",
    "uri",
    "path",
    "file",
    "name",
    "type",
    "validity",
    "policy",
    "length",
    "ttl",
    "expiry",
    "expiration",
    "timeout",
    "endpoint",
    "service",
    "issuer",
    "audience",
    "algorithm",
    "enabled",
    "required",
    "header",
    "key",
    "id",
    "ref",
    "mode",
    "format",
];

/// How known keys and tokens begin, with the fewest characters that they have.
const PREFIXES: &[(&str, usize)] = &[
    ("glpat-", 20),
    ("ghp_", 36),
    ("github_pat_", 40),
    ("gho_", 36),
    ("ghs_", 36),
    ("dckr_pat_", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 20),
    ("sk_live_", 20),
    ("AIza", 35),
    ("npm_", 36),
    ("SG.", 60),
];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        for (values, flags) in [("properties", "properties-metadata"), ("parameters", "parameters-metadata")] {
            let flags = part.entries(flags);
            for pair in part.entries(values) {
                let marked = flags.iter().any(|flag| flag.key.value == pair.key.value && says_sensitive(&flag.value));
                if !marked {
                    walk(part, values, pair, false, findings);
                }
            }
        }
    }
}

fn says_sensitive(flags: &Node) -> bool {
    flags
        .pairs()
        .iter()
        .any(|pair| &*pair.key.value == "sensitive" && super::super::page::text(&pair.value) == Some("true"))
}

fn walk(part: &Part<'_>, values: &str, pair: &Pair, inside: bool, findings: &mut Findings) {
    let named = names_a_secret(&pair.key.value) || (inside && pair.value.is_sensitive());
    look(part, values, &pair.key.value, &pair.value, named, findings);
}

fn look(part: &Part<'_>, values: &str, name: &str, node: &Node, named: bool, findings: &mut Findings) {
    if node.is_sensitive() {
        return;
    }
    match &node.kind {
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| walk(part, values, pair, named, findings)),
        NodeKind::List(items) => items.iter().for_each(|item| look(part, values, name, item, named, findings)),
        NodeKind::Scalar(Scalar { text, style }) => {
            let is_text = || *style == Style::Quoted || scalar::resolve(text) == scalar::Plain::Text;
            let open =
                || [Form::Placeholder, Form::Short, Form::Qualified].into_iter().any(|form| has_hole(text, form));
            let why = if text.is_empty() {
                return;
            } else if is_known_key(text) {
                "looks like a key or token"
            } else if named && is_text() && !is_filler(text) {
                "has the name of a secret"
            } else {
                return;
            };
            if open() {
                return;
            }
            findings.push(
                Finding::new(&PLAIN_SECRET, node.span, format!("The value of `{name}` of {} {why} and stands here in clear text.", part.title()))
                    .path(part.path_of(&[values, name]))
                    .help("Put it into the secret store (`windlass secret set NAME`) and write `${secret:NAME}`, or mark it with `!sensitive`."),
            );
        }
    }
}

/// Why a value of this name should not stand in clear text, as the end of a sentence; `None` when it may.
pub fn why_secret(name: &str, text: &str) -> Option<&'static str> {
    if text.is_empty() || [Form::Placeholder, Form::Short, Form::Qualified].into_iter().any(|form| has_hole(text, form))
    {
        return None;
    }
    let named = || names_a_secret(name) && scalar::resolve(text) == scalar::Plain::Text && !is_filler(text);
    if is_known_key(text) { Some("looks like a key or token") } else { named().then_some("has the name of a secret") }
}

fn names_a_secret(name: &str) -> bool {
    if !may_name_a_secret(name) {
        return false;
    }
    let words = words(name);
    if words.last().is_some_and(|last| ABOUT.contains(&last.as_str()) && !ends_with_secret(&words)) {
        return false;
    }
    WORDS.iter().any(|secret| words.windows(secret.len()).any(|window| window == *secret))
}

/// A look that needs no memory, for the many names that have nothing of a secret: each of [`WORDS`] has one of these in it.
fn may_name_a_secret(name: &str) -> bool {
    let holds = |part: &str| name.as_bytes().windows(part.len()).any(|at| at.eq_ignore_ascii_case(part.as_bytes()));
    !name.is_ascii() || ["pass", "secret", "token", "key"].into_iter().any(holds)
}

/// `api-key` ends with `key` and is a secret all the same.
fn ends_with_secret(words: &[String]) -> bool {
    WORDS.iter().any(|secret| words.len() >= secret.len() && words[words.len() - secret.len()..] == **secret)
}

/// `dbPassword`, `DB_PASSWORD`, `db-password` → `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars() {
        if !character.is_alphanumeric() {
            words.push(String::new());
        } else {
            if character.is_uppercase() && before.is_lowercase() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(character.to_lowercase());
            }
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_known_key(text: &str) -> bool {
    text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY")
        || PREFIXES.iter().any(|(prefix, length)| {
            text.starts_with(prefix)
                && text.len() >= *length
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        })
}

/// What nobody could take for a secret: `<password>`, `changeme`, `***`, a word such as `none`.
fn is_filler(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let bracketed = |open, close| lower.starts_with(open) && lower.ends_with(close);
    let repeated = lower.chars().all(|c| matches!(c, '*' | 'x' | '.' | '?' | '-' | '_'));
    let words = [
        "changeme",
        "change-me",
        "change_me",
        "todo",
        "tbd",
        "none",
        "null",
        "dummy",
        "example",
        "placeholder",
        "your",
        "true",
        "false",
    ];
    bracketed('<', '>')
        || bracketed('{', '}')
        || bracketed('%', '%')
        || repeated
        || words.iter().any(|word| lower.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_a_secret() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "api-key",
            "APIKEY",
            "client_secret",
            "clientSecret",
            "token",
            "private.key",
            "password2fa-secret",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "token-url",
            "tokenValidity",
            "password-policy",
            "secretary",
            "keystore",
            "author",
            "SECRET_NAME",
            "cache-key",
            "passwordless",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
        assert!(is_known_key(&format!("ghp_{}", "a".repeat(36))) && !is_known_key("ghp_short"));
        assert!(
            is_filler("<your password>") && is_filler("changeme") && is_filler("********") && !is_filler("Tr0ub4dor")
        );
    }
}
