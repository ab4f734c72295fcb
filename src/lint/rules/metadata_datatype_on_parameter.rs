//! `datatype` in `parameters-metadata`: only properties have one.

use super::super::page::Page;
use crate::finding::{Change, Finding, Findings, Fix, METADATA_DATATYPE_ON_PARAMETER};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        for flags in part.entries("parameters-metadata") {
            let Some(datatype) = flags.value.pair("datatype") else {
                continue;
            };
            let message = format!("`datatype` stands with the parameter `{}` of {}.", flags.key.value, part.title());
            let finding = Finding::new(&METADATA_DATATYPE_ON_PARAMETER, datatype.key.span, message)
                .path(part.path_of(&["parameters-metadata", &flags.key.value, "datatype"]))
                .help("Only properties have a data type. Delete the line.")
                .fix(Fix::safe("Delete `datatype`", [Change::delete(datatype.key.span)]));
            findings.push(finding);
        }
    }
}
