//! Tabs between words: before a comment, behind a colon, at the end of a row. (In the indentation they are no YAML.)

use super::super::page::Page;
use crate::finding::{Change, Finding, Findings, Fix, YAML_TAB};
use crate::source::Span;
use crate::source::yaml::{Node, NodeKind};

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let text = page.text.text();
    if !text.contains('\t') {
        return;
    }
    let mut taken = Vec::new();
    scalars_and_keys(page.root, &mut taken);
    taken.retain(|span| span.file == page.file);
    taken.sort_unstable_by_key(|span| span.start);
    let mut start = 0;
    for row in text.split_inclusive(['\n', '\r']) {
        let tabs = between_words(row, start, &taken);
        if let Some(first) = tabs.first() {
            let changes = tabs.iter().map(|at| Change::Text { at: *at, content: " ".to_owned() });
            findings.push(
                Finding::new(&YAML_TAB, *first, "A tab stands between words.")
                    .help("Use blanks: tools disagree about how wide a tab is, and most places of YAML forbid it.")
                    .fix(Fix::safe("Write blanks", changes.collect::<Vec<_>>())),
            );
        }
        start += row.len();
    }
}

/// The tabs of a row that belong to no scalar, no key and no comment.
fn between_words(row: &str, start: usize, taken: &[Span]) -> Vec<Span> {
    let mut tabs = Vec::new();
    let Some(some) = taken.first() else { return tabs };
    let mut blank_before = true;
    for (at, character) in row.char_indices() {
        let offset = start + at;
        let nearest = taken.partition_point(|span| span.start as usize <= offset);
        if nearest > 0 && offset < taken[nearest - 1].end as usize {
            blank_before = false;
            continue;
        }
        match character {
            '#' if blank_before => break,
            '\t' => tabs.push(Span::new(some.file, offset..offset + 1)),
            _ => {}
        }
        blank_before = matches!(character, ' ' | '\t');
    }
    tabs
}

fn scalars_and_keys(node: &Node, taken: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Scalar(_) => taken.push(node.span),
        NodeKind::List(items) => items.iter().for_each(|item| scalars_and_keys(item, taken)),
        NodeKind::Map(pairs) => pairs.iter().for_each(|pair| {
            taken.push(pair.key.span);
            scalars_and_keys(&pair.value, taken);
        }),
    }
}
