//! Options of builders that the build tool no longer takes.

use super::super::page::{Kind, Page};
use crate::finding::{BUILD_DEPRECATED_OPTION, Finding, Findings};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module).filter(|_| page.may_be_built()) {
        for pair in part.entries("build-parameters") {
            let option = &*pair.key.value;
            if !matches!(option, "npm-opts" | "grunt-opts" | "maven-opts") {
                continue;
            }
            findings.push(
                Finding::new(
                    &BUILD_DEPRECATED_OPTION,
                    pair.key.span,
                    format!("`{option}` of {} is no longer taken.", part.title()),
                )
                .path(part.path_of(&["build-parameters", option]))
                .help("Use the builder `custom`, and give the whole call in its `commands`."),
            );
        }
    }
}
