//! Single modules: as a table, in full, and for programs.

use super::environment::assignment;
use super::mask::MASK;
use super::paint::{Colour, Paint, harmless};
use super::status::{health, module_json, since, since_text, table};
use crate::deploy::roster::Listed;
use crate::image::ImageReference;
use crate::plan::unit::{Unit, Variable};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::time::SystemTime;

/// How many columns a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Usual,
    /// Whatever is known.
    Wide,
}

/// One line for each module.
pub fn list(modules: &[Listed], width: Width, now: SystemTime, colour: Colour) -> String {
    let mut heads = vec!["marker", "name", "tag", "status", "warn", "restarts", "since", "target"];
    if width == Width::Wide {
        heads.extend(["application", "version", "health", "pending", "image", "address"]);
    }
    let mut rows = vec![heads.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(modules.iter().map(|listed| row(listed, width, now, colour)));
    table(&rows)
}

fn row(listed: &Listed, width: Width, now: SystemTime, colour: Colour) -> Vec<String> {
    let module = &listed.module;
    let or_dash = |text: Option<&str>| harmless(text.filter(|text| !text.is_empty()).unwrap_or("-")).into_owned();
    let warn = if module.warns() { colour.paint(Paint::Yellow, "!") } else { "-".to_owned() };
    let mut cells = vec![
        module.name.to_string(),
        or_dash(module.display_name.as_deref()),
        or_dash(tag(listed).as_deref()),
        module.status.word().to_owned(),
        warn,
        module.restarts().to_string(),
        since_text(module, now),
        listed.deployment.space.to_string(),
    ];
    if width == Width::Wide {
        cells.extend([
            listed.deployment.to_string(),
            or_dash(listed.version.as_deref()),
            health(&module.instances).to_owned(),
            if module.restart_is_pending() { "restart".to_owned() } else { "-".to_owned() },
            or_dash(module.image.as_deref()),
            or_dash(module.addresses.first().map(String::as_str)),
        ]);
    }
    cells
}

/// The tag of its image, or the beginning of the digest.
pub(super) fn tag(listed: &Listed) -> Option<String> {
    let reference = ImageReference::parse(listed.module.image.as_deref()?).ok()?;
    match reference.wanted_tag() {
        Some(tag) => Some(tag.to_owned()),
        None => Some(reference.digest?.chars().take("sha256:".len() + 12).collect()),
    }
}

/// One module in full.
pub fn text(listed: &Listed, now: SystemTime, colour: Colour) -> String {
    let module = &listed.module;
    let title = format!("{} {}", module.name, module.display_name.as_deref().unwrap_or_default());
    let mut out = format!("{}\n", colour.paint(Paint::Bold, harmless(title.trim_end())));
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() && text != "-" {
            let _ = writeln!(out, "  {name:<11} {}", harmless(text));
        }
    };
    let version = listed.version.as_deref().unwrap_or_default();
    line(
        "status",
        &match (&listed.at_work, module.restart_is_pending()) {
            (Some(doing), _) => format!("{}: {doing}", module.status.word()),
            (None, true) => format!("{}, a restart is pending", module.status.word()),
            (None, false) => module.status.word().to_owned(),
        },
    );
    line("application", format!("{} {version}", listed.deployment).trim_end());
    line("target", &listed.deployment.space.to_string());
    line("image", module.image.as_deref().unwrap_or_default());
    line("health", health(&module.instances));
    if !module.instances.is_empty() {
        line("instances", &format!("{} of {} running", module.running(), module.wanted));
        line("restarts", &module.restarts().to_string());
    }
    line("since", &since_text(module, now));
    module.addresses.iter().for_each(|address| line("address", address));
    module.routes.iter().for_each(|route| line("route", route));
    for warning in &module.warnings {
        let _ = writeln!(out, "{} {}", colour.paint(Paint::Yellow, "!"), harmless(&warning.text));
        for last in warning.end.iter().flat_map(|end| &end.last_lines) {
            let _ = writeln!(out, "    {}", harmless(last));
        }
    }
    out
}

/// One module, for programs. Fields are only added; `v` rises when one changes its meaning.
pub fn json(listed: &Listed) -> Value {
    let mut value = json!({
        "v": 1,
        "marker": listed.module.name.as_str(),
        "own": listed.own,
        "mta": listed.deployment.mta.as_str(),
        "namespace": listed.deployment.namespace,
        "org": listed.deployment.space.org,
        "space": listed.deployment.space.space,
        "version": listed.version,
        "revision": listed.revision,
        "at_work": listed.at_work,
        "tag": tag(listed),
        "restarts": listed.module.restarts(),
        "since": since(&listed.module).and_then(|since| since.format(&time::format_description::well_known::Rfc3339).ok()),
    });
    if let (Value::Object(all), Value::Object(module)) = (&mut value, module_json(&listed.module)) {
        all.extend(module);
    }
    value
}

/// How much of a recorded environment is shown.
pub struct Shown {
    /// Where values come from.
    pub explain: bool,
    pub mask: bool,
}

impl Shown {
    fn text<'v>(&self, variable: &'v Variable) -> &'v str {
        if self.mask && variable.secret { MASK } else { &variable.text }
    }
}

/// The environment that a module was deployed with.
pub fn environment(unit: &Unit, shown: &Shown, colour: Colour) -> String {
    let mut out = format!("{}\n", colour.paint(Paint::Bold, &unit.module));
    if unit.environment.is_empty() {
        out.push_str("  no variables\n");
    }
    let width = unit.environment.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let width = if shown.explain { 0 } else { width };
    for (name, variable) in &unit.environment {
        let text = shown.text(variable).replace('\n', "\\n");
        let line = format!("  {:width$}  {}", harmless(name), harmless(&text));
        let _ = writeln!(out, "{}", line.trim_end());
        if let Some(origin) = variable.origin.as_ref().filter(|_| shown.explain) {
            let _ = writeln!(out, "      {}", colour.paint(Paint::Dim, harmless(origin)));
        }
    }
    out
}

/// `{"module": {"VARIABLE": "value"}}`; with `explain`, each value is an object.
pub fn environment_json(unit: &Unit, shown: &Shown) -> String {
    let variables = unit.environment.iter().map(|(name, variable)| {
        let text = shown.text(variable);
        let value = if shown.explain {
            let place = variable.origin.as_deref().unwrap_or("the deployment");
            json!({"value": text, "from": {"place": place}, "overrode": []})
        } else {
            json!(text)
        };
        (name.clone(), value)
    });
    let variables: Map<String, Value> = variables.collect();
    format!("{:#}\n", json!({unit.module.as_str(): variables}))
}

pub fn environment_dotenv(unit: &Unit, shown: &Shown) -> String {
    let line = |(name, variable): (&String, &Variable)| assignment(name, shown.text(variable));
    unit.environment.iter().map(line).collect()
}
