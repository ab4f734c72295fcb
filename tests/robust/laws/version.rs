//! Ranges against a model that knows no bounds: it asks which numbers of a version may differ.

use super::cases;
use crate::properties;
use proptest::collection::vec;
use proptest::prelude::*;
use std::cmp::Ordering;
use windlass::version::{Version, VersionRange};

/// Major, minor, patch; `rc.N` or a release.
type Model = ((u64, u64, u64), Option<u64>);

fn model() -> impl Strategy<Value = Model> {
    ((0..4_u64, 0..4_u64, 0..4_u64), proptest::option::weighted(0.3, 0..12_u64))
}

fn text(((major, minor, patch), pre): Model) -> String {
    let pre = pre.map(|number| format!("-rc.{number}")).unwrap_or_default();
    format!("{major}.{minor}.{patch}{pre}")
}

fn version(model: Model) -> Version {
    Version::parse(&text(model)).unwrap()
}

/// A release comes behind all its candidates.
fn key((numbers, pre): Model) -> ((u64, u64, u64), bool, u64) {
    (numbers, pre.is_none(), pre.unwrap_or(0))
}

#[derive(Clone, Debug)]
enum Condition {
    Compare(&'static str, Model),
    Caret((u64, u64, u64)),
    Tilde((u64, u64, u64)),
    /// `1.2.x` or `1.x`.
    Open(u64, Option<u64>),
    Any,
}

impl Condition {
    fn text(&self) -> String {
        match self {
            Condition::Compare(operator, version) => format!("{operator}{}", text(*version)),
            Condition::Caret(numbers) => format!("^{}", text((*numbers, None))),
            Condition::Tilde(numbers) => format!("~{}", text((*numbers, None))),
            Condition::Open(major, Some(minor)) => format!("{major}.{minor}.x"),
            Condition::Open(major, None) => format!("{major}.x"),
            Condition::Any => "*".to_owned(),
        }
    }

    fn holds(&self, version: Model) -> bool {
        let ((major, minor, patch), _) = version;
        match self {
            Condition::Compare(operator, other) => match key(version).cmp(&key(*other)) {
                Ordering::Less => operator.contains('<'),
                Ordering::Equal => operator.contains('='),
                Ordering::Greater => operator.contains('>'),
            },
            Condition::Caret(from @ (first, second, third)) => {
                let same = match (first, second) {
                    (0, 0) => (major, minor, patch) == (0, 0, *third),
                    (0, second) => (major, minor) == (0, *second),
                    (first, _) => major == *first,
                };
                same && key(version) >= key((*from, None))
            }
            Condition::Tilde(from) => (major, minor) == (from.0, from.1) && key(version) >= key((*from, None)),
            Condition::Open(first, second) => major == *first && second.is_none_or(|second| minor == second),
            Condition::Any => true,
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let numbers = || (0..4_u64, 0..4_u64, 0..4_u64);
    let operator = proptest::sample::select(&["<", "<=", "=", ">=", ">"][..]);
    prop_oneof![
        4 => (operator, model()).prop_map(|(operator, version)| Condition::Compare(operator, version)),
        2 => numbers().prop_map(Condition::Caret),
        2 => numbers().prop_map(Condition::Tilde),
        2 => (0..4_u64, proptest::option::of(0..4_u64)).prop_map(|(major, minor)| Condition::Open(major, minor)),
        1 => Just(Condition::Any),
    ]
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn a_range_takes_what_its_words_say(range in vec(vec(condition(), 1..4), 1..4), versions in vec(model(), 1..8)) {
        let words = |all: &Vec<Condition>| all.iter().map(Condition::text).collect::<Vec<_>>().join(" ");
        let written = range.iter().map(words).collect::<Vec<_>>().join(" || ");
        let read = VersionRange::parse(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        for model in versions {
            let wanted = range.iter().any(|all| all.iter().all(|condition| condition.holds(model)));
            prop_assert_eq!(read.satisfied_by(&version(model)), wanted, "{} in `{}`", text(model), written);
        }
    }

    #[test]
    fn a_span_takes_what_lies_between(low in model(), high in model(), other in model()) {
        let read = VersionRange::parse(&format!("{} - {}", text(low), text(high))).unwrap();
        // The upper end takes its own candidates of the next patch no more, and is itself taken.
        let wanted = key(low) <= key(other) && key(other) <= key(high);
        prop_assert_eq!(read.satisfied_by(&version(other)), wanted, "{} in {}", text(other), read);
    }

    #[test]
    fn versions_are_ordered(a in model(), b in model()) {
        prop_assert_eq!(version(a).compare(&version(b)), key(a).cmp(&key(b)));
    }

    /// Any two texts: what the fuzz target claims.
    #[test]
    fn any_text_is_a_range_or_refused_with_a_place(text in "[0-9xv.<>=^~| ,\\[\\]()*+a-z\n-]{0,24}") {
        properties::version_range::check(text.as_bytes());
    }
}
