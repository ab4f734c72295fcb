//! What somebody does to one module that is deployed: suspend, resume, restart, delete.
//!
//! Each is an operation as a deployment is one: it holds the lock, makes a plan, does it, and tells what it does.

use super::execute::execute;
use super::lock::hold;
use super::look::{LookError, ask_beside, find_containers};
use super::recorder::Intent;
use super::{NotBegun, Options, Report, carry_out, keeping};
use crate::deploy::event::Events;
use crate::engine::{Engine, Look};
use crate::name::ModuleName;
use crate::package::ModuleContents;
use crate::plan::Plan;
use crate::plan::difference::PlanOptions;
use crate::plan::lifecycle::{Act, Subject, entries_of, plan};
use crate::registry::DeploymentId;
use crate::store::Store;
use crate::target::Target;

/// What is to be done to which module.
#[derive(Debug)]
pub struct Order<'a> {
    pub act: Act,
    pub deployment: &'a DeploymentId,
    pub module: &'a ModuleName,
    pub target: &'a Target,
    pub options: &'a PlanOptions,
}

impl Order<'_> {
    fn doing(&self) -> &'static str {
        match self.act {
            Act::Suspend => "suspend",
            Act::Resume => "resume",
            Act::Restart => "restart",
            Act::Delete(_) => "delete",
        }
    }
}

/// Does it. `review` sees the plan before anything is done, and the dead operation whose lock was taken over; it may refuse,
/// or says what the operation is for the record.
pub async fn change<E: Engine, R>(
    order: &Order<'_>,
    store: &Store,
    engine: &E,
    options: &Options,
    events: &dyn Events,
    review: impl FnOnce(&Plan, Option<&str>) -> Result<Intent, R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let held = hold(order.deployment, &options.claim(order.doing(), events), store, engine).await?;
    keeping(held, store, engine, options, async |held, options| {
        let plan = look_and_plan_act(order, store, engine).await?;
        let intent = review(&plan, held.taken_over_from()).map_err(NotBegun::Refused)?;
        held.renew().await?;
        let contents = ModuleContents::new();
        // What is as it should be already is no operation.
        if plan.is_empty() {
            let report = execute(&plan, &contents, engine, store, options, events).await;
            return Ok((plan, report));
        }
        let report =
            carry_out(&plan, &contents, &intent, engine, store, options, events).await.map_err(LookError::from)?;
        Ok((plan, report))
    })
    .await
}

/// Plans it against what is there now.
pub async fn look_and_plan_act(order: &Order<'_>, store: &Store, engine: &impl Look) -> Result<Plan, LookError> {
    let Order { act, deployment, module, target, options } = *order;
    let state = engine.observe(deployment, &[]).await?;
    let deployed = store.deployed(deployment)?;
    let mut touched = Vec::new();
    if let Act::Delete(_) = act {
        touched = store.touched(&entries_of(module, &deployed), deployment)?;
        ask_beside(&mut touched, store, target)?;
        find_containers(&mut touched, engine).await?;
    }
    let subject =
        Subject { deployment, module, engine: &state, deployed: &deployed, touched: &touched, target, options };
    Ok(plan(act, &subject))
}
