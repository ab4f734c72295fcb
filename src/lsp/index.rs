//! Everything that has a name in a descriptor and its extensions, and every place where the name stands.
//!
//! Going to a definition, finding references, highlighting and renaming are all questions to this one list. Which set or
//! parameter a name means is decided as the stages decide it: a provided set wins over a resource (`stage::bind`), and a
//! parameter is looked for from the place outward (`stage::fill`).
//!
//! What an alias or a merge key shares stands at one place and belongs to several elements: then several things stand there.

use super::outline::{Kind, Owner, Part, Section, scalars, text};
use crate::source::yaml::{Node, Pair};
use crate::source::{FileId, Sources, Span};
use crate::text::{Form, Piece, pieces};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// Also the provided set of its own name that every module has.
    Module(Arc<str>),
    Provided(Arc<str>),
    Resource(Arc<str>),
    /// Module, name.
    Hook(Arc<str>, Arc<str>),
    /// A key of `properties` or `parameters`.
    Key(Owner, Section, Arc<str>),
    /// The `ID` of a descriptor or an extension.
    Id(Arc<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Where it comes into being.
    Definition,
    /// An extension changes it.
    Change,
    Reference,
}

impl Entity {
    /// In the words of messages: ``property `url` of provided set `api` of module `web` ``.
    pub fn words(&self) -> String {
        match self {
            Entity::Module(name) => format!("module `{name}`"),
            Entity::Provided(name) => format!("provided set `{name}`"),
            Entity::Resource(name) => format!("resource `{name}`"),
            Entity::Hook(module, name) => format!("hook `{name}` of module `{module}`"),
            Entity::Key(owner, Section::Properties, key) => format!("property `{key}` of {}", owner.words()),
            Entity::Key(owner, Section::Parameters, key) => format!("parameter `{key}` of {}", owner.words()),
            Entity::Id(id) => format!("ID `{id}`"),
        }
    }

    pub fn name(&self) -> &Arc<str> {
        match self {
            Entity::Module(name) | Entity::Provided(name) | Entity::Resource(name) | Entity::Hook(_, name) => name,
            Entity::Key(_, _, name) | Entity::Id(name) => name,
        }
    }
}

/// How a name stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As a scalar or key without quotes.
    Bare,
    /// As it is, inside quotes.
    Quoted,
    /// Inside `${…}` or `~{…}`.
    InHole,
    /// With escapes, as a block, or by an alias: `at` is the whole scalar with its quotes.
    Otherwise,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub entity: Entity,
    pub role: Role,
    pub spelling: Spelling,
    /// The name itself, without quotes.
    pub at: Span,
    /// The scalar or key that it is, or is in, with its quotes.
    pub scalar: Span,
}

/// One document of a family.
pub struct Document<'n> {
    pub file: FileId,
    pub is_extension: bool,
    pub parts: &'n [Part<'n>],
}

/// A hole in a text as it is written.
#[derive(Clone, Debug)]
pub struct Hole {
    pub form: Form,
    /// With its braces.
    pub at: Span,
    /// In front of the slash of a qualified reference.
    pub owner: Option<Span>,
    pub key: Span,
}

#[derive(Debug, Default)]
pub struct Index {
    occurrences: Vec<Occurrence>,
    /// Positions in the list, per file, by start.
    by_place: BTreeMap<FileId, Vec<usize>>,
    by_entity: HashMap<Entity, Vec<usize>>,
    /// Bytes of the longest place.
    longest: u32,
    pub names: Names,
}

/// What exists in a descriptor with all its extensions.
#[derive(Debug, Default)]
pub struct Names {
    pub modules: Vec<Arc<str>>,
    /// With the module that provides it.
    pub provided: Vec<(Arc<str>, Arc<str>)>,
    pub resources: Vec<Arc<str>>,
    keys: BTreeMap<(Owner, Section), BTreeSet<Arc<str>>>,
    required: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    known: Known,
}

/// The same for asking.
#[derive(Debug, Default)]
struct Known {
    modules: BTreeSet<Arc<str>>,
    provided: BTreeMap<Arc<str>, Arc<str>>,
    resources: BTreeSet<Arc<str>>,
}

impl Names {
    /// The keys of a map, sorted.
    pub fn keys(&self, owner: &Owner, section: Section) -> impl Iterator<Item = &Arc<str>> {
        self.keys.get(&(owner.clone(), section)).into_iter().flatten()
    }

