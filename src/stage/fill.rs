//! Closes every `${…}` with a value from the scope it stands in (semantics 3).

use super::merge::Merged;
use crate::descriptor::Descriptor;
use crate::finding::Staged;
use crate::target::{Facts, Target};

/// No placeholder is open. Escaped ones (`\${…}`) keep their backslash until references are bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled(pub(super) Descriptor);

impl std::ops::Deref for Filled {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

/// Closes every placeholder; the findings name each one that has no value.
pub fn fill(_merged: &Merged, _target: &Target, _facts: &Facts) -> Staged<Option<Filled>> {
    unimplemented!()
}
