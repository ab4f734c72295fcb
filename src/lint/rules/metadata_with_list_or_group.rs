//! `properties-metadata` in a requirement whose properties are collected into one variable.

use super::super::page::{Kind, Page};
use crate::finding::{Finding, Findings, METADATA_WITH_LIST_OR_GROUP};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Requires) {
        let Some(flags) = part.pair("properties-metadata") else { continue };
        let Some(collector) = part.pair("list").or_else(|| part.pair("group")) else { continue };
        let message = format!("`properties-metadata` of {} stands beside `{}`.", part.title(), collector.key.value);
        findings.push(
            Finding::new(&METADATA_WITH_LIST_OR_GROUP, flags.key.span, message)
                .path(part.path_of(&["properties-metadata"]))
                .related(collector.key.span, "the properties become one variable here")
                .help("Flags are for single variables. Delete one of the two."),
        );
    }
}