    pub fn has_key(&self, owner: &Owner, section: Section, key: &str) -> bool {
        self.keys.get(&(owner.clone(), section)).is_some_and(|keys| keys.contains(key))
    }

    /// What an entry of `requires` means.
    pub fn target(&self, required: &str) -> Option<Entity> {
        if let Some((name, _)) = self.known.provided.get_key_value(required) {
            return Some(Entity::Provided(Arc::clone(name)));
        }
        if let Some(name) = self.known.modules.get(required) {
            return Some(Entity::Module(Arc::clone(name)));
        }
        self.known.resources.get(required).map(|name| Entity::Resource(Arc::clone(name)))
    }

    /// Whose properties a reference to this name sees.
    pub fn provider(&self, required: &str) -> Option<Owner> {
        match self.target(required)? {
            Entity::Provided(name) => {
                let module = self.known.provided.get(&name)?;
                Some(Owner::Provides(Arc::clone(module), name))
            }
            Entity::Resource(name) => Some(Owner::Resource(name)),
            _ => None,
        }
    }

    /// The names that modules require.
    pub fn required_by(&self, module: &str) -> &[Arc<str>] {
        self.required.get(module).map_or(&[], Vec::as_slice)
    }

    /// The elements whose parameters a placeholder sees, nearest first; none where placeholders stay text.
    pub fn scopes(&self, owner: &Owner) -> Vec<Owner> {
        let siblings = |module: &Arc<str>, but: Option<&Arc<str>>| -> Vec<Owner> {
            let others = self.required_by(module).iter().filter(|name| Some(*name) != but);
            others.map(|name| Owner::Requires(Arc::clone(module), Arc::clone(name))).collect()
        };
        let (own, beside, module) = match owner {
            Owner::Root => (None, Vec::new(), None),
            Owner::Module(module) => (Some(owner.clone()), Vec::new(), Some(module)),
            Owner::Requires(module, name) => (Some(owner.clone()), siblings(module, Some(name)), Some(module)),
            Owner::Provides(module, _) => (Some(owner.clone()), siblings(module, None), Some(module)),
            // A hook does not see its own parameters.
            Owner::Hook(module, _) => (None, Vec::new(), Some(module)),
            Owner::HookRequires(module, ..) => (Some(owner.clone()), siblings(module, None), Some(module)),
            Owner::Resource(_) => (Some(owner.clone()), Vec::new(), None),
            Owner::ResourceRequires(..) => return Vec::new(),
        };
        let module = module.map(|module| Owner::Module(Arc::clone(module)));
        let mut scopes: Vec<Owner> = own.into_iter().chain(beside).chain(module).chain([Owner::Root]).collect();
        scopes.dedup();
        scopes
    }

    /// The parameter that a placeholder means, and how much of the placeholder's key its name is: `${a/b}` may lead into `a`.
    pub fn parameter(&self, owner: &Owner, key: &str) -> Option<(Owner, usize)> {
        let scopes = self.scopes(owner);
        let found = |name: &str| scopes.iter().find(|scope| self.has_key(scope, Section::Parameters, name)).cloned();
        let first = key.split('/').next().unwrap_or_default();
        found(key).map(|scope| (scope, key.len())).or_else(|| found(first).map(|scope| (scope, first.len())))
    }
}

