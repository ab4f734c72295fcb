//! Rings of things that need each other: told whole while somebody can read them, shortened in the middle when not.
//!
//! A generated descriptor may have a ring of thousands. All of its links are equally guilty, so a beginning and an end say
//! as much as the whole would, and the output stays a page.

/// How many links of a long ring are told at its beginning and at its end.
const BEGINNING: usize = 8;
const END: usize = 4;

/// A ring's links, in two stretches with a gap between them.
pub struct Told<'l, L> {
    pub beginning: &'l [L],
    pub left_out: usize,
    pub end: &'l [L],
}

/// Splits a ring into what is told of it.
pub fn told<L>(links: &[L]) -> Told<'_, L> {
    // A gap of one would take as much room as the link.
    if links.len() <= BEGINNING + END + 1 {
        return Told { beginning: links, left_out: 0, end: &[] };
    }
    let (beginning, rest) = links.split_at(BEGINNING);
    let (left_out, end) = rest.split_at(rest.len() - END);
    Told { beginning, left_out: left_out.len(), end }
}

impl<'l, L> Told<'l, L> {
    /// The links that are told.
    pub fn links(&self) -> impl Iterator<Item = &'l L> + use<'l, L> {
        self.beginning.iter().chain(self.end)
    }

    /// `` `a` → `b` → … 290 more → `z` → `a` ``; `name` names the thing at which a link begins.
    pub fn words(&self, name: impl Fn(&L) -> String) -> String {
        let names = |links: &[L]| links.iter().map(|link| format!("`{}`", name(link))).collect::<Vec<_>>();
        let mut words = names(self.beginning);
        if self.left_out > 0 {
            words.push(format!("… {} more", self.left_out));
        }
        words.extend(names(self.end));
        words.extend(self.beginning.first().map(|first| format!("`{}`", name(first))));
        words.join(" → ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(length: usize) -> String {
        told(&(0..length).collect::<Vec<_>>()).words(|number| number.to_string())
    }

    #[test]
    fn a_short_ring_is_told_whole() {
        assert_eq!(words(2), "`0` → `1` → `0`");
        assert!(!words(13).contains('…'));
    }

    #[test]
    fn a_long_ring_is_shortened_in_the_middle() {
        let told = words(10_000);
        assert!(told.starts_with("`0` → `1` → "), "{told}");
        assert!(told.ends_with("`7` → … 9988 more → `9996` → `9997` → `9998` → `9999` → `0`"), "{told}");
        assert_eq!(super::told(&[0; 10_000]).links().count(), 12);
    }
}
