//! Versions and version ranges, read as leniently as the deploy service reads them (semantics 6).

/// A version, completed to three numbers; ordered by semantics 6.2 (build metadata does not count).
#[derive(Clone, Debug)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    pub pre: String,
    pub build: String,
}

/// A range such as `>=2.0.0 <3.0.0`, with the text it was written as.
#[derive(Clone, Debug)]
pub struct VersionRange {
    pub text: String,
}

impl PartialEq for VersionRange {
    fn eq(&self, other: &VersionRange) -> bool {
        self.text == other.text
    }
}
