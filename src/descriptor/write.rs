//! [`Descriptor`] and [`Extension`] → a value in the descriptor's own shape, for `resolve` and for stored fragments.

use super::{Descriptor, Extension};
use crate::tree::Value;

/// Returns the descriptor as a map in the author's shape: empty sections and defaults left out.
pub fn descriptor(_descriptor: &Descriptor) -> Value {
    unimplemented!()
}

pub fn extension(_extension: &Extension) -> Value {
    unimplemented!()
}
