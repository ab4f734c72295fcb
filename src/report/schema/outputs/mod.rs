//! What commands print for programs. Each shape is strict, because tests hold real output against it: whoever reads output
//! of a later version must expect further fields.

pub(super) mod events;
pub(super) mod operations;
pub(super) mod plan;
mod shape;

use super::document;
use serde_json::{Value, json};
use shape::{about, fixed, flag, list, map_of, maybe, number, object, one_of, refer, text, words};

/// `lint -o json`: an array of findings. Each of them alone is a line of `lint -o json-lines`, and of every command's
/// `--message-format json`.
pub(super) fn diagnostics() -> Value {
    let finding = object([
        (
            "code",
            about(
                text(),
                "The rule's name; `windlass explain` tells more. Of a failure that is no finding, a word for it.",
            ),
        ),
        ("severity", words(["error", "warning", "info"])),
        ("message", about(text(), "A sentence on one line, without the place.")),
        ("path", about(text(), "Where in the document: `modules[0].parameters.memory`; may be empty.")),
        ("filename", about(maybe(text()), "As given; null when there is no place.")),
        ("location", maybe(refer("location"))),
        ("end_location", maybe(refer("location"))),
        ("help", about(maybe(text()), "What to do.")),
        ("fix", maybe(refer("fix"))),
        ("related", list(refer("related"))),
    ]);
    let fix = object([
        ("applicability", about(words(["safe", "unsafe"]), "`unsafe`: only when somebody asks for it.")),
        ("message", text()),
        ("edits", about(list(refer("edit")), "All of them or none; they do not overlap.")),
    ]);
    let edit = object([
        ("content", about(text(), "What stands there afterwards; both places are the same when it is put in.")),
        ("filename?", about(text(), "Only where it is another file than that of the finding.")),
        ("location", refer("location")),
        ("end_location", refer("location")),
    ]);
    let related = object([
        ("message", text()),
        ("filename", text()),
        ("location", refer("location")),
        ("end_location", refer("location")),
    ]);
    let location = object([
        ("row", about(number(), "From 1.")),
        ("column", about(number(), "From 1, in Unicode characters; a byte-order mark takes none.")),
    ]);
    let definitions =
        [("finding", finding), ("fix", fix), ("edit", edit), ("related", related), ("location", location)];
    document("Findings of windlass", list(refer("finding")), definitions)
}

/// `status -o json`, one deployment or several; `ls -o json`.
pub(super) fn status() -> Value {
    let deployment = object([
        ("v", fixed(1)),
        ("mta", text()),
        ("namespace", maybe(text())),
        ("org", text()),
        ("space", text()),
        ("version", maybe(text())),
        ("revision", maybe(number())),
        ("at_work", about(maybe(json!({})), "The operation that is at work, if there is one.")),
        (
            "cut_short",
            about(
                maybe(object([("operation", text()), ("kind", text())])),
                "The last operation on it, when that was interrupted and nobody has gone on with it.",
            ),
        ),
        ("drifted", about(flag(), "Whether something is not as the last deployment left it.")),
        ("modules", list(refer("module"))),
        ("jobs", about(list(refer("job")), "Tasks and hooks that are at work, or left over.")),
        (
            "entries",
            list(object([
                ("provider_nid", maybe(text())),
                ("provider_id", text()),
                ("provider_version", maybe(text())),
                ("module", maybe(text())),
            ])),
        ),
        ("subscriptions", list(object([("module", text()), ("resource", text())]))),
    ]);
    let module = object(module_fields());
    let job = object([
        ("module", text()),
        ("kind", words(["task", "hook"])),
        ("name", text()),
        ("container", text()),
        ("container_id", text()),
    ]);
    document(
        "Deployments as windlass finds them",
        one_of([refer("deployment"), list(refer("deployment"))]),
        [("deployment", deployment), ("module", module), ("cause", cause()), ("instance", instance()), ("job", job)],
    )
}

/// What is not as it should be with a module.
fn cause() -> Value {
    let end = object([
        ("instance", number()),
        ("exit_code", maybe(number())),
        ("signal", about(maybe(text()), "`SIGKILL`, when a signal has ended it.")),
        ("out_of_memory", flag()),
        ("last_lines", about(list(text()), "The end of its log, secrets masked.")),
    ]);
    object([
        (
            "kind",
            words([
                "deploy-failed",
                "ended",
                "restarts",
                "unhealthy",
                "made-by-hand",
                "not-ready",
                "instances",
                "stopped",
                "running",
                "restart-pending",
                "not-run",
                "unrecorded",
            ]),
        ),
        ("text", text()),
        ("end", about(maybe(end), "Of a process that has ended.")),
    ])
}

