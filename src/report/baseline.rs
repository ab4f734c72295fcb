//! A baseline: the findings that an old project has and knows of, kept in a file so that only new ones are told.
//!
//! An entry is a fingerprint, with enough beside it for people to read what has changed. Entries are sorted and stand on a
//! line each. No message is in it: it would be another place where a secret could end up.

use super::hidden::Hidden;
use crate::finding::fingerprint::Fingerprints;
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Findings, STALE_BASELINE, Staged, SuppressedBy, Suppression};
use crate::source::yaml;
use crate::source::{FileId, Sources, Span};
use crate::tree::Place;
use crate::tree::shape::{Element, Expects, Key, Others, Presence, Reader, Role, scalar_text};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a baseline is about: findings that can be held back, each with its fingerprint.
pub struct Known<'f> {
    pub finding: &'f Finding,
    pub fingerprint: String,
    /// The finding's file, relative to the folder of the baseline.
    pub file: String,
}

/// The fingerprints of findings, in their order. `name` says what a file is called from the folder of the baseline.
pub fn known<'f>(sources: &Sources, findings: &'f Findings, name: impl Fn(FileId) -> String) -> Vec<Known<'f>> {
    let hidden = Hidden::of(sources);
    let mut fingerprints = Fingerprints::default();
    let mut names: BTreeMap<FileId, String> = BTreeMap::new();
    let one = |finding: &'f Finding| {
        let file = names.entry(finding.at.file).or_insert_with(|| name(finding.at.file)).clone();
        let fingerprint = fingerprints.next(finding, &file, &hidden.over(&finding.message));
        Known { finding, fingerprint, file }
    };
    findings.iter().map(one).collect()
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    code: &'a str,
    path: &'a str,
    fingerprint: &'a str,
}

