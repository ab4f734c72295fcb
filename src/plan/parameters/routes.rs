//! The addresses that a descriptor gives a module.
//!
//! No router stands in front of the containers yet, so routes are shown, not served: what reaches a module is its
//! published port.

use super::read::Reader;

/// `host.domain/path`, one for each route. `default_domain` is the target's.
pub fn routes(reader: &mut Reader<'_, '_>, default_domain: &str) -> Vec<String> {
    match reader.find("routes") {
        Some(found) => {
            if found.value.as_list().is_none() {
                reader.findings.push(found.bad("a list of maps with `route`"));
                return Vec::new();
            }
            let mut routes = Vec::new();
            for item in found.items() {
                match item.key("route") {
                    Some(route) => routes.extend(route.text(reader.findings)),
                    None => reader.findings.push(item.bad("a map with `route`")),
                }
            }
            routes
        }
        None => from_hosts_and_domains(reader, default_domain),
    }
}

/// Every host with every domain. Without either there is no address of the descriptor's own.
fn from_hosts_and_domains(reader: &mut Reader<'_, '_>, default_domain: &str) -> Vec<String> {
    let hosts = plural(reader, "hosts", "host");
    let mut domains = plural(reader, "domains", "domain");
    let path = reader.text("route-path").unwrap_or_default();
    let bare = reader.flag("no-hostname").unwrap_or(false);
    if domains.is_empty() && (bare || !hosts.is_empty()) {
        domains.push(default_domain.to_owned());
    }
    if bare {
        return domains.iter().map(|domain| format!("{domain}{path}")).collect();
    }
    hosts
        .iter()
        .flat_map(|host| domains.iter().map(move |domain| (host, domain)))
        .map(|(host, domain)| format!("{host}.{domain}{path}"))
        .collect()
}

fn plural(reader: &mut Reader<'_, '_>, many: &str, one: &str) -> Vec<String> {
    match reader.find(many) {
        Some(found) => found.texts(reader.findings).unwrap_or_default(),
        None => reader.text(one).into_iter().collect(),
    }
}
