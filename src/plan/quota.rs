//! Limits of disk space, where the engine can set them.

use super::desired::Desired;
use crate::finding::{Finding, Findings, NO_EFFECT};
use std::sync::Arc;

/// Whether an engine can limit what a container writes into its own file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskQuota {
    Kept,
    /// Why not, as the end of a sentence.
    Ignored(String),
}

/// Whether somebody asks for such a limit.
pub fn is_wanted(desired: &Desired) -> bool {
    desired.units.iter().any(|wanted| wanted.unit.disk_quota.is_some())
}

/// Takes the limits out when the engine cannot keep them, and says so once.
pub fn fit(desired: &mut Desired, can: &DiskQuota) -> Findings {
    let DiskQuota::Ignored(why) = can else { return Findings::default() };
    let mut places = Vec::new();
    for wanted in desired.units.iter_mut().filter(|wanted| wanted.unit.disk_quota.is_some()) {
        Arc::make_mut(&mut wanted.unit).disk_quota = None;
        places.extend(wanted.handling.disk_quota.take().filter(|place| !places.contains(place)));
    }
    let message = match places.len() {
        0 | 1 => format!("`disk-quota` has no effect here: {why}."),
        2 => format!("`disk-quota` has no effect here: {why}. It is set at one more place."),
        many => format!("`disk-quota` has no effect here: {why}. It is set at {} more places.", many - 1),
    };
    let first = places.into_iter().min();
    first.map(|(at, path)| Finding::new(&NO_EFFECT, at, message).path(path)).into_iter().collect()
}
