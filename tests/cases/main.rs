//! Claims as data: `testdata/<room>/<claim>/` holds an input and what must come of it, and a module here walks each room.
//!
//! One binary for all rooms, because every further one costs linking time.

#![allow(clippy::disallowed_methods, reason = "these tests read their own files")]

mod claims;
mod compatibility;
mod corpus;
mod fix;
mod lint;
mod merge;
mod order;
mod pack;
mod package;
mod parse;
mod plan;
mod read;
mod readme;
#[path = "../recipe/mod.rs"]
mod recipe;
mod report;
mod schema;
mod second_opinion;
#[path = "../shapes/mod.rs"]
mod shapes;
mod stages;
