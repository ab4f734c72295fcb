//! Texts → documents: the descriptor and its extensions, read and checked one by one.

use crate::descriptor::{Descriptor, Extension};
use crate::finding::Staged;
use crate::source::{FileId, Sources};

#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub descriptor: Descriptor,
    /// As given, not yet in the order of the chain.
    pub extensions: Vec<Extension>,
}

/// Reads the descriptor and its extensions.
pub fn load(_sources: &Sources, _descriptor: FileId, _extensions: &[FileId]) -> Staged<Option<Parsed>> {
    unimplemented!()
}
