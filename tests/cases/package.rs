//! Archives, from recipes: what is in them, and what is wrong with them.

use super::claims::{of_room, short};
use crate::recipe;
use std::fmt::Write as _;
use std::io::Cursor;
use windlass::descriptor::Document;
use windlass::package;
use windlass::source::Sources;
use windlass::stage::load;

#[test]
fn archives_are_believed_as_far_as_they_can_be() {
    of_room("package", |claim| {
        let path = claim.folder.join("archive.txt");
        let recipe = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut archive = Cursor::new(recipe::build(&recipe));
        let mut sources = Sources::default();
        let read = package::read(&mut sources, "app.mtar", &mut archive).expect("memory has no faults");
        let mut findings = read.findings;
        let mut holds = String::new();
        if let Some((descriptor, contents, manifest)) = read.product {
            assert!(sources.get(descriptor).name().starts_with("app.mtar!"));
            if let Some(Document::Descriptor(descriptor)) = load::document(&sources, descriptor).product {
                findings.extend(package::unmatched(&manifest, &descriptor));
            }
            for entry in contents.entries() {
                let _ = writeln!(holds, "{} {}", entry.path, entry.size);
            }
            for (module, named) in &manifest.modules {
                let _ = writeln!(holds, "module {module}: {}", named.path.value);
            }
            for (resource, named) in &manifest.resources {
                let _ = writeln!(holds, "resource {resource}: {}", named.path.value);
            }
            for ((module, dependency), named) in &manifest.requires {
                let _ = writeln!(holds, "requirement {module}/{dependency}: {}", named.path.value);
            }
        }
        claim.expect("findings.txt", &short(&sources, &findings.sorted()));
        claim.expect("holds.txt", &holds);
    });
}
