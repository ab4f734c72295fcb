//! Where in a descriptor the cursor stands, told from the text alone.
//!
//! While somebody types, the text is no YAML half of the time, and the line that is typed is the one that matters. So
//! nothing is parsed here: the way from the cursor to the root is found by climbing up the lines to ever smaller
//! indentation. Lines that say something else than they seem to (in a text that spans lines) can mislead it; then a
//! suggestion is missing or odd, and no more.

use super::outline::{Kind, Owner};
use super::peek::scalar;
use super::position::Lines;
use super::scan::{Mark, Scan, around, entries_behind, on_one_row};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What can be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    Key,
    /// Behind the last key of the way.
    Value,
    /// An entry of the list that the last key of the way holds.
    Item,
    /// Inside `${`.
    Placeholder,
    /// Inside `~{`; with the set in front of the slash.
    Reference(Option<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The innermost element.
    pub kind: Kind,
    pub owner: Owner,
    /// Keys from the element to the place.
    pub way: Vec<String>,
    pub slot: Slot,
    /// What is typed so far, and would be replaced; bytes of the text.
    pub typed: Range<usize>,
    /// Keys that are there already beside the one that is typed; of a list, its other entries.
    pub siblings: Vec<String>,
    /// Whether a closing brace stands behind it.
    pub is_closed: bool,
    /// The column of the key that is typed, or would be.
    pub column: usize,
    /// Whether it stands in brackets.
    pub in_flow: bool,
}

/// A step from the root: a key, or an entry of a list with its name.
enum Step {
    Key(String),
    Item(Arc<str>),
}

/// The shape of a line.
struct Row<'t> {
    dashes: Vec<usize>,
    /// Column, text, and the column behind the colon.
    key: Option<(usize, &'t str, usize)>,
    /// The column of the first character that is no dash.
    content: usize,
    is_blank: bool,
}

