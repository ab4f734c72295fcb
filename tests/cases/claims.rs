//! Walks the folders of a room and compares what comes out with the snapshots in them.
//!
//! `WINDLASS_UPDATE=1` rewrites the snapshots; read the difference before committing it.
//!
//! A comment `# expect: error some-code` in an input says that a finding of that code begins on its line. Where a runner asks
//! for these comments ([`Claim::expect_comments`]), there must be no finding without one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use windlass::finding::{Applicability, Findings};
use windlass::source::edit::Editor;
use windlass::source::{FileId, Sources};

/// One folder, and what differed in it.
pub struct Claim {
    pub folder: PathBuf,
    differences: String,
}

impl Claim {
    /// Compares with a snapshot. An empty text stands for a snapshot that must not exist.
    pub fn expect(&mut self, snapshot: &str, actual: &str) {
        let path = self.folder.join(snapshot);
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected == actual {
            return;
        }
        if std::env::var_os("WINDLASS_UPDATE").is_some() {
            if actual.is_empty() {
                fs::remove_file(&path).expect("the snapshot can be removed");
            } else {
                fs::write(&path, actual).expect("the snapshot can be written");
            }
            return;
        }
        let _ = writeln!(self.differences, "--- {}", path.display());
        let _ = writeln!(self.differences, "expected:\n{expected}\nactual:\n{actual}");
    }

    /// Says that something else does not hold.
    pub fn fail(&mut self, what: &str) {
        let _ = writeln!(self.differences, "--- {}\n{what}", self.folder.display());
    }

    /// The input files whose names end like this, in the order of their names.
    pub fn inputs(&self, sources: &mut Sources, ending: &str) -> Vec<FileId> {
        let entries = fs::read_dir(&self.folder).expect("the folder can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(ending))
            .collect();
        names.sort();
        names.into_iter().filter_map(|name| self.input(sources, &name)).collect()
    }

    pub fn input(&self, sources: &mut Sources, name: &str) -> Option<FileId> {
        let text = fs::read_to_string(self.folder.join(name)).ok()?;
        Some(sources.add(name, text))
    }

    /// Compares the findings with the comments in the inputs, line by line.
    pub fn expect_comments(&mut self, sources: &Sources, findings: &Findings) {
        let mut expected = BTreeSet::new();
        for file in sources.files() {
            let text = sources.get(file);
            for (row, line) in text.text().lines().enumerate() {
                for comment in line.split_once("# expect: ").iter().flat_map(|(_, rest)| rest.split(", ")) {
                    expected.insert(format!("{}:{} {}", text.name(), row + 1, comment.trim()));
                }
            }
        }
        let found: BTreeSet<String> = findings
            .iter()
            .map(|it| format!("{} {} {}", sources.line_of(it.at), it.severity.word(), it.code.id))
            .collect();
        for missing in expected.difference(&found) {
            self.fail(&format!("expected, and not found: {missing}"));
        }
        for surplus in found.difference(&expected) {
            self.fail(&format!("found, and not expected: {surplus}"));
        }
    }
}

/// Runs `check` for every claim of a room.
pub fn of_room(room: &str, mut check: impl FnMut(&mut Claim)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(room);
    let mut folders: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "{} holds no claims", root.display());
    let mut differences = String::new();
    for folder in folders {
        let mut claim = Claim { folder, differences: String::new() };
        check(&mut claim);
        differences += &claim.differences;
    }
    assert!(differences.is_empty(), "{differences}");
}

/// One finding a line, as `--message-format short` prints it, followed by the places and the help that belong to it.
pub fn short(sources: &Sources, findings: &Findings) -> String {
    let mut out = String::new();
    for finding in findings.clone().sorted() {
        let place = |at| {
            let (start, _) = sources.positions(at);
            format!("{}:{}:{}", sources.get(at.file).name(), start.row, start.column)
        };
        let (at, severity, code) = (place(finding.at), finding.severity.word(), finding.code.id);
        let _ = writeln!(out, "{at}: {severity}[{code}]: {}", finding.message);
        for related in &finding.related {
            let _ = writeln!(out, "  {}: {}", place(related.at), related.message);
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "  help: {help}");
        }
    }
    out
}

/// Like [`short`], with everything else that a finding holds: its end, its path, its fix.
pub fn long(sources: &Sources, findings: &Findings) -> String {
    let editor = Editor::new(sources);
    let mut out = String::new();
    for finding in findings.clone().sorted() {
        let (start, end) = sources.positions(finding.at);
        let place = format!(
            "{}:{}:{}-{}:{}",
            sources.get(finding.at.file).name(),
            start.row,
            start.column,
            end.row,
            end.column
        );
        let _ = writeln!(out, "{place}: {}[{}]: {}", finding.severity.word(), finding.code.id, finding.message);
        if !finding.path.is_empty() {
            let _ = writeln!(out, "  path: {}", finding.path);
        }
        for related in &finding.related {
            let _ = writeln!(out, "  {}: {}", sources.line_of(related.at), related.message);
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "  help: {help}");
        }
        if let Some((fix, written)) = finding.fix.as_ref().and_then(|fix| Some((fix, editor.write(fix)?))) {
            let safety = match written.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            };
            let edit = |edit: &windlass::finding::Edit| format!("{:?} → {:?}", sources.slice(edit.at), edit.content);
            let edits: Vec<String> = written.edits.iter().map(edit).collect();
            let _ = writeln!(out, "  fix ({safety}): {}: {}", fix.message, edits.join(", "));
        }
    }
    out
}
