//! Texts → documents: the descriptor and its extensions, read and checked one by one.

use crate::descriptor::{Descriptor, Extension};

#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub descriptor: Descriptor,
    /// As given, not yet in the order of the chain.
    pub extensions: Vec<Extension>,
}
