//! What must hold for any input: laws checked with generated values, inputs that fuzzing found, and inputs made to hurt.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "these tests read their own files")]

mod found;
mod hostile;
mod laws;
#[path = "../../fuzz/properties/mod.rs"]
mod properties;