pub fn context(text: &str, lines: &Lines, offset: usize) -> Option<Context> {
    let here = lines.line_of(offset);
    let own_row = lines.range(text, here);
    let cursor = offset.min(own_row.end);
    let climber = Climber { text, lines };
    let around = around(text, lines, cursor);
    if around.in_comment && !climber.is_in_block(here) {
        return None;
    }
    // Brackets may span rows: then all of them are one.
    let line = around.first;
    let start = lines.range(text, line).start;
    let written = text.get(start..cursor)?;
    let before = if line == here { Cow::Borrowed(written) } else { Cow::Owned(on_one_row(written)) };
    let before = &*before;
    let column = before.len();
    let row = row(before);
    let rest = before.get(row.content..).unwrap_or_default();
    let behind = text.get(cursor..own_row.end).unwrap_or_default();
    let flow = Flow::of(rest);
    let from = |place: usize| start + place;
    let word_end = |from: usize| from + behind.find(|c: char| !is_word(c)).unwrap_or(behind.len());

    // The way of the line itself, then that of what stands on it.
    let content = if row.is_blank { column } else { row.content };
    let mut steps = climber.way(line, content, &row.dashes);
    let mut siblings = climber.siblings(line, content, row.dashes.last().copied());
    let mut listed = row.dashes.last().map(|dash| climber.listed(line, *dash)).unwrap_or_default();
    let (mut column_of_key, mut key) = (content, row.key.map(|(_, key, behind)| (key.to_owned(), behind)));
    if let Some(flow) = &flow {
        for (at, frame) in flow.around.iter().enumerate() {
            steps.extend(frame.key.iter().map(|key| Step::Key(key.clone())));
            if frame.opener == '[' {
                let name = flow.around.get(at + 1).and_then(|inner| inner.name.as_deref());
                steps.push(Step::Item(name.unwrap_or_default().into()));
            }
        }
        siblings = flow.around.last().map(|frame| frame.keys.clone()).unwrap_or_default();
        listed = flow.around.last().map(|frame| frame.items.clone()).unwrap_or_default();
        let behind = text.get(cursor..).unwrap_or_default();
        for entry in entries_behind(flow.scan.clone(), behind) {
            let entry = on_one_row(behind.get(entry).unwrap_or_default());
            siblings.extend(key_of(entry.trim_start()).map(|(key, _)| key.to_owned()));
            listed.push(scalar(&entry).to_owned());
        }
        column_of_key = row.content + flow.start;
        key = flow.key.as_ref().map(|(key, behind)| (key.clone(), row.content + behind));
    }
    let in_flow = flow.is_some();

    if let Some((opening, sign)) = open_hole(before) {
        steps.extend(key.map(|(key, _)| Step::Key(key)));
        let (kind, owner, way) = element(steps);
        let inside = before.get(opening + 2..).unwrap_or_default();
        let (slot, start) = match (sign, inside.split_once('/')) {
            ('$', _) => (Slot::Placeholder, opening + 2),
            (_, Some((set, _))) if owner.required().is_none() => {
                (Slot::Reference(Some(set.to_owned())), opening + 3 + set.len())
            }
            _ => (Slot::Reference(None), opening + 2),
        };
        let end = behind.find(|c: char| !is_word(c) && c != '/').unwrap_or(behind.len());
        let is_closed = behind.get(end..).is_some_and(|rest| rest.starts_with('}'));
        let typed = from(start)..from(column + end);
        let column = column_of_key;
        return Some(Context { kind, owner, way, slot, typed, siblings, is_closed, column, in_flow });
    }
    let (slot, start) = match &key {
        Some((name, behind)) => {
            let value = before.get(*behind..).unwrap_or_default();
            if !value.starts_with([' ', '\t']) {
                return None;
            }
            steps.push(Step::Key(name.clone()));
            let value = value.trim_start();
            (Slot::Value, column - value.trim_start_matches(['"', '\'']).len())
        }
        None => {
            let word = before.get(column_of_key..).unwrap_or_default();
            let is_item = flow.as_ref().is_some_and(|flow| flow.around.last().is_some_and(|frame| frame.opener == '['));
            let slot = if is_item { Slot::Item } else { Slot::Key };
            (slot, column - word.trim_start_matches(['"', '\'']).len())
        }
    };
    let word = before.get(start..)?;
    // A value of several words, or one that is more than a name, is nothing that could be suggested.
    if !word.chars().all(|c| is_word(c) || c == ':' || c == '/') {
        return None;
    }
    let (kind, owner, way) = element(steps);
    // Behind a dash of a list of names stands a name, not a key.
    let slot = if slot == Slot::Key && !row.dashes.is_empty() && !way.is_empty() { Slot::Item } else { slot };
    let end = word_end(column);
    let siblings = match slot {
        Slot::Key => siblings,
        Slot::Item => listed,
        Slot::Value | Slot::Placeholder | Slot::Reference(_) => Vec::new(),
    };
    Some(Context {
        kind,
        owner,
        way,
        slot,
        typed: from(start)..from(end),
        siblings,
        is_closed: false,
        column: column_of_key,
        in_flow,
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// The last opening of a hole on the line that nothing closes before the cursor, and its sign.
fn open_hole(before: &str) -> Option<(usize, char)> {
    let opening = before.rfind("${").max(before.rfind("~{"))?;
    let inside = before.get(opening + 2..)?;
    let escaped = before.get(..opening).is_some_and(|text| text.ends_with('\\'));
    let sign = before.get(opening..)?.chars().next()?;
    (!escaped && !inside.contains(['}', '{', ' '])).then_some((opening, sign))
}

fn row(line: &str) -> Row<'_> {
    let mut at = line.len() - line.trim_start_matches([' ', '\u{feff}']).len();
    let mut dashes = Vec::new();
    while let Some(rest) = line.get(at..).and_then(|rest| rest.strip_prefix('-')) {
        if !rest.is_empty() && !rest.starts_with(' ') {
            break;
        }
        dashes.push(at);
        at += 1 + (rest.len() - rest.trim_start_matches(' ').len());
    }
    let content = line.get(at..).unwrap_or_default();
    let is_blank = content.trim().is_empty();
    let key = key_of(content).map(|(key, behind)| (at, key, at + behind));
    Row { dashes, key, content: at, is_blank: is_blank || content.starts_with('#') }
}

/// The key that a text begins with, and where its colon ends.
fn key_of(text: &str) -> Option<(&str, usize)> {
    if text.starts_with(['#', '{', '[', '|', '>', '&', '*', '!']) {
        return None;
    }
    let colon = text.char_indices().find(|(at, c)| {
        *c == ':' && text.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    });
    let (at, _) = colon?;
    let key = text.get(..at)?.trim().trim_matches(['"', '\'']);
    (!key.is_empty()).then_some((key, at + 1))
}

/// Maps and lists in braces and brackets that are open at the end of a text.
struct Flow {
    /// From the outermost on.
    around: Vec<Frame>,
    /// Where the entry that is typed begins.
    start: usize,
    /// Its key, and where the colon ends, when it has one.
    key: Option<(String, usize)>,
    /// At the end of the text.
    scan: Scan,
}

/// A map or list that is open.
struct Frame {
    opener: char,
    /// In front of it.
    key: Option<String>,
    /// What stands in it so far: its keys, or the texts in it.
    keys: Vec<String>,
    items: Vec<String>,
    /// What it calls itself by a `name`.
    name: Option<String>,
}

impl Frame {
    fn take(&mut self, entry: &str) {
        match key_of(entry.trim_start()) {
            Some((key, behind)) => {
                if key == "name" {
                    self.name = entry.trim_start().get(behind..).map(|value| scalar(value).to_owned());
                }
                self.keys.push(key.to_owned());
            }
            None => self.items.push(scalar(entry).to_owned()),
        }
    }
}

impl Flow {
    fn of(text: &str) -> Option<Flow> {
        let mut around: Vec<Frame> = Vec::new();
        let mut start = 0;
        let mut scan = Scan::default();
        for (at, c) in text.char_indices() {
            let Some(mark) = scan.step(c) else { continue };
            let entry = text.get(start..at).unwrap_or_default();
            match mark {
                Mark::Open(opener) => {
                    let key = key_of(entry.trim_start()).map(|(key, _)| key.to_owned());
                    if let (Some(outer), Some(key)) = (around.last_mut(), &key) {
                        outer.keys.push(key.clone());
                    }
                    around.push(Frame { opener, key, keys: Vec::new(), items: Vec::new(), name: None });
                }
                Mark::Comma => {
                    if let Some(frame) = around.last_mut().filter(|_| !entry.trim().is_empty()) {
                        frame.take(entry);
                    }
                }
                Mark::Close => _ = around.pop(),
                Mark::Comment => break,
            }
            start = at + 1;
        }
        around.last()?;
        let rest = text.get(start..).unwrap_or_default();
        let start = start + (rest.len() - rest.trim_start().len());
        let key = key_of(rest.trim_start()).map(|(key, behind)| (key.to_owned(), start + behind));
        Some(Flow { around, start, key, scan })
    }
}

/// Climbs from a line to the root.
struct Climber<'t> {
    text: &'t str,
    lines: &'t Lines,
}

/// What is looked for further up.
#[derive(Clone, Copy)]
enum Above {
    /// What holds the map whose keys stand at this column.
    OfMap(usize),
    /// The key of the list whose dashes stand at this column.
    OfList(usize),
}

impl Climber<'_> {
    fn row(&self, line: usize) -> Row<'_> {
        row(self.lines.line(self.text, line))
    }

    fn way(&self, line: usize, column: usize, dashes: &[usize]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut above = Above::OfMap(column);
        for dash in dashes.iter().rev() {
            steps.push(Step::Item(self.name_of_item(line, *dash)));
            above = Above::OfList(*dash);
        }
        for line in (0..line).rev() {
            if matches!(above, Above::OfMap(0)) {
                break;
            }
            let row = self.row(line);
            if row.is_blank && row.dashes.is_empty() {
                continue;
            }
            if let Some((column, key, _)) = row.key {
                let holds = match above {
                    Above::OfMap(limit) => column < limit,
                    Above::OfList(limit) => column <= limit,
                };
                if holds {
                    steps.push(Step::Key(key.to_owned()));
                    above = Above::OfMap(column);
                }
            }
            for dash in row.dashes.iter().rev() {
                let (Above::OfMap(limit) | Above::OfList(limit)) = above;
                if *dash < limit {
                    steps.push(Step::Item(self.name_of_item(line, *dash)));
                    above = Above::OfList(*dash);
                }
            }
        }
        steps.reverse();
        steps
    }

    /// The `name` in the entry of a list that begins with this dash.
    fn name_of_item(&self, line: usize, dash: usize) -> Arc<str> {
        let named = |row: &Row<'_>, line: usize| {
            let (_, _, behind) = row.key.filter(|(_, key, _)| *key == "name")?;
            let value = self.lines.line(self.text, line).get(behind..)?;
            Some(Arc::<str>::from(scalar(value)))
        };
        let first = self.row(line);
        if let Some(name) = named(&first, line) {
            return name;
        }
        let content = self.lines.line(self.text, line).get(first.content..).unwrap_or_default();
        if let Some((_, behind)) = content.strip_prefix('{').and_then(|inside| inside.split_once("name:")) {
            return scalar(behind.split([',', '}']).next().unwrap_or_default()).into();
        }
        let mut column = if first.is_blank { None } else { Some(first.content) };
        for line in line + 1..self.lines.count() {
            let row = self.row(line);
            if row.is_blank && row.dashes.is_empty() {
                continue;
            }
            let leftmost = row.dashes.first().copied().unwrap_or(row.content);
            if leftmost <= dash {
                break;
            }
            if row.dashes.is_empty()
                && *column.get_or_insert(row.content) == row.content
                && let Some(name) = named(&row, line)
            {
                return name;
            }
        }
        Arc::default()
    }

    /// Whether a row lies in a text that spans rows, in a block: a row above with less indentation begins it.
    fn is_in_block(&self, line: usize) -> bool {
        let depth = |row: &str| row.len() - row.trim_start_matches(' ').len();
        let mut least = depth(self.lines.line(self.text, line));
        for above in (0..line).rev().map(|row| self.lines.line(self.text, row)) {
            if above.trim().is_empty() || depth(above) >= least {
                continue;
            }
            least = depth(above);
            let header = above.trim_end().trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
            if header.ends_with(" |") || header.ends_with(" >") {
                return true;
            }
        }
        false
    }

    /// The other entries of the list whose dashes stand at this column, those that are texts.
    fn listed(&self, line: usize, dash: usize) -> Vec<String> {
        let mut entries = Vec::new();
        // Whether the list goes on beyond this line.
        let mut take = |line: usize| {
            let row = self.row(line);
            if row.is_blank && row.dashes.is_empty() {
                return true;
            }
            if row.dashes.as_slice() == [dash] && row.key.is_none() {
                let content = self.lines.line(self.text, line).get(row.content..).unwrap_or_default();
                entries.push(scalar(content).to_owned());
            }
            row.dashes.first().copied().unwrap_or(row.content) > dash || row.dashes.first() == Some(&dash)
        };
        _ = (0..line).rev().all(&mut take);
        _ = (line + 1..self.lines.count()).all(&mut take);
        entries
    }

    /// The keys at this column, above and below, of the same map.
    fn siblings(&self, line: usize, column: usize, dash: Option<usize>) -> Vec<String> {
        let mut keys = Vec::new();
        // Whether the map goes on beyond this line.
        let mut take = |line: usize| {
            let row = self.row(line);
            if row.is_blank && row.dashes.is_empty() {
                return true;
            }
            if let Some((at, key, _)) = row.key
                && at == column
            {
                keys.push(key.to_owned());
            }
            row.dashes.first().copied().unwrap_or(row.content) >= column
        };
        if dash.is_none() {
            _ = (0..line).rev().all(&mut take);
        }
        for below in line + 1..self.lines.count() {
            let row = self.row(below);
            let starts = row.dashes.first().copied().unwrap_or(row.content);
            if !row.is_blank && starts < column {
                break;
            }
            take(below);
        }
        keys
    }
}

