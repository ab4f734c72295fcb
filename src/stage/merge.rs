//! Descriptor + chain of extensions + target defaults → one descriptor (semantics 2).

use crate::descriptor::Descriptor;

/// Extensions merged in, mandatory values checked, the target's values underneath. `${…}` and `~{…}` are as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged(pub(super) Descriptor);

impl std::ops::Deref for Merged {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}
