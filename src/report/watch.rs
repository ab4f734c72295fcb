//! A table that stays on the screen while things change: what stands in it, and what is to be written so that it says
//! something else.
//!
//! Only rows that differ are written again, where they stand. No second screen, no hidden cursor, nothing that a slow line or a
//! terminal in a terminal would show half; what was written before the table stays above it.

use super::module::tag;
use super::paint::{Colour, Paint, harmless};
use super::status::{health, since, table};
use crate::deploy::roster::Listed;
use std::collections::BTreeMap;
use std::fmt::Write;
use time::{OffsetDateTime, UtcOffset};

/// Rows and columns of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    pub rows: usize,
    pub columns: usize,
}

/// The table, row by row. Times are moments, not spans: a span would change with every look. Columns that change have room for
/// the longest that they may say, so that one change is a change of one row.
pub fn rows(modules: &[Listed], now: OffsetDateTime, offset: UtcOffset, colour: Colour) -> Vec<String> {
    let head = ["module", "status", "warn", "health", "running", "restarts", "since", "tag", "pending"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(modules.iter().map(|listed| {
        let module = &listed.module;
        let since = since(module).map_or_else(|| "-".to_owned(), |since| moment(since, now, offset));
        vec![
            name(listed),
            format!("{:<12}", module.status.word()),
            if module.warns() { colour.paint(Paint::Yellow, "!") } else { "-".to_owned() },
            format!("{:<9}", health(&module.instances)),
            format!("{}/{}", module.running(), module.wanted),
            module.restarts().to_string(),
            format!("{since:<10}"),
            tag(listed).map_or_else(|| "-".to_owned(), |tag| harmless(&tag).into_owned()),
            if module.restart_is_pending() { "restart".to_owned() } else { "-".to_owned() },
        ]
    }));
    let mut lines: Vec<String> = table(&rows).lines().map(str::to_owned).collect();
    for listed in modules {
        for warning in &listed.module.warnings {
            let mark = colour.paint(Paint::Yellow, "!");
            lines.push(format!("{mark} {}: {}", name(listed), harmless(&warning.text.replace('\n', " "))));
        }
    }
    lines
}

/// `shop/web`, or the marker of a module that was added.
fn name(listed: &Listed) -> String {
    match listed.own {
        true => listed.module.name.to_string(),
        false => format!("{}/{}", listed.deployment, listed.module.name),
    }
}

/// `18:26:53`, or the day when that was another one.
fn moment(at: OffsetDateTime, now: OffsetDateTime, offset: UtcOffset) -> String {
    let (at, now) = (at.to_offset(offset), now.to_offset(offset));
    if at.date() == now.date() {
        format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    } else {
        format!("{}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
    }
}

/// The rows as they fit the screen: none is wrapped, and the last one says how many are not shown.
pub fn fitted(rows: &[String], screen: Screen) -> Vec<String> {
    let room = screen.rows.saturating_sub(1).max(2);
    let mut shown: Vec<String> = rows.iter().take(room).map(|row| cut(row, screen.columns)).collect();
    if rows.len() > room {
        shown.truncate(room - 1);
        shown.push(cut(&format!("… and {} more rows", rows.len() - shown.len()), screen.columns));
    }
    shown
}

/// The beginning of a row, without what does not fit. Escapes take no room.
fn cut(row: &str, columns: usize) -> String {
    let (mut out, mut room, mut escape) = (String::new(), columns.saturating_sub(1), false);
    for character in row.chars() {
        escape |= character == '\u{1b}';
        if escape {
            out.push(character);
            escape = character != 'm';
        } else if room > 0 {
            out.push(character);
            room -= 1;
        }
    }
    out
}

/// What is to be written so that the rows before become the rows after. The cursor stands below the table, before and
/// after.
pub fn redrawn(before: &[String], after: &[String]) -> String {
    let mut out = String::new();
    let kept = before.len().min(after.len());
    for at in (0..kept).filter(|at| before[*at] != after[*at]) {
        let up = before.len() - at;
        let _ = write!(out, "\u{1b}[{up}A\r\u{1b}[2K{}\u{1b}[{up}B\r", after[at]);
    }
    for row in &after[kept..] {
        let _ = writeln!(out, "{row}");
    }
    if before.len() > after.len() {
        let _ = write!(out, "\u{1b}[{}A\r\u{1b}[J", before.len() - after.len());
    }
    out
}

/// What takes the rows away that were written for a screen of another size, so that they can be written anew.
pub fn cleared(before: &[String], columns: usize) -> String {
    let width = |row: &String| row.chars().count().max(1);
    let rows: usize = before.iter().map(|row| width(row).div_ceil(columns.max(1))).sum();
    if rows == 0 { String::new() } else { format!("\u{1b}[{rows}A\r\u{1b}[J") }
}

/// What a module was when it was last looked at.
pub type Seen = BTreeMap<String, State>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    status: &'static str,
    restarts: u32,
    causes: Vec<String>,
}

pub fn seen(modules: &[Listed]) -> Seen {
    let state = |listed: &Listed| State {
        status: listed.module.status.word(),
        restarts: listed.module.restarts(),
        causes: listed.module.warnings.iter().map(|warning| warning.kind.word().to_owned()).collect(),
    };
    modules.iter().map(|listed| (name(listed), state(listed))).collect()
}

/// A line for each module that is no longer what it was; at the first look, for each.
pub fn changes(before: &Seen, after: &Seen) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, now) in after {
        let then = before.get(name);
        if then == Some(now) {
            continue;
        }
        let mut line = match then {
            Some(then) if then.status != now.status => format!("{name}  {} -> {}", then.status, now.status),
            _ => format!("{name}  {}", now.status),
        };
        if then.is_none_or(|then| then.restarts != now.restarts) && now.restarts > 0 {
            let _ = write!(line, ", restarts {}", now.restarts);
        }
        if !now.causes.is_empty() {
            let _ = write!(line, "  ! {}", now.causes.join(", "));
        }
        lines.push(line);
    }
    lines.extend(before.keys().filter(|name| !after.contains_key(*name)).map(|name| format!("{name}  gone")));
    lines
}

