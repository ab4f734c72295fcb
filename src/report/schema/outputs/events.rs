//! `--progress json`: an event a line.

use super::shape::{about, fixed, flag, list, maybe, number, object, one_of, refer, text, with, words};
use crate::report::schema::document;
use serde_json::{Value, json};

pub(in super::super) fn schema() -> Value {
    let definitions = [("failure", failure()), ("awaited", awaited())];
    let events: Vec<Value> = events().into_iter().map(|(name, fields)| event(name, fields)).collect();
    document("An event of an operation of windlass", json!({"oneOf": events}), definitions)
}

/// The name of each event, and what it tells beside the fields of all.
fn events() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let deployment = || vec![("mta", text()), ("namespace", maybe(text())), ("org", text()), ("space", text())];
    let instance = |more: Vec<(&'static str, Value)>| {
        let own = vec![("module", text()), ("instance", number()), ("container", text())];
        [deployment(), own, more].concat()
    };
    let job = |more: Vec<(&'static str, Value)>| {
        let own = vec![("module", text()), ("kind", words(["task", "hook"])), ("name", text()), ("container", text())];
        [deployment(), own, more].concat()
    };
    let step = |more: Vec<(&'static str, Value)>| [vec![("step", number()), ("subject", text())], more].concat();
    let elapsed = || ("elapsed_ms", about(number(), "Milliseconds."));
    let entry = || vec![("provider_id", text()), ("provider_version", maybe(text()))];
    let subscription = || vec![("module", text()), ("resource", text())];
    let subscriber = |more: Vec<(&'static str, Value)>| [deployment(), vec![("module", text())], more].concat();
    let line = || ("line", about(text(), "Secrets masked."));
    let started = vec![
        ("kind", words(["deploy", "undeploy", "suspend", "resume", "restart", "delete"])),
        ("from", maybe(text())),
        ("to", maybe(text())),
        ("steps", about(number(), "How many steps the plan has.")),
    ];
    let finished = vec![
        ("outcome", text()),
        ("exit_code", about(number(), "With which the process ends (`windlass help exit-codes`).")),
        elapsed(),
    ];
    let probed = vec![("probe", about(number(), "From 1.")), ("answer", text()), elapsed(), ("limit_ms", number())];
    vec![
        ("operation.started", [deployment(), started].concat()),
        ("operation.awaited", vec![("on", list(refer("awaited")))]),
        ("operation.interrupted", vec![("running", about(list(text()), "What goes on to its end."))]),
        (
            "operation.unrecorded",
            vec![("reason", about(text(), "Why the operation cannot be written down; it goes on."))],
        ),
        ("operation.finished", finished),
        ("step.started", step(vec![("doing", text())])),
        ("step.finished", step(vec![("result", text()), elapsed()])),
        ("step.failed", step(vec![("failure", refer("failure")), elapsed()])),
        ("step.skipped", step(vec![])),
        ("module.instance.created", instance(vec![])),
        ("module.instance.started", instance(vec![])),
        ("module.instance.stopped", instance(vec![])),
        ("module.instance.removed", instance(vec![])),
        ("module.instance.restored", instance(vec![])),
        ("module.instance.probed", instance(probed)),
        ("module.instance.healthy", instance(vec![elapsed()])),
        ("module.instance.wrote", instance(vec![line()])),
        ("module.instance.completed", instance(vec![elapsed()])),
        ("task.started", job(vec![])),
        ("task.wrote", job(vec![line()])),
        ("task.ended", job(vec![elapsed()])),
        ("hook.started", job(vec![])),
        ("hook.wrote", job(vec![line()])),
        ("hook.ended", job(vec![elapsed()])),
        ("entry.published", entry()),
        ("entry.retracted", entry()),
        ("subscription.added", subscription()),
        ("subscription.removed", subscription()),
        ("subscriber.updated", subscriber(vec![])),
        ("subscriber.recorded", subscriber(vec![])),
        ("subscriber.failed", subscriber(vec![("reason", text())])),
    ]
}

fn event(name: &str, fields: Vec<(&'static str, Value)>) -> Value {
    let common = object([
        ("v", about(fixed(1), "Rises when a field changes its meaning.")),
        ("ts", about(text(), "When, by RFC 3339.")),
        ("op", about(text(), "The operation.")),
        ("type", fixed(name)),
    ]);
    let mut properties = common["properties"].clone();
    let mut required = common["required"].clone();
    for (name, shape) in fields {
        properties = with(properties, json!({name: shape}));
        if let Value::Array(required) = &mut required {
            required.push(name.into());
        }
    }
    with(common, json!({"properties": properties, "required": required}))
}

fn awaited() -> Value {
    object([("subject", text()), ("what", text()), ("elapsed_ms", number())])
}

fn failure() -> Value {
    let job = object([("kind", words(["task", "hook"])), ("name", text())]);
    let instance = object([
        ("module", text()),
        ("job", maybe(job)),
        ("instance", number()),
        ("declared", about(maybe(text()), "`mtad.yaml:31`.")),
        ("image", text()),
        ("verdict", words(["ended", "vanished", "timed-out", "said-failure", "silent", "interrupted"])),
        ("exit_code", maybe(number())),
        ("signal", maybe(text())),
        ("out_of_memory", flag()),
        ("restarts", number()),
        ("lived_ms", number()),
        ("probes", list(object([("count", number()), ("answer", text())]))),
        ("last_lines", about(list(text()), "Of its output, secrets masked.")),
        ("notes", list(text())),
    ]);
    object([
        ("subject", text()),
        ("declared", maybe(text())),
        ("message", text()),
        (
            "family",
            about(maybe(words(["image", "credentials", "process"])), "What kind of mistake it is, if one of these."),
        ),
        ("restored", about(flag(), "Whether it is as it was before.")),
        ("remains", about(list(text()), "What stays otherwise.")),
        ("instance?", about(one_of([instance]), "When a container failed.")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_is_there_twice_and_none_has_a_field_twice() {
        let events = events();
        for (at, (name, fields)) in events.iter().enumerate() {
            assert!(events[..at].iter().all(|(other, _)| other != name), "{name}");
            for (at, (field, _)) in fields.iter().enumerate() {
                assert!(fields[..at].iter().all(|(other, _)| other != field), "{name}: {field}");
            }
        }
    }
}
