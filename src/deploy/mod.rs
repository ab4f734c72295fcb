//! Look, decide, act: the one place where the three meet.
//!
//! [`look`] gathers what is there and asks [`crate::plan`] what follows; [`mod@execute`] does it, and decides nothing. The [`lock`]
//! of the deployment is held from before the look until after the last act, so nobody else changes what was looked at.

mod cause;
mod content;
mod ending;
pub mod event;
pub mod execute;
pub mod failure;
pub mod images;
mod job;
mod keep;
pub mod lifecycle;
pub mod lock;
pub mod look;
mod queue;
mod record;
pub mod recorder;
pub mod rollback;
pub mod roster;
mod site;
mod step;
pub mod stop;
mod subscriber;
pub mod survey;
pub mod unanswered;
mod unit;
mod wait;
pub mod warning;

#[cfg(test)]
mod tests;

use crate::engine::Engine;
use crate::package::ModuleContents;
use crate::plan::difference::{PlanOptions, Volumes};
use crate::plan::{Plan, PlanKind};
use crate::registry::DeploymentId;
use crate::source::Sources;
use crate::store::{Store, StoreError};
use crate::target::Target;
use event::{Events, Silence};
use execute::execute;
use failure::{Aftermath, Failure};
use lock::{Claim, Held, hold};
use look::{LookError, Planned, Request};
use recorder::{Intent, Recorder};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use stop::{Stop, Urgency};

/// Why an operation did not begin. Nothing was changed.
#[derive(Debug)]
pub enum NotBegun<R> {
    Look(LookError),
    /// The reviewer did not want it.
    Refused(R),
}

impl<R> From<LookError> for NotBegun<R> {
    fn from(error: LookError) -> NotBegun<R> {
        NotBegun::Look(error)
    }
}

/// Brings a deployment to what its descriptor says. `review` sees the plan before anything is done, and the dead operation
/// whose lock was taken over; it may refuse, or says what the operation is for the record.
pub async fn deploy<E: Engine, R>(
    request: &mut Request<'_>,
    store: &Store,
    engine: &E,
    options: &Options,
    events: &dyn Events,
    review: impl FnOnce(&Planned, &Sources, Option<&str>) -> Result<Intent, R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let info = engine.info().await.map_err(LookError::from)?;
    let wanted = look::wanted(request, store, &info.endpoint)?;
    let deployment = wanted.desired.deployment.clone();
    let held = hold(&deployment, &options.claim("deploy", events), store, engine).await?;
    keeping(held, store, engine, options, async |held, options| {
        let planned = look::compare(request, wanted, info, store, engine).await?;
        let intent = review(&planned, request.sources, held.taken_over_from()).map_err(NotBegun::Refused)?;
        held.renew().await?;
        let Planned { plan, contents, .. } = planned;
        let report =
            carry_out(&plan, &contents, &intent, engine, store, options, events).await.map_err(LookError::from)?;
        Ok((plan, report))
    })
    .await
}

