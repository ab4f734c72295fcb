//! Whether a version may be deployed over another (semantics 6.4).

use super::Version;
use std::cmp::Ordering;

/// What a deployment does to the version that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    First,
    Same,
    Upgrade,
    Downgrade,
}

impl Change {
    /// Compares in order, so another build of one version is the same.
    pub fn between(deployed: Option<&Version>, new: &Version) -> Change {
        match deployed.map(|deployed| new.compare(deployed)) {
            None => Change::First,
            Some(Ordering::Equal) => Change::Same,
            Some(Ordering::Greater) => Change::Upgrade,
            Some(Ordering::Less) => Change::Downgrade,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Change::First => "first",
            Change::Same => "same",
            Change::Upgrade => "upgrade",
            Change::Downgrade => "downgrade",
        }
    }
}

/// Which changes are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionRule {
    Higher,
    #[default]
    SameHigher,
    All,
}

impl VersionRule {
    pub const ALL: [VersionRule; 3] = [VersionRule::Higher, VersionRule::SameHigher, VersionRule::All];

    /// `same-higher`, as the command line says it.
    pub fn word(self) -> &'static str {
        match self {
            VersionRule::Higher => "higher",
            VersionRule::SameHigher => "same-higher",
            VersionRule::All => "all",
        }
    }

    /// `SAME_HIGHER`, as the deploy service says it.
    pub fn name(self) -> &'static str {
        match self {
            VersionRule::Higher => "HIGHER",
            VersionRule::SameHigher => "SAME_HIGHER",
            VersionRule::All => "ALL",
        }
    }

    /// Reads a rule by its word or its name, in any case.
    pub fn parse(name: &str) -> Option<VersionRule> {
        match name.to_ascii_uppercase().replace('-', "_").as_str() {
            "HIGHER" => Some(VersionRule::Higher),
            "SAME_HIGHER" => Some(VersionRule::SameHigher),
            "ALL" => Some(VersionRule::All),
            _ => None,
        }
    }

    pub fn allows(self, change: Change) -> bool {
        match (self, change) {
            (VersionRule::All, _) | (_, Change::First | Change::Upgrade) => true,
            (VersionRule::SameHigher, Change::Same) => true,
            (VersionRule::Higher, Change::Same)
            | (VersionRule::Higher | VersionRule::SameHigher, Change::Downgrade) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_allow_what_the_table_says() {
        let changes = [Change::First, Change::Upgrade, Change::Same, Change::Downgrade];
        for (rule, expected) in [
            ("higher", [true, true, false, false]),
            ("same-higher", [true, true, true, false]),
            ("SAME_HIGHER", [true, true, true, false]),
            ("All", [true, true, true, true]),
        ] {
            let rule = VersionRule::parse(rule).expect(rule);
            assert_eq!(changes.map(|change| rule.allows(change)), expected, "{rule:?}");
        }
        assert_eq!(VersionRule::parse("LOWER"), None);
        for rule in VersionRule::ALL {
            assert_eq!([rule.word(), rule.name()].map(VersionRule::parse), [Some(rule); 2]);
        }
    }

    #[test]
    fn another_build_is_the_same_version() {
        let [old, new, low] = ["1.2.0+1", "1.2.0+2", "1.2.0-rc.1"].map(|text| Version::parse(text).expect(text));
        assert_eq!(Change::between(None, &new), Change::First);
        assert_eq!(Change::between(Some(&old), &new), Change::Same);
        assert_eq!(Change::between(Some(&low), &new), Change::Upgrade);
        assert_eq!(Change::between(Some(&new), &low), Change::Downgrade);
    }
}
