//! YAML → tree: `input.yaml` (or `.bin` for bytes that an editor would spoil) → `tree.txt` and `findings.txt`.

use crate::claims::{self, short};
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};
use windlass::finding::Staged;
use windlass::source::yaml::{self, Node, NodeKind, Pair, Scalar, Style, scalar::Plain};
use windlass::source::{Sources, Span, Spanned};

#[test]
fn claims_about_reading_hold() {
    claims::of_room("read", |claim| {
        let text = fs::read_to_string(claim.folder.join("input.yaml")).expect("every claim has an input.yaml");
        let (sources, read) = read(text);
        claim.expect("tree.txt", &read.product.as_ref().map(|node| dump(&sources, node)).unwrap_or_default());
        claim.expect("findings.txt", &short(&sources, &read.findings));
    });
}

pub fn read(text: impl Into<Arc<str>>) -> (Sources, Staged<Option<Node>>) {
    let mut sources = Sources::default();
    let file = sources.add("input.yaml", text);
    let read = yaml::read(&sources, file);
    (sources, read)
}

/// One line for every key and value: its place, then what it is. Values of keys stand in the line of their key.
fn dump(sources: &Sources, root: &Node) -> String {
    fn place(sources: &Sources, span: Span) -> String {
        let (start, end) = sources.positions(span);
        format!("{}:{}-{}:{}", start.row, start.column, end.row, end.column)
    }
    fn node(sources: &Sources, value: &Node, depth: usize, out: &mut String) {
        let tag =
            value.tag.as_ref().map(|tag| format!("{} {} ", tag.value, place(sources, tag.span))).unwrap_or_default();
        let _ = write!(out, "{} {tag}", place(sources, value.span));
        let line = |out: &mut String| {
            let _ = write!(out, "{:1$}", "", 2 * (depth + 1));
        };
        match &value.kind {
            NodeKind::Scalar(Scalar { text, style: Style::Quoted }) => drop(writeln!(out, "{text:?}")),
            NodeKind::Scalar(Scalar { text, style: Style::Plain }) => match yaml::scalar::resolve(text) {
                Plain::Text => drop(writeln!(out, "{text}")),
                other => drop(writeln!(out, "{other:?}")),
            },
            NodeKind::List(items) => {
                out.push_str("list\n");
                for item in items.iter() {
                    line(out);
                    out.push_str("- ");
                    node(sources, item, depth + 1, out);
                }
            }
            NodeKind::Map(pairs) => {
                out.push_str("map\n");
                for Pair { key: Spanned { value, span }, value: inner } in pairs.iter() {
                    line(out);
                    let _ = write!(out, "{} {value:?}: ", place(sources, *span));
                    node(sources, inner, depth + 1, out);
                }
            }
        }
    }
    let mut out = String::new();
    node(sources, root, 0, &mut out);
    out
}

/// The codes of what was found, after checking that reading took no longer than a person would wait.
fn codes_soon(text: String) -> Vec<&'static str> {
    let size = text.len();
    let begun = Instant::now();
    let (_, read) = read(text);
    let codes = read.findings.iter().map(|finding| finding.code.id).collect();
    drop(read);
    let limit = Duration::from_secs(60);
    assert!(begun.elapsed() < limit, "{size} bytes took {:?}", begun.elapsed());
    codes
}

#[test]
fn a_hundred_thousand_levels_end_in_a_finding() {
    let levels = 100_000;
    let flow_lists = "[".repeat(levels);
    let flow_maps = "{a: ".repeat(levels);
    let balanced = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let dashes = format!("{}x", "- ".repeat(levels));
    // Indentation grows by one a row: deep enough to pass every limit, short enough for a file.
    let rows: String = (0..3_000).map(|level| format!("{:level$}a:\n", "")).collect();
    for text in [flow_lists, flow_maps, balanced, dashes, rows] {
        assert_eq!(codes_soon(text), ["yaml-too-large"]);
    }
}

#[test]
fn too_many_brackets_are_found_at_the_first_that_is_one_too_many() {
    // The parser gives up at another number, and reads ahead.
    for (rows, in_a_row) in [(6, 50), (6, 20), (1, 300), (300, 1)] {
        let text = format!("a: # [[\n{}", format!(" {}\n", "[".repeat(in_a_row)).repeat(rows))
            + " "
            + &"]".repeat(rows * in_a_row);
        let mut sources = Sources::default();
        let file = sources.add("deep.yaml", text.as_str());
        let findings = yaml::read(&sources, file).findings;
        let places: Vec<usize> = findings.iter().map(|finding| finding.at.range().start).collect();
        let hundredth = text.match_indices('[').nth(2 + 99).map(|(at, _)| at);
        assert_eq!(places, hundredth.into_iter().collect::<Vec<_>>(), "{rows} rows of {in_a_row}");
    }
}

