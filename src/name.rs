//! Names. A module, a resource and a provided set look alike and mean different things, so each has a type of its own.

use std::cell::Cell;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl Into<Arc<str>>) -> $name {
                $name(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name's text, shared.
            pub fn text(&self) -> Arc<str> {
                Arc::clone(&self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// The `ID` of a descriptor or an extension.
    MtaId
    ModuleName
    ResourceName
    /// The name of a `provides` entry. All modules share one name space with all resources.
    ProvidedName
    /// What a `requires` entry names: a provided set, a module (which provides itself), or a resource.
    RequiredName
    HookName
}

/// What an identifier must be: 1 to 128 of `A-Z a-z 0-9 _ - .`. The length is tested first, as the deploy service does.
pub fn check(text: &str) -> Result<(), BadName> {
    if text.chars().count() > MAX_LENGTH {
        return Err(BadName::TooLong);
    }
    if text.is_empty() {
        return Err(BadName::Empty);
    }
    match text.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))) {
        Some((at, character)) => Err(BadName::Character { at, character }),
        None => Ok(()),
    }
}

/// A name with `-` in the place of each run of characters that it must not have, at its ends with nothing; `None` when that is
/// no name either.
pub fn corrected(text: &str) -> Option<String> {
    let mut name = String::with_capacity(text.len());
    let mut bad_before = false;
    for character in text.chars() {
        let bad = !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'));
        if !bad {
            if bad_before && !name.is_empty() {
                name.push('-');
            }
            name.push(character);
        }
        bad_before = bad;
    }
    (name.contains(|c: char| c.is_ascii_alphanumeric()) && check(&name).is_ok()).then_some(name)
}

pub const MAX_LENGTH: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadName {
    Empty,
    TooLong,
    /// `at` is a byte offset in the name.
    Character {
        at: usize,
        character: char,
    },
}

/// Suggestions for many words that nothing answers to.
///
/// Each costs a comparison with every candidate. Where ten thousand names of ten thousand are wrong, the first ones are enough
/// to see why, and the others get none.
#[derive(Debug)]
pub struct Suggestions {
    left: Cell<usize>,
}

impl Suggestions {
    /// For how many words candidates are compared: as many as are shown of one file's findings.
    pub const MOST: usize = 100;

    /// As the function [`nearest`], until there have been enough.
    pub fn nearest<'a>(&self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        self.left.set(self.left.get().checked_sub(1)?);
        nearest(word, candidates)
    }

    /// Whether there have been enough, so that no word gets a suggestion any more.
    pub fn are_enough(&self) -> bool {
        self.left.get() == 0
    }
}

impl Default for Suggestions {
    fn default() -> Suggestions {
        Suggestions { left: Cell::new(Suggestions::MOST) }
    }
}

/// Returns the candidate nearest to `word`, if one is near enough to have been meant (at most a third of it differs,
/// and never more than three edits).
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_within(word, 3, candidates)
}

/// As [`nearest`], with never more than so many edits.
pub fn nearest_within<'a>(word: &str, most: usize, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    // Any letter is one edit away from any other.
    let limit = if letters.len() < 2 { 0 } else { (letters.len() / 3).clamp(1, most) };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(&letters, candidate, limit), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of edits (insert, delete, replace, swap neighbours) between two words, the first in lower case; or more than
/// `limit`.
fn distance(a: &[char], b: &str, limit: usize) -> usize {
    // A letter has up to four bytes, also in its other case.
    if b.len() > 4 * (a.len() + limit) {
        return limit + 1;
    }
    let b: Vec<char> = b.to_lowercase().chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("adress", ["port", "address"]), Some("address"));
        assert_eq!(nearest("defualt-host", ["default-host", "default-uri"]), Some("default-host"));
        assert_eq!(nearest("x", ["database"]), None);
    }

    #[test]
    fn only_so_many_words_get_suggestions() {
        let suggestions = Suggestions::default();
        for _ in 0..Suggestions::MOST {
            assert_eq!(suggestions.nearest("adress", ["address"]), Some("address"));
        }
        assert!(suggestions.are_enough());
        assert_eq!(suggestions.nearest("adress", ["address"]), None);
    }

    #[test]
    fn identifiers_are_checked_for_length_before_characters() {
        assert_eq!(check("web.shop_1-a"), Ok(()));
        assert_eq!(check("web shop"), Err(BadName::Character { at: 3, character: ' ' }));
        assert_eq!(check(&"ü".repeat(129)), Err(BadName::TooLong));
        assert_eq!(check(""), Err(BadName::Empty));
    }
}
