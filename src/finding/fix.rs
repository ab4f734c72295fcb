//! What to do about a finding, so that a program can do it.
//!
//! Whoever finds something wrong says what to change in terms of the document: this entry goes, that scalar says another
//! text. How it looks in the text (quotes, brackets or rows, indentation, line ends, comments) is worked out by
//! [`crate::source::edit`], and only when somebody asks for it; there it may also turn out that it cannot be done.

use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// May be applied without asking: what the document means stays, or was clear.
    Safe,
    /// A guess, or a change of meaning: only on request.
    Unsafe,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    pub applicability: Applicability,
    /// What it does, as an order: "Replace by `web`".
    pub message: String,
    /// All of them or none.
    pub changes: Vec<Change>,
}

/// One change of a document. Places are spans that the reader of YAML gave to nodes and keys.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Puts `content` in the place of the text `at`, whatever that is; an empty span inserts.
    Text { at: Span, content: String },
    /// Lets the scalar or key `at` say `text`, in the quotes that it has.
    Say { at: Span, text: String },
    /// Puts the scalar `at`, which has no quotes, into those that the document uses.
    Quote { at: Span },
    /// Replaces `from` by `to` at `at`, a place inside a scalar; of a whole scalar, wherever `from` stands in it without a
    /// backslash before it.
    Inside { at: Span, from: String, to: String },
    /// Makes a list of the scalar `at`, with it as the only item.
    List { at: Span },
    /// Makes a map of the scalar `at`, with it as the value of `key`.
    Map { at: Span, key: &'static str },
    /// Takes out the entry of a map whose key is `at`, or the item of a list that is `at`.
    Delete { at: Span, emptied: Emptied },
    /// Moves what stands beside the second of two names, in the same list, to what stands beside the first.
    Join { first: Span, second: Span },
    /// Lets the entry at `path` below the map `at` be this scalar; it is added, with the maps on the way, when it is not there.
    Put { at: Span, path: Vec<String>, words: Words },
    /// Adds `name` to the `requires` of the element whose own name stands at `owner`.
    Require { owner: Span, name: String },
}

/// A scalar that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Read as text by whoever reads it, in quotes where that needs some.
    Text(String),
    /// As it stands: a number, `true`.
    Plain(String),
}

/// What becomes of a map or list that has lost its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// The entry that holds it goes, too.
    Goes,
    /// It stays, as `{}` or `[]`: being there means something.
    Stays,
}

impl Fix {
    pub fn safe(message: impl Into<String>, changes: impl Into<Vec<Change>>) -> Fix {
        Fix { applicability: Applicability::Safe, message: message.into(), changes: changes.into() }
    }

    /// A fix that is [`Applicability::Unsafe`].
    pub fn risky(message: impl Into<String>, changes: impl Into<Vec<Change>>) -> Fix {
        Fix { applicability: Applicability::Unsafe, ..Fix::safe(message, changes) }
    }

    /// The guess that somebody meant another text.
    pub fn replace(at: Span, text: impl Into<String>) -> Fix {
        let text = text.into();
        Fix::risky(format!("Replace by `{text}`"), [Change::Say { at, text }])
    }
}

impl Change {
    /// Takes an entry or item out, and the map or list with it when it was the last one.
    pub fn delete(at: Span) -> Change {
        Change::Delete { at, emptied: Emptied::Goes }
    }
}

/// Replaces the text under `at` by `content`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub at: Span,
    pub content: String,
}
