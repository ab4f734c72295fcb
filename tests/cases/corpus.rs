//! Descriptors that people wrote who knew nothing of windlass. They are not part of the project; where the folder is
//! missing, the test says so and passes.

use crate::fix::laws::{Each, findings, fixed, obey};
use crate::read::read;
use crate::second_opinion::compare;
use std::fs;
use std::path::{Path, PathBuf};
use windlass::finding::Applicability;
use windlass::source::Sources;

/// `WINDLASS_SHARED`, else the folder `shared` beside the project.
fn shared() -> PathBuf {
    std::env::var_os("WINDLASS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

#[test]
fn real_descriptors_are_read() {
    let folder = shared().join("corpus/real");
    let Ok(known) = fs::read_to_string(folder.join("KNOWN_ERRORS.tsv")) else {
        eprintln!("SKIPPED: no real descriptors in {} (set WINDLASS_SHARED)", folder.display());
        return;
    };
    let known: Vec<&str> = known.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "mtaext"));
    files.sort();
    assert!(files.len() > 300, "{} files in {}", files.len(), folder.display());
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("UTF-8");
        compare(&path, &text);
        let (_, read) = read(text);
        assert!(read.findings.is_empty() || known.contains(&&*name), "{name}: {:#?}", read.findings);
        assert!(read.product.is_some() || read.findings.has_errors(), "{name} has neither a tree nor a finding");
    }
}

/// Each alone: what extends what is not known.
#[test]
fn fixes_obey_the_laws_in_real_descriptors() {
    let folder = shared().join("corpus/real");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no real descriptors in {} (set WINDLASS_SHARED)", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "mtaext"));
    files.sort();
    let (mut broken, mut safe, mut all, mut left) = (Vec::new(), 0, 0, 0);
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let mut sources = Sources::default();
        let file = sources.add(name.as_str(), fs::read_to_string(&path).expect("UTF-8"));
        broken.extend(obey(&sources, &[file], Each::Rule).into_iter().map(|law| format!("{name}: {law}")));
        let mended = fixed(&sources, &[file], Applicability::Unsafe);
        safe += fixed(&sources, &[file], Applicability::Safe).count;
        all += mended.count;
        left += findings(&mut mended.sources.with(&Default::default()), &[file]).len();
    }
    assert!(broken.is_empty(), "{} broken laws\n{}", broken.len(), broken.join("\n"));
    assert!(safe > 100 && all > safe, "{safe} safe fixes, {all} in all, {left} findings left");
    eprintln!("{safe} safe fixes, {all} in all, {left} findings left");
}
