//! windlass deploys multitarget applications to containers.
//!
//! The floor plan, bottom up. Imports go down only (`tests/floors.rs`).

// ground: knows nothing of multitarget applications
pub mod finding;
pub mod name;
pub mod source;

// language: the words inside a descriptor
pub mod image;
pub mod text;
pub mod tree;
pub mod version;

// model: the sentences
pub mod config;
pub mod descriptor;
pub mod operation;
pub mod registry;
pub mod target;

// stages: pure, one file per step
pub mod stage;

// judgement: what follows from it
pub mod lint;
pub mod plan;

// ports: the rooms with windows
pub mod disk;
pub mod engine;
pub mod package;
pub mod store;

// work
pub mod deploy;

// faces
pub mod cli;
pub mod lsp;
pub mod report;
