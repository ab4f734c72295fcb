//! Bytes as a manifest, and as an archive: its list of entries, its descriptor, its content.

use super::tree::findings_have_places;
use std::io::{Cursor, ErrorKind, Read};
use windlass::package::path::EntryPath;
use windlass::package::{limits, manifest, read, unpack};
use windlass::source::Sources;

pub fn check(data: &[u8]) {
    manifest_of(data);
    archive(data);
}

fn manifest_of(data: &[u8]) {
    let mut sources = Sources::default();
    let (_, read) = manifest::read(&mut sources, "MANIFEST.MF", data);
    findings_have_places(&sources, &read.findings);
    for named in read.product.named() {
        let path = &named.path.value;
        assert_eq!(EntryPath::parse(path.as_str()).as_ref(), Ok(path));
        // A reader of paths that knows nothing of ours must not be led outside either.
        let outside = |part: &str| matches!(part, "" | "." | "..");
        assert!(!path.bare().split(['/', '\\']).any(outside), "{path}");
        for span in [named.path.span, named.name] {
            assert!(sources.get(span.file).text().get(span.range()).is_some(), "{span:?} is not in the manifest");
        }
    }
}

fn archive(data: &[u8]) {
    let mut sources = Sources::default();
    // Reading from memory fails only by what is in it, and that is a finding.
    let read = read(&mut sources, "a.mtar", &mut Cursor::new(data)).expect("memory can be read");
    findings_have_places(&sources, &read.findings);
    let Some((_, contents, manifest)) = read.product else {
        assert!(read.findings.has_errors(), "no archive, and no word why");
        return;
    };
    for named in manifest.named() {
        assert!(contents.has(&named.path.value), "{}", named.path.value);
    }
    for entry in contents.entries().iter().filter(|entry| !entry.path.is_folder()) {
        let unpacked = unpack::unpack(Cursor::new(data), entry).and_then(|bytes| {
            let mut bytes = bytes.take(limits::SMALL_FILE);
            std::io::copy(&mut bytes, &mut std::io::sink())
        });
        match unpacked {
            Ok(length) => assert!(length == entry.size.min(limits::SMALL_FILE), "{}", entry.path),
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidData, "{}: {error}", entry.path),
        }
    }
}