/// From the root through the elements that the way names, to the innermost; the rest of the way is keys.
fn element(steps: Vec<Step>) -> (Kind, Owner, Vec<String>) {
    let (mut kind, mut owner) = (Kind::Root, Owner::Root);
    let mut way: Vec<String> = Vec::new();
    for step in steps {
        match step {
            Step::Key(key) => way.push(key),
            Step::Item(name) => {
                let [list] = way.as_slice() else { continue };
                let Some((_, inner)) = kind.inside().iter().find(|(key, _)| key == list) else { continue };
                owner = match (owner, inner) {
                    (Owner::Root, Kind::Module) => Owner::Module(name),
                    (Owner::Root, Kind::Resource) => Owner::Resource(name),
                    (Owner::Module(module), Kind::Requires) => Owner::Requires(module, name),
                    (Owner::Module(module), Kind::Provides) => Owner::Provides(module, name),
                    (Owner::Module(module), Kind::Hook) => Owner::Hook(module, name),
                    (Owner::Hook(module, hook), Kind::Requires) => Owner::HookRequires(module, hook, name),
                    (Owner::Resource(resource), Kind::Requires) => Owner::ResourceRequires(resource, name),
                    (owner, _) => owner,
                };
                kind = *inner;
                way.clear();
            }
        }
    }
    (kind, owner, way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The context at `|`.
    fn at(text: &str) -> Option<Context> {
        let offset = text.find('|').expect("the text has a cursor");
        let text = text.replacen('|', "", 1);
        context(&text, &Lines::of(&text), offset)
    }

    fn told(text: &str) -> String {
        at(text).map_or("nothing".to_owned(), |found| {
            let slot = match &found.slot {
                Slot::Reference(Some(set)) => format!("reference into {set}"),
                slot => format!("{slot:?}").to_lowercase(),
            };
            format!("{} of {} [{}]", slot, found.owner.words(), found.way.join("."))
        })
    }

    const MODULE: &str = "modules:\n  - name: web\n    type: nodejs\n";

    #[test]
    fn the_way_is_found_by_indentation() {
        for (behind, expected) in [
            ("    |", "key of module `web` []"),
            ("    pro|", "key of module `web` []"),
            ("    properties:\n      |", "key of module `web` [properties]"),
            ("    parameters:\n      memory: |", "value of module `web` [parameters.memory]"),
            ("    requires:\n      - |", "key of requirement `` of module `web` []"),
            ("    requires:\n      - name: |", "value of requirement `` of module `web` [name]"),
            ("    requires:\n    - name: db\n      |", "key of requirement `db` of module `web` []"),
            (
                "    requires:\n      - name: db\n        properties:\n          A: ~{|",
                "reference(none) of requirement `db` of module `web` [properties.A]",
            ),
            ("    properties:\n      A: ${a|", "placeholder of module `web` [properties.A]"),
            ("    properties:\n      A: ~{db/u|", "reference into db of module `web` [properties.A]"),
            ("    properties:\n      A:\n        - x-${a|", "placeholder of module `web` [properties.A]"),
            ("    properties:\n      A: |-\n        text ${|", "nothing"),
            ("    deployed-after:\n      - |", "item of module `web` [deployed-after]"),
            ("    deployed-after: [a, |", "item of module `web` [deployed-after]"),
            ("    requires: [{name: |", "value of requirement `` of module `web` [name]"),
            ("    parameters: {memory: 1G, |", "key of module `web` [parameters]"),
            ("    parameters: {docker: {image: x, us|", "key of module `web` [parameters.docker]"),
            (
                "    hooks:\n      - name: h\n        phases:\n          - dep|",
                "item of hook `h` of module `web` [phases]",
            ),
            ("    deployed-after: [a,\n      b, # why\n      |", "item of module `web` [deployed-after]"),
            (
                "    parameters: {memory: 1G,\n      docker: {image: x,\n        us|",
                "key of module `web` [parameters.docker]",
            ),
            (
                "    requires: [{name: db,\n      properties: {A: ~{|",
                "reference(none) of requirement `db` of module `web` [properties.A]",
            ),
            ("    properties:\n      A: \"x # ${|", "placeholder of module `web` [properties.A]"),
            ("    properties:\n      A: 'x # y' # ${|", "nothing"),
            ("    properties:\n      A: [x, # ${|", "nothing"),
            ("    # a comment |", "nothing"),
            ("    path: a # why |", "nothing"),
            ("    path:|", "nothing"),
            ("  - |", "key of module `` []"),
            ("|", "key of the descriptor []"),
            (
                "resources:\n  - name: r\n    parameters:\n      provider-id: a:|",
                "value of resource `r` [parameters.provider-id]",
            ),
        ] {
            let cursor = behind.replace("|-\n", ">-\n");
            let expected = if behind.contains("|-") { "placeholder of module `web` [properties.A]" } else { expected };
            assert_eq!(told(&format!("{MODULE}{cursor}")), expected, "{cursor}");
        }
    }

    #[test]
    fn a_name_below_the_cursor_counts_too() {
        let text = "modules:\n  - type: nodejs\n    properties:\n      A: ${|\n    name: web\n  - name: other\n";
        assert_eq!(told(text), "placeholder of module `web` [properties.A]");
    }

    #[test]
    fn keys_that_are_there_are_known() {
        let found = at("modules:\n  - name: web\n    |\n    type: x\n  - name: b\n    path: c\n").expect("a place");
        assert_eq!(found.siblings, ["name", "type"]);
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer_at_any_place(text in "[a${}~\\[\\]\\-:#|> \n\"'ä,/]{0,80}", at in any::<prop::sample::Index>()) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            if let Some(found) = context(&text, &Lines::of(&text), *at.get(&places)) {
                prop_assert!(text.get(found.typed).is_some());
            }
        }
    }
}
