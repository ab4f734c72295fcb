//! Configuration entries and subscriptions as tables for people.

use super::mask::masked;
use super::paint::{Colour, Paint, harmless};
use crate::registry::matching::{Verdict, visible};
use crate::registry::{Entry, Filter, NamespaceFilter, Subscription};
use crate::target::Space;

/// What a stream can show of a table.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub colour: Colour,
    /// Longer lines are cut; `None` where nobody counts columns.
    pub width: Option<usize>,
}

/// A line per entry: id, provider, version, space, namespace, content.
pub fn entries(entries: &[Entry], page: Page) -> String {
    let heads = ["ID", "PROVIDER", "VERSION", "TARGET", "NAMESPACE", "CONTENT"];
    let rows = entries.iter().map(|entry| {
        [
            entry.row.map(|row| row.to_string()).unwrap_or_default(),
            match entry.provider_nid.as_deref() {
                // What deployments publish, which is nearly everything.
                Some("mta") => entry.provider_id.clone(),
                Some(nid) => format!("{} ({nid})", entry.provider_id),
                None => format!("{} (no nid)", entry.provider_id),
            },
            entry.provider_version.clone().unwrap_or_default(),
            entry.target.to_string(),
            entry.provider_namespace.clone().unwrap_or_default(),
            entry.content.as_ref().map(|content| masked(content).to_json()).unwrap_or_default(),
        ]
    });
    table(heads, rows, page)
}

/// A line per subscription: who, the resource, and what it asks for.
pub fn subscriptions(subscriptions: &[Subscription], page: Page) -> String {
    let rows = subscriptions.iter().map(|subscription| {
        let Subscription { subscriber, module, resource, .. } = subscription;
        [
            format!("{subscriber}/{module}"),
            subscriber.space.to_string(),
            resource.to_string(),
            filter(&subscription.filter),
        ]
    });
    table(["SUBSCRIBER", "SPACE", "RESOURCE", "ASKS FOR"], rows, page)
}

/// Everything about one entry, and who follows it.
pub fn entry(entry: &Entry, followers: &[&Subscription], colour: Colour) -> String {
    let readers = match &entry.visibility {
        None => format!("{}/* (its own org, as nothing else is said)", entry.target.org),
        Some(list) if list.is_empty() => "nobody".to_owned(),
        Some(list) => list.iter().map(Space::to_string).collect::<Vec<_>>().join(", "),
    };
    let followers: Vec<String> = followers
        .iter()
        .map(|s| format!("{}/{} in {} ({})", s.subscriber, s.module, s.subscriber.space, s.resource))
        .collect();
    let row = entry.row.map(|row| row.to_string()).unwrap_or_default();
    let title = format!("{} {}", entry.provider_id, entry.provider_version.as_deref().unwrap_or("without version"));
    let mut out = format!("{}\n", colour.paint(Paint::Bold, harmless(&title)));
    for (name, text) in [
        ("id", row.as_str()),
        ("provider-nid", entry.provider_nid.as_deref().unwrap_or("none")),
        ("target", &entry.target.to_string()),
        ("namespace", entry.provider_namespace.as_deref().unwrap_or("none")),
        ("module", entry.module.as_ref().map_or("unknown", |module| module.as_str())),
        ("readable for", &readers),
        ("followed by", if followers.is_empty() { "nobody" } else { "" }),
    ] {
        out.push_str(format!("  {name:<13} {}", harmless(text)).trim_end());
        out.push('\n');
    }
    for follower in followers {
        out.push_str(&format!("    {}\n", harmless(&follower)));
    }
    match entry.content.as_ref().map(masked) {
        None => out.push_str("  content       none\n"),
        Some(content) => {
            out.push_str("  content\n");
            match content.as_map() {
                Some(map) => {
                    for (key, value) in map.iter() {
                        out.push_str(&format!("    {}: {}\n", harmless(&key.text), harmless(&value.to_json())));
                    }
                }
                None => out.push_str(&format!("    {}\n", harmless(&content.to_json()))),
            }
        }
    }
    out
}

/// One entry, and what each part of a question says to it.
pub fn explained(entry: &Entry, verdicts: &[Verdict], colour: Colour) -> String {
    let refused = verdicts.iter().any(Verdict::refused);
    let (sign, word) = if refused { ("-", "refused") } else { ("+", "matches") };
    let title = format!("{} {}", entry.provider_id, entry.provider_version.as_deref().unwrap_or("without version"));
    let row = entry.row.map(|row| format!(", id {row}")).unwrap_or_default();
    let paint = if refused { Paint::Dim } else { Paint::Green };
    let mut out = format!("{} {} ({}{row})\n", sign, colour.paint(Paint::Bold, harmless(&title)), entry.target);
    let width = verdicts.iter().map(|verdict| verdict.part.to_string().chars().count()).max().unwrap_or(0);
    for verdict in verdicts {
        let mark = if verdict.refused() { colour.paint(Paint::Red, "no ") } else { colour.paint(Paint::Green, "yes") };
        let part = verdict.part.to_string();
        out.push_str(&format!("    {mark}  {:width$}  {}\n", harmless(&part), harmless(&verdict.why)));
    }
    out.push_str(&format!("    {}\n", colour.paint(paint, word)));
    out
}

/// `provider-id shop:api, version ^1.0.0, in acme/dev, kind "index"`.
pub fn filter(filter: &Filter) -> String {
    let mut parts = Vec::new();
    parts.extend(filter.provider_nid.iter().map(|nid| format!("provider-nid {nid}")));
    parts.extend(filter.provider_id.iter().map(|id| format!("provider-id {id}")));
    parts.extend(filter.version.iter().map(|range| format!("version {range}")));
    match &filter.namespace {
        NamespaceFilter::Any => {}
        NamespaceFilter::Without => parts.push("without namespace".to_owned()),
        NamespaceFilter::Named(name) => parts.push(format!("namespace {name}")),
    }
    parts.push(format!("in {}", filter.target));
    parts.extend(filter.content.iter().map(|(key, value)| format!("{} {}", key.text, masked(value).to_json())));
    parts.join(", ")
}

/// Those of the subscriptions whose question the entry answers.
pub fn followers<'s>(entry: &Entry, subscriptions: &'s [Subscription]) -> Vec<&'s Subscription> {
    let follows = |s: &&Subscription| {
        visible(entry, &s.subscriber.space) && crate::registry::matching::matches(entry, &s.filter, &s.subscriber.space)
    };
    subscriptions.iter().filter(follows).collect()
}

/// Columns as wide as their widest text; columns without any text are left out.
fn table<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>, page: Page) -> String {
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|text| harmless(&text).replace(['\n', '\t'], " "))).collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..N).map(|at| if widest(at) == 0 { 0 } else { widest(at).max(heads[at].len()) }).collect();
    let line = |texts: [&str; N]| {
        let cells = texts.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let line = cells.map(|(text, width)| format!("{text:width$}", width = *width)).collect::<Vec<_>>().join("  ");
        cut(line.trim_end(), page.width)
    };
    let mut out = format!("{}\n", page.colour.paint(Paint::Dim, line(heads)));
    for row in &rows {
        out.push_str(&line(std::array::from_fn(|at| row[at].as_str())));
        out.push('\n');
    }
    out
}

fn cut(line: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if line.chars().count() > width => {
            line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
        _ => line.to_owned(),
    }
}
