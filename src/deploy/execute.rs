//! Doing what a plan says, as much at a time as its order allows.
//!
//! All steps are futures of one task: there is nothing to spawn, borrow checking covers it all, and dropping them is how
//! the second Ctrl-C ends the operation at once. How many *engine calls* run at a time is bounded by permits; how many
//! steps *wait* for health at a time is not, so fifty modules come up nearly as fast as the engine can start them.
//!
//! After a failure nothing new begins, as with the deploy service, and what runs goes on to its end. When subscribers are
//! among what was not begun, published entries are taken back: registry and subscribers change together or not at all, and
//! the next try sees that both are still to be done.

use super::event::{Event, Events};
use super::failure::{Aftermath, Failure, Problem};
use super::queue::Queue;
use super::record::Ledger;
use super::site::{Home, Site};
use super::step::{declared, doing, perform, subject};
use super::stop::Urgency;
use super::unit::Failed;
use super::{Options, Outcome, Report};
use crate::engine::Engine;
use crate::package::ModuleContents;
use crate::plan::{Action, Plan, PlanKind, Step, StepId, names};
use crate::registry::Entry;
use crate::store::{Store, StoreError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// Executes a plan. Whoever calls holds the deployment's lock.
pub async fn execute<E: Engine>(
    plan: &Plan,
    contents: &ModuleContents,
    engine: &E,
    store: &Store,
    options: &Options,
    events: &dyn Events,
) -> Report {
    let site = Site::new(engine, store, &plan.deployment, contents, options, events);
    let began = Instant::now();
    site.tell(Event::OperationStarted {
        deployment: plan.deployment.clone(),
        kind: plan.kind,
        from: plan.from.clone(),
        to: plan.to.clone(),
        steps: plan.steps.len(),
    });
    let mut run = Run::new(plan);
    let before = owe(store, plan).and_then(|()| store.deployed(&plan.deployment));
    let mut report = match before {
        Ok(deployed) => {
            let version = plan.to.as_ref().or(plan.from.as_ref()).map_or("", String::as_str);
            let network = names::network(&plan.deployment);
            let home = Home {
                deployment: &plan.deployment,
                version,
                revision: deployed.revision + 1,
                network: &network,
                recorded: deployed.record.as_ref(),
                step: StepId(0),
            };
            let mut ledger = Ledger::new(&plan.deployment, deployed.record.clone(), plan);
            if !plan.steps.is_empty() {
                site.hearing_deaths(&plan.deployment, run.steps(&site, home, &mut ledger)).await;
            }
            run.conclude(&site, ledger, &deployed.entries).await
        }
        Err(error) => {
            run.failures.push(store_failure(error.into()));
            run.report(Outcome::Restored)
        }
    };
    report.elapsed = began.elapsed();
    site.tell(Event::OperationFinished { outcome: report.outcome, elapsed: report.elapsed });
    report
}

/// Before the entries change from which it follows: which subscribers get another environment.
fn owe(store: &Store, plan: &Plan) -> Result<(), StoreError> {
    let updates = plan.steps.iter().filter_map(|step| match &step.action {
        Action::UpdateSubscriber(update) => Some((&update.subscriber, &update.unit.module)),
        _ => None,
    });
    store.owe(&plan.deployment, &updates.collect::<Vec<_>>())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Pending,
    Running,
    Done,
    Failed,
}

/// One way through the steps of a plan.
struct Run<'p> {
    plan: &'p Plan,
    queue: Queue<'p>,
    states: BTreeMap<StepId, State>,
    urgency: Urgency,
    failures: Vec<Failure>,
    subscriber_failures: Vec<Failure>,
}

impl<'p> Run<'p> {
    fn new(plan: &'p Plan) -> Run<'p> {
        Run {
            plan,
            queue: Queue::new(&plan.steps),
            states: plan.steps.iter().map(|step| (step.id, State::Pending)).collect(),
            urgency: Urgency::GoOn,
            failures: Vec::new(),
            subscriber_failures: Vec::new(),
        }
    }

    async fn steps<E: Engine>(&mut self, site: &Site<'_, E>, home: Home<'_>, ledger: &mut Ledger) {
        let mut running = FuturesUnordered::new();
        let mut stop = site.options.stop.clone();
        self.urgency = stop.urgency();
        let mut heartbeat = tokio::time::interval(site.options.heartbeat);
        heartbeat.reset();
        loop {
            // With `--parallel 1`, steps run one by one in the plan's order, waits included: the deploy service's way.
            let room = if site.options.parallel == NonZeroUsize::MIN { 1 } else { usize::MAX };
            while running.len() < room
                && let Some(step) = self.next()
            {
                self.states.insert(step.id, State::Running);
                running.push(one(site, home, step));
            }
            if running.is_empty() {
                return;
            }
            tokio::select! {
                // An interrupt that comes with the end of a step is heard before the next one begins.
                biased;
                urgency = stop.beyond(self.urgency) => {
                    self.urgency = urgency;
                    if urgency == Urgency::AtOnce {
                        return;
                    }
                    let running = self.plan.steps.iter().filter(|step| self.states.get(&step.id) == Some(&State::Running));
                    site.tell(Event::OperationInterrupted { running: running.map(|step| subject(&step.action)).collect() });
                }
                Some((step, result, elapsed)) = running.next() => {
                    heartbeat.reset();
                    self.ended(site, step, result, elapsed, ledger);
                }
                _ = heartbeat.tick() => site.tell(Event::OperationAwaited { on: site.at_work() }),
            }
        }
    }

    /// A step that may begin now, which is taken with this.
    fn next(&mut self) -> Option<&'p Step> {
        if self.urgency != Urgency::GoOn || !self.failures.is_empty() {
            return None;
        }
        self.queue.next()
    }

