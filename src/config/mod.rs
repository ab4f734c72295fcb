//! `windlass.toml`: how a project wants things to be.
//!
//! A file is a [`Document`]: its keys checked against one table ([`table::ROOT`]), every value with its place. Documents lie over each
//! other in [`Layers`], the project's over the user's, and [`Settings`] is what they come to. What flags and variables say over
//! that, and where the files are, is known above; nothing is read from a disk here.

pub mod explain;
mod read;
mod settings;
pub mod table;

pub use read::{Document, read};
pub use settings::{FailOn, Kind, Layers, Level, PerPath, Settings};

/// The name of a project's file.
pub const FILE_NAME: &str = "windlass.toml";
