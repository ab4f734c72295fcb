//! What a key means, what a value comes to, where that comes from and what it overrides.

use super::family::{Family, Resolved, Set};
use super::index::{Entity, Hole, holes};
use super::markdown::{code, link, reasons, value};
use super::outline::{Kind, Owner, Part, Section, covers, text};
use super::spot::{On, Spot, spot};
use crate::lint::allow;
use crate::plan::job::Phase;
use crate::plan::parameters::{Effect, Parameter, Place, known};
use crate::source::{FileId, Span};
use crate::target::types::{BuiltIn, MODULE_TYPES, RESOURCE_TYPES};
use crate::text::Form;
use crate::tree::shape::{Key, Role};
use crate::tree::{Built, Origin, Value};

pub struct Hover {
    pub markdown: String,
    pub at: Span,
}

pub fn hover(family: &Family, file: FileId, offset: usize) -> Option<Hover> {
    let parts = family.parts(file);
    let on_spot = spot(&parts, offset).and_then(|spot| on_spot(family, file, &spot, offset));
    on_spot.or_else(|| on_code(family, file, offset))
}

/// On the code of a finding that a comment allows: its page.
fn on_code(family: &Family, file: FileId, offset: usize) -> Option<Hover> {
    let (text, lines) = (family.text(file), family.lines(file));
    lines.line(text, lines.line_of(offset)).contains(allow::MARK).then_some(())?;
    let found = allow::allows(&family.written, file);
    let named = found.list.iter().flat_map(|allow| &allow.codes).find(|named| covers(named.span, offset))?;
    Some(Hover { markdown: crate::finding::code(&named.value)?.explain.to_owned(), at: named.span })
}

fn on_spot(family: &Family, file: FileId, spot: &Spot<'_, '_>, offset: usize) -> Option<Hover> {
    match spot.on {
        On::Key => on_key(family, file, spot),
        On::Value(node) => {
            let owner = &spot.part.owner;
            let hole = holes(&family.sources, node, owner).into_iter().find(|hole| {
                spot.entry().is_some() && hole.at.start as usize <= offset && offset < hole.at.end as usize
            });
            match hole {
                Some(hole) => on_hole(family, file, spot, &hole),
                None => on_value(family, file, spot, node.span, text(node)?, offset),
            }
        }
        On::Nothing => None,
    }
}

fn on_hole(family: &Family, file: FileId, spot: &Spot<'_, '_>, hole: &Hole) -> Option<Hover> {
    let (section, entry) = spot.entry()?;
    let owner = &spot.part.owner;
    let written = family.sources.slice(hole.at);
    let secret = is_sensitive(family, file, owner, section, &entry.key.value);
    let values: Vec<(&Set, Option<Value>)> = family
        .sets_of(file)
        .map(|set| {
            (set, family.probe(set, owner, section, written).map(|value| if secret { value.sealed() } else { value }))
        })
        .collect();
    let mut lines = vec![match hole.form {
        Form::Placeholder => format!("{} is a parameter, as {} sees it.", code(written), owner.words()),
        Form::Short | Form::Qualified => {
            let required =
                hole.owner.map(|at| family.sources.slice(at)).or_else(|| owner.required().map(|name| &**name));
            let names = &family.index().names;
            match required.and_then(|required| names.provider(required)) {
                Some(provider) => format!("{} is a property of {}.", code(written), provider.words()),
                None => format!("{} is a property of `{}`.", code(written), required.unwrap_or_default()),
            }
        }
    }];
    if hole.form == Form::Placeholder
        && let Some(parameter) = parameter_anywhere(family.sources.slice(hole.key))
    {
        lines.push(about_parameter(parameter));
    }
    lines.extend(told(family, &values, "has no value here"));
    Some(Hover { markdown: lines.join("\n\n"), at: hole.at })
}

/// The values of all sets: the first in full, others where they differ.
fn told(family: &Family, values: &[(&Set, Option<Value>)], absent: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut shown: Vec<&Value> = Vec::new();
    let several = family.sets.len() > 1;
    for (set, found) in values {
        let Some(found) = found.as_ref().filter(|found| !found.is_null()) else { continue };
        if shown.iter().any(|other| *other == found && other.holds_secret() == found.holds_secret()) {
            continue;
        }
        let set = if several { format!(" with {}", family.title(set)) } else { String::new() };
        let reasons = reasons(family, inner(&found.origin)).join("\n");
        told.push(format!("Value{set}: {}\n\n{reasons}", value(found)));
        shown.push(found);
    }
    if told.is_empty() {
        told.push(format!("It {absent}."));
    }
    told
}

