//! `status` and `ls`: what is deployed, as a table and as JSON.

use super::paint::{Colour, Paint, harmless};
use crate::deploy::failure::in_words;
use crate::deploy::survey::{Health, Instance, Module, Status, Survey};
use crate::deploy::warning::Warning;
use crate::plan::changes::short_digest;
use crate::plan::observed::{Container, ContainerState, Role};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One deployment in full.
pub fn text(survey: &Survey, now: SystemTime, colour: Colour) -> String {
    let title = format!("{} {}", survey.deployment, survey.version.as_deref().unwrap_or("(version unknown)"));
    let mut out = format!(
        "{}   {}   revision {}\n",
        colour.paint(Paint::Bold, harmless(&title)),
        survey.deployment.space,
        survey.revision
    );
    if let Some(cut_short) = &survey.cut_short {
        let mark = colour.paint(Paint::Yellow, "!");
        let (kind, id) = (cut_short.kind.word(), &cut_short.id);
        let _ =
            writeln!(out, "{mark} {kind} {id} was cut short: `windlass operation resume {id}` does what is left of it");
    }
    if let Some(doing) = &survey.at_work {
        let _ = writeln!(out, "{} {}", colour.paint(Paint::Yellow, ">"), harmless(doing));
    }
    out.push('\n');
    let mut rows = vec![row(["module", "status", "health", "running", "since", "restarts", "image", "address"])];
    for module in &survey.modules {
        rows.push(module_row(module, now));
        // One row for each further instance's address.
        let further = module.addresses.iter().skip(1);
        rows.extend(further.map(|address| row(["", "", "", "", "", "", "", address])));
    }
    out.push_str(&table(&rows));
    for module in &survey.modules {
        for route in &module.routes {
            let _ = writeln!(out, "  {} route {} -> {}", module.name, harmless(route), first_address(module));
        }
    }
    for module in &survey.modules {
        if !module.held_back.is_empty() {
            let names = harmless(&module.held_back.join(", ")).into_owned();
            let _ = writeln!(
                out,
                "  {} does without the change of {names} until it is replaced (`restart-on-env-change`)",
                module.name
            );
        }
        // They run one after the other: the first one that has not ended well is where it went wrong.
        let failed = module.tasks.iter().position(|task| task.revision.is_none());
        for (at, task) in module.tasks.iter().enumerate() {
            let how = match task.revision {
                Some(revision) => format!("completed, revision {revision}"),
                None if failed == Some(at) => "failed or interrupted".to_owned(),
                None => "not run".to_owned(),
            };
            let _ = writeln!(out, "  {} task {}: {how}", module.name, harmless(&task.name));
        }
    }
    for container in &survey.jobs {
        let _ = match (&container.role, &survey.at_work) {
            (Role::Job { kind, name }, Some(_)) => {
                writeln!(out, "  {} {} {} is at work", container.module, kind.word(), harmless(name))
            }
            (Role::Job { kind, name }, None) => {
                let mark = colour.paint(Paint::Yellow, "!");
                let (module, kind, name) = (&container.module, kind.word(), harmless(name));
                writeln!(out, "{mark} {module}: {kind} `{name}` was left by an operation that was cut short")
            }
            (Role::Instance, _) => Ok(()),
        };
    }
    for module in &survey.modules {
        for warning in &module.warnings {
            let mark = colour.paint(Paint::Yellow, "!");
            let _ = writeln!(out, "{mark} {}: {}", module.name, harmless(&warning.text));
        }
    }
    if !survey.entries.is_empty() {
        out.push_str("\nentries published\n");
        for entry in &survey.entries {
            let version = entry.provider_version.as_deref().unwrap_or("");
            let _ = writeln!(out, "  {} {version}", harmless(&entry.provider_id));
        }
    }
    if !survey.subscriptions.is_empty() {
        out.push_str("\nsubscriptions\n");
        for subscription in &survey.subscriptions {
            let _ = writeln!(out, "  {} follows {}", subscription.module, subscription.resource);
        }
    }
    out
}

