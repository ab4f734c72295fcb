//! Another name for something, at every place where it stands; or why that is no good name for it.
//!
//! What aliases and merge keys share belongs to several things at once, and a name may be spelt so that nobody can tell how it
//! would be spelt then. Such names are refused and not guessed. What is left is tried out before it is answered: no error may
//! come of it, and no value may change.

use super::family::Family;
use super::index::{Entity, Occurrence, Role, Spelling};
use super::outline::{Owner, Section, maps};
use crate::finding::{Change, Finding, Fix, Severity, UNKNOWN_PARAMETER};
use crate::name::{self, BadName};
use crate::plan::parameters::{Place, known};
use crate::source::edit::Editor;
use crate::source::yaml::outline::Form;
use crate::source::yaml::scalar::{Plain, resolve};
use crate::source::{FileId, Span};
use crate::stage::is_system_parameter;
use std::collections::{BTreeMap, BTreeSet};

/// What can be renamed here: the name, and where it stands. A sentence, when it cannot.
pub fn prepare(family: &Family, file: FileId, offset: usize) -> Result<(Span, String), String> {
    let here = renamable(family, file, offset)?;
    Ok((here.at, here.entity.name().to_string()))
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
    let (index, old) = (family.index(), here.entity.name());
    let places: Vec<&Occurrence> = index.of_entity(&here.entity).collect();
    if new == &**old {
        return Ok(Vec::new());
    }
    match &here.entity {
        Entity::Module(_) | Entity::Provided(_) | Entity::Resource(_) | Entity::Hook(..) | Entity::Id(_) => {
            good_name(new)?;
        }
        Entity::Key(..) => good_key(new, &places)?,
    }
    clash(family, &here.entity, new)?;
    if let Some(dependent) = dependents.first() {
        return Err(format!("`{old}` is published, and {dependent} asks for it by this name. Change both by hand."));
    }
    let edits = edits(family, &places, new)?;
    tried(family, &here.entity, new, &edits)?;
    Ok(edits)
}

/// The new name at every place, as it can stand there.
fn edits(family: &Family, places: &[&Occurrence], new: &str) -> Result<Vec<(Span, String)>, String> {
    let editor = Editor::new(&family.written);
    let needs_quotes = new.starts_with('-') || resolve(new) != Plain::Text;
    let mut edits = Vec::new();
    for place in places {
        let at_once = match place.spelling {
            Spelling::Bare => !needs_quotes,
            Spelling::Quoted | Spelling::InHole => true,
            Spelling::Otherwise => false,
        };
        if at_once {
            edits.push((place.at, new.to_owned()));
            continue;
        }
        let say = Fix::safe("", [Change::Say { at: place.scalar, text: new.to_owned() }]);
        let written = editor.edits(&say).ok_or_else(|| {
            let (name, line) = (place.entity.name(), family.sources.line_of(place.at));
            format!("`{name}` stands in {line} in a form in which `{new}` cannot. Write it plainly there first.")
        })?;
        edits.extend(written.into_iter().map(|edit| (edit.at, edit.content)));
    }
    edits.sort();
    edits.dedup();
    Ok(edits)
}

/// Whether all is as it was but for the name: there is no error that was not there before, and behind a renamed key, every value
/// of every set is the same.
fn tried(family: &Family, entity: &Entity, new: &str, edits: &[(Span, String)]) -> Result<(), String> {
    let after = family.edited(edits);
    let errors = |family: &Family, name: &str| {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        // A parameter that others know by its name is nothing under another.
        let is_lost = |one: &Finding| one.code == &UNKNOWN_PARAMETER && one.message.contains(&format!("`{name}`"));
        let is_wrong = |one: &&Finding| one.severity == Severity::Error || is_lost(one);
        let errors = family.findings().iter().filter(is_wrong);
        errors.for_each(|finding| *count.entry(finding.code.id).or_default() += 1);
        count
    };
    let before = errors(family, entity.name());
    if let Some((id, _)) = errors(&after, new).into_iter().find(|(id, count)| before.get(id).unwrap_or(&0) < count) {
        let known: BTreeSet<&str> = family.findings().iter().map(|finding| &*finding.message).collect();
        let mut of_code = after.findings().iter().filter(|finding| finding.code.id == id);
        let finding = of_code.clone().find(|finding| !known.contains(&*finding.message)).or_else(|| of_code.next());
        let at = finding.map(|finding| after.sources.line_of(finding.at)).unwrap_or_default();
        let message = finding.map(|finding| &*finding.message).unwrap_or_default();
        return Err(format!("With `{new}`, {at} would be wrong ({id}): {message}"));
    }
    let Entity::Key(owner, section, old) = entity else { return Ok(()) };
    for (set, same) in family.sets.iter().zip(&after.sets) {
        let (Some(before), Some(then)) = (family.resolved(set), after.resolved(same)) else { continue };
        // No element comes, goes or moves when a key gets another name.
        for ((one, of, was), (.., is)) in maps(&before.bound).into_iter().zip(maps(&then.bound)) {
            let renamed =
                |key: &str| if (&one, of) == (owner, *section) && key == &**old { new } else { key }.to_owned();
            let differs = was.iter().find(|(key, value)| is.get(&renamed(&key.text)) != Some(*value));
            if let Some((key, _)) = differs {
                return Err(format!("With `{new}`, `{}` of {} would have another value.", key.text, one.words()));
            }
        }
    }
    Ok(())
}