/// Of a text that is one hole and nothing else, the origin of what fills it says all.
fn inner(origin: &Origin) -> &Origin {
    if let Origin::Built(built) = origin
        && let Built::Computed { at: None, parts, .. } = &**built
        && let [part] = parts.as_slice()
    {
        return &part.from;
    }
    origin
}

fn on_key(family: &Family, file: FileId, spot: &Spot<'_, '_>) -> Option<Hover> {
    let pair = spot.keys.last()?;
    let (at, name) = (pair.key.span, &*pair.key.value);
    if let Some((section, entry)) = spot.entry() {
        let mut lines = Vec::new();
        if let Some(parameter) = parameter_at(spot, section) {
            lines.push(format!("**{name}**: {}", about_parameter(parameter)));
        }
        if spot.keys.len() == 2 {
            lines.push(match section {
                Section::Properties => format!("Property `{name}` of {}.", spot.part.owner.words()),
                Section::Parameters => format!("Parameter `{name}` of {}.", spot.part.owner.words()),
            });
            let key = &entry.key.value;
            let values = family.sets_of(file).map(|set| {
                let resolved = family.resolved(set);
                (set, resolved.and_then(|resolved| resolved.value(&spot.part.owner, section, key)).cloned())
            });
            lines.extend(told(family, &values.collect::<Vec<_>>(), "has no value yet"));
            lines.extend(flags(family, file, &spot.part.owner, section, key));
        }
        return (!lines.is_empty()).then(|| Hover { markdown: lines.join("\n\n"), at });
    }
    let element = spot.part.kind.element(family.document(file));
    let known = match (spot.keys.len(), spot.metadata_entry()) {
        (1, _) => element.key(name).map(about_key),
        (3, Some(_)) => crate::descriptor::keys::METADATA.key(name).map(about_key),
        _ => None,
    };
    known.map(|markdown| Hover { markdown: format!("**{name}**: {markdown}"), at })
}

fn on_value(family: &Family, file: FileId, spot: &Spot<'_, '_>, at: Span, text: &str, offset: usize) -> Option<Hover> {
    let here = family.index().at(file, offset);
    if let Some(first) = here.first() {
        let about: Vec<String> = here.iter().filter_map(|one| about_entity(family, file, &one.entity)).collect();
        return (!about.is_empty()).then(|| Hover { markdown: about.join("\n\n"), at: first.at });
    }
    let of_type = |types: &'static [BuiltIn]| {
        types.iter().find(|one| one.name == text).map(|one| format!("**{text}**: {}.", one.about))
    };
    let markdown = if spot.is_in(Kind::Module, "type") {
        of_type(MODULE_TYPES)
    } else if spot.is_in(Kind::Resource, "type") {
        of_type(RESOURCE_TYPES)
    } else if spot.is_in(Kind::Hook, "phases") {
        let word = text.trim_end_matches(".idle").trim_end_matches(".live");
        let phase = Phase::ALL.into_iter().find(|phase| word.ends_with(phase.word()));
        let yet =
            if text.starts_with("blue-green.") { " Only in a blue-green deployment: no effect here yet." } else { "" };
        phase.map(|phase| format!("**{text}**: {}.{yet}", phase.in_words()))
    } else if let Some((section, entry)) = spot.entry() {
        let pair = spot.keys.last()?;
        // A value with holes: what it comes to.
        let has_holes = spot.keys.len() == 2 && !holes(&family.sources, &entry.value, &spot.part.owner).is_empty();
        if !has_holes {
            return on_key(family, file, spot).map(|hover| Hover { at: pair.value.span, ..hover });
        }
        let key = &entry.key.value;
        let values = family.sets_of(file).map(|set| {
            let resolved: Option<&Resolved> = family.resolved(set);
            (set, resolved.and_then(|resolved| resolved.value(&spot.part.owner, section, key)).cloned())
        });
        Some(told(family, &values.collect::<Vec<_>>(), "has no value yet").join("\n\n"))
    } else {
        None
    };
    Some(Hover { markdown: markdown?, at })
}

