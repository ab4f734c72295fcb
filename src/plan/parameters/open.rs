//! Parameters that everybody sees: names, addresses, images. Engines list them, and so do plans, events and logs.
//!
//! A secret in one of them would be seen wherever windlass or the engine speaks of the module, so it is refused. Only
//! generated credentials are let through, with a warning: authors put them into host names to make these unique, as the deploy
//! service allows, and so give them away on purpose.

use super::read::{Found, Reader};
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Severity};
use crate::tree::{Built, Kind, Origin, Secrecy, Value};

const OF_THE_MODULE: [&str; 13] = [
    "memory",
    "disk-quota",
    "instances",
    "health-check-type",
    "health-check-http-endpoint",
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

const OF_THE_CONTAINER: [&str; 10] =
    ["volumes", "networks", "user", "working-dir", "extra-hosts", "port", "ports", "cpus", "restart", "stop-signal"];

/// Refuses secrets in what everybody sees of a module.
pub fn check(reader: &mut Reader<'_, '_>) {
    let mut open: Vec<Found<'_>> = OF_THE_MODULE.iter().filter_map(|name| reader.find(name)).collect();
    if let Some(container) = reader.find("container") {
        open.extend(OF_THE_CONTAINER.iter().filter_map(|name| container.key(name)));
    }
    for found in open.into_iter().filter(|found| found.value.holds_secret()) {
        let (name, at, path) = (found.name.clone(), found.at, found.path.clone());
        reader.findings.push(match is_given_away(found.value) {
            true => Finding {
                severity: Severity::Warning,
                help: Some("Use something else to make an address unique, `${space}` for example.".to_owned()),
                ..refusal(&name, at, path)
            },
            false => refusal(&name, at, path),
        });
    }
}

/// Whether the only secrets in a value are generated credentials that its author put there.
fn is_given_away(value: &Value) -> bool {
    match &value.kind {
        Kind::List(items) => items.iter().all(is_given_away),
        Kind::Map(map) => map.iter().all(|(_, value)| is_given_away(value)),
        _ => value.secrecy == Secrecy::Open || is_generated(&value.origin),
    }
}

/// Whether all that was put into a text came from the platform: what else is secret was said to be by somebody.
fn is_generated(origin: &Origin) -> bool {
    let Origin::Built(built) = origin else { return false };
    match &**built {
        Built::System { .. } => true,
        Built::Computed { parts, .. } => parts.iter().all(|part| is_generated(&part.from)),
        Built::Overwrote { now, .. } => is_generated(now),
        Built::Supplied { .. } | Built::Registry { .. } => false,
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

pub fn refusal(name: &str, at: crate::source::Span, path: String) -> Finding {
    let message = format!("`{name}` holds a secret, and everybody sees it: plans, logs and the engine show it.");
    Finding::new(&BAD_PARAMETER_VALUE, at, message)
        .path(path)
        .help("What is no secret can come from a parameter or from `--set`; `${env:…}` and `${secret:…}` always count as secrets.")
}
