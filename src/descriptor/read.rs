//! Node tree → [`Document`]: every check that needs one document only (shape, names, uniqueness).
//!
//! Nothing stops at the first mistake. What is wrong is reported and left out, or stands as an empty name, and reading
//! goes on; whether a product with errors may be used is decided by whoever asks for it ([`Staged::sound`]).

mod foreign;
mod patch;
mod root;
mod schema;
mod unique;
mod values;

use super::{Document, SchemaVersion, keys};
use crate::finding::Staged;
use crate::source::yaml::{Node, NodeKind};
use crate::source::{FileId, Spanned};
use crate::tree::Place;
use crate::tree::shape::{Reader, wrong_type};
use std::sync::Arc;

/// Reads a document of either kind: what has the key `extends` is an extension. The product is `None` when an error leaves
/// no descriptor to work on: no map, or a schema version whose rules are not known.
pub fn read(file: FileId, node: Node) -> Staged<Option<Document>> {
    let is_extension =
        matches!(&node.kind, NodeKind::Map(pairs) if pairs.iter().any(|pair| &*pair.key.value == "extends"));
    if is_extension { extension(file, node) } else { descriptor(file, node) }
}

/// Reads what is meant to be an extension: without `extends`, that key is missing.
pub fn extension(file: FileId, node: Node) -> Staged<Option<Document>> {
    with_schema(&node, |reader, version| {
        let fields = reader.fields(&node, &keys::EXTENSION, &Place::ROOT)?;
        let extension = patch::extension(reader, file, version, &fields);
        unique::extension(&extension, &mut reader.findings);
        Some(Document::Extension(Box::new(extension)))
    })
}

fn descriptor(file: FileId, mut node: Node) -> Staged<Option<Document>> {
    let modules = detach(&mut node, "modules");
    with_schema(&node, |reader, version| {
        let fields = reader.fields(&node, &keys::DESCRIPTOR, &Place::ROOT)?;
        let descriptor = root::descriptor(reader, file, version, &fields, modules);
        unique::descriptor(&descriptor, &mut reader.findings);
        Some(Document::Descriptor(Box::new(descriptor)))
    })
}

/// Takes the entries of a list out of a map, and leaves an empty list. Nearly all of a large descriptor are its modules: so
/// each node can go as soon as its module is read, and the whole is not held twice.
fn detach(node: &mut Node, key: &str) -> Vec<Node> {
    let NodeKind::Map(pairs) = &mut node.kind else { return Vec::new() };
    let pair = Arc::make_mut(pairs).iter_mut().find(|pair| &*pair.key.value == key);
    match pair.map(|pair| &mut pair.value.kind) {
        Some(NodeKind::List(items)) => Arc::unwrap_or_clone(std::mem::take(items)),
        _ => Vec::new(),
    }
}

/// Finds out which rules hold, and reads by them.
fn with_schema(
    node: &Node,
    read: impl FnOnce(&mut Reader, Spanned<SchemaVersion>) -> Option<Document>,
) -> Staged<Option<Document>> {
    let mut reader = Reader::new(schema::GUESS.major);
    let NodeKind::Map(pairs) = &node.kind else {
        let finding = wrong_type(node, "A descriptor must be a map of keys and values", &Place::ROOT);
        reader
            .findings
            .push(finding.help("It begins with rows such as `_schema-version: \"3.3\"` and `ID: com.example.shop`."));
        return Staged::new(None, reader.findings);
    };
    if let Some(finding) = foreign::finding(node) {
        reader.findings.push(finding);
        return Staged::new(None, reader.findings);
    }
    let version = schema::version(pairs, node.span, &mut reader.findings);
    let product = version.and_then(|version| {
        reader.major = version.value.major;
        read(&mut reader, version)
    });
    Staged::new(product, reader.findings)
}
