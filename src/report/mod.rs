//! What people and programs see. Everything here turns values into text; who reads it, and in which form, is decided in
//! [`crate::cli`].

pub mod paint;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;

pub mod baseline;
pub mod diff;
pub mod doctor;
pub mod environment;
pub mod graph;
mod graph_layout;
mod graph_svg;
pub mod hidden;
pub mod human;
pub mod json;
pub mod lint;
pub mod mask;
pub mod module;
pub mod operation;
pub mod operations;
pub mod order;
mod origins;
pub mod progress;
pub mod registry;
pub mod schema;
pub mod secrets;
pub mod short;
pub mod state;
pub mod status;
pub mod watch;
pub mod yaml;
