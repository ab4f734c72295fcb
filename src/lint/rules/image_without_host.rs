//! An image whose reference names no host. Heard only by those who ask for it (`--strict`, or a setting).

use super::super::page::Page;
use super::image_latest::{Image, images};
use crate::finding::{Finding, Findings, IMAGE_WITHOUT_HOST};
use crate::image::ImageReference;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for Image { part, node, text, reference } in images(page) {
        if ImageReference::names_its_host(text) {
            continue;
        }
        let owner = part.title();
        let message = format!("The image `{text}` of {owner} names no host, which means `{}`.", reference.registry());
        findings.push(
            Finding::new(&IMAGE_WITHOUT_HOST, node.span, message)
                .path(part.path_of(&["parameters", "docker", "image"]))
                .help(format!("Write it with its host: `{reference}`.")),
        );
    }
}
