//! Where in a document something stands: `modules[0].requires[1].properties.url`.
//!
//! A place is a chain of borrowed steps on the stack, because nearly all of them are walked through without a word: only
//! a finding turns one into text.

use std::fmt::{Display, Formatter, Result};

#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    /// Steps that were walked before, as text.
    Walked(&'a str),
    Key(&'a str),
    Index(usize),
}

impl Place<'static> {
    pub const ROOT: Place<'static> = Place { parent: None, step: Step::Root };
}

impl<'a> Place<'a> {
    /// The place that a text such as `modules[0].properties` describes.
    pub fn walked(path: &'a str) -> Place<'a> {
        Place { parent: None, step: Step::Walked(path) }
    }

    pub fn key(&'a self, key: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: Step::Key(key) }
    }

    pub fn index(&'a self, at: usize) -> Place<'a> {
        Place { parent: Some(self), step: Step::Index(at) }
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Walked(path) => f.write_str(path),
            Step::Index(at) => write!(f, "[{at}]"),
            Step::Key(key) if !is_word(key) => write!(f, "[{key:?}]"),
            Step::Key(key) if self.parent.is_none_or(|parent| matches!(parent.step, Step::Root)) => f.write_str(key),
            Step::Key(key) => {
                f.write_str(".")?;
                f.write_str(key)
            }
        }
    }
}

/// Whether a key can stand between dots without being misread.
fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_like_a_path_and_quotes_what_would_be_misread() {
        let modules = Place::ROOT.key("modules");
        let first = modules.index(0);
        let properties = first.key("properties");
        assert_eq!(properties.key("url").to_string(), "modules[0].properties.url");
        assert_eq!(properties.key("a.b").to_string(), "modules[0].properties[\"a.b\"]");
        assert_eq!(Place::ROOT.to_string(), "");
    }
}
