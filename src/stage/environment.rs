//! The environment of each module (reference `environment.md`).

use super::bind::Bound;
use crate::finding::Staged;
use crate::name::ModuleName;
use crate::target::Target;
use crate::tree::{Origin, Value};

#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub module: ModuleName,
    /// In order of composition; names are unique.
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub value: Value,
    /// What the container gets: text as it is, anything else as compact JSON, null as `null`.
    pub text: String,
    /// What earlier sources had set, nearest first.
    pub overrode: Vec<Origin>,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Variable) -> bool {
        self.name == other.name && self.text == other.text
    }
}

/// Computes what each module gets from its properties, its requirements and its bound services.
pub fn environments(_bound: &Bound, _target: &Target) -> Staged<Option<Vec<Environment>>> {
    unimplemented!()
}
