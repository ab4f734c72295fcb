//! A module's `path` that no archive can have: absolute, with backslashes, or leading out of it.
//!
//! A development descriptor may well name sources that stand elsewhere: the build tool brings their results into the archive.

use super::super::page::{Kind, Page, text};
use crate::finding::{Finding, Findings, SCHEMA_BAD_PATH};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in page.of_kind(Kind::Module) {
        let Some((node, path)) = part.value("path").and_then(|node| Some((node, text(node)?))) else { continue };
        let drive = path.len() > 1 && path.as_bytes()[0].is_ascii_alphabetic() && path.as_bytes()[1] == b':';
        let why = if path.starts_with(['/', '\\']) || drive {
            "is absolute; write it relative to the descriptor, with `/` between its parts"
        } else if path.contains('\\') {
            "has a backslash; write `/`"
        } else if path.split('/').any(|step| step == "..") && !page.is_development() {
            "leads out of the archive; name something beside or below the descriptor"
        } else {
            continue;
        };
        findings.push(
            Finding::new(
                &SCHEMA_BAD_PATH,
                node.span,
                format!("The path `{path}` of {} {}.", part.title(), before(why)),
            )
            .path(part.path_of(&["path"]))
            .help(after(why)),
        );
    }
}

fn before(why: &str) -> &str {
    why.split("; ").next().unwrap_or(why)
}

fn after(why: &str) -> String {
    let next = why.split("; ").nth(1).unwrap_or_default();
    format!("{}{}.", next[..1].to_uppercase(), &next[1..])
}
