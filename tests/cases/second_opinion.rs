//! What windlass reads from the YAML files of this project, another reader reads as well.

use std::fs;
use std::path::{Path, PathBuf};
use windlass::source::Sources;
use windlass::source::yaml::{self, Node, NodeKind, Scalar, Style};

/// Claims of reading whose point is something that the other reader does not do.
const DIFFERENT_ON_PURPOSE: &[&str] = &[
    "a-byte-order-mark-takes-no-column",            // is refused there
    "a-comment-that-allows-stands-where-it-covers", // likewise
    "merge-keys-give-way-to-keys-of-the-map",       // two of them in one map are refused there
    "standard-tags-are-applied",                    // `!!int "0x10"` stays text there
    "plain-scalars-mean-what-yaml-1-1-says",        // integers over 64 bits are refused there
    "texts-that-look-like-other-things-stay-texts", // integers over 64 bits, too
];

#[test]
fn another_reader_agrees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["testdata", "docs"] {
        collect(&root.join(folder), &mut files);
    }
    let mut compared = 0;
    for path in files {
        let on_purpose = path.iter().any(|part| DIFFERENT_ON_PURPOSE.iter().any(|name| part == *name));
        if let (false, Ok(text)) = (on_purpose, fs::read_to_string(&path)) {
            compared += usize::from(compare(&path, &text));
        }
    }
    assert!(compared > 10, "only {compared} files were compared");
}

/// Compares the two readings of a text, unless windlass found something wrong with it. Tells whether it did.
pub fn compare(path: &Path, text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), text);
    let read = yaml::read(&sources, file);
    let Some(node) = read.product.filter(|_| read.findings.is_empty()) else { return false };
    let mut other: serde_yaml::Value =
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    other.apply_merge().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_same(&node, &other, path);
    true
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("the folder can be listed").path()) {
        match path.extension() {
            _ if path.is_dir() => collect(&path, files),
            Some(extension) if extension == "yaml" || extension == "mtaext" => files.push(path),
            _ => {}
        }
    }
}

/// The other reader follows YAML 1.2, so plain scalars are compared by what *it* makes of their text.
fn assert_same(node: &Node, other: &serde_yaml::Value, path: &Path) {
    use serde_yaml::Value;
    let other = match other {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    };
    let place = || format!("{} at {:?}: {node:?}\n{other:?}", path.display(), node.span.range());
    match (&node.kind, other) {
        (NodeKind::List(items), Value::Sequence(others)) => {
            assert_eq!(items.len(), others.len(), "{}", place());
            items.iter().zip(others).for_each(|(item, other)| assert_same(item, other, path));
        }
        (NodeKind::Map(pairs), Value::Mapping(others)) => {
            assert_eq!(pairs.len(), others.len(), "{}", place());
            for (key, other) in others {
                let text = match key {
                    Value::String(text) => text.clone(),
                    key => serde_yaml::to_string(key).expect("a scalar").trim().to_owned(),
                };
                // Keys are texts here: `1.50` and `~` keep the form that they are written in.
                let same = |key: &str| {
                    *key == text || serde_yaml::from_str::<Value>(key).ok() == serde_yaml::from_str(&text).ok()
                };
                let exact = pairs.iter().find(|pair| *pair.key.value == *text);
                let pair = exact.or_else(|| pairs.iter().find(|pair| same(&pair.key.value)));
                assert_same(&pair.unwrap_or_else(|| panic!("{text}: {}", place())).value, other, path);
            }
        }
        (NodeKind::Scalar(Scalar { text, .. }), Value::String(other)) => assert_eq!(&**text, other, "{}", place()),
        (NodeKind::Scalar(Scalar { text, style: Style::Plain }), other) => {
            assert_eq!(serde_yaml::from_str::<Value>(text).ok().as_ref(), Some(other), "{}", place());
        }
        _ => panic!("{}", place()),
    }
}
