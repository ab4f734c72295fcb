//! A plan for people: one block per thing, the causes below it, where a value comes from at the right margin.
//!
//! The symbols are ASCII and never alone: each stands beside a word, and colour only repeats what they say.

mod block;
mod summary;
mod values;

use super::paint::{Colour, Paint, harmless};
use crate::plan::drift::Drift;
use crate::plan::{Plan, Secrets};
use block::{Block, Line};
pub use summary::summary;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// One line for each thing that changes.
    Summary,
    /// And why.
    Changes,
    /// And what stays as it is, values at their whole length, and everything about what is created.
    Full,
}

/// What the text needs to know beside the plan.
#[derive(Clone, Debug)]
pub struct PlanStyle<'a> {
    pub view: View,
    pub colour: Colour,
    /// Columns; origins end there.
    pub width: usize,
    pub secrets: Secrets,
    /// `unix:///var/run/docker.sock (default socket)`; `None` when no engine was asked.
    pub engine: Option<&'a str>,
    /// How to go on, with the command; shown when there is something to do.
    pub next: Option<&'a str>,
}

pub fn render(plan: &Plan, style: &PlanStyle<'_>) -> String {
    let mut out = heading(plan, style);
    if !plan.drift.is_empty() {
        out.push('\n');
        out.push_str(&drift(plan, style));
    }
    let blocks = block::blocks(plan, style);
    if !blocks.is_empty() {
        out.push('\n');
    }
    let width = blocks.iter().map(|block| block.subject.chars().count()).max().unwrap_or(0).min(40);
    for block in &blocks {
        write_block(block, width, style, &mut out);
    }
    if !plan.notices.is_empty() {
        out.push('\n');
    }
    for notice in &plan.notices {
        out.push_str(&format!("{}: {}\n", style.colour.paint(Paint::Cyan, "note"), harmless(notice)));
    }
    out.push('\n');
    out.push_str(&style.colour.paint(Paint::Bold, summary(plan)));
    out.push('\n');
    if let Some(next) = style.next.filter(|_| !plan.is_empty()) {
        out.push_str(next);
        out.push('\n');
    }
    out
}

/// What has changed since the last deployment without windlass: one line for each thing.
fn drift(plan: &Plan, style: &PlanStyle<'_>) -> String {
    let mut out = format!("Drift: not as the last deployment left it ({})\n", plan.drift.len());
    let named = |drift: &Drift| {
        let (kind, name) = drift.thing.kind_and_name();
        harmless(&format!("{kind} {name}")).into_owned()
    };
    let width = plan.drift.iter().map(|drift| named(drift).chars().count()).max().unwrap_or(0).min(40);
    for drift in &plan.drift {
        let sign = style.colour.paint(Paint::Yellow, "!   ");
        out.push_str(&format!("  {sign}{:<width$}  {}\n", named(drift), harmless(&drift.detail)));
    }
    out
}

/// The drift alone, under the plan's heading.
pub fn render_drift(plan: &Plan, style: &PlanStyle<'_>) -> String {
    let told = match plan.drift.is_empty() {
        true => "Everything is as the last deployment left it.\n".to_owned(),
        false => drift(plan, style),
    };
    format!("{}\n{told}", heading(plan, style))
}

fn heading(plan: &Plan, style: &PlanStyle<'_>) -> String {
    let versions = match (&plan.from, &plan.to) {
        (Some(from), Some(to)) if from == to => format!(" {to}"),
        (Some(from), Some(to)) => format!(" {from} -> {to}"),
        (None, Some(to)) => format!(" {to} (new)"),
        (Some(from), None) => format!(" {from} -> removed"),
        (None, None) => String::new(),
    };
    let name = style.colour.paint(Paint::Bold, harmless(&format!("{}{versions}", plan.deployment)));
    let engine = match style.engine {
        Some(engine) => format!("   engine {}", harmless(engine)),
        None => "   no engine asked: planned against an empty world".to_owned(),
    };
    format!("{name}   target {}{engine}\n", harmless(&plan.deployment.space.to_string()))
}

fn write_block(block: &Block, width: usize, style: &PlanStyle<'_>, out: &mut String) {
    let symbol = format!("{:<4}", block.symbol.text());
    let symbol = match block.symbol.paint() {
        Some(paint) => style.colour.paint(paint, symbol),
        None => symbol,
    };
    let head = format!("  {symbol}{:<width$}  {}", harmless(&block.subject), harmless(&block.headline));
    out.push_str(head.trim_end());
    out.push('\n');
    for line in &block.lines {
        write_line(line, style, out);
    }
}

fn write_line(line: &Line, style: &PlanStyle<'_>, out: &mut String) {
    let text = harmless(&line.text);
    for (at, row) in text.split('\n').enumerate() {
        let row = format!("{:indent$}{}", "", row.trim_end(), indent = line.indent);
        let row = row.trim_end();
        let margin = line.margin.as_deref().filter(|_| at == 0).map(harmless);
        match margin {
            Some(margin) => {
                let used = row.chars().count() + margin.chars().count();
                let gap = style.width.saturating_sub(used).max(2);
                out.push_str(&paint_row(row, style.colour));
                out.push_str(&" ".repeat(gap));
                out.push_str(&style.colour.paint(Paint::Dim, margin));
            }
            None => out.push_str(&paint_row(row, style.colour)),
        }
        out.push('\n');
    }
}

/// Rows that begin with a sign of change get its colour.
fn paint_row(row: &str, colour: Colour) -> String {
    let paint = match row.trim_start().get(..2) {
        Some("+ ") => Paint::Green,
        Some("- ") => Paint::Red,
        Some("~ ") => Paint::Yellow,
        _ => return row.to_owned(),
    };
    let blanks = row.len() - row.trim_start().len();
    let (indent, rest) = row.split_at(blanks);
    let (sign, rest) = rest.split_at(1);
    format!("{indent}{}{rest}", colour.paint(paint, sign))
}
