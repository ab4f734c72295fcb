//! What could be written at the cursor.

use super::context::{Context, Slot, context};
use super::family::Family;
use super::hover::{about_parameter, places_of};
use super::markdown::{cut, plain};
use super::outline::{Document, Kind, Owner, Section};
use crate::descriptor::keys;
use crate::finding::{Change, Edit, Fix};
use crate::plan::job::Phase;
use crate::plan::parameters::{Field, Parameter, Place, Type, all, known};
use crate::source::edit::Editor;
use crate::source::{FileId, Span};
use crate::stage::{SYSTEM_OF_DESCRIPTOR, SYSTEM_OF_MODULES, SYSTEM_OF_RESOURCES};
use crate::target::types::{MODULE_TYPES, RESOURCE_TYPES};
use crate::tree::shape::{Element, Expects, Key, Presence, Role};
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct Item {
    pub label: String,
    pub kind: ItemKind,
    /// Behind the label, short.
    pub detail: String,
    pub documentation: String,
    pub insert: String,
    /// What it replaces.
    pub at: Span,
    /// What else must change so that it is right.
    pub besides: Vec<Edit>,
}

/// The protocol's kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    Module = 9,
    Property = 10,
    Value = 12,
    Set = 8,
    Variable = 6,
}

/// What is known beyond the family.
#[derive(Default)]
pub struct Beyond {
    /// What configuration resources could ask for, with where it is from.
    pub published: Vec<(String, String)>,
    /// IDs of descriptors and extensions at hand.
    pub ids: Vec<String>,
}

/// In characters.
const LONGEST_DETAIL: usize = 60;

/// Of how many sets that a module does not require yet the properties are offered.
const MOST_SETS: usize = 50;

pub fn complete(family: &Family, file: FileId, offset: usize, beyond: &dyn Fn() -> Beyond) -> Vec<Item> {
    let text = family.text(file);
    let Some(context) = context(text, family.lines(file), offset) else { return Vec::new() };
    let mut found =
        Found { at: Span::new(file, context.typed.clone()), context: &context, family, file, items: Vec::new() };
    match &context.slot {
        Slot::Placeholder => found.placeholders(),
        Slot::Reference(set) => found.references(set.as_deref()),
        Slot::Key => found.keys(),
        Slot::Value => found.values(beyond),
        Slot::Item => found.list_items(),
    }
    found.items
}

struct Found<'a> {
    at: Span,
    context: &'a Context,
    family: &'a Family,
    file: FileId,
    items: Vec<Item>,
}

