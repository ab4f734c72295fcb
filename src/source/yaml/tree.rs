//! Parser events → tree.
//!
//! One pass with a stack of what is open. Sizes and heights are counted while the tree grows, aliases included: an alias
//! costs nothing to make but something to everyone who walks the tree afterwards, so the limits are on what walkers see.

use super::merge::{self, Written};
use super::message::{self, Open};
use super::{MAX_ALIASED, MAX_DEPTH, Node, NodeKind, Pair, Scalar, Style, place, tag};
use crate::finding::{
    Finding, Findings, SCHEMA_WRONG_TYPE, YAML_SEVERAL_DOCUMENTS, YAML_TOO_LARGE, YAML_UNDEFINED_ALIAS,
};
use crate::name::Suggestions;
use crate::source::{FileId, Span, Spanned};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

pub struct Read {
    pub root: Option<Node>,
    pub findings: Findings,
    pub documents: usize,
    /// Whether the tree has a hole where an alias should have put something.
    pub broken: bool,
}

/// Reads all events of a text. An error is what stopped the parser, or a limit.
pub fn read(text: &str, file: FileId) -> Result<Read, Box<Finding>> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
    };
    let mut tree = Tree::new(text, file);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return Err(Box::new(tree.stopped(&error))),
        };
        let tag_at = span.tag_span().and_then(|span| span.byte_range());
        // The parser knows byte offsets whenever it reads from a text in memory.
        tree.take(event, span.byte_range().unwrap_or_default(), tag_at)?;
    }
    Ok(tree.finish())
}

/// A node and what it means to those who walk it.
struct Grown {
    node: Node,
    /// Nodes in it, itself included, aliases followed. Saturates.
    size: u64,
    /// Levels of lists and maps in it; 0 for a scalar.
    height: usize,
}

/// A list or map that is not closed yet.
struct Frame {
    content: Content,
    start: usize,
    /// Behind what was read last in it.
    end: usize,
    tag: Option<(Tag, Range<usize>)>,
    anchor: usize,
    size: u64,
    height: usize,
}

enum Content {
    List(Vec<Node>),
    Map { written: Written, key: Expected },
}

/// What comes next in a map.
enum Expected {
    Key,
    Value(Spanned<Arc<str>>, Role),
    /// The value of a key that cannot be one.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Merge,
}

struct Tree<'t> {
    text: &'t str,
    file: FileId,
    findings: Findings,
    open: Vec<Frame>,
    root: Option<Node>,
    /// By the parser's number of the anchor; `None` while the node is open.
    anchors: Vec<Option<Grown>>,
    anchor_names: Vec<String>,
    suggestions: Suggestions,
    /// Every key once: descriptors repeat few keys many times.
    keys: HashSet<Arc<str>>,
    /// Nodes that aliases put in.
    aliased: u64,
    holes: HashSet<Span>,
    documents: usize,
    second_document: Option<Span>,
    /// Behind the last event: where the trouble begins when the parser stops.
    seen: usize,
    /// What the last events closed, the innermost first: a row that fits nothing was often meant for one of these.
    closed: Vec<Open>,
}

