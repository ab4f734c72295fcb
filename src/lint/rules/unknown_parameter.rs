//! A parameter of a module, a resource or something inside them that nobody knows and no placeholder asks for.
//!
//! What is nearly a known name, or stands at the wrong place, is found with all other parameters, and has a better message
//! there. (Parameters of the descriptor: [`super::unused_parameter`].)

use super::super::whole::{UsedAnchors, Whole, sites};
use crate::finding::{Finding, Findings, UNKNOWN_PARAMETER};
use crate::plan::parameters::PARAMETERS;

/// Not the deployer's, and read all the same: whoever deploys application content asks a requirement for its key.
const OF_OTHERS: [&str; 1] = ["service-key"];

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let target = whole.target;
    let known = |name: &str| {
        PARAMETERS.iter().any(|parameter| parameter.name == name)
            || OF_OTHERS.contains(&name)
            || target.plural_parameters.iter().any(|(one, many)| one == name || many == name)
            || crate::stage::is_system_parameter(name)
    };
    let mut anchors = UsedAnchors::new(whole.sources);
    sites(whole.descriptor, &mut |site| {
        if site.section != "parameters" || site.is_of_descriptor() {
            return;
        }
        for (key, value) in site.map.iter() {
            let name = &*key.text;
            let Some(at) = key.span.filter(|_| !known(name) && !whole.asked().contains(name)) else { continue };
            if anchors.any_in(at, value) {
                continue;
            }
            findings.push(
                Finding::new(
                    &UNKNOWN_PARAMETER,
                    at,
                    format!("Nobody knows the parameter `{name}` of {}, and no placeholder asks for it.", site.title),
                )
                .path(site.path_of(name))
                .help(format!("It has no effect. Delete it, or use it with `${{{name}}}`.")),
            );
        }
    });
}
