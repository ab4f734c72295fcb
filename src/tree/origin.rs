//! Where a value comes from: so that messages can point, and `env --explain` can tell.

use super::Value;
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Origin {
    /// The author's own text, in a descriptor, an extension or a target file.
    Written(Span),
    Built(Arc<Built>),
    /// Of a null that stands where a value cannot be known: a mistake that was reported keeps it from being made, or only
    /// a deployment can tell. Who meets it says nothing more, but for other mistakes in the text that should have become
    /// it, which is kept for that. No product that is deployed has one.
    Broken(Option<Span>, Option<Arc<Value>>),
    /// Made while reading something that is no text of this run (a stored row, a test).
    Nowhere,
}

/// A value that was not simply written down.
#[derive(Debug)]
pub enum Built {
    /// A text at `at` whose holes were closed; each part says with what.
    Computed { at: Option<Span>, parts: Vec<Part>, summary: Summary },
    /// An extension put `now` over `before`.
    Overwrote { now: Origin, before: Origin },
    /// A system parameter, such as `default-host` of a module.
    System { name: String, owner: String },
    /// What whoever deploys has supplied: `secret db-password`, `env TOKEN`.
    Supplied { by: String },
    /// The content of a configuration entry.
    Registry { provider_id: String, provider_version: String },
}

/// What all parts of a computed value come to, parts of parts included: they may share so much that nobody can walk them.
#[derive(Clone)]
pub struct Summary {
    tells_the_time: bool,
    parts: usize,
    /// Texts of secrets that went into the value, so that a program that prints a part of it gives none away. Most values
    /// have none, and many share those of the same one.
    secrets: Option<Arc<BTreeSet<Box<str>>>>,
}

/// Not the secrets.
impl std::fmt::Debug for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Summary({} parts)", self.parts)
    }
}

/// One hole that was closed.
#[derive(Debug, Clone)]
pub struct Part {
    /// As written, with its braces: `${default-host}`, `~{db/url}`.
    pub hole: String,
    /// Where the value that filled it came from.
    pub from: Origin,
}

impl Origin {
    pub fn built(built: Built) -> Origin {
        Origin::Built(Arc::new(built))
    }

    /// The origin of a text whose holes were closed. `inside` holds the values that were printed into it.
    pub fn computed<'v>(at: Option<Span>, parts: Vec<Part>, inside: impl IntoIterator<Item = &'v Value>) -> Origin {
        let mut tells_the_time = parts.iter().any(|part| part.from.tells_the_time());
        let mut secrets: Option<Arc<BTreeSet<Box<str>>>> = None;
        for value in inside {
            tells_the_time = tells_the_time || value.tells_the_time();
            if value.holds_secret() {
                value.secret_texts(Arc::make_mut(secrets.get_or_insert_default()));
            }
        }
        for of_part in parts.iter().filter_map(|part| part.from.secrets()) {
            match &mut secrets {
                None => secrets = Some(Arc::clone(of_part)),
                Some(secrets) if Arc::ptr_eq(secrets, of_part) || of_part.is_subset(secrets) => {}
                Some(secrets) => Arc::make_mut(secrets).extend(of_part.iter().cloned()),
            }
        }
        let summary = Summary {
            tells_the_time,
            secrets,
            parts: parts.iter().fold(0, |sum, part| sum.saturating_add(1).saturating_add(part.from.parts())),
        };
        Origin::built(Built::Computed { at, parts, summary })
    }

    /// Whether the value was built from the system parameter `timestamp`, so that it is another one every time.
    pub fn tells_the_time(&self) -> bool {
        let Origin::Built(built) = self else { return false };
        match &**built {
            Built::Computed { summary, .. } => summary.tells_the_time,
            Built::Overwrote { now, .. } => now.tells_the_time(),
            Built::System { name, .. } => name == "timestamp",
            Built::Supplied { .. } | Built::Registry { .. } => false,
        }
    }

    /// How many holes were closed for the value, those of the values they were closed with included.
    pub fn parts(&self) -> usize {
        let Origin::Built(built) = self else { return 0 };
        match &**built {
            Built::Computed { summary, .. } => summary.parts,
            Built::Overwrote { now, .. } => now.parts(),
            Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => 0,
        }
    }

    /// The texts of secrets that went into the value, however deep.
    pub(super) fn secrets(&self) -> Option<&Arc<BTreeSet<Box<str>>>> {
        let Origin::Built(built) = self else { return None };
        match &**built {
            Built::Computed { summary, .. } => summary.secrets.as_ref(),
            Built::Overwrote { now, .. } => now.secrets(),
            Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => None,
        }
    }

    /// Where a value stands as it is, also when an extension wrote it over another one. In what was computed, no part can be
    /// found again.
    pub fn written(&self) -> Option<Span> {
        match self {
            Origin::Written(span) => Some(*span),
            Origin::Built(built) => match &**built {
                Built::Overwrote { now, .. } => now.written(),
                Built::Computed { .. } | Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => None,
            },
            Origin::Broken(..) | Origin::Nowhere => None,
        }
    }

    /// The place in a text of this run that a message about the value should point at.
    pub fn span(&self) -> Option<Span> {
        match self {
            Origin::Written(span) => Some(*span),
            Origin::Built(built) => match &**built {
                Built::Computed { at, .. } => *at,
                Built::Overwrote { now, .. } => now.span(),
                Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => None,
            },
            Origin::Broken(at, _) => *at,
            Origin::Nowhere => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Key, Secrecy};

    fn secrets(value: &Value) -> Vec<String> {
        let mut found = BTreeSet::new();
        value.secret_texts(&mut found);
        found.into_iter().map(String::from).collect()
    }

    #[test]
    fn what_went_into_a_text_is_known_through_every_other_text() {
        let text = |text: &str| Value::text(text, Origin::Nowhere);
        let password = text("hunter2").secret(Secrecy::Secret);
        let built = |whole: &str, from: &[&Value]| {
            let parts = from.iter().map(|value| Part { hole: "${p}".into(), from: value.origin.clone() }).collect();
            Value::text(whole, Origin::computed(None, parts, from.iter().copied())).secret(Secrecy::Secret)
        };
        let address = built("jdbc://me:hunter2@db", &[&text("me"), &password]);
        assert_eq!(secrets(&address), ["hunter2", "jdbc://me:hunter2@db"]);
        let line = built("run jdbc://me:hunter2@db", &[&address]);
        assert_eq!(secrets(&line), ["hunter2", "jdbc://me:hunter2@db", "run jdbc://me:hunter2@db"]);
        // Taken over as a whole, by a placeholder that is the whole value.
        let part = Part { hole: "${address}".into(), from: address.origin.clone() };
        let same = Value::text("jdbc://me:hunter2@db", Origin::computed(None, vec![part], []));
        assert_eq!(secrets(&same), ["hunter2"]);
        let number = Value::new(crate::tree::Kind::Int(1234), Origin::Nowhere).secret(Secrecy::Secret);
        let map = [(Key::from("port"), number), (Key::from("open"), text("open"))].into_iter().collect();
        assert_eq!(secrets(&built("{port=1234}", &[&Value::map(map, Origin::Nowhere)])), ["1234", "{port=1234}"]);
    }
}
