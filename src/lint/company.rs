//! Which documents belong together: a descriptor, and the extensions that lead to it by `extends`. The command line and the
//! editor have this rule in common.
//!
//! An extension says little alone, so it is checked with the descriptor that it changes. That stands in the same folder, or else
//! in the nearest one above that has the ID (`extensions/prod.mtaext` beside `mtad.yaml`). Several extensions of one parent are
//! alternatives (`dev` and `prod`), so each chain is checked by itself. Where it cannot be told whom an extension means,
//! because two files of a folder have the ID that it extends, it is checked alone: a guess would make up mistakes.

use crate::source::yaml;
use crate::source::{FileId, Sources};
use crate::tree::shape::scalar_text;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A document, as far as it says to whom it belongs.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: Option<String>,
    /// Only extensions have it.
    pub extends: Option<String>,
    /// Where it stands. All members of a list are relative to the same folder, or absolute.
    pub folder: PathBuf,
    /// Of descriptors of a folder with one ID, the one with the smallest rank is meant, if it is the only one.
    pub rank: usize,
}

impl Member {
    /// What a text says of itself.
    pub fn of(sources: &Sources, file: FileId, folder: &Path, rank: usize) -> Member {
        let root = yaml::read(sources, file).product;
        let text = |key: &str| root.as_ref()?.value(key).map(|value| scalar_text(value).to_string());
        Member { id: text("ID"), extends: text("extends"), folder: folder.to_owned(), rank }
    }
}

/// What is checked together: positions in the list of members. Extensions stand in the order of their chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    pub first: usize,
    pub extensions: Vec<usize>,
}

impl Company {
    pub fn files(&self) -> impl Iterator<Item = usize> + '_ {
        [self.first].into_iter().chain(self.extensions.iter().copied())
    }
}

/// Puts documents together. Each is in at least one company, in the order of the list.
pub fn companies(members: &[Member]) -> Vec<Company> {
    let mut by_id: HashMap<(&Path, &str), Vec<usize>> = HashMap::new();
    for (at, member) in members.iter().enumerate() {
        if let Some(id) = &member.id {
            by_id.entry((&member.folder, id)).or_default().push(at);
        }
    }
    let meant = |member: &Member| {
        let id = member.extends.as_deref()?;
        let all = member.folder.ancestors().find_map(|folder| by_id.get(&(folder, id)))?;
        let rank = all.iter().map(|at| members[*at].rank).min()?;
        let mut first = all.iter().filter(|at| members[**at].rank == rank);
        first.next().filter(|_| first.next().is_none()).copied()
    };
    let parents: Vec<Option<usize>> = members.iter().map(meant).collect();
    let is_parent: HashSet<usize> = parents.iter().flatten().copied().collect();
    let mut companies: Vec<Company> = Vec::new();
    let ends = |at: &usize| members[*at].extends.is_some() && !is_parent.contains(at);
    for at in (0..members.len()).filter(ends) {
        let mut chain = vec![at];
        let mut next = parents[at];
        while let Some(parent) = next.filter(|parent| !chain.contains(parent)) {
            chain.push(parent);
            next = parents[parent];
        }
        // The last link is the descriptor; a ring, or a chain that ends nowhere, has none.
        if let Some(first) = chain.pop().filter(|last| members[*last].extends.is_none()) {
            chain.reverse();
            companies.push(Company { first, extensions: chain });
        }
    }
    let placed: HashSet<usize> = companies.iter().flat_map(Company::files).collect();
    let alone = (0..members.len()).filter(|at| !placed.contains(at));
    companies.extend(alone.map(|first| Company { first, extensions: Vec::new() }));
    companies.sort_by_key(|company| company.first);
    companies
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members as `ID` or `ID < PARENT`, ranks as they stand.
    fn together(members: &[(&str, usize)]) -> Vec<String> {
        let member = |(text, rank): &(&str, usize)| {
            let (id, extends) = text.split_once(" < ").map_or((*text, None), |(id, parent)| (id, Some(parent)));
            // A slash in an ID is no good, so folders can stand before it.
            let (folder, id) = id.rsplit_once('/').unwrap_or(("", id));
            Member { id: Some(id.to_owned()), extends: extends.map(str::to_owned), folder: folder.into(), rank: *rank }
        };
        let members: Vec<Member> = members.iter().map(member).collect();
        companies(&members).iter().map(|company| format!("{} {:?}", company.first, company.extensions)).collect()
    }

    #[test]
    fn chains_lead_to_their_descriptor_and_alternatives_stay_apart() {
        assert_eq!(together(&[("a", 0)]), ["0 []"]);
        assert_eq!(together(&[("b < a", 3), ("a", 0)]), ["1 [0]"]);
        assert_eq!(together(&[("a", 0), ("c < b", 3), ("b < a", 3)]), ["0 [2, 1]"]);
        assert_eq!(together(&[("a", 0), ("dev < a", 3), ("prod < a", 3)]), ["0 [1]", "0 [2]"]);
        assert_eq!(together(&[("a", 0), ("b", 1), ("x < b", 3)]), ["0 []", "1 [2]"]);
    }

    #[test]
    fn the_nearest_folder_above_counts_and_none_beside() {
        assert_eq!(together(&[("a", 0), ("ext/x < a", 3)]), ["0 [1]"]);
        assert_eq!(together(&[("a", 0), ("b/a", 0), ("b/ext/x < a", 3)]), ["0 []", "1 [2]"]);
        assert_eq!(together(&[("b/a", 0), ("ext/x < a", 3), ("x < a", 3)]), ["0 []", "1 []", "2 []"]);
        assert_eq!(together(&[("a", 0), ("b/a", 3), ("b/a", 3), ("b/x < a", 3)]), ["0 []", "1 []", "2 []", "3 []"]);
    }

    #[test]
    fn who_is_meant_must_be_clear() {
        assert_eq!(together(&[("a", 1), ("a", 0), ("x < a", 3)]), ["0 []", "1 [2]"], "the name of the file decides");
        assert_eq!(together(&[("a", 3), ("a", 3), ("x < a", 3)]), ["0 []", "1 []", "2 []"]);
        assert_eq!(together(&[("a", 0), ("x < z", 3)]), ["0 []", "1 []"]);
        assert_eq!(together(&[("a", 0), ("x < y", 3), ("y < x", 3)]), ["0 []", "1 []", "2 []"]);
        assert_eq!(together(&[("a < a", 3)]), ["0 []"]);
        let none = Member { id: None, extends: None, folder: PathBuf::new(), rank: 0 };
        assert_eq!(companies(&[none]).len(), 1);
    }
}
