//! The language server: what `lint`, `explain` and `env --explain` know, while somebody types.
//!
//! ```text
//! wire → server → answer → (one file per feature) → wording → wire
//!           workspace → family → index
//! ```
//!
//! A `family::Family` is a descriptor with all its extensions, as the editor has them at this moment. Every feature is a
//! function of a family, a file and a place in it; only `wording` knows how the protocol wants the answer. Nothing here
//! may panic, for a panic ends the process: every place in a text is looked up, never indexed.

mod actions;
mod address;
mod answer;
mod capabilities;
mod client;
mod command;
mod complete;
mod context;
mod definition;
mod diagnostics;
mod family;
mod folding;
mod format;
mod hover;
mod index;
mod inlay;
mod links;
mod markdown;
mod mend;
mod outline;
mod peek;
mod position;
mod protocol;
mod publish;
mod rename;
mod scan;
mod server;
mod settings;
mod spot;
mod symbols;
mod tokens;
mod watch;
mod wire;
mod wording;
mod workspace;

pub use family::Surroundings;
pub use server::{End, serve};
pub use settings::{Place, Places};

#[cfg(test)]
mod tests;