fn about_entity(family: &Family, file: FileId, entity: &Entity) -> Option<String> {
    let index = family.index();
    let definition = index.of_entity(entity).find(|one| one.role == super::index::Role::Definition);
    let at = definition.map(|one| format!("\n\n- defined in {}", link(family, one.at))).unwrap_or_default();
    let changes = index.of_entity(entity).filter(|one| one.role == super::index::Role::Change);
    let changes: String = changes.take(8).map(|one| format!("\n- changed by {}", link(family, one.at))).collect();
    let set = family.sets_of(file).next();
    let descriptor = set.and_then(|set| family.resolved(set)).map(|resolved| &resolved.merged);
    let properties = |owner: &Owner| {
        let keys: Vec<String> =
            index.names.keys(owner, Section::Properties).take(20).map(|key| format!("`{key}`")).collect();
        if keys.is_empty() { "It has no properties.".to_owned() } else { format!("Properties: {}.", keys.join(", ")) }
    };
    let of_type = |kind: &str| if kind.is_empty() { String::new() } else { format!(" of type `{kind}`") };
    let text = match entity {
        Entity::Module(name) => {
            let found = descriptor.and_then(|one| one.modules.iter().find(|one| one.name.value.as_str() == &**name));
            let kind = found.map(|module| module.kind.value.as_str()).unwrap_or_default();
            let about = found.and_then(|module| module.description.as_ref()).map(|text| format!(" {}", text.value));
            format!("Module `{name}`{}.{}", of_type(kind), about.unwrap_or_default())
        }
        Entity::Provided(name) => {
            let owner = index.names.provider(name)?;
            let module = owner.module()?;
            format!("Provided set `{name}` of module `{module}`. {}", properties(&owner))
        }
        Entity::Resource(name) => {
            let found = descriptor.and_then(|one| one.resources.iter().find(|one| one.name.value.as_str() == &**name));
            let kind = found.and_then(|resource| Some(resource.kind.as_ref()?.value.as_str())).unwrap_or_default();
            format!("Resource `{name}`{}. {}", of_type(kind), properties(&Owner::Resource(name.clone())))
        }
        Entity::Hook(module, name) => format!("Hook `{name}` of module `{module}`."),
        Entity::Id(id) => format!("`{id}`"),
        Entity::Key(..) => return None,
    };
    Some(format!("{text}{at}{changes}"))
}

/// The flags that metadata gives a key.
fn flags(family: &Family, file: FileId, owner: &Owner, section: Section, key: &str) -> Option<String> {
    if is_sensitive(family, file, owner, section, key) {
        return Some("It is sensitive: its value is shown nowhere.".to_owned());
    }
    None
}

/// Whether a value is hidden, in any of the sets that the file is in.
fn is_sensitive(family: &Family, file: FileId, owner: &Owner, section: Section, key: &str) -> bool {
    family.sets_of(file).any(|set| {
        let merged = family.resolved(set).and_then(|resolved| owner.map(&resolved.merged, section)?.get(key));
        merged.is_some_and(Value::holds_secret)
    })
}

fn about_key(key: &'static Key) -> String {
    match key.role {
        Role::Read => format!("{}.", key.about),
        Role::Foreign => format!("{}. It has no effect here.", key.about),
        Role::Forbidden(instead) => format!("{}. An extension cannot set it. {instead}", key.about),
    }
}

/// The parameter that a key in a map of parameters is.
fn parameter_at(spot: &Spot<'_, '_>, section: Section) -> Option<&'static Parameter> {
    if section != Section::Parameters {
        return None;
    }
    let name = |at: usize| spot.keys.get(at).map(|pair| &*pair.key.value);
    match spot.keys.len() {
        2 => places(spot.part).iter().find_map(|place| known(*place, name(1)?)),
        3 if name(1) == Some("container") => known(Place::Container, name(2)?),
        _ => None,
    }
}

/// Which tables of parameters hold for an element.
pub fn places(part: &Part<'_>) -> &'static [Place] {
    places_of(part.kind)
}

pub fn places_of(kind: Kind) -> &'static [Place] {
    match kind {
        Kind::Root => &[Place::Descriptor, Place::Module],
        Kind::Module => &[Place::Module],
        Kind::Requires => &[Place::Requires],
        Kind::Provides => &[Place::Provides],
        Kind::Hook => &[Place::Hook],
        Kind::Resource => &[Place::Resource],
    }
}

fn parameter_anywhere(name: &str) -> Option<&'static Parameter> {
    [Place::Module, Place::Descriptor, Place::Resource].into_iter().find_map(|place| known(place, name))
}

pub fn about_parameter(parameter: &Parameter) -> String {
    let default = match parameter.default {
        "" => String::new(),
        default => format!("; by default {default}"),
    };
    let effect = match parameter.effect {
        Effect::Used | Effect::Placeholder => String::new(),
        Effect::Nothing(why) => format!(" It has no effect here: {why}."),
        Effect::Later(why) => format!(" It is not supported yet: {why}."),
    };
    format!("{} ({}{default}).{effect}", parameter.meaning, parameter.is.words())
}