/// The modules that are no longer what they were, for programs.
pub fn changed<'m>(before: &Seen, modules: &'m [Listed]) -> Vec<&'m Listed> {
    let after = seen(modules);
    modules.iter().filter(|listed| before.get(&name(listed)) != after.get(&name(listed))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal, as far as the table needs one.
    fn show(screen: &mut Vec<String>, row: &mut usize, text: &str) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some(escape) = rest.strip_prefix("\u{1b}[") {
                let end = escape.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                let count = escape[..end].parse().unwrap_or(0);
                match &escape[end..=end] {
                    "A" => *row -= count,
                    "B" => *row += count,
                    "K" => screen[*row].clear(),
                    "J" => {
                        screen.truncate(*row);
                        screen.push(String::new());
                    }
                    other => panic!("an escape {other}"),
                }
                rest = &escape[end + 1..];
                continue;
            }
            match next {
                '\r' => {}
                '\n' => {
                    *row += 1;
                    if *row == screen.len() {
                        screen.push(String::new());
                    }
                }
                other => screen[*row].push(other),
            }
            rest = &rest[next.len_utf8()..];
        }
    }

    #[test]
    fn rows_change_where_they_stand() {
        let texts = |rows: &[&str]| -> Vec<String> { rows.iter().map(ToString::to_string).collect() };
        let (mut screen, mut row) = (vec!["$ watch".to_owned(), String::new()], 1);
        let mut before = Vec::new();
        for after in [
            texts(&["head", "a 1", "b 1"]),
            texts(&["head", "a 2", "b 1"]),
            texts(&["head", "a 2", "b 1", "c 1", "d 1"]),
            texts(&["head", "b 2"]),
            texts(&["head"]),
            texts(&["head", "a 3"]),
        ] {
            show(&mut screen, &mut row, &redrawn(&before, &after));
            let expected = [texts(&["$ watch"]), after.clone(), texts(&[""])].concat();
            assert_eq!(screen, expected);
            before = after;
        }
        assert_eq!(redrawn(&before, &before), "", "what is the same is not written");
    }

    #[test]
    fn no_row_is_wrapped_and_none_is_left_out_unsaid() {
        let rows: Vec<String> = (0..9).map(|at| format!("\u{1b}[33mrow {at}\u{1b}[0m and more")).collect();
        let shown = fitted(&rows, Screen { rows: 5, columns: 8 });
        assert_eq!(shown[0], "\u{1b}[33mrow 0\u{1b}[0m a");
        assert_eq!((shown.len(), shown[3].as_str()), (4, "… and 6"));
        assert_eq!(cleared(&["abcdef".to_owned(), String::new()], 4), "\u{1b}[3A\r\u{1b}[J");
    }
}
