//! From a name to where it comes into being, and to everywhere else.

use super::family::Family;
use super::index::{Index, Occurrence, Role};
use crate::source::{FileId, Span};

/// Where what stands here is defined. From the definition itself, and from a change, the way goes to the other end: what
/// extensions change of it, and what they change. Of a text that several elements share, there is one way for each.
pub fn definition(family: &Family, file: FileId, offset: usize) -> Vec<Span> {
    let index = family.index();
    let mut places: Vec<Span> = index.at(file, offset).into_iter().flat_map(|here| other_end(index, here)).collect();
    places.sort();
    places.dedup();
    places
}

fn other_end(index: &Index, here: &Occurrence) -> Vec<Span> {
    let of_role = |role: Role| -> Vec<Span> {
        let places = index.of_entity(&here.entity).filter(|one| one.role == role && one.at != here.at);
        places.map(|one| one.at).collect()
    };
    let wanted = match here.role {
        Role::Definition => of_role(Role::Change),
        Role::Change | Role::Reference => of_role(Role::Definition),
    };
    // What only extensions define is defined by the first that does.
    if wanted.is_empty() && here.role == Role::Reference { of_role(Role::Change) } else { wanted }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declaration {
    Included,
    LeftOut,
}

pub fn references(family: &Family, file: FileId, offset: usize, declaration: Declaration) -> Vec<&Occurrence> {
    let index = family.index();
    let here = index.at(file, offset);
    let all = here.iter().flat_map(|here| index.of_entity(&here.entity));
    let mut places: Vec<&Occurrence> =
        all.filter(|one| declaration == Declaration::Included || one.role != Role::Definition).collect();
    // One place may stand for several things.
    places.sort_by_key(|one| one.at);
    places.dedup_by_key(|one| one.at);
    places
}

/// The same in one document.
pub fn highlights(family: &Family, file: FileId, offset: usize) -> Vec<&Occurrence> {
    let all = references(family, file, offset, Declaration::Included);
    all.into_iter().filter(|one| one.at.file == file).collect()
}
