//! The elements of one document as it is written, each with its place, its table of keys, and the way to it by names.
//!
//! Rules have another view (`lint/page.rs`): they want the way by positions, and no table of keys. How brackets, anchors and aliases
//! stand in the text is a third thing, [`crate::source::yaml::outline`], which knows no descriptors.

use crate::descriptor::{Descriptor, Module, Requires, Resource, keys};
use crate::source::Span;
use crate::source::yaml::{Node, NodeKind, Pair};
use crate::tree::Map;
use crate::tree::shape::Element;
use std::sync::Arc;

/// An element of a descriptor by the names on the way to it: the same in the descriptor and in its extensions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    Root,
    Module(Arc<str>),
    /// Module, name.
    Requires(Arc<str>, Arc<str>),
    /// Module, name.
    Provides(Arc<str>, Arc<str>),
    /// Module, name.
    Hook(Arc<str>, Arc<str>),
    /// Module, hook, name.
    HookRequires(Arc<str>, Arc<str>, Arc<str>),
    Resource(Arc<str>),
    /// Resource, name.
    ResourceRequires(Arc<str>, Arc<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Properties,
    Parameters,
}

impl Section {
    pub const ALL: [Section; 2] = [Section::Properties, Section::Parameters];

    pub fn key(self) -> &'static str {
        match self {
            Section::Properties => "properties",
            Section::Parameters => "parameters",
        }
    }

    pub fn metadata_key(self) -> &'static str {
        match self {
            Section::Properties => "properties-metadata",
            Section::Parameters => "parameters-metadata",
        }
    }
}

impl Owner {
    /// The module that the element is in, or is.
    pub fn module(&self) -> Option<&Arc<str>> {
        match self {
            Owner::Module(module)
            | Owner::Requires(module, _)
            | Owner::Provides(module, _)
            | Owner::Hook(module, _)
            | Owner::HookRequires(module, ..) => Some(module),
            Owner::Root | Owner::Resource(_) | Owner::ResourceRequires(..) => None,
        }
    }

    /// What an entry of `requires` names.
    pub fn required(&self) -> Option<&Arc<str>> {
        match self {
            Owner::Requires(_, name) | Owner::HookRequires(_, _, name) | Owner::ResourceRequires(_, name) => Some(name),
            Owner::Root | Owner::Module(_) | Owner::Provides(..) | Owner::Hook(..) | Owner::Resource(_) => None,
        }
    }

    /// In the words of messages: ``requirement `api` of module `web` ``.
    pub fn words(&self) -> String {
        match self {
            Owner::Root => "the descriptor".to_owned(),
            Owner::Module(name) => format!("module `{name}`"),
            Owner::Requires(module, name) => format!("requirement `{name}` of module `{module}`"),
            Owner::Provides(module, name) => format!("provided set `{name}` of module `{module}`"),
            Owner::Hook(module, name) => format!("hook `{name}` of module `{module}`"),
            Owner::HookRequires(module, hook, name) => {
                format!("requirement `{name}` of hook `{hook}` of module `{module}`")
            }
            Owner::Resource(name) => format!("resource `{name}`"),
            Owner::ResourceRequires(resource, name) => format!("requirement `{name}` of resource `{resource}`"),
        }
    }

