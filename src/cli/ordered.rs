//! What an operation was told to do, in the form in which it is kept: enough to do it again.
//!
//! Doing it again means planning anew, from the same texts and values, against the world of then. What lies outside and is
//! too large to be kept (archives, contents of modules) is read again, and must still be what it was.

use super::exit::{Exit, Failure};
use super::kept::Kept;
use super::{Global, Inputs, saved, selection};
use crate::deploy::look::Planned;
use crate::deploy::recorder::Intent;
use crate::operation::{Kind, OperationId};
use crate::package::Origin;
use crate::plan::Plan;
use crate::plan::saved as plans;
use crate::plan::world::{World, moved};
use crate::report::{plan_json, progress};
use crate::source::{FileId, Sources};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::time::Duration;

/// The version of the shape.
const FORMAT: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Order {
    format: u32,
    /// Which windlass was told.
    windlass: String,
    host: Option<String>,
    context: Option<String>,
    /// The command line, as far as it says what is planned.
    pub inputs: plans::Inputs,
    pub kept: Kept,
    /// What the plan was made from, as far as it must be the same again.
    facts: World,
    pub manner: Manner,
    pub what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Deploy,
    Undeploy {
        mta: String,
        delete_data: bool,
    },
    Rollback {
        mta: String,
        to: u64,
    },
    /// Something that is best done again by its command: the words behind `windlass`.
    Command(Vec<String>),
}

/// How it was to be carried out.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manner {
    pub start_timeout: Option<Duration>,
    pub task_timeout: Option<Duration>,
    pub parallel: Option<NonZeroUsize>,
    /// Whether what was suspended was to be started, too.
    #[serde(default)]
    pub resume: bool,
    /// Whether no image registry was to be asked.
    #[serde(default)]
    pub no_image_check: bool,
    /// Whether it was to be given up at a failure.
    #[serde(default)]
    pub abort_on_error: bool,
}

/// Where a deployment was read from, once it is planned.
pub struct Read<'a> {
    pub sources: &'a Sources,
    pub descriptor: FileId,
    pub origin: &'a Origin,
    pub kept: Kept,
}

impl Order {
    pub fn new(what: What, manner: Manner, inputs: plans::Inputs, global: &Global) -> Order {
        Order {
            format: FORMAT,
            windlass: plans::VERSION.to_owned(),
            host: global.host.clone(),
            context: global.context.clone(),
            inputs,
            kept: Kept::default(),
            facts: World::new(),
            manner,
            what,
        }
    }

    /// The same, with everything that was read for the plan.
    pub fn having_read(mut self, read: Read<'_>, planned: &Planned) -> Order {
        self.kept = read.kept;
        self.kept.note_texts(read.sources);
        // A folder may have another descriptor by then; an unpacked archive is found by its manifest.
        if !matches!(read.origin, Origin::Archive(_) | Origin::Folder { manifest: Some(_), .. }) {
            self.inputs.descriptor = Some(read.sources.get(read.descriptor).name().to_owned());
        }
        self.facts = lasting(&planned.plan.world);
        self
    }

    /// What the operation is, for the record.
    pub fn intent(&self, kind: Kind, plan: &Plan, repeats: Option<OperationId>) -> Intent {
        Intent {
            kind,
            order: serde_json::to_string(self).expect("maps with text keys and plain values always have a JSON form"),
            plan: plan_json::plan(plan).to_string(),
            repeats,
            form: progress::said,
        }
    }

    /// What it was told, for people: names and places, and of values that were given no more than that there were some.
    pub fn shown(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let mut add = |name: &str, value: String| all.push((name.to_owned(), value));
        let inputs = &self.inputs;
        add("folder", inputs.directory.clone());
        match &self.what {
            What::Deploy => inputs.descriptor.iter().for_each(|path| add("descriptor", path.clone())),
            What::Undeploy { delete_data: true, .. } => add("data", "to be deleted".to_owned()),
            What::Undeploy { .. } => {}
            What::Rollback { to, .. } => add("to revision", to.to_string()),
            What::Command(words) => add("command", format!("windlass {}", words.join(" "))),
        }
        inputs.extensions.iter().for_each(|path| add("extension", path.clone()));
        for set in &inputs.set {
            add("set", format!("{}=(not shown)", set.split('=').next().unwrap_or_default()));
        }
        inputs.set_file.iter().for_each(|set| add("set from", set.clone()));
        for name in self.kept.secure.iter().flat_map(|secure| secure.keys()) {
            add("secure", name.clone());
        }
        for name in self.kept.environment.keys() {
            add("variable", name.clone());
        }
        inputs.target.iter().for_each(|target| add("target", target.clone()));
        let engine = self.host.as_ref().or(self.context.as_ref());
        engine.into_iter().for_each(|engine| add("engine", engine.clone()));
        let wished = selection::words(&selection::wishes(inputs));
        if !wished.is_empty() {
            add("option", wished.join(" "));
        }
        for (flag, set) in [
            ("--no-hooks", inputs.no_hooks),
            ("--resume", self.manner.resume),
            ("--abort-on-error", self.manner.abort_on_error),
            ("--no-restart-subscribed-apps", !inputs.restart_subscribers),
        ] {
            if set {
                add("option", flag.to_owned());
            }
        }
        all
    }

