//! A parameter of the descriptor that no placeholder asks for and that nothing else knows.

use super::super::whole::{UsedAnchors, Whole};
use crate::descriptor::renamed;
use crate::finding::{Change, Finding, Findings, Fix, UNUSED_PARAMETER};
use crate::name::Suggestions;
use crate::plan::parameters::{PARAMETERS, Place as At, offered};
use crate::tree::Place;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let target = &whole.target;
    let known = |name: &str| {
        PARAMETERS.iter().any(|parameter| parameter.name == name)
            || target.parameters.contains(name)
            || target.plural_parameters.iter().any(|(one, many)| one == name || many == name)
            || crate::stage::is_system_parameter(name)
    };
    let place = Place::ROOT.key("parameters");
    let suggestions = Suggestions::default();
    let mut anchors = UsedAnchors::new(whole.sources);
    let parameters = &whole.descriptor.parameters;
    for (key, value) in parameters.map.iter() {
        let name = &*key.text;
        let Some(at) = key.span.filter(|_| !known(name) && !whole.asked().contains(name)) else { continue };
        // A parameter may be there for the anchor in it.
        if anchors.any_in(at, value) {
            continue;
        }
        let finding = Finding::new(&UNUSED_PARAMETER, at, format!("No placeholder asks for the parameter `{name}`."))
            .path(place.key(name).to_string());
        let free = |name: &&str| !parameters.map.contains(name);
        let known = offered(At::Descriptor).map(|parameter| parameter.name).filter(free);
        findings.push(match suggestions.nearest(name, known) {
            Some(meant) => finding.did_you_mean(Some(meant)).fix(renamed(key, &parameters.metadata, meant)),
            None => {
                // Flags about nothing would be an error.
                let flags = parameters.metadata.get(name).and_then(|flags| flags.key);
                let gone = [at].into_iter().chain(flags).map(Change::delete).collect::<Vec<_>>();
                finding
                    .help(format!("Use it with `${{{name}}}`, or delete it."))
                    .fix(Fix::risky(format!("Delete `{name}`"), gone))
            }
        });
    }
}