#[test]
fn aliases_do_not_make_a_small_file_deep() {
    // Each anchor holds the one before it, a few levels down.
    let mut text = String::from("a0: &a0 x\n");
    for at in 1..1_000 {
        let (open, close) = ("[".repeat(9), "]".repeat(9));
        let _ = writeln!(text, "a{at}: &a{at} {open}*a{}{close}", at - 1);
    }
    assert_eq!(codes_soon(text), ["yaml-too-large"]);
}

#[test]
fn aliases_do_not_make_a_small_file_large() {
    let bomb = |line: fn(usize) -> String| {
        let mut text = String::from("a0: &a0 {k: v}\n");
        (1..12).for_each(|at| text += &line(at));
        text
    };
    let lists = bomb(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", ")));
    let merges = bomb(|at| {
        let before = vec![format!("*a{}", at - 1); 10].join(", ");
        format!("a{at}: &a{at} {{<<: [{before}], k{at}: [{before}]}}\n")
    });
    for text in [lists, merges] {
        assert_eq!(codes_soon(text), ["yaml-too-large"]);
    }
}

#[test]
fn merging_a_large_map_often_is_refused() {
    let keys: String = (0..2_000).map(|at| format!("  k{at}: v\n")).collect();
    let merges: String = (0..2_000).map(|at| format!("m{at}:\n  <<: *large\n")).collect();
    assert_eq!(codes_soon(format!("large: &large\n{keys}{merges}")), ["yaml-too-large"]);
}

#[test]
fn a_text_over_the_limit_is_refused_before_it_is_parsed() {
    assert_eq!(codes_soon("#".repeat(yaml::MAX_BYTES + 1)), ["yaml-too-large"]);
}

#[test]
fn large_files_without_tricks_are_read() {
    let list = "- a\n".repeat(1_000_000);
    assert_eq!(codes_soon(list), [""; 0]);
    let map: String = (0..200_000).map(|at| format!("key{at}: [1, {{a: b}}]\n")).collect();
    assert_eq!(codes_soon(map), [""; 0]);
    let twice: String = (0..100_000).map(|at| format!("key{}: 1\n", at % 50_000)).collect();
    assert_eq!(codes_soon(twice).len(), 50_000);
}

#[test]
fn aliases_share_memory() {
    let (_, read) = read("a: &a {b: [1, 2]}\nc: *a\nd: {<<: *a}\n");
    let root = read.product.expect("the text is sound");
    let NodeKind::Map(pairs) = &root.kind else { panic!("a map") };
    let map = |at: usize| match &pairs[at].value.kind {
        NodeKind::Map(pairs) => pairs,
        other => panic!("a map, not {other:?}"),
    };
    let list = |at: usize| match &map(at)[0].value.kind {
        NodeKind::List(items) => items,
        other => panic!("a list, not {other:?}"),
    };
    assert!(Arc::ptr_eq(map(0), map(1)));
    assert!(Arc::ptr_eq(list(0), list(2)));
    assert_eq!(pairs[0].key.value, pairs[0].key.value);
}

/// Cuts every input of the testdata at every place and puts odd characters in: whatever comes out, nothing panics and
/// every place lies inside the text.
#[test]
fn damaged_texts_are_answered_with_places_inside_them() {
    claims::of_room("read", |claim| {
        let text = fs::read_to_string(claim.folder.join("input.yaml")).expect("every claim has an input.yaml");
        for (at, _) in text.char_indices() {
            sound_places(text[..at].to_owned());
            for odd in ["\t", ":", "\"", "'", "[", "}", "- ", "&a ", "*a", "!", "|", "\r", "\u{feff}", "ü", "\0", "# "]
            {
                sound_places(format!("{}{odd}{}", &text[..at], &text[at..]));
            }
        }
    });
}

fn sound_places(text: String) {
    let (sources, read) = read(text);
    let inside = |span: Span| {
        let text = sources.get(span.file).text();
        assert!(text.get(span.range()).is_some(), "{span:?} lies outside of {text:?}");
    };
    for finding in read.findings.iter() {
        inside(finding.at);
        finding.related.iter().for_each(|related| inside(related.at));
        assert!(finding.message.ends_with('.') && !finding.message.contains('\n'), "{}", finding.message);
    }
    fn walk(node: &Node, inside: &impl Fn(Span)) {
        inside(node.span);
        match &node.kind {
            NodeKind::Scalar(_) => {}
            NodeKind::List(items) => items.iter().for_each(|item| walk(item, inside)),
            NodeKind::Map(pairs) => pairs.iter().for_each(|pair| {
                inside(pair.key.span);
                walk(&pair.value, inside);
            }),
        }
    }
    if let Some(root) = &read.product {
        walk(root, &inside);
    }
}
