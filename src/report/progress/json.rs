//! One JSON object per line. Fields are only added; `v` rises when one changes its meaning.

use crate::deploy::event::{Awaited, Event, FINISHED, Instance, Job};
use crate::registry::DeploymentId;
use crate::report::operation::failure_json;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    ts: String,
    op: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

pub(super) fn line(at: SystemTime, operation: &str, event: &Event) -> String {
    write(at, operation, event.name(), fields(event))
}

pub(super) fn not_begun(at: SystemTime, operation: &str, outcome: &str, exit_code: u8) -> String {
    write(at, operation, FINISHED, json!({"outcome": outcome, "exit_code": exit_code, "elapsed_ms": 0}))
}

fn write(at: SystemTime, operation: &str, kind: &str, fields: Value) -> String {
    let at = OffsetDateTime::from(at);
    let at = at.replace_millisecond(at.millisecond()).unwrap_or(at);
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let line = Line { v: 1, ts: at.format(&Rfc3339).unwrap_or_default(), op: operation, kind, fields };
    // Text, numbers and maps with text keys always have a JSON form.
    serde_json::to_string(&line).map(|text| text + "\n").unwrap_or_default()
}

fn fields(event: &Event) -> Value {
    match event {
        Event::OperationStarted { deployment, kind, from, to, steps } => {
            with_mta(deployment, json!({"kind": kind.word(), "from": from, "to": to, "steps": steps}))
        }
        Event::OperationAwaited { on } => json!({"on": on.iter().map(awaited).collect::<Vec<_>>()}),
        Event::OperationInterrupted { running } => json!({"running": running}),
        Event::OperationUnrecorded { reason } => json!({"reason": reason}),
        Event::OperationFinished { outcome, elapsed } => {
            json!({"outcome": outcome.word(), "exit_code": outcome.exit_code(), "elapsed_ms": millis(*elapsed)})
        }
        Event::StepStarted { step, subject, doing } => json!({"step": step.0, "subject": subject, "doing": doing}),
        Event::StepFinished { step, subject, result, elapsed } => {
            json!({"step": step.0, "subject": subject, "result": result, "elapsed_ms": millis(*elapsed)})
        }
        Event::StepFailed { step, subject, failure, elapsed } => json!({
            "step": step.0, "subject": subject, "failure": failure_json(failure), "elapsed_ms": millis(*elapsed)
        }),
        Event::StepSkipped { step, subject } => json!({"step": step.0, "subject": subject}),
        Event::InstanceCreated(one)
        | Event::InstanceStarted(one)
        | Event::InstanceStopped(one)
        | Event::InstanceRemoved(one)
        | Event::InstanceRestored(one) => instance(one, json!({})),
        Event::InstanceProbed { instance: one, probe, answer, elapsed, limit } => instance(
            one,
            json!({"probe": probe, "answer": answer, "elapsed_ms": millis(*elapsed), "limit_ms": millis(*limit)}),
        ),
        Event::InstanceWrote { instance: one, line } => instance(one, json!({"line": line})),
        Event::InstanceCompleted { instance: one, elapsed } => instance(one, json!({"elapsed_ms": millis(*elapsed)})),
        Event::JobStarted(one) => job(one, json!({})),
        Event::JobWrote { job: one, line } => job(one, json!({"line": line})),
        Event::JobEnded { job: one, elapsed } => job(one, json!({"elapsed_ms": millis(*elapsed)})),
        Event::InstanceHealthy { instance: one, elapsed } => instance(one, json!({"elapsed_ms": millis(*elapsed)})),
        Event::EntryPublished { provider_id, provider_version }
        | Event::EntryRetracted { provider_id, provider_version } => {
            json!({"provider_id": provider_id, "provider_version": provider_version})
        }
        Event::SubscriptionAdded { module, resource } | Event::SubscriptionRemoved { module, resource } => {
            json!({"module": module.as_str(), "resource": resource})
        }
        Event::SubscriberUpdated { subscriber, module } | Event::SubscriberRecorded { subscriber, module } => {
            with_mta(subscriber, json!({"module": module.as_str()}))
        }
        Event::SubscriberFailed { subscriber, module, reason } => {
            with_mta(subscriber, json!({"module": module.as_str(), "reason": reason}))
        }
    }
}

fn with_mta(deployment: &DeploymentId, mut fields: Value) -> Value {
    fields["mta"] = deployment.mta.as_str().into();
    fields["namespace"] = deployment.namespace.as_deref().into();
    fields["org"] = deployment.space.org.as_str().into();
    fields["space"] = deployment.space.space.as_str().into();
    fields
}

fn instance(one: &Instance, mut fields: Value) -> Value {
    fields["module"] = one.module.as_str().into();
    fields["instance"] = one.number.into();
    fields["container"] = one.container.as_str().into();
    with_mta(&one.mta, fields)
}

fn job(one: &Job, mut fields: Value) -> Value {
    fields["module"] = one.module.as_str().into();
    fields["kind"] = one.kind.word().into();
    fields["name"] = one.name.as_str().into();
    fields["container"] = one.container.as_str().into();
    with_mta(&one.mta, fields)
}

fn awaited(one: &Awaited) -> Value {
    json!({"subject": one.subject, "what": one.what, "elapsed_ms": millis(one.elapsed)})
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::Outcome;
    use crate::name::{ModuleName, MtaId};
    use crate::target::Space;

    #[test]
    fn a_line_names_version_time_operation_and_type_first() {
        let event = Event::InstanceHealthy {
            instance: Instance {
                mta: DeploymentId {
                    mta: MtaId::new("shop"),
                    namespace: None,
                    space: Space { org: "local".into(), space: "dev".into() },
                },
                module: ModuleName::new("backend"),
                number: 2,
                container: "windlass-shop-backend-2".into(),
            },
            elapsed: Duration::from_millis(41_022),
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_736_251_432_114);
        assert_eq!(
            line(at, "8f3c2a1d", &event),
            "{\"v\":1,\"ts\":\"2025-01-07T12:03:52.114Z\",\"op\":\"8f3c2a1d\",\"type\":\"module.instance.healthy\",\
             \"container\":\"windlass-shop-backend-2\",\"elapsed_ms\":41022,\"instance\":2,\"module\":\"backend\",\
             \"mta\":\"shop\",\"namespace\":null,\"org\":\"local\",\"space\":\"dev\"}\n"
        );
    }

    #[test]
    fn the_last_event_carries_the_exit_code() {
        let event = Event::OperationFinished { outcome: Outcome::Restored, elapsed: Duration::from_secs(1) };
        let line = line(SystemTime::UNIX_EPOCH, "1", &event);
        assert!(line.contains("\"type\":\"operation.finished\"") && line.contains("\"exit_code\":3"), "{line}");
    }
}
