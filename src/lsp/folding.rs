//! What can be folded away: elements and the maps in them, and blocks of comments.

use super::family::Family;
use super::outline::parts;
use crate::source::FileId;
use crate::source::yaml::{Node, NodeKind};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    Region,
    Comment,
}

/// First and last line of each fold, both from 0 and both included; sorted, each beginning once.
pub fn folds(family: &Family, file: FileId) -> Vec<(usize, usize, Fold)> {
    let (text, lines) = (family.text(file), family.lines(file));
    let mut found: BTreeSet<(usize, usize, Fold)> = BTreeSet::new();
    let mut add = |start: u32, end: u32| {
        let (first, mut last) = (lines.line_of(start as usize), lines.line_of(end as usize));
        // A block ends where its last character is, not on the line that begins behind it.
        while last > first && lines.line(text, last).trim().is_empty() {
            last -= 1;
        }
        if last > first {
            found.insert((first, last, Fold::Region));
        }
    };
    if let Some(root) = family.tree(file) {
        for part in parts(root).iter().skip(1) {
            add(part.node.span.start, part.node.span.end);
        }
        below(root, &mut add);
    }
    let mut begun: Option<usize> = None;
    for line in 0..=lines.count() {
        let is_comment = line < lines.count() && lines.line(text, line).trim_start().starts_with('#');
        match (begun, is_comment) {
            (None, true) => begun = Some(line),
            (Some(first), false) => {
                if line - first > 1 {
                    found.insert((first, line - 1, Fold::Comment));
                }
                begun = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    // Of several that begin on one line, editors take one: the longest.
    let mut folds: Vec<(usize, usize, Fold)> = Vec::new();
    for fold in found {
        match folds.last_mut().filter(|last| last.0 == fold.0) {
            Some(last) => *last = fold,
            None => folds.push(fold),
        }
    }
    folds
}

fn below(node: &Node, add: &mut dyn FnMut(u32, u32)) {
    let written_here = |inner: &Node| node.span.start <= inner.span.start && inner.span.end <= node.span.end;
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().filter(|item| written_here(item)).for_each(|item| below(item, add)),
        NodeKind::Map(pairs) => {
            for pair in pairs.iter().filter(|pair| written_here(&pair.value)) {
                add(pair.key.span.start, pair.value.span.end);
                below(&pair.value, add);
            }
        }
    }
}
