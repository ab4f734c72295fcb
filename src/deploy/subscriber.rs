//! Giving a module of another deployment its new environment.
//!
//! The other deployment has a lock of its own, which is taken here too. And it may have changed since the plan was made: then it is left alone, and
//! the run says so. Its own next deployment takes the new values in any case.

use super::event::Event;
use super::failure::{Aftermath, Problem};
use super::site::{Home, Site};
use super::stop::{Urgency, stop};
use super::unit::{Failed, replace};
use crate::engine::Engine;
use crate::plan::unit::Start;
use crate::plan::{Restart, StepId, SubscriberUpdate, names};

/// Returns what was done, as a word for people.
pub(super) async fn update<E: Engine>(
    site: &Site<'_, E>,
    step: StepId,
    update: &SubscriberUpdate,
) -> Result<&'static str, Failed> {
    let held = site.hold(step, &update.subscriber, "update of a subscriber").await?;
    let (stopper, mut stop) = stop();
    let lost = async {
        stop.beyond(Urgency::GoOn).await;
    };
    let ended = held.keeping(&stopper, async {
        tokio::select! {
            ended = update_held(site, step, update) => ended,
            () = lost => Err(Problem::Moved("another operation took over its lock".to_owned()).into()),
        }
    });
    let ended = ended.await;
    held.free().await;
    if ended.is_ok() {
        // Only now: whoever goes on after a kill clears away the locks of those to whom something is owed. And what stays
        // owed because this fails is looked at once more, no worse.
        let _ = site.store.settle(site.deployment, &update.subscriber, &update.unit.module);
    }
    ended
}

async fn update_held<E: Engine>(
    site: &Site<'_, E>,
    step: StepId,
    update: &SubscriberUpdate,
) -> Result<&'static str, Failed> {
    let (subscriber, unit) = (&update.subscriber, &update.unit);
    let deployed = site.store.deployed(subscriber)?;
    let known = deployed.record.filter(|record| record.units.iter().any(|held| held.module == unit.module));
    let Some(record) = known else {
        return Err(Problem::Moved(format!("`{subscriber}` no longer has the module `{}`", unit.module)).into());
    };
    unmoved(site, update).await?;
    let module = unit.module.clone();
    match update.restart {
        Restart::Later => {
            site.store.record_unit(subscriber, unit, &site.options.operation)?;
            site.tell(Event::SubscriberRecorded { subscriber: subscriber.clone(), module });
            Ok("recorded; takes effect with its next restart")
        }
        Restart::Now => {
            let home = Home {
                deployment: subscriber,
                version: &record.version,
                revision: deployed.revision + 1,
                network: &names::network(subscriber),
                recorded: Some(&record),
                step,
            };
            // Whoever is suspended gets new containers and stays asleep.
            let mut made = unit.clone();
            if deployed.suspended.contains(&unit.module) {
                made.start = Start::No;
            }
            let replaced = replace(site, home, &made, &update.old, update.handover, &[]);
            site.hearing_deaths(subscriber, replaced).await?;
            // The containers are there: should this fail, the next plan of the subscriber sees them all the same.
            site.store.record_unit(subscriber, unit, &site.options.operation).map_err(|error| Failed {
                problem: error.into(),
                after: Aftermath::Remains(vec![format!("`{subscriber}` runs with its new environment")]),
            })?;
            site.tell(Event::SubscriberUpdated { subscriber: subscriber.clone(), module });
            Ok("updated")
        }
    }
}

/// Whether the subscriber's containers are still those that the plan saw.
async fn unmoved<E: Engine>(site: &Site<'_, E>, update: &SubscriberUpdate) -> Result<(), Problem> {
    for planned in &update.old {
        let now = site.engine.inspect(&planned.id).await?;
        if now.is_none_or(|now| now.config_hash != planned.config_hash) {
            return Err(Problem::Moved(format!(
                "container `{}` of `{}` is no longer the one that the plan saw",
                planned.name, update.subscriber
            )));
        }
    }
    Ok(())
}
