//! What a command has read from outside, so that its operation can be carried out again with the same texts and values.
//!
//! The first time everything is read where it is, and noted here; the second time what was noted answers. It holds secrets:
//! the store keeps it sealed, and nothing prints it.

use super::variables;
use crate::source::Sources;
use crate::target::supply::{Hidden, Supply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kept {
    /// Descriptor, extensions, target: by the name that the user gave the file.
    pub texts: BTreeMap<String, String>,
    /// Contents of the files of `--set-file`.
    pub set_files: BTreeMap<String, String>,
    /// The variables that secure parameters come from; `None` until they have been read.
    pub secure: Option<BTreeMap<String, String>>,
    /// What `${env:NAME}` has found.
    pub environment: BTreeMap<String, String>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Kept {
    /// Sources in which the noted texts stand in for their files.
    pub fn sources(&self) -> Sources {
        Sources::with_stand_ins(self.texts.iter().map(|(name, text)| (name.clone(), text.as_str().into())))
    }

    /// Notes the files that have been read. What lies in an archive stays there, and is compared when it is read again.
    pub fn note_texts(&mut self, sources: &Sources) {
        for file in sources.files() {
            let text = sources.get(file);
            if !text.is_given() && !text.name().contains('!') {
                self.texts.insert(text.name().to_owned(), text.text().to_string());
            }
        }
    }

    /// The value of `${env:NAME}`.
    pub fn variable(&mut self, name: &str) -> Supply {
        if let Some(value) = self.environment.get(name) {
            return Supply::Given(Hidden::new(value.as_str()));
        }
        let supply = variables::supply(name);
        if let Supply::Given(value) = &supply {
            self.environment.insert(name.to_owned(), value.reveal().to_owned());
        }
        supply
    }
}
