//! What all steps of one operation share: the engine and the permits to use it, the store, the listener.

use super::Options;
use super::event::{Awaited, Event, Events, Instance};
use super::failure::Problem;
use super::lock::{Claim, Held, hold};
use super::look::LookError;
use crate::engine::Engine;
use crate::name::ModuleName;
use crate::package::ModuleContents;
use crate::plan::{Record, StepId};
use crate::registry::DeploymentId;
use crate::store::Store;
use futures_util::StreamExt;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};
use tokio::sync::{Semaphore, watch};

pub(super) struct Site<'a, E> {
    pub engine: &'a E,
    pub store: &'a Store,
    /// Whose operation it is.
    pub deployment: &'a DeploymentId,
    /// What the modules of the operation's own deployment have besides their images.
    pub contents: &'a ModuleContents,
    pub options: &'a Options,
    events: &'a dyn Events,
    verbs: Semaphore,
    awaited: Mutex<BTreeMap<StepId, Waiting>>,
    deaths: watch::Sender<HashMap<String, i64>>,
    /// Containers that this operation stops, and perhaps starts again: these ends are no news.
    stops: Mutex<HashMap<String, u32>>,
}

struct Waiting {
    subject: String,
    what: String,
    since: Instant,
}

/// The deployment that a unit belongs to: the operation's own one, or a subscriber's.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    pub deployment: &'a DeploymentId,
    pub version: &'a str,
    pub revision: u64,
    pub network: &'a str,
    /// What was recorded of it before.
    pub recorded: Option<&'a Record>,
    /// On whose behalf.
    pub step: StepId,
}

impl Home<'_> {
    pub fn instance(&self, module: &ModuleName, number: u32, container: &str) -> Instance {
        Instance { mta: self.deployment.clone(), module: module.clone(), number, container: container.to_owned() }
    }
}

impl<'a, E: Engine> Site<'a, E> {
    pub fn new(
        engine: &'a E,
        store: &'a Store,
        deployment: &'a DeploymentId,
        contents: &'a ModuleContents,
        options: &'a Options,
        events: &'a dyn Events,
    ) -> Site<'a, E> {
        Site {
            engine,
            store,
            deployment,
            contents,
            options,
            events,
            verbs: Semaphore::new(options.parallel.get()),
            awaited: Mutex::default(),
            deaths: watch::Sender::default(),
            stops: Mutex::default(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "events carry the time at which something happened")]
    pub fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    pub fn tell(&self, event: Event) {
        self.events.tell(self.now(), &event);
    }

    /// Lets the engine work, when fewer than `--parallel` others do.
    pub async fn verb<T>(&self, work: impl Future<Output = T>) -> T {
        let _permit = self.verbs.acquire().await.expect("nobody closes the semaphore");
        work.await
    }

    /// Takes the locks of another deployment; an operation that runs there gets a moment to end.
    pub async fn hold(&self, step: StepId, other: &DeploymentId, doing: &str) -> Result<Held<'a, E>, Problem> {
        self.awaits(step, format!("the lock of `{other}`"));
        let Options { operation, subscriber_patience, heartbeat, .. } = self.options;
        let events = self.events;
        let claim = Claim { doing, operation, patience: *subscriber_patience, heartbeat: *heartbeat, events };
        match hold(other, &claim, self.store, self.engine).await {
            Ok(held) => Ok(held),
            Err(LookError::Engine(error)) => Err(error.into()),
            Err(LookError::Store(error)) => Err(error.into()),
            // A lock reads no descriptor.
            Err(LookError::Findings(_)) => Err(Problem::Moved(format!("`{other}` cannot be locked"))),
        }
    }

    /// Notes what a step waits for, for heartbeats.
    pub fn awaits(&self, step: StepId, what: impl Into<String>) {
        if let Some(waiting) = self.awaited().get_mut(&step) {
            waiting.what = what.into();
        }
    }

    pub fn begins(&self, step: StepId, subject: &str, what: &str) {
        let waiting = Waiting { subject: subject.into(), what: what.into(), since: Instant::now() };
        self.awaited().insert(step, waiting);
    }

    pub fn ends(&self, step: StepId) {
        self.awaited().remove(&step);
    }

    /// What is at work, and what each waits for.
    pub fn at_work(&self) -> Vec<Awaited> {
        let all = self.awaited();
        all.values()
            .map(|waiting| Awaited {
                subject: waiting.subject.clone(),
                what: waiting.what.clone(),
                elapsed: waiting.since.elapsed(),
            })
            .collect()
    }

    fn awaited(&self) -> MutexGuard<'_, BTreeMap<StepId, Waiting>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` while listening for containers of the deployment that end.
    pub async fn hearing_deaths<T>(&self, deployment: &DeploymentId, work: impl Future<Output = T>) -> T {
        let mut deaths = pin!(self.engine.deaths(deployment));
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                death = deaths.next() => match death {
                    // How it ended first is what matters; the engine may start and lose it again and again.
                    Some(Ok(death)) if self.is_our_stop(&death.container) => {}
                    Some(Ok(death)) => self.deaths.send_modify(|seen| {
                        seen.entry(death.container).or_insert(death.code);
                    }),
                    // Who waits for a container also looks at it, so nothing is missed, it is only seen later.
                    Some(Err(_)) | None => return work.await,
                },
                done = &mut work => return done,
            }
        }
    }

    /// Notes that a container which runs is about to be stopped.
    pub fn stops(&self, container: &str) {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        *stops.entry(container.to_owned()).or_default() += 1;
    }

    fn is_our_stop(&self, container: &str) -> bool {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        match stops.get_mut(container) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Returns the exit code once the container has ended.
    pub async fn death_of(&self, container: &str) -> i64 {
        let mut deaths = self.deaths.subscribe();
        match deaths.wait_for(|seen| seen.contains_key(container)).await {
            Ok(seen) => seen.get(container).copied().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    pub fn heard_death_of(&self, container: &str) -> Option<i64> {
        self.deaths.borrow().get(container).copied()
    }
}
