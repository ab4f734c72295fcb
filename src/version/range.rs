//! Ranges of versions: `>=1.2.0 <2.0.0`, `^1.4 || ^2.1`, `[1.0,2.0)` (semantics 6.3; how they are written stands in
//! `grammar/version_range.pest`).
//!
//! A range is turned into comparisons at once, alternatives of conditions that all must hold. Pre-releases are ordinary
//! versions, so the upper bound of an open range is the lowest pre-release of the next version: `1.x` is
//! `>=1.0.0-0 <2.0.0-0`. Where the deploy service skips what it cannot read, we refuse the range and say where; and
//! `[1.0,2.0)` keeps the upper bound that the service loses.

use super::refusal::{RangeError, explain};
use super::{MAX_NUMBER, Version, sort_key};
use pest::Parser;
use pest::iterators::Pair;
use std::cmp::Ordering;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/version_range.pest"]
struct Grammar;

/// A range, with the text it was written as. Equal when the texts are.
#[derive(Clone, Debug)]
pub struct VersionRange {
    text: String,
    alternatives: Vec<Vec<Comparison>>,
}

impl PartialEq for VersionRange {
    fn eq(&self, other: &VersionRange) -> bool {
        self.text == other.text
    }
}

impl VersionRange {
    pub fn parse(text: &str) -> Result<VersionRange, RangeError> {
        let pairs = Grammar::parse(Rule::range, text).map_err(|error| explain(text, &error.location))?;
        let alternatives = pairs
            .flat_map(Pair::into_inner)
            .filter(|pair| pair.as_rule() == Rule::alternative)
            .map(alternative)
            .collect::<Result<Vec<_>, _>>()?;
        let alternatives = if alternatives.is_empty() { vec![Vec::new()] } else { alternatives };
        Ok(VersionRange { text: text.to_owned(), alternatives })
    }

    /// Reads a range as the deploy service does: parts that cannot be read are passed over, and when none is left, no
    /// version satisfies it. Better ask [`VersionRange::parse`], which says what is wrong.
    pub fn parse_leniently(text: &str) -> VersionRange {
        let readable = |text: &str| VersionRange::parse(text).ok().map(|range| range.alternatives);
        let alternatives = readable(text).unwrap_or_else(|| {
            let sides = text.split("||").filter_map(|side| {
                readable(side).or_else(|| {
                    let parts: Vec<_> = conditions(side).iter().filter_map(|part| readable(part)).collect();
                    (!parts.is_empty()).then(|| vec![parts.into_iter().flatten().flatten().collect()])
                })
            });
            sides.flatten().collect()
        });
        VersionRange { text: text.to_owned(), alternatives }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn satisfied_by(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| all.iter().all(|comparison| comparison.holds(version)))
    }

    /// The lowest and the highest [`Version::sort_key`] that a satisfying version can have; an absent end is open.
    /// Versions between them still have to be asked. `None`: nothing can satisfy the range.
    pub fn sort_keys(&self) -> Option<(Option<String>, Option<String>)> {
        let hulls: Vec<Hull> = self.alternatives.iter().filter_map(|all| hull(all)).collect();
        if hulls.is_empty() {
            return None;
        }
        let lowest = hulls.iter().map(|hull| hull.0).min().flatten();
        let highest =
            if hulls.iter().any(|hull| hull.1.is_none()) { None } else { hulls.iter().filter_map(|h| h.1).max() };
        Some((lowest.map(sort_key), highest.map(sort_key)))
    }
}

