//! The anchors of a text, and which of them an alias uses. The tree has them no longer: it shares what they name.

use crate::source::{FileId, Span, Spanned};
use granit_parser::{Event, Parser};
use std::collections::HashMap;

/// An anchor with its `&`, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// Without the `&`; the span has it.
    pub name: Spanned<String>,
    pub used: bool,
}

/// All anchors of a text that is YAML; what was read of a text that is not.
pub fn anchors(text: &str, file: FileId) -> Vec<Anchor> {
    if !text.contains('&') {
        return Vec::new();
    }
    let options =
        granit_parser::options! { emit_comments: false, emit_anchor_events: true, emit_unresolved_aliases: true };
    let mut found: Vec<Anchor> = Vec::new();
    // Where an anchor stands in `found`, by the parser's number of it.
    let mut places: HashMap<usize, usize> = HashMap::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::Anchor(id, name) => {
                let at = span.byte_range().unwrap_or_default();
                let name = Spanned::new(name.into_owned(), Span::new(file, at));
                places.insert(id, found.len());
                found.push(Anchor { name, used: false });
            }
            Event::Alias(id) => {
                if let Some(anchor) = places.get(&id).and_then(|place| found.get_mut(*place)) {
                    anchor.used = true;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn anchors_know_whether_they_are_used() {
        let text = "a: &one 1\nb: &two [2]\nc: *two\nd: &one 3\ne: *one\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let found: Vec<_> = anchors(text, file)
            .into_iter()
            .map(|anchor| (sources.slice(anchor.name.span).to_owned(), anchor.name.value, anchor.used))
            .collect();
        let expected = [("&one", "one", false), ("&two", "two", true), ("&one", "one", true)];
        assert_eq!(found, expected.map(|(slice, name, used)| (slice.to_owned(), name.to_owned(), used)));
    }
}
