//! Values and places as hovers show them. Secrets are masked here and nowhere else.

use super::address::of_path;
use super::family::Family;
use crate::report::mask::masked;
use crate::source::Span;
use crate::tree::{Built, Origin, Value};
use std::path::Path;

/// In characters.
const LONGEST: usize = 400;

/// How many lines tell where a value comes from.
const MOST_REASONS: usize = 12;

/// A value on one line, without its secrets.
pub fn plain(value: &Value) -> String {
    let value = masked(value);
    let text = value.as_text().map_or_else(|| value.to_json(), str::to_owned);
    cut(&text.replace('\n', "⏎"), LONGEST)
}

pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Text as code, whatever is in it.
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A value and what it is: `` `http://…` (a string) ``.
pub fn value(value: &Value) -> String {
    if value.is_null() {
        return "nothing".to_owned();
    }
    format!("{} ({})", code(&plain(value)), value.kind_name().trim_start_matches("a ").trim_start_matches("an "))
}

/// A link to a place: `[mtad.yaml:22](file:///…#L22)`.
pub fn link(family: &Family, span: Span) -> String {
    let shown = family.sources.line_of(span);
    let row = family.sources.get(span.file).position(span.start).row;
    match family.member(span.file).map(|member| Path::new(&*member.name)).filter(|path| path.is_absolute()) {
        Some(path) => format!("[{shown}]({}#L{row})", of_path(path)),
        None => shown,
    }
}

/// Where a value comes from: a line for its own place, then, deeper, one for each hole and what it was closed with.
pub fn reasons(family: &Family, origin: &Origin) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(format!("- from {}", place(family, origin)));
    parts(family, origin, 1, &mut lines);
    if lines.len() > MOST_REASONS {
        let more = lines.len() - MOST_REASONS;
        lines.truncate(MOST_REASONS);
        lines.push(format!("- … and {more} more"));
    }
    lines
}

fn parts(family: &Family, origin: &Origin, depth: usize, lines: &mut Vec<String>) {
    let Origin::Built(built) = origin else { return };
    match &**built {
        Built::Computed { parts: holes, .. } => {
            // What is not shown is counted, but not without end.
            for part in holes.iter().take_while(|_| depth <= MOST_REASONS).take(MOST_REASONS * 2) {
                if lines.len() > MOST_REASONS * 4 {
                    return;
                }
                lines.push(format!("{}- {} from {}", "  ".repeat(depth), code(&part.hole), place(family, &part.from)));
                parts(family, &part.from, depth + 1, lines);
            }
        }
        Built::Overwrote { now, .. } => parts(family, now, depth, lines),
        Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => {}
    }
}

/// A place with a link, or in words where there is no line.
pub fn place(family: &Family, origin: &Origin) -> String {
    match origin {
        Origin::Written(span) | Origin::Broken(Some(span), _) => link(family, *span),
        Origin::Broken(None, _) | Origin::Nowhere => "here".to_owned(),
        Origin::Built(built) => match &**built {
            Built::Computed { at: Some(at), .. } => link(family, *at),
            Built::Computed { at: None, .. } => "here".to_owned(),
            Built::Overwrote { now, before } => {
                format!("{}, which overrides {}", place(family, now), place(family, before))
            }
            Built::System { name, owner } => format!("system parameter `{name}` of {owner}"),
            Built::Supplied { by } => by.clone(),
            Built::Registry { provider_id, provider_version } => {
                format!("configuration entry {provider_id} {provider_version}").trim_end().to_owned()
            }
        },
    }
}
