//! `version` in an extension: nobody reads it.

use super::super::page::Page;
use crate::finding::{Change, EXT_VERSION_IGNORED, Finding, Findings, Fix};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let Some(pair) = page.root().pair("version").filter(|_| page.is_extension) else { return };
    let finding = Finding::new(&EXT_VERSION_IGNORED, pair.key.span, "The `version` of an extension has no effect.")
        .path("version")
        .help("Delete the line: the version is that of the descriptor.")
        .fix(Fix::safe("Delete `version`", [Change::delete(pair.key.span)]));
    findings.push(finding);
}
