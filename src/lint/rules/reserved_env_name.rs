//! A property with the name of a variable that the runtime, or windlass, sets.

use super::super::page::{Kind, Page};
use crate::finding::{Finding, Findings, RESERVED_ENV_NAME};

/// Variables with who sets them. `PORT` is not among them: an application may say which port it listens on.
const RESERVED: &[(&str, &str)] = &[
    ("HOME", "the container's user has it"),
    ("PATH", "the image has it, and programs are found by it"),
    ("HOSTNAME", "the engine sets it"),
    ("PWD", "the shell sets it"),
    ("VCAP_APPLICATION", "it describes the application, as the platform of the deploy service would"),
    ("VCAP_SERVICES", "it describes the bound resources, as the platform of the deploy service would"),
    ("CF_INSTANCE_INDEX", "it numbers the instances"),
];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        let variables = match part.kind {
            Kind::Module => true,
            Kind::Requires => {
                part.owner.is_some_and(|owner| page.parts[owner].kind == Kind::Module)
                    && part.pair("list").is_none()
                    && part.pair("group").is_none()
            }
            _ => false,
        };
        for pair in part.entries("properties").iter().filter(|_| variables) {
            let name = &*pair.key.value;
            let Some((_, who)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) else { continue };
            let message = format!("`{name}` of {} replaces a variable that is set for it: {who}.", part.title());
            findings.push(
                Finding::new(&RESERVED_ENV_NAME, pair.key.span, message)
                    .path(part.path_of(&["properties", name]))
                    .help("Use another name, unless replacing it is what you want."),
            );
        }
    }
}
