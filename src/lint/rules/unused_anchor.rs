//! An anchor that no alias uses.

use super::super::page::Page;
use crate::finding::{Change, Finding, Findings, Fix, UNUSED_ANCHOR};
use crate::source::Span;
use crate::source::yaml::anchors;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let text = page.text.text();
    for anchor in anchors(text, page.file).into_iter().filter(|anchor| !anchor.used) {
        let at = anchor.name.span;
        let blanks = text[at.end as usize..].bytes().take_while(|byte| *byte == b' ').count();
        // At the end of a row the blank in front goes, elsewhere those behind.
        let last = matches!(text.as_bytes().get(at.end as usize + blanks), None | Some(b'\n' | b'\r'));
        let before = text[..at.start as usize].bytes().rev().take_while(|byte| *byte == b' ').count();
        let range = if last {
            at.start as usize - before..at.end as usize
        } else {
            at.start as usize..at.end as usize + blanks
        };
        // In front of a comma or a bracket it is all that makes an empty element one.
        let is_all = matches!(text.as_bytes().get(at.end as usize + blanks), Some(b',' | b']' | b'}'));
        let fix = (!is_all).then(|| {
            let change = Change::Text { at: Span::new(page.file, range), content: String::new() };
            Fix::safe(format!("Delete `&{}`", anchor.name.value), [change])
        });
        findings.push(
            Finding::new(&UNUSED_ANCHOR, at, format!("No alias uses the anchor `&{}`.", anchor.name.value))
                .help("Delete it, or use it with `*` and its name.")
                .fix(fix),
        );
    }
}
