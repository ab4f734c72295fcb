//! Subscriptions: what is remembered of a managed requirement, and the environment that follows from it later.

use super::environment::Variable;
use super::fill::Filled;
use crate::finding::{Findings, Staged};
use crate::registry::{Entry, Question, Subscription};
use crate::target::Target;

/// The subscriptions that a deployment of this descriptor stores (registry reference, section 6).
pub fn subscriptions(_filled: &Filled, _questions: &[Question], _target: &Target) -> Staged<Option<Vec<Subscription>>> {
    unimplemented!()
}

/// The variables that a subscriber gets from a new answer to its question. All its other variables stay as they are.
/// The findings say why there is none: no match, or several without `list`.
pub fn renew(_subscription: &Subscription, _answer: &[Entry], _target: &Target) -> Result<Vec<Variable>, Findings> {
    unimplemented!()
}
