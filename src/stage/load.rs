//! Texts → documents: the descriptor and its extensions, read and checked one by one.

use crate::descriptor::given::Given;
use crate::descriptor::{self, Descriptor, Document, Extension};
use crate::finding::{self, Finding, Findings, Staged};
use crate::source::yaml::{self, Node};
use crate::source::{FileId, Sources, Span};

#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub descriptor: Descriptor,
    /// As given, not yet in the order of the chain.
    pub extensions: Vec<Extension>,
    /// What options of the command line set, in their order: applied when all extensions have had their say.
    pub settings: Vec<Extension>,
    /// Those options whose values others can read.
    pub exposed: Vec<FileId>,
    /// Whether an extension was given that could not be read.
    pub unread: bool,
}

impl Parsed {
    /// A descriptor that nothing is put over.
    pub fn alone(descriptor: Descriptor) -> Parsed {
        Parsed { descriptor, extensions: Vec::new(), settings: Vec::new(), exposed: Vec::new(), unread: false }
    }
}

/// Reads the descriptor and its extensions. All of them are read, so that the mistakes of every file are found; the product
/// is `None` when there is no descriptor to work on.
pub fn load(sources: &Sources, descriptor: FileId, extensions: &[FileId]) -> Staged<Option<Parsed>> {
    load_showing(sources, descriptor, extensions, &mut |_, _| {})
}

/// The same, with a look at every document as it was written: the typed descriptor has less.
pub fn load_showing(
    sources: &Sources,
    descriptor: FileId,
    extensions: &[FileId],
    show: &mut dyn FnMut(FileId, &Node),
) -> Staged<Option<Parsed>> {
    let mut findings = Findings::default();
    let descriptor = match findings.keep(document_showing(sources, descriptor, show)) {
        Some(Document::Descriptor(descriptor)) => Some(*descriptor),
        Some(Document::Extension(extension)) => {
            findings.push(not_a_descriptor(sources, &extension));
            None
        }
        None => None,
    };
    let extensions: Vec<Option<Extension>> = extensions
        .iter()
        .map(|file| match findings.keep(document_showing(sources, *file, show)) {
            Some(Document::Extension(extension)) => Some(*extension),
            Some(Document::Descriptor(descriptor)) => {
                findings.push(not_an_extension(sources, &descriptor));
                None
            }
            None => None,
        })
        .collect();
    let unread = extensions.iter().any(Option::is_none);
    let extensions = extensions.into_iter().flatten().collect();
    let parsed = descriptor.map(|descriptor| Parsed { extensions, unread, ..Parsed::alone(descriptor) });
    Staged::new(parsed, findings)
}

/// Adds what the command line gives. All of it is read, so that every mistake is found.
pub fn give(mut parsed: Parsed, given: &[Given]) -> Staged<Parsed> {
    let mut findings = Findings::default();
    for one in given {
        let Some(extension) = findings.keep(one.extension(&parsed.descriptor)) else { continue };
        if let Given::Setting(_) = one {
            parsed.exposed.extend(one.is_exposed().then_some(extension.file));
            parsed.settings.push(extension);
            continue;
        }
        let same = |other: &&Extension| other.id.value == extension.id.value;
        if let Some(other) = parsed.extensions.iter().find(same) {
            let message =
                format!("This file has the ID of the extension that secure parameters make, `{}`.", other.id.value);
            findings.push(Finding::new(&finding::EXT_ID_CLASH, other.id.span, message).path("ID").help(
                "Give it another ID, or leave `--require-secure-parameters` out: only one of the two would count.",
            ));
        }
        parsed.extensions.push(extension);
    }
    Staged::new(parsed, findings)
}

/// Reads one document, of whichever kind it is. The ending `.mtaext` promises an extension; with any other name, the content
/// says what it is.
pub fn document(sources: &Sources, file: FileId) -> Staged<Option<Document>> {
    document_showing(sources, file, &mut |_, _| {})
}

/// The same, with a look at the document as it was written.
pub fn document_showing(
    sources: &Sources,
    file: FileId,
    show: &mut dyn FnMut(FileId, &Node),
) -> Staged<Option<Document>> {
    let mut findings = Findings::default();
    let read = match sources.get(file).name().ends_with(".mtaext") {
        true => descriptor::read::extension,
        false => descriptor::read::read,
    };
    let node = findings.keep(yaml::read(sources, file));
    let product = node.and_then(|node| {
        show(file, &node);
        findings.keep(read(file, node))
    });
    Staged::new(product, findings)
}

fn not_a_descriptor(sources: &Sources, extension: &Extension) -> Finding {
    let name = sources.get(extension.file).name();
    Finding::new(
        &finding::WRONG_DOCUMENT,
        extension.extends.span,
        format!("`{name}` is an extension of `{}`, not a descriptor that can be deployed.", extension.extends.value),
    )
    .label("only extensions have `extends`")
    .path("extends")
    .help(format!("Name the descriptor `{}`, and give this file with `-e`.", extension.extends.value))
}

fn not_an_extension(sources: &Sources, descriptor: &Descriptor) -> Finding {
    let name = sources.get(descriptor.file).name();
    Finding::new(
        &finding::WRONG_DOCUMENT,
        Span::start_of(descriptor.file),
        format!("`{name}` is given as an extension and is none: it has no `extends`."),
    )
    .help("An extension says with `extends: ID` which descriptor it changes.")
}
