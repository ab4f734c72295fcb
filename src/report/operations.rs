//! Operations that were recorded, revisions, and starts of containers: as people read them and as programs do.

use super::paint::{Colour, Paint, harmless};
use super::status::table;
use crate::deploy::failure::in_words;
use crate::operation::{Operation, OperationId, Revision, Started, State, StepRecord, StepState, Told};
use crate::registry::DeploymentId;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// How a page of this room looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub colour: Colour,
    /// Of local time.
    pub offset: UtcOffset,
}

/// One operation with all that is known of it. Values are masked.
pub struct Page<'a> {
    pub operation: &'a Operation,
    /// What it was told to do: name and value, in this order.
    pub inputs: &'a [(String, String)],
    /// As `plan -o json` prints it.
    pub plan: &'a Value,
    pub steps: &'a [StepRecord],
    /// The operations that resume or retry this one.
    pub repeated_by: &'a [OperationId],
}

/// One line per operation.
pub fn list(operations: &[Operation], now: i64, style: Style) -> String {
    let mut rows = vec![cells(["operation", "application", "what", "state", "began", "took", "by"])];
    for one in operations {
        rows.push(vec![
            one.id.to_string(),
            harmless(&application(one)).into_owned(),
            one.kind.word().to_owned(),
            state(one, style.colour),
            local(one.began, style.offset),
            took(one, now),
            harmless(&format!("{} on {}", one.owner.user, one.owner.host)).into_owned(),
        ]);
    }
    table(&rows)
}

fn application(operation: &Operation) -> String {
    match &operation.version {
        Some(version) => format!("{} {version}", operation.deployment),
        None => operation.deployment.to_string(),
    }
}

/// `finished`, `failed (restored)`.
fn state(operation: &Operation, colour: Colour) -> String {
    let word = operation.state.word();
    let text = match operation.outcome.as_str() {
        "" => word.to_owned(),
        outcome if outcome == word => word.to_owned(),
        outcome => format!("{word} ({outcome})"),
    };
    let paint = match operation.state {
        State::Finished if operation.outcome == State::Finished.word() => Paint::Green,
        State::Running => Paint::Cyan,
        State::Failed => Paint::Red,
        State::Finished | State::Interrupted | State::Aborted => Paint::Yellow,
    };
    colour.paint(paint, text)
}

fn took(operation: &Operation, now: i64) -> String {
    match (operation.state, operation.ended) {
        (_, Some(ended)) => in_words(between(operation.began, ended)),
        (State::Running, None) => {
            format!("{} so far", in_words(Duration::from_secs(between(operation.began, now).as_secs())))
        }
        (_, None) => "-".to_owned(),
    }
}

fn between(began: i64, ended: i64) -> Duration {
    Duration::from_millis(u64::try_from(ended - began).unwrap_or_default())
}

/// One operation in full.
pub fn page(page: &Page<'_>, now: i64, style: Style) -> String {
    let Page { operation, inputs, plan, steps, repeated_by } = page;
    let title = format!("{} {}", operation.kind.word(), application(operation));
    let mut out = format!(
        "{}   {}   {}\n",
        style.colour.paint(Paint::Bold, format!("{} {}", operation.id, harmless(&title))),
        harmless(&operation.deployment.space.to_string()),
        state(operation, style.colour),
    );
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "{name:>12}  {}", harmless(text));
    };
    line("began", &format!("{}, took {}", local(operation.began, style.offset), took(operation, now)));
    let owner = &operation.owner;
    line("by", &format!("{} on {}, process {}", owner.user, owner.host, owner.pid));
    if let Some(revision) = operation.revision {
        line("revision", &revision.to_string());
    }
    if let Some(before) = &operation.repeats {
        line("goes on from", before.as_str());
    }
    for after in *repeated_by {
        line("gone on in", after.as_str());
    }
    for (name, value) in *inputs {
        line(name, value);
    }
    if steps.is_empty() {
        out.push_str("\nThere was nothing to do.\n");
        return out;
    }
    out.push('\n');
    let mut rows = vec![cells(["step", "", "", "took", "why, and what came of it"])];
    for step in *steps {
        let took = match (step.began, step.ended) {
            (Some(began), Some(ended)) => in_words(between(began, ended)),
            _ => "-".to_owned(),
        };
        let paint = match step.state {
            StepState::Done => Paint::Green,
            StepState::Failed => Paint::Red,
            StepState::Running | StepState::Pending | StepState::Skipped => Paint::Yellow,
        };
        let word = match step.state {
            // Nobody is at it any more.
            StepState::Running if operation.state != State::Running => "cut short",
            StepState::Pending if operation.state != State::Running => StepState::Skipped.word(),
            state => state.word(),
        };
        let why = causes(plan, step.step);
        let detail = match step.state {
            StepState::Failed => step.detail.clone(),
            _ => String::new(),
        };
        let why: Vec<String> = [why, detail].into_iter().filter(|text| !text.is_empty()).collect();
        rows.push(vec![
            style.colour.paint(paint, word),
            harmless(&step.subject).into_owned(),
            harmless(&step.doing).into_owned(),
            took,
            harmless(&why.join("; ")).into_owned(),
        ]);
    }
    out.push_str(&table(&rows));
    out
}

