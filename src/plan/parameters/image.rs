//! Which image a module is made from.

use super::lifecycle;
use super::open;
use super::read::{Found, Reader};
use super::types::unknown_keys;
use crate::finding::{BAD_PARAMETER_VALUE, Change, Finding, Fix, MISSING_IMAGE, REGISTRY_MISMATCH, Severity};
use crate::image::{BadReference, ImageReference, Part, registry_of};
use crate::plan::unit::ImageCredentials;
use crate::source::Sources;

/// The image as written, and the credentials for pulling it when both halves are given.
pub fn image(reader: &mut Reader<'_, '_>, sources: &Sources) -> Option<(String, Option<ImageCredentials>)> {
    let Some(docker) = reader.find("docker") else {
        if !reader.is_unknown("docker") && !lifecycle::asks_for_image(reader) {
            missing(reader, None);
        }
        return None;
    };
    let Some(map) = docker.value.as_map() else {
        reader.findings.push(docker.bad("a map with `image`"));
        return None;
    };
    if !open::check_image(&docker, reader) {
        return None;
    }
    let Some(found) = docker.key("image") else {
        if !docker.is_unknown("image") && !lifecycle::asks_for_image(reader) {
            missing(reader, crate::name::nearest("image", map.keys()));
        }
        return None;
    };
    let image = found.text(reader.findings)?;
    let reference = match ImageReference::parse(&image) {
        Ok(reference) => reference,
        Err(bad) => {
            reader.findings.push(unreadable(&found, &image, &bad, sources));
            return None;
        }
    };
    unknown_keys(&docker, &["image", "registry", "username", "password"], Severity::Warning, reader.findings);
    if let Some(registry) = docker.key("registry") {
        let named = registry.text(reader.findings)?;
        if !registry_of(&named).eq_ignore_ascii_case(&reference.registry()) {
            let has_host = ImageReference::names_its_host(&image);
            reader.findings.push(other_registry(&found, &registry, &named, &reference, has_host));
            return None;
        }
    }
    let (username, password) = (docker.key("username"), docker.key("password"));
    let credentials = match (&username, &password) {
        (Some(username), Some(password)) => Some(ImageCredentials {
            username: username.text_or_number(reader.findings)?,
            password: password.text_or_number(reader.findings)?,
        }),
        (None, None) => None,
        (Some(lonely), None) | (None, Some(lonely)) => {
            let message = format!("`{}` has no effect: `username` and `password` count only together.", lonely.name);
            let mut finding = Finding::new(&BAD_PARAMETER_VALUE, lonely.at, message).path(&*lonely.path);
            finding.severity = Severity::Warning;
            reader.findings.push(finding);
            None
        }
    };
    Some((image, credentials))
}

/// Points at the wrong part of the reference, where that stands in the text as it is: not where placeholders made it.
fn unreadable(found: &Found<'_>, image: &str, bad: &BadReference, sources: &Sources) -> Finding {
    let written = sources.slice(found.at);
    let inner = written.find(image).filter(|_| !image.is_empty() && written.len() <= image.len() + 2);
    let refused = found.refuse(format!("`{}` is no image reference: {}.", found.name, bad.reason));
    let at = match inner {
        // Something that is missing is shown where it should be.
        Some(start) if bad.at.is_empty() => found.at.part(start + bad.at.start..start + bad.at.start + 1),
        Some(start) => found.at.part(start + bad.at.start..start + bad.at.end),
        None => found.at,
    };
    let finding = Finding { at, ..refused };
    let lower = image.to_lowercase();
    match bad.part {
        Part::Path if ImageReference::parse(&lower).is_ok() => finding.help(format!("Write `{lower}`.")),
        _ => finding.help("An image is HOST/PATH:TAG or HOST/PATH@DIGEST: `registry.example.org/shop/web:2.1`."),
    }
}

/// Where the credentials belong, and where the image is: one of both is a mistake, and nobody but the author knows which.
fn other_registry(
    image: &Found<'_>,
    registry: &Found<'_>,
    named: &str,
    reference: &ImageReference,
    has_host: bool,
) -> Finding {
    let host = reference.registry();
    let message = format!("Image host `{host}` and registry `{named}` differ.");
    let label = if has_host { "the image's host" } else { "an image without a host is one of Docker Hub" };
    Finding::new(&REGISTRY_MISMATCH, registry.at, message)
        .path(&*registry.path)
        .label("another registry")
        .related(image.at, label)
        .help(format!("Write `registry: {host}`, or leave `registry` out; or correct the host in `image`."))
        .fix(Fix::risky(
            format!("Use the image's host `{host}`"),
            [Change::Say { at: registry.at, text: host.clone() }],
        ))
}

fn missing(reader: &mut Reader<'_, '_>, near: Option<&str>) {
    // A type may bring an image; that there is none was said while reading.
    if reader.module.kind.value.is_empty() {
        return;
    }
    let module = &reader.module.name;
    let message = format!("Module `{}` has no image, so there is nothing to make a container from.", module.value);
    let finding = Finding::new(&MISSING_IMAGE, module.span, message)
        .label("no `docker.image`")
        .path(format!("modules[{}]", reader.index));
    let help = match near {
        Some(near) => format!("Did you mean `image` where `docker` has `{near}`?"),
        None => format!(
            "Give it `docker: {{image: …}}` in its `parameters`, in an extension descriptor, or in the type `{}` of the target; or leave \
             it out with `skip-deploy: true`.",
            reader.module.kind.value
        ),
    };
    reader.findings.push(finding.help(help));
}