/// One line per deployment.
pub fn list(surveys: &[Survey], colour: Colour) -> String {
    let mut rows = vec![row(["application", "version", "space", "modules", "revision", ""])];
    for survey in surveys {
        // What has run to its end is as up as it will be.
        let as_wanted = |module: &&Module| matches!(module.status, Status::Running | Status::Completed);
        let up = survey.modules.iter().filter(as_wanted).count();
        let warnings: usize = survey.modules.iter().map(|module| module.warnings.len()).sum();
        let warnings = warnings + survey.leftovers().len();
        let warnings = match warnings {
            0 => String::new(),
            1 => "! 1 warning".to_owned(),
            more => format!("! {more} warnings"),
        };
        rows.push(vec![
            survey.deployment.to_string(),
            survey.version.clone().unwrap_or_else(|| "-".to_owned()),
            survey.deployment.space.to_string(),
            format!("{up} of {} running", survey.modules.len()),
            survey.revision.to_string(),
            if warnings.is_empty() { warnings } else { colour.paint(Paint::Yellow, warnings) },
        ]);
    }
    table(&rows)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn module_row(module: &Module, now: SystemTime) -> Vec<String> {
    vec![
        module.name.to_string(),
        module.status.word().to_owned(),
        health(&module.instances).to_owned(),
        match module.status {
            Status::Completed => "-".to_owned(),
            Status::NotDeployed | Status::Deploying | Status::Running | Status::Suspended => {
                format!("{}/{}", module.running(), module.wanted)
            }
        },
        since_text(module, now),
        module.restarts().to_string(),
        match (&module.image, &module.digest) {
            (Some(image), Some(digest)) => format!("{image} {}", short_digest(digest)),
            (Some(image), None) => image.clone(),
            (None, _) => "-".to_owned(),
        },
        first_address(module).to_owned(),
    ]
}

/// Since when its oldest running instance runs.
pub(super) fn since(module: &Module) -> Option<OffsetDateTime> {
    let running = module.instances.iter().filter(|one| one.container.state == ContainerState::Running);
    running.filter_map(|one| OffsetDateTime::parse(one.container.started_at.as_deref()?, &Rfc3339).ok()).min()
}

/// For how long it runs: `1 min 3 s`.
pub(super) fn since_text(module: &Module, now: SystemTime) -> String {
    let span = since(module).and_then(|since| Duration::try_from(OffsetDateTime::from(now) - since).ok());
    span.map_or("-".to_owned(), |span| in_words(Duration::from_secs(span.as_secs().max(1))))
}

pub(super) fn health(instances: &[Instance]) -> &'static str {
    let any = |wanted: fn(&Health) -> bool| instances.iter().any(|one| wanted(&one.health));
    if any(|health| matches!(health, Health::Unhealthy(_))) {
        "unhealthy"
    } else if any(|health| *health == Health::Healthy) {
        "healthy"
    } else {
        "-"
    }
}

fn first_address(module: &Module) -> &str {
    module.addresses.first().map_or("-", String::as_str)
}

/// Columns side by side, two blanks apart, nothing behind the last one.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| seen_width(cell)).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let blanks = width.saturating_sub(seen_width(cell)) + 2;
            let _ = write!(line, "{}{:blanks$}", harmless_cell(cell), "");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// How many columns a cell takes; escapes that paint it take none.
fn seen_width(cell: &str) -> usize {
    let mut parts = cell.split('\u{1b}');
    let first = parts.next().map_or(0, |part| part.chars().count());
    let behind = |part: &str| part.split_once('m').map_or(0, |(_, rest)| rest.chars().count());
    first + parts.map(behind).sum::<usize>()
}

/// A cell that was painted keeps its escapes; nothing else in a table comes from outside unchecked but images.
fn harmless_cell(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.starts_with('\u{1b}') { cell.into() } else { harmless(cell) }
}

