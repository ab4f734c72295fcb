//! Desired state − observed state = plan.

use super::desired::Desired;
use super::observed::{Deployed, EngineState, Touched};
use super::{Plan, Restart};
use crate::registry::{DeploymentId, EntryChanges};
use crate::target::Target;

/// Decisions that the command line leaves to the user.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// `Later` with `--no-restart-subscribed-apps`.
    pub subscribers: Restart,
}

/// Whether an undeployment takes the data along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volumes {
    Keep,
    Remove,
}

/// The entries that a deployment will change: what `Store::touched` is asked with before [`plan`].
pub fn entry_changes(_desired: &Desired, _deployed: &Deployed) -> EntryChanges {
    unimplemented!()
}

/// What a deployment has to do. `touched` are the subscribers of [`entry_changes`]; `target` is where this deployment goes.
pub fn plan(
    _desired: &Desired,
    _engine: &EngineState,
    _deployed: &Deployed,
    _touched: &[Touched],
    _target: &Target,
    _options: &PlanOptions,
) -> Plan {
    unimplemented!()
}

/// What an undeployment has to do. `touched` are the subscribers of all that the deployment has published.
pub fn undeploy_plan(
    _deployment: &DeploymentId,
    _engine: &EngineState,
    _deployed: &Deployed,
    _touched: &[Touched],
    _target: &Target,
    _options: &PlanOptions,
    _volumes: Volumes,
) -> Plan {
    unimplemented!()
}
