//! `operation ls|show -o json`, `history -o json`, `why -o json`.

use super::shape::{about, fixed, flag, list, maybe, number, object, text, with, words};
use crate::operation::{Kind, State, StepState};
use crate::report::schema::document;
use serde_json::{Value, json};

pub(in super::super) fn operations() -> Value {
    document("Operations that windlass has recorded", list(operation()), [])
}

pub(in super::super) fn page() -> Value {
    let step = object([
        ("step", about(number(), "Its number in the plan.")),
        ("subject", text()),
        ("doing", text()),
        (
            "state",
            about(
                words(StepState::ALL.map(StepState::word)),
                "`running` of an operation that does not run: cut short.",
            ),
        ),
        ("detail", about(text(), "What it has done, or why it failed; secrets masked.")),
        ("began", maybe(text())),
        ("ended", maybe(text())),
    ]);
    let more = object([
        ("steps", list(step)),
        (
            "inputs",
            about(list(object([("name", text()), ("value", text())])), "What it was told; given values are left out."),
        ),
        ("plan", about(json!({}), "As `plan -o json` prints it; null when it cannot be read.")),
        ("repeated_by", about(list(text()), "The operations that go on from this one.")),
    ]);
    let both = operation();
    let properties = with(both["properties"].clone(), more["properties"].clone());
    let required =
        [&both, &more].into_iter().flat_map(|shape| shape["required"].as_array().cloned().unwrap_or_default());
    let required: Vec<Value> = required.collect();
    let page = with(both, json!({"properties": properties, "required": required}));
    document("An operation that windlass has recorded", page, [])
}

pub(in super::super) fn history() -> Value {
    let revision = object([
        ("revision", number()),
        ("version", text()),
        ("at", text()),
        ("good", about(flag(), "Whether its operation came to its end: a way back.")),
        ("current", about(flag(), "Whether it is what is deployed.")),
        ("operation", about(maybe(text()), "That made it; it may be forgotten by now.")),
        ("kind", maybe(text())),
        ("outcome", maybe(text())),
        ("user", maybe(text())),
    ]);
    document("The revisions of an application", list(revision), [])
}

pub(in super::super) fn starts() -> Value {
    let start = object([
        ("mta", text()),
        ("namespace", maybe(text())),
        ("org", text()),
        ("space", text()),
        ("module", text()),
        ("instance", about(maybe(number()), "From 1; null for a task or a hook.")),
        ("container", text()),
        ("operation", text()),
        ("at", about(text(), "When, by RFC 3339.")),
        ("cause", about(text(), "In words, without secrets.")),
    ]);
    document("Why the containers of a module were started", list(start), [])
}

fn operation() -> Value {
    object([
        ("v", about(fixed(1), "Rises when a field changes its meaning.")),
        ("id", text()),
        ("mta", text()),
        ("namespace", maybe(text())),
        ("org", text()),
        ("space", text()),
        ("kind", words(Kind::ALL.map(Kind::word))),
        ("state", words(State::ALL.map(State::word))),
        ("outcome", about(maybe(text()), "That of its last event, once it has ended.")),
        ("began", about(text(), "When, by RFC 3339.")),
        ("ended", maybe(text())),
        ("user", about(text(), "Of the system.")),
        ("host", text()),
        ("pid", number()),
        ("version", about(maybe(text()), "The version after it.")),
        ("revision", about(maybe(number()), "That it has made.")),
        ("repeats", about(maybe(text()), "The operation that it carries out again.")),
    ])
}
