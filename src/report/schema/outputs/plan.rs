//! `plan -o json`.

use super::shape::{about, fixed, flag, list, maybe, number, object, one_of, refer, text, with, words};
use crate::report::plan_json;
use crate::report::schema::document;
use serde_json::{Value, json};

pub(in super::super) fn schema() -> Value {
    let plan = object([
        ("format", fixed(plan_json::FORMAT)),
        ("kind", words(["deploy", "undeploy", "suspend", "resume", "restart", "delete"])),
        ("mta", text()),
        ("namespace", maybe(text())),
        ("org", text()),
        ("space", text()),
        ("changes", about(flag(), "Whether there is anything to do, be it only to remember something.")),
        ("from", about(maybe(text()), "The version that is deployed.")),
        ("to", about(maybe(text()), "The version after; null for an undeployment.")),
        ("steps", about(list(refer("step")), "In an order in which they could be done one by one.")),
        (
            "broken_subscribers",
            about(
                list(object([("subscriber", refer("subscriber")), ("resource", text()), ("reason", text())])),
                "Modules of other deployments that keep their old environment, and why.",
            ),
        ),
        ("unchanged", about(list(text()), "Modules without any change, in deploy order.")),
        (
            "left_alone",
            about(list(text()), "Modules of the descriptor that were not selected; nothing is done about them."),
        ),
        (
            "drift",
            about(
                list(object([
                    ("kind", words(["module", "network", "volume"])),
                    ("name", text()),
                    ("detail", about(text(), "In words, without any value of a variable.")),
                ])),
                "What is not as the last deployment left it, one for each thing; the steps repair it.",
            ),
        ),
        ("notices", list(text())),
    ]);
    let plan = about(
        plan,
        "What `windlass plan -o json` prints. Fields are only added within one `format`. Secret values are never in it: \
         where `sensitive` is true, values are null.",
    );
    document("A plan of windlass", plan, definitions())
}

/// The steps by what they do; each also has the fields of all steps.
fn steps() -> Vec<Value> {
    vec![
        about(
            step(object([("action", fixed("pull-image")), ("module", text()), ("image", text())])),
            "The engine has no image of this name.",
        ),
        step(object([("action", fixed("create-network")), ("name", text())])),
        step(object([("action", fixed("create-volume")), ("name", text())])),
        about(
            hooked(object([("action", fixed("start-module")), ("module", text()), ("unit", refer("unit"))])),
            "Nothing of the module is there: all instances are created.",
        ),
        about(
            step(object([
                ("action", fixed("add-instances")),
                ("module", text()),
                ("instances", list(number())),
                ("unit", refer("unit")),
            ])),
            "Some instances stay; these are created beside them.",
        ),
        about(
            hooked(object([
                ("action", fixed("replace-module")),
                ("module", text()),
                ("handover", refer("handover")),
                ("containers", list(refer("container"))),
                ("unit", refer("unit")),
            ])),
            "New instances take the place of old ones.",
        ),
        about(
            hooked(object([
                ("action", fixed("wake-module")),
                ("module", text()),
                ("containers", list(refer("container"))),
            ])),
            "The containers are as wanted, but do not run.",
        ),
        about(
            hooked(object([
                ("action", fixed("stop-module")),
                ("module", text()),
                ("containers", list(refer("container"))),
            ])),
            "The containers run and should not.",
        ),
        about(
            hooked(object([
                ("action", fixed("remove-module")),
                ("module", text()),
                ("containers", list(refer("container"))),
            ])),
            "Containers that nothing wants any more.",
        ),
        about(
            step(object([
                ("action", fixed("run-task")),
                ("module", text()),
                ("name", refer("job/properties/name")),
                ("declared", refer("job/properties/declared")),
                ("command", refer("job/properties/command")),
                ("timeout", refer("job/properties/timeout")),
            ])),
            "Runs a task of a module in a container of its own, to its end.",
        ),
        about(
            step(object([("action", fixed("clear-away")), ("containers", list(refer("container")))])),
            "Removes containers of tasks and hooks that an operation left which was cut short.",
        ),
        about(
            step(object([("action", fixed("publish")), ("module", text()), ("entries", list(refer("entry")))])),
            "Entries are added to the registry, or get another content.",
        ),
        about(
            step(object([("action", fixed("retract")), ("entries", list(refer("entry")))])),
            "Entries are taken out of the registry.",
        ),
        step(object([("action", fixed("subscribe")), ("subscriptions", list(refer("subscription")))])),
        step(object([("action", fixed("unsubscribe")), ("subscriptions", list(refer("subscription")))])),
        about(
            step(object([
                ("action", fixed("update-subscriber")),
                ("subscriber", refer("subscriber")),
                ("restart", words(["now", "later"])),
                ("handover", refer("handover")),
                ("variables", list(refer("variable_change"))),
                ("containers", list(refer("container"))),
            ])),
            "A module of another deployment gets another environment.",
        ),
        about(step(object([("action", fixed("remove-volume")), ("name", text())])), "With its data."),
        step(object([("action", fixed("remove-network")), ("name", text())])),
    ]
}

