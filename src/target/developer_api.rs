//! Where modules find the developers' API: `scheme://host:port`.
//!
//! A port that is not said is a warning and no error: the example that modules are made from reads addresses without one.

use crate::finding::{BAD_PARAMETER_VALUE, Finding, Severity};
use crate::source::Spanned;
use crate::tree::shape::{Fields, Reader};

const KEY: &str = "developer-api-host";

pub(super) fn read(reader: &mut Reader, fields: &Fields<'_>) -> Option<String> {
    let Spanned { value, span } = fields.text(KEY)?;
    if let Some(wrong) = wrong(&value) {
        let message = format!("`{KEY}` of the target {}.", wrong.words());
        let finding = Finding::new(&BAD_PARAMETER_VALUE, span, message).path(KEY);
        reader.findings.push(match wrong {
            Wrong::NoPort(port) => {
                Finding { severity: Severity::Warning, ..finding.help(format!("Write `{value}:{port}`.")) }
            }
            _ => finding.help("Write it as `https://shop.example.org:443`."),
        });
    }
    Some(value)
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Scheme,
    Host,
    Port,
    /// More than host and port: a path, a user.
    More,
    /// With the port that is meant by the scheme.
    NoPort(u16),
}

impl Wrong {
    fn words(&self) -> &'static str {
        match self {
            Wrong::Scheme => "has no scheme: it begins with `https://` or `http://`",
            Wrong::Host => "names no host",
            Wrong::Port => "has a port that is no number from 1 to 65535",
            Wrong::More => "has more than scheme, host and port",
            Wrong::NoPort(_) => "names no port",
        }
    }
}

fn wrong(text: &str) -> Option<Wrong> {
    let Some((usual, rest)) = [("https://", 443), ("http://", 80)]
        .into_iter()
        .find_map(|(scheme, port)| text.strip_prefix(scheme).map(|rest| (port, rest)))
    else {
        return Some(Wrong::Scheme);
    };
    if rest.contains(['/', '?', '#', '@']) {
        return Some(Wrong::More);
    }
    // An address of version 6 has colons of its own, in brackets.
    let behind = rest.rfind(']').unwrap_or(0);
    let (host, port) = match rest[behind..].split_once(':') {
        Some((_, port)) => (&rest[..rest.len() - port.len() - 1], Some(port)),
        None => (rest, None),
    };
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    if host.is_empty() || !host.chars().all(inner) || (host.contains(':') && !host.starts_with('[')) {
        return Some(Wrong::Host);
    }
    match port {
        None => Some(Wrong::NoPort(usual)),
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => None,
        Some(_) => Some(Wrong::Port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_scheme_host_and_port_and_no_more() {
        for right in ["https://shop.example.org:443", "http://api:8080", "http://[::1]:80"] {
            assert_eq!(wrong(right), None, "{right}");
        }
        for (text, expected) in [
            ("shop.example.org:443", Wrong::Scheme),
            ("ftp://shop.example.org:21", Wrong::Scheme),
            ("https://:443", Wrong::Host),
            ("https://", Wrong::Host),
            ("https://a b:443", Wrong::Host),
            ("https://shop.example.org:0", Wrong::Port),
            ("https://shop.example.org:https", Wrong::Port),
            ("https://shop.example.org:443/api", Wrong::More),
            ("https://me@shop.example.org:443", Wrong::More),
            ("https://shop.example.org", Wrong::NoPort(443)),
            ("http://api", Wrong::NoPort(80)),
        ] {
            assert_eq!(wrong(text), Some(expected), "{text}");
        }
    }
}
