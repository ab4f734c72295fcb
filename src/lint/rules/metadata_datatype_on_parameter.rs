//! `datatype` in `parameters-metadata`: only properties have one.

use super::super::page::{Page, pairs};
use crate::finding::{Applicability, Finding, Findings, METADATA_DATATYPE_ON_PARAMETER};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        for flags in part.entries("parameters-metadata") {
            let all = pairs(&flags.value);
            let Some(datatype) = all.iter().find(|pair| &*pair.key.value == "datatype") else { continue };
            let message = format!("`datatype` stands with the parameter `{}` of {}.", flags.key.value, part.title());
            let mut finding = Finding::new(&METADATA_DATATYPE_ON_PARAMETER, datatype.key.span, message)
                .path(part.path_of(&["parameters-metadata", &flags.key.value, "datatype"]))
                .help("Only properties have a data type. Delete the line.");
            // Without its only line, the map would be null.
            if all.len() > 1
                && let Some(fix) = page.delete(datatype, Applicability::Safe)
            {
                finding = finding.fix(fix);
            }
            findings.push(finding);
        }
    }
}
