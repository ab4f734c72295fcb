//! Walks the folders of a room and compares what comes out with the snapshots in them.
//!
//! `WINDLASS_UPDATE=1` rewrites the snapshots; read the difference before committing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use windlass::finding::Findings;
use windlass::source::Sources;

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
