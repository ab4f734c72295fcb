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
