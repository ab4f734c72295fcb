//! What should be there, from a resolved descriptor.

use super::unit::{Start, Unit};
use crate::finding::{Findings, Staged};
use crate::name::ModuleName;
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::source::{Sources, Span};
use crate::stage::Stages;
use crate::target::Target;

/// The wanted state of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    pub deployment: DeploymentId,
    pub version: String,
    /// In deploy order; modules with `skip-deploy` are not among them.
    pub units: Vec<Wanted>,
    /// The engine's name of the network; there is one as soon as there is a unit.
    pub network: String,
    /// The engine's names of the volumes, sorted.
    pub volumes: Vec<String>,
    pub entries: Vec<Entry>,
    pub subscriptions: Vec<Subscription>,
    pub notices: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub unit: Unit,
    /// The modules that must be complete before this one begins.
    pub after: Vec<ModuleName>,
    /// The module's name in the descriptor.
    pub at: Span,
}

/// What the command line says about all modules.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// `--no-start`; a module's own `no-start` beats it both ways.
    pub start: Start,
    /// `--start-timeout`, in seconds; beats the descriptor.
    pub start_timeout: Option<u32>,
}

pub fn desired(_stages: &Stages, _target: &Target, _sources: &Sources, _wishes: &Wishes) -> Staged<Desired> {
    let _ = Findings::default();
    unimplemented!()
}
