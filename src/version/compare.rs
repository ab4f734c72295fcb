//! Which of two versions is higher (semantics 6.2).

use super::Version;
use std::cmp::Ordering;

impl Version {
    /// Compares as the deploy service does. Build parts do not count.
    ///
    /// This is no order that may sort: the rule for identifiers with digits is not transitive (`c1` < `a1b2` by its number
    /// of pieces, `a1b2` < `b` < `c1` as text). So there is no `Ord`, and indexes sort by [`Version::sort_key`].
    pub fn compare(&self, other: &Version) -> Ordering {
        self.numbers().cmp(&other.numbers()).then_with(|| match (self.pre.as_str(), other.pre.as_str()) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => compare_pre(a, b),
        })
    }
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => compare_identifiers(a, b),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Both numeric: as numbers. Otherwise as text, unless both hold digits: then more pieces are higher, and behind equal
/// first pieces the numbers decide, so that `rc9` comes before `rc10`.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if numeric(a) && numeric(b) {
        return compare_digits(a, b);
    }
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    if has_digit(a) && has_digit(b) {
        let (left, right) = (pieces(a), pieces(b));
        let by_pieces = left.len().cmp(&right.len());
        if by_pieces != Ordering::Equal {
            return by_pieces;
        }
        if let ([first, number, ..], [other_first, other_number, ..]) = (left.as_slice(), right.as_slice())
            && first == other_first
        {
            let by_number = compare_digits(leading_digits(number), leading_digits(other_number));
            if by_number != Ordering::Equal {
                return by_number;
            }
        }
    }
    a.cmp(b)
}

/// `alpha12bcd34` → `alpha`, `12bcd`, `34`: cut where a digit follows something else.
fn pieces(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in 1..bytes.len() {
        if bytes[at].is_ascii_digit() && !bytes[at - 1].is_ascii_digit() {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

fn leading_digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// Digits of any length, as numbers.
fn compare_digits(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_higher_than_the_one_before() {
        for rising in [
            &["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-rc.1", "1.0.0", "1.0.1"][..],
            &["0.9.9", "1.0.0", "1.0.10", "1.9.0", "1.10.0", "2.0.0"],
            &["1.0.0-rc9", "1.0.0-rc10"],
            &["1.0.0-9", "1.0.0-10", "1.0.0-a"],
            &["1.0.0-a.9", "1.0.0-a.10"],
            &["1.0.0-alpha2", "1.0.0-alpha12bcd34"],
            &["1.0.0-c1", "1.0.0-a1b2"],
            &["1.0.0-20250101", "1.0.0-99999999999999999999"],
            &["1.0.0-9a", "1.0.0-b1"],
        ] {
            for pair in rising.windows(2) {
                let [low, high] = [pair[0], pair[1]].map(|text| Version::parse(text).expect(text));
                assert_eq!(low.compare(&high), Ordering::Less, "{low} < {high}");
                assert_eq!(high.compare(&low), Ordering::Greater, "{high} > {low}");
            }
        }
    }

    #[test]
    fn build_parts_make_no_version_higher_but_another_one() {
        let [a, b] = ["1.2.3+a", "1.2.3+b"].map(|text| Version::parse(text).expect(text));
        assert_eq!(a.compare(&b), Ordering::Equal);
        assert_ne!(a, b);
    }
}