    /// The values of the element in a descriptor.
    pub fn map<'d>(&self, descriptor: &'d Descriptor, section: Section) -> Option<&'d Map> {
        let modules = &descriptor.modules;
        let module = |name: &str| modules.iter().find(|module| module.name.value.as_str() == name);
        let resource = |name: &str| descriptor.resources.iter().find(|one| one.name.value.as_str() == name);
        let values = match self {
            Owner::Root => return (section == Section::Parameters).then_some(&descriptor.parameters.map),
            Owner::Module(name) => module(name).map(|one| (&one.properties.map, &one.parameters.map)),
            Owner::Provides(name, set) => {
                let set = module(name)?.provides.iter().find(|one| one.name.value.as_str() == &**set);
                set.map(|one| (&one.properties.map, &one.parameters.map))
            }
            Owner::Requires(name, required) => of_required(&module(name)?.requires, required),
            Owner::Hook(name, hook) => {
                let hook = module(name)?.hooks.iter().find(|one| one.name.value.as_str() == &**hook)?;
                return (section == Section::Parameters).then_some(&hook.parameters);
            }
            Owner::HookRequires(name, hook, required) => {
                let hook = module(name)?.hooks.iter().find(|one| one.name.value.as_str() == &**hook)?;
                of_required(&hook.requires, required)
            }
            Owner::Resource(name) => resource(name).map(|one| (&one.properties.map, &one.parameters.map)),
            Owner::ResourceRequires(name, required) => of_required(&resource(name)?.requires, required),
        };
        values.map(|(properties, parameters)| match section {
            Section::Properties => properties,
            Section::Parameters => parameters,
        })
    }

    /// The same, to be changed.
    pub fn map_mut<'d>(&self, descriptor: &'d mut Descriptor, section: Section) -> Option<&'d mut Map> {
        let Descriptor { modules, resources, parameters, .. } = descriptor;
        let values = match self {
            Owner::Root => return (section == Section::Parameters).then_some(&mut parameters.map),
            Owner::Module(name) => {
                module_mut(modules, name).map(|one| (&mut one.properties.map, &mut one.parameters.map))
            }
            Owner::Provides(name, set) => {
                let set = module_mut(modules, name)?.provides.iter_mut().find(|one| one.name.value.as_str() == &**set);
                set.map(|one| (&mut one.properties.map, &mut one.parameters.map))
            }
            Owner::Requires(name, required) => of_required_mut(&mut module_mut(modules, name)?.requires, required),
            Owner::Hook(name, hook) => {
                let hook =
                    module_mut(modules, name)?.hooks.iter_mut().find(|one| one.name.value.as_str() == &**hook)?;
                return (section == Section::Parameters).then_some(&mut hook.parameters);
            }
            Owner::HookRequires(name, hook, required) => {
                let hook =
                    module_mut(modules, name)?.hooks.iter_mut().find(|one| one.name.value.as_str() == &**hook)?;
                of_required_mut(&mut hook.requires, required)
            }
            Owner::Resource(name) => {
                resource_mut(resources, name).map(|one| (&mut one.properties.map, &mut one.parameters.map))
            }
            Owner::ResourceRequires(name, required) => {
                of_required_mut(&mut resource_mut(resources, name)?.requires, required)
            }
        };
        values.map(|(properties, parameters)| match section {
            Section::Properties => properties,
            Section::Parameters => parameters,
        })
    }
}

/// The values of every element of a descriptor, in the order in which they are written.
pub fn maps<'d>(descriptor: &'d Descriptor) -> Vec<(Owner, Section, &'d Map)> {
    let mut maps = vec![(Owner::Root, Section::Parameters, &descriptor.parameters.map)];
    let mut add = |owner: Owner, properties: Option<&'d Map>, parameters: &'d Map| {
        maps.extend(properties.map(|map| (owner.clone(), Section::Properties, map)));
        maps.push((owner, Section::Parameters, parameters));
    };
    for module in &descriptor.modules {
        let name: Arc<str> = module.name.value.as_str().into();
        add(Owner::Module(Arc::clone(&name)), Some(&module.properties.map), &module.parameters.map);
        for one in &module.requires {
            let owner = Owner::Requires(Arc::clone(&name), one.name.value.as_str().into());
            add(owner, Some(&one.properties.map), &one.parameters.map);
        }
        for one in &module.provides {
            let owner = Owner::Provides(Arc::clone(&name), one.name.value.as_str().into());
            add(owner, Some(&one.properties.map), &one.parameters.map);
        }
        for hook in &module.hooks {
            let own: Arc<str> = hook.name.value.as_str().into();
            add(Owner::Hook(Arc::clone(&name), Arc::clone(&own)), None, &hook.parameters);
            for one in &hook.requires {
                let owner = Owner::HookRequires(Arc::clone(&name), Arc::clone(&own), one.name.value.as_str().into());
                add(owner, Some(&one.properties.map), &one.parameters.map);
            }
        }
    }
    for resource in &descriptor.resources {
        let name: Arc<str> = resource.name.value.as_str().into();
        add(Owner::Resource(Arc::clone(&name)), Some(&resource.properties.map), &resource.parameters.map);
        for one in &resource.requires {
            let owner = Owner::ResourceRequires(Arc::clone(&name), one.name.value.as_str().into());
            add(owner, Some(&one.properties.map), &one.parameters.map);
        }
    }
    maps
}