fn definitions() -> Vec<(&'static str, Value)> {
    vec![
        ("step", json!({"oneOf": steps()})),
        (
            "cause",
            one_of([
                object([("kind", words(["missing", "orphaned", "requested", "needed"]))]),
                about(object([("kind", fixed("drifted")), ("detail", text())]), "Not as the last deployment left it."),
                about(object([("kind", fixed("due")), ("detail", text())]), "Something that runs once has to run."),
                object([("kind", fixed("changed")), ("changes", list(refer("change")))]),
            ]),
        ),
        (
            "change",
            one_of([
                object([
                    ("what", about(text(), "`image`, `command`, `memory` …")),
                    ("change", refer("kind_of_change")),
                    ("old", maybe(text())),
                    ("new", maybe(text())),
                    ("sensitive", flag()),
                ]),
                object([("what", fixed("env")), ("variables", list(refer("variable_change")))]),
            ]),
        ),
        ("kind_of_change", words(["added", "changed", "removed"])),
        (
            "variable_change",
            object([
                ("name", text()),
                (
                    "path",
                    about(
                        text(),
                        "Place inside a JSON value, such as `[0].url`; then `old` and `new` are JSON texts. Empty for the variable itself.",
                    ),
                ),
                ("origin", about(maybe(text()), "Where the new value comes from, such as `mtad.yaml:31`.")),
                ("change", refer("kind_of_change")),
                ("old", maybe(text())),
                ("new", maybe(text())),
                ("sensitive", flag()),
            ]),
        ),
        (
            "unit",
            about(
                object([
                    ("image", maybe(text())),
                    ("instances", number()),
                    ("start", flag()),
                    ("runs_once", about(flag(), "`execute-app`: it runs to an end instead of staying up.")),
                    ("port", maybe(number())),
                    (
                        "ports",
                        list(object([
                            ("container", number()),
                            ("host", about(maybe(number()), "null: the engine chooses.")),
                            ("address", maybe(text())),
                            ("protocol", words(["tcp", "udp"])),
                        ])),
                    ),
                    ("memory", about(maybe(number()), "Bytes.")),
                    ("volumes", list(text())),
                    ("health", maybe(text())),
                    ("declared", about(maybe(text()), "Where the module stands in the descriptor.")),
                    (
                        "environment",
                        list(object([
                            ("name", text()),
                            ("value", maybe(text())),
                            ("sensitive", flag()),
                            ("origin", maybe(text())),
                        ])),
                    ),
                ]),
                "What a module's containers are made from.",
            ),
        ),
        ("handover", words(["new-first", "old-first"])),
        ("container", object([("id", text()), ("name", text())])),
        (
            "entry",
            object([
                ("provider_id", text()),
                ("provider_version", maybe(text())),
                ("provider_namespace", maybe(text())),
                ("org", text()),
                ("space", text()),
                ("update", about(flag(), "Whether an entry with this identity is there already.")),
            ]),
        ),
        ("subscription", object([("module", text()), ("resource", text())])),
        (
            "subscriber",
            object([
                ("mta", text()),
                ("namespace", maybe(text())),
                ("org", text()),
                ("space", text()),
                ("module", text()),
            ]),
        ),
        (
            "job",
            object([
                ("name?", text()),
                ("declared?", about(maybe(text()), "Where the descriptor declares it: `mtad.yaml:31`.")),
                ("command?", about(maybe(text()), "Null when it holds a secret.")),
                ("timeout?", about(number(), "Seconds.")),
            ]),
        ),
        (
            "hook",
            object([
                ("phase", words(["before-unmap-routes", "before-stop", "after-stop", "before-start"])),
                ("name", refer("job/properties/name")),
                ("declared", refer("job/properties/declared")),
                ("command", refer("job/properties/command")),
                ("timeout", refer("job/properties/timeout")),
            ]),
        ),
    ]
}

/// A step: what it does, and the fields of all steps.
fn step(does: Value) -> Value {
    let all = object([
        ("id", about(number(), "Position in the list of steps.")),
        ("after", about(list(number()), "Steps that must have ended well before.")),
        ("causes", list(refer("cause"))),
    ]);
    together(all, does)
}

/// A step around which hooks run.
fn hooked(does: Value) -> Value {
    together(
        step(does),
        object([(
            "hooks?",
            about(
                list(refer("hook")),
                "What runs once around it, in the order in which it runs; absent when there is nothing.",
            ),
        )]),
    )
}

/// The fields of both.
fn together(one: Value, other: Value) -> Value {
    let properties = with(one["properties"].clone(), other["properties"].clone());
    let required =
        [&one["required"], &other["required"]].into_iter().flat_map(|list| list.as_array().into_iter().flatten());
    let required: Vec<Value> = required.cloned().collect();
    with(one, json!({"properties": properties, "required": required}))
}
