//! Two lines: a version, and a range (or another version).

use std::cmp::Ordering;
use windlass::version::{Change, Version, VersionRange, VersionRule};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (left, right) = text.split_once('\n').unwrap_or(("1.2.3", text));
    let (a, b) = (version(left), version(right));
    if let (Some(a), Some(b)) = (&a, &b) {
        order(a, b);
    }
    match VersionRange::parse(right) {
        Ok(range) => {
            for version in a.iter().chain(&b).chain(&edges()) {
                matching(&range, version);
            }
        }
        Err(error) => {
            assert!(right.get(error.at.clone()).is_some(), "{:?} is not in {right:?}", error.at);
            assert!(!error.at.is_empty() || right.is_empty(), "{right:?}");
            assert!(!error.message.is_empty());
        }
    }
    VersionRule::parse(right);
}

/// Reads a version; what it prints is the same version.
fn version(text: &str) -> Option<Version> {
    let version = Version::parse(text).ok()?;
    assert_eq!(Version::parse(&version.to_string()).as_ref(), Ok(&version), "{text:?}");
    assert_eq!(version.compare(&version), Ordering::Equal);
    Some(version)
}

fn order(a: &Version, b: &Version) {
    let way = a.compare(b);
    assert_eq!(b.compare(a), way.reverse(), "{a} and {b}");
    if way == Ordering::Equal {
        assert_eq!((a.major, a.minor, a.patch, a.pre.is_empty()), (b.major, b.minor, b.patch, b.pre.is_empty()));
    }
    assert!(way != Ordering::Less || a.sort_key() <= b.sort_key(), "{a} and {b}");
    let change = Change::between(Some(a), b);
    assert_eq!(change == Change::Upgrade, way == Ordering::Less);
    assert_eq!(VersionRule::Higher.allows(change), way == Ordering::Less);
}

fn matching(range: &VersionRange, version: &Version) {
    let satisfied = range.satisfied_by(version);
    // The index may offer too much, never too little.
    if satisfied {
        let key = version.sort_key();
        let (low, high) = range.sort_keys().expect("something satisfies the range");
        assert!(low.is_none_or(|low| low <= key) && high.is_none_or(|high| key <= high), "{version} in `{range}`");
    }
    // Build parts do not count.
    let other = Version { build: "other".to_owned(), ..version.clone() };
    assert_eq!(range.satisfied_by(&other), satisfied, "{version} in `{range}`");
    // `or` is `or`.
    if let Ok(either) = VersionRange::parse(&format!("{range} || 7.7.7")) {
        let seven = (version.major, version.minor, version.patch) == (7, 7, 7) && version.pre.is_empty();
        assert_eq!(either.satisfied_by(version), satisfied || seven, "{version} in `{range} || 7.7.7`");
    }
}

fn edges() -> Vec<Version> {
    let read = |text: &&str| Version::parse(text).expect("a version");
    ["0.0.0-0", "0.0.0", "1.0.0-rc.1", "1.2.3", "7.7.7", "2147483647.2147483647.2147483647"].iter().map(read).collect()
}
