//! `commands` belong to the builder `custom`, and it needs them.

use super::super::page::{Kind, Page, text};
use crate::finding::{BUILD_COMMANDS, Finding, Findings};
use crate::source::yaml::{Node, NodeKind, Pair};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    if !page.may_be_built() {
        return;
    }
    for part in page.of_kind(Kind::Module) {
        let Some(build) = part.value("build-parameters") else { continue };
        builder(build.pairs(), &part.title(), &part.path_of(&["build-parameters"]), findings);
    }
    let project = page.root().entries("build-parameters");
    for list in project.iter().filter(|pair| matches!(&*pair.key.value, "before-all" | "after-all")) {
        for (at, entry) in list.value.items().iter().enumerate() {
            let path = format!("build-parameters.{}[{at}]", list.key.value);
            builder(entry.pairs(), &format!("`{}`", list.key.value), &path, findings);
        }
    }
}

fn builder(build: &[Pair], owner: &str, path: &str, findings: &mut Findings) {
    let find = |key: &str| build.iter().find(|pair| &*pair.key.value == key).map(|pair| &pair.value);
    let commands = find("commands");
    let mut tell = |at: &Node, key: &str, message: String, help: &str| {
        findings.push(Finding::new(&BUILD_COMMANDS, at.span, message).path(format!("{path}.{key}")).help(help));
    };
    let Some(builder) = find("builder") else { return };
    let Some(name) = text(builder) else {
        let message = format!("The `builder` of {owner} must be a text, and is {}.", builder.kind_name());
        return tell(builder, "builder", message, "Name one builder, for example `npm` or `custom`.");
    };
    match commands {
        None if name == "custom" => {
            let message = format!("The builder `custom` of {owner} has no `commands`.");
            tell(builder, "builder", message, "Add `commands`, a list of texts; it may be empty.");
        }
        Some(commands) if name != "custom" => {
            let message = format!("The builder `{name}` of {owner} takes no `commands`.");
            tell(commands, "commands", message, "Delete them, or use the builder `custom`.");
        }
        Some(commands) if !is_list_of_texts(commands) => {
            let message = format!("The `commands` of {owner} must be a list of texts.");
            tell(commands, "commands", message, "Write `commands: [first, second]`.");
        }
        _ => {}
    }
}

fn is_list_of_texts(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::List(items) if items.iter().all(|item| text(item).is_some()))
}
