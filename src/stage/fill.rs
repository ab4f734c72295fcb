//! Closes every `${…}` with a value from the scope it stands in (semantics 3).

use crate::descriptor::Descriptor;

/// No placeholder is open. Escaped ones (`\${…}`) keep their backslash until references are bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled(pub(super) Descriptor);

impl std::ops::Deref for Filled {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}
