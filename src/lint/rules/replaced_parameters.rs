//! Parameters that another one beside them replaces.

use super::super::page::{Kind, Page, Part, is_null};
use crate::finding::{Change, Finding, Findings, Fix, REPLACED_PARAMETERS};
use crate::source::yaml::Pair;

/// A parameter, and those that count for nothing beside it.
pub const REPLACES: &[(&str, &[&str])] = &[
    ("routes", &["host", "hosts", "domain", "domains", "route-path", "no-hostname"]),
    ("idle-routes", &["idle-host", "idle-hosts", "idle-domain", "idle-domains"]),
    ("hosts", &["host"]),
    ("domains", &["domain"]),
    ("idle-hosts", &["idle-host"]),
    ("idle-domains", &["idle-domain"]),
    ("buildpacks", &["buildpack"]),
];

const ADDRESSES: &[&str] = &["routes", "host", "hosts", "domain", "domains", "route-path", "no-hostname"];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module) {
        let parameters = part.entries("parameters");
        let find = |name: &str| parameters.iter().find(|pair| &*pair.key.value == name && !is_null(&pair.value));
        let mut said: Vec<&str> = Vec::new();
        let tell = |dropped: &Pair, by: &Pair, findings: &mut Findings| findings.push(finding(part, dropped, by));
        if let Some(no_route) = find("no-route").filter(|pair| super::super::page::text(&pair.value) == Some("true")) {
            for dropped in ADDRESSES.iter().filter_map(|name| find(name)) {
                said.push(&dropped.key.value);
                tell(dropped, no_route, findings);
            }
        }
        for (winner, losers) in REPLACES {
            let Some(by) = find(winner) else { continue };
            for dropped in losers.iter().filter_map(|name| find(name)) {
                if !said.contains(&&*dropped.key.value) {
                    said.push(&dropped.key.value);
                    tell(dropped, by, findings);
                }
            }
        }
        let features =
            find("app-features").filter(|pair| pair.value.pairs().iter().any(|pair| &*pair.key.value == "ssh"));
        if let (Some(by), Some(dropped)) = (features, find("enable-ssh")) {
            tell(dropped, by, findings);
        }
    }
}

fn finding(part: &Part<'_>, dropped: &Pair, by: &Pair) -> Finding {
    let (name, winner) = (&dropped.key.value, &by.key.value);
    let message = format!("`{name}` of {} has no effect beside `{winner}`.", part.title());
    // Flags about nothing would be an error.
    let flags = part.entries("parameters-metadata").iter().find(|pair| pair.key.value == *name);
    let gone = [dropped].into_iter().chain(flags).map(|pair| Change::delete(pair.key.span));
    Finding::new(&REPLACED_PARAMETERS, dropped.key.span, message)
        .path(part.path_of(&["parameters", name]))
        .related(by.key.span, "this one counts")
        .help(format!("Delete `{name}`, or `{winner}`."))
        .fix(Fix::safe(format!("Delete `{name}`"), gone.collect::<Vec<_>>()))
}