/// Works on a deployment as long as its lock is held, and frees it.
async fn keeping<E: Engine, R>(
    held: Held<'_, E>,
    store: &Store,
    engine: &E,
    options: &Options,
    work: impl AsyncFnOnce(&Held<'_, E>, &Options) -> Result<(Plan, Report), NotBegun<R>>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let (stopper, stop) = options.stop.or();
    let options = Options { stop, ..options.clone() };
    let work = async {
        after_a_death(&held, store, engine, &options).await?;
        work(&held, &options).await
    };
    let mut ended = held.keeping(&stopper, work).await;
    if let (Ok((_, report)), Some(now)) = (&mut ended, held.lost_to()) {
        report.failures.push(lost(&now));
    }
    held.free().await;
    ended
}

/// How long nothing may change before an engine counts as having done all that a dead process had asked for.
const QUIET: Duration = Duration::from_secs(1);

/// Waits at most so long for that.
const NOISE: Duration = Duration::from_secs(15);

/// What an operation that was killed has left to do before the next one can look: the engine ends what it was asked for, and
/// the locks of subscribers are freed that it held, since this operation need not have anything to do there.
async fn after_a_death<E: Engine>(
    held: &Held<'_, E>,
    store: &Store,
    engine: &E,
    options: &Options,
) -> Result<(), LookError> {
    let deployment = held.deployment();
    if held.taken_over_from().is_some() {
        let began = Instant::now();
        let mut before = engine.observe(deployment, &[]).await?;
        while began.elapsed() < NOISE {
            tokio::time::sleep(QUIET).await;
            let now = engine.observe(deployment, &[]).await?;
            if now == before {
                break;
            }
            before = now;
        }
    }
    let subscribers: BTreeSet<DeploymentId> =
        store.owed(deployment)?.into_iter().map(|(subscriber, _)| subscriber).collect();
    for subscriber in subscribers {
        let at_once = Options { patience: Duration::ZERO, ..options.clone() };
        match hold(&subscriber, &at_once.claim("update of a subscriber", &Silence), store, engine).await {
            Ok(held) => held.free().await,
            // Somebody lives who works there.
            Err(LookError::Store(StoreError::Locked { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// This machine was asleep, or cut off from the engine, and another one thought that it was dead.
fn lost(now: &StoreError) -> Failure {
    let problem =
        format!("this operation gave no sign of life for more than a minute, and another one took over: {now}");
    let goes_on = "what the other operation makes of it".to_owned();
    let (problem, after) = (failure::Problem::Moved(problem), Aftermath::Remains(vec![goes_on]));
    Failure { subject: "lock".to_owned(), declared: None, problem, after }
}

/// What an undeployment is told besides the name.
#[derive(Debug)]
pub struct Removal<'a> {
    pub deployment: &'a DeploymentId,
    pub target: &'a Target,
    pub options: &'a PlanOptions,
    pub volumes: Volumes,
}

/// Removes a deployment. `review` sees the plan before anything is done, and may refuse it.
pub async fn undeploy<E: Engine, R>(
    removal: &Removal<'_>,
    store: &Store,
    engine: &E,
    options: &Options,
    events: &dyn Events,
    review: impl FnOnce(&Plan, Option<&str>) -> Result<Intent, R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let Removal { deployment, target, options: plan_options, volumes } = *removal;
    let held = hold(deployment, &options.claim("undeploy", events), store, engine).await?;
    keeping(held, store, engine, options, async |held, options| {
        let plan = look::look_and_plan_undeploy(deployment, store, engine, target, plan_options, volumes).await?;
        let intent = review(&plan, held.taken_over_from()).map_err(NotBegun::Refused)?;
        held.renew().await?;
        let contents = ModuleContents::new();
        let report =
            carry_out(&plan, &contents, &intent, engine, store, options, events).await.map_err(LookError::from)?;
        Ok((plan, report))
    })
    .await
}

/// Executes a plan and writes down what it does, before it does it. Whoever calls holds the deployment's lock. Fails only
/// when nothing has begun.
pub async fn carry_out<E: Engine>(
    plan: &Plan,
    contents: &ModuleContents,
    intent: &Intent,
    engine: &E,
    store: &Store,
    options: &Options,
    events: &dyn Events,
) -> Result<Report, StoreError> {
    // To undeploy what is not there is no operation: nobody would know the name of such a deployment.
    if plan.kind == PlanKind::Undeploy && plan.is_empty() {
        return Ok(execute(plan, contents, engine, store, options, events).await);
    }
    let recorder = Recorder::begin(store, plan, intent, options, events)?;
    let report = execute(plan, contents, engine, store, options, &recorder).await;
    note_images(plan, engine, store, options).await;
    Ok(report)
}

/// Keeps the ids of the images that run, with the revision that was made: the tag of an image may mean another one when
/// somebody wants to go back. Without them it is the tag that counts, so no trouble here is worth a word.
async fn note_images<E: Engine>(plan: &Plan, engine: &E, store: &Store, options: &Options) {
    if plan.kind == PlanKind::Undeploy || plan.steps.is_empty() || options.stop.urgency() == Urgency::AtOnce {
        return;
    }
    if let Ok(state) = engine.observe(&plan.deployment, &[]).await {
        let ids = state.containers.into_iter().map(|container| (container.module, container.image_id));
        let _ = store.keep_images(&plan.deployment, &options.operation, ids.collect());
    }
}

/// How an operation is carried out.
#[derive(Clone)]
pub struct Options {
    /// The operation's id: in the labels of what it makes, and in all events.
    pub operation: String,
    /// So many engine calls at the same time, at most. Waiting for health does not count.
    pub parallel: NonZeroUsize,
    /// `--start-timeout`: instead of what the units say. Not part of a unit, so another patience replaces nothing.
    pub start_timeout: Option<Duration>,
    /// `--task-timeout`: for tasks, hooks and modules that are run once, likewise.
    pub task_timeout: Option<Duration>,
    /// `--abort-on-error`: a failure gives the operation up; it is not kept to be resumed.
    pub abort_on_error: bool,
    /// Tell what is awaited when nothing has ended for so long.
    pub heartbeat: Duration,
    /// `--lock-timeout`: how long to wait for another operation on the deployment to end.
    pub patience: Duration,
    /// How long to wait for another operation on a subscriber to end.
    pub subscriber_patience: Duration,
    pub stop: Stop,
}

impl Options {
    fn claim<'a>(&'a self, doing: &'a str, events: &'a dyn Events) -> Claim<'a> {
        Claim { doing, operation: &self.operation, patience: self.patience, heartbeat: self.heartbeat, events }
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Finished,
    /// It failed, and everything is as it was before.
    Restored,
    /// It failed, and some of it is done.
    Partial,
    /// It is done, but a subscriber has not got its new environment.
    Subscribers,
    Interrupted,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Finished => "finished",
            Outcome::Restored => "restored",
            Outcome::Partial => "partial",
            Outcome::Subscribers => "subscribers-failed",
            Outcome::Interrupted => "interrupted",
        }
    }

    /// The exit code of the command; here because the last event carries it.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Finished => 0,
            Outcome::Restored => 3,
            Outcome::Partial => 4,
            Outcome::Subscribers => 6,
            Outcome::Interrupted => 130,
        }
    }
}

impl Report {
    /// Whether it failed for reasons that may be gone by themselves in a moment, none of which is about what was to be
    /// deployed.
    pub fn is_worth_another_try(&self) -> bool {
        let mut failures = self.failures.iter().chain(&self.subscriber_failures).peekable();
        failures.peek().is_some() && failures.all(|failure| failure.problem.may_pass())
    }
}

/// What came of an operation.
#[derive(Debug)]
pub struct Report {
    pub outcome: Outcome,
    pub failures: Vec<Failure>,
    pub subscriber_failures: Vec<Failure>,
    /// After a failure or an interruption: what is done and stays, one line each.
    pub done: Vec<String>,
    /// What was not begun, one line each.
    pub skipped: Vec<String>,
    pub elapsed: Duration,
}
