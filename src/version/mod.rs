//! Versions and version ranges, read as leniently as the deploy service reads them (semantics 6).
//!
//! The crate `semver` is used for the strict form only: its ranges follow Cargo (comma as *and*, pre-releases left out, no
//! `||`), while descriptors are written with npm's ranges, in which pre-releases are ordinary versions. See [`range`].

mod compare;
pub mod range;
mod refusal;
mod rule;

pub use range::VersionRange;
pub use refusal::RangeError;
pub use rule::{Change, VersionRule};

/// A version, completed to three numbers.
///
/// Two versions that differ only in their build part are not equal, although neither is higher: see [`Version::compare`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    /// Without the dash; empty for a release.
    pub pre: String,
    /// Without the plus sign; may be empty.
    pub build: String,
}

/// The largest number in a version: the deploy service keeps them in 32 bits.
pub const MAX_NUMBER: u64 = 2_147_483_647;

/// Why a text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    #[error("`{text}` holds no number, so it is no version")]
    NoNumber { text: String },
    #[error("`{text}` is no version: {number} is larger than {MAX_NUMBER}")]
    TooLarge { text: String, number: String },
}

impl Version {
    /// Reads a version: a strict semantic version, also with a `v` in front, is taken as it is; of any other text the first
    /// one to three numbers count and the rest is lost (`1.9-SNAPSHOT` is 1.9.0, `release-7` is 7.0.0).
    pub fn parse(text: &str) -> Result<Version, VersionError> {
        let trimmed = text.trim();
        let version = match semver::Version::parse(trimmed.strip_prefix('v').unwrap_or(trimmed)) {
            Ok(strict) => Version {
                major: strict.major,
                minor: strict.minor,
                patch: strict.patch,
                pre: strict.pre.to_string(),
                build: strict.build.to_string(),
            },
            Err(_) => {
                let [major, minor, patch] =
                    first_numbers(trimmed).ok_or_else(|| VersionError::NoNumber { text: text.to_owned() })?;
                Version { major, minor, patch, pre: String::new(), build: String::new() }
            }
        };
        match [version.major, version.minor, version.patch].into_iter().find(|number| *number > MAX_NUMBER) {
            Some(number) => Err(VersionError::TooLarge { text: text.to_owned(), number: number.to_string() }),
            None => Ok(version),
        }
    }

    /// A text that sorts as the three numbers do, for an index. Versions that differ only behind the numbers share it,
    /// because their order is not one that texts can have (see [`Version::compare`]).
    pub fn sort_key(&self) -> String {
        sort_key([self.major, self.minor, self.patch])
    }

    fn numbers(&self) -> [u64; 3] {
        [self.major, self.minor, self.patch]
    }
}

fn sort_key([major, minor, patch]: [u64; 3]) -> String {
    format!("{major:010}.{minor:010}.{patch:010}")
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

/// The first match of the deploy service's `(^|\D)0*(\d{1,16})(?:\.0*(\d{1,16}))?(?:\.0*(\d{1,16}))?(?:$|\D)`: a run of
/// more than sixteen digits is no number, neither at the front nor behind a dot.
fn first_numbers(text: &str) -> Option<[u64; 3]> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find(|c: char| c.is_ascii_digit())?..];
        let (first, mut behind) = digits(rest);
        let Some(major) = first else {
            rest = behind;
            continue;
        };
        let mut numbers = [major, 0, 0];
        for place in &mut numbers[1..] {
            let Some((Some(number), after)) = behind.strip_prefix('.').map(digits) else { break };
            *place = number;
            behind = after;
        }
        return Some(numbers);
    }
}

/// Splits the digits off the front of a text; `None` when there are none, or more than sixteen without leading zeros.
fn digits(text: &str) -> (Option<u64>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (run, behind) = text.split_at(end);
    let significant = run.trim_start_matches('0');
    let number = match run.len() {
        0 => None,
        _ if significant.is_empty() => Some(0),
        _ if significant.len() > 16 => None,
        _ => significant.parse().ok(),
    };
    (number, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_leniently() {
        for (text, version) in [
            ("1.0.0", "1.0.0"),
            ("2", "2.0.0"),
            ("2.1", "2.1.0"),
            (" 1.2.3 ", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            ("v1.2.3-rc.1+7", "1.2.3-rc.1+7"),
            ("1.9-SNAPSHOT", "1.9.0"),
            ("1.9.0-SNAPSHOT", "1.9.0-SNAPSHOT"),
            ("1.2.0-beta+exp.sha.5114f85", "1.2.0-beta+exp.sha.5114f85"),
            ("1.2-beta+exp.sha.5114f85", "1.2.0"),
            ("1-beta+exp.sha.5114f85", "1.0.0"),
            ("1.2.3.4", "1.2.3"),
            ("release-7", "7.0.0"),
            ("01.2.3", "1.2.3"),
            ("1.02", "1.2.0"),
            ("000", "0.0.0"),
            ("1.2.", "1.2.0"),
            ("1..3", "1.0.0"),
            ("1.0.0-01", "1.0.0"),
            ("12345678901234567 then 3.4", "3.4.0"),
            ("1.2.12345678901234567x", "1.2.0"),
            ("version ٣ is 3", "3.0.0"),
            ("2147483647.0.0", "2147483647.0.0"),
        ] {
            assert_eq!(Version::parse(text).map(|version| version.to_string()), Ok(version.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_text_without_a_usable_number_is_no_version() {
        for text in ["", "abc", "a.b.c", "not-a-version", "12345678901234567"] {
            assert_eq!(Version::parse(text), Err(VersionError::NoNumber { text: text.to_owned() }), "{text}");
        }
        for text in ["2147483648", "1.2.2147483648-rc.1", "v1.9999999999999999"] {
            assert!(matches!(Version::parse(text), Err(VersionError::TooLarge { .. })), "{text}");
        }
    }
}
