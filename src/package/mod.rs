//! Applications as archives: `.mtar` files and folders of the same form.
//!
//! This room reads and writes archives, and knows where the content of a module is. Of descriptors it knows the names. What
//! comes in may be hostile: paths that lead outside, a hundred bytes that inflate to gigabytes, two directories in one file.
//! [`manifest::read`] and [`contents::read`] are functions from bytes to a value and findings, and touch no disk.

mod about;
pub mod content;
pub mod contents;
pub mod files;
mod find;
pub mod limits;
pub mod manifest;
mod open;
mod pack;
pub mod parameters;
pub mod path;
mod unmatched;
pub mod unpack;
mod write;

pub use about::{Asked, Listings, about_files, may_speak_of_files};
pub use find::{ModuleContents, contents_of};
pub use open::{Archive, DESCRIPTOR, Input, Origin, open, read};
pub use pack::{Packing, nothing_to_pack, pack};
pub use unmatched::unmatched;
pub use write::WriteError;
