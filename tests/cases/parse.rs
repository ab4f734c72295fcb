//! One document (`mtad.yaml` or `*.mtaext`) → `parsed.yaml`, what was understood of it, and `findings.txt`.

use crate::claims::{self, long};
use windlass::descriptor::{Document, write};
use windlass::report::yaml::to_yaml;
use windlass::source::Sources;
use windlass::stage::load;
use windlass::tree::Value;

#[test]
fn claims_about_parsing_hold() {
    claims::of_room("parse", |claim| {
        let mut sources = Sources::default();
        let mut files = claim.inputs(&mut sources, "mtad.yaml");
        files.extend(claim.inputs(&mut sources, ".mtaext"));
        let [file] = files[..] else { panic!("{} must have one document", claim.folder.display()) };
        let staged = load::document(&sources, file);
        let understood = staged.product.filter(|_| !staged.findings.has_errors()).map(|document| shape(&document));
        let written = understood.as_ref().map(|value| to_yaml(value).expect("a descriptor can be written"));
        claim.expect("parsed.yaml", written.as_deref().unwrap_or_default());
        claim.expect("findings.txt", &long(&sources, &staged.findings));
        claim.expect_comments(&sources, &staged.findings);
        if let (Some(value), Some(written)) = (understood, written) {
            let again = reread(&written);
            if again.as_ref() != Some(&value) {
                let again = again.map_or("nothing".to_string(), |again| again.to_json());
                claim.fail(&format!("what was written reads back otherwise:\n{}\n{again}", value.to_json()));
            }
        }
    });
}

fn shape(document: &Document) -> Value {
    match document {
        Document::Descriptor(descriptor) => write::descriptor(descriptor),
        Document::Extension(extension) => write::extension(extension),
    }
}

fn reread(text: &str) -> Option<Value> {
    let mut sources = Sources::default();
    let file = sources.add("parsed.yaml", text);
    let staged = load::document(&sources, file);
    staged.product.filter(|_| !staged.findings.has_errors()).map(|document| shape(&document))
}
