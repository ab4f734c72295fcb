//! TOML text → the same tree of nodes that YAML text becomes, with a span on every key and value.
//!
//! So whatever checks maps with known keys, and whatever reads a target, need not know in which notation a person wrote them.

use super::yaml::{Node, NodeKind, Pair, Scalar, Style};
use super::{FileId, Sources, Span, Spanned};
use crate::finding::{Finding, Findings, Staged, TOML_SYNTAX};
use ::toml::de::{DeTable, DeValue, Error};
use std::ops::Range;
use std::sync::Arc;

/// Reads a document. A text that is no TOML gets a finding for each place where the reader stumbled, and has no tree.
pub fn read(sources: &Sources, file: FileId) -> Staged<Option<Node>> {
    let text = sources.get(file).text();
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Staged::new(Some(map(table.get_ref(), file, table.span())), Findings::default());
    }
    Staged::new(None, errors.iter().map(|error| unreadable(error, file)).collect::<Findings>().sorted())
}

fn unreadable(error: &Error, file: FileId) -> Finding {
    let at = Span::new(file, error.span().unwrap_or_default());
    let what = error.message().replace('\n', ", ");
    Finding::new(&TOML_SYNTAX, at, format!("This is not TOML: {what}."))
}

fn map(table: &DeTable<'_>, file: FileId, span: Range<usize>) -> Node {
    let mut pairs: Vec<Pair> = table
        .iter()
        .map(|(key, value)| Pair {
            key: Spanned::new(Arc::from(&**key.get_ref()), Span::new(file, key.span())),
            value: node(value.get_ref(), file, value.span()),
        })
        .collect();
    // The reader sorts tables by their keys; people read them as they stand.
    pairs.sort_by_key(|pair| pair.key.span.start);
    Node { kind: NodeKind::Map(Arc::new(pairs)), span: Span::new(file, span), tag: None }
}

fn node(value: &DeValue<'_>, file: FileId, span: Range<usize>) -> Node {
    let scalar = |text: &str, style| NodeKind::Scalar(Scalar { text: Arc::from(text), style });
    let kind = match value {
        DeValue::String(text) => scalar(text, Style::Quoted),
        DeValue::Integer(number) => scalar(&number.to_string(), Style::Plain),
        DeValue::Float(number) => scalar(&number.to_string(), Style::Plain),
        DeValue::Boolean(yes) => scalar(if *yes { "true" } else { "false" }, Style::Plain),
        DeValue::Datetime(time) => scalar(&time.to_string(), Style::Quoted),
        DeValue::Array(items) => {
            NodeKind::List(Arc::new(items.iter().map(|item| node(item.get_ref(), file, item.span())).collect()))
        }
        DeValue::Table(table) => return map(table, file, span),
    };
    Node { kind, span: Span::new(file, span), tag: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_keep_their_places_and_their_order() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "z = 1\n[a]\nlist = ['x', true]\n");
        let root = read(&sources, file).product.expect("it is TOML");
        let NodeKind::Map(pairs) = &root.kind else { panic!("a document is a map") };
        let slice = |span| sources.slice(span);
        assert_eq!(pairs.iter().map(|pair| &*pair.key.value).collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!((slice(pairs[0].key.span), slice(pairs[0].value.span)), ("z", "1"));
        let NodeKind::Map(inner) = &pairs[1].value.kind else { panic!("a table is a map") };
        assert_eq!((slice(inner[0].key.span), slice(inner[0].value.span)), ("list", "['x', true]"));
        let NodeKind::List(items) = &inner[0].value.kind else { panic!("an array is a list") };
        assert_eq!(items.iter().map(Node::kind_name).collect::<Vec<_>>(), ["a string", "a boolean"]);
    }

    #[test]
    fn every_stumble_is_told_where_it_is() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "a = \nb = 1\n[c\n");
        let staged = read(&sources, file);
        assert!(staged.product.is_none());
        let told: Vec<String> = staged
            .findings
            .iter()
            .map(|found| format!("{}: {}", sources.positions(found.at).0.row, found.message))
            .collect();
        assert_eq!(
            told,
            [
                "1: This is not TOML: string values must be quoted, expected literal string.",
                "3: This is not TOML: unclosed table, expected `]`."
            ]
        );
    }
}