/// The words of a range's side; an operator that stands alone belongs to the word behind it.
fn conditions(side: &str) -> Vec<String> {
    let mut conditions: Vec<String> = Vec::new();
    for word in side.split_whitespace() {
        match conditions.last_mut() {
            Some(operator) if operator.chars().all(|c| "<>=^~".contains(c)) => operator.push_str(word),
            _ => conditions.push(word.to_owned()),
        }
    }
    conditions
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The numbers between which all comparisons hold, ends included.
type Hull = (Option<[u64; 3]>, Option<[u64; 3]>);

fn hull(all: &[Comparison]) -> Option<Hull> {
    let mut hull: Hull = (None, None);
    for Comparison { relation, version } in all {
        let numbers = version.numbers();
        if matches!(relation, Relation::AtLeast | Relation::Above | Relation::Exactly) {
            hull.0 = hull.0.max(Some(numbers));
        }
        if matches!(relation, Relation::AtMost | Relation::Below | Relation::Exactly) {
            hull.1 = Some(hull.1.map_or(numbers, |held| held.min(numbers)));
        }
    }
    match hull {
        (Some(low), Some(high)) if low > high => None,
        _ => Some(hull),
    }
}

#[derive(Clone, Debug)]
struct Comparison {
    relation: Relation,
    version: Version,
}

#[derive(Clone, Copy, Debug)]
enum Relation {
    Below,
    AtMost,
    Exactly,
    AtLeast,
    Above,
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        let ordering = version.compare(&self.version);
        match self.relation {
            Relation::Below => ordering == Ordering::Less,
            Relation::AtMost => ordering != Ordering::Greater,
            Relation::Exactly => ordering == Ordering::Equal,
            Relation::AtLeast => ordering != Ordering::Less,
            Relation::Above => ordering == Ordering::Greater,
        }
    }
}

/// A version as ranges write it: what is left out, or written `x`, is open.
struct Partial {
    numbers: Vec<u64>,
    pre: String,
    build: String,
}

impl Partial {
    fn read(pair: Pair<'_, Rule>) -> Result<Partial, RangeError> {
        let mut partial = Partial { numbers: Vec::new(), pre: String::new(), build: String::new() };
        let mut open = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::open => open = true,
                Rule::number => {
                    let number = part.as_str().parse().ok().filter(|number| *number <= MAX_NUMBER);
                    let Some(number) = number else {
                        let span = part.as_span();
                        return Err(RangeError {
                            at: span.start()..span.end(),
                            message: format!(
                                "{} is larger than {MAX_NUMBER}, the largest number in a version",
                                span.as_str()
                            ),
                        });
                    };
                    // `1.x.3`: behind an open part, numbers mean nothing.
                    if !open {
                        partial.numbers.push(number);
                    }
                }
                Rule::pre => partial.pre = part.as_str().to_owned(),
                Rule::build => partial.build = part.as_str().to_owned(),
                _ => {}
            }
        }
        if partial.numbers.len() < 3 {
            partial.pre.clear();
            partial.build.clear();
        }
        Ok(partial)
    }

    /// All three numbers are there.
    fn complete(&self) -> Option<Version> {
        let [major, minor, patch] = *self.numbers.as_slice() else { return None };
        Some(Version { major, minor, patch, pre: self.pre.clone(), build: self.build.clone() })
    }

    /// The open parts as zeros.
    fn zeros(&self) -> Version {
        self.complete().unwrap_or_else(|| {
            let number = |at: usize| self.numbers.get(at).copied().unwrap_or(0);
            Version { major: number(0), minor: number(1), patch: number(2), pre: String::new(), build: String::new() }
        })
    }

    /// The lowest version that this one stands for: itself, or the lowest pre-release of an open one.
    fn lowest(&self) -> Version {
        self.complete().unwrap_or_else(|| Version { pre: "0".to_owned(), ..self.zeros() })
    }

    /// The lowest version in which the number at `place` is one higher.
    fn next(&self, place: usize) -> Version {
        let zeros = self.zeros();
        let mut numbers = zeros.numbers();
        numbers[place] += 1;
        numbers[place + 1..].fill(0);
        let [major, minor, patch] = numbers;
        Version { major, minor, patch, pre: "0".to_owned(), build: String::new() }
    }

    /// The lowest version above all that this one stands for; `None` when it stands for all.
    fn behind(&self) -> Option<Version> {
        self.numbers.len().checked_sub(1).map(|place| self.next(place))
    }
}

