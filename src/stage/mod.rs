//! The pipeline, on one page: each stage closes one kind of hole and hands on its product and what it found.
//!
//! ```text
//! load → merge → fill → lookup → bind → environment, order, offer
//!        ext     ${…}   registry  ~{…}
//! ```
//!
//! Stages are functions from value to value. The first stage with errors is the last one that runs: what follows would
//! only report the same mistakes again.

pub mod bind;
pub mod environment;
pub mod fill;
pub mod load;
pub mod lookup;
pub mod merge;
pub mod offer;
pub mod order;
pub mod scope;

use crate::registry::{Entry, Subscription};
use environment::Environment;
use order::Order;

/// Everything that a sound descriptor leads to.
#[derive(Clone, Debug)]
pub struct Stages {
    /// Placeholders closed; configuration resources still as written.
    pub filled: fill::Filled,
    /// All references closed, escapes removed.
    pub bound: bind::Bound,
    pub order: Order,
    /// One per module, in the order of the descriptor.
    pub environments: Vec<Environment>,
    /// What a deployment would publish.
    pub offers: Vec<Entry>,
    /// What a deployment would subscribe to.
    pub subscriptions: Vec<Subscription>,
}
