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
