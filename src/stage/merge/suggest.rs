//! "Did you mean …?" for names of the descriptor.

use crate::finding::{Finding, Fix};
use crate::name;
use crate::source::Span;

#[derive(Default)]
pub struct Suggestions(name::Suggestions);

impl Suggestions {
    /// The nearest name, until there have been enough.
    pub fn nearest<'a>(&self, word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        self.0.nearest(word, names)
    }

    pub fn are_enough(&self) -> bool {
        self.0.are_enough()
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
        if self.0.are_enough() {
            return finding;
        }
        match self.0.nearest(word, names) {
            None if otherwise.is_empty() => finding,
            None => finding.help(otherwise),
            Some(near) => finding.did_you_mean(Some(near)).fix(Fix::replace(at, near)),
        }
    }
}
