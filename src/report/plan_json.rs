//! A plan for programs. The shape is a promise: `schemas/plan.schema.json` says it, fields are only added, and `format`
//! rises when that is not enough.
//!
//! No secret value is in it, whatever the plan was asked to show at a terminal: what a plan masks never reaches this file.

use crate::plan::drift::Drift;
use crate::plan::job::{HookRun, Job};
use crate::plan::observed::Container;
use crate::plan::unit::{MountSource, Start, Unit};
use crate::plan::{
    Action, BrokenSubscriber, Cause, Change, Detail, Handover, Plan, Restart, Secrets, Shown, Step, SubscriberUpdate,
    VariableChange, changes, variables,
};
use crate::registry::{DeploymentId, Entry, Subscription};
use serde_json::{Value, json};

/// The version of the shape.
pub const FORMAT: u32 = 1;

pub fn plan(plan: &Plan) -> Value {
    let mut document = json!({
        "format": FORMAT,
        "kind": plan.kind.word(),
        "changes": !plan.is_empty(),
        "from": plan.from,
        "to": plan.to,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "broken_subscribers": plan.broken_subscribers.iter().map(broken).collect::<Vec<_>>(),
        "unchanged": plan.unchanged,
        "left_alone": plan.left_alone,
        "drift": plan.drift.iter().map(drift).collect::<Vec<_>>(),
        "notices": plan.notices,
    });
    merge(&mut document, deployment(&plan.deployment));
    document
}

fn drift(drift: &Drift) -> Value {
    let (kind, name) = drift.thing.kind_and_name();
    json!({"kind": kind, "name": name, "detail": drift.detail})
}

fn step(step: &Step) -> Value {
    let mut value = json!({
        "id": step.id.0,
        "after": step.after.iter().map(|id| id.0).collect::<Vec<_>>(),
        "causes": step.causes.iter().map(cause).collect::<Vec<_>>(),
    });
    merge(&mut value, action(&step.action));
    if !step.hooks.is_empty() {
        value["hooks"] = step.hooks.iter().map(hook).collect();
    }
    value
}

fn action(action: &Action) -> Value {
    match action {
        Action::PullImage { module, reference, .. } => {
            json!({"action": "pull-image", "module": module, "image": reference})
        }
        Action::CreateNetwork { name } => json!({"action": "create-network", "name": name}),
        Action::CreateVolume { name } => json!({"action": "create-volume", "name": name}),
        Action::StartUnit { unit: wanted } => {
            json!({"action": "start-module", "module": wanted.module, "unit": unit(wanted)})
        }
        Action::AddInstances { unit: wanted, instances } => {
            json!({"action": "add-instances", "module": wanted.module, "instances": instances, "unit": unit(wanted)})
        }
        Action::ReplaceUnit { unit: wanted, old, handover } => json!({
            "action": "replace-module",
            "module": wanted.module,
            "handover": self::handover(*handover),
            "containers": containers(old),
            "unit": unit(wanted),
        }),
        Action::WakeUnit { unit: wanted, containers: old } => {
            json!({"action": "wake-module", "module": wanted.module, "containers": containers(old)})
        }
        Action::StopUnit { module, containers: old } => {
            json!({"action": "stop-module", "module": module, "containers": containers(old)})
        }
        Action::RemoveUnit { module, containers: old } => {
            json!({"action": "remove-module", "module": module, "containers": containers(old)})
        }
        Action::RunTask { unit: wanted, task } => {
            let mut value = json!({"action": "run-task", "module": wanted.module});
            merge(&mut value, job(task));
            value
        }
        Action::ClearAway { containers: old } => json!({"action": "clear-away", "containers": containers(old)}),
        Action::Publish { module, entries } => {
            json!({"action": "publish", "module": module, "entries": entries.iter().map(entry).collect::<Vec<_>>()})
        }
        Action::Retract { entries } => {
            json!({"action": "retract", "entries": entries.iter().map(entry).collect::<Vec<_>>()})
        }
        Action::Subscribe { subscriptions } => {
            json!({"action": "subscribe", "subscriptions": subscriptions.iter().map(subscription).collect::<Vec<_>>()})
        }
        Action::Unsubscribe { subscriptions } => json!({
            "action": "unsubscribe",
            "subscriptions": subscriptions.iter().map(subscription).collect::<Vec<_>>(),
        }),
        Action::UpdateSubscriber(update) => subscriber(update),
        Action::RemoveVolume { name } => json!({"action": "remove-volume", "name": name}),
        Action::RemoveNetwork { name } => json!({"action": "remove-network", "name": name}),
    }
}

fn hook(hook: &HookRun) -> Value {
    let mut value = json!({"phase": hook.phase.word()});
    merge(&mut value, job(&hook.job));
    value
}

fn job(job: &Job) -> Value {
    json!({
        "name": job.name,
        "declared": job.declared,
        "command": if job.secret_command { None } else { Some(changes::command(job)) },
        "timeout": job.timeout,
    })
}

