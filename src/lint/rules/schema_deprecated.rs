//! Forms that the format has replaced by others.

use super::super::page::{Kind, Page, Part, is_null, text};
use crate::finding::{Change, Finding, Findings, Fix, SCHEMA_DEPRECATED};
use crate::source::Span;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    schema_version(page, findings);
    for part in &page.parts {
        match part.kind {
            Kind::Requires if !page.is_extension => group(part, findings),
            Kind::Resource => configuration(part, findings),
            Kind::Module => module(part, findings),
            _ => {}
        }
    }
}

fn schema_version(page: &Page<'_>, findings: &mut Findings) {
    let Some(node) = page.root().value("_schema-version") else { return };
    // A version of words, or an empty one, has another finding.
    if let Some(major) = text(node).and_then(|text| text.split('.').next()?.trim().parse::<u32>().ok())
        && major == 2
    {
        findings.push(
            Finding::new(&SCHEMA_DEPRECATED, node.span, format!("Schema version {major} is an old one."))
                .path("_schema-version")
                .help("Version 3 has hooks, `processed-after` and metadata; sets are public there only with `public: true`."),
        );
    }
}

/// A key that has a new name: both the old and the new one at once would be another mistake.
fn renamed(part: &Part<'_>, keys: &[&str], at: Span, old: &str, new: &str, beside: bool, findings: &mut Findings) {
    let mut finding =
        Finding::new(&SCHEMA_DEPRECATED, at, format!("`{old}` of {} is an old spelling of `{new}`.", part.title()))
            .path(part.path_of(keys))
            .help(format!("Write `{new}`."));
    if !beside {
        finding = finding.fix(Fix::safe(format!("Write `{new}`"), [Change::Say { at, text: new.to_owned() }]));
    }
    findings.push(finding);
}

fn group(part: &Part<'_>, findings: &mut Findings) {
    if let Some(pair) = part.pair("group").filter(|pair| !is_null(&pair.value)) {
        renamed(part, &["group"], pair.key.span, "group", "list", part.pair("list").is_some(), findings);
    }
}

fn configuration(part: &Part<'_>, findings: &mut Findings) {
    let kind = part.pair("type").map(|pair| &pair.value);
    if let Some(kind) = kind.filter(|kind| text(kind) == Some("mta-provides-dependency")) {
        findings.push(
            Finding::new(&SCHEMA_DEPRECATED, kind.span, format!("The type of {} is an old one.", part.title()))
                .path(part.path_of(&["type"]))
                .help("Write `type: configuration`, with `provider-id: MTA-ID:SET` and `version: RANGE`."),
        );
    }
    if kind.and_then(text) != Some("configuration") {
        return;
    }
    let renewal = renewal(part);
    for pair in part.entries("parameters") {
        let new = match &*pair.key.value {
            "mta-version" => "version",
            "mta-id" | "mta-provides-dependency" => "provider-id",
            _ => continue,
        };
        let message = format!("`{}` of {} is an old form of `{new}`.", pair.key.value, part.title());
        findings.push(
            Finding::new(&SCHEMA_DEPRECATED, pair.key.span, message)
                .path(part.path_of(&["parameters", &pair.key.value]))
                .help("Write `provider-id: MTA-ID:SET` and `version: RANGE`.")
                .fix(renewal.clone()),
        );
    }
}

/// The whole question in its new form: of the old one, each part alone would mean something else.
fn renewal(part: &Part<'_>) -> Option<Fix> {
    let parameters = part.entries("parameters");
    let find = |name: &str| parameters.iter().find(|pair| &*pair.key.value == name);
    let (id, set) = (find("mta-id")?, find("mta-provides-dependency")?);
    if find("provider-id").or(find("version")).is_some() {
        return None;
    }
    let provider = format!("{}:{}", text(&id.value)?, text(&set.value)?);
    let say = |at: Span, text: &str| Change::Say { at, text: text.to_owned() };
    let mut changes =
        vec![say(id.key.span, "provider-id"), say(id.value.span, &provider), Change::delete(set.key.span)];
    changes.extend(find("mta-version").map(|version| say(version.key.span, "version")));
    Some(Fix::risky(format!("Ask for `provider-id: {provider}`"), changes))
}

fn module(part: &Part<'_>, findings: &mut Findings) {
    let parameters = part.entries("parameters");
    let beside = parameters.iter().any(|pair| &*pair.key.value == "buildpacks");
    if let Some(pair) =
        parameters.iter().find(|pair| &*pair.key.value == "buildpack" && !is_null(&pair.value) && !beside)
    {
        // Neither has an effect on a container engine, so to write the new form is nothing that is to be done for windlass.
        let message = format!(
            "`buildpack` of {} is an old form of `buildpacks`, and has no effect here: containers are made from images.",
            part.title()
        );
        findings.push(
            Finding::new(&SCHEMA_DEPRECATED, pair.key.span, message)
                .path(part.path_of(&["parameters", "buildpack"]))
                .help("Delete it; for a platform that builds applications, write `buildpacks`, with a list."),
        );
    }
    for pair in part.entries("parameters") {
        let path = part.path_of(&["parameters", &pair.key.value]);
        if &*pair.key.value == "health-check-type" && text(&pair.value) == Some("none") {
            let message = format!("`none` of {} is an old word for `process`.", part.title());
            findings.push(
                Finding::new(&SCHEMA_DEPRECATED, pair.value.span, message).path(path).help("Write `process`.").fix(
                    Fix::safe("Write `process`", [Change::Say { at: pair.value.span, text: "process".to_owned() }]),
                ),
            );
        }
    }
}
