//! Ports that a module publishes on the host.

use super::read::Found;
use super::types::unknown_keys;
use crate::finding::{Findings, Severity};
use crate::plan::unit::{Port, Protocol};

/// `8080`, `18080:8080`, `127.0.0.1:18080:8080/udp`, or a map; each may be given alone or in a list.
pub fn ports(found: &Found<'_>, findings: &mut Findings) -> Vec<Port> {
    found.items().iter().filter_map(|item| port(item, findings)).collect()
}

fn port(found: &Found<'_>, findings: &mut Findings) -> Option<Port> {
    if found.value.as_map().is_some() {
        return from_map(found, findings);
    }
    if found.value.as_int().is_some() {
        let container = number(found, findings)?;
        return Some(Port { container, host: None, address: None, protocol: Protocol::Tcp });
    }
    let port = found.value.as_text().and_then(from_text);
    if port.is_none() {
        findings
            .push(found.bad("`CONTAINER`, `HOST:CONTAINER` or `ADDRESS:HOST:CONTAINER`, with `/udp` behind it if so"));
    }
    port
}

fn from_text(text: &str) -> Option<Port> {
    let (ports, protocol) = match text.rsplit_once('/') {
        Some((ports, "tcp")) => (ports, Protocol::Tcp),
        Some((ports, "udp")) => (ports, Protocol::Udp),
        Some(_) => return None,
        None => (text, Protocol::Tcp),
    };
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let (rest, container) = match ports.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), number(container)?),
        None => (None, number(ports)?),
    };
    let Some(rest) = rest else { return Some(Port { container, host: None, address: None, protocol }) };
    // An IPv6 address stands in brackets: `[::1]:18080:8080`.
    let (address, host) = match rest.rsplit_once(':') {
        Some((address, host)) => (Some(address.trim_start_matches('[').trim_end_matches(']')), host),
        None => (None, rest),
    };
    let address = match address {
        Some(address) => Some(address.parse::<std::net::IpAddr>().ok()?.to_string()),
        None => None,
    };
    // `127.0.0.1::8080`: the engine chooses the host's port on that address.
    let host = if host.is_empty() && address.is_some() { None } else { Some(number(host)?) };
    Some(Port { container, host, address, protocol })
}

fn from_map(found: &Found<'_>, findings: &mut Findings) -> Option<Port> {
    unknown_keys(found, &["container", "host", "address", "protocol"], Severity::Error, findings);
    let Some(container) = found.key("container") else {
        findings.push(found.refuse(format!("`{}` does not say which port of the container.", found.name)));
        return None;
    };
    let container = number(&container, findings)?;
    let host = match found.key("host") {
        Some(host) => Some(number(&host, findings)?),
        None => None,
    };
    let address = match found.key("address") {
        Some(address) => {
            let text = address.text(findings)?;
            let Ok(parsed) = text.parse::<std::net::IpAddr>() else {
                findings.push(address.bad("an IP address of the host"));
                return None;
            };
            Some(parsed.to_string())
        }
        None => None,
    };
    let protocol = match found.key("protocol") {
        Some(protocol) => match &*protocol.text(findings)? {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => {
                findings.push(protocol.bad("`tcp` or `udp`"));
                return None;
            }
        },
        None => Protocol::Tcp,
    };
    Some(Port { container, host, address, protocol })
}

pub fn number(found: &Found<'_>, findings: &mut Findings) -> Option<u16> {
    let port = found.whole(1, u32::from(u16::MAX), "", findings)?;
    u16::try_from(port).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_written_as_docker_users_write_them() {
        let port = |host, address: Option<&str>, protocol| {
            Some(Port { container: 8080, host, address: address.map(str::to_owned), protocol })
        };
        assert_eq!(from_text("8080"), port(None, None, Protocol::Tcp));
        assert_eq!(from_text("18080:8080"), port(Some(18080), None, Protocol::Tcp));
        assert_eq!(from_text("127.0.0.1:18080:8080/udp"), port(Some(18080), Some("127.0.0.1"), Protocol::Udp));
        assert_eq!(from_text("127.0.0.1::8080"), port(None, Some("127.0.0.1"), Protocol::Tcp));
        assert_eq!(from_text("[::1]:18080:8080"), port(Some(18080), Some("::1"), Protocol::Tcp));
        for wrong in ["", "0", "web", "70000", ":8080", "1-2:3-4", "8080/sctp", "localhost:1:2"] {
            assert_eq!(from_text(wrong), None, "{wrong}");
        }
    }
}