impl Found<'_> {
    fn add(&mut self, label: &str, kind: ItemKind, detail: impl Into<String>, insert: String) {
        let detail = cut(&detail.into(), LONGEST_DETAIL);
        self.items.push(Item {
            label: label.to_owned(),
            kind,
            detail,
            documentation: String::new(),
            insert,
            at: self.at,
            besides: Vec::new(),
        });
    }

    fn document(&mut self, documentation: impl Into<String>) {
        if let Some(last) = self.items.last_mut() {
            last.documentation = documentation.into();
        }
    }

    fn is_extension(&self) -> bool {
        self.family.document(self.file) == Document::Extension
    }

    /// The section of values that the place is in.
    fn section(&self) -> Option<Section> {
        let first = self.context.way.first()?;
        Section::ALL.into_iter().find(|section| section.key() == first)
    }

    /// A hole is closed behind what is inserted, unless it is already.
    fn in_hole(&self, text: &str) -> String {
        if self.context.is_closed { text.to_owned() } else { format!("{text}}}") }
    }

    fn placeholders(&mut self) {
        let owner = &self.context.owner;
        let names = &self.family.index().names;
        let mut wanted: Vec<(Arc<str>, String)> = Vec::new();
        let mut seen = BTreeSet::new();
        for scope in names.scopes(owner) {
            for key in names.keys(&scope, Section::Parameters) {
                if seen.insert(Arc::clone(key)) {
                    wanted.push((Arc::clone(key), format!("parameter of {}", scope.words())));
                }
            }
        }
        let of_element: &[&str] = match owner {
            Owner::Root => &[],
            Owner::Resource(_) | Owner::ResourceRequires(..) => SYSTEM_OF_RESOURCES,
            _ => SYSTEM_OF_MODULES,
        };
        // What the target does not say is no name to be meant.
        let says_api = self.family.surroundings().target.developer_api_host.is_some();
        let said = |name: &&&str| says_api || **name != "developer-api-host";
        for name in of_element.iter().chain(SYSTEM_OF_DESCRIPTOR).filter(said) {
            if seen.insert((*name).into()) {
                let tables = [Place::Module, Place::Resource, Place::Descriptor];
                let about = tables.into_iter().find_map(|place| known(place, name)).map(|one| one.meaning);
                let about = about.filter(|about| *about != "read-only").map(|about| format!(": {about}"));
                wanted.push(((*name).into(), format!("system parameter{}", about.unwrap_or_default())));
            }
        }
        let texts: Vec<String> = wanted.iter().map(|(name, _)| format!("${{{name}}}")).collect();
        let values = self.probed(&texts);
        for (at, (name, about)) in wanted.into_iter().enumerate() {
            let value = values.get(at).cloned().flatten().unwrap_or_default();
            self.add(&name, ItemKind::Variable, value, self.in_hole(&name));
            self.document(about);
        }
    }

    /// What texts would come to here, in the first set that says so.
    fn probed(&self, texts: &[String]) -> Vec<Option<String>> {
        let (owner, section) = (&self.context.owner, self.section().unwrap_or(Section::Parameters));
        let mut sets = self.family.sets_of(self.file);
        let found = sets.find_map(|set| self.family.probe_all(set, owner, section, texts));
        let values = found.unwrap_or_default();
        values.into_iter().map(|value| value.filter(|value| !value.is_null()).map(|value| plain(&value))).collect()
    }

    fn references(&mut self, set: Option<&str>) {
        let names = &self.family.index().names;
        let owner = self.context.owner.clone();
        if let Some(required) = owner.required() {
            return self.properties_of(required, "");
        }
        let Some(module) = owner.module().cloned() else {
            return set.into_iter().for_each(|set| self.properties_of(set, ""));
        };
        let required = names.required_by(&module);
        let requirer = Requirer::of(self.family, self.file, &module);
        if let Some(set) = set {
            self.properties_of(set, "");
            if !required.iter().any(|there| **there == *set) {
                self.require(&requirer, set, 0);
            }
            return;
        }
        for name in required {
            self.properties_of(name, &format!("{name}/"));
        }
        let others = names.provided.iter().filter(|(_, provider)| *provider != module).map(|(name, _)| name);
        let others = others.chain(&names.resources).filter(|name| !required.contains(name));
        for name in others.take(MOST_SETS) {
            let first = self.items.len();
            self.properties_of(name, &format!("{name}/"));
            self.require(&requirer, name, first);
        }
    }

    /// Says of the items from `first` on that they need a requirement that is not there, and brings it along where it can be
    /// written.
    fn require(&mut self, requirer: &Requirer<'_>, name: &str, first: usize) {
        if self.items.len() == first || self.is_extension() {
            return self.items.truncate(first);
        }
        let besides = self.requirement(requirer, name).unwrap_or_default();
        for item in self.items.iter_mut().skip(first) {
            let blank = if item.detail.is_empty() { "" } else { " " };
            item.detail = format!("{}{blank}(not required yet)", item.detail);
            item.besides.clone_from(&besides);
        }
    }

    /// The edits that add a requirement, as the text would be read if it were finished. Where that is not what is written, there
    /// are none.
    fn requirement(&self, requirer: &Requirer<'_>, name: &str) -> Option<Vec<Edit>> {
        let require = Change::Require { owner: requirer.name?, name: name.to_owned() };
        let edits = requirer.editor.edits(&Fix::safe("", [require]))?;
        let (written, lines) = (self.family.text(self.file), self.family.lines(self.file));
        let read = self.family.sources.get(self.file).text();
        let is_as_written = |edit: &Edit| {
            let row = lines.range(written, lines.line_of(edit.at.start as usize));
            written.get(row.clone()) == read.get(row) && (edit.at.end <= self.at.start || self.at.end <= edit.at.start)
        };
        edits.iter().all(is_as_written).then_some(edits)
    }

    fn properties_of(&mut self, required: &str, prefix: &str) {
        let names = &self.family.index().names;
        let Some(provider) = names.provider(required) else { return };
        let mut sets = self.family.sets_of(self.file);
        let resolved = sets.find_map(|set| self.family.resolved(set));
        for key in names.keys(&provider, Section::Properties) {
            let value = resolved.and_then(|resolved| resolved.value(&provider, Section::Properties, key));
            let detail = value.filter(|value| !value.is_null()).map(plain).unwrap_or_default();
            let text = format!("{prefix}{key}");
            self.add(&text, ItemKind::Property, detail, self.in_hole(&text));
            self.document(format!("Property of {}.", provider.words()));
        }
    }

    fn keys(&mut self) {
        let way: Vec<&str> = self.context.way.iter().map(String::as_str).collect();
        let is_metadata = |key: &str| Section::ALL.into_iter().find(|section| section.metadata_key() == key);
        match way.as_slice() {
            [] => self.element_keys(self.context.kind.element(self.family.document(self.file))),
            [section] if self.section().is_some() => {
                let of_parameters = *section == Section::Parameters.key();
                self.keys_of_the_descriptor();
                if of_parameters {
                    for place in places_of(self.context.kind) {
                        all(*place).for_each(|parameter| self.parameter(parameter));
                    }
                }
            }
            [metadata] => {
                if let Some(section) = is_metadata(metadata) {
                    let keys: Vec<_> = self.family.index().names.keys(&self.context.owner, section).cloned().collect();
                    keys.iter().for_each(|key| self.key(key, "", &self.opened(key)));
                }
            }
            ["parameters", "container"] => all(Place::Container).for_each(|parameter| self.parameter(parameter)),
            ["parameters", name] => match self.parameter_named(name).map(|parameter| parameter.is) {
                Some(Type::FlagsOf(names)) => {
                    names.iter().for_each(|name| self.key(name, "boolean", &format!("{name}: ")))
                }
                Some(Type::Keys(fields) | Type::Maps(fields) | Type::NamesOrMaps(fields)) => self.fields(fields),
                _ if *name == "docker" => {
                    ["image", "username", "password"]
                        .iter()
                        .for_each(|name| self.key(name, "text", &format!("{name}: ")));
                }
                _ => {}
            },
            [metadata, _] if is_metadata(metadata).is_some() => self.element_keys(&keys::METADATA),
            _ => {}
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.key(field.name, &field.is.words(), &format!("{}: ", field.name));
        }
    }

    fn parameter_named(&self, name: &str) -> Option<&'static Parameter> {
        places_of(self.context.kind).iter().find_map(|place| known(*place, name))
    }

    fn key(&mut self, name: &str, detail: &str, insert: &str) {
        // In front of a colon that is there, only the name is missing.
        let behind = self.family.text(self.file).get(self.at.end as usize..).unwrap_or_default();
        let insert = if behind.starts_with(':') { name } else { insert };
        if !self.context.siblings.iter().any(|there| there == name) && !self.items.iter().any(|item| item.label == name)
        {
            self.add(name, ItemKind::Property, detail, insert.to_owned());
        }
    }

    /// Blanks up to the column of the key that is typed.
    fn indentation(&self) -> String {
        " ".repeat(self.context.column)
    }

    /// A key whose value is a map, and the row on which that begins.
    fn opened(&self, key: &str) -> String {
        match self.context.in_flow {
            true => format!("{key}: "),
            false => format!("{key}:\n{}  ", self.indentation()),
        }
    }

    fn element_keys(&mut self, element: &'static Element) {
        for key in element.keys.iter().filter(|key| key.role == Role::Read) {
            let insert = self.insertion(key);
            let detail = if key.presence == Presence::Required { "required" } else { "" };
            let count = self.items.len();
            self.key(key.name, detail, &insert);
            if self.items.len() > count {
                self.document(format!("{}.", key.about));
            }
        }
    }

    fn insertion(&self, key: &Key) -> String {
        let (name, indentation) = (key.name, self.indentation());
        match key.expects {
            _ if self.context.in_flow => format!("{name}: "),
            Expects::Elements => format!("{name}:\n{indentation}  - name: "),
            Expects::Texts => format!("{name}:\n{indentation}  - "),
            Expects::Map => self.opened(name),
            Expects::Name | Expects::Text | Expects::Version | Expects::Boolean | Expects::Anything => {
                format!("{name}: ")
            }
        }
    }

    fn parameter(&mut self, parameter: &'static Parameter) {
        use crate::plan::parameters::Effect;
        if parameter.effect == Effect::Placeholder {
            return;
        }
        let count = self.items.len();
        let is_map = matches!(parameter.is, Type::FlagsOf(_) | Type::Keys(_) | Type::Map | Type::Flags)
            || ["docker", "container"].contains(&parameter.name);
        let insert = match is_map {
            true => self.opened(parameter.name),
            false => format!("{}: ", parameter.name),
        };
        self.key(parameter.name, &parameter.is.words(), &insert);
        if self.items.len() > count {
            self.document(about_parameter(parameter));
        }
    }

    /// In an extension: the keys that are there to be overridden. In a descriptor: those that extensions set.
    fn keys_of_the_descriptor(&mut self) {
        let Some(section) = self.section() else { return };
        let owner = self.context.owner.clone();
        let mut sets = self.family.sets_of(self.file);
        let resolved = sets.find_map(|set| self.family.resolved(set));
        let keys: Vec<Arc<str>> = self.family.index().names.keys(&owner, section).cloned().collect();
        for key in keys {
            let value = resolved.and_then(|resolved| owner.map(&resolved.merged, section)?.get(&key));
            let detail = value.filter(|value| !value.is_null()).map(plain).unwrap_or_default();
            self.key(&key, &detail, &format!("{key}: "));
        }
    }

    fn values(&mut self, beyond: &dyn Fn() -> Beyond) {
        let way: Vec<&str> = self.context.way.iter().map(String::as_str).collect();
        let kind = self.context.kind;
        match (kind, way.as_slice()) {
            (Kind::Module, ["type"]) => {
                MODULE_TYPES.iter().for_each(|one| self.value(one.name, one.about));
            }
            (Kind::Resource, ["type"]) => {
                RESOURCE_TYPES.iter().for_each(|one| self.value(one.name, one.about));
            }
            (Kind::Hook, ["type"]) => self.value("task", "a command that runs once"),
            (Kind::Requires, ["name"]) => self.names_to_require(),
            (_, ["name"]) if self.is_extension() => self.names_to_change(),
            (Kind::Root, ["extends"]) => beyond().ids.iter().for_each(|id| self.value(id, "")),
            (Kind::Root, ["_schema-version"]) => self.value("\"3.1\"", "the version with hooks, metadata and order"),
            (Kind::Resource, ["parameters", "provider-id"]) => {
                for (id, from) in beyond().published {
                    self.value(&id, &from);
                }
            }
            (_, ["parameters", "container", name]) => self.of_type(known(Place::Container, name).map(|one| one.is)),
            (_, ["parameters", name]) => self.of_type(self.parameter_named(name).map(|one| one.is)),
            (_, ["parameters", name, inner]) => match self.parameter_named(name).map(|one| one.is) {
                Some(Type::FlagsOf(_) | Type::Flags) => self.flags(),
                Some(Type::Keys(fields) | Type::Maps(fields) | Type::NamesOrMaps(fields)) => {
                    self.of_type(fields.iter().find(|field| field.name == *inner).map(|field| field.is));
                }
                _ => {}
            },
            (_, [metadata, _, flag])
                if Section::ALL.iter().any(|section| section.metadata_key() == *metadata)
                    && keys::METADATA.key(flag).is_some_and(|key| key.expects == Expects::Boolean) =>
            {
                self.flags();
            }
            (_, [key]) => {
                let key = kind.element(self.family.document(self.file)).key(key);
                if key.is_some_and(|key| key.expects == Expects::Boolean) {
                    self.flags();
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, label: &str, documentation: &str) {
        // Inside quotes that are there, none are written.
        let before = self.family.text(self.file).get(..self.at.start as usize).unwrap_or_default();
        let bare = label.trim_matches('"');
        let insert = if before.ends_with(['"', '\'']) { bare } else { label };
        self.add(label, ItemKind::Value, "", insert.to_owned());
        self.document(documentation);
    }

    fn flags(&mut self) {
        self.value("true", "");
        self.value("false", "");
    }

    fn of_type(&mut self, is: Option<Type>) {
        match is {
            Some(Type::Flag | Type::FlagOrText) => self.flags(),
            Some(Type::Word(words)) => words.iter().for_each(|word| self.value(word, "")),
            _ => {}
        }
    }

    fn name(&mut self, name: &str, kind: ItemKind, detail: &str) {
        if !name.is_empty() && !self.items.iter().any(|item| item.label == name) {
            self.add(name, kind, detail, name.to_owned());
        }
    }

    fn names_to_require(&mut self) {
        let names = &self.family.index().names;
        let own = self.context.owner.module().cloned();
        let required: Vec<Arc<str>> = own.as_ref().map(|own| names.required_by(own).to_vec()).unwrap_or_default();
        if self.is_extension() {
            return required.iter().for_each(|name| self.name(name, ItemKind::Set, "required in the descriptor"));
        }
        let typed = self.family.text(self.file).get(self.at.range()).unwrap_or_default().to_owned();
        let is_there = |name: &str| required.iter().any(|there| **there == *name) && name != typed;
        let others = names.provided.iter().filter(|(_, module)| Some(module) != own.as_ref());
        for (name, module) in others.filter(|(name, _)| !is_there(name)) {
            self.name(name, ItemKind::Set, &format!("provided by module {module}"));
        }
        for name in names.resources.iter().filter(|name| !is_there(name)) {
            self.name(name, ItemKind::Set, "resource");
        }
        for name in names.modules.iter().filter(|name| !is_there(name) && Some(*name) != own.as_ref()) {
            self.name(name, ItemKind::Module, "module");
        }
    }

    fn names_to_change(&mut self) {
        let names = &self.family.index().names;
        match (self.context.kind, self.context.owner.module()) {
            (Kind::Module, _) => names.modules.iter().for_each(|name| self.name(name, ItemKind::Module, "module")),
            (Kind::Resource, _) => names.resources.iter().for_each(|name| self.name(name, ItemKind::Set, "resource")),
            (Kind::Provides, Some(module)) => {
                let sets = names.provided.iter().filter(|(_, provider)| provider == module);
                sets.for_each(|(name, _)| self.name(name, ItemKind::Set, "provided set"));
            }
            _ => {}
        }
    }

    fn list_items(&mut self) {
        let names = &self.family.index().names;
        let own = self.context.owner.clone();
        let listed = &self.context.siblings;
        let is_there = |name: &str| listed.iter().any(|there| there == name);
        match (self.context.kind, self.context.way.first().map(String::as_str)) {
            (Kind::Module, Some("deployed-after")) => {
                let others = names.modules.iter().filter(|name| own != Owner::Module(Arc::clone(name)));
                others.filter(|name| !is_there(name)).for_each(|name| self.name(name, ItemKind::Module, "module"));
            }
            (Kind::Resource, Some("processed-after")) => {
                let others = names.resources.iter().filter(|name| own != Owner::Resource(Arc::clone(name)));
                others.filter(|name| !is_there(name)).for_each(|name| self.name(name, ItemKind::Set, "resource"));
            }
            (Kind::Hook, Some("phases")) => {
                for (phase, about) in phases().filter(|(phase, _)| !is_there(phase)) {
                    self.value(&phase, &about);
                }
            }
            _ => {}
        }
    }
}

/// The module that would require something, and who writes it.
struct Requirer<'f> {
    /// Where its name stands.
    name: Option<Span>,
    editor: Editor<'f>,
}

impl<'f> Requirer<'f> {
    fn of(family: &'f Family, file: FileId, module: &Arc<str>) -> Requirer<'f> {
        let parts = family.parts(file);
        let part = parts.iter().find(|part| part.owner == Owner::Module(Arc::clone(module)));
        let name = part.and_then(|part| part.value("name")).map(|node| node.span);
        Requirer { name, editor: Editor::new(&family.sources) }
    }
}

/// The phases of hooks, those that happen here first.
fn phases() -> impl Iterator<Item = (String, String)> {
    let here = Phase::ALL
        .into_iter()
        .map(|phase| (format!("deploy.application.{}", phase.word()), phase.in_words().to_owned()));
    // Before routes are unmapped there is nothing idle any more.
    let sides = |phase: Phase| match phase {
        Phase::BeforeUnmapRoutes => &["live"][..],
        Phase::BeforeStop | Phase::AfterStop | Phase::BeforeStart => &["idle", "live"],
    };
    let blue_green = Phase::ALL.into_iter().flat_map(move |phase| {
        sides(phase).iter().map(move |side| {
            let about =
                format!("{}, on the {side} side of a blue-green deployment; no effect here yet", phase.in_words());
            (format!("blue-green.application.{}.{side}", phase.word()), about)
        })
    });
    here.chain(blue_green)
}
