//! Replaces configuration resources by what the registry holds (registry reference, sections 3 to 5).

use super::fill::Filled;
use crate::descriptor::Descriptor;
use crate::finding::Staged;
use crate::registry::{Entry, Question};
use crate::target::Target;

/// Every active configuration resource is a set of properties; requirements with `list` are expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Configured(pub(super) Descriptor);

impl std::ops::Deref for Configured {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

/// What the descriptor asks of the registry.
pub fn questions(_filled: &Filled, _target: &Target) -> Staged<Option<Vec<Question>>> {
    unimplemented!()
}

/// `answers` has one list of entries per question, in the same order.
pub fn lookup(
    _filled: &Filled,
    _questions: &[Question],
    _answers: &[Vec<Entry>],
    _target: &Target,
) -> Staged<Option<Configured>> {
    unimplemented!()
}
