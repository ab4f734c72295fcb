//! What a deployment publishes: one entry per public, non-empty `provides` (registry reference, section 2).

use super::bind::Bound;
use crate::finding::Staged;
use crate::registry::Entry;
use crate::target::Target;

/// The entries, in the order of the descriptor; each names its module.
pub fn offers(_bound: &Bound, _target: &Target) -> Staged<Option<Vec<Entry>>> {
    unimplemented!()
}
