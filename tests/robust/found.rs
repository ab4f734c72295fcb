//! What fuzz targets claim, without a fuzzer: over the inputs that once failed, and over all test data of the project.

use crate::properties;
use std::path::{Path, PathBuf};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}

/// `testdata/fuzz/<claim>/<target>` holds an input on which the target once failed.
#[test]
fn what_was_found_stays_fixed() {
    let mut replayed = 0;
    for input in entries(&testdata().join("fuzz")).flat_map(|claim| entries(&claim).collect::<Vec<_>>()) {
        let target = input.file_name().unwrap().to_string_lossy().into_owned();
        let check = properties::of(&target).unwrap_or_else(|| panic!("{}: no such target", input.display()));
        eprintln!("{}", input.display());
        check(&std::fs::read(&input).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0);
}

#[test]
fn the_test_data_has_the_properties() {
    let mut folders = vec![testdata()];
    let mut checked = 0;
    while let Some(folder) = folders.pop() {
        let (inside, files): (Vec<_>, Vec<_>) = entries(&folder).partition(|path| path.is_dir());
        folders.extend(inside);
        let ends = |path: &Path, ending: &str| path.extension().is_some_and(|extension| extension == ending);
        let read = |path: &PathBuf| std::fs::read(path).unwrap();
        let mut extensions: Vec<_> = files.iter().filter(|path| ends(path, "mtaext")).collect();
        extensions.sort();
        for file in files.iter().filter(|path| ends(path, "yaml") || ends(path, "mtaext")) {
            // What the runner of tests shows of a failure ends with this.
            eprintln!("{}", file.display());
            properties::tree::check(&read(file));
            checked += 1;
            if !file.ends_with("mtad.yaml") {
                continue;
            }
            let mut texts = vec![read(file)];
            texts.extend(extensions.iter().map(|path| read(path)));
            let target = folder.join("target.yaml");
            let options = if target.exists() {
                texts.push(read(&target));
                properties::resolve::TARGET
            } else {
                0
            };
            for answers in 0..3 {
                let separator = properties::resolve::SEPARATOR as u8;
                let input = [vec![b'0' | options | answers], texts.join(&separator)].concat();
                properties::resolve::check(&input);
            }
        }
    }
    assert!(checked > 100, "{checked} files");
}