impl Index {
    pub fn of(sources: &Sources, documents: &[Document<'_>]) -> Index {
        let mut names = Names::default();
        for document in documents {
            collect(document, &mut names);
        }
        let mut index = Index { names, ..Index::default() };
        for document in documents {
            let mut finder = Finder { sources, document, index: &mut index };
            document.parts.iter().for_each(|part| finder.part(part));
        }
        index.occurrences.sort_by(|a, b| (a.at, &a.entity).cmp(&(b.at, &b.entity)));
        index.occurrences.dedup();
        for (at, occurrence) in index.occurrences.iter().enumerate() {
            index.by_place.entry(occurrence.at.file).or_default().push(at);
            index.by_entity.entry(occurrence.entity.clone()).or_default().push(at);
            index.longest = index.longest.max(occurrence.at.end - occurrence.at.start);
        }
        index
    }

    /// What stands at a place: the innermost, and the one behind the place when two meet there. Several, when the text
    /// belongs to several elements.
    pub fn at(&self, file: FileId, offset: usize) -> Vec<&Occurrence> {
        let Some(places) = self.by_place.get(&file) else { return Vec::new() };
        let place = |at: &usize| self.occurrences.get(*at);
        let behind = places.partition_point(|at| place(at).is_some_and(|one| one.at.start as usize <= offset));
        let before = places.get(..behind).unwrap_or_default().iter().rev().filter_map(place);
        let near = before.take_while(|one| offset <= one.at.start as usize + self.longest as usize);
        let here: Vec<&Occurrence> = near.filter(|one| offset <= one.at.end as usize).collect();
        let innermost = here.iter().map(|one| (offset < one.at.end as usize, one.at.start, Reverse(one.at.end))).max();
        let Some((_, start, Reverse(end))) = innermost else { return Vec::new() };
        here.into_iter().rev().filter(|one| (one.at.start, one.at.end) == (start, end)).collect()
    }

    /// All places of one thing, in the order of the files and of the text.
    pub fn of_entity<'i>(&'i self, entity: &Entity) -> impl Iterator<Item = &'i Occurrence> + use<'i> {
        self.by_entity.get(entity).into_iter().flatten().filter_map(|at| self.occurrences.get(*at))
    }

    pub fn in_file(&self, file: FileId) -> impl Iterator<Item = &Occurrence> {
        self.by_place.get(&file).into_iter().flatten().filter_map(|at| self.occurrences.get(*at))
    }
}

fn collect(document: &Document<'_>, names: &mut Names) {
    for part in document.parts {
        if !document.is_extension {
            match &part.owner {
                Owner::Module(name) => {
                    names.modules.push(Arc::clone(name));
                    names.known.modules.insert(Arc::clone(name));
                }
                Owner::Provides(module, name) => {
                    names.provided.push((Arc::clone(name), Arc::clone(module)));
                    names.known.provided.entry(Arc::clone(name)).or_insert_with(|| Arc::clone(module));
                }
                Owner::Resource(name) => {
                    names.resources.push(Arc::clone(name));
                    names.known.resources.insert(Arc::clone(name));
                }
                Owner::Requires(module, name) => {
                    names.required.entry(Arc::clone(module)).or_default().push(Arc::clone(name));
                }
                Owner::Root | Owner::Hook(..) | Owner::HookRequires(..) | Owner::ResourceRequires(..) => {}
            }
        }
        for section in Section::ALL {
            let entries = part.entries(section.key());
            if !entries.is_empty() {
                let keys = names.keys.entry((part.owner.clone(), section)).or_default();
                keys.extend(entries.iter().map(|pair| Arc::clone(&pair.key.value)));
            }
        }
    }
}

struct Finder<'a, 'n> {
    sources: &'a Sources,
    document: &'a Document<'n>,
    index: &'a mut Index,
}

impl Finder<'_, '_> {
    /// `scalar`: a node, with its quotes if it has any.
    fn add(&mut self, entity: Entity, role: Role, scalar: Span) {
        let name = Arc::clone(entity.name());
        if scalar.file != self.document.file || name.is_empty() {
            return;
        }
        let (at, spelling) = match inner(self.sources, &name, scalar) {
            Some(at) if at == scalar => (at, Spelling::Bare),
            Some(at) => (at, Spelling::Quoted),
            None => (scalar, Spelling::Otherwise),
        };
        self.index.occurrences.push(Occurrence { entity, role, spelling, at, scalar });
    }

    fn own_role(&self) -> Role {
        if self.document.is_extension { Role::Change } else { Role::Definition }
    }

