//! Closes the holes of a value: what placeholders and references have in common (semantics 3.2, 3.4, 3.5, 4.5).
//!
//! A value that is found is searched again until no hole is left, with the eyes of the place where resolution began
//! ([`Sight`]), not of the place that holds it. The stack of holes that led to a value is kept, so that a value that needs
//! itself is shown as a ring; depth and size are bounded, so that a few lines of text cannot fill the memory.

mod nowhere;
mod print;
mod weigh;

use super::scope::Place;
use crate::finding::{self, Change, Code, Finding, Findings, Fix, Severity, ring};
use crate::name::Suggestions;
use crate::source::Span;
use crate::text::{self, Form, Hole, Piece};
use crate::tree::{Kind, Map, Origin, Part, Secrecy, Value};
use nowhere::nowhere;
use print::print;
use std::collections::{HashMap, HashSet};
use weigh::weigh;

/// What a hole of one place can see.
pub trait Sight {
    fn form(&self) -> Form;
    /// `asking`: whether a key is one of those whose values the hole is to become a part of.
    fn find(&self, hole: &Hole<'_>, asking: &dyn Fn(&str) -> bool) -> Seen;
    /// What the author should know of a hole that has a value.
    fn remark(&self, _hole: &Hole<'_>) -> Option<Absence> {
        None
    }
    /// How the ring of values that need themselves is reported.
    fn cycle_code(&self) -> &'static Code;
}

pub enum Seen {
    /// The value; the segments lead further into it.
    Value(Value, Vec<String>),
    /// A text that stands for a value known only while deploying.
    Marker(String),
    /// The hole stays open, as it is written.
    Keep(Secrecy),
    /// It cannot be known, and nothing is to be said of that.
    Unknown,
    /// There is none. `reason` goes on after "… in PLACE": what was looked for and where.
    Absent(Absence),
}

pub struct Absence {
    pub code: &'static Code,
    pub severity: Severity,
    pub message: String,
    pub help: Option<String>,
    pub related: Vec<(Span, String)>,
    pub remedy: Option<Remedy>,
}

/// What a program could do about a hole without value.
pub enum Remedy {
    /// Another hole, as it would be written.
    Instead(String),
    /// That `name` is required by the element whose own name stands at `owner`.
    Require { owner: Span, name: String },
}

impl Remedy {
    /// `at`: the hole that is written so.
    pub fn fix(self, at: Span, written: &str) -> Fix {
        match self {
            Remedy::Instead(to) => {
                Fix::risky(format!("Replace by `{to}`"), [Change::Inside { at, from: written.to_owned(), to }])
            }
            Remedy::Require { owner, name } => {
                Fix::safe(format!("Require `{name}`"), [Change::Require { owner, name }])
            }
        }
    }
}

impl Absence {
    /// A hole that nothing has the name of because of how it is written.
    pub fn of_malformed(hole: &Hole<'_>) -> Option<Absence> {
        let inside = &hole.written[2..hole.written.len() - 1];
        let bare = inside.split('/').map(str::trim).collect::<Vec<&str>>().join("/");
        let (why, help, remedy) = if bare != inside && !bare.is_empty() {
            let to = format!("{}{bare}}}", &hole.written[..2]);
            ("the blanks inside its braces count", format!("Write `{to}`."), Some(Remedy::Instead(to)))
        } else if let Some(key) = inside.strip_prefix('{').filter(|key| !key.contains('{')) {
            let to = format!("{}{}}}", &hole.written[..2], key.trim());
            ("an expression has one brace, not two", format!("Write `{to}`."), None)
        } else if inside.contains('{') {
            ("an expression ends at its first `}` and holds no other one", "Write one after the other.".into(), None)
        } else {
            return None;
        };
        Some(Absence {
            code: &finding::MALFORMED_EXPRESSION,
            severity: Severity::Error,
            message: format!("`{}` is not what it looks like: {why}", hole.written),
            help: Some(help),
            related: Vec::new(),
            remedy,
        })
    }
}

/// What to do with a hole that has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Report,
    /// The whole text becomes null (`list`, optional resources).
    BecomesNull,
}

