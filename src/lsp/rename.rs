//! Another name for something, at every place where it stands; or why that is no good name for it.

use super::family::Family;
use super::index::{Entity, Occurrence, Role};
use super::outline::{Owner, Section};
use crate::name::{self, BadName};
use crate::plan::parameters::{Place, known};
use crate::source::yaml::scalar::{Plain, resolve};
use crate::source::{FileId, Span};
use crate::stage::is_system_parameter;

/// What can be renamed here: the name, and where it stands. A sentence, when it cannot.
pub fn prepare(family: &Family, file: FileId, offset: usize) -> Result<(Span, String), String> {
    let here = renamable(family, file, offset)?;
    Ok((here.at, family.sources.slice(here.at).to_owned()))
}

/// Every place with the new name in it.
pub fn rename(
    family: &Family,
    file: FileId,
    offset: usize,
    new: &str,
    dependents: &[String],
) -> Result<Vec<(Span, String)>, String> {
    let here = renamable(family, file, offset)?;
    let index = family.index();
    let places: Vec<&Occurrence> = index.of_entity(&here.entity).collect();
    if new == family.sources.slice(here.at) {
        return Ok(Vec::new());
    }
    match &here.entity {
        Entity::Module(_) | Entity::Provided(_) | Entity::Resource(_) | Entity::Hook(..) | Entity::Id(_) => {
            good_name(new)?;
        }
        Entity::Key(..) => good_key(new, &places, family)?,
    }
    clash(family, &here.entity, new)?;
    if let Some(dependent) = dependents.first() {
        let old = family.sources.slice(here.at);
        return Err(format!("`{old}` is published, and {dependent} asks for it by this name. Change both by hand."));
    }
    Ok(places.into_iter().map(|place| (place.at, new.to_owned())).collect())
}

/// The published name of what is renamed: `ID:SET`, if it can have one.
pub fn published(family: &Family, file: FileId, offset: usize) -> Option<String> {
    let index = family.index();
    let (Entity::Provided(name) | Entity::Module(name)) = &index.at(file, offset)?.entity else { return None };
    let ids = family.files().flat_map(|file| index.in_file(file)).filter(|one| one.role == Role::Definition);
    let id = ids.into_iter().find_map(|one| match &one.entity {
        Entity::Id(id) => Some(id.clone()),
        _ => None,
    });
    Some(format!("{}:{name}", id?))
}

fn renamable(family: &Family, file: FileId, offset: usize) -> Result<&Occurrence, String> {
    let Some(here) = family.index().at(file, offset) else {
        return Err("Here stands no name of a module, provided set, resource, hook, property or parameter.".to_owned());
    };
    if family.is_mended {
        return Err("One of the files is no YAML at the moment: not every place with the name can be seen.".to_owned());
    }
    match &here.entity {
        Entity::Id(id) => {
            Err(format!("`{id}` is the ID under which it is deployed: another ID is another application."))
        }
        Entity::Key(owner, Section::Parameters, key) if is_windlass_own(owner, key) => {
            Err(format!("`{key}` is a parameter that windlass knows by this name."))
        }
        _ => Ok(here),
    }
}

/// Whether a parameter has a meaning of its own here.
fn is_windlass_own(owner: &Owner, key: &str) -> bool {
    let places: &[Place] = match owner {
        Owner::Root => &[Place::Descriptor, Place::Module],
        Owner::Module(_) => &[Place::Module],
        Owner::Requires(..) | Owner::HookRequires(..) | Owner::ResourceRequires(..) => &[Place::Requires],
        Owner::Provides(..) => &[Place::Provides],
        Owner::Hook(..) => &[Place::Hook],
        Owner::Resource(_) => &[Place::Resource],
    };
    places.iter().any(|place| known(*place, key).is_some()) || is_system_parameter(key)
}

fn good_name(new: &str) -> Result<(), String> {
    match name::check(new) {
        Ok(()) => Ok(()),
        Err(BadName::Empty) => Err("A name has at least one character.".to_owned()),
        Err(BadName::TooLong) => Err(format!("A name has at most {} characters.", name::MAX_LENGTH)),
        Err(BadName::Character { character, .. }) => Err(format!(
            "`{new}` is no name because of `{character}`: names are made of letters, digits, `_`, `-` and `.`."
        )),
    }?;
    // It may stand somewhere without quotes.
    if new.starts_with('-') {
        return Err(format!("`{new}` begins with `-`, as the items of a list do in YAML."));
    }
    plain(new)
}

/// What can stand in a hole and as a key, with and without quotes.
fn good_key(new: &str, places: &[&Occurrence], family: &Family) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if new.is_empty() || !new.chars().all(allowed) || new.starts_with('-') {
        return Err(format!(
            "`{new}` is no good key: write letters, digits, `_`, `-`, `.` and `/`, so that it can stand in `${{…}}` and `~{{…}}`."
        ));
    }
    plain(new)?;
    let in_braces = places.iter().any(|place| {
        let before = family.sources.get(place.at.file).text().get(..place.at.start as usize).unwrap_or_default();
        before.ends_with("${") || before.ends_with("~{")
    });
    match in_braces && new.contains('/') {
        true => Err(format!("`{new}` would be read as a path where it is referred to. Leave the `/` out.")),
        false => Ok(()),
    }
}

fn plain(new: &str) -> Result<(), String> {
    match resolve(new) {
        Plain::Text => Ok(()),
        other => Err(format!("`{new}` means {} in YAML, and would be no name.", other.kind_name())),
    }
}

fn clash(family: &Family, entity: &Entity, new: &str) -> Result<(), String> {
    let names = &family.index().names;
    match entity {
        Entity::Module(_) | Entity::Provided(_) | Entity::Resource(_) => match names.target(new) {
            Some(Entity::Module(_)) => Err(format!("There is a module `{new}` already.")),
            Some(Entity::Provided(_)) => Err(format!("There is a provided set `{new}` already.")),
            Some(Entity::Resource(_)) => Err(format!("There is a resource `{new}` already.")),
            _ => Ok(()),
        },
        Entity::Hook(module, _) => {
            let there = family.index().of_entity(&Entity::Hook(module.clone(), new.into())).next();
            there.map_or(Ok(()), |_| Err(format!("Module `{module}` has a hook `{new}` already.")))
        }
        Entity::Key(owner, section, _) => {
            if names.has_key(owner, *section, new) {
                return Err(format!("{} has `{new}` already.", capital(&owner.words())));
            }
            if *section == Section::Properties {
                return Ok(());
            }
            if is_windlass_own(owner, new) {
                return Err(format!("`{new}` is a parameter that windlass knows, and would mean that."));
            }
            // What looks for the parameter must not find another one first, nor lose one that it found before.
            let users: Vec<Owner> = family.files().flat_map(|file| family.parts(file)).map(|part| part.owner).collect();
            let seen = users.iter().map(|user| names.scopes(user)).filter(|scopes| scopes.contains(owner));
            let other = seen.flatten().find(|scope| scope != owner && names.has_key(scope, Section::Parameters, new));
            match other {
                Some(other) => Err(format!("`{new}` of {} would be mixed up with it.", other.words())),
                None => Ok(()),
            }
        }
        Entity::Id(_) => Ok(()),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}
