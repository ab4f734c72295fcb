//! Which secrets are kept, and since when. There is no way to a value from here.

use super::paint::{Colour, Paint, harmless};
use crate::store::Kept;
use serde_json::json;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A line each.
pub fn table(kept: &[Kept], colour: Colour) -> String {
    let width = kept.iter().map(|kept| kept.name.chars().count()).max().unwrap_or(0).max("NAME".len());
    let mut out = format!("{}\n", colour.paint(Paint::Dim, format!("{:width$}  SET", "NAME")));
    for kept in kept {
        out.push_str(&format!("{:width$}  {}\n", harmless(&kept.name), time(kept.set)));
    }
    out
}

/// `[{"name": …, "set": …}]`
pub fn json(kept: &[Kept]) -> String {
    let list: Vec<_> = kept.iter().map(|kept| json!({"name": kept.name, "set": time(kept.set)})).collect();
    format!("{:#}\n", serde_json::Value::from(list))
}

/// `2026-11-20T09:00:00Z`; empty for a moment that no calendar has.
fn time(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}
