//! deploy

pub mod look;
