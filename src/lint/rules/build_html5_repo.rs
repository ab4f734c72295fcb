//! What a module needs when HTML5 applications go into a repository.

use super::super::page::{Kind, Page, text};
use crate::finding::{BUILD_HTML5_REPO, Finding, Findings};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let to_repository = page
        .root()
        .entries("parameters")
        .iter()
        .any(|pair| &*pair.key.value == "deploy_mode" && text(&pair.value) == Some("html5-repo"));
    if !to_repository || !page.is_development() {
        return;
    }
    for part in page.of_kind(Kind::Module).filter(|part| part.value("type").and_then(text) == Some("html5")) {
        let build = part.entries("build-parameters");
        let missing: Vec<&str> = ["build-result", "supported-platforms"]
            .into_iter()
            .filter(|key| !build.iter().any(|pair| *pair.key.value == **key))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let at = part.pairs.first().map_or(part.node.span, |pair| pair.key.span);
        let message =
            format!("The {} goes into the HTML5 repository and lacks `{}`.", part.title(), missing.join("` and `"));
        findings.push(
            Finding::new(&BUILD_HTML5_REPO, at, message)
                .path(part.path_of(&["build-parameters"]))
                .help("Add both to its `build-parameters`: `build-result: dist` and `supported-platforms: []`."),
        );
    }
}
