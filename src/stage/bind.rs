//! Closes every `~{…}` (semantics 4), then removes escapes.

use crate::descriptor::Descriptor;

/// Nothing is open any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound(pub(super) Descriptor);

impl std::ops::Deref for Bound {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}
