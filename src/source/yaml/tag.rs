//! Tags: standard ones are applied, `!sensitive` is kept, others are findings.

use super::{Node, NodeKind, SENSITIVE, Scalar, Style, scalar};
use crate::finding::{Finding, SCHEMA_WRONG_TYPE, YAML_UNKNOWN_TAG};
use crate::source::Spanned;
use granit_parser::Tag;

/// Gives a node what its tag says. `written` is the tag as it stands in the text.
pub fn apply(node: &mut Node, tag: &Tag, written: Spanned<String>) -> Option<Finding> {
    if written.value == SENSITIVE {
        node.tag = Some(Box::new(written));
        return None;
    }
    // `!` alone means "by its form": a scalar is a text then.
    let standard = match tag.parts() {
        ("", "!") if matches!(node.kind, NodeKind::Scalar(_)) => Some("str".into()),
        ("", "!") => return None,
        _ => tag.suffix_in_namespace("tag:yaml.org,2002:"),
    };
    let (fits, wanted) = match standard.as_deref() {
        Some("str" | "timestamp") => (as_text(node), "a string"),
        Some("int") => (as_plain(node, "an integer"), "an integer"),
        Some("bool") => (as_plain(node, "a boolean"), "a boolean"),
        Some("null") => (as_plain(node, "nothing"), "nothing"),
        Some("float") => (as_float(node), "a number"),
        Some("map") => (matches!(node.kind, NodeKind::Map(_)), "a map"),
        Some("seq") => (matches!(node.kind, NodeKind::List(_)), "a list"),
        _ => return Some(unknown(&written)),
    };
    if fits {
        return None;
    }
    let message = format!("The tag `{}` stands for {wanted}, but the value is {}.", written.value, node.kind_name());
    Some(Finding::new(&SCHEMA_WRONG_TYPE, node.span, message).related(written.span, "the tag stands here"))
}

/// The finding for a tag before a key, where people put it who mean the value.
pub fn at_key(written: &Spanned<String>) -> Finding {
    let message = format!("The tag `{}` stands before a key, where it has no effect.", written.value);
    Finding::new(&YAML_UNKNOWN_TAG, written.span, message)
        .help(format!("Put it behind the colon, before the value: `key: {} value`.", written.value))
}

fn unknown(written: &Spanned<String>) -> Finding {
    let message = format!("The tag `{}` is not known.", written.value);
    let finding = Finding::new(&YAML_UNKNOWN_TAG, written.span, message);
    match crate::name::nearest(&written.value, [SENSITIVE]) {
        Some(near) => finding.did_you_mean(Some(near)),
        None => finding.help(
            "Known are `!sensitive` (the value is masked wherever it is shown) and the standard tags `!!str`, `!!int`, \
             `!!float`, `!!bool`, `!!null`, `!!timestamp`, `!!map` and `!!seq`. A text that begins with `!` needs quotes.",
        ),
    }
}

fn as_text(node: &mut Node) -> bool {
    match &mut node.kind {
        NodeKind::Scalar(scalar) => {
            scalar.style = Style::Quoted;
            true
        }
        _ => false,
    }
}

fn as_plain(node: &mut Node, wanted: &str) -> bool {
    match &mut node.kind {
        NodeKind::Scalar(Scalar { text, style }) if scalar::resolve(text).kind_name() == wanted => {
            *style = Style::Plain;
            true
        }
        _ => false,
    }
}

fn as_float(node: &mut Node) -> bool {
    let NodeKind::Scalar(Scalar { text, style }) = &mut node.kind else { return false };
    match scalar::resolve(text) {
        scalar::Plain::Float(_) => {}
        scalar::Plain::Int(number) => *text = format!("{number}.0").into(),
        scalar::Plain::Big(digits) => *text = format!("{digits}.0").into(),
        _ => return false,
    }
    *style = Style::Plain;
    true
}