fn module_mut<'d>(modules: &'d mut [Module], name: &str) -> Option<&'d mut Module> {
    modules.iter_mut().find(|one| one.name.value.as_str() == name)
}

fn resource_mut<'d>(resources: &'d mut [Resource], name: &str) -> Option<&'d mut Resource> {
    resources.iter_mut().find(|one| one.name.value.as_str() == name)
}

fn of_required<'d>(list: &'d [Requires], name: &str) -> Option<(&'d Map, &'d Map)> {
    let found = list.iter().find(|one| one.name.value.as_str() == name)?;
    Some((&found.properties.map, &found.parameters.map))
}

fn of_required_mut<'d>(list: &'d mut [Requires], name: &str) -> Option<(&'d mut Map, &'d mut Map)> {
    let found = list.iter_mut().find(|one| one.name.value.as_str() == name)?;
    Some((&mut found.properties.map, &mut found.parameters.map))
}

/// What a part of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Root,
    Module,
    Requires,
    Provides,
    Hook,
    Resource,
}

impl Kind {
    /// The lists of elements inside an element of this kind.
    pub fn inside(self) -> &'static [(&'static str, Kind)] {
        match self {
            Kind::Root => &[("modules", Kind::Module), ("resources", Kind::Resource)],
            Kind::Module => &[("requires", Kind::Requires), ("provides", Kind::Provides), ("hooks", Kind::Hook)],
            Kind::Hook | Kind::Resource => &[("requires", Kind::Requires)],
            Kind::Requires | Kind::Provides => &[],
        }
    }

    /// The keys that such an element has.
    pub fn element(self, document: Document) -> &'static Element {
        match (self, document) {
            (Kind::Root, Document::Descriptor) => &keys::DESCRIPTOR,
            (Kind::Module, Document::Descriptor) => &keys::MODULE,
            (Kind::Requires, Document::Descriptor) => &keys::REQUIRES,
            (Kind::Provides, Document::Descriptor) => &keys::PROVIDES,
            (Kind::Hook, Document::Descriptor) => &keys::HOOK,
            (Kind::Resource, Document::Descriptor) => &keys::RESOURCE,
            (Kind::Root, Document::Extension) => &keys::EXTENSION,
            (Kind::Module, Document::Extension) => &keys::MODULE_PATCH,
            (Kind::Requires, Document::Extension) => &keys::REQUIRES_PATCH,
            (Kind::Provides, Document::Extension) => &keys::PROVIDES_PATCH,
            (Kind::Hook, Document::Extension) => &keys::HOOK_PATCH,
            (Kind::Resource, Document::Extension) => &keys::RESOURCE_PATCH,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Descriptor,
    Extension,
}

/// One element as it is written.
#[derive(Clone, Debug)]
pub struct Part<'n> {
    pub kind: Kind,
    pub owner: Owner,
    pub node: &'n Node,
    pub pairs: &'n [Pair],
    /// The element around it, as a position in the list of [`parts`].
    pub around: Option<usize>,
}

