//! Where a value comes from: so that messages can point, and `env --explain` can tell.

use crate::source::Span;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Origin {
    /// The author's own text, in a descriptor, an extension or a target file.
    Written(Span),
    Built(Arc<Built>),
    /// Made while reading something that is no text of this run (a stored row, a test).
    Nowhere,
}

/// A value that was not simply written down.
#[derive(Debug)]
pub enum Built {
    /// A text at `at` whose holes were closed; each part says with what.
    Computed { at: Option<Span>, parts: Vec<Part> },
    /// An extension put `now` over `before`.
    Overwrote { now: Origin, before: Origin },
    /// A system parameter, such as `default-host` of a module.
    System { name: String, owner: String },
    /// The content of a configuration entry.
    Registry { provider_id: String, provider_version: String },
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

    /// The place in a text of this run that a message about the value should point at.
    pub fn span(&self) -> Option<Span> {
        match self {
            Origin::Written(span) => Some(*span),
            Origin::Built(built) => match &**built {
                Built::Computed { at, .. } => *at,
                Built::Overwrote { now, .. } => now.span(),
                Built::System { .. } | Built::Registry { .. } => None,
            },
            Origin::Nowhere => None,
        }
    }
}