fn alternative(pair: Pair<'_, Rule>) -> Result<Vec<Comparison>, RangeError> {
    let mut comparisons = Vec::new();
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::span => span(pair, &mut comparisons)?,
            Rule::between | Rule::from | Rule::until => interval(pair, &mut comparisons)?,
            Rule::condition => condition(pair, &mut comparisons)?,
            // `latest` sets no bound.
            _ => {}
        }
    }
    Ok(comparisons)
}

/// `1.2 - 2.3`.
fn span(pair: Pair<'_, Rule>, out: &mut Vec<Comparison>) -> Result<(), RangeError> {
    let mut ends = pair.into_inner().map(Partial::read);
    if let Some(low) = ends.next().transpose()? {
        out.push(Comparison { relation: Relation::AtLeast, version: low.lowest() });
    }
    if let Some(high) = ends.next().transpose()? {
        match high.complete() {
            Some(version) if !version.pre.is_empty() => out.push(Comparison { relation: Relation::AtMost, version }),
            // As npm does when pre-releases count: up to the next patch, so `- 2.3.4` takes `2.3.4` and ends there.
            _ => out.extend(high.behind().map(|version| Comparison { relation: Relation::Below, version })),
        }
    }
    Ok(())
}

/// `[1.0,2.0)`. What is left out is zero here, not open: intervals are not npm's.
fn interval(pair: Pair<'_, Rule>, out: &mut Vec<Comparison>) -> Result<(), RangeError> {
    let until = pair.as_rule() == Rule::until;
    let inner: Vec<_> = pair.into_inner().collect();
    let bracket = |rule: Rule| inner.iter().find(|pair| pair.as_rule() == rule).map(Pair::as_str);
    let low = if bracket(Rule::lower) == Some("[") { Relation::AtLeast } else { Relation::Above };
    let high = if bracket(Rule::upper) == Some("]") { Relation::AtMost } else { Relation::Below };
    let versions = inner.iter().filter(|pair| pair.as_rule() == Rule::version).cloned();
    let relations = if until { vec![high] } else { vec![low, high] };
    for (relation, version) in relations.into_iter().zip(versions) {
        out.push(Comparison { relation, version: Partial::read(version)?.zeros() });
    }
    Ok(())
}