/// `module status -o json`, and an array of the same: `module ls -o json`.
pub(super) fn module() -> Value {
    let mut fields = vec![
        ("v", fixed(1)),
        ("marker", about(text(), "What it is known by: the name of the module.")),
        ("own", about(flag(), "It was added by `module add`.")),
        ("mta", text()),
        ("namespace", maybe(text())),
        ("org", text()),
        ("space", text()),
        ("version", about(maybe(text()), "Of what is deployed; null when it never was.")),
        ("revision", number()),
        ("at_work", about(maybe(text()), "The operation that is at work on it, in words.")),
        ("tag", about(maybe(text()), "The tag of its image, or the beginning of its digest.")),
        ("restarts", about(number(), "How often the engine has started its containers again.")),
        ("since", about(maybe(text()), "Since when it runs, RFC 3339.")),
    ];
    fields.extend(module_fields());
    document(
        "Modules as their owners see them",
        one_of([refer("module"), list(refer("module"))]),
        [("module", object(fields)), ("cause", cause()), ("instance", instance())],
    )
}

fn module_fields() -> Vec<(&'static str, Value)> {
    vec![
        ("name", text()),
        ("image", maybe(text())),
        ("digest", about(maybe(text()), "What the image's tag meant when it was deployed, if a registry has said.")),
        ("display_name", about(maybe(text()), "What people call it.")),
        ("status", words(["Not Deployed", "Deploying", "Running", "Suspended", "Completed"])),
        ("suspended", about(flag(), "Somebody has stopped it on purpose, and no deployment starts it.")),
        ("restart_pending", flag()),
        ("warn", about(flag(), "Whether people should look at it; `causes` says why.")),
        ("causes", list(refer("cause"))),
        ("instances_wanted", maybe(number())),
        ("instances_running", number()),
        ("instances", list(refer("instance"))),
        ("routes", list(text())),
        ("addresses", list(text())),
        ("tasks", list(object([("name", text()), ("revision", maybe(number()))]))),
        (
            "held_back",
            about(
                list(text()),
                "What the containers lack of the last descriptor, by name, as it says they may: it waits for the next restart.",
            ),
        ),
        ("warnings", list(text())),
    ]
}

fn instance() -> Value {
    object([
        ("instance", number()),
        ("container", text()),
        ("container_id", text()),
        ("image_id", maybe(text())),
        ("state", words(["created", "running", "restarting", "paused", "exited", "dead"])),
        ("exit_code", maybe(number())),
        ("out_of_memory", flag()),
        ("health", words(["healthy", "unhealthy", "unknown"])),
        ("health_answer", maybe(text())),
        ("restarts", maybe(number())),
        ("started_at", maybe(text())),
    ])
}

/// `logs -o json`: a line of a log on each line.
pub(super) fn log() -> Value {
    let line = object([
        ("v", fixed(1)),
        ("module", text()),
        ("instance", number()),
        ("ts", about(text(), "When it was written, by the engine's clock.")),
        ("stream", about(maybe(words(["stdout", "stderr"])), "null for what was kept of an earlier container.")),
        ("line", about(text(), "Secrets are masked.")),
    ]);
    document("A line of a log", line, [])
}

/// `graph -o json`.
pub(super) fn graph() -> Value {
    let node = object([
        ("id", text()),
        ("kind", words(["module", "provided set", "published set", "resource", "configuration entries"])),
        ("name", text()),
        ("type?", text()),
        ("provider-id?", text()),
        ("order?", about(number(), "Its place in the order of deployment.")),
    ]);
    let edge = object([
        ("from", about(text(), "The `id` of a node.")),
        ("to", text()),
        ("kind", words(["requires", "provided by", "after"])),
    ]);
    let graph = object([("title", text()), ("nodes", list(node)), ("edges", list(edge))]);
    document("The dependencies inside a descriptor", graph, [])
}

/// `plan --order-only -o json`.
pub(super) fn order() -> Value {
    let module = object([("name", text()), ("after", about(list(text()), "The modules that it waits for."))]);
    let order = object([
        ("parallel", about(flag(), "Whether modules wait for nothing but `deployed-after`.")),
        ("modules", list(module)),
        ("resources", about(list(list(text())), "Batches; the resources of one are processed together.")),
    ]);
    document("The order of a deployment", order, [])
}

