//! Writing down what an operation does: it stands between the operation and whoever listens.
//!
//! Before the first step everything must be written, or nothing begins. Afterwards nothing that cannot be written stops the
//! operation: half of a deployment is worse than half of its story. Then that is told once, and what is missing is tried
//! again with everything that comes later.

use super::event::{Event, Events, Instance, Job};
use super::step::{doing, subject};
use super::{Options, Outcome, cause};
use crate::operation::{Kind, OperationId, Started, State, StepState};
use crate::plan::Plan;
use crate::store::{Begun, Journal, Note, Store, StoreError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// What an operation is, for the record. The command line makes it once the plan was reviewed.
pub struct Intent {
    pub kind: Kind,
    /// What it was told to do, in the command line's own form. Is kept sealed.
    pub order: String,
    /// Its plan as JSON, masked.
    pub plan: String,
    /// The operation that this one resumes or retries.
    pub repeats: Option<OperationId>,
    pub form: Form,
}

/// How an event is written: `report` knows, and this floor does not. Takes the time, the operation and the event.
pub type Form = fn(SystemTime, &str, &Event) -> Said;

/// An event as it is kept.
pub struct Said {
    /// As `--progress json` prints it.
    pub json: String,
    /// As people read it: who, and what of it.
    pub lines: Vec<(String, String)>,
}

pub(super) struct Recorder<'a> {
    plan: &'a Plan,
    operation: OperationId,
    /// What it is when it fails.
    failed: State,
    form: Form,
    to: &'a dyn Events,
    held: Mutex<Held>,
}

struct Held {
    journal: Journal,
    waiting: Vec<Note>,
    since: Instant,
    /// It was told that something cannot be written.
    told: bool,
}

/// What can wait is written together with what cannot, or when there is so much of it, or after so long.
const MANY: usize = 64;
const LONG: Duration = Duration::from_secs(1);

/// When nothing can be written, no more than this is kept for later.
const TOO_MANY: usize = 10_000;

impl<'a> Recorder<'a> {
    /// Writes the operation down. Nothing has been done yet.
    pub fn begin(
        store: &Store,
        plan: &'a Plan,
        intent: &Intent,
        options: &Options,
        to: &'a dyn Events,
    ) -> Result<Recorder<'a>, StoreError> {
        let id = OperationId::new(options.operation.as_str());
        let steps: Vec<_> =
            plan.steps.iter().map(|step| (step.id.0, subject(&step.action), doing(&step.action))).collect();
        let journal = store.journal(&id)?;
        store.begin(&Begun {
            id: &id,
            deployment: &plan.deployment,
            kind: intent.kind,
            version: plan.to.as_deref(),
            repeats: intent.repeats.as_ref(),
            order: &intent.order,
            plan: &intent.plan,
            steps: &steps,
        })?;
        let held = Held { journal, waiting: Vec::new(), since: Instant::now(), told: false };
        let failed = if options.abort_on_error { State::Aborted } else { State::Failed };
        Ok(Recorder { plan, operation: id, failed, form: intent.form, to, held: Mutex::new(held) })
    }

    /// What is to be written of an event, beside the event itself.
    fn note(&self, at: SystemTime, event: &Event) -> Option<Note> {
        match event {
            Event::StepStarted { step, .. } => Some(Note::StepBegan { at, step: step.0 }),
            Event::StepFinished { step, result, .. } => {
                Some(Note::StepEnded { at, step: step.0, state: StepState::Done, detail: result.clone() })
            }
            Event::StepFailed { step, failure, .. } => {
                let detail = failure.problem.to_string();
                Some(Note::StepEnded { at, step: step.0, state: StepState::Failed, detail })
            }
            Event::StepSkipped { step, .. } => {
                Some(Note::StepEnded { at, step: step.0, state: StepState::Skipped, detail: String::new() })
            }
            Event::InstanceStarted(instance) => Some(self.started(at, instance, cause::of_start(self.plan, instance))),
            Event::InstanceRestored(instance) => Some(self.started(at, instance, cause::RESTORED.to_owned())),
            Event::JobStarted(job) => Some(self.job(at, job)),
            Event::OperationFinished { outcome, .. } => {
                let state = match outcome {
                    Outcome::Finished | Outcome::Subscribers => State::Finished,
                    Outcome::Restored | Outcome::Partial => self.failed,
                    Outcome::Interrupted => State::Interrupted,
                };
                Some(Note::Ended { at, state, outcome: outcome.word() })
            }
            _ => None,
        }
    }

    fn started(&self, at: SystemTime, instance: &Instance, cause: String) -> Note {
        let Instance { mta, module, number, container } = instance.clone();
        let (deployment, instance, operation) = (mta, number, self.operation.clone());
        // The journal knows the time.
        let started = Started { deployment, module, instance, container, operation, at: 0, cause };
        Note::Started { at, started: Box::new(started) }
    }

    fn job(&self, at: SystemTime, job: &Job) -> Note {
        let started = Started {
            deployment: job.mta.clone(),
            module: job.module.clone(),
            instance: 0,
            container: job.container.clone(),
            operation: self.operation.clone(),
            at: 0,
            cause: cause::of_job(self.plan, job),
        };
        Note::Started { at, started: Box::new(started) }
    }

    /// Writes what waits, unless it can wait on. Returns why that is impossible, when nobody has been told yet.
    fn write(&self, notes: impl IntoIterator<Item = Note>, urgent: bool) -> Option<StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.waiting.len() < TOO_MANY {
            held.waiting.extend(notes);
        } else {
            held.waiting.extend(notes.into_iter().filter(|note| !matches!(note, Note::Event { .. })));
        }
        if !urgent && held.waiting.len() < MANY && held.since.elapsed() < LONG {
            return None;
        }
        held.since = Instant::now();
        let Held { journal, waiting, told, .. } = &mut *held;
        match journal.write(waiting) {
            Ok(()) => {
                waiting.clear();
                None
            }
            Err(error) => (!std::mem::replace(told, true)).then_some(error),
        }
    }
}

impl Events for Recorder<'_> {
    fn tell(&self, at: SystemTime, event: &Event) {
        let Said { json, lines } = (self.form)(at, self.operation.as_str(), event);
        let notes = [Some(Note::Event { at, json, lines }), self.note(at, event)];
        let trouble = self.write(notes.into_iter().flatten(), !can_wait(event));
        // The last event is the last one, whatever else there is to say.
        if let Some(error) = trouble {
            self.to.tell(at, &Event::OperationUnrecorded { reason: error.to_string() });
        }
        self.to.tell(at, event);
    }
}

/// Of those there may be very many, and none of them says what was done.
fn can_wait(event: &Event) -> bool {
    matches!(
        event,
        Event::InstanceProbed { .. }
            | Event::InstanceWrote { .. }
            | Event::JobWrote { .. }
            | Event::OperationAwaited { .. }
            | Event::InstanceCreated(_)
            | Event::InstanceHealthy { .. }
    )
}