/// `>=1.2`, `^0.2.3`, `1.x`.
fn condition(pair: Pair<'_, Rule>, out: &mut Vec<Comparison>) -> Result<(), RangeError> {
    let mut operator = "=";
    let mut version = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::operator => operator = part.as_str(),
            Rule::version => version = Some(Partial::read(part)?),
            _ => {}
        }
    }
    // The grammar has no condition without a version.
    let Some(partial) = version else { return Ok(()) };
    let mut push = |relation, version| out.push(Comparison { relation, version });
    match (operator, partial.complete(), partial.behind()) {
        // A star: `>*` and `<*` leave nothing, everything else leaves all.
        (">" | "<", _, None) => push(Relation::Below, partial.lowest()),
        (_, _, None) => {}
        (">=", _, Some(_)) => push(Relation::AtLeast, partial.lowest()),
        ("<", _, Some(_)) => push(Relation::Below, partial.lowest()),
        (">", Some(version), _) => push(Relation::Above, version),
        (">", None, Some(behind)) => push(Relation::AtLeast, behind),
        ("<=", Some(version), _) => push(Relation::AtMost, version),
        ("<=", None, Some(behind)) => push(Relation::Below, behind),
        ("^", _, Some(_)) => {
            push(Relation::AtLeast, partial.lowest());
            // Up to the next change of the leftmost number that is not zero; of the last one written, when all are.
            let place = partial.numbers.iter().position(|number| *number != 0).unwrap_or(partial.numbers.len() - 1);
            push(Relation::Below, partial.next(place));
        }
        ("~" | "~>", _, Some(_)) => {
            push(Relation::AtLeast, partial.lowest());
            push(Relation::Below, partial.next(usize::from(partial.numbers.len() > 1)));
        }
        (_, Some(version), _) => push(Relation::Exactly, version),
        (_, None, Some(behind)) => {
            push(Relation::AtLeast, partial.lowest());
            push(Relation::Below, behind);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfies(version: &str, range: &str) -> bool {
        let range = VersionRange::parse(range).unwrap_or_else(|error| panic!("{range}: {error:?}"));
        let version = Version::parse(version).expect(version);
        let answer = range.satisfied_by(&version);
        // Whatever satisfies a range must be found through the index too.
        if answer {
            let (low, high) = range.sort_keys().expect("something satisfies the range");
            let key = version.sort_key();
            assert!(low.is_none_or(|low| low <= key) && high.is_none_or(|high| key <= high), "{version} {range}");
        }
        answer
    }

    #[test]
    fn versions_satisfy_the_ranges_that_the_table_says() {
        for (range, yes, no) in [
            ("", &["0.0.1", "9.9.9-rc.1"][..], &[][..]),
            ("  ", &["1.0.0"], &[]),
            ("*", &["0.0.0-0", "3.1.4"], &[]),
            ("x", &["3.1.4"], &[]),
            ("latest", &["3.1.4"], &[]),
            ("latest.integration", &["3.1.4-SNAPSHOT"], &[]),
            ("1.2.3", &["1.2.3", "1.2.3+other"], &["1.2.4", "1.2.3-rc.1", "1.2.2"]),
            ("=1.2.3+build", &["1.2.3", "1.2.3+x"], &["1.2.4"]),
            ("= 1.2.3", &["1.2.3"], &["1.2.4"]),
            ("v1.2.3", &["1.2.3"], &["1.2.4"]),
            (">3.0.0", &["3.1.4", "3.0.1-rc.1"], &["3.0.0", "3.0.0-rc.1"]),
            (">=3.1.4", &["3.1.4", "4.0.0"], &["3.1.3", "3.1.4-rc.1"]),
            (">= 3.1.4", &["3.1.4"], &["3.1.3"]),
            ("<3.0.0", &["2.9.9", "3.0.0-rc.1"], &["3.0.0", "3.1.4"]),
            ("<=3.1.3", &["3.1.3", "0.0.1"], &["3.1.4"]),
            (">=3.1.4 <4.0.0", &["3.1.4", "4.0.0-rc.1"], &["4.0.0", "3.1.3"]),
            (">=3.0.0  <=3.1.4", &["3.0.0", "3.1.4"], &["3.1.5"]),
            (">=3.2.0 <4.0.0", &[], &["3.1.4"]),
            ("^1.3.0", &["1.3.0", "1.3.5", "1.99.0"], &["2.0.0", "2.0.0-rc.1", "1.3.0-rc.1"]),
            ("^2.0.0", &[], &["1.3.5"]),
            ("^1.0.0", &[], &["2.0.0-rc.1"]),
            ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.3.0-0", "0.2.2"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4", "0.0.4-rc", "0.0.2"]),
            ("^1.2", &["1.2.0-0", "1.9.0"], &["1.1.9", "2.0.0"]),
            ("^0.0", &["0.0.0-0", "0.0.7"], &["0.1.0"]),
            ("^0", &["0.9.0"], &["1.0.0-0"]),
            ("^*", &["7.0.0"], &[]),
            ("^1.x", &["1.0.0-0", "1.9.9"], &["2.0.0"]),
            ("~1.3.0", &["1.3.0", "1.3.5"], &["1.4.0", "1.4.0-0", "1.2.9"]),
            ("~1.2", &["1.2.0-0", "1.2.9"], &["1.3.0"]),
            ("~>1.2.3", &["1.2.3", "1.2.9"], &["1.3.0", "1.2.2"]),
            ("~1", &["1.0.0-0", "1.9.9"], &["2.0.0-0"]),
            ("~0.0.1", &["0.0.9"], &["0.1.0"]),
            ("1", &["1.0.0-0", "1.9.9"], &["2.0.0-0", "0.9.9"]),
            ("1.x", &["1.9.9"], &["2.0.0"]),
            ("1.*", &["1.9.9"], &["2.0.0"]),
            ("1.X.3", &["1.9.9"], &["2.0.0"]),
            ("1.2", &["1.2.0-0", "1.2.9"], &["1.3.0-0", "1.1.9"]),
            ("=1.2", &["1.2.9"], &["1.3.0"]),
            ("1.2.x", &["1.2.9"], &["1.3.0"]),
            (">1", &["2.0.0-0", "2.0.0"], &["1.9.9"]),
            (">1.2", &["1.3.0-0"], &["1.2.9"]),
            ("<=1.2", &["1.2.9"], &["1.3.0-0"]),
            (">=1.2", &["1.2.0-0"], &["1.1.9"]),
            ("<1.2", &["1.1.9"], &["1.2.0-0", "1.2.0"]),
            (">*", &[], &["1.0.0", "0.0.0-0"]),
            ("<x", &[], &["0.0.0"]),
            ("<=*", &["1.0.0"], &[]),
            ("1.2 - 2.3", &["1.2.0-0", "2.3.9"], &["2.4.0-0", "1.1.9"]),
            ("1.2.3 - 2.3.4", &["1.2.3", "2.3.4"], &["2.3.5-0", "1.2.3-rc.1"]),
            ("1.2.3 - 2", &["2.9.9"], &["3.0.0-0"]),
            ("1.2.3 - 2.0.0-rc.2", &["2.0.0-rc.1", "2.0.0-rc.2"], &["2.0.0-rc.3", "2.0.0"]),
            ("[1.0,2.0]", &["1.0.0", "2.0.0"], &["2.0.1", "0.9.9", "1.0.0-rc.1"]),
            ("[1.0,2.0[", &["1.0.0", "1.9.9"], &["2.0.0"]),
            ("]1.0,2.0]", &["1.0.1", "2.0.0"], &["1.0.0"]),
            ("]1.0,2.0[", &["1.5.0"], &["1.0.0", "2.0.0"]),
            ("[1.0,2.0)", &["1.0.0", "1.9.9"], &["2.0.0", "3.0.0"]),
            ("(1.0,2.0]", &["1.0.1", "2.0.0"], &["1.0.0", "2.0.1"]),
            ("[1.0,)", &["1.0.0", "9.0.0"], &["0.9.9"]),
            ("(1.0,)", &["1.0.1"], &["1.0.0"]),
            ("(,2.0]", &["0.1.0", "2.0.0"], &["2.0.1"]),
            ("(,2.0[", &["1.9.9"], &["2.0.0"]),
            ("[1.0.0-rc.1,1.0.0]", &["1.0.0-rc.2"], &["1.0.0-beta"]),
            ("^1.4 || ^3.1", &["1.4.0", "3.1.4"], &["2.0.0", "1.3.9"]),
            ("1.0.0||2.0.0", &["1.0.0", "2.0.0"], &["1.5.0"]),
            ("<1.0.0 || >=2.0.0 <3.0.0 || 5", &["0.1.0", "2.1.0", "5.5.5"], &["1.0.0", "3.0.0"]),
            (">2.0.0 <1.0.0", &[], &["1.5.0", "0.1.0", "3.0.0"]),
            (">=1.2.0", &["1.2.3-20251105063220+e303076b5d51"], &[]),
            (">=1.2.0 <2.0.0", &["1.2.3-20251105063220+e303076b5d51"], &[]),
            (">1.2.3", &[], &["1.2.3-20251105063220+e303076b5d51"]),
            (">1.2.3 <2.0.0", &[], &["1.2.3-20251105063220+e303076b5d51"]),
            (">=1.0.0-rc9", &["1.0.0-rc10"], &["1.0.0-rc8"]),
        ] {
            for version in yes {
                assert!(satisfies(version, range), "{version} satisfies `{range}`");
            }
            for version in no {
                assert!(!satisfies(version, range), "{version} does not satisfy `{range}`");
            }
        }
    }

    #[test]
    fn a_malformed_range_is_refused_where_it_is_malformed() {
        for (range, word, says) in [
            ("not-a-requirement", "not-a-requirement", "no version"),
            ("pesho3.1.4", "pesho3.1.4", "no version"),
            ("3.1.4.2.3.4.5", "3.1.4.2.3.4.5", "more than three numbers"),
            (">=1.0.0 nonsense", "nonsense", "no version"),
            ("nonsense >=1.0.0", "nonsense", "no version"),
            (">=1.0.0 nonsense <2.0.0", "nonsense", "no version"),
            (">=", ">=", "needs a version"),
            ("1.0.0 >= ", ">=", "needs a version"),
            (">=1.0.0, <2.0.0", ">=1.0.0,", "comma"),
            ("==1.0.0", "==1.0.0", "no version"),
            ("!=1.0.0", "!=1.0.0", "no operator"),
            ("1.0.0 && 2.0.0", "&&", "no operator"),
            ("|", "|", "no operator"),
            ("1.0.0 | 2.0.0", "|", "no operator"),
            ("1.0.0 ||| 2.0.0", "2.0.0", "no version"),
            ("\u{b}", "\u{b}", "no version"),
            ("1.0.0 ||", "||", "`||`"),
            ("|| 1.0.0", "||", "`||`"),
            ("1.0.0 - ", "-", "behind it"),
            ("[1.0, 2.0]", "[1.0, 2.0]", "without blanks"),
            ("<1.0 || [1.0,2.0] <1.5", "[1.0,2.0]", "alone in its alternative"),
            ("[1.0]", "[1.0]", "interval"),
            ("(,)", "(,)", "interval"),
            ("1.2.3-01", "1.2.3-01", "no version"),
            ("01.2.3", "01.2.3", "no version"),
            ("1.2-beta", "1.2-beta", "no version"),
            ("^1.0 || größer", "größer", "no version"),
            (">=1.99999999999.0", "99999999999", "larger than"),
        ] {
            let error = VersionRange::parse(range).expect_err(range);
            assert_eq!(&range[error.at.clone()], word, "{range}: {error:?}");
            assert!(error.message.contains(says), "{range}: {error:?}");
        }
    }

    #[test]
    fn read_leniently_parts_that_cannot_be_read_do_not_count() {
        for (range, yes, no) in [
            (">=1.0.0 nonsense", &["1.0.0", "9.0.0"][..], &["0.9.0"][..]),
            (">= 1.0.0 nonsense < 2.0.0", &["1.0.0"], &["0.9.0", "2.0.0"]),
            ("nonsense || ^2.0.0 || 5.4.3.2", &["2.1.0"], &["1.0.0", "5.4.3"]),
            ("not-a-requirement", &[], &["1.0.0"]),
            ("3.1.4.2.3.4.5", &[], &["3.1.4"]),
            (">=", &[], &["1.0.0"]),
            ("^1.0.0", &["1.2.3"], &["2.0.0"]),
            ("", &["1.2.3"], &[]),
        ] {
            let read = VersionRange::parse_leniently(range);
            let satisfied = |version: &&&str| read.satisfied_by(&Version::parse(version).expect("a version"));
            assert_eq!(yes.iter().filter(satisfied).count(), yes.len(), "{range}");
            assert_eq!(no.iter().filter(satisfied).count(), 0, "{range}");
            assert_eq!(read.text(), range);
        }
        assert_eq!(VersionRange::parse_leniently("nonsense").sort_keys(), None);
    }
}
