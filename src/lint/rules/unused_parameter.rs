//! A parameter of the descriptor that no placeholder asks for and that nothing else knows.

use super::super::whole::{Whole, maps, placeholders, texts};
use crate::finding::{Change, Finding, Findings, Fix, UNUSED_PARAMETER};
use crate::name::Suggestions;
use crate::plan::parameters::PARAMETERS;
use crate::source::FileId;
use crate::source::yaml::anchors;
use crate::tree::Place;
use std::collections::{BTreeSet, HashMap, HashSet};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let mut asked: HashSet<&str> = HashSet::new();
    maps(whole.descriptor, &mut |map| {
        for (_, value) in map.iter() {
            texts(value, &mut |text| {
                placeholders(text, &mut |key| {
                    asked.insert(key);
                })
            });
        }
    });
    let target = &whole.target;
    let known = |name: &str| {
        PARAMETERS.iter().any(|parameter| parameter.name == name)
            || target.parameters.contains(name)
            || target.plural_parameters.iter().any(|(one, many)| one == name || many == name)
            || crate::stage::is_system_parameter(name)
    };
    let place = Place::ROOT.key("parameters");
    let suggestions = Suggestions::default();
    let mut used_anchors: HashMap<FileId, BTreeSet<u32>> = HashMap::new();
    for (key, value) in whole.descriptor.parameters.map.iter() {
        let name = &*key.text;
        let Some(at) = key.span.filter(|_| !asked.contains(name) && !known(name)) else { continue };
        // A parameter may be there for the anchor in it.
        let end = value.span().filter(|span| span.file == at.file).map_or(at.end, |span| span.end.max(at.end));
        let used = used_anchors.entry(at.file).or_insert_with(|| {
            let all = anchors(whole.sources.get(at.file).text(), at.file).into_iter();
            all.filter(|anchor| anchor.used).map(|anchor| anchor.name.span.start).collect()
        });
        if used.range(at.start..=end).next().is_some() {
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