    fn done(&mut self, id: StepId) {
        self.states.insert(id, State::Done);
        self.queue.done(id);
    }

    fn is(&self, id: StepId, state: State) -> bool {
        self.states.get(&id) == Some(&state)
    }

    fn ended<E: Engine>(
        &mut self,
        site: &Site<'_, E>,
        step: &Step,
        result: Result<&'static str, Failed>,
        elapsed: Duration,
        ledger: &mut Ledger,
    ) {
        let subject = subject(&step.action);
        let failed = match result {
            Ok(result) => {
                self.done(step.id);
                ledger.note(&step.action, self.plan);
                site.tell(Event::StepFinished { step: step.id, subject, result: result.to_owned(), elapsed });
                return;
            }
            Err(failed) => failed,
        };
        let declared = match &failed.problem {
            // A hook stands elsewhere than the module it belongs to.
            Problem::Instance(report) if report.job.is_some() => report.declared.clone(),
            _ => declared(&step.action, self.plan),
        };
        let failure = Failure { subject: subject.clone(), declared, problem: failed.problem, after: failed.after };
        match &step.action {
            Action::UpdateSubscriber(update) => {
                // One subscriber's trouble is not the next one's.
                self.done(step.id);
                site.tell(Event::SubscriberFailed {
                    subscriber: update.subscriber.clone(),
                    module: update.unit.module.clone(),
                    reason: failure.problem.to_string(),
                });
                self.subscriber_failures.push(failure.clone());
            }
            _ => {
                self.states.insert(step.id, State::Failed);
                self.failures.push(failure.clone());
            }
        }
        site.tell(Event::StepFailed { step: step.id, subject, failure: Box::new(failure), elapsed });
    }

    /// Remembers what was done, undoes what is of no use alone, and says how it ended.
    async fn conclude<E: Engine>(mut self, site: &Site<'_, E>, ledger: Ledger, entries: &[Entry]) -> Report {
        let all_done = self.states.values().all(|state| *state == State::Done);
        if all_done {
            let outcome = match Ledger::complete(site.store, self.plan, &site.options.operation, site.now()) {
                Err(error) => {
                    self.failures.push(store_failure(error.into()));
                    Outcome::Partial
                }
                Ok(()) if self.subscriber_failures.is_empty() && self.plan.broken_subscribers.is_empty() => {
                    // Those plans have looked at what was owed, and nothing is left of it. Should this fail, it is only
                    // looked at once more.
                    if matches!(self.plan.kind, PlanKind::Deploy | PlanKind::Undeploy | PlanKind::Delete) {
                        let _ = site.store.settle_all(&self.plan.deployment);
                    }
                    Outcome::Finished
                }
                Ok(()) => Outcome::Subscribers,
            };
            return self.report(outcome);
        }
        self.unpublish(site, entries);
        for step in &self.plan.steps {
            if self.is(step.id, State::Pending) {
                site.tell(Event::StepSkipped { step: step.id, subject: subject(&step.action) });
            }
        }
        let interrupted = self.urgency != Urgency::GoOn;
        if !interrupted && self.undo_preparations(site).await {
            return self.report(Outcome::Restored);
        }
        if let Err(error) = ledger.partial(site.store, self.plan, &site.options.operation) {
            self.failures.push(store_failure(error.into()));
        }
        self.report(if interrupted { Outcome::Interrupted } else { Outcome::Partial })
    }

