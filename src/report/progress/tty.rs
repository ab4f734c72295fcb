//! Live lines on a terminal: one per step that is at work, with what it waits for; what is done scrolls up.

use super::plain;
use crate::deploy::event::{Event, Instance, Job};
use crate::plan::job::JobKind;
use crate::plan::{PlanKind, StepId};
use crate::registry::DeploymentId;
use crate::report::paint::{Colour, Paint, harmless};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) struct Terminal {
    colour: Colour,
    all: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    deployment: Option<DeploymentId>,
    header: Option<ProgressBar>,
    /// By step, with the step's subject.
    lines: BTreeMap<StepId, (String, ProgressBar)>,
}

const TICK: Duration = Duration::from_millis(120);

impl Terminal {
    pub fn new(colour: Colour) -> Terminal {
        Terminal { colour, all: MultiProgress::new(), state: Mutex::default() }
    }

    pub fn tell(&self, event: &Event) {
        let mut state = self.state();
        match event {
            Event::OperationStarted { deployment, kind, to, from, steps } => {
                state.deployment = Some(deployment.clone());
                if *steps > 0 {
                    let doing = match kind {
                        PlanKind::Deploy => "deploying",
                        PlanKind::Undeploy => "undeploying",
                        PlanKind::Suspend => "suspending",
                        PlanKind::Resume => "resuming",
                        PlanKind::Restart => "restarting",
                        PlanKind::Delete => "deleting from",
                    };
                    let version = to.as_ref().or(from.as_ref()).map_or("", String::as_str);
                    let header = self.all.add(ProgressBar::new(*steps as u64));
                    header.set_style(style("{msg}  {pos} of {len} steps  {elapsed}"));
                    header.set_message(format!("{doing} {deployment} {version} to {}", deployment.space));
                    header.enable_steady_tick(TICK);
                    state.header = Some(header);
                }
            }
            Event::StepStarted { step, subject, doing } => {
                let line = self.all.add(ProgressBar::new_spinner());
                line.set_style(style("  {spinner} {prefix:28} {wide_msg} {elapsed}"));
                line.set_prefix(harmless(subject).into_owned());
                line.set_message(doing.clone());
                line.enable_steady_tick(TICK);
                state.lines.insert(*step, (subject.clone(), line));
            }
            Event::StepFinished { step, .. } | Event::StepFailed { step, .. } => {
                if let Some((_, line)) = state.lines.remove(step) {
                    line.finish_and_clear();
                    self.all.remove(&line);
                }
                if let Some(header) = &state.header {
                    header.inc(1);
                }
                let word = match event {
                    Event::StepFailed { .. } => self.colour.paint(Paint::Red, "failed"),
                    _ => self.colour.paint(Paint::Green, "ok    "),
                };
                self.say(&word, event);
            }
            Event::InstanceStarted(instance) => state.wait(instance, "started, waiting until it is up"),
            Event::InstanceProbed { instance, probe, answer, .. } => {
                state.wait(instance, &format!("waiting for health, probe {probe}, last: {answer}"));
            }
            Event::InstanceHealthy { instance, .. } => state.wait(instance, "healthy"),
            Event::InstanceStopped(instance) => state.wait(instance, "stopped"),
            Event::InstanceRemoved(instance) => state.wait(instance, "removed"),
            Event::InstanceCompleted { instance, .. } => state.wait(instance, "completed"),
            // What jobs write stays, as in a build log: when one fails later, it tells how far things had come.
            Event::InstanceWrote { .. } | Event::JobWrote { .. } | Event::JobEnded { .. } => self.say("      ", event),
            Event::JobStarted(job) => state.job(job),
            Event::InstanceRestored(_)
            | Event::EntryPublished { .. }
            | Event::EntryRetracted { .. }
            | Event::SubscriptionAdded { .. }
            | Event::SubscriptionRemoved { .. }
            | Event::StepSkipped { .. } => self.say("      ", event),
            Event::OperationInterrupted { .. } => self.say(&self.colour.paint(Paint::Yellow, "stop  "), event),
            Event::OperationUnrecorded { .. } => self.say(&self.colour.paint(Paint::Yellow, "note  "), event),
            Event::OperationFinished { .. } => {
                for (_, line) in state.lines.values() {
                    line.finish_and_clear();
                }
                if let Some(header) = &state.header {
                    header.finish_and_clear();
                }
            }
            // Before there is any line: what it waits for to begin.
            Event::OperationAwaited { .. } if state.header.is_none() => self.say("wait  ", event),
            // The live lines say it all the time.
            Event::OperationAwaited { .. } | Event::InstanceCreated(_) => {}
            Event::SubscriberUpdated { .. } | Event::SubscriberRecorded { .. } | Event::SubscriberFailed { .. } => {}
        }
    }

    /// A line that stays, above the live ones.
    fn say(&self, word: &str, event: &Event) {
        for (who, text) in plain::texts(event, self.colour) {
            let _ = self.all.println(format!("  {word} {who:<28} {text}"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A task is a step of its own; a hook belongs to what is done to its module.
    fn job(&self, job: &Job) {
        let subject = match job.kind {
            JobKind::Task => job.to_string(),
            JobKind::Hook => format!("module {}", job.module),
        };
        if let Some((_, line)) = self.lines.values().find(|(held, _)| *held == subject) {
            line.set_message(format!("{} {} runs", job.kind.word(), harmless(&job.name)));
        }
    }

    fn wait(&self, instance: &Instance, text: &str) {
        let subject = if self.deployment.as_ref() == Some(&instance.mta) {
            format!("module {}", instance.module)
        } else {
            format!("subscriber {}/{}", instance.mta, instance.module)
        };
        if let Some((_, line)) = self.lines.values().find(|(held, _)| *held == subject) {
            line.set_message(format!("instance {}: {}", instance.number, harmless(text)));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates in this file are well-formed")
}
