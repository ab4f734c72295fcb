//! A parameter that hides another one of the same name, where a placeholder asks for it.

use super::super::whole::{Whole, ask};
use crate::finding::{Finding, Findings, SHADOWED_NAME};
use crate::tree::Map;
use std::collections::HashSet;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let outer = &whole.descriptor.parameters.map;
    // What is asked for need not be known where nothing is hidden, which is nearly everywhere.
    let hides = |inner: &Map| inner.keys().any(|key| outer.contains(key));
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        if !hides(&module.parameters.map) {
            continue;
        }
        let mut asked = HashSet::new();
        let inside = module
            .requires
            .iter()
            .flat_map(|required| [&required.properties.map, &required.parameters.map])
            .chain(module.provides.iter().flat_map(|set| [&set.properties.map, &set.parameters.map]))
            .chain([&module.properties.map, &module.parameters.map]);
        inside.for_each(|map| ask(map, &mut asked));
        let title = format!("module `{}`", module.name.value);
        tell(outer, &module.parameters.map, &asked, &title, &format!("modules[{at}]"), findings);
    }
    for (at, resource) in whole.descriptor.resources.iter().enumerate() {
        if !hides(&resource.parameters.map) {
            continue;
        }
        let mut asked = HashSet::new();
        [&resource.properties.map, &resource.parameters.map].into_iter().for_each(|map| ask(map, &mut asked));
        let title = format!("resource `{}`", resource.name.value);
        tell(outer, &resource.parameters.map, &asked, &title, &format!("resources[{at}]"), findings);
    }
}

fn tell(outer: &Map, inner: &Map, asked: &HashSet<&str>, title: &str, path: &str, findings: &mut Findings) {
    for (key, value) in inner.iter() {
        let Some((hidden, other)) = outer.get_key_value(&key.text) else { continue };
        // What a type or the target gives has no author to tell.
        let (Some(at), Some(hidden_at)) = (key.span, hidden.span) else { continue };
        if value == other || !asked.contains(&*key.text) || at == hidden_at {
            continue;
        }
        findings.push(
            Finding::new(
                &SHADOWED_NAME,
                at,
                format!("`{}` of {title} hides the descriptor's parameter of that name.", key.text),
            )
            .path(format!("{path}.parameters.{}", key.text))
            .related(hidden_at, "hidden by it")
            .help(format!("Inside {title}, `${{{}}}` is this value. Use two names if both are meant.", key.text)),
        );
    }
}
