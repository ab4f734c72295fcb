//! Paths inside an archive, checked once.
//!
//! An archive that names `../../etc/passwd` wants to write outside of where it is unpacked. Such a path is refused wherever it
//! stands, also where nothing would be unpacked: an archive that holds one was made by mistake or in bad faith.

use std::borrow::Borrow;
use std::fmt;

/// A relative path with `/` between its parts, and no way out: no `..`, `.`, empty part, backslash or drive letter. One
/// that ends with `/` means a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryPath(String);

/// Which rule a path breaks (semantics 7; `MtaPathValidator` of the deploy service).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    Empty,
    Absolute,
    Backslash,
    Climbs,
    NotNormal,
    Control,
}

impl EntryPath {
    pub fn parse(text: &str) -> Result<EntryPath, BadPath> {
        if text.is_empty() {
            return Err(BadPath::Empty);
        }
        if text.contains('\\') {
            return Err(BadPath::Backslash);
        }
        if text.starts_with('/') || has_drive(text) {
            return Err(BadPath::Absolute);
        }
        if text.contains(char::is_control) {
            return Err(BadPath::Control);
        }
        let mut parts = text.strip_suffix('/').unwrap_or(text).split('/');
        if parts.clone().any(|part| part == "..") {
            return Err(BadPath::Climbs);
        }
        if parts.any(|part| part.is_empty() || part == ".") {
            return Err(BadPath::NotNormal);
        }
        Ok(EntryPath(text.to_owned()))
    }

    /// The folder itself, for a module that has all of it. No archive can name it.
    pub(super) fn here() -> EntryPath {
        EntryPath("./".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_folder(&self) -> bool {
        self.0.ends_with('/')
    }

    /// The path without the `/` that marks a folder.
    pub fn bare(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }

    /// The path below a folder: `a/b` in `a/` is `b`.
    pub fn below(&self, folder: &str) -> Option<&str> {
        self.0.strip_prefix(folder)?.strip_prefix('/').filter(|rest| !rest.is_empty())
    }
}

/// Ordered and compared as its text.
impl Borrow<str> for EntryPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BadPath {
    /// What is wrong with a path, to follow its name.
    pub fn in_words(self) -> &'static str {
        match self {
            BadPath::Empty => "is empty",
            BadPath::Absolute => "is absolute; paths in an archive are relative to its root",
            BadPath::Backslash => "has a backslash; parts of a path are separated by `/`",
            BadPath::Climbs => "leaves the archive with `..`",
            BadPath::NotNormal => "has a part that says nothing (`.` or `//`), so it has two spellings",
            BadPath::Control => "has a control character in it",
        }
    }
}

/// `C:` and the like: absolute where drives have letters.
fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_and_has_one_spelling() {
        for good in ["web/app.zip", "web/", "a", "..a/b..", ".hidden", "ä/b c"] {
            assert_eq!(EntryPath::parse(good).as_ref().map(EntryPath::as_str), Ok(good));
        }
        for (bad, why) in [
            ("", BadPath::Empty),
            ("/etc/passwd", BadPath::Absolute),
            ("C:/x", BadPath::Absolute),
            ("..", BadPath::Climbs),
            ("web/../../x", BadPath::Climbs),
            ("..\\x", BadPath::Backslash),
            ("./web", BadPath::NotNormal),
            ("web//x", BadPath::NotNormal),
            ("web//", BadPath::NotNormal),
            ("we\nb", BadPath::Control),
        ] {
            assert_eq!(EntryPath::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn below_a_folder_is_not_beside_it() {
        let path = |text| EntryPath::parse(text).expect("a good path");
        assert_eq!(path("web/a/b").below("web"), Some("a/b"));
        assert_eq!(path("web/").below("web"), None);
        assert_eq!(path("webx/a").below("web"), None);
    }
}
