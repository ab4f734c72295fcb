//! Keys that nobody knows where they stand, and that mean something elsewhere: `memory` beside `parameters` instead of in it.
//!
//! The reader of documents knows keys only; what parameters there are is known here.

use crate::finding::{Finding, SCHEMA_UNKNOWN_KEY};
use crate::plan::parameters::{Place, known};

/// What other tools call it, and where it goes here.
const OTHER_TOOLS: &[(&str, &str)] = &[
    ("env", "Variables of a module stand in its `properties`."),
    ("environment", "Variables of a module stand in its `properties`."),
    ("image", "Name the image in the `parameters`: `docker: {image: …}`."),
    ("ports", "Ports stand in the `parameters`: `container: {ports: [8080]}`."),
    ("volumes", "Volumes stand in the `parameters`, below `container`."),
    ("services", "What a module needs stands in its `requires`, each entry with a `name`."),
    ("depends_on", "What a module needs stands in its `requires`; `deployed-after` gives only an order."),
];

/// The keys with which an entry of a list begins.
const OF_ELEMENTS: [&str; 3] = ["name", "type", "path"];

/// The finding with where the key belongs, if it says nothing better yet.
pub fn told(finding: Finding) -> Finding {
    if finding.code != &SCHEMA_UNKNOWN_KEY || finding.help.is_some() {
        return finding;
    }
    let (around, key) = finding.path.rsplit_once('.').unwrap_or(("", &finding.path));
    let list = around.rsplit('.').next().and_then(|step| step.split('[').next()).unwrap_or_default();
    let advice = match place(list) {
        Some(place) if known(place, key).is_some() => Some(parameter(key)),
        None if list.is_empty() && known(Place::Descriptor, key).or(known(Place::Module, key)).is_some() => {
            Some(parameter(key))
        }
        None if list.is_empty() && OF_ELEMENTS.contains(&key) => Some(format!(
            "It belongs to an entry of `modules` or `resources`, each of which begins with `- name: …`; `{key}` is indented like that."
        )),
        _ => None,
    };
    let others = || OTHER_TOOLS.iter().find(|(name, _)| *name == key).map(|(_, advice)| (*advice).to_owned());
    match advice.or_else(others) {
        Some(advice) => finding.help(advice),
        None => finding,
    }
}

fn parameter(key: &str) -> String {
    format!("It is a parameter: write it in the `parameters`, as `{key}: …`.")
}

fn place(list: &str) -> Option<Place> {
    Some(match list {
        "modules" => Place::Module,
        "resources" => Place::Resource,
        "requires" => Place::Requires,
        "provides" => Place::Provides,
        "hooks" => Place::Hook,
        _ => return None,
    })
}
