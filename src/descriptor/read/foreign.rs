//! Files of other tools that were named by mistake: one word about what they are, instead of one for each key.

use crate::finding::{Finding, SCHEMA_MISSING_KEY};
use crate::source::yaml::{Node, NodeKind};

/// Kinds of files, each with keys of which all must be there.
const KINDS: &[(&str, &[&str])] = &[
    ("a Compose file", &["services"]),
    ("a manifest for `cf push`", &["applications"]),
    ("a Kubernetes manifest", &["apiVersion", "kind"]),
    ("an OpenAPI document", &["openapi"]),
    ("a `package.json`", &["name", "dependencies"]),
    ("a `package.json`", &["name", "scripts"]),
    ("a GitHub workflow", &["on", "jobs"]),
    ("a target file of windlass", &["name", "module-types"]),
];

/// Keys that only descriptors and extensions have; with one of them, it is one, however bad.
const OURS: [&str; 6] = ["_schema-version", "ID", "extends", "modules", "resources", "module"];

/// What a document is that is no descriptor at all.
pub fn finding(node: &Node) -> Option<Finding> {
    let NodeKind::Map(pairs) = &node.kind else { return None };
    let find = |key: &str| pairs.iter().find(|pair| &*pair.key.value == key);
    let is_ours = |key: &&str| pairs.iter().any(|pair| pair.key.value.eq_ignore_ascii_case(key));
    if OURS.iter().any(is_ours) {
        return None;
    }
    let (kind, keys) = KINDS.iter().find(|(_, keys)| keys.iter().all(|key| find(key).is_some()))?;
    let first = find(keys.first()?)?;
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    Some(
        Finding::new(
            &SCHEMA_MISSING_KEY,
            first.key.span,
            format!(
                "This is {kind} ({}), not a descriptor: it has none of `_schema-version`, `ID` and `modules`.",
                keys.join(", ")
            ),
        )
        .label("descriptors have no such key")
        .help("Name the descriptor, mostly `mtad.yaml`; `windlass init` writes one to begin with."),
    )
}