/// The text of a baseline that holds these findings.
pub fn write(known: &[Known<'_>]) -> String {
    let mut rows: Vec<Row<'_>> = known
        .iter()
        .map(|one| Row {
            file: &one.file,
            code: one.finding.code.id,
            path: &one.finding.path,
            fingerprint: &one.fingerprint,
        })
        .collect();
    rows.sort_by_key(|row| (row.file, row.code, row.path, row.fingerprint));
    let line = |row| serde_json::to_string(row).expect("strings always have a JSON form");
    let rows: Vec<String> = rows.iter().map(line).collect();
    let list = if rows.is_empty() { "[]".to_owned() } else { format!("[\n    {}\n  ]", rows.join(",\n    ")) };
    format!("{{\n  \"version\": {VERSION},\n  \"findings\": {list}\n}}\n")
}

/// The form of the file.
const VERSION: &str = "1";

const fn key(name: &'static str, expects: Expects, about: &'static str, example: &'static str) -> Key {
    Key { name, expects, presence: Presence::Required, since: 1, role: Role::Read, about, example }
}

static BASELINE: Element = Element {
    name: "baseline",
    others: Others::Reported,
    keys: &[
        key("version", Expects::Version, "The version of the form", "1"),
        key("findings", Expects::Elements, "What is known", "[]"),
    ],
};

static ENTRY: Element = Element {
    name: "known finding",
    others: Others::Reported,
    keys: &[
        key("file", Expects::Text, "The file, relative to the baseline", "mtad.yaml"),
        key("code", Expects::Text, "The code of the finding", "image-latest"),
        key("path", Expects::Text, "Where in the document", "modules[0].parameters"),
        key("fingerprint", Expects::Text, "What the finding is known by", "0f3a"),
    ],
};

/// A baseline that was read.
#[derive(Debug, Default)]
pub struct Baseline {
    /// By fingerprint.
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    at: Span,
    file: String,
    code: String,
}

/// Reads a baseline. JSON is YAML, so that a mistake in it has a place like any other.
pub fn read(sources: &Sources, file: FileId) -> Staged<Baseline> {
    let mut findings = Findings::default();
    let mut baseline = Baseline::default();
    let Some(root) = findings.keep(yaml::read(sources, file)) else { return Staged::new(baseline, findings) };
    let mut reader = Reader::new(u32::MAX);
    if let Some(fields) = reader.fields(&root, &BASELINE, &Place::ROOT) {
        if let Some(version) = fields.node("version").filter(|version| &*scalar_text(version) != VERSION) {
            let message = format!("The baseline has version {}; this windlass reads {VERSION}.", scalar_text(version));
            let help = "Write it again with `--write-baseline`, or use the windlass that wrote it.";
            reader.findings.push(Finding::new(&BAD_PARAMETER_VALUE, version.span, message).path("version").help(help));
        }
        let entries = reader.elements(&fields, "findings", &ENTRY, &Place::ROOT, |_, fields, _| {
            let text = |key: &str| fields.text(key).map(|text| text.value);
            Some((text("fingerprint")?, Entry { at: fields.span, file: text("file")?, code: text("code")? }))
        });
        baseline.entries = entries.into_iter().collect();
    }
    findings.extend(reader.findings);
    Staged::new(baseline, findings)
}

impl Baseline {
    /// The baseline that these findings would make, without having been written.
    pub fn of(known: &[Known<'_>]) -> Baseline {
        let entry = |one: &Known<'_>| {
            (
                one.fingerprint.clone(),
                Entry { at: one.finding.at, file: one.file.clone(), code: one.finding.code.id.to_owned() },
            )
        };
        Baseline { entries: known.iter().map(entry).collect() }
    }

    /// Marks what is known as suppressed, and adds what is to be said of entries that stand for nothing any more. `can_be` says
    /// which findings a baseline may hold back; `looked_at` whether the findings of a file, by its name in the baseline, would be
    /// there.
    pub fn hold_back(
        &self,
        known: &[Known<'_>],
        can_be: impl Fn(&Finding) -> bool,
        looked_at: impl Fn(&str) -> bool,
    ) -> Findings {
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let one = |one: &Known<'_>| match self.entries.get_key_value(&one.fingerprint) {
            Some((print, _)) if can_be(one.finding) => {
                met.insert(print);
                one.finding.clone().suppressed(Suppression { by: SuppressedBy::Baseline, reason: None })
            }
            _ => one.finding.clone(),
        };
        let mut findings: Findings = known.iter().map(one).collect();
        let gone = self.entries.iter().filter(|(print, entry)| !met.contains(print.as_str()) && looked_at(&entry.file));
        findings.extend(gone.map(|(_, entry)| entry.is_stale()).collect());
        findings
    }
}

impl Entry {
    fn is_stale(&self) -> Finding {
        let message = format!("The `{}` in `{}` is gone.", self.code, self.file);
        Finding::new(&STALE_BASELINE, self.at, message).help("Write the baseline again with `--write-baseline`.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{IMAGE_LATEST, PLAIN_SECRET};

    fn findings(file: FileId, places: &[(usize, &str)]) -> Findings {
        let one = |(at, path): &(usize, &str)| {
            Finding::new(&IMAGE_LATEST, Span::new(file, *at..*at), "No version.").path(*path)
        };
        places.iter().map(one).collect()
    }

    #[test]
    fn what_was_known_is_held_back_wherever_it_has_moved_and_twins_are_counted() {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", "a: 1\nb: 2\nc: 3\n");
        let name = |_| "mtad.yaml".to_owned();
        let before = findings(file, &[(0, "modules[0]"), (5, "modules[1]")]);
        let text = write(&known(&sources, &before, name));
        let kept = sources.add("baseline.json", text.clone());
        let staged = read(&sources, kept);
        assert!(staged.findings.is_empty(), "{:?}", staged.findings);
        let baseline = staged.product;

        let moved = findings(file, &[(3, "modules[4]"), (9, "modules[7]"), (12, "modules[8]")]);
        // Held back, new, and stale.
        let counts = |now: &Findings, can_be: bool, looked_at: bool| {
            let all = baseline.hold_back(&known(&sources, now, name), |_| can_be, |_| looked_at);
            let stale = all.iter().filter(|finding| finding.code == &STALE_BASELINE).count();
            let (counting, held) = all.apart();
            (held.len(), counting.len() - stale, stale)
        };
        assert_eq!(counts(&moved, true, true), (2, 1, 0), "the third twin is new");

        let fewer = findings(file, &[(3, "modules[4]")]);
        assert_eq!(counts(&fewer, true, true), (1, 0, 1));
        assert_eq!(counts(&fewer, true, false), (1, 0, 0));
        assert_eq!(counts(&fewer, false, false), (0, 1, 0));
        let all = baseline.hold_back(&known(&sources, &fewer, name), |_| true, |_| true);
        let row =
            all.iter().find(|finding| finding.code == &STALE_BASELINE).map(|stale| sources.positions(stale.at).0.row);
        assert!(row.is_some_and(|row| (4..=5).contains(&row)), "{row:?}");
    }

    #[test]
    fn the_text_is_sorted_and_does_not_depend_on_lines() {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", "a: 1\nb: 2\n");
        let name = |_| "mtad.yaml".to_owned();
        let mut list = findings(file, &[(0, "modules[0]")]);
        list.push(Finding::new(&PLAIN_SECRET, Span::new(file, 5..6), "Secret.").path("parameters.x"));
        let text = write(&known(&sources, &list, name));
        let mut turned = Findings::default();
        turned.push(Finding::new(&PLAIN_SECRET, Span::new(file, 0..1), "Secret.").path("parameters.x"));
        turned.extend(findings(file, &[(7, "modules[0]")]));
        assert_eq!(text, write(&known(&sources, &turned, name)));
        assert!(text.starts_with(
            "{\n  \"version\": 1,\n  \"findings\": [\n    {\"file\":\"mtad.yaml\",\"code\":\"image-latest\""
        ));
        assert_eq!(write(&[]), "{\n  \"version\": 1,\n  \"findings\": []\n}\n");
    }

    #[test]
    fn mistakes_in_a_baseline_have_places() {
        let mut sources = Sources::default();
        let file = sources.add("baseline.json", "{\n  \"version\": 2,\n  \"findings\": [{\"file\": 1}]\n}\n");
        let codes: Vec<&str> = read(&sources, file).findings.iter().map(|found| found.code.id).collect();
        assert!(codes.contains(&"bad-parameter-value") && codes.contains(&"schema-missing-key"), "{codes:?}");
    }
}
