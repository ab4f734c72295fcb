//! Closes every `~{…}` (semantics 4), then removes escapes.

use super::lookup::Configured;
use crate::descriptor::Descriptor;
use crate::finding::Staged;
use crate::target::Target;

/// Nothing is open any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound(pub(super) Descriptor);

impl std::ops::Deref for Bound {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

/// Closes every reference; the findings name each one that has no value.
pub fn bind(_configured: &Configured, _target: &Target) -> Staged<Option<Bound>> {
    unimplemented!()
}
