//! Comments that allow findings: `# windlass: allow[image-latest] reason`.
//!
//! The reader of YAML drops comments, so they are looked for in the text, and the tree tells what is none: a `#` inside a
//! scalar. At the end of a line a comment is about that line; on a line of its own, about the element that comes next, with
//! all that is in it; `allow-file`, before everything else, about the file.

use crate::finding::{Finding, Findings, MALFORMED_ALLOW};
use crate::name::nearest;
use crate::source::yaml::{self, Node, NodeKind};
use crate::source::{FileId, Sources, Span, Spanned};
use memchr::memmem;
use std::ops::Range;

/// One comment.
#[derive(Clone, Debug)]
pub struct Allow {
    /// From `#` to the end of the line.
    pub at: Span,
    pub codes: Vec<Spanned<String>>,
    pub reason: Option<String>,
    /// Findings that begin in here are meant, the end included; nothing when there is nothing that follows.
    covers: Option<Range<usize>>,
}

impl Allow {
    pub fn covers(&self, at: Span) -> bool {
        let start = at.range().start;
        at.file == self.at.file && self.covers.as_ref().is_some_and(|range| range.start <= start && start <= range.end)
    }
}

/// The comments of one document.
#[derive(Debug, Default)]
pub struct Allows {
    pub list: Vec<Allow>,
    /// What looks like one and is written wrongly.
    pub findings: Findings,
    /// Whether the document is an extension.
    pub of_extension: bool,
}

pub const MARK: &str = "windlass:";

/// Looks for the comments of a document. One that is no YAML has none: what is wrong with it comes first.
pub fn allows(sources: &Sources, file: FileId) -> Allows {
    let mut found = Allows::default();
    let text = &**sources.get(file).text();
    let mut marks = memmem::find_iter(text.as_bytes(), MARK).filter_map(|at| hash_before(text, at)).peekable();
    if marks.peek().is_none() {
        return found;
    }
    let Some(root) = yaml::read(sources, file).product else { return found };
    found.of_extension =
        matches!(&root.kind, NodeKind::Map(pairs) if pairs.iter().any(|pair| &*pair.key.value == "extends"));
    let mut nodes = Nodes::default();
    nodes.walk(&root, text);
    for hash in marks.filter(|hash| !nodes.scalars.iter().any(|scalar| scalar.contains(hash))) {
        let end = text[hash..].find(['\n', '\r']).map_or(text.len(), |length| hash + length);
        let comment = Comment { text, file, hash, end: hash + text[hash..end].trim_end().len() };
        comment.read(&nodes, root.span.range().start, &mut found);
    }
    found
}

/// The `#` that a mark stands behind, when it could begin a comment.
fn hash_before(text: &str, mark: usize) -> Option<usize> {
    let before = text[..mark].trim_end_matches([' ', '\t']);
    let hash = before.strip_suffix('#')?;
    (hash.is_empty() || hash.ends_with(char::is_whitespace)).then_some(hash.len())
}

/// What stands where in a document.
#[derive(Default)]
struct Nodes {
    /// The texts of scalars, in which nothing is a comment.
    scalars: Vec<Range<usize>>,
    /// From key to value, and entries of lists: outer ones before what is in them.
    pairs: Vec<Range<usize>>,
    items: Vec<Range<usize>>,
}

impl Nodes {
    fn walk(&mut self, node: &Node, text: &str) {
        match &node.kind {
            NodeKind::Scalar(_) => self.scalars.push(content(node.span.range(), text)),
            NodeKind::List(items) => {
                for item in items.iter() {
                    self.items.push(item.span.range());
                    self.walk(item, text);
                }
            }
            NodeKind::Map(pairs) => {
                for pair in pairs.iter() {
                    self.scalars.push(pair.key.span.range());
                    self.pairs.push(pair.key.span.to(pair.value.span).range());
                    self.walk(&pair.value, text);
                }
            }
        }
    }

