//! A module of a development descriptor without sources, and without saying so.

use super::super::page::{Kind, Page, text};
use crate::finding::{Finding, Findings, MODULE_PATH_MISSING};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module).filter(|_| page.is_development()) {
        let path = part.value("path");
        let no_source = part
            .entries("build-parameters")
            .iter()
            .any(|pair| &*pair.key.value == "no-source" && text(&pair.value) == Some("true"));
        if no_source || path.is_some_and(|path| text(path).is_none_or(|path| !path.trim().is_empty())) {
            continue;
        }
        let at = path.map_or_else(|| part.pairs.first().map_or(part.node.span, |pair| pair.key.span), |path| path.span);
        findings.push(
            Finding::new(&MODULE_PATH_MISSING, at, format!("The {} has no `path`.", part.title()))
                .path(part.path_of(&["path"]))
                .help("Say where its sources are, or that there are none: `build-parameters: {no-source: true}`."),
        );
    }
}