/// `env -o json`, with and without `--explain`.
pub(super) fn env() -> Value {
    let explained = object([
        ("value", text()),
        ("from", refer("origin")),
        ("overrode", about(list(refer("origin")), "What it won over.")),
    ]);
    let origin = object([
        ("place", about(text(), "`mtad.yaml:31`, or who gave it.")),
        (
            "parts?",
            about(
                list(object([("hole", text()), ("from", refer("origin"))])),
                "What was put into the text for each `${…}` and `~{…}`.",
            ),
        ),
    ]);
    let variable = one_of([text(), refer("explained")]);
    document("The environment of each module", map_of(map_of(variable)), [("explained", explained), ("origin", origin)])
}

/// `doctor -o json`.
pub(super) fn doctor() -> Value {
    let check = object([
        ("name", about(text(), "Several checks may have the same.")),
        ("verdict", words(["ok", "no", "warn", "fail"])),
        ("text", text()),
        ("problem?", about(text(), "A stable word for what is wrong with an image, such as `tag-missing`.")),
        ("details", list(text())),
        ("next", about(list(text()), "What to do.")),
    ]);
    let engine = object([("endpoint", text()), ("chosen_because", text()), ("version", text()), ("host", text())]);
    let place = object([
        ("source", text()),
        ("address", maybe(text())),
        ("fate", about(text(), "`chosen`, `unset`, `missing`, `outranked`.")),
    ]);
    let check_up = object([
        ("v", fixed(1)),
        ("checks", list(check)),
        ("engine", maybe(engine)),
        ("candidates", about(list(place), "Where an engine may be named, the strongest first.")),
    ]);
    document("A check-up of windlass's surroundings", check_up, [])
}

/// `secret ls -o json`.
pub(super) fn secrets() -> Value {
    let secret = object([("name", text()), ("set", about(text(), "Since when, by RFC 3339."))]);
    document("The secrets that are kept, without values", list(secret), [])
}

/// `state check -o json`.
pub(super) fn state_check() -> Value {
    let finding = object([
        ("kind", words(["exposed", "damaged", "sealed", "unreadable", "foreign", "left-over", "unusable"])),
        ("text", text()),
        ("next", about(list(text()), "What to do.")),
    ]);
    let check = object([
        ("v", fixed(1)),
        ("path", about(text(), "The state file.")),
        ("schema", about(maybe(number()), "Null when the file could not be opened.")),
        ("read", about(map_of(number()), "How much of what was read.")),
        ("findings", list(finding)),
    ]);
    document("Whether a state is whole", check, [])
}

/// `target ls -o json`.
pub(super) fn targets() -> Value {
    document("The targets with a name", list(object([("name", text()), ("file", text())])), [])
}

/// `version-check -o json`.
pub(super) fn version_check() -> Value {
    let answer = object([
        ("version", text()),
        ("change?", about(text(), "From the deployed version to this one.")),
        ("allowed?", about(flag(), "Whether the version rule allows it.")),
        ("satisfies?", about(flag(), "Whether it lies in the range.")),
    ]);
    document("An answer about versions", answer, [])
}

fn entry() -> Value {
    object([
        ("id?", about(number(), "In this registry.")),
        ("provider-nid?", text()),
        ("provider-id", text()),
        ("provider-version?", text()),
        ("provider-namespace?", text()),
        ("target", refer("space")),
        ("content?", json!({})),
        ("visibility?", list(refer("space"))),
        ("module?", text()),
    ])
}

fn space() -> Value {
    object([("org", text()), ("space", text())])
}

/// `registry ls`, `show`, `export` and `entries`, with `-o json`.
pub(super) fn entries() -> Value {
    document("Configuration entries", list(refer("entry")), [("entry", entry()), ("space", space())])
}

/// `registry subscriptions -o json`.
pub(super) fn subscriptions() -> Value {
    let subscription = object([
        ("mta-id", text()),
        ("module", text()),
        ("resource", text()),
        ("filter", about(text(), "What is asked for, in words.")),
        ("properties", about(json!({"type": "object"}), "Of the module, as they are remembered.")),
        ("requires", about(json!({"type": "object"}), "The requirement, as it is remembered.")),
    ]);
    document("What a deployment would follow", list(subscription), [])
}

/// `registry match -o json`.
pub(super) fn matches() -> Value {
    let part = object([("part", text()), ("accepted", flag()), ("why", text())]);
    let explained = object([("entry", refer("entry")), ("matches", flag()), ("parts", list(part))]);
    let answer = object([
        ("asks", about(text(), "What is asked for, in words.")),
        ("matches", about(number(), "How many entries match.")),
        ("entries", list(explained)),
    ]);
    document("Which configuration entries match, and why", answer, [("entry", entry()), ("space", space())])
}
