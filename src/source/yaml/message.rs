//! What to say when a text is not YAML.

use crate::finding::{Finding, YAML_SYNTAX};
use crate::source::{FileId, Span};
use granit_parser::ErrorKind;

/// A list or map in which the parser stopped.
pub struct Open {
    pub list: bool,
    pub start: usize,
}

pub fn syntax(kind: &ErrorKind, at: usize, _seen: usize, _open: &[Open], text: &str, file: FileId) -> Finding {
    let at = at.min(text.len());
    Finding::new(&YAML_SYNTAX, Span::new(file, at..at), format!("{kind}."))
}
