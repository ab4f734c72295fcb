//! A parameter of the descriptor that no placeholder asks for and that nothing else knows.

use super::super::whole::{UsedAnchors, Whole, asked};
use crate::finding::{Change, Finding, Findings, Fix, UNUSED_PARAMETER};
use crate::name::Suggestions;
use crate::plan::parameters::PARAMETERS;
use crate::tree::Place;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let asked = asked(whole.descriptor);
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
    for (key, value) in whole.descriptor.parameters.map.iter() {
        let name = &*key.text;
        let Some(at) = key.span.filter(|_| !asked.contains(name) && !known(name)) else { continue };
        // A parameter may be there for the anchor in it.
        if anchors.any_in(at, value) {
            continue;
        }
        let finding = Finding::new(&UNUSED_PARAMETER, at, format!("No placeholder asks for the parameter `{name}`."))
            .path(place.key(name).to_string());
        let known = PARAMETERS.iter().map(|parameter| parameter.name);
        findings.push(match suggestions.nearest(name, known) {
            Some(meant) => finding.did_you_mean(Some(meant)).fix(Fix::replace(at, meant)),
            None => {
                // Flags about nothing would be an error.
                let has_flags = whole.descriptor.parameters.metadata.contains_key(name);
                let delete = || Fix::risky(format!("Delete `{name}`"), [Change::delete(at)]);
                finding.help(format!("Use it with `${{{name}}}`, or delete it.")).fix((!has_flags).then(delete))
            }
        });
    }
}