impl<'n> Part<'n> {
    pub fn value(&self, key: &str) -> Option<&'n Node> {
        self.node.value(key)
    }

    /// The entries of a map such as `properties`; none when it is absent or no map.
    pub fn entries(&self, key: &str) -> &'n [Pair] {
        self.value(key).map_or(&[], Node::pairs)
    }

    /// Whether a place lies in it.
    pub fn contains(&self, offset: usize) -> bool {
        covers(self.node.span, offset)
    }
}

/// Whether a place lies in a span or right behind it.
pub fn covers(span: Span, offset: usize) -> bool {
    span.start as usize <= offset && offset <= span.end as usize
}

pub fn text(node: &Node) -> Option<&Arc<str>> {
    match &node.kind {
        NodeKind::Scalar(scalar) => Some(&scalar.text),
        NodeKind::Map(_) | NodeKind::List(_) => None,
    }
}

/// All elements of a document in reading order, the root first. What is reached through an alias is left out: it stands
/// elsewhere.
pub fn parts(root: &Node) -> Vec<Part<'_>> {
    parts_of(root, Reached::WhereWritten)
}

/// The same with what aliases and merge keys bring: an element that several share is there for each of them.
pub fn shared_parts(root: &Node) -> Vec<Part<'_>> {
    parts_of(root, Reached::Anyhow)
}

/// Which elements are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    WhereWritten,
    Anyhow,
}

fn parts_of(root: &Node, reached: Reached) -> Vec<Part<'_>> {
    let pairs = root.pairs();
    let mut parts = vec![Part { kind: Kind::Root, owner: Owner::Root, node: root, pairs, around: None }];
    inside(&mut parts, 0, reached);
    parts
}

fn inside(parts: &mut Vec<Part<'_>>, around: usize, reached: Reached) {
    let Some(outer) = parts.get(around).cloned() else { return };
    let mut lists: Vec<_> =
        outer.kind.inside().iter().filter_map(|(key, kind)| Some((outer.value(key)?, *kind))).collect();
    lists.sort_by_key(|(list, _)| list.span.start);
    for (list, kind) in lists {
        let written_here = |node: &&Node| {
            let inner = outer.node.span.start <= node.span.start && node.span.end <= outer.node.span.end;
            inner || reached == Reached::Anyhow
        };
        for node in list.items().iter().filter(written_here) {
            let NodeKind::Map(pairs) = &node.kind else { continue };
            let name = pairs.iter().find(|pair| &*pair.key.value == "name").and_then(|pair| text(&pair.value));
            let name: Arc<str> = name.map_or_else(|| "".into(), Arc::clone);
            let owner = match (&outer.owner, kind) {
                (Owner::Root, Kind::Module) => Owner::Module(name),
                (Owner::Root, Kind::Resource) => Owner::Resource(name),
                (Owner::Module(module), Kind::Requires) => Owner::Requires(Arc::clone(module), name),
                (Owner::Module(module), Kind::Provides) => Owner::Provides(Arc::clone(module), name),
                (Owner::Module(module), Kind::Hook) => Owner::Hook(Arc::clone(module), name),
                (Owner::Hook(module, hook), Kind::Requires) => {
                    Owner::HookRequires(Arc::clone(module), Arc::clone(hook), name)
                }
                (Owner::Resource(resource), Kind::Requires) => Owner::ResourceRequires(Arc::clone(resource), name),
                _ => continue,
            };
            parts.push(Part { kind, owner, node, pairs, around: Some(around) });
            inside(parts, parts.len() - 1, reached);
        }
    }
}

/// Visits every scalar in a value that is written below it, keys excepted.
pub fn scalars<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    let written_here = |inner: &Node| node.span.start <= inner.span.start && inner.span.end <= node.span.end;
    match &node.kind {
        NodeKind::Scalar(_) => visit(node),
        NodeKind::List(items) => items.iter().filter(|item| written_here(item)).for_each(|item| scalars(item, visit)),
        NodeKind::Map(pairs) => {
            pairs.iter().filter(|pair| written_here(&pair.value)).for_each(|pair| scalars(&pair.value, visit));
        }
    }
}