    /// The element that begins first at or behind a place.
    fn next(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let at = behind_comments(text, from);
        let is_item = text[at..].starts_with('-') && !text[at + 1..].starts_with(|c: char| !c.is_whitespace());
        let first = |ranges: &[Range<usize>], from: usize| {
            ranges.iter().filter(|range| range.start >= from).min_by_key(|range| range.start).cloned()
        };
        match is_item {
            true => first(&self.items, at + 1).map(|item| at..item.end),
            false => match (first(&self.items, at), first(&self.pairs, at)) {
                (Some(item), Some(pair)) => Some(if item.start <= pair.start { item } else { pair }),
                (item, pair) => item.or(pair),
            },
        }
    }
}

/// Where a comment can be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// On a row of its own, in front of the row that begins here.
    Above(usize),
    /// Behind what the row ends with, here.
    Behind(usize),
}

/// Where comments can be put in a document.
pub struct Rooms<'t> {
    text: &'t str,
    nodes: Nodes,
}

impl<'t> Rooms<'t> {
    pub fn of(text: &'t str, root: &Node) -> Rooms<'t> {
        let mut nodes = Nodes::default();
        nodes.walk(root, text);
        Rooms { text, nodes }
    }

    /// Where a comment covers what begins at a place: on the row above, if what comes next there holds the place; else behind
    /// it, if its row ends outside of a text; else further up, above what the place is in.
    pub fn covering(&self, place: usize) -> Option<Room> {
        let row_start =
            |from: usize| self.text.get(..from).map(|before| before.rfind(['\n', '\r']).map_or(0, |at| at + 1));
        let mut row = row_start(place)?;
        let rest = self.text.get(row..)?;
        let end = row + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let within = |at: usize, range: &Range<usize>| range.start < at && at < range.end;
        let is_block =
            |range: &Range<usize>| self.text.get(range.clone()).is_some_and(|text| text.starts_with(['\n', '\r']));
        let is_text = self.nodes.scalars.iter().any(|one| within(end, one) || (is_block(one) && end == one.end));
        let mut behind =
            (!is_text).then(|| Room::Behind(row + rest.get(..end - row).unwrap_or_default().trim_end().len()));
        loop {
            let is_text = self.nodes.scalars.iter().any(|one| within(row, one));
            let next = self.nodes.next(self.text, row).filter(|_| !is_text);
            if next.is_some_and(|next| next.start <= place && place <= next.end) {
                return Some(Room::Above(row));
            }
            if behind.is_some() {
                return behind.take();
            }
            let above = self.text.get(..row)?.strip_suffix('\n').unwrap_or(self.text.get(..row)?);
            let above = above.strip_suffix('\r').unwrap_or(above);
            (above.len() < row).then_some(())?;
            row = row_start(above.len())?;
        }
    }
}

/// A block begins with a header, behind which a comment may stand.
fn content(scalar: Range<usize>, text: &str) -> Range<usize> {
    let written = text.get(scalar.clone()).unwrap_or_default();
    match written.starts_with(['|', '>']) {
        true => scalar.start + written.find(['\n', '\r']).unwrap_or(written.len())..scalar.end,
        false => scalar,
    }
}

/// The first place that is neither blank nor comment nor the beginning of the document.
fn behind_comments(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let row = rest[blank..].find(['\n', '\r']).unwrap_or(rest.len() - blank);
        match &rest[blank..blank + row] {
            row if row.starts_with('#') || row.trim_end() == "---" => at += blank + row.len(),
            _ => return at + blank,
        }
    }
}

struct Comment<'t> {
    text: &'t str,
    file: FileId,
    hash: usize,
    end: usize,
}

