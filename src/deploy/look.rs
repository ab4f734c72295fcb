//! Look and decide: everything that `plan` and `deploy` have in common, up to the plan.
//!
//! The engine is a `Look`: the half of an engine that has no verb that changes something. So `windlass plan` cannot change
//! anything, whatever it does here.

use crate::engine::{EngineError, Look};
use crate::finding::Findings;
use crate::plan::Plan;
use crate::plan::desired::Wishes;
use crate::plan::difference::{PlanOptions, Volumes};
use crate::registry::DeploymentId;
use crate::source::{FileId, Sources};
use crate::store::{Store, StoreError};
use crate::target::{Facts, Target};

/// What is to be planned: texts that have been read, and what the command line says.
#[derive(Debug)]
pub struct Request<'a> {
    pub sources: &'a Sources,
    pub descriptor: FileId,
    pub extensions: &'a [FileId],
    pub target: &'a Target,
    pub facts: &'a Facts,
    pub wishes: &'a Wishes,
    pub options: &'a PlanOptions,
}

/// A plan, and what should be said about the descriptor beside it.
#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    pub warnings: Findings,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum LookError {
    /// The user's input is wrong; warnings are among the findings.
    Findings(Findings),
    Engine(EngineError),
    Store(StoreError),
}

/// Plans a deployment against what the engine shows and the store remembers.
pub async fn look_and_plan(_request: &Request<'_>, _store: &Store, _engine: &impl Look) -> Result<Planned, LookError> {
    unimplemented!()
}

/// Plans a deployment against an empty world: nothing is deployed, and no engine is asked. Configuration entries come from
/// the store all the same.
pub fn plan_offline(_request: &Request<'_>, _store: &Store) -> Result<Planned, LookError> {
    unimplemented!()
}

/// Plans an undeployment.
pub async fn look_and_plan_undeploy(
    _deployment: &DeploymentId,
    _store: &Store,
    _engine: &impl Look,
    _target: &Target,
    _options: &PlanOptions,
    _volumes: Volumes,
) -> Result<Plan, LookError> {
    unimplemented!()
}

impl From<EngineError> for LookError {
    fn from(error: EngineError) -> LookError {
        LookError::Engine(error)
    }
}

impl From<StoreError> for LookError {
    fn from(error: StoreError) -> LookError {
        LookError::Store(error)
    }
}
