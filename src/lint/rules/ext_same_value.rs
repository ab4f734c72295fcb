//! An extension that sets what is set already.

use super::super::whole::{Site, Whole, sites};
use crate::finding::{Change, EXT_SAME_VALUE, Finding, Findings, Fix};
use crate::source::Span;
use crate::tree::{Built, Key, Kind, Origin, Value};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    if !whole.extended {
        return;
    }
    sites(whole.descriptor, &mut |site| {
        for (key, value) in site.map.iter() {
            entry(whole, site, &key.text, key, value, findings);
        }
    });
}

fn entry(whole: &Whole<'_>, site: &Site<'_, '_>, top: &str, key: &Key, value: &Value, findings: &mut Findings) {
    if let Kind::Map(map) = &value.kind {
        return map.iter().for_each(|(key, value)| entry(whole, site, top, key, value, findings));
    }
    let Origin::Built(built) = &value.origin else { return };
    let Built::Overwrote { now, before } = &**built else { return };
    let (Some(now), Some(before)) = (now.span(), before.span()) else { return };
    if now.file == before.file || written(whole, now) != written(whole, before) || value.holds_secret() {
        return;
    }
    findings.push(
        Finding::new(
            &EXT_SAME_VALUE,
            key.span.unwrap_or(now),
            format!("`{}` of {} has this value already.", key.text, site.title),
        )
        .path(site.path_of(top))
        .related(before, "set here")
        .fix(
            key.span
                .filter(|at| at.file == now.file)
                .map(|at| Fix::safe(format!("Delete `{}`", key.text), [Change::delete(at)])),
        )
        .help("Delete the line: it hides that the value could change in the descriptor."),
    );
}

fn written<'w>(whole: &'w Whole<'_>, span: Span) -> &'w str {
    whole.sources.slice(span).trim()
}
