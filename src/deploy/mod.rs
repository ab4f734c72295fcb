//! Look, decide, act: the one place where the three meet.
//!
//! [`look`] gathers what is there and asks [`crate::plan`] what follows; [`execute`] does it, and decides nothing. The lock
//! of the deployment is held from before the look until after the last act, so nobody else changes what was looked at.

pub mod event;
pub mod execute;
pub mod failure;
pub mod look;
mod record;
mod site;
mod step;
pub mod stop;
mod subscriber;
mod unit;
mod wait;

#[cfg(test)]
mod tests;

use failure::Failure;
use std::num::NonZeroUsize;
use std::time::Duration;
use stop::Stop;

/// How an operation is carried out.
#[derive(Clone)]
pub struct Options {
    /// The operation's id: in the labels of what it makes, and in all events.
    pub operation: String,
    /// So many engine calls at the same time, at most. Waiting for health does not count.
    pub parallel: NonZeroUsize,
    /// `--start-timeout`: instead of what the units say. Not part of a unit, so another patience replaces nothing.
    pub start_timeout: Option<Duration>,
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
