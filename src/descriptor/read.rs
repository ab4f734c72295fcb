//! Node tree → [`Document`]: every check that needs one document only (shape, names, uniqueness).

use super::Document;
use crate::finding::Staged;
use crate::source::FileId;
use crate::source::yaml::Node;

/// Reads a document. The product is `None` when an error leaves no descriptor to work on.
pub fn read(_file: FileId, _node: &Node) -> Staged<Option<Document>> {
    unimplemented!()
}
