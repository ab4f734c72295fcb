//! The addresses that a descriptor gives a module.
//!
//! No router stands in front of the containers: what reaches a module is its published port. Routes are shown, and told to
//! whatever proxy there may be in labels.

use super::read::{Found, Reader};
use crate::finding::Findings;
use crate::stage::default_host;
use crate::target::Target;
use std::collections::BTreeMap;

/// `host.domain/path`, one for each route.
pub fn routes(reader: &Reader<'_, '_>, target: &Target) -> Vec<String> {
    match reader.find("routes") {
        Some(found) => {
            let routes =
                found.items().into_iter().filter_map(|item| Some(item.key("route")?.value.as_text()?.to_owned()));
            routes.collect()
        }
        None => from_hosts_and_domains(reader, target),
    }
}

/// The protocol of each route that names one.
pub fn protocols(reader: &Reader<'_, '_>) -> BTreeMap<String, String> {
    let items = reader.find("routes").map(|found| found.items()).unwrap_or_default();
    let text = |item: &Found<'_>, key: &str| Some(item.key(key)?.value.as_text()?.to_owned());
    items.iter().filter_map(|item| Some((text(item, "route")?, text(item, "protocol")?))).collect()
}

/// The port of the host that a TCP route names: `db.example.org:5432`.
pub fn host_port(route: &str) -> Option<u16> {
    let authority = route.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok().filter(|port| *port > 0)
}

/// Every host with every domain. Without either there is no address of the descriptor's own.
fn from_hosts_and_domains(reader: &Reader<'_, '_>, target: &Target) -> Vec<String> {
    let mut hosts = plural(reader, "hosts", "host");
    let mut domains = plural(reader, "domains", "domain");
    let path = reader.text("route-path").unwrap_or_default();
    let bare = reader.flag("no-hostname").unwrap_or(false);
    if domains.is_empty() && (bare || !hosts.is_empty()) {
        domains.push(target.default_domain.clone());
    }
    if hosts.is_empty() && !domains.is_empty() {
        hosts.push(default_host(reader.descriptor, reader.module, target));
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

/// The plural wins over the singular, unless it is an empty list.
fn plural(reader: &Reader<'_, '_>, many: &str, one: &str) -> Vec<String> {
    match reader.find(many).filter(|found| !found.items().is_empty()) {
        Some(found) => found.items().iter().filter_map(|item| item.text_or_number(&mut Findings::default())).collect(),
        None => reader.text(one).into_iter().map(str::to_owned).collect(),
    }
}