/// Why a step was in the plan, from the plan's JSON.
fn causes(plan: &Value, step: usize) -> String {
    let steps = plan["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(step) = steps.iter().find(|one| one["id"].as_u64() == Some(step as u64)) else { return String::new() };
    let causes = step["causes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words = causes.iter().filter_map(|cause| {
        Some(match cause["kind"].as_str()? {
            "changed" => {
                let changes = cause["changes"].as_array()?;
                let whats: Vec<&str> = changes.iter().filter_map(|change| change["what"].as_str()).collect();
                format!("{} changed", whats.join(", "))
            }
            "drifted" | "due" => cause["detail"].as_str()?.to_owned(),
            "missing" => "it was not there".to_owned(),
            "orphaned" => "no longer in the descriptor".to_owned(),
            "requested" => "asked for".to_owned(),
            _ => return None,
        })
    });
    words.collect::<Vec<_>>().join("; ")
}

/// What an operation told, as people read it while it ran.
pub fn log(told: &[Told], style: Style) -> String {
    let mut out = String::new();
    for one in told {
        let time = time_of_day(one.at, style.offset);
        for (who, text) in &one.lines {
            let _ = writeln!(out, "{time} {:<24} {}", harmless(who), harmless(text));
        }
    }
    out
}

/// The revisions of a deployment. `current`: the one that is deployed.
pub fn history(revisions: &[(Revision, Option<Operation>)], current: Option<u64>, style: Style) -> String {
    let mut rows = vec![cells(["revision", "version", "when", "by", "operation", "what", "outcome"])];
    for (revision, operation) in revisions {
        let mark = if current == Some(revision.number) { "*" } else { "" };
        let outcome = match (revision.good, operation) {
            (true, _) => style.colour.paint(Paint::Green, "good"),
            (false, Some(operation)) if !operation.outcome.is_empty() => {
                style.colour.paint(Paint::Yellow, &operation.outcome)
            }
            (false, _) => style.colour.paint(Paint::Yellow, "partial"),
        };
        rows.push(vec![
            format!("{}{mark}", revision.number),
            harmless(&revision.version).into_owned(),
            local(revision.at, style.offset),
            operation.as_ref().map_or("-".to_owned(), |one| harmless(&one.owner.user).into_owned()),
            revision.operation.as_ref().map_or("-".to_owned(), ToString::to_string),
            operation.as_ref().map_or("-".to_owned(), |one| one.kind.word().to_owned()),
            outcome,
        ]);
    }
    table(&rows)
}

