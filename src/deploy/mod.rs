//! Look, decide, act: the one place where the three meet.
//!
//! [`look`] gathers what is there and asks [`crate::plan`] what follows; [`mod@execute`] does it, and decides nothing. The lock
//! of the deployment is held from before the look until after the last act, so nobody else changes what was looked at.

mod content;
mod ending;
pub mod event;
pub mod execute;
pub mod failure;
mod job;
pub mod look;
mod queue;
mod record;
mod site;
mod step;
pub mod stop;
mod subscriber;
pub mod survey;
pub mod unanswered;
mod unit;
mod wait;

#[cfg(test)]
mod tests;

use crate::engine::Engine;
use crate::package::ModuleContents;
use crate::plan::Plan;
use crate::plan::difference::{PlanOptions, Volumes};
use crate::registry::DeploymentId;
use crate::source::Sources;
use crate::store::{Lock, Store};
use crate::target::Target;
use event::Events;
use execute::execute;
use failure::Failure;
use look::{LookError, Planned, Request};
use std::num::NonZeroUsize;
use std::time::Duration;
use stop::Stop;

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

/// Brings a deployment to what its descriptor says. `review` sees the plan before anything is done, and may refuse it.
pub async fn deploy<E: Engine, R>(
    request: &mut Request<'_>,
    store: &Store,
    engine: &E,
    options: &Options,
    events: &dyn Events,
    review: impl FnOnce(&Planned, &Sources, &Lock) -> Result<(), R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let info = engine.info().await.map_err(LookError::from)?;
    let wanted = look::wanted(request, store, &info.endpoint)?;
    let lock = store.lock(&wanted.desired.deployment, "deploy").map_err(LookError::from)?;
    let planned = look::compare(request, wanted, info, store, engine).await?;
    review(&planned, request.sources, &lock).map_err(NotBegun::Refused)?;
    let report = execute(&planned.plan, &planned.contents, engine, store, options, events).await;
    Ok((planned.plan, report))
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
    review: impl FnOnce(&Plan, &Lock) -> Result<(), R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let Removal { deployment, target, options: plan_options, volumes } = *removal;
    let lock = store.lock(deployment, "undeploy").map_err(LookError::from)?;
    let plan = look::look_and_plan_undeploy(deployment, store, engine, target, plan_options, volumes).await?;
    review(&plan, &lock).map_err(NotBegun::Refused)?;
    let report = execute(&plan, &ModuleContents::new(), engine, store, options, events).await;
    Ok((plan, report))
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
    /// Tell what is awaited when nothing has ended for so long.
    pub heartbeat: Duration,
    /// How long to wait for another operation on a subscriber to end.
    pub subscriber_patience: Duration,
    pub stop: Stop,
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
