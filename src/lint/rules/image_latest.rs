//! An image without a tag or digest, or with the tag `latest`: the next deployment may run another one.

use super::super::page::{Kind, Page, Part, text};
use crate::finding::{Finding, Findings, IMAGE_LATEST};
use crate::image::ImageReference;
use crate::source::yaml::Node;
use crate::text::{Form, has_hole};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for Image { part, node, text, reference } in images(page) {
        let why = match (&reference.tag, &reference.digest) {
            (_, Some(_)) => continue,
            (None, None) => "has no tag, which means `latest`",
            (Some(tag), None) if tag == "latest" => "has the tag `latest`",
            (Some(_), None) => continue,
        };
        findings.push(
            Finding::new(&IMAGE_LATEST, node.span, format!("The image `{text}` of {} {why}.", part.title()))
                .path(part.path_of(&["parameters", "docker", "image"]))
                .help("Name a version or a digest, so that every deployment runs the same."),
        );
    }
}

/// The image of a module, as it is written there.
pub struct Image<'p, 'n> {
    pub part: &'p Part<'n>,
    pub node: &'n Node,
    pub text: &'n str,
    pub reference: ImageReference,
}

/// The images that a document names, as far as they are images and no placeholders.
pub fn images<'p, 'n>(page: &'p Page<'n>) -> impl Iterator<Item = Image<'p, 'n>> {
    page.of_kind(Kind::Module).filter_map(|part| {
        let node = part.value("parameters")?.value("docker")?.value("image")?;
        let text = text(node).filter(|text| !has_hole(text, Form::Placeholder))?;
        // What is none is told where parameters are read.
        let reference = ImageReference::parse(text).ok()?;
        Some(Image { part, node, text, reference })
    })
}
