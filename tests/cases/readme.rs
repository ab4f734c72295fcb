//! `testdata/README.md` names the claims that stand for each rule, and nothing that is none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_tables_of_rules_name_every_claim_of_their_rooms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let readme = fs::read_to_string(root.join("README.md")).expect("the table is there");
    for section in readme.split("\n## ").skip(1) {
        let room = section.split(':').next().unwrap_or_default();
        let folders = fs::read_dir(root.join(room)).unwrap_or_else(|error| panic!("{room}: {error}"));
        let folders = folders.map(|entry| entry.expect("the folder can be listed").path()).filter(|path| path.is_dir());
        let claims: BTreeSet<String> =
            folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        let words = section.split('`').skip(1).step_by(2).filter(|word| word.contains('-') && !word.contains('/'));
        let named: BTreeSet<String> = words.map(str::to_owned).collect();
        let missing: Vec<_> = claims.difference(&named).collect();
        let surplus: Vec<_> = named.difference(&claims).collect();
        // Only a table of rules is complete; the other rooms are lists to begin with.
        assert!(
            missing.is_empty() || !section.contains("| rule |"),
            "{room}: claims that the table does not name: {missing:#?}"
        );
        assert!(surplus.is_empty(), "{room}: named in the table, and no claim: {surplus:#?}");
    }
    let rooms = fs::read_dir(&root).expect("the folder can be listed").filter_map(Result::ok);
    for room in rooms.filter(|room| room.path().is_dir()) {
        let heading = format!("\n## {}: ", room.file_name().to_string_lossy());
        assert!(readme.contains(&heading), "the table says nothing of {}", room.path().display());
    }
}

/// The numbered rules of the three references that windlass follows.
const RULES: [(&str, &[(u32, u32)]); 3] = [
    ("semantics", &[(1, 10), (2, 7), (3, 8), (4, 8), (5, 4), (6, 4), (7, 0), (8, 0)]),
    ("registry", &[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0)]),
    ("environment", &[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0)]),
];

#[test]
fn every_rule_of_the_references_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("testdata/README.md")).expect("the table is there");
    let mut held: BTreeSet<(String, String)> = BTreeSet::new();
    for row in readme.lines().filter_map(|line| line.strip_prefix("| ")) {
        let (rule, guards) = row.split_once(" | ").unwrap_or((row, ""));
        let Some((reference, numbers)) = rule.split(" — ").next().and_then(|rule| rule.split_once(' ')) else {
            continue;
        };
        assert!(!RULES.iter().any(|(name, _)| *name == reference) || guards.contains('`'), "nothing guards {rule}");
        held.extend(numbers.split(", ").map(|number| (reference.to_owned(), number.to_owned())));
    }
    for (reference, sections) in RULES {
        for (section, last) in sections {
            let numbers: Vec<String> = match last {
                0 => vec![section.to_string()],
                last => (1..=*last).map(|number| format!("{section}.{number}")).collect(),
            };
            for number in numbers {
                assert!(held.contains(&(reference.to_owned(), number.clone())), "no row for {reference} {number}");
            }
        }
    }
    for word in readme.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs")) {
        assert!(root.join(word).exists(), "{word} is named, and is not there");
    }
    let head = readme.split("\n## ").next().unwrap_or_default();
    let rows = head.lines().filter(|line| line.starts_with("| ")).flat_map(|line| line.split('`').skip(1).step_by(2));
    for claim in rows.filter(|word| word.contains('-') && !word.contains('/')) {
        let is_there = |room: fs::DirEntry| room.path().join(claim).is_dir();
        let mut rooms = fs::read_dir(root.join("testdata")).expect("the folder can be listed").filter_map(Result::ok);
        assert!(rooms.any(is_there), "{claim} is named, and is no claim");
    }
}
