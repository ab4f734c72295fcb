//! Which image a module is made from.

use super::lifecycle;
use super::open;
use super::read::Reader;
use super::types::unknown_keys;
use crate::finding::{BAD_PARAMETER_VALUE, Finding, MISSING_IMAGE, Severity};
use crate::plan::unit::ImageCredentials;

/// The image as written, and the credentials for pulling it when both halves are given.
pub fn image(reader: &mut Reader<'_, '_>) -> Option<(String, Option<ImageCredentials>)> {
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
    if image.is_empty() || image.contains(char::is_whitespace) {
        reader.findings.push(found.bad("the reference of an image, such as `registry.example.org/shop/web:2.1`"));
        return None;
    }
    unknown_keys(&docker, &["image", "username", "password"], Severity::Warning, reader.findings);
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
