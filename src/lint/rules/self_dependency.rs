//! A module or a resource that requires itself. (Of `deployed-after` and `processed-after`, the order says so.)
//!
//! A module may require a set that it provides: references then name the set's properties. The set of its own name that every
//! module has without writing it holds nothing, so nothing can be gained from requiring that.

use super::super::whole::Whole;
use crate::descriptor::Requires;
use crate::finding::{Change, Finding, Findings, Fix, SELF_DEPENDENCY};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        let name = module.name.value.as_str();
        // An element that was written for it, or refused, is not of that kind.
        if module.provides.iter().any(|set| set.implicit && set.name.value.as_str() == name) {
            let help = "Delete the entry: a module need not wait for itself, and there is nothing in it to refer to.";
            tell("module", name, &module.requires, &format!("modules[{at}]"), help, findings);
        }
    }
    for (at, resource) in whole.descriptor.resources.iter().enumerate() {
        let help = "Delete the entry: what a resource has, it can say without it.";
        tell("resource", resource.name.value.as_str(), &resource.requires, &format!("resources[{at}]"), help, findings);
    }
}

fn tell(what: &str, name: &str, requires: &[Requires], path: &str, help: &str, findings: &mut Findings) {
    let own = |(_, required): &(usize, &Requires)| !name.is_empty() && required.name.value.as_str() == name;
    for (entry, required) in requires.iter().enumerate().filter(own) {
        let message = format!("The {what} `{name}` names itself in its own `requires`.");
        // With values of its own, an entry says more than a name.
        let says_nothing = required.properties.map.is_empty() && required.parameters.map.is_empty();
        let delete = || Fix::safe("Delete the entry", [Change::delete(required.span)]);
        let finding = Finding::new(&SELF_DEPENDENCY, required.name.span, message)
            .path(format!("{path}.requires[{entry}].name"))
            .help(help)
            .fix((what == "resource" || says_nothing && required.list.is_none()).then(delete));
        // It can be deployed all the same.
        findings.push(finding.as_warning());
    }
}
