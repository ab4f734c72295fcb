//! Keeping what a container has written before it is removed: afterwards nobody could say why the new one was needed.
//!
//! It must never get in the way: a log that cannot be read in time, or kept, is a log that is not kept.

use super::failure::Veil;
use super::site::{Home, Site};
use crate::engine::{Engine, LogLines};
use crate::plan::observed::Container;
use crate::plan::unit::Unit;
use crate::store::KeptLog;
use futures_util::StreamExt;
use std::pin::pin;
use std::time::Duration;

/// Lines of each log.
const LINES: usize = 2000;

/// How long reading one may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the log of a container that was made from this unit. Without a unit nobody knows what in it is secret, and it goes.
pub(super) async fn log<E: Engine>(site: &Site<'_, E>, home: Home<'_>, unit: Option<&Unit>, container: &Container) {
    let Some(unit) = unit else { return };
    let lines = match tokio::time::timeout(PATIENCE, read(site.engine, container, unit)).await {
        Ok(lines) if !lines.is_empty() => lines,
        Ok(_) | Err(_) => return,
    };
    let kept = KeptLog {
        module: container.module.clone(),
        instance: container.instance,
        container: container.name.clone(),
        operation: site.options.operation.clone(),
        version: home.recorded.map_or(home.version, |record| &record.version).to_owned(),
        at: site.now(),
        lines,
    };
    let _ = site.store.keep_log(home.deployment, &kept);
}

/// The unit that the containers of a module were made from, as far as it is known.
pub(super) fn unit_of<'a>(home: Home<'a>, container: &Container) -> Option<&'a Unit> {
    let units = &home.recorded?.units;
    units.iter().find(|unit| unit.module == container.module).map(|unit| &**unit)
}

async fn read(engine: &impl Engine, container: &Container, unit: &Unit) -> Vec<String> {
    let wanted = LogLines { tail: Some(LINES), since: None, timestamps: true, follow: false };
    let (veil, mut lines) = (Veil::of(unit), pin!(engine.logs(&container.id, wanted)));
    let mut kept = Vec::new();
    while let Some(Ok(line)) = lines.next().await {
        kept.push(veil.over(&line.text));
    }
    // The engine counts what was written in one go as one line.
    kept.split_off(kept.len().saturating_sub(LINES))
}