/// How much may still be built; shared by a whole descriptor.
pub struct Budget {
    nodes: usize,
}

/// Bytes of a single text.
pub const MAX_TEXT: usize = 4 << 20;
/// How many values one descriptor may grow by.
pub const MAX_NODES: usize = 5_000_000;
/// Holes and nested lists or maps on the way to one value. Each takes some kilobytes of stack, of which a thread may have as
/// little as two mebibytes; lists and maps alone can take half of it.
pub const MAX_DEPTH: usize = 200;

impl Default for Budget {
    fn default() -> Budget {
        Budget { nodes: MAX_NODES }
    }
}

/// What all closers of one descriptor share.
#[derive(Default)]
pub struct Shared {
    pub findings: Findings,
    pub budget: Budget,
    /// The keys of all holes that were looked for.
    pub named: HashSet<String>,
    /// Holes already reported: one mistake, one finding.
    reported: HashSet<(Span, &'static str)>,
    /// Rings already reported, each as the sorted places of its holes: one is met from many sides.
    rings: HashSet<Vec<Option<Span>>>,
    /// For paths that lead nowhere.
    suggestions: Suggestions,
    /// A value grew beyond the limits. Nothing is closed any more: the same chain or doubling would be met from every side,
    /// and each time at full cost.
    given_up: bool,
}

/// Closes values of one place.
pub struct Closer<'a, S> {
    sight: &'a S,
    place: &'a Place<'a>,
    missing: Missing,
    shared: &'a mut Shared,
    /// Where to point when a value has no place of its own.
    fallback: Span,
    chain: Vec<Link>,
    depth: usize,
    /// Values of holes that were closed before in this place.
    known: HashMap<String, Value>,
    section: &'static str,
    key: String,
}

struct Link {
    written: String,
    at: Option<Span>,
}

impl Link {
    /// The parameter, or the one that a deep key leads into.
    fn key(&self) -> &str {
        let inside = self.written.get(2..self.written.len() - 1).unwrap_or_default();
        inside.split('/').next().unwrap_or_default()
    }
}

