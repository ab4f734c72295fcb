//! What must hold for every input, whoever made it. A fuzz target is one of these functions; `tests/fuzz.rs` runs all of
//! them over the project's own test data and over the inputs that fuzzing once found.

pub mod manifest;
pub mod resolve;
pub mod tree;
pub mod version_range;

/// The function of a target.
pub fn of(target: &str) -> Option<fn(&[u8])> {
    match target {
        "manifest" => Some(manifest::check),
        "resolve" => Some(resolve::check),
        "tree" => Some(tree::check),
        "version_range" => Some(version_range::check),
        _ => None,
    }
}
