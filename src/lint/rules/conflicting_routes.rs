//! One address that two modules claim, or one module twice.

use super::super::whole::Whole;
use crate::descriptor::Module;
use crate::finding::{CONFLICTING_ROUTES, Finding, Findings};
use crate::source::Span;
use crate::tree::{Map, Value};
use std::collections::HashMap;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let mut claimed: HashMap<String, (Span, &str, String)> = HashMap::new();
    let descriptor = whole.descriptor;
    for (at, module) in descriptor.modules.iter().enumerate() {
        for (route, span, path) in routes(module) {
            let name = module.name.value.as_str();
            let path = format!("modules[{at}].parameters.{path}");
            let normal = route.trim_end_matches('/').to_lowercase();
            let Some((first, owner, held)) = claimed.get(&normal).cloned() else {
                claimed.insert(normal, (span, name, path));
                continue;
            };
            // What an extension claims is in the way of what the descriptor has, whichever comes first.
            let is_written = |span: Span| span.file == descriptor.file;
            let (span, other, name, owner, path) = match is_written(span) && !is_written(first) {
                true => (first, span, owner, name, held),
                false => (span, first, name, owner, path),
            };
            let message = if owner == name {
                format!("Module `{name}` has the route `{route}` twice.")
            } else {
                format!("Module `{name}` claims the route `{route}`, which module `{owner}` has.")
            };
            findings.push(
                Finding::new(&CONFLICTING_ROUTES, span, message)
                    .path(path)
                    .related(other, "the other one")
                    .help("Give each module an address of its own; a path makes a difference too."),
            );
        }
    }
}

/// The addresses that a module's author wrote, each with its place.
fn routes(module: &Module) -> Vec<(String, Span, String)> {
    let parameters = &module.parameters.map;
    if parameters.get("no-route").and_then(Value::as_bool) == Some(true) {
        return Vec::new();
    }
    if let Some(routes) = parameters.get("routes").and_then(Value::as_list) {
        let route = |(at, value): (usize, &Value)| {
            let route = value.as_map()?.get("route")?;
            Some((route.as_text()?.to_owned(), route.span()?, format!("routes[{at}].route")))
        };
        return routes.iter().enumerate().filter_map(route).collect();
    }
    let hosts = texts(parameters, "hosts", "host");
    let domains = texts(parameters, "domains", "domain");
    let path = parameters.get("route-path").and_then(Value::as_text).unwrap_or("");
    // A default host is made from the module's name, so only written ones can clash.
    hosts
        .iter()
        .flat_map(|(host, span, key)| {
            let with = |domain: &str| (format!("{host}.{domain}{path}"), *span, (*key).to_owned());
            match domains.is_empty() {
                true => vec![with("(default domain)")],
                false => domains.iter().map(|(domain, ..)| with(domain)).collect(),
            }
        })
        .collect()
}

fn texts<'m>(map: &'m Map, many: &'static str, one: &'static str) -> Vec<(&'m str, Span, &'static str)> {
    let several = map.get(many).and_then(Value::as_list).unwrap_or_default();
    let several: Vec<_> = several.iter().filter_map(|value| Some((value.as_text()?, value.span()?, many))).collect();
    if !several.is_empty() {
        return several;
    }
    map.get(one).and_then(|value| Some((value.as_text()?, value.span()?, one))).into_iter().collect()
}
