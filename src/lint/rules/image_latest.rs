//! An image without a tag or digest, or with the tag `latest`: the next deployment may run another one.

use super::super::page::{Kind, Page, pairs, text};
use crate::finding::{Finding, Findings, IMAGE_LATEST};
use crate::text::{Form, has_hole};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module) {
        let Some(docker) = part.entries("parameters").iter().find(|pair| &*pair.key.value == "docker") else {
            continue;
        };
        let Some(image) = pairs(&docker.value).iter().find(|pair| &*pair.key.value == "image") else { continue };
        let Some(name) = text(&image.value).filter(|name| !name.is_empty()) else { continue };
        // The colon of a port stands before a slash.
        let last = name.rsplit('/').next().unwrap_or(name);
        let tag = last.split_once(':').map(|(_, tag)| tag);
        if has_hole(name, Form::Placeholder) || name.contains('@') || tag.is_some_and(|tag| tag != "latest") {
            continue;
        }
        let why = if tag.is_some() { "has the tag `latest`" } else { "has no tag, which means `latest`" };
        findings.push(
            Finding::new(&IMAGE_LATEST, image.value.span, format!("The image `{name}` of {} {why}.", part.title()))
                .path(part.path_of(&["parameters", "docker", "image"]))
                .help("Name a version or a digest, so that every deployment runs the same."),
        );
    }
}
