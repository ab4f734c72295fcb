//! A module of a development descriptor whose sources are not there.

use super::super::page::{Kind, Page, text};
use crate::finding::{Finding, Findings, MODULE_PATH_NOT_FOUND};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module).filter(|_| page.is_development()) {
        let Some((node, path)) = part.value("path").and_then(|node| Some((node, text(node)?.trim()))) else { continue };
        if path.is_empty() || (page.beside)(path) {
            continue;
        }
        findings.push(
            Finding::new(
                &MODULE_PATH_NOT_FOUND,
                node.span,
                format!("The path `{path}` of {} does not exist.", part.title()),
            )
            .path(part.path_of(&["path"]))
            .help("Correct it. If a build makes it, there is nothing to do before the build."),
        );
    }
}