/// Starts of containers, each with its cause.
pub fn starts(starts: &[Started], style: Style) -> String {
    let mut rows = vec![cells(["when", "instance", "operation", "why"])];
    for one in starts {
        rows.push(vec![
            local(one.at, style.offset),
            if one.instance == 0 { "-".to_owned() } else { one.instance.to_string() },
            one.operation.to_string(),
            harmless(&one.cause).into_owned(),
        ]);
    }
    table(&rows)
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn at(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `2026-11-20 17:05:11`
fn local(millis: i64, offset: UtcOffset) -> String {
    format!("{} {}", at(millis).to_offset(offset).date(), time_of_day(millis, offset))
}

fn time_of_day(millis: i64, offset: UtcOffset) -> String {
    let (hour, minute, second) = at(millis).to_offset(offset).to_hms();
    format!("{hour:02}:{minute:02}:{second:02}")
}

fn rfc3339(millis: i64) -> String {
    at(millis).format(&Rfc3339).unwrap_or_default()
}

/// Fields are only added; `v` rises when one changes its meaning.
pub fn operation_json(operation: &Operation) -> Value {
    let owner = &operation.owner;
    let mut value = json!({
        "v": 1,
        "id": operation.id.as_str(),
        "kind": operation.kind.word(),
        "state": operation.state.word(),
        "outcome": if operation.outcome.is_empty() { None } else { Some(&operation.outcome) },
        "began": rfc3339(operation.began),
        "ended": operation.ended.map(rfc3339),
        "user": owner.user,
        "host": owner.host,
        "pid": owner.pid,
        "version": operation.version,
        "revision": operation.revision,
        "repeats": operation.repeats.as_ref().map(OperationId::as_str),
    });
    with_deployment(&mut value, &operation.deployment);
    value
}

pub fn page_json(page: &Page<'_>) -> Value {
    let mut value = operation_json(page.operation);
    let steps = page.steps.iter().map(|step| {
        json!({
            "step": step.step,
            "subject": step.subject,
            "doing": step.doing,
            "state": step.state.word(),
            "detail": step.detail,
            "began": step.began.map(rfc3339),
            "ended": step.ended.map(rfc3339),
        })
    });
    value["steps"] = steps.collect();
    value["inputs"] = page.inputs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    value["plan"] = page.plan.clone();
    value["repeated_by"] = page.repeated_by.iter().map(OperationId::as_str).collect();
    value
}

pub fn history_json(revisions: &[(Revision, Option<Operation>)], current: Option<u64>) -> Value {
    let one = |(revision, operation): &(Revision, Option<Operation>)| {
        json!({
            "revision": revision.number,
            "version": revision.version,
            "at": rfc3339(revision.at),
            "good": revision.good,
            "current": current == Some(revision.number),
            "operation": revision.operation.as_ref().map(OperationId::as_str),
            "kind": operation.as_ref().map(|one| one.kind.word()),
            "outcome": operation.as_ref().map(|one| one.outcome.as_str()),
            "user": operation.as_ref().map(|one| one.owner.user.as_str()),
        })
    };
    revisions.iter().map(one).collect()
}

pub fn starts_json(starts: &[Started]) -> Value {
    let one = |start: &Started| {
        let mut value = json!({
            "module": start.module.as_str(),
            "instance": if start.instance == 0 { None } else { Some(start.instance) },
            "container": start.container,
            "operation": start.operation.as_str(),
            "at": rfc3339(start.at),
            "cause": start.cause,
        });
        with_deployment(&mut value, &start.deployment);
        value
    };
    starts.iter().map(one).collect()
}

fn with_deployment(value: &mut Value, deployment: &DeploymentId) {
    value["mta"] = deployment.mta.as_str().into();
    value["namespace"] = deployment.namespace.as_deref().into();
    value["org"] = deployment.space.org.as_str().into();
    value["space"] = deployment.space.space.as_str().into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{ModuleName, MtaId};
    use crate::operation::{Kind, Owner};
    use crate::target::Space;

    const STYLE: Style = Style { colour: Colour::Off, offset: UtcOffset::UTC };

    /// 20 November 2026, 17:05:11 UTC.
    const BEGAN: i64 = 1_795_194_311_000;

    fn operation(id: &str, state: State, outcome: &str) -> Operation {
        let space = Space { org: "local".into(), space: "dev".into() };
        Operation {
            id: OperationId::new(id),
            deployment: DeploymentId { mta: MtaId::new("shop"), namespace: None, space },
            kind: Kind::Deploy,
            state,
            outcome: outcome.into(),
            began: BEGAN,
            ended: (state != State::Running).then_some(BEGAN + 1_800),
            owner: Owner { user: "ann".into(), host: "here".into(), pid: 4711, process: "x".into() },
            version: Some("1.0.0".into()),
            revision: None,
            repeats: None,
        }
    }

    fn step(step: usize, subject: &str, state: StepState, detail: &str) -> StepRecord {
        let (began, ended) = match state {
            StepState::Done | StepState::Failed => (Some(BEGAN), Some(BEGAN + 600)),
            StepState::Running => (Some(BEGAN), None),
            StepState::Pending | StepState::Skipped => (None, None),
        };
        StepRecord { step, subject: subject.into(), doing: "start".into(), state, detail: detail.into(), began, ended }
    }

    #[test]
    fn a_list_says_what_by_whom_and_how_it_went() {
        let all = [operation("8f3c2a1d", State::Running, ""), operation("00c0ffee", State::Failed, "restored")];
        assert_eq!(
            list(&all, BEGAN + 65_400, STYLE),
            "operation  application  what    state              began                took              by\n\
             8f3c2a1d   shop 1.0.0   deploy  running            2026-11-20 17:05:11  1 min 5 s so far  ann on here\n\
             00c0ffee   shop 1.0.0   deploy  failed (restored)  2026-11-20 17:05:11  1.8 s             ann on here\n"
        );
    }

    #[test]
    fn a_page_says_of_each_step_why_it_was_there_and_what_came_of_it() {
        let steps = [
            step(0, "module web", StepState::Done, "replaced"),
            step(1, "module api", StepState::Failed, "`api` ended"),
            step(2, "module ui", StepState::Running, ""),
            step(3, "module log", StepState::Pending, ""),
        ];
        let plan = json!({"steps": [
            {"id": 0, "causes": [{"kind": "changed", "changes": [{"what": "image"}, {"what": "env"}]}]},
            {"id": 1, "causes": [{"kind": "missing"}]},
            {"id": 2, "causes": [{"kind": "drifted", "detail": "it was stopped"}]},
            {"id": 3, "causes": [{"kind": "needed"}]},
        ]});
        let one = Operation { ended: None, ..operation("8f3c2a1d", State::Interrupted, "") };
        let inputs = [("descriptor".to_owned(), "mtad.yaml".to_owned())];
        let repeated_by = [OperationId::new("00c0ffee")];
        let shown = Page { operation: &one, inputs: &inputs, plan: &plan, steps: &steps, repeated_by: &repeated_by };
        assert_eq!(
            page(&shown, BEGAN, STYLE),
            "8f3c2a1d deploy shop 1.0.0   local/dev   interrupted\n       \
             began  2026-11-20 17:05:11, took -\n          \
             by  ann on here, process 4711\n  \
             gone on in  00c0ffee\n  \
             descriptor  mtad.yaml\n\n\
             step                          took    why, and what came of it\n\
             done       module web  start  600 ms  image, env changed\n\
             failed     module api  start  600 ms  it was not there; `api` ended\n\
             cut short  module ui   start  -       it was stopped\n\
             skipped    module log  start  -\n"
        );
    }

    #[test]
    fn a_history_marks_what_is_deployed_and_what_is_no_way_back() {
        let revision = |number, good| Revision {
            number,
            operation: Some(OperationId::new("8f3c2a1d")),
            at: BEGAN,
            version: "1.0.0".into(),
            good,
        };
        let partial = operation("8f3c2a1d", State::Failed, "partial");
        let rows = [(revision(2, false), Some(partial)), (revision(1, true), None)];
        assert_eq!(
            history(&rows, Some(2), STYLE),
            "revision  version  when                 by   operation  what    outcome\n\
             2*        1.0.0    2026-11-20 17:05:11  ann  8f3c2a1d   deploy  partial\n\
             1         1.0.0    2026-11-20 17:05:11  -    8f3c2a1d   -       good\n"
        );
    }

    #[test]
    fn starts_and_events_are_told_line_by_line_without_control_characters() {
        let started = |instance| Started {
            deployment: operation("8f3c2a1d", State::Running, "").deployment,
            module: ModuleName::new("web"),
            instance,
            container: "c".into(),
            operation: OperationId::new("8f3c2a1d"),
            at: BEGAN,
            cause: "env \u{1b}[31mX".into(),
        };
        let text = starts(&[started(1), started(0)], STYLE);
        assert!(text.contains("2026-11-20 17:05:11  1         8f3c2a1d   env "), "{text}");
        assert!(text.contains("2026-11-20 17:05:11  -         8f3c2a1d") && !text.contains('\u{1b}'), "{text}");
        let told = [Told { number: 1, at: BEGAN, json: "{}".into(), lines: vec![("web/1".into(), "started".into())] }];
        assert_eq!(log(&told, STYLE), format!("17:05:11 {:<24} started\n", "web/1"));
    }
}
