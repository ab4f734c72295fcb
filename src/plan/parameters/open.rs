//! Parameters that everybody sees: names, addresses, images. Engines list them, and so do plans, events and logs.
//!
//! A secret in one of them would be seen wherever windlass or the engine speaks of the module, so it is refused.

use super::read::{Found, Reader};
use crate::finding::{BAD_PARAMETER_VALUE, Finding};

const OF_THE_MODULE: [&str; 8] = [
    "host",
    "hosts",
    "domain",
    "domains",
    "routes",
    "route-path",
    "app-name",
    // Labels tell it to proxies.
    "readiness-health-check-http-endpoint",
];

const OF_THE_CONTAINER: [&str; 5] = ["volumes", "networks", "user", "working-dir", "extra-hosts"];

/// Refuses secrets in what everybody sees of a module.
pub fn check(reader: &mut Reader<'_, '_>) {
    let mut open: Vec<Found<'_>> = OF_THE_MODULE.iter().filter_map(|name| reader.find(name)).collect();
    if let Some(container) = reader.find("container") {
        open.extend(OF_THE_CONTAINER.iter().filter_map(|name| container.key(name)));
    }
    for found in open.into_iter().filter(|found| found.value.holds_secret()) {
        let (name, at, path) = (found.name.clone(), found.at, found.path.clone());
        reader.findings.push(refusal(&name, at, path));
    }
}

/// The same for the image. It may have no value yet: where nobody looks one up, it is a secret all the same.
pub fn check_image(docker: &Found<'_>, reader: &mut Reader<'_, '_>) -> bool {
    let image = docker.value.as_map().and_then(|map| map.get_key_value("image"));
    let Some((key, value)) = image.filter(|(_, value)| value.holds_secret()) else { return true };
    let at = value.span().or(key.span).unwrap_or(docker.at);
    reader.findings.push(refusal("docker.image", at, format!("{}.image", docker.path)));
    false
}

fn refusal(name: &str, at: crate::source::Span, path: String) -> Finding {
    let message = format!("`{name}` holds a secret, and everybody sees it: plans, logs and the engine show it.");
    Finding::new(&BAD_PARAMETER_VALUE, at, message)
        .path(path)
        .help("What is no secret can come from a parameter or from `--set`; `${env:…}` and `${secret:…}` always count as secrets.")
}
