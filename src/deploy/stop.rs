//! How an operation is asked to end early.

use futures_util::future::select_all;
use tokio::sync::watch;

/// How urgently; later variants are more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    GoOn,
    /// Begin nothing new; what runs goes on to its end.
    AfterCurrentSteps,
    /// Leave everything as it is this moment.
    AtOnce,
}

/// Held by whoever may ask an operation to stop: each call makes it more urgent.
#[derive(Clone)]
pub struct Stopper(watch::Sender<Urgency>);

/// Held by the operation: hears the user, and whoever else may ask it to stop.
#[derive(Clone)]
pub struct Stop(Vec<watch::Receiver<Urgency>>);

pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Urgency::GoOn);
    (Stopper(sender), Stop(vec![receiver]))
}

impl Stopper {
    pub fn press(&self) {
        self.0.send_modify(|urgency| {
            *urgency = match urgency {
                Urgency::GoOn => Urgency::AfterCurrentSteps,
                Urgency::AfterCurrentSteps | Urgency::AtOnce => Urgency::AtOnce,
            }
        });
    }
}

impl Stop {
    pub fn urgency(&self) -> Urgency {
        self.0.iter().map(|receiver| *receiver.borrow()).max().unwrap_or(Urgency::GoOn)
    }

    /// One that hears another stopper as well, which asks nobody else to stop.
    pub fn or(&self) -> (Stopper, Stop) {
        let (stopper, Stop(more)) = stop();
        (stopper, Stop([self.0.clone(), more].concat()))
    }

    /// Returns once the urgency is more than `known`; never, when nobody is left who could press.
    pub async fn beyond(&mut self, known: Urgency) -> Urgency {
        let any = self.0.iter_mut().map(|receiver| {
            Box::pin(async move {
                let reached = receiver.wait_for(|urgency| *urgency > known).await.map(|urgency| *urgency);
                match reached {
                    Ok(urgency) => urgency,
                    Err(_) => std::future::pending().await,
                }
            })
        });
        select_all(any).await.0
    }
}
