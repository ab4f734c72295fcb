//! Descriptor + chain of extensions + target defaults → one descriptor (semantics 2).

use super::load::Parsed;
use crate::descriptor::Descriptor;
use crate::finding::Staged;
use crate::target::Target;

/// Extensions merged in, mandatory values checked, the target's values underneath. `${…}` and `~{…}` are as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged(pub(super) Descriptor);

impl std::ops::Deref for Merged {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

/// Merges; each pass reports all its errors, and the passes after it do not run.
pub fn merge(_parsed: &Parsed, _target: &Target) -> Staged<Option<Merged>> {
    unimplemented!()
}
