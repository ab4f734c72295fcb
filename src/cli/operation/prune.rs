//! Forgetting what is old: after each operation, and on request.

use super::PruneArgs;
use crate::cli::Global;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::finding::Findings;
use crate::source::Sources;
use crate::store::{Access, Keep, Store};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn run(args: &PruneArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let mut keep = keep(global)?;
    if let Some(days) = args.keep_days {
        keep.age = in_days(days);
    }
    keep.operations = args.keep.unwrap_or(keep.operations);
    keep.revisions = args.keep_revisions.unwrap_or(keep.revisions);
    let pruned = store.prune(&keep)?;
    global.note(&format!("forgotten: {} operations, {} revisions", pruned.operations, pruned.revisions));
    Ok(Exit::Ok)
}

/// At the end of an operation. Whatever keeps it from forgetting must not spoil what was done.
pub fn prune_after(store: &Store, global: &Global) {
    let pruned = keep(global).and_then(|keep| Ok(store.prune(&keep)?));
    if global.verbose > 0
        && let Err(failure) = pruned
    {
        let _ = global.show_failure(&failure);
    }
}

/// What `[operations]` of the settings says.
fn keep(global: &Global) -> Result<Keep, Failure> {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let layers = global.layers(&mut sources, &mut findings)?;
    let operations = layers.operations();
    Ok(Keep { age: in_days(operations.keep_days), operations: operations.keep, revisions: operations.keep_revisions })
}

fn in_days(days: u64) -> Duration {
    DAY.checked_mul(u32::try_from(days).unwrap_or(u32::MAX)).unwrap_or(Duration::MAX)
}