    /// Gives the registry back what this run has changed in it, when subscribers have not been told. `before`: the entries of
    /// the deployment as they were.
    fn unpublish<E: Engine>(&mut self, site: &Site<'_, E>, before: &[Entry]) {
        let untold = |step: &Step| matches!(step.action, Action::UpdateSubscriber(_)) && !self.is(step.id, State::Done);
        if !self.plan.steps.iter().any(untold) {
            return;
        }
        let done: Vec<&Step> = self.plan.steps.iter().filter(|step| self.is(step.id, State::Done)).collect();
        for step in done {
            let result = match &step.action {
                Action::Publish { entries, .. } => take_back(site, entries, before),
                Action::Retract { entries } => publish(site, entries),
                _ => continue,
            };
            match result {
                Ok(()) => _ = self.states.insert(step.id, State::Pending),
                Err(error) => self.failures.push(store_failure(error.into())),
            }
        }
    }

    /// When nothing came of it but networks and volumes that this run has made, removes them; returns whether all is now as
    /// it was before. Pulled images stay: they are no part of the deployment, and the next try wants them.
    async fn undo_preparations<E: Engine>(&mut self, site: &Site<'_, E>) -> bool {
        let restored = self.failures.iter().all(|failure| failure.after == Aftermath::Restored);
        let lasting = |step: &Step| {
            let preparation = matches!(
                step.action,
                Action::PullImage { .. }
                    | Action::CreateNetwork { .. }
                    | Action::CreateVolume { .. }
                    | Action::ClearAway { .. }
            );
            self.is(step.id, State::Done) && !preparation
        };
        if !restored || self.plan.steps.iter().any(lasting) {
            return false;
        }
        let deployment = &self.plan.deployment;
        let mut clean = true;
        for step in self.plan.steps.iter().rev().filter(|step| self.is(step.id, State::Done)) {
            let undone = match &step.action {
                Action::CreateNetwork { name } => site.engine.remove_network(deployment, name).await,
                Action::CreateVolume { name } => site.engine.remove_volume(deployment, name).await,
                _ => Ok(()),
            };
            clean &= undone.is_ok();
        }
        clean
    }

    fn report(self, outcome: Outcome) -> Report {
        let mut report = Report {
            outcome,
            failures: self.failures,
            subscriber_failures: self.subscriber_failures,
            done: Vec::new(),
            skipped: Vec::new(),
            elapsed: Duration::ZERO,
        };
        if matches!(outcome, Outcome::Partial | Outcome::Interrupted) {
            for step in &self.plan.steps {
                let line = subject(&step.action);
                match self.states.get(&step.id) {
                    Some(State::Done) => report.done.push(format!("{line}: {}", super::step::done(&step.action))),
                    Some(State::Running) => report.done.push(format!("{line}: left in the middle")),
                    Some(State::Pending) => report.skipped.push(format!("{line}: {}", doing(&step.action))),
                    Some(State::Failed) | None => {}
                }
            }
        }
        report
    }
}

async fn one<'p, E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    step: &'p Step,
) -> (&'p Step, Result<&'static str, Failed>, Duration) {
    let began = Instant::now();
    let (subject, doing) = (subject(&step.action), doing(&step.action));
    site.begins(step.id, &subject, doing);
    site.tell(Event::StepStarted { step: step.id, subject, doing: doing.to_owned() });
    let result = perform(site, Home { step: step.id, ..home }, step).await;
    site.ends(step.id);
    (step, result, began.elapsed())
}

/// What was there before is as it was, what was not is gone.
fn take_back<E: Engine>(site: &Site<'_, E>, published: &[Entry], before: &[Entry]) -> Result<(), StoreError> {
    let held = |entry: &Entry, among: &[Entry]| among.iter().any(|other| same(entry, other));
    let new: Vec<Entry> = published.iter().filter(|entry| !held(entry, before)).cloned().collect();
    let old: Vec<Entry> = before.iter().filter(|entry| held(entry, published)).cloned().collect();
    site.store.retract(&new)?;
    for entry in new {
        let Entry { provider_id, provider_version, .. } = entry;
        site.tell(Event::EntryRetracted { provider_id, provider_version });
    }
    publish(site, &old)
}

fn publish<E: Engine>(site: &Site<'_, E>, entries: &[Entry]) -> Result<(), StoreError> {
    site.store.publish(entries)?;
    for entry in entries.iter().cloned() {
        let Entry { provider_id, provider_version, .. } = entry;
        site.tell(Event::EntryPublished { provider_id, provider_version });
    }
    Ok(())
}

/// Whether two entries are one row of the registry.
fn same(a: &Entry, b: &Entry) -> bool {
    let identity = |entry: &Entry| {
        (
            entry.provider_nid.clone(),
            entry.provider_id.clone(),
            entry.provider_version.clone(),
            entry.target.clone(),
            entry.provider_namespace.clone().unwrap_or_default(),
        )
    };
    identity(a) == identity(b)
}

fn store_failure(problem: Problem) -> Failure {
    let after = Aftermath::Remains(vec!["the store does not know what was done; the engine's labels do".to_owned()]);
    Failure { subject: "state".to_owned(), declared: None, problem, after }
}
