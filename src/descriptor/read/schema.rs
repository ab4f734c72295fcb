//! `_schema-version`, which selects the rules, and `version`, which is only a text until something is deployed.

use crate::descriptor::SchemaVersion;
use crate::finding::{self, Change, Finding, Findings, Fix};
use crate::source::yaml::{Node, NodeKind, Pair};
use crate::source::{Span, Spanned};
use crate::tree::shape::{Fields, Reader, is_null, scalar_text, wrong_type};
use crate::tree::{Kind, Place, read::value};
use crate::version::Version;

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
    let version = match Version::parse(&text) {
        Ok(version) => schema_version(&version),
        Err(error) => {
            let finding = about(&finding::SCHEMA_BAD_VERSION, format!("No schema version can be read: {error}."));
            findings.push(finding.help("Write `_schema-version: \"3.3\"`."));
            return Some(guess);
        }
    };
    if !is_plain(&text) {
        // Somebody who writes `3,1` or `3.x` does not know that only `3` was understood.
        let read = format!("{}.{}", version.major, version.minor);
        findings.push(
            about(
                &finding::SCHEMA_BAD_SCHEMA_VERSION,
                format!("`{text}` is no schema version as it stands, and is read as `{read}`."),
            )
            .help("Write numbers and dots only, for example `_schema-version: \"3.3\"`.")
            .as_warning(),
        );
    }
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

/// Whether a text is one to three numbers with dots between them.
fn is_plain(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() <= 3 && text.split('.').all(number)
}

/// A schema version is read as leniently as any other (semantics 6.1); only its numbers are kept, and only the first counts.
fn schema_version(version: &Version) -> SchemaVersion {
    let number = |number: u64| u32::try_from(number).expect("a version's numbers have 31 bits");
    SchemaVersion { major: number(version.major), minor: number(version.minor), patch: number(version.patch) }
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
    finding
        .help(format!("Write `{completed}`."))
        .fix(Fix::safe(format!("Complete it to `{completed}`"), [Change::Say { at: node.span, text: completed }]))
}
