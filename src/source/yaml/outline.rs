//! A document as it stands in the text: what is in brackets and what in rows, where anchors are and who uses them.
//!
//! The tree that stages work on has none of this: it shares what aliases name, and has put merged entries where `<<` stood.
//! Whoever changes a text needs it. Spans of keys and values are those of the tree, so that the one leads to the other.

use super::place;
use crate::source::Span;
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::collections::HashMap;
use std::ops::Range;

pub struct Outline {
    pub root: Option<Twig>,
    /// Every anchor with its `&`, in the order of the text.
    anchors: Vec<Range<usize>>,
    /// Where an alias stands, and which anchor it names.
    aliases: Vec<(usize, usize)>,
}

/// A key or a value.
pub struct Twig {
    /// As [`Node::span`](super::Node::span).
    pub span: Range<usize>,
    /// With the anchor and the tag before it.
    pub whole: Range<usize>,
    pub form: Form,
    /// Whether an alias names it.
    pub named: bool,
}

pub enum Form {
    Plain,
    Single,
    Double,
    /// `|` and `>`.
    Block,
    Alias,
    List {
        flow: bool,
        items: Vec<Twig>,
    },
    Map {
        flow: bool,
        entries: Vec<Entry>,
    },
}

pub struct Entry {
    pub key: Twig,
    /// What the key says; empty when it is no scalar.
    pub name: String,
    pub value: Twig,
}

/// A twig that was looked for, and what it stands in.
pub struct Found<'o> {
    pub twig: &'o Twig,
    pub role: Role,
    /// The lists and maps around it, the outermost first, each with the position of what leads to the twig.
    pub trail: Vec<(&'o Twig, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Root,
    Item,
    Key,
    Value,
}

impl Twig {
    /// Whether it has an anchor or a tag.
    pub fn is_marked(&self) -> bool {
        self.whole != self.span
    }

    pub fn count(&self) -> usize {
        match &self.form {
            Form::List { items, .. } => items.len(),
            Form::Map { entries, .. } => entries.len(),
            _ => 0,
        }
    }

    pub fn is_flow(&self) -> bool {
        matches!(self.form, Form::List { flow: true, .. } | Form::Map { flow: true, .. })
    }

    /// Where an item or entry begins (without its dash) and ends.
    pub fn part(&self, at: usize) -> Option<Range<usize>> {
        match &self.form {
            Form::List { items, .. } => items.get(at).map(|item| item.whole.clone()),
            Form::Map { entries, .. } => entries.get(at).map(Entry::range),
            _ => None,
        }
    }

    /// The entry of this name that counts: the last one.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        match &self.form {
            Form::Map { entries, .. } => entries.iter().rev().find(|entry| entry.name == name),
            _ => None,
        }
    }

    /// Whether the entry at this position hides an earlier one of the same name, which would count in its place.
    pub fn hides_another(&self, place: usize) -> bool {
        match &self.form {
            Form::Map { entries, .. } => entries[..place].iter().any(|entry| entry.name == entries[place].name),
            _ => false,
        }
    }
}

impl Entry {
    pub fn range(&self) -> Range<usize> {
        self.key.whole.start..self.value.whole.end.max(self.key.whole.end)
    }
}

impl Found<'_> {
    /// Whether the text around it is in brackets: `{a: b}`.
    pub fn in_flow(&self) -> bool {
        self.trail.iter().any(|(twig, _)| twig.is_flow())
    }

    /// Whether a key is there once, and could have another name without being there twice.
    pub fn could_be_called(&self, name: &str) -> bool {
        let Some((Twig { form: Form::Map { entries, .. }, .. }, place)) = self.trail.last() else { return false };
        let own = &entries[*place].name;
        let others = || entries.iter().enumerate().filter(|(at, _)| at != place).map(|(_, entry)| &entry.name);
        others().all(|other| other != own && other != name)
    }

    /// Whether something around it is used elsewhere, too, so that a change here is one there.
    pub fn is_shared(&self) -> bool {
        self.trail.iter().any(|(twig, _)| twig.named)
    }
}