    /// Reads the order of an operation.
    pub fn read(text: &str, id: &OperationId) -> Result<Order, Failure> {
        let what = || Failure::new(Exit::Usage, format!("operation {id} cannot be carried out again"));
        let newer = serde_json::from_str::<serde_json::Value>(text)
            .is_ok_and(|value| value.get("format").and_then(serde_json::Value::as_u64) > Some(u64::from(FORMAT)));
        if newer {
            return Err(what().why("a newer windlass has recorded it").next("use that windlass, or deploy anew"));
        }
        // Not serde's words: they may quote a value, and orders hold secrets.
        serde_json::from_str(text).map_err(|_| {
            what().why("what it was told is not what this windlass writes").next("deploy anew: `windlass deploy`")
        })
    }

    /// The command line that it was told with. From now on the process works in the folder of then.
    pub fn again(&self, global: &Global) -> Result<(Inputs, Global), Failure> {
        let (mut inputs, mut global) = saved::again(&self.inputs, global)?;
        inputs.kept = self.kept.clone();
        if global.host.is_none() && global.context.is_none() {
            global.host.clone_from(&self.host);
            global.context.clone_from(&self.context);
        }
        Ok((inputs, global))
    }

    /// Refuses when something that was not kept is no longer what it was.
    pub fn unmoved(&self, now: &Planned, id: &OperationId) -> Result<(), Failure> {
        let moved = moved(&self.facts, &lasting(&now.plan.world));
        if moved.is_empty() {
            return Ok(());
        }
        Err(Failure::new(Exit::Findings, format!("operation {id} cannot be carried out again as it was"))
            .why(moved.join("\n"))
            .next("deploy what is there now: `windlass deploy`"))
    }
}

/// The facts that do not come from what an operation does itself: files that are not kept, and where it all goes.
fn lasting(world: &World) -> World {
    let kinds = ["file `", "content of module `", "value of `", "engine"];
    let lasts = |name: &String| kinds.iter().any(|kind| name.starts_with(kind));
    world.iter().filter(|(name, _)| lasts(name)).map(|(name, state)| (name.clone(), state.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order() -> Order {
        let inputs = json!({
            "directory": "/srv/shop", "descriptor": "mtad.yaml", "extensions": ["prod.mtaext"],
            "set": ["modules.web.properties.PIN=hunter2"], "set_file": ["modules.web.properties.KEY=key.txt"],
            "target": null, "org": null, "space": null, "namespace": null, "compat": null, "no_start": true,
            "restart_subscribers": false, "timestamp": "1700000000000",
        });
        let kept = Kept {
            texts: [("mtad.yaml".to_owned(), "ID: shop".to_owned())].into(),
            set_files: [("key.txt".to_owned(), "hunter3".to_owned())].into(),
            secure: Some([("__MTA___pin".to_owned(), "hunter4".to_owned())].into()),
            environment: [("PIN".to_owned(), "hunter5".to_owned())].into(),
        };
        Order {
            format: FORMAT,
            windlass: "1".into(),
            host: Some("unix:///engine.sock".into()),
            context: None,
            inputs: serde_json::from_value(inputs).expect("inputs"),
            kept,
            facts: World::new(),
            manner: Manner { start_timeout: Some(Duration::from_secs(7)), ..Manner::default() },
            what: What::Deploy,
        }
    }

    #[test]
    fn what_was_told_comes_back_whole_and_is_shown_without_a_value() {
        let id = OperationId::new("8f3c2a1d");
        let text = serde_json::to_string(&order()).expect("JSON");
        let back = Order::read(&text, &id).expect("what was written is readable");
        assert_eq!(serde_json::to_string(&back).expect("JSON"), text);
        let shown: Vec<String> = back.shown().iter().map(|(name, value)| format!("{name} {value}")).collect();
        assert_eq!(
            shown,
            [
                "folder /srv/shop",
                "descriptor mtad.yaml",
                "extension prod.mtaext",
                "set modules.web.properties.PIN=(not shown)",
                "set from modules.web.properties.KEY=key.txt",
                "secure __MTA___pin",
                "variable PIN",
                "engine unix:///engine.sock",
                "option --no-start",
                "option --no-restart-subscribed-apps",
            ]
        );
        assert!(!format!("{back:?}").contains("hunter3"), "what was read is never printed");
    }

    #[test]
    fn an_order_of_the_future_or_of_nobody_is_refused_without_quoting_it() {
        let id = OperationId::new("8f3c2a1d");
        for (text, why) in [(r#"{"format": 9, "pin": "hunter2"}"#, "newer"), (r#"{"pin": "hunter2"}"#, "not what")] {
            let refused = format!("{:?}", Order::read(text, &id).expect_err("refused"));
            assert!(refused.contains(why) && !refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn only_what_an_operation_does_not_change_itself_must_be_the_same_again() {
        let fact = |name: &str| (name.to_owned(), "a".to_owned());
        let world: World =
            ["engine", "file `mtad.yaml`", "content of module `web`", "container `x`", "what is deployed"]
                .map(fact)
                .into();
        let names: Vec<String> = lasting(&world).into_keys().collect();
        assert_eq!(names, ["content of module `web`", "engine", "file `mtad.yaml`"]);
    }
}
