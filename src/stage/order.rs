//! In which order modules and resources are worked on (semantics 5).

use crate::descriptor::Descriptor;
use crate::finding::Staged;
use crate::name::{ModuleName, ResourceName};

/// The order of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Whether the descriptor allows modules at the same time (`enable-parallel-deployments`, schema 3).
    pub parallel: bool,
    /// In deployment order.
    pub modules: Vec<Ordered>,
    /// Batches in processing order; inside a batch as in the descriptor.
    pub resources: Vec<Vec<ResourceName>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ordered {
    pub name: ModuleName,
    /// The modules that must be complete before; transitively closed in `deployed-after` mode.
    pub after: Vec<ModuleName>,
}

/// Works the order out; the findings show every ring.
pub fn order(_descriptor: &Descriptor) -> Staged<Option<Order>> {
    unimplemented!()
}
