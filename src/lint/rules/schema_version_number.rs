//! `_schema-version` as a YAML number: `3.10` would become `3.1`. (A `version` that is a number is an error.)

use super::super::page::{Page, plain};
use crate::finding::{Change, Finding, Findings, Fix, SCHEMA_VERSION_NUMBER};
use crate::source::yaml::scalar::Plain;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let key = "_schema-version";
    let Some(node) = page.root().value(key) else { return };
    let Some((text, Plain::Int(_) | Plain::Float(_))) = plain(node) else { return };
    if page.written(node.span) != text {
        return;
    }
    let quoted = format!("\"{text}\"");
    findings.push(
        Finding::new(&SCHEMA_VERSION_NUMBER, node.span, format!("`{key}` is a number here; a version is a text."))
            .path(key)
            .help(format!("Write `{quoted}`: as a number, `3.10` is `3.1`."))
            .fix(Fix::safe("Put it in quotes", [Change::Quote { at: node.span }])),
    );
}
