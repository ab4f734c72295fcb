//! Paths that lead to something, and images that have a page.

use super::address::of_path;
use super::family::Family;
use super::outline::{Kind, text};
use crate::disk;
use crate::image::{DOCKER_HUB, ImageReference};
use crate::source::{FileId, Span};
use std::path::Path;

pub struct Link {
    pub at: Span,
    pub target: String,
}

pub fn links(family: &Family, file: FileId) -> Vec<Link> {
    let mut links = Vec::new();
    let base = family.member(file).map(|member| Path::new(&*member.name)).filter(|path| path.is_absolute());
    for part in family.parts(file) {
        let parameters = part.entries("parameters");
        let parameter = |name: &str| parameters.iter().find(|pair| &*pair.key.value == name).map(|pair| &pair.value);
        let paths = match part.kind {
            Kind::Module => vec![part.value("path")],
            Kind::Resource => vec![parameter("config-path"), parameter("path")],
            Kind::Requires => vec![parameter("path")],
            Kind::Root | Kind::Provides | Kind::Hook => Vec::new(),
        };
        for node in paths.into_iter().flatten() {
            let path = text(node).filter(|path| !path.is_empty()).zip(base);
            let Some(path) = path.map(|(path, base)| base.with_file_name(&**path)) else { continue };
            if disk::exists(&path) {
                links.push(Link { at: node.span, target: of_path(&crate::disk::tidy(&path)) });
            }
        }
        if let Some(docker) = parameter("docker") {
            let image = docker.value("image");
            if let Some((node, target)) =
                image.and_then(|node| Some((node, page_of(text(node).filter(|_| node.tag.is_none())?)?)))
            {
                links.push(Link { at: node.span, target });
            }
        }
    }
    links
}

/// Where an image is described. Only of Docker Hub it is known how.
fn page_of(image: &str) -> Option<String> {
    let image = ImageReference::parse(image).ok()?;
    (image.host == DOCKER_HUB).then(|| match image.path.strip_prefix("library/") {
        Some(official) => format!("https://hub.docker.com/_/{official}"),
        None => format!("https://hub.docker.com/r/{}", image.path),
    })
}