impl<'t> Tree<'t> {
    fn new(text: &'t str, file: FileId) -> Tree<'t> {
        Tree {
            text,
            file,
            findings: Findings::default(),
            open: Vec::new(),
            root: None,
            anchors: Vec::new(),
            anchor_names: Vec::new(),
            suggestions: Suggestions::default(),
            keys: HashSet::new(),
            aliased: 0,
            holes: HashSet::new(),
            documents: 0,
            second_document: None,
            seen: 0,
            closed: Vec::new(),
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    fn take(&mut self, event: Event<'t>, at: Range<usize>, tag_at: Option<Range<usize>>) -> Result<(), Box<Finding>> {
        if let Event::DocumentStart(..) = event {
            self.documents += 1;
            if self.documents == 2 {
                self.second_document = Some(self.span(at.clone()));
            }
        }
        if self.documents > 1 {
            return Ok(());
        }
        if event.is_node() {
            self.closed.clear();
        }
        match event {
            Event::DocumentStart(explicit, _) => self.seen = if explicit { at.end } else { at.start },
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tagged(tag, tag_at), at),
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Content::List(Vec::new()), anchor, tagged(tag, tag_at), at)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let map = Content::Map { written: Written::default(), key: Expected::Key };
                self.open(map, anchor, tagged(tag, tag_at), at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&at),
            Event::Alias(anchor) => self.alias(anchor, at)?,
            Event::UnresolvedAlias(name) => self.undefined(&name, at),
            Event::Anchor(_, name) => self.anchor_names.push(name.into_owned()),
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            // Comments are switched off; the parser may grow events that carry no data.
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<(Tag, Range<usize>)>,
        at: Range<usize>,
    ) -> Result<(), Box<Finding>> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Box::new(self.too_deep(at)));
        }
        self.seen = at.end;
        self.open.push(Frame { content, start: at.start, end: at.end, tag, anchor, size: 1, height: 1 });
        Ok(())
    }

    fn close(&mut self, at: &Range<usize>) {
        // The parser closes what it opened, and nothing else.
        let Some(frame) = self.open.pop() else { return };
        self.closed.push(Open::of(&frame));
        // A bracket ends a list or map where it stands; without one the parser looks for the end at the next token.
        let end = if at.is_empty() { frame.end } else { at.end };
        self.seen = self.seen.max(end);
        let kind = match frame.content {
            Content::List(mut items) => {
                items.shrink_to_fit();
                NodeKind::List(Arc::new(items))
            }
            Content::Map { written, .. } => {
                let open = &self.open;
                NodeKind::Map(Arc::new(merge::settle(written, || path(open), &self.holes, &mut self.findings)))
            }
        };
        let node = Node { kind, span: self.span(frame.start..end), tag: None };
        self.grown(Grown { node, size: frame.size, height: frame.height }, frame.anchor, frame.tag);
    }

    fn scalar(
        &mut self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<(Tag, Range<usize>)>,
        at: Range<usize>,
    ) {
        let empty = style == ScalarStyle::Plain && at.is_empty();
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let text = match text.strip_suffix('\n') {
            // The parser ends a block with a line end even where the file ends without one.
            Some(rest) if block && at.end == self.text.len() && !self.text.ends_with(char::is_whitespace) => rest,
            _ => &*text,
        };
        let range = match style {
            _ if block => place::block(self.text, self.behind_mark().unwrap_or(self.seen), at.clone()),
            _ if empty => {
                let place = tag.as_ref().map(|(_, at)| at.end).or_else(|| self.behind_mark()).unwrap_or(at.start);
                place..place
            }
            _ => at.clone(),
        };
        self.seen = at.end.max(range.end);
        let kind = NodeKind::Scalar(Scalar {
            // What is not there arrives as `~`.
            text: self.held(if empty { "" } else { text }),
            style: if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted },
        });
        let node = Node { kind, span: self.span(range), tag: None };
        self.grown(Grown { node, size: 1, height: 0 }, anchor, tag);
    }

    /// Behind the colon or dash that the next value belongs to.
    fn behind_mark(&self) -> Option<usize> {
        let frame = self.open.last()?;
        match &frame.content {
            Content::List(_) => place::behind(self.text, frame.end, b'-'),
            Content::Map { key: Expected::Key, .. } => None,
            Content::Map { .. } => Some(place::behind(self.text, frame.end, b':').unwrap_or(frame.end)),
        }
    }

    /// The text of a scalar: shared when it is a key, because keys repeat.
    fn held(&mut self, text: &str) -> Arc<str> {
        if !self.expects_key() {
            return Arc::from(text);
        }
        if let Some(known) = self.keys.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.keys.insert(Arc::clone(&new));
        new
    }

    /// Shares a key that an alias or a tag brought, which was a text of its own so far.
    fn share_key(&mut self, node: &mut Node) {
        if self.expects_key()
            && let NodeKind::Scalar(scalar) = &mut node.kind
        {
            scalar.text = self.held(&scalar.text);
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { content: Content::Map { key: Expected::Key, .. }, .. }))
    }

    /// A node is whole: its tag is applied, its anchor remembered, and it goes to its place.
    fn grown(&mut self, mut grown: Grown, anchor: usize, tag: Option<(Tag, Range<usize>)>) {
        if let Some((tag, at)) = tag {
            let written = self.text.get(at.clone()).unwrap_or_default().to_owned();
            let finding = tag::apply(&mut grown.node, &tag, Spanned::new(written, self.span(at)));
            if let Some(finding) = finding {
                self.findings.push(finding.path(path(&self.open)));
            }
            self.share_key(&mut grown.node);
        }
        if anchor > 0 {
            self.anchors.resize_with(self.anchors.len().max(anchor + 1), || None);
            let copy = Grown { node: grown.node.clone(), size: grown.size, height: grown.height };
            self.anchors[anchor] = Some(copy);
        }
        self.place(grown);
    }

    fn place(&mut self, grown: Grown) {
        let Grown { node, size, height } = grown;
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(node.span.end as usize);
        frame.size = frame.size.saturating_add(size);
        frame.height = frame.height.max(height + 1);
        let (written, expected) = match &mut frame.content {
            Content::List(items) => return items.push(node),
            Content::Map { written, key } => (written, key),
        };
        match std::mem::replace(expected, Expected::Key) {
            Expected::Nothing => {}
            Expected::Value(key, role) => {
                if role == Role::Merge {
                    written.merges.push(written.pairs.len());
                }
                written.pairs.push(Pair { key, value: node });
            }
            Expected::Key => match key(&node) {
                Some((text, role)) => {
                    if let Some(tag) = &node.tag {
                        self.findings.push(tag::at_key(tag));
                    }
                    *expected = Expected::Value(Spanned::new(text, node.span), role);
                }
                None => {
                    *expected = Expected::Nothing;
                    let finding = strange_key(&node, self.text);
                    self.findings.push(finding.path(path(&self.open)));
                }
            },
        }
    }

    fn alias(&mut self, anchor: usize, at: Range<usize>) -> Result<(), Box<Finding>> {
        self.seen = at.end;
        let span = self.span(at.clone());
        let Some(Some(grown)) = self.anchors.get(anchor) else {
            let finding = inside_itself(self.text.get(at).unwrap_or_default(), span);
            self.hole(finding, span);
            return Ok(());
        };
        if self.open.len() + grown.height > MAX_DEPTH {
            return Err(Box::new(self.too_deep(at)));
        }
        self.aliased = self.aliased.saturating_add(grown.size);
        if self.aliased > MAX_ALIASED {
            return Err(Box::new(too_many_aliased(span)));
        }
        let node = Node { kind: grown.node.kind.clone(), span, tag: grown.node.tag.clone() };
        let mut copy = Grown { node, size: grown.size, height: grown.height };
        self.share_key(&mut copy.node);
        self.place(copy);
        Ok(())
    }

    fn undefined(&mut self, name: &str, at: Range<usize>) {
        self.seen = at.end;
        let span = self.span(at);
        let finding = Finding::new(
            &YAML_UNDEFINED_ALIAS,
            span,
            format!("The alias `*{name}` names an anchor that is not defined before it."),
        );
        let near =
            self.suggestions.nearest(name, self.anchor_names.iter().map(String::as_str)).map(|near| format!("*{near}"));
        let finding = match near {
            Some(near) => finding.did_you_mean(Some(near)),
            // `*.example.com` was never meant as an alias.
            None if !name.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                finding.help(format!("A text that begins with `*` needs quotes: `\"*{name}\"`."))
            }
            None => finding.help(format!(
                "Put `&{name}` before the value that is meant, or put the text in quotes: `\"*{name}\"`."
            )),
        };
        self.hole(finding, span);
    }

    /// Reports an alias that leads nowhere, and goes on with nothing in its place.
    fn hole(&mut self, finding: Finding, span: Span) {
        self.findings.push(finding.path(path(&self.open)));
        self.holes.insert(span);
        let kind = NodeKind::Scalar(Scalar { text: Arc::from(""), style: Style::Plain });
        self.place(Grown { node: Node { kind, span, tag: None }, size: 1, height: 0 });
    }

    fn too_deep(&self, at: Range<usize>) -> Finding {
        let message = format!("Lists and maps stand more than {MAX_DEPTH} levels deep in each other here.");
        Finding::new(&YAML_TOO_LARGE, self.span(at.start..at.start), message)
            .help("No descriptor needs that many. Is a bracket never closed?")
    }

    fn stopped(&self, error: &granit_parser::ScanError) -> Finding {
        let at = error.marker().byte_offset().unwrap_or(self.seen);
        if *error.kind() == granit_parser::ErrorKind::RecursionLimitExceeded {
            // The parser reads ahead, and allows more than is allowed here.
            let at = place::opening(self.text, self.seen, MAX_DEPTH + 1 - self.open.len()).unwrap_or(at);
            return self.too_deep(at..at);
        }
        let open: Vec<Open> = self.open.iter().map(Open::of).chain(self.closed.iter().rev().copied()).collect();
        message::syntax(error.kind(), at, self.seen, &open, self.text, self.file)
    }

    fn finish(mut self) -> Read {
        if let Some(second) = self.second_document {
            let message = format!("The file holds {} YAML documents; a descriptor is one.", self.documents);
            let finding = Finding::new(&YAML_SEVERAL_DOCUMENTS, second, message)
                .label("the second one begins here")
                .help("Put each document into a file of its own. Extension descriptors are given with `-e FILE`.");
            self.findings.push(finding);
        }
        let broken = !self.holes.is_empty();
        Read { root: self.root, findings: self.findings, documents: self.documents, broken }
    }
}

