//! The addresses that a descriptor gives a module.
//!
//! No router stands in front of the containers yet, so routes are shown, not served: what reaches a module is its
//! published port.

use super::read::Reader;
use crate::finding::Findings;

/// `host.domain/path`, one for each route. `default_domain` is the target's.
pub fn routes(reader: &Reader<'_, '_>, default_domain: &str) -> Vec<String> {
    match reader.find("routes") {
        Some(found) => {
            let routes =
                found.items().into_iter().filter_map(|item| Some(item.key("route")?.value.as_text()?.to_owned()));
            routes.collect()
        }
        None => from_hosts_and_domains(reader, default_domain),
    }
}

/// Every host with every domain. Without either there is no address of the descriptor's own.
fn from_hosts_and_domains(reader: &Reader<'_, '_>, default_domain: &str) -> Vec<String> {
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

fn plural(reader: &Reader<'_, '_>, many: &str, one: &str) -> Vec<String> {
    match reader.find(many) {
        Some(found) => found.items().iter().filter_map(|item| item.text_or_number(&mut Findings::default())).collect(),
        None => reader.text(one).into_iter().map(str::to_owned).collect(),
    }
}
