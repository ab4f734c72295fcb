//! Secrets that stand on the command line, where every user of the machine can read them.

use super::walk::walk;
use crate::descriptor::Descriptor;
use crate::finding::{self, Finding, Findings};
use crate::source::FileId;
use crate::tree::{Kind, Secrecy, Value};

/// Warns of each option whose value ended up in a secret. `options`: those whose values stand on the command line.
pub fn check(merged: &Descriptor, options: &[FileId], findings: &mut Findings) {
    if options.is_empty() {
        return;
    }
    walk(merged, &mut |site| {
        for (key, value) in site.values.map.iter() {
            let Some(at) = exposed(value, options) else { continue };
            findings.push(
                Finding::new(
                    &finding::SECRET_ON_COMMAND_LINE,
                    at,
                    format!("The {} `{}` of {} is a secret, and its value stands on the command line.", site.section, key.text, site.owner),
                )
                .path(site.path(&key.text))
                .help("Other users can read command lines, and shells keep them: use `--set-file PATH=FILE`, or `${secret:NAME}` in the descriptor."),
            );
        }
    });
}

fn exposed(value: &Value, options: &[FileId]) -> Option<crate::source::Span> {
    let at = value.span().filter(|at| value.secrecy == Secrecy::Secret && options.contains(&at.file));
    at.or_else(|| match &value.kind {
        Kind::List(items) => items.iter().find_map(|item| exposed(item, options)),
        Kind::Map(map) => map.iter().find_map(|(_, item)| exposed(item, options)),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) | Kind::Text(_) => None,
    })
}