impl Comment<'_> {
    fn read(&self, nodes: &Nodes, first: usize, found: &mut Allows) {
        let Comment { text, file, hash, end } = *self;
        let span = |range: Range<usize>| Span::new(file, range);
        let begin = end - text[hash..end].trim_start_matches(['#', ' ', '\t'])[MARK.len()..].trim_start().len();
        let said = &text[begin..end];
        let word = &said[..said.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(said.len())];
        let open = begin + word.len();
        let bracket = text[open..end].chars().next().filter(|c| matches!(c, '[' | '('));
        let malformed = |at: Range<usize>, message: String| Finding::new(&MALFORMED_ALLOW, span(at), message);
        let help =
            "Write `# windlass: allow[CODE] reason`, or `allow-file[CODE]` before the first line of the document.";
        let known = ["allow", "allow-file"];
        if !known.contains(&word) {
            // Anything else may be said of windlass in a comment.
            if let (Some(_), near) = (bracket, nearest(word, known)) {
                let message = format!("`{word}` is nothing that a comment can say to windlass.");
                let finding = malformed(begin..open, message);
                found.findings.push(if near.is_some() { finding.did_you_mean(near) } else { finding.help(help) });
            }
            return;
        }
        let close = bracket.and_then(|bracket| text[open..end].find(if bracket == '[' { ']' } else { ')' }));
        let (Some(_), Some(length)) = (bracket, close) else {
            let message = match bracket {
                Some(_) => format!("The bracket behind `{word}` is not closed."),
                None => format!("`{word}` is not followed by codes in brackets."),
            };
            return found.findings.push(malformed(begin..end, message).help(help));
        };
        let close = open + length;
        let mut codes = Vec::new();
        let mut at = open + 1;
        for code in text[at..close].split(',') {
            let name = code.trim();
            let start = at + code.len() - code.trim_start().len();
            if !name.is_empty() {
                codes.push(Spanned::new(name.to_owned(), span(start..start + name.len())));
            }
            at += code.len() + 1;
        }
        if codes.is_empty() {
            return found
                .findings
                .push(malformed(begin..close + 1, "No code stands in the brackets.".into()).help(help));
        }
        let row = text[..hash].rfind(['\n', '\r']).map_or(0, |before| before + 1);
        let before = text[row..hash].trim_start_matches('\u{feff}').trim();
        let covers = match (word, before) {
            ("allow-file", _) if hash > first => {
                let message = "`allow-file` counts only before the first line of the document.";
                let finding = malformed(begin..close + 1, message.into());
                return found.findings.push(finding.help("Move it up, or write `allow` to allow it here only."));
            }
            ("allow-file", _) => Some(0..text.len()),
            (_, "") => nodes.next(text, end),
            // Behind nothing but its dash, it is about the entry.
            (_, "-") => nodes.next(text, row),
            (_, _) => Some(row..end),
        };
        let reason = text[close + 1..end].trim_start_matches([' ', '\t', ':', '-', '–', '—']);
        let reason = (!reason.is_empty()).then(|| reason.to_owned());
        found.list.push(Allow { at: span(hash..end), codes, reason, covers });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each comment the text that it covers.
    fn covered(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text);
        let found = allows(&sources, file);
        assert!(found.findings.is_empty(), "{:?}", found.findings);
        let covers = |allow: &Allow| allow.covers.clone().map_or("nothing".into(), |range| text[range].to_owned());
        found.list.iter().map(covers).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_about_what_comes_next() {
        let lines = "a: 1\nb: 2 # windlass: allow[x] why\nc: 3\n";
        assert_eq!(covered(lines), ["b: 2 # windlass: allow[x] why"]);
        let pair = "p:\n  # windlass: allow[x] why\n\n  # and more\n  q: {r: 1}\n  s: 2\n";
        assert_eq!(covered(pair), ["q: {r: 1}"]);
        let item = "p:\n  # windlass: allow(x) why\n  - n: 1\n    m: 2\n  - n: 3\n";
        assert_eq!(covered(item), ["- n: 1\n    m: 2"]);
        let inside = "p:\n  - # windlass: allow[x] why\n    n: 1\n    m: 2\n";
        assert_eq!(covered(inside), ["- # windlass: allow[x] why\n    n: 1\n    m: 2"]);
        let first = "# windlass: allow[x] why\n---\na: 1\nb: 2\n";
        assert_eq!(covered(first), ["a: 1"]);
        let header = "a: | # windlass: allow[x] why\n  text\n";
        assert_eq!(covered(header), ["a: | # windlass: allow[x] why"]);
        assert_eq!(covered("a: 1\n# windlass: allow[x] why\n"), ["nothing"]);
        assert_eq!(covered("a: [\n  # windlass: allow[x] why\n  b, c]\n"), ["b"]);
        assert_eq!(covered("a:\n  # windlass: allow[x] why\n  - - b\n    - c\n"), ["- - b\n    - c"]);
    }

    #[test]
    fn a_file_is_allowed_before_its_first_line_only() {
        let text = "# of the shop\n# windlass: allow-file[x] why\na: 1\n";
        assert_eq!(covered(text), [text]);
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", "a: 1\n# windlass: allow-file[x] why\nb: 1\n");
        let found = allows(&sources, file);
        assert!(found.list.is_empty() && found.findings.len() == 1, "{found:?}");
    }

    #[test]
    fn a_number_sign_in_a_scalar_is_no_comment() {
        for text in [
            "a: \"b # windlass: allow[x] why\"\n",
            "a: 'b\n  # windlass: allow[x] why'\n",
            "a: |\n  b\n  # windlass: allow[x] why\n",
            "a: >-\n\n  # windlass: allow[x] why\n  c\n",
            "a: b#windlass: allow[x]\n",
            "a: 1 # windlass: is what deploys this (and more)\n",
            "a: 1 # windlass\n",
        ] {
            assert_eq!(covered(text), [""; 0], "{text}");
        }
        assert_eq!(covered("a: |\n  b\n# windlass: allow[x] why\nc: 1\n"), ["c: 1"]);
    }

    /// What a text becomes when everything that begins with `!` is allowed, one after the other.
    fn with_comments(text: &str) -> String {
        let place = text.find('!').expect("something is to be allowed");
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text);
        let root = yaml::read(&sources, file).product.expect("the text is YAML");
        let mut out = text.to_owned();
        match Rooms::of(text, &root).covering(place) {
            Some(Room::Above(row)) => out.insert_str(row, "#C\n"),
            Some(Room::Behind(end)) => out.insert_str(end, " #C"),
            None => {}
        }
        out
    }

    #[test]
    fn a_comment_has_room_where_it_covers_what_it_allows() {
        for (text, expected) in [
            ("a: 1\nb: x!\n", "a: 1\n#C\nb: x!\n"),
            ("a: {b: 1,\n c: 2, d: x!}\n", "a: {b: 1,\n c: 2, d: x!} #C\n"),
            ("a: {b: 1,\n c: x!}\n", "a: {b: 1,\n#C\n c: x!}\n"),
            ("a:\n  x!\nb: 1\n", "a:\n  x! #C\nb: 1\n"),
            ("a: |\n  one\n  x!\nb: 1\n", "#C\na: |\n  one\n  x!\nb: 1\n"),
            ("a: |\n  one\n  x!", "#C\na: |\n  one\n  x!"),
            ("a: {b: 1, c: 'one\n  x!\n  two'}\n", "#C\na: {b: 1, c: 'one\n  x!\n  two'}\n"),
            ("- a: 1\n  b: x!\n", "- a: 1\n#C\n  b: x!\n"),
            ("a: [b,\r\n  c, x!]\r\n", "a: [b,\r\n  c, x!] #C\r\n"),
        ] {
            assert_eq!(with_comments(text), expected, "{text}");
        }
    }

    #[test]
    fn codes_have_places_and_reasons_are_seen() {
        let mut sources = Sources::default();
        let file = sources
            .add("a.yaml", "a: 1 # pinned elsewhere # windlass: allow[x , y] - because\nb: 1 # windlass: allow[x]");
        let found = allows(&sources, file);
        let codes: Vec<&str> = found.list[0].codes.iter().map(|code| sources.slice(code.span)).collect();
        assert_eq!(codes, ["x", "y"]);
        let reasons: Vec<Option<&str>> = found.list.iter().map(|allow| allow.reason.as_deref()).collect();
        assert_eq!(reasons, [Some("because"), None]);
    }

    #[test]
    fn what_is_written_wrongly_is_told() {
        for (text, said) in [
            ("# windlass: alow[x] why\na: 1\n", "`alow` is nothing"),
            ("# windlass: allow x\na: 1\n", "not followed by codes"),
            ("# windlass: allow[x\na: 1\n", "not closed"),
            ("# windlass: allow[ ] why\na: 1\n", "No code stands"),
        ] {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", text);
            let found = allows(&sources, file);
            let messages: Vec<_> = found.findings.iter().map(|finding| &*finding.message).collect();
            assert!(found.list.is_empty() && messages.len() == 1 && messages[0].contains(said), "{text}: {messages:?}");
        }
    }
}