impl Outline {
    /// `None` when the text is no YAML.
    pub fn read(text: &str) -> Option<Outline> {
        let options =
            granit_parser::options! { emit_comments: false, emit_anchor_events: true, emit_unresolved_aliases: true };
        let mut grower = Grower { text, ..Grower::default() };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.ok()?;
            let tag = span.tag_span().and_then(|span| span.byte_range());
            grower.take(event, span.byte_range()?, tag);
        }
        let Grower { root, anchors, aliases, .. } = grower;
        let mut outline = Outline { root, anchors, aliases };
        let mut named: Vec<usize> =
            outline.aliases.iter().filter_map(|(_, anchor)| Some(outline.anchors.get(*anchor)?.start)).collect();
        named.sort_unstable();
        if let Some(root) = outline.root.as_mut().filter(|_| !named.is_empty()) {
            mark(root, &named);
        }
        Some(outline)
    }

    /// The key or value with this span.
    pub fn find(&self, at: Span) -> Option<Found<'_>> {
        self.look(at.range(), &|twig, at| twig.span == *at)
    }

    /// The scalar with this span, or with this place in it.
    pub fn around(&self, at: Span) -> Option<Found<'_>> {
        self.look(at.range(), &|twig, at| twig.count() == 0 && twig.span.start <= at.start && at.end <= twig.span.end)
    }

    fn look(&self, at: Range<usize>, is_it: &dyn Fn(&Twig, &Range<usize>) -> bool) -> Option<Found<'_>> {
        let mut twig = self.root.as_ref()?;
        let mut role = Role::Root;
        let mut trail = Vec::new();
        loop {
            // A list that is not indented begins, for the parser, with its first item.
            let first = matches!(&twig.form, Form::List { items, .. } if items.iter().any(|item| item.span == at));
            if is_it(twig, &at) && !first {
                return Some(Found { twig, role, trail });
            }
            match &twig.form {
                Form::List { items, .. } => {
                    let place = items.partition_point(|item| item.whole.start <= at.start).checked_sub(1)?;
                    trail.push((twig, place));
                    (twig, role) = (items.get(place)?, Role::Item);
                }
                Form::Map { entries, .. } => {
                    let place = entries.partition_point(|entry| entry.key.whole.start <= at.start).checked_sub(1)?;
                    let entry = entries.get(place)?;
                    trail.push((twig, place));
                    if is_it(&entry.key, &at) {
                        return Some(Found { twig: &entry.key, role: Role::Key, trail });
                    }
                    (twig, role) = (&entry.value, Role::Value);
                }
                _ => return None,
            }
        }
    }

    /// Whether a text could go without an alias elsewhere losing what it names.
    pub fn is_free(&self, range: &Range<usize>) -> bool {
        self.aliases.iter().all(|(at, anchor)| {
            range.contains(at) || self.anchors.get(*anchor).is_none_or(|anchor| !range.contains(&anchor.start))
        })
    }

    /// Whether a text has anchors or aliases.
    pub fn has_names(&self, range: &Range<usize>) -> bool {
        self.anchors.iter().any(|anchor| range.contains(&anchor.start))
            || self.aliases.iter().any(|(at, _)| range.contains(at))
    }

    /// Visits every scalar, keys included.
    pub fn scalars(&self, visit: &mut dyn FnMut(&Twig)) {
        fn walk(twig: &Twig, visit: &mut dyn FnMut(&Twig)) {
            match &twig.form {
                Form::List { items, .. } => items.iter().for_each(|item| walk(item, visit)),
                Form::Map { entries, .. } => entries.iter().for_each(|entry| {
                    walk(&entry.key, visit);
                    walk(&entry.value, visit);
                }),
                _ => visit(twig),
            }
        }
        self.root.iter().for_each(|root| walk(root, visit));
    }
}

/// Where the dash of a list item in rows stands, that comes next after an offset.
pub fn dash(text: &str, from: usize) -> Option<usize> {
    Some(place::behind(text, from, b'-')? - 1)
}

/// Marks what has one of these anchors, which are sorted.
fn mark(twig: &mut Twig, anchors: &[usize]) {
    // Anchors stand before what they name; of nothing, they stand behind the place where it would be.
    let end = if twig.span.is_empty() { twig.whole.end } else { twig.span.start };
    let first = anchors.partition_point(|anchor| *anchor < twig.whole.start);
    twig.named = anchors.get(first).is_some_and(|anchor| *anchor < end);
    match &mut twig.form {
        Form::List { items, .. } => items.iter_mut().for_each(|item| mark(item, anchors)),
        Form::Map { entries, .. } => entries.iter_mut().for_each(|entry| {
            mark(&mut entry.key, anchors);
            mark(&mut entry.value, anchors);
        }),
        _ => {}
    }
}

#[derive(Default)]
struct Grower<'t> {
    text: &'t str,
    open: Vec<Frame>,
    root: Option<Twig>,
    anchors: Vec<Range<usize>>,
    /// The place in `anchors`, by the parser's number.
    numbers: HashMap<usize, usize>,
    aliases: Vec<(usize, usize)>,
    documents: usize,
    seen: usize,
}

/// A list or map that is not closed yet.
struct Frame {
    content: Content,
    start: usize,
    /// With anchor and tag.
    whole: usize,
    flow: bool,
    end: usize,
}

enum Content {
    List(Vec<Twig>),
    Map(Vec<Entry>, Option<(Twig, String)>),
}

