//! `tasks`, and what tasks and hooks have in common.

use super::open;
use super::read::{Found, Reader};
use super::{Surroundings, command, size};
use crate::finding::{DUPLICATE_NAME, Finding, Findings};
use crate::plan::desired::secret_parts;
use crate::plan::job::{Job, JobKind};
use crate::plan::unit::Variable;
use crate::source::Sources;
use crate::stage::environment::text_of;
use crate::tree::{Origin, Value};
use std::collections::BTreeMap;

/// What the deploy service gives a task that says nothing, in seconds.
const TIMEOUT: u32 = 43_200;

/// How long each task and hook of the module may take, in seconds.
pub fn timeout(reader: &Reader<'_, '_>) -> u32 {
    let all = || reader.number("apps-task-execution-timeout");
    reader.number("task-execution-timeout").or_else(all).unwrap_or(TIMEOUT)
}

/// Tasks that are not as the table says are left out: there is a finding already.
pub fn tasks(reader: &mut Reader<'_, '_>, timeout: u32, around: &Surroundings<'_>) -> Vec<Job> {
    let Some(found) = reader.find("tasks").filter(|found| found.value.as_list().is_some()) else { return Vec::new() };
    let mut tasks: Vec<(Job, Found<'_>)> = Vec::new();
    for item in found.items() {
        let Some(name) = item.key("name") else { continue };
        let Some(task) = task(&item, &name, timeout, around, reader.findings) else { continue };
        // What has run is remembered by name.
        if let Some((_, first)) = tasks.iter().find(|(other, _)| other.name == task.name) {
            let message = format!("Two tasks of module `{}` are called `{}`.", reader.module.name.value, task.name);
            let finding = Finding::new(&DUPLICATE_NAME, name.at, message).path(name.path);
            let finding = finding.related(first.at, "the first one");
            let help = "windlass remembers by its name whether a task has run: give each its own.";
            reader.findings.push(finding.help(help));
            continue;
        }
        tasks.push((task, name));
    }
    tasks.into_iter().map(|(task, _)| task).collect()
}

fn task(
    found: &Found<'_>,
    name: &Found<'_>,
    timeout: u32,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Job> {
    let environment = found.key("env").map(|env| environment(&env, around)).unwrap_or_default();
    let declared = around.sources.line_of(found.at);
    let task = Job { environment, ..job(JobKind::Task, found, timeout, around.sources, findings)? };
    Some(Job { name: named(name, findings)?, declared: Some(declared), ..task })
}

/// What the maps of tasks and hooks have alike. `None` without a command: it is for the caller to say so.
pub fn job(kind: JobKind, found: &Found<'_>, timeout: u32, sources: &Sources, findings: &mut Findings) -> Option<Job> {
    let line = found.key("command")?;
    let words = command(&line)?;
    let is_empty = words.is_empty() || line.value.as_text().is_some_and(|line| line.trim().is_empty());
    if is_empty {
        findings.push(line.refuse(format!("`{}` is empty, so there is nothing to run.", line.name)));
        return None;
    }
    Some(Job {
        kind,
        name: String::new(),
        declared: None,
        secret_command: line.value.holds_secret(),
        secret_words: secret_words(&line, &words, sources),
        command: words,
        memory: found.key("memory").and_then(|memory| size::memory(&memory)),
        environment: BTreeMap::new(),
        timeout,
    })
}

/// The words of a secret command that nobody can read in the descriptor. Of `run --token ${token}` that is the token; of a
/// command that is marked as a whole, all of it.
pub fn secret_words(command: &Found<'_>, words: &[String], sources: &Sources) -> Vec<String> {
    if !command.value.holds_secret() {
        return Vec::new();
    }
    let items = command.items();
    fn written<'t>(value: &'t Value, sources: &'t Sources) -> &'t str {
        match &value.origin {
            _ if !value.holds_secret() => value.as_text().unwrap_or_default(),
            Origin::Built(_) => value.span().map_or("", |span| sources.slice(span)),
            Origin::Written(_) | Origin::Broken(..) | Origin::Nowhere => "",
        }
    }
    let readable: Vec<&str> = items.iter().map(|item| written(item.value, sources)).collect();
    let parts = words.iter().flat_map(|word| {
        let whole = word.split_whitespace().map(|part| part.trim_matches(['"', '\'', ';']));
        whole.chain(word.split(|c: char| c.is_whitespace() || "\"'=;|&<>(),`".contains(c)))
    });
    let unseen = |part: &&str| !part.is_empty() && !readable.iter().any(|text| text.contains(part));
    let mut secret: Vec<String> = parts.filter(unseen).map(str::to_owned).collect();
    // The shell and its flag are windlass's own words.
    secret.extend(secret_parts(command.value));
    secret.retain(|part| command.value.as_text().is_none() || !matches!(&**part, "/bin/sh" | "-c"));
    secret.sort();
    secret.dedup();
    secret
}

/// A name with something in it.
pub fn named(found: &Found<'_>, findings: &mut Findings) -> Option<String> {
    let name = found.value.as_text()?;
    if name.trim().is_empty() {
        findings.push(found.refuse(format!("`{}` is empty.", found.name)));
        return None;
    }
    // A name written in the open stays one when the tasks are sealed as a whole, for the sake of a command.
    if found.value.holds_secret() && matches!(found.value.origin, Origin::Built(_)) {
        findings.push(open::refusal(&found.name, found.at, found.path.clone()));
        return None;
    }
    Some(name.to_owned())
}

fn environment(found: &Found<'_>, around: &Surroundings<'_>) -> BTreeMap<String, Variable> {
    let variable = |value: &Value| Variable {
        secret: value.holds_secret(),
        secret_parts: secret_parts(value),
        tells_the_time: value.tells_the_time(),
        origin: value.span().map(|span| around.sources.line_of(span)),
        ..Variable::new(text_of(value, around.target.compat))
    };
    let variables = found.value.as_map().into_iter().flat_map(|map| map.iter());
    variables.map(|(key, value)| (key.text.to_string(), variable(value))).collect()
}
