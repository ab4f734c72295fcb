//! `no-source` that is no boolean.

use super::super::page::{Kind, Page, plain};
use crate::finding::{BUILD_NO_SOURCE_TYPE, Finding, Findings};
use crate::source::yaml::scalar::Plain;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module).filter(|_| page.may_be_built()) {
        for pair in part.entries("build-parameters") {
            if &*pair.key.value != "no-source" || matches!(plain(&pair.value), Some((_, Plain::Bool(_)))) {
                continue;
            }
            let message =
                format!("`no-source` of {} must be a boolean, and is {}.", part.title(), pair.value.kind_name());
            findings.push(
                Finding::new(&BUILD_NO_SOURCE_TYPE, pair.value.span, message)
                    .path(part.path_of(&["build-parameters", "no-source"]))
                    .help("Write `true` or `false`."),
            );
        }
    }
}
