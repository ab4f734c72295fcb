//! "Did you mean …?" for names of the descriptor.

use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::name::nearest;
use crate::source::Span;
use std::cell::Cell;

/// Suggestions cost a comparison with every name. In a descriptor of ten thousand modules where everything is wrong, the
/// first ones are enough to see why.
const ENOUGH: usize = 50;

pub struct Suggestions {
    left: Cell<usize>,
}

impl Suggestions {
    pub fn new() -> Suggestions {
        Suggestions { left: Cell::new(ENOUGH) }
    }

    /// Adds the nearest name, with a fix, or else `otherwise` as help.
    pub fn add<'a>(
        &self,
        finding: Finding,
        word: &str,
        at: Span,
        names: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Finding {
        if self.left.get() == 0 {
            return finding;
        }
        self.left.set(self.left.get() - 1);
        match nearest(word, names) {
            None if otherwise.is_empty() => finding,
            None => finding.help(otherwise),
            Some(near) => finding.did_you_mean(Some(near)).fix(Fix {
                applicability: Applicability::Unsafe,
                message: format!("Replace by `{near}`"),
                edits: vec![Edit { at, content: near.to_string() }],
            }),
        }
    }
}