impl<'a, S: Sight> Closer<'a, S> {
    pub fn new(
        sight: &'a S,
        place: &'a Place<'a>,
        missing: Missing,
        fallback: Span,
        shared: &'a mut Shared,
    ) -> Closer<'a, S> {
        let (section, key) = ("properties", String::new());
        Closer {
            sight,
            place,
            missing,
            shared,
            fallback,
            chain: Vec::new(),
            depth: 0,
            known: HashMap::new(),
            section,
            key,
        }
    }

    /// Closes every value of a map; the map itself when nothing had to be closed.
    pub fn map(&mut self, section: &'static str, map: &Map) -> Map {
        self.section = section;
        let mut closed: Option<Map> = None;
        for (key, value) in map.iter() {
            if !may_have_hole(value, self.sight.form()) {
                continue;
            }
            key.text.as_ref().clone_into(&mut self.key);
            if let Some(new) = self.close(value) {
                closed.get_or_insert_with(|| map.clone()).insert(key.clone(), new);
            }
        }
        closed.unwrap_or_else(|| map.clone())
    }

    /// Closes one value that stands alone.
    pub fn value(&mut self, value: &Value) -> Value {
        self.close(value).unwrap_or_else(|| value.clone())
    }

    /// `None`: the value has no hole.
    fn close(&mut self, value: &Value) -> Option<Value> {
        if self.shared.given_up {
            return Some(Value::broken(value.span()));
        }
        if self.depth >= MAX_DEPTH {
            self.too_large(value.span(), format!("more than {MAX_DEPTH} values lead to it, one through the other"));
            return Some(Value::broken(value.span()));
        }
        self.depth += 1;
        let closed = match &value.kind {
            Kind::Text(text) => {
                self.remark_on_lonely(value, text);
                text::pieces(text, self.sight.form()).map(|pieces| self.close_text(value, &pieces))
            }
            Kind::List(items) => {
                let mut closed: Option<Vec<Value>> = None;
                for (at, item) in items.iter().enumerate() {
                    if let Some(new) = self.close(item) {
                        closed.get_or_insert_with(|| items.to_vec())[at] = new;
                    }
                }
                closed.map(|items| Value::list(items, value.origin.clone()).secret(value.secrecy))
            }
            Kind::Map(map) => {
                let mut closed: Option<Map> = None;
                for (key, item) in map.iter() {
                    if let Some(new) = self.close(item) {
                        closed.get_or_insert_with(|| map.clone()).insert(key.clone(), new);
                    }
                }
                closed.map(|map| Value::map(map, value.origin.clone()).secret(value.secrecy))
            }
            Kind::Null => {
                if let Some(text) = value.broken_from() {
                    self.look_through(text);
                }
                None
            }
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => None,
        };
        self.depth -= 1;
        closed
    }

    /// Tells what is wrong with the holes of a text that has no value any more because of others.
    fn look_through(&mut self, holder: &Value) {
        let pieces = holder.as_text().and_then(|text| text::pieces(text, self.sight.form()));
        for piece in pieces.iter().flatten() {
            if let Piece::Hole(hole) = piece {
                let at = holder.span_of_part(&hole.range).or_else(|| self.asked_at());
                _ = self.hole(hole, at);
            }
        }
    }

    fn close_text(&mut self, holder: &Value, pieces: &[Piece<'_>]) -> Value {
        // As many as are needed: the parts are kept as long as the value.
        let mut parts = Vec::with_capacity(pieces.iter().filter(|piece| matches!(piece, Piece::Hole(_))).count());
        let mut printed = Vec::new();
        let mut secrecy = holder.secrecy;
        let mut text = String::new();
        let mut kind = None;
        let mut broken = false;
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Hole(hole) => {
                    let at = holder.span_of_part(&hole.range).or_else(|| self.asked_at());
                    let Some(found) = self.hole(hole, at) else {
                        // Already reported, or lenient: the whole text has no value.
                        broken |= self.missing == Missing::Report;
                        kind = Some(Kind::Null);
                        continue;
                    };
                    broken |= found.is_broken();
                    parts.push(Part { hole: hole.written.into(), from: found.origin.clone() });
                    secrecy = secrecy.or(if found.holds_secret() { Secrecy::Secret } else { Secrecy::Open });
                    if pieces.len() == 1 {
                        kind = Some(found.kind);
                    } else if found.is_null() {
                        kind = Some(Kind::Null);
                    } else {
                        print(&found, &mut text);
                        printed.push(found);
                    }
                    if text.len() > MAX_TEXT {
                        self.too_large(at, format!("it would be longer than {} MiB", MAX_TEXT >> 20));
                        broken = true;
                        text.clear();
                    }
                }
            }
        }
        if broken {
            // References are looked at after placeholders.
            let others = self.sight.form() == Form::Placeholder
                && holder.as_text().is_some_and(|text| text::may_have_hole(text, Form::Short));
            let value = if others { Value::broken_text(holder) } else { Value::broken(holder.span()) };
            return value.secret(secrecy);
        }
        let origin = Origin::computed(holder.span(), parts, &printed);
        Value::new(kind.unwrap_or_else(|| Kind::Text(text.into())), origin).secret(secrecy)
    }

    /// The place of the nearest hole on the way here that has one: what the platform or an entry says has none.
    fn asked_at(&self) -> Option<Span> {
        self.chain.iter().rev().find_map(|link| link.at)
    }

    /// The finished value of a hole; `None` when there is none (reported, unless missing values become null).
    fn hole(&mut self, hole: &Hole<'_>, at: Option<Span>) -> Option<Value> {
        if self.shared.given_up {
            return None;
        }
        if let Some(known) = self.known.get(hole.written) {
            let known = known.clone();
            return self.spend(&known, at).then_some(known);
        }
        if let Some(first) = self.chain.iter().position(|link| link.written == hole.written) {
            self.report_ring(first, hole, at);
            return None;
        }
        if !self.shared.named.contains(hole.key) {
            self.shared.named.insert(hole.key.to_owned());
        }
        let asking = |key: &str| {
            let own = self.section == "parameters" && self.key == key;
            own || self.chain.iter().any(|link| link.key() == key)
        };
        let (value, path) = match self.sight.find(hole, &asking) {
            Seen::Value(value, path) => (value, path),
            Seen::Marker(text) => return Some(Value::text(text, Origin::Nowhere)),
            Seen::Keep(secrecy) => return Some(Value::text(hole.written, Origin::Nowhere).secret(secrecy)),
            Seen::Unknown => return Some(Value::broken(at)),
            Seen::Absent(absence) => {
                self.report_absence(absence, hole, at);
                return None;
            }
        };
        if let Some(remark) = self.sight.remark(hole) {
            self.report_absence(remark, hole, at);
        }
        self.chain.push(Link { written: hole.written.into(), at });
        let errors_before = self.shared.findings.len();
        let found = self.descend(value, path, hole, at);
        self.chain.pop();
        let found = found?;
        if self.shared.findings.len() == errors_before {
            self.known.insert(hole.written.into(), found.clone());
        }
        self.spend(&found, at).then_some(found)
    }

    /// Walks into a value by the segments of a deep key (semantics 3.6), then closes what it found.
    fn descend(&mut self, mut value: Value, path: Vec<String>, hole: &Hole<'_>, at: Option<Span>) -> Option<Value> {
        let mut rest: &[String] = &path;
        while !rest.is_empty() {
            if let Kind::Text(_) = value.kind {
                value = self.close(&value).unwrap_or(value);
            }
            let (next, used) = match &value.kind {
                Kind::List(items) => {
                    let digits = rest[0].bytes().all(|byte| byte.is_ascii_digit());
                    (
                        rest[0]
                            .parse::<usize>()
                            .ok()
                            .filter(|_| digits)
                            .and_then(|position| items.get(position))
                            .cloned(),
                        1,
                    )
                }
                Kind::Map(map) => (1..=rest.len())
                    .find_map(|used| {
                        let key = rest[..used].join("/");
                        map.get(&key)
                            .filter(|found| !found.is_null() || found.is_broken())
                            .map(|found| (Some(found.clone()), used))
                    })
                    .unwrap_or((None, rest.len())),
                _ => (None, 1),
            };
            if value.is_broken() {
                return Some(value);
            }
            let Some(next) = next else {
                let (what, help) = nowhere(&value, rest, &self.shared.suggestions);
                let absence = Absence {
                    code: &finding::UNRESOLVED_PLACEHOLDER,
                    severity: Severity::Error,
                    message: format!("`{}` leads nowhere: {what}", hole.written),
                    help: Some(help),
                    related: value
                        .span()
                        .map(|span| (span, "this is the value it leads into".into()))
                        .into_iter()
                        .collect(),
                    remedy: None,
                };
                self.report_absence(absence, hole, at);
                return None;
            };
            value = next;
            rest = &rest[used..];
        }
        Some(self.close(&value).unwrap_or(value))
    }

    /// Takes the size of a value from the budget.
    fn spend(&mut self, value: &Value, at: Option<Span>) -> bool {
        let left = self.shared.budget.nodes;
        // The parts are counted as if they were not shared, because `env --explain` shows them so.
        let weight = weigh(value, left).saturating_add(value.origin.parts() / 16);
        self.shared.budget.nodes = left.saturating_sub(weight);
        if weight >= left {
            self.too_large(at, format!("the descriptor would grow by more than {MAX_NODES} values"));
            return false;
        }
        true
    }

    fn too_large(&mut self, at: Option<Span>, why: String) {
        let at = at.or_else(|| self.asked_at());
        let message = format!("The value of `{}` in {} is too large: {why}.", self.key, self.place.words());
        self.report(&finding::EXPANSION_TOO_LARGE, at, message, |finding| {
            finding.help("Write the value without going through so many others.")
        });
        self.shared.given_up = true;
    }

    fn report_absence(&mut self, absence: Absence, hole: &Hole<'_>, at: Option<Span>) {
        if self.missing == Missing::BecomesNull {
            return;
        }
        let message = format!("{}, needed for `{}` in {}.", absence.message, self.key, self.place.words());
        self.report(absence.code, at, message, |mut finding| {
            finding.severity = absence.severity;
            for (span, text) in absence.related {
                finding = finding.related(span, text);
            }
            finding = finding.fix(absence.remedy.and_then(|remedy| Some(remedy.fix(at?, hole.written))));
            match absence.help {
                Some(help) => finding.help(help),
                None => finding,
            }
        });
    }

    /// A `${` that nothing closes stays as it is, as with the deploy service; its author may be surprised.
    fn remark_on_lonely(&mut self, holder: &Value, text: &str) {
        let Some(lonely) = text::lonely(text, self.sight.form()) else { return };
        let at = holder.span_of_part(&lonely.range).or_else(|| self.asked_at());
        let opening = if self.sight.form() == Form::Placeholder { "${" } else { "~{" };
        let (what, help) = match lonely.empty {
            true => ("with nothing between the braces", "Put a name between them, if something is to be filled in."),
            false => ("that is not closed on its line", "Close it with `}`, if something is to be filled in."),
        };
        // The text itself may be secret.
        let message = format!("`{}` in {} has a `{opening}` {what}, and keeps it.", self.key, self.place.words());
        self.report(&finding::MALFORMED_EXPRESSION, at, message, |mut finding| {
            finding.severity = Severity::Warning;
            finding.help(help)
        });
    }

    /// A ring is the holes that ask for each other, wherever somebody came in.
    fn report_ring(&mut self, first: usize, hole: &Hole<'_>, at: Option<Span>) {
        let links = &self.chain[first..];
        let words = ring::told(links).words(|link| link.written.clone());
        // The first link is asked for by whoever came in; inside the ring, it is asked for here.
        let mut places: Vec<(Option<Span>, &str)> = links[1..].iter().map(|link| (link.at, &*link.written)).collect();
        places.push((at, hole.written));
        let mut identity: Vec<Option<Span>> = places.iter().map(|(at, _)| *at).collect();
        identity.sort();
        let related: Vec<(Span, String)> = ring::told(&places)
            .links()
            .filter_map(|(place, hole)| {
                let place = place.filter(|_| *place != at)?;
                Some((place, format!("`{hole}` is asked for here")))
            })
            .collect();
        if !self.shared.rings.insert(identity) {
            return;
        }
        let message = format!("The value of `{}` in {} leads into a ring: {words}.", self.key, self.place.words());
        let code = self.sight.cycle_code();
        self.report(code, at, message, |finding| {
            related
                .into_iter()
                .fold(finding, |finding, (span, text)| finding.related(span, text))
                .help("Break the ring: give one of these a value of its own.")
        });
    }

    fn report(
        &mut self,
        code: &'static Code,
        at: Option<Span>,
        message: String,
        more: impl FnOnce(Finding) -> Finding,
    ) {
        let span = at.unwrap_or(self.fallback);
        if at.is_some() && !self.shared.reported.insert((span, code.id)) {
            return;
        }
        let finding = Finding::new(code, span, message).path(self.place.key_path(self.section, &self.key));
        self.shared.findings.push(more(finding));
    }
}

/// A quick look that spares values without holes any work. May say yes for nothing.
pub fn may_have_hole(value: &Value, form: Form) -> bool {
    match &value.kind {
        Kind::Text(text) => text::may_have_hole(text, form),
        Kind::List(items) => items.iter().any(|item| may_have_hole(item, form)),
        Kind::Map(map) => map.iter().any(|(_, item)| may_have_hole(item, form)),
        Kind::Null => value.broken_from().is_some_and(|text| may_have_hole(text, form)),
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => false,
    }
}
