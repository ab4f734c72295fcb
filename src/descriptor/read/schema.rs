//! `_schema-version`, which selects the rules, and `version`, which is only a text until something is deployed.

use crate::descriptor::SchemaVersion;
use crate::finding::{self, Applicability, Edit, Finding, Findings, Fix};
use crate::source::yaml::{Node, NodeKind, Pair};
use crate::source::{Span, Spanned};
use crate::tree::shape::{Fields, Reader, is_null, scalar_text, wrong_type};
use crate::tree::{Kind, Place, read::value};

/// The rules used when a document does not say: those of the current format. Its absence is an error anyway.
pub const GUESS: SchemaVersion = SchemaVersion { major: 3, minor: 0, patch: 0 };

/// The highest minor version known of each supported major version.
const KNOWN: [(u32, u32); 2] = [(2, 2), (3, 3)];

/// Returns the version whose rules hold; `None` when there are no rules for it. A version that is absent or of the wrong
/// type is reported by the table of keys, not here.
pub fn version(pairs: &[Pair], document: Span, findings: &mut Findings) -> Option<Spanned<SchemaVersion>> {
    let guess = Spanned::new(GUESS, document.start_point());
    let Some(node) = pairs.iter().find(|pair| &*pair.key.value == "_schema-version").map(|pair| &pair.value) else {
        return Some(guess);
    };
    if !matches!(node.kind, NodeKind::Scalar(_)) || is_null(node) {
        return Some(guess);
    }
    let text = scalar_text(node);
    let about = |code, message| Finding::new(code, node.span, message).path("_schema-version");
    let Some(version) = parse(&text) else {
        findings.push(
            about(&finding::SCHEMA_BAD_SCHEMA_VERSION, format!("`{text}` is not a schema version."))
                .help("Write `_schema-version: \"3.3\"`."),
        );
        return Some(guess);
    };
    let Some((_, newest)) = KNOWN.iter().find(|(major, _)| *major == version.major) else {
        findings.push(
            about(
                &finding::SCHEMA_BAD_SCHEMA_VERSION,
                format!("The schema version `{text}` is not supported: its major number is {}.", version.major),
            )
            .help("Versions 2.0 to 2.2 and 3.0 to 3.3 are supported."),
        );
        return None;
    };
    if version.minor > *newest {
        findings.push(
            about(
                &finding::SCHEMA_VERSION_TOO_NEW,
                format!("The schema version `{text}` is newer than {}.{newest}, the highest known one.", version.major),
            )
            .help("What it adds is not known here, and will be ignored."),
        );
    }
    Some(Spanned::new(version, node.span))
}

/// `3`, `3.1`, `3.1.0`, with an optional `v` before and anything after the third number; completed with zeros.
fn parse(text: &str) -> Option<SchemaVersion> {
    let text = text.trim();
    let mut numbers = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().map_or(Some(0), |minor| minor.parse().ok())?;
    let patch = numbers.next().map_or(Some(0), |patch| {
        let digits = patch.find(|c: char| !c.is_ascii_digit()).unwrap_or(patch.len());
        patch[..digits].parse().ok()
    })?;
    Some(SchemaVersion { major, minor, patch })
}

/// `version` of a descriptor. A number is refused, because `1.10` would become `1.1`.
pub fn application_version(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let node = fields.node("version")?;
    let place = Place::ROOT.key("version");
    match value(node).kind {
        Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => reader.findings.push(number(node).path(place.to_string())),
        Kind::Text(_) => {}
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => {
            reader.findings.push(wrong_type(node, "`version` must be a string", &place));
        }
    }
    fields.text("version")
}

fn number(node: &Node) -> Finding {
    let text = scalar_text(node);
    let finding = Finding::new(
        &finding::SCHEMA_BAD_VERSION,
        node.span,
        format!("`{text}` is a number; a version is a text of three numbers."),
    );
    let parts = text.split('.').count();
    if parts > 2 || !text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return finding.help("Write a version such as `1.0.0`.");
    }
    let completed = format!("{text}{}", ".0".repeat(3 - parts));
    finding.help(format!("Write `{completed}`.")).fix(Fix {
        applicability: Applicability::Safe,
        message: format!("Complete it to `{completed}`"),
        edits: vec![Edit { at: node.span, content: completed }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_schema_versions_are_completed_and_words_are_none() {
        let text = |version: &str| parse(version).map(|version| version.to_string());
        assert_eq!(text("3").as_deref(), Some("3.0.0"));
        assert_eq!(text("3.1").as_deref(), Some("3.1.0"));
        assert_eq!(text(" v2.0.1-rc ").as_deref(), Some("2.0.1"));
        assert_eq!(text("three"), None);
        assert_eq!(text(""), None);
        assert_eq!(text("3."), None);
    }
}
