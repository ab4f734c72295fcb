//! Bytes → YAML tree → document, on every way on which a text is read.

use std::collections::{BTreeMap, BTreeSet};
use windlass::finding::{Edit, Finding, Findings};
use windlass::report::yaml::to_yaml;
use windlass::report::{human, json, paint::Colour, short};
use windlass::source::edit::{self, Editor};
use windlass::source::yaml::{self, Node, NodeKind, Scalar, Style};
use windlass::source::{FileId, Sources, Span};
use windlass::stage::load;
use windlass::target::{self, Compat, Space, Target};
use windlass::text::{self, Form, Piece};
use windlass::tree::{self, Kind, Value};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = Sources::default();
    let file = sources.add("mtad.yaml", text);
    let read = yaml::read(&sources, file);
    findings_have_places(&sources, &read.findings);
    let Some(node) = read.product else {
        assert!(read.findings.has_errors(), "no tree, and no word why");
        return;
    };
    spans_lie_in_the_text(&sources, &node);
    let value = tree::read::value(&node);
    texts_are_their_pieces(&value);
    if !read.findings.has_errors() {
        output_reads_back(&value);
    }
    // The same text as each of the documents that windlass reads.
    findings_have_places(&sources, &load::document(&sources, file).findings);
    let extension = sources.add("a.mtaext", text);
    findings_have_places(&sources, &load::document(&sources, extension).findings);
    let built_in = Target::built_in(Space { org: "o".into(), space: "s".into() }, None, Compat::Documented);
    findings_have_places(&sources, &target::read::read(&built_in, &node).findings);
}

/// Every place of every finding is in its file, and every report can show it.
pub fn findings_have_places(sources: &Sources, findings: &Findings) {
    let editor = Editor::new(sources);
    for Finding { at, related, fix, .. } in findings.iter() {
        lies_in(sources, *at);
        related.iter().for_each(|related| lies_in(sources, related.at));
        if let Some(edits) = fix.as_ref().and_then(|fix| editor.edits(fix)) {
            edits.iter().for_each(|edit| lies_in(sources, edit.at));
            a_fix_leaves_yaml(sources, &edits);
        }
    }
    let style = human::Style { colour: Colour::Off, width: 80 };
    let (human, short, json) =
        (human::render(sources, findings, style), short::render(sources, findings), json::array(sources, findings));
    assert_eq!(findings.is_empty(), human.is_empty() && short.is_empty());
    let json: serde_json::Value = serde_json::from_str(&json).expect("the report for programs is JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(findings.len()));
}

/// A text that can be read can be read with a fix in it.
fn a_fix_leaves_yaml(sources: &Sources, edits: &[Edit]) {
    let readable = |sources: &Sources, file| yaml::read(sources, file).product.is_some();
    for file in edits.iter().map(|edit| edit.at.file).collect::<BTreeSet<FileId>>() {
        let own = edits.iter().filter(|edit| edit.at.file == file);
        let after = edit::apply(sources.get(file).text(), own);
        let changed = sources.with(&BTreeMap::from([(file, after.as_str().into())]));
        assert!(readable(&changed, file) || !readable(sources, file), "{edits:?} leaves no YAML:\n{after}");
    }
}

fn lies_in(sources: &Sources, span: Span) {
    assert!(span.start <= span.end, "{span:?}");
    assert!(sources.get(span.file).text().get(span.range()).is_some(), "{span:?} is not in its file");
}

fn spans_lie_in_the_text(sources: &Sources, node: &Node) {
    lies_in(sources, node.span);
    if let Some(tag) = &node.tag {
        lies_in(sources, tag.span);
    }
    match &node.kind {
        NodeKind::Scalar(scalar) => reads_as(sources, node.span, scalar),
        NodeKind::List(items) => items.iter().for_each(|item| spans_lie_in_the_text(sources, item)),
        NodeKind::Map(pairs) => {
            for pair in pairs.iter() {
                lies_in(sources, pair.key.span);
                spans_lie_in_the_text(sources, &pair.value);
            }
        }
    }
}

/// A plain scalar on one line is the text under its span. Standard tags rewrite a text, so without any tag.
fn reads_as(sources: &Sources, span: Span, scalar: &Scalar) {
    let slice = sources.slice(span);
    let tagged = sources.get(span.file).text().contains('!');
    if scalar.style == Style::Plain
        && !tagged
        && !slice.starts_with(['*', '\'', '"', '|', '>'])
        && !slice.contains(['\n', '\r'])
    {
        assert_eq!(slice, &*scalar.text);
    }
}

pub fn output_reads_back(value: &Value) {
    if has_merge_key(value) {
        return;
    }
    let written = to_yaml(value).expect("every value has a YAML form");
    let mut sources = Sources::default();
    let file: FileId = sources.add("out.yaml", written.as_str());
    let read = yaml::read(&sources, file);
    let again = read.product.unwrap_or_else(|| panic!("{:?}\n{written}", read.findings));
    let again = tree::read::value(&again);
    assert!(same(&again, value), "{value:?}\nwas written as\n{written}\nand read back as\n{again:?}");
}

/// Equal, and of the same kinds; not-a-number is like itself.
fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Float(a), Kind::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k.text == l.text && same(a, b))
        }
        _ => std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind) && a == b,
    }
}

/// As a key, `<<` means a merge to our reader even in quotes.
fn has_merge_key(value: &Value) -> bool {
    match &value.kind {
        Kind::List(items) => items.iter().any(has_merge_key),
        Kind::Map(map) => map.iter().any(|(key, value)| &*key.text == "<<" || has_merge_key(value)),
        _ => false,
    }
}

fn texts_are_their_pieces(value: &Value) {
    match &value.kind {
        Kind::Text(text) => text_is_its_pieces(text),
        Kind::List(items) => items.iter().for_each(texts_are_their_pieces),
        Kind::Map(map) => map.iter().for_each(|(_, value)| texts_are_their_pieces(value)),
        _ => {}
    }
}

pub fn text_is_its_pieces(text: &str) {
    for form in [Form::Placeholder, Form::Short, Form::Qualified] {
        let Some(pieces) = text::pieces(text, form) else { continue };
        let mut together = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => together.push_str(text),
                Piece::Hole(hole) => {
                    assert_eq!(together.len(), hole.range.start);
                    assert_eq!(&text[hole.range.clone()], hole.written);
                    together.push_str(hole.written);
                }
            }
        }
        assert_eq!(together, text);
    }
    if let Some(bare) = text::unescape(text) {
        assert!(bare.len() < text.len());
    }
}