    fn part(&mut self, part: &Part<'_>) {
        let name = part.value("name").and_then(|node| Some((text(node)?, node.span)));
        if let Some((name, span)) = name {
            let own = match &part.owner {
                Owner::Module(name) => Some(Entity::Module(Arc::clone(name))),
                Owner::Provides(module, name) => match self.index.names.known.provided.get(name) {
                    Some(_) => Some(Entity::Provided(Arc::clone(name))),
                    // An extension may change the set that every module has without saying so.
                    None => (module == name).then(|| Entity::Module(Arc::clone(name))),
                },
                Owner::Resource(name) => Some(Entity::Resource(Arc::clone(name))),
                Owner::Hook(module, name) => Some(Entity::Hook(Arc::clone(module), Arc::clone(name))),
                Owner::Requires(..) | Owner::HookRequires(..) | Owner::ResourceRequires(..) | Owner::Root => None,
            };
            match own {
                Some(entity) => self.add(entity, self.own_role(), span),
                None => {
                    if let Some(entity) = self.index.names.target(name) {
                        self.add(entity, Role::Reference, span);
                    }
                }
            }
        }
        if part.kind == Kind::Root {
            for (key, role) in [("ID", Role::Definition), ("extends", Role::Reference)] {
                if let Some((node, id)) = part.value(key).and_then(|node| Some((node, text(node)?))) {
                    self.add(Entity::Id(Arc::clone(id)), role, node.span);
                }
            }
        }
        self.names_in(part, "deployed-after", Entity::Module);
        self.names_in(part, "processed-after", Entity::Resource);
        for section in Section::ALL {
            let entity = |pair: &Pair| Entity::Key(part.owner.clone(), section, Arc::clone(&pair.key.value));
            for pair in part.entries(section.key()) {
                self.add(entity(pair), self.own_role(), pair.key.span);
                let mut found = Vec::new();
                scalars(&pair.value, &mut |node| {
                    found.extend(holes(self.sources, node, &part.owner).into_iter().map(|hole| (hole, node.span)));
                });
                found.iter().for_each(|(hole, scalar)| self.hole(hole, *scalar, &part.owner));
            }
            for pair in part.entries(section.metadata_key()) {
                self.add(entity(pair), Role::Reference, pair.key.span);
            }
        }
    }

    fn names_in(&mut self, part: &Part<'_>, key: &str, entity: fn(Arc<str>) -> Entity) {
        for node in part.value(key).map_or(&[][..], Node::items) {
            if let Some(name) = text(node) {
                self.add(entity(Arc::clone(name)), Role::Reference, node.span);
            }
        }
    }

    fn hole(&mut self, hole: &Hole, scalar: Span, owner: &Owner) {
        let written = |span: Span| -> Arc<str> { self.sources.slice(span).into() };
        let key = written(hole.key);
        let mut found = Vec::new();
        if hole.form == Form::Placeholder {
            if let Some((scope, length)) = self.index.names.parameter(owner, &key) {
                let name: Arc<str> = key.get(..length).unwrap_or_default().into();
                found.push((Entity::Key(scope, Section::Parameters, name), hole.key.part(0..length)));
            }
        } else {
            let required = hole.owner.map(written).or_else(|| owner.required().cloned());
            let names = &self.index.names;
            if let (Some(required), Some(at)) = (&required, hole.owner) {
                found.extend(names.target(required).map(|entity| (entity, at)));
            }
            if let Some(provider) = required.and_then(|required| names.provider(&required))
                && names.has_key(&provider, Section::Properties, &key)
            {
                found.push((Entity::Key(provider, Section::Properties, key), hole.key));
            }
        }
        let (role, spelling) = (Role::Reference, Spelling::InHole);
        let found = found.into_iter().map(|(entity, at)| Occurrence { entity, role, spelling, at, scalar });
        self.index.occurrences.extend(found);
    }
}

/// Where a name stands inside its quotes.
fn inner(sources: &Sources, name: &str, written: Span) -> Option<Span> {
    let raw = sources.slice(written);
    let at = match raw.len().checked_sub(name.len())? {
        0 => written,
        2 => written.part(1..raw.len() - 1),
        _ => return None,
    };
    (sources.slice(at) == name).then_some(at)
}

/// The holes of a scalar, where they are written. They are looked for in the text of the file and not in the value, so that
/// their places are right in quotes and in blocks as well.
pub fn holes(sources: &Sources, node: &Node, owner: &Owner) -> Vec<Hole> {
    let raw = sources.slice(node.span);
    let reference = if owner.required().is_some() { Form::Short } else { Form::Qualified };
    let mut found = Vec::new();
    for form in [Form::Placeholder, reference] {
        for piece in pieces(raw, form).unwrap_or_default() {
            let Piece::Hole(hole) = piece else { continue };
            let Range { start, end } = hole.range;
            let part = |range: Range<usize>| node.span.part(range);
            let key = end - 1 - hole.key.len()..end - 1;
            let owner = hole.owner.map(|owner| part(start + 2..start + 2 + owner.len()));
            found.push(Hole { form, at: part(start..end), owner, key: part(key) });
        }
    }
    found.sort_by_key(|hole| hole.at);
    found
}
