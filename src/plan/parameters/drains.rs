//! Where a module's log goes: to the server that a user-provided service it is bound to names.

use super::read::{Found, Reader};
use crate::descriptor::Resource;
use crate::finding::{Finding, NO_EFFECT, Severity};
use crate::plan::unit::SyslogDrain;
use crate::source::Span;
use crate::target::Target;
use std::collections::HashMap;

/// The resources that name a server for logs.
pub type Drains<'d> = HashMap<&'d str, Drain<'d>>;

#[derive(Clone, Debug)]
pub struct Drain<'d> {
    resource: &'d Resource,
    index: usize,
}

const PARAMETER: &str = "syslog-drain-url";

/// Those of active user-provided services.
pub fn drains<'d>(resources: &'d [Resource], target: &Target) -> Drains<'d> {
    let named = resources.iter().enumerate().filter(|(_, resource)| resource.active);
    let named = named.filter(|(_, resource)| resource.parameters.map.get(PARAMETER).is_some_and(|url| !url.is_null()));
    let provided = named.filter(|(_, resource)| {
        let kind = resource.kind.as_ref().map_or("", |kind| &*kind.value);
        target.resource_meaning(kind, &resource.parameters.map) == "user-provided-service"
    });
    provided.map(|(index, resource)| (resource.name.value.as_str(), Drain { resource, index })).collect()
}

/// The drain of a module, and whether it must not be shown. A container has one log driver, so the first one counts.
pub fn drain(reader: &mut Reader<'_, '_>, drains: &Drains<'_>) -> Option<(SyslogDrain, Shown)> {
    let bound = reader.module.requires.iter().filter_map(|requires| drains.get(requires.name.value.as_str()));
    let mut found: Vec<Found<'_>> = bound.filter_map(Drain::found).collect();
    if found.is_empty() {
        return None;
    }
    let first = found.remove(0);
    for other in &found {
        let message = format!(
            "`{PARAMETER}` has no effect on module `{}`: its log goes to another server already.",
            reader.module.name.value
        );
        reader.findings.push(no_effect(other, message).related(first.at, "this one is required first"));
    }
    let url = first.value.as_text()?;
    let Some(address) = address(url) else {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let message = format!("`{PARAMETER}` has no effect here: an engine sends logs by syslog, not to `{scheme}:`.");
        let help = "Write `syslog://HOST:PORT`, or `syslog-tls://HOST:PORT`.";
        reader.findings.push(no_effect(&first, message).help(help));
        return None;
    };
    let shown = if first.value.holds_secret() { Shown::Never } else { Shown::Always };
    Some((SyslogDrain { address }, shown))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Always,
    Never,
}

impl<'d> Drain<'d> {
    fn found(&self) -> Option<Found<'d>> {
        let (key, value) = self.resource.parameters.map.get_key_value(PARAMETER)?;
        let at: Span = value.span().or(key.span).unwrap_or(self.resource.name.span);
        let path = format!("resources[{}].parameters.{PARAMETER}", self.index);
        Some(Found { name: PARAMETER.to_owned(), value, at, path })
    }
}

fn no_effect(found: &Found<'_>, message: String) -> Finding {
    Finding { severity: Severity::Warning, ..Finding::new(&NO_EFFECT, found.at, message).path(&*found.path) }
}

/// In the words of the engine's driver; user, path and query mean nothing to it. `None`: it cannot go there.
fn address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = match scheme {
        "syslog" | "tcp" => "tcp",
        "syslog-tls" | "tcp+tls" => "tcp+tls",
        "udp" => "udp",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    (!host.is_empty()).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_engines_driver() {
        let same = |url: &str, expected: &str| assert_eq!(address(url).as_deref(), Some(expected), "{url}");
        same("syslog://logs.example.org:514", "tcp://logs.example.org:514");
        same("syslog-tls://me:secret@logs.example.org:6514/path?drain-type=all", "tcp+tls://logs.example.org:6514");
        same("udp://10.0.0.1", "udp://10.0.0.1");
        for wrong in ["https://logs.example.org", "logs.example.org:514", "syslog://", ""] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
