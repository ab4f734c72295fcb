//! What becomes of an operation that is hit in its middle, at every point where it can be hit.
//!
//! An operation is run once undisturbed, which counts its requests to the engine and its events. Then it is run again and
//! again from the same beginning, and hit at another point each time: killed before the engine hears of its n-th request, or
//! before it hears the answer, or at its n-th event; or the engine fails it there. After that the same command is run once
//! more, undisturbed, and everything must be as if nothing had ever happened: containers with their names, images,
//! environments and fingerprints, networks, volumes, entries, subscriptions, what the next plan says, and no mark or
//! container of anybody left.
//!
//! Nothing in the program knows of these tests. By default a part of the points is tried, always the same;
//! `WINDLASS_FAULTS=all` tries all of them, `WINDLASS_FAULTS=redeployment/12-kill-after` one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test makes its own files and reads its own environment")]

mod hit;
mod lane;
mod proxy;
mod scene;
mod world;

mod kills;
mod locks;
mod outages;
#[path = "../small_disk/mod.rs"]
mod small_disk;
mod surroundings;

use std::io::Write;

/// Says that a test could not be done here, and why.
pub fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

/// A line that is seen also when a test succeeds.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "faults: {line}");
}
