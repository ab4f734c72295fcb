//! What a finding is known by from one run to the next: in a baseline, and to platforms that show only what is new.
//!
//! Lines come and go above a finding, so no row or column is part of it: the code, the file, where in the document (without
//! the numbers of list entries, for entries are added in front of others) and the sentence. Findings that have all of these
//! in common are twins, and are told apart by counting them.

use super::Finding;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Gives out the fingerprints of one run. Twins are numbered in the order in which they are asked for, so findings come sorted.
#[derive(Debug, Default)]
pub struct Fingerprints {
    twins: HashMap<[u8; 32], u32>,
}

impl Fingerprints {
    /// Returns 32 hexadecimal digits. `file` is the finding's file as whoever keeps the fingerprint names it: relative to a
    /// folder that does not change between runs. `message` is the sentence as it is shown, secrets masked, because a
    /// fingerprint is kept in files that others can read.
    pub fn next(&mut self, finding: &Finding, file: &str, message: &str) -> String {
        let mut hash = Sha256::new();
        for part in [finding.code.id, &file.replace('\\', "/"), &without_numbers(&finding.path), message] {
            hash.update(part);
            hash.update([0]);
        }
        let alike: [u8; 32] = hash.clone().finalize().into();
        let twin = self.twins.entry(alike).or_default();
        hash.update(twin.to_le_bytes());
        *twin += 1;
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// `modules[0].requires[12].name` → `modules[].requires[].name`.
fn without_numbers(path: &str) -> String {
    let mut rest = path;
    let mut without = String::with_capacity(path.len());
    while let Some((before, inside)) = rest.split_once('[') {
        without.push_str(before);
        without.push('[');
        rest = inside.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    without + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{IMAGE_LATEST, PLAIN_SECRET};
    use crate::source::{Sources, Span};

    #[test]
    fn lines_and_numbers_of_entries_do_not_count_and_twins_do() {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", "abc");
        let finding = |code, at: usize, path: &str| Finding::new(code, Span::new(file, at..at), "No.").path(path);
        let mut prints = Fingerprints::default();
        let first = prints.next(&finding(&IMAGE_LATEST, 0, "modules[0].parameters"), "a/mtad.yaml", "No.");
        let twin = prints.next(&finding(&IMAGE_LATEST, 2, "modules[11].parameters"), "a/mtad.yaml", "No.");
        assert_ne!(first, twin);
        assert_eq!(first.len(), 32);
        let mut later = Fingerprints::default();
        assert_eq!(first, later.next(&finding(&IMAGE_LATEST, 3, "modules[5].parameters"), "a\\mtad.yaml", "No."));
        let others = [
            (&PLAIN_SECRET, "modules[0].parameters", "a/mtad.yaml", "No."),
            (&IMAGE_LATEST, "modules[0].properties", "a/mtad.yaml", "No."),
            (&IMAGE_LATEST, "modules[0].parameters", "b/mtad.yaml", "No."),
            (&IMAGE_LATEST, "modules[0].parameters", "a/mtad.yaml", "Yes."),
        ];
        for (code, path, file, message) in others {
            let other = Fingerprints::default().next(&finding(code, 0, path), file, message);
            assert_ne!(first, other, "{path} {file} {message}");
        }
    }
}
