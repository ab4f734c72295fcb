//! Node tree → [`Document`]: every check that needs one document only (shape, names, uniqueness).
//!
//! Nothing stops at the first mistake. What is wrong is reported and left out, or stands as an empty name, and reading
//! goes on; whether a product with errors may be used is decided by whoever asks for it ([`Staged::sound`]).

mod extension;
mod root;
mod schema;
mod unique;
mod values;

use super::{Document, keys};
use crate::finding::Staged;
use crate::source::FileId;
use crate::source::yaml::{Node, NodeKind};
use crate::tree::Place;
use crate::tree::shape::{Reader, wrong_type};

/// Reads a document. The product is `None` when an error leaves no descriptor to work on: no map, or a schema version whose
/// rules are not known.
pub fn read(file: FileId, node: &Node) -> Staged<Option<Document>> {
    let mut reader = Reader::new(schema::GUESS.major);
    let NodeKind::Map(pairs) = &node.kind else {
        reader.findings.push(wrong_type(node, "A descriptor must be a map of keys and values", &Place::ROOT));
        return Staged::new(None, reader.findings);
    };
    let product = schema::version(pairs, node.span, &mut reader.findings).and_then(|version| {
        reader.major = version.value.major;
        if pairs.iter().any(|pair| &*pair.key.value == "extends") {
            let fields = reader.fields(node, &keys::EXTENSION, &Place::ROOT)?;
            let extension = extension::extension(&mut reader, file, version, &fields);
            unique::extension(&extension, &mut reader.findings);
            Some(Document::Extension(Box::new(extension)))
        } else {
            let fields = reader.fields(node, &keys::DESCRIPTOR, &Place::ROOT)?;
            let descriptor = root::descriptor(&mut reader, file, version, &fields);
            unique::descriptor(&descriptor, &mut reader.findings);
            Some(Document::Descriptor(Box::new(descriptor)))
        }
    });
    Staged::new(product, reader.findings)
}
