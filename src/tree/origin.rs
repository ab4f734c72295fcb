//! Where a value comes from: so that messages can point, and `env --explain` can tell.

use super::Value;
use crate::source::Span;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Origin {
    /// The author's own text, in a descriptor, an extension or a target file.
    Written(Span),
    Built(Arc<Built>),
    /// Of a null that stands where a value cannot be known: a mistake that was reported keeps it from being made, or only
    /// a deployment can tell. Who meets it says nothing more. No product that is deployed has one.
    Broken(Option<Span>),
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
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    tells_the_time: bool,
    parts: usize,
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
        let summary = Summary {
            tells_the_time: parts.iter().any(|part| part.from.tells_the_time())
                || inside.into_iter().any(Value::tells_the_time),
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

    /// The place in a text of this run that a message about the value should point at.
    pub fn span(&self) -> Option<Span> {
        match self {
            Origin::Written(span) => Some(*span),
            Origin::Built(built) => match &**built {
                Built::Computed { at, .. } => *at,
                Built::Overwrote { now, .. } => now.span(),
                Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => None,
            },
            Origin::Broken(at) => *at,
            Origin::Nowhere => None,
        }
    }
}