fn subscriber(update: &SubscriberUpdate) -> Value {
    let mut subscriber = json!({"module": update.unit.module});
    merge(&mut subscriber, deployment(&update.subscriber));
    json!({
        "action": "update-subscriber",
        "subscriber": subscriber,
        "restart": match update.restart {
            Restart::Now => "now",
            Restart::Later => "later",
        },
        "handover": handover(update.handover),
        "variables": update.changes.iter().map(variable).collect::<Vec<_>>(),
        "containers": containers(&update.old),
    })
}

fn broken(broken: &BrokenSubscriber) -> Value {
    let mut subscriber = json!({"module": broken.module});
    merge(&mut subscriber, deployment(&broken.subscriber));
    json!({"subscriber": subscriber, "resource": broken.resource, "reason": broken.reason})
}

fn deployment(deployment: &DeploymentId) -> Value {
    json!({
        "mta": deployment.mta,
        "namespace": deployment.namespace,
        "org": deployment.space.org,
        "space": deployment.space.space,
    })
}

fn cause(cause: &Cause) -> Value {
    match cause {
        Cause::Missing => json!({"kind": "missing"}),
        Cause::Changed(changes) => {
            json!({"kind": "changed", "changes": changes.iter().map(change).collect::<Vec<_>>()})
        }
        Cause::Drifted(detail) => json!({"kind": "drifted", "detail": detail}),
        Cause::Orphaned => json!({"kind": "orphaned"}),
        Cause::Requested => json!({"kind": "requested"}),
        Cause::Due(detail) => json!({"kind": "due", "detail": detail}),
        Cause::Needed => json!({"kind": "needed"}),
    }
}

fn change(change: &Change) -> Value {
    match &change.detail {
        Detail::Values { old, new } => {
            let mut value = json!({"what": change.what});
            merge(&mut value, old_and_new(old, new));
            value
        }
        Detail::Variables(variables) => {
            json!({"what": change.what, "variables": variables.iter().map(variable).collect::<Vec<_>>()})
        }
    }
}

fn variable(change: &VariableChange) -> Value {
    let mut value = json!({"name": change.name, "path": change.path, "origin": change.origin});
    merge(&mut value, old_and_new(&change.old, &change.new));
    value
}

/// An absent or a masked value is null; `change` and `sensitive` say which.
fn old_and_new(old: &Shown, new: &Shown) -> Value {
    let text = |shown: &Shown| match shown {
        Shown::Plain(text) => Some(text.clone()),
        Shown::Absent | Shown::Masked => None,
    };
    let kind = match (old, new) {
        (Shown::Absent, _) => "added",
        (_, Shown::Absent) => "removed",
        _ => "changed",
    };
    let sensitive = *old == Shown::Masked || *new == Shown::Masked;
    json!({"change": kind, "old": text(old), "new": text(new), "sensitive": sensitive})
}

/// What a module's containers are made from. The command and the like may hold secrets and are shown as changes only.
fn unit(unit: &Unit) -> Value {
    let secret = |input: &str| unit.secret_inputs.iter().any(|secret| secret == input);
    let variables = unit.environment.iter().map(|(name, variable)| {
        let (value, sensitive) = match variables::shown(name, variable, Secrets::Mask) {
            Shown::Plain(text) => (Some(text), false),
            Shown::Absent | Shown::Masked => (None, true),
        };
        json!({"name": name, "value": value, "sensitive": sensitive, "origin": variable.origin})
    });
    let ports = unit.ports.iter().map(|port| {
        json!({"container": port.container, "host": port.host, "address": port.address, "protocol": port.protocol})
    });
    let volumes = unit.volumes.iter().filter_map(|mount| match &mount.source {
        MountSource::Volume(name) => Some(name),
        MountSource::Path(_) => None,
    });
    json!({
        "image": if secret("image") { None } else { Some(&unit.image) },
        "instances": unit.instances,
        "start": unit.start == Start::Yes,
        "runs_once": unit.execution.is_some(),
        "port": unit.port,
        "ports": ports.collect::<Vec<_>>(),
        "memory": unit.memory,
        "volumes": volumes.collect::<Vec<_>>(),
        "health": if secret("health-check") { None } else { Some(changes::check(&unit.health.check)) },
        "declared": unit.declared,
        "environment": variables.collect::<Vec<_>>(),
    })
}

fn handover(handover: Handover) -> &'static str {
    match handover {
        Handover::NewFirst => "new-first",
        Handover::OldFirst => "old-first",
    }
}

fn containers(containers: &[Container]) -> Vec<Value> {
    containers.iter().map(|container| json!({"id": container.id, "name": container.name})).collect()
}

/// Which entry, not what is in it: content belongs to the registry (`windlass registry show`).
fn entry(entry: &Entry) -> Value {
    json!({
        "provider_id": entry.provider_id,
        "provider_version": entry.provider_version,
        "provider_namespace": entry.provider_namespace,
        "org": entry.target.org,
        "space": entry.target.space,
        "update": entry.row.is_some(),
    })
}

fn subscription(subscription: &Subscription) -> Value {
    json!({"module": subscription.module, "resource": subscription.resource})
}

/// Puts the fields of one object behind those of another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
