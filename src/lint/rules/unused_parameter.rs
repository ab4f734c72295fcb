//! A parameter of the descriptor that no placeholder asks for and that nothing else knows.

use super::super::page::Kind;
use super::super::whole::{Whole, placeholders, sites, texts};
use crate::finding::{Finding, Findings, UNUSED_PARAMETER};
use crate::name::nearest;
use crate::plan::parameters::PARAMETERS;
use crate::source::yaml::anchors;
use std::collections::HashSet;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let mut asked: HashSet<&str> = HashSet::new();
    let all = sites(whole.descriptor);
    for site in &all {
        for (_, value) in site.map.iter() {
            texts(value, &mut |text| {
                placeholders(text, &mut |key| {
                    asked.insert(key);
                })
            });
        }
    }
    let target = &whole.target;
    let known = |name: &str| {
        PARAMETERS.iter().any(|parameter| parameter.name == name)
            || target.parameters.contains(name)
            || target.plural_parameters.iter().any(|(one, many)| one == name || many == name)
            || crate::stage::is_system_parameter(name)
    };
    for site in all.iter().filter(|site| site.kind == Kind::Root) {
        for (key, value) in site.map.iter() {
            let name = &*key.text;
            let Some(at) = key.span.filter(|_| !asked.contains(name) && !known(name)) else { continue };
            // A parameter may be there for the anchor in it.
            let text = whole.sources.get(at.file);
            let end = value.span().filter(|span| span.file == at.file).map_or(at.end, |span| span.end.max(at.end));
            let holds = |at_anchor: u32| (at.start..=end).contains(&at_anchor);
            if anchors(text.text(), at.file).iter().any(|anchor| anchor.used && holds(anchor.name.span.start)) {
                continue;
            }
            let finding =
                Finding::new(&UNUSED_PARAMETER, at, format!("No placeholder asks for the parameter `{name}`."))
                    .path(site.path_of(name));
            let known = PARAMETERS.iter().map(|parameter| parameter.name);
            findings.push(match nearest(name, known) {
                Some(meant) => finding.did_you_mean(Some(meant)),
                None => finding.help(format!("Use it with `${{{name}}}`, or delete it.")),
            });
        }
    }
}