impl Open {
    fn of(frame: &Frame) -> Open {
        let list = matches!(frame.content, Content::List(_));
        Open { list, start: frame.start }
    }
}

fn tagged(tag: Option<Cow<'_, Tag>>, at: Option<Range<usize>>) -> Option<(Tag, Range<usize>)> {
    tag.map(|tag| (tag.into_owned(), at.unwrap_or_default()))
}

/// A scalar of any kind is a key by its text: `8080:` and `true:` are the keys `8080` and `true`.
fn key(node: &Node) -> Option<(Arc<str>, Role)> {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, style }) => {
            let merge = *style == Style::Plain && &**text == "<<";
            Some((Arc::clone(text), if merge { Role::Merge } else { Role::Key }))
        }
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

fn strange_key(node: &Node, text: &str) -> Finding {
    let message = format!("A key must be a text, but this is {}.", node.kind_name());
    let finding = Finding::new(&SCHEMA_WRONG_TYPE, node.span, message);
    let before = text.get(..node.span.start as usize).unwrap_or_default();
    if before.ends_with('{') && text[before.len()..].starts_with('{') {
        finding
            .help("A value that begins with `{{` is a map in a map for YAML. To have it as a text, put it in quotes.")
    } else {
        finding.help("Put the key in quotes if it is meant as a text.")
    }
}

fn inside_itself(alias: &str, span: Span) -> Finding {
    let message = format!("The alias `{alias}` stands inside the very value that its anchor names.");
    Finding::new(&YAML_UNDEFINED_ALIAS, span, message)
        .help("A value cannot hold itself. Name an anchor whose value ends before this place.")
}

fn too_many_aliased(span: Span) -> Finding {
    let message = format!("With this alias, aliases add more than {MAX_ALIASED} nodes to the document.");
    Finding::new(&YAML_TOO_LARGE, span, message)
        .help("Aliases of values that hold aliases themselves multiply. Write fewer of them, or shorter ones.")
}

/// Where the next node will stand: `modules[0].properties.b`.
fn path(open: &[Frame]) -> String {
    let mut path = String::new();
    for frame in open {
        match &frame.content {
            Content::List(items) => path.push_str(&format!("[{}]", items.len())),
            Content::Map { key: Expected::Value(key, _), .. } => path = merge::join(&path, &key.value),
            Content::Map { .. } => {}
        }
    }
    path
}