impl<'t> Grower<'t> {
    fn take(&mut self, event: Event<'t>, at: Range<usize>, tag: Option<Range<usize>>) {
        if let Event::DocumentStart(..) = event {
            self.documents += 1;
            self.seen = at.end;
        }
        // As the reader does: one document is all that counts.
        if self.documents > 1 {
            return;
        }
        match event {
            Event::Scalar(text, style, ..) => self.scalar(&text, style, at, tag),
            Event::SequenceStart(style, ..) => self.open(Content::List(Vec::new()), style, &at, tag),
            Event::MappingStart(style, ..) => self.open(Content::Map(Vec::new(), None), style, &at, tag),
            Event::SequenceEnd | Event::MappingEnd => self.close(&at),
            Event::Alias(number) => {
                self.aliases.extend(self.numbers.get(&number).map(|anchor| (at.start, *anchor)));
                self.place(twig(at, Form::Alias), String::new());
            }
            Event::UnresolvedAlias(_) => self.place(twig(at, Form::Alias), String::new()),
            Event::Anchor(number, _) => {
                self.numbers.insert(number, self.anchors.len());
                self.anchored(&at);
                self.anchors.push(at);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, at: Range<usize>, tag: Option<Range<usize>>) {
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                place::block(self.text, self.behind_mark().unwrap_or(self.seen), at.clone())
            }
            ScalarStyle::Plain if at.is_empty() => {
                let place = tag.as_ref().map(|tag| tag.end).or_else(|| self.behind_mark()).unwrap_or(at.start);
                place..place
            }
            _ => at.clone(),
        };
        self.seen = at.end.max(span.end);
        let form = match style {
            ScalarStyle::Plain => Form::Plain,
            ScalarStyle::SingleQuoted => Form::Single,
            ScalarStyle::DoubleQuoted => Form::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Form::Block,
        };
        let mut scalar = twig(span, form);
        widen(&mut scalar, tag);
        self.place(scalar, text.to_owned());
    }

    /// Behind the colon or dash that the next value belongs to.
    fn behind_mark(&self) -> Option<usize> {
        let frame = self.open.last()?;
        match &frame.content {
            Content::List(_) => place::behind(self.text, frame.end, b'-'),
            Content::Map(_, None) => None,
            Content::Map(_, Some(_)) => Some(place::behind(self.text, frame.end, b':').unwrap_or(frame.end)),
        }
    }

    fn open(&mut self, content: Content, style: StructureStyle, at: &Range<usize>, tag: Option<Range<usize>>) {
        self.seen = at.end;
        let whole = tag.map_or(at.start, |tag| tag.start.min(at.start));
        let flow = style == StructureStyle::Flow;
        self.open.push(Frame { content, start: at.start, whole, flow, end: at.end });
    }

    fn close(&mut self, at: &Range<usize>) {
        let Some(frame) = self.open.pop() else { return };
        let end = if at.is_empty() { frame.end } else { at.end };
        self.seen = self.seen.max(end);
        let form = match frame.content {
            Content::List(items) => Form::List { flow: frame.flow, items },
            Content::Map(entries, _) => Form::Map { flow: frame.flow, entries },
        };
        let mut closed = twig(frame.start..end, form);
        closed.whole.start = frame.whole;
        self.place(closed, String::new());
    }

    fn place(&mut self, twig: Twig, text: String) {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(twig);
            return;
        };
        frame.end = frame.end.max(twig.whole.end);
        match &mut frame.content {
            Content::List(items) => items.push(twig),
            Content::Map(entries, key) => match key.take() {
                None => *key = Some((twig, text)),
                Some((key, name)) => entries.push(Entry { key, name, value: twig }),
            },
        }
    }

    /// An anchor belongs to the node of the event before it.
    fn anchored(&mut self, at: &Range<usize>) {
        let last = match self.open.last_mut() {
            Some(Frame { content: Content::List(items), .. }) if !items.is_empty() => items.last_mut(),
            Some(Frame { content: Content::Map(_, Some((key, _))), .. }) => Some(key),
            Some(Frame { content: Content::Map(entries, None), .. }) if !entries.is_empty() => {
                entries.last_mut().map(|entry| &mut entry.value)
            }
            Some(frame) => {
                frame.whole = frame.whole.min(at.start);
                return;
            }
            None => self.root.as_mut(),
        };
        if let Some(last) = last {
            widen(last, Some(at.clone()));
        }
    }
}

fn twig(span: Range<usize>, form: Form) -> Twig {
    Twig { whole: span.clone(), span, form, named: false }
}

fn widen(twig: &mut Twig, by: Option<Range<usize>>) {
    if let Some(by) = by {
        twig.whole = twig.whole.start.min(by.start)..twig.whole.end.max(by.end);
    }
}