/// One deployment, for programs. Fields are only added; `v` rises when one changes its meaning.
pub fn json(survey: &Survey) -> Value {
    let modules: Vec<Value> = survey.modules.iter().map(module_json).collect();
    let entries: Vec<Value> = survey
        .entries
        .iter()
        .map(|entry| {
            json!({
                "provider_nid": entry.provider_nid,
                "provider_id": entry.provider_id,
                "provider_version": entry.provider_version,
                "module": entry.module.as_ref().map(|module| module.as_str()),
            })
        })
        .collect();
    let subscriptions: Vec<Value> = survey
        .subscriptions
        .iter()
        .map(|subscription| json!({"module": subscription.module.as_str(), "resource": subscription.resource.as_str()}))
        .collect();
    json!({
        "v": 1,
        "mta": survey.deployment.mta.as_str(),
        "namespace": survey.deployment.namespace,
        "org": survey.deployment.space.org,
        "space": survey.deployment.space.space,
        "version": survey.version,
        "revision": survey.revision,
        "at_work": survey.at_work,
        "cut_short": survey.cut_short.as_ref().map(|one| json!({"operation": one.id.as_str(), "kind": one.kind.word()})),
        "drifted": survey.has_drifted(),
        "modules": modules,
        "jobs": survey.jobs.iter().filter_map(job_json).collect::<Vec<_>>(),
        "entries": entries,
        "subscriptions": subscriptions,
    })
}

pub(super) fn module_json(module: &Module) -> Value {
    let instances: Vec<Value> = module.instances.iter().map(instance_json).collect();
    let tasks: Vec<Value> =
        module.tasks.iter().map(|task| json!({"name": task.name, "revision": task.revision})).collect();
    json!({
        "name": module.name.as_str(),
        "image": module.image,
        "digest": module.digest,
        "status": module.status.word(),
        "instances_wanted": module.wanted,
        "instances_running": module.running(),
        "instances": instances,
        "routes": module.routes,
        "addresses": module.addresses,
        "tasks": tasks,
        "held_back": module.held_back,
        "display_name": module.display_name,
        "suspended": module.suspended,
        "restart_pending": module.restart_is_pending(),
        "warn": module.warns(),
        "warnings": module.warnings.iter().map(|warning| &*warning.text).collect::<Vec<_>>(),
        "causes": module.warnings.iter().map(cause_json).collect::<Vec<_>>(),
    })
}

/// A warning with everything that is known of it.
fn cause_json(warning: &Warning) -> Value {
    json!({
        "kind": warning.kind.word(),
        "text": warning.text,
        "end": warning.end.as_ref().map(|end| json!({
            "instance": end.instance,
            "exit_code": end.code,
            "signal": end.signal,
            "out_of_memory": end.out_of_memory,
            "last_lines": end.last_lines,
        })),
    })
}

/// A task or a hook at work, or left over.
fn job_json(container: &Container) -> Option<Value> {
    let Role::Job { kind, name } = &container.role else { return None };
    Some(json!({
        "module": container.module.as_str(),
        "kind": kind.word(),
        "name": name,
        "container": container.name,
        "container_id": container.id,
    }))
}

fn instance_json(instance: &Instance) -> Value {
    let container = &instance.container;
    let (state, code, out_of_memory) = match container.state {
        ContainerState::Created => ("created", None, false),
        ContainerState::Running => ("running", None, false),
        ContainerState::Restarting { code, out_of_memory } => ("restarting", Some(code), out_of_memory),
        ContainerState::Paused => ("paused", None, false),
        ContainerState::Exited { code, out_of_memory } => ("exited", Some(code), out_of_memory),
        ContainerState::Dead => ("dead", None, false),
    };
    let (health, answer) = match &instance.health {
        Health::Healthy => ("healthy", None),
        Health::Unhealthy(answer) => ("unhealthy", Some(answer)),
        Health::Unknown => ("unknown", None),
    };
    json!({
        "instance": container.instance,
        "container": container.name,
        "container_id": container.id,
        "image_id": container.image_id,
        "state": state,
        "exit_code": code,
        "out_of_memory": out_of_memory,
        "health": health,
        "health_answer": answer,
        "restarts": container.restarts,
        "started_at": container.started_at,
    })
}
