//! What a module learns of the services it requires: `VCAP_SERVICES` and injected service keys (environment reference, 3).
//!
//! windlass creates no services; it hands on what the descriptor says of them (`config`), so that an application finds its
//! credentials where the platform would have put them.

use super::Composition;
use crate::descriptor::{Descriptor, Module, Requires, Resource};
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Findings};
use crate::source::Span;
use crate::target::{Compat, Target};
use crate::tree::{Key, Kind, Map, Origin, Value};
use std::collections::{HashMap, HashSet};

const VARIABLE: &str = "VCAP_SERVICES";

pub fn add(
    at: usize,
    module: &Module,
    resources: &HashMap<&str, &Resource>,
    target: &Target,
    composition: &mut Composition,
    findings: &mut Findings,
) {
    let mut bound: HashSet<&str> = HashSet::new();
    let mut services: Vec<(String, Vec<Value>)> = Vec::new();
    for (requires_at, requires) in module.requires.iter().enumerate() {
        if let Some(config) = requires.parameters.map.get("config")
            && !matches!(config.kind, Kind::Map(_) | Kind::Null)
        {
            let owner = format!("requirement `{}` of module `{}`", requires.name.value, module.name.value);
            let path = format!("modules[{at}].requires[{requires_at}].parameters.config");
            findings.push(no_map(&owner, config, requires.name.span).path(path));
        }
        let Some(resource) = resources.get(requires.name.value.as_str()).filter(|resource| resource.active) else {
            continue;
        };
        let Some(kind) = &resource.kind else { continue };
        match target.resource_meaning(&kind.value, &resource.parameters.map) {
            "existing-service-key" => inject_key(requires, resource, composition),
            "managed-service" | "user-provided-service" | "existing-service"
                if target.compat == Compat::Documented && bound.insert(resource.name.value.as_str()) =>
            {
                let label = text(&resource.parameters.map, "service").unwrap_or("user-provided");
                let binding = binding(requires, resource, label);
                match services.iter_mut().find(|(name, _)| name == label) {
                    Some((_, bindings)) => bindings.push(binding),
                    None => services.push((label.into(), vec![binding])),
                }
            }
            _ => {}
        }
    }
    if !services.is_empty() {
        let map = services
            .into_iter()
            .map(|(label, bindings)| (Key::from(label.as_str()), Value::list(bindings, Origin::Nowhere)))
            .collect();
        composition.set(VARIABLE, Value::map(map, Origin::Written(module.name.span)));
    }
}

/// Where a container finds its services when they are in a file, as on the platform of the deploy service.
pub const FILE: &str = "/etc/cf-service-bindings/vcap_services";

/// The variable that says so.
pub const FILE_VARIABLE: &str = "VCAP_SERVICES_FILE_PATH";

/// Tells the path of the file to a module that asks for it (`app-features`) and is bound to something. What the file holds
/// is the text of `VCAP_SERVICES`.
pub fn tell_file(module: &Module, descriptor: &Descriptor, composition: &mut Composition) {
    let features = [&module.parameters, &descriptor.parameters].map(|values| values.map.get("app-features"));
    let features = features.into_iter().flatten().find(|features| !features.is_null());
    let asked = features.and_then(|features| features.as_map()?.get("file-based-vcap-services"));
    if let Some(asked) = asked.filter(|asked| asked.as_bool() == Some(true) && composition.has(VARIABLE)) {
        composition.set(FILE_VARIABLE, Value::text(FILE, asked.origin.clone()));
    }
}

/// What user-provided services hand on must be a map; one finding each, whoever binds it.
pub fn check(resources: &[Resource], target: &Target, findings: &mut Findings) {
    for (at, resource) in resources.iter().enumerate() {
        let kind = resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
        let is_service = matches!(
            target.resource_meaning(kind, &resource.parameters.map),
            "managed-service" | "user-provided-service" | "existing-service" | "existing-service-key"
        );
        if let Some(config) = resource.parameters.map.get("config").filter(|_| is_service)
            && !matches!(config.kind, Kind::Map(_) | Kind::Null)
        {
            let path = format!("resources[{at}].parameters.config");
            let owner = format!("resource `{}`", resource.name.value);
            findings.push(no_map(&owner, config, resource.name.span).path(path));
        }
    }
}

fn no_map(owner: &str, config: &Value, fallback: Span) -> Finding {
    let message = format!("`config` of {owner} must be a map, and is {}", config.kind_name());
    Finding::new(&BAD_PARAMETER_VALUE, config.span().unwrap_or(fallback), message).help("Write `config: {key: value}`.")
}

/// The key's credentials, as one variable.
fn inject_key(requires: &Requires, resource: &Resource, composition: &mut Composition) {
    let Some(config) = resource.parameters.map.get("config") else { return };
    let name = text(&requires.parameters.map, "env-var-name")
        .or_else(|| text(&resource.parameters.map, "service-key-name"))
        .unwrap_or(resource.name.value.as_str());
    composition.set(name, config.clone());
}

/// One element of `VCAP_SERVICES`, with the keys that the platform writes.
fn binding(requires: &Requires, resource: &Resource, label: &str) -> Value {
    let at = Origin::Written(resource.name.span);
    let parameters = &resource.parameters.map;
    let null = Value::new(Kind::Null, at.clone());
    let or_null = |value: Option<&Value>| value.cloned().unwrap_or_else(|| null.clone());
    let name = text(parameters, "service-name").unwrap_or(resource.name.value.as_str());
    let tags = parameters.get("service-tags").cloned().unwrap_or_else(|| Value::list(Vec::new(), at.clone()));
    let mut credentials = parameters.get("config").and_then(Value::as_map).cloned().unwrap_or_default();
    for (key, value) in requires.parameters.map.get("config").and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        credentials.insert(key.clone(), value.clone());
    }
    let mut map = Map::default();
    let mut set = |key: &str, value: Value| map.insert(Key::from(key), value);
    set("name", Value::text(name, at.clone()));
    set("instance_name", Value::text(name, at.clone()));
    set("binding_name", or_null(requires.parameters.map.get("binding-name")));
    set("label", Value::text(label, at.clone()));
    if let Some(plan) = parameters.get("service-plan") {
        set("plan", plan.clone());
    }
    set("tags", tags);
    set("credentials", Value::map(credentials, at.clone()));
    if let Some(url) = parameters.get("syslog-drain-url") {
        set("syslog_drain_url", url.clone());
    }
    Value::map(map, at)
}

fn text<'m>(map: &'m Map, key: &str) -> Option<&'m str> {
    map.get(key).and_then(Value::as_text)
}