/// The published name of what is renamed: `ID:SET`, if it can have one.
pub fn published(family: &Family, file: FileId, offset: usize) -> Option<String> {
    let index = family.index();
    let here = index.at(file, offset);
    let (Entity::Provided(name) | Entity::Module(name)) = &here.first()?.entity else { return None };
    let ids = family.files().flat_map(|file| index.in_file(file)).filter(|one| one.role == Role::Definition);
    let id = ids.into_iter().find_map(|one| match &one.entity {
        Entity::Id(id) => Some(id.clone()),
        _ => None,
    });
    Some(format!("{}:{name}", id?))
}

fn renamable(family: &Family, file: FileId, offset: usize) -> Result<&Occurrence, String> {
    let index = family.index();
    let here = index.at(file, offset);
    let Some(first) = here.first().copied() else {
        return Err("Here stands no name of a module, provided set, resource, hook, property or parameter.".to_owned());
    };
    if family.is_mended {
        return Err("One of the files is no YAML at the moment: not every place with the name can be seen.".to_owned());
    }
    match &first.entity {
        Entity::Id(id) => {
            return Err(format!("`{id}` is the ID under which it is deployed: another ID is another application."));
        }
        Entity::Key(owner, Section::Parameters, key) if is_windlass_own(owner, key) => {
            return Err(format!("`{key}` is a parameter that windlass knows by this name."));
        }
        _ => {}
    }
    index.of_entity(&first.entity).try_for_each(|place| is_its_own(family, place))?;
    Ok(first)
}

/// Whether a place speaks of this one thing alone.
fn is_its_own(family: &Family, place: &Occurrence) -> Result<(), String> {
    let line = || family.sources.line_of(place.at);
    let here = family.index().at(place.at.file, place.at.start as usize);
    if let Some(other) = here.iter().find(|other| other.at == place.at && other.entity != place.entity) {
        return Err(format!(
            "What stands in {} is shared by an anchor: it is {}, and {} as well. Change it by hand, or give each its own.",
            line(),
            place.entity.words(),
            other.entity.words(),
        ));
    }
    if place.spelling == Spelling::InHole {
        return Ok(());
    }
    let outline = family.outline(place.at.file);
    let found = outline.and_then(|outline| outline.find(place.scalar));
    let (name, line) = (place.entity.name(), line());
    match found.map(|found| (&found.twig.form, found.twig.named)) {
        Some((Form::Alias, _)) => {
            Err(format!("In {line}, `{name}` stands by an alias. Write the name itself there first."))
        }
        Some((_, true)) => {
            Err(format!("In {line}, `{name}` has an anchor, and aliases say the same. Change them by hand."))
        }
        Some((Form::Block, _)) => Err(format!("In {line}, `{name}` stands as a block. Write it on one row first.")),
        Some(_) => Ok(()),
        None => Err(format!("In {line}, `{name}` stands in a form that is not understood. Change it by hand.")),
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
    }
}

/// What can stand in a hole and as a key.
fn good_key(new: &str, places: &[&Occurrence]) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if new.is_empty() || !new.chars().all(allowed) {
        return Err(format!(
            "`{new}` is no good key: write letters, digits, `_`, `-`, `.` and `/`, so that it can stand in `${{…}}` and `~{{…}}`."
        ));
    }
    let in_braces = places.iter().any(|place| place.spelling == Spelling::InHole);
    match in_braces && new.contains('/') {
        true => Err(format!("`{new}` would be read as a path where it is referred to. Leave the `/` out.")),
        false => Ok(()),
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
            let users: Vec<Owner> =
                family.files().flat_map(|file| family.shared_parts(file)).map(|part| part.owner).collect();
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
