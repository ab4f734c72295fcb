//! A descriptor with its extensions merged, as rules see it that ask how its parts fit together.

use crate::descriptor::{Descriptor, Requires};
use crate::name::nearest;
use crate::source::yaml::anchors;
use crate::source::{FileId, Sources, Span};
use crate::target::Target;
use crate::text::{Form, Piece, pieces};
use crate::tree::{self, Map, Place, Value};
use std::collections::{BTreeSet, HashMap, HashSet};

pub struct Whole<'a> {
    pub sources: &'a Sources,
    /// What types and the target give is there as well.
    pub descriptor: &'a Descriptor,
    pub target: &'a Target,
    /// Whether extensions were given. Without them, what is missing may come from one.
    pub extended: bool,
}

impl<'a> Whole<'a> {
    /// The names that modules, hooks and resources require; where nothing has such a name, the one that was likely meant.
    pub fn required(&self) -> HashSet<&'a str> {
        let modules = self.descriptor.modules.iter();
        let modules = modules
            .flat_map(|module| module.requires.iter().chain(module.hooks.iter().flat_map(|hook| &hook.requires)));
        let resources = self.descriptor.resources.iter().flat_map(|resource| &resource.requires);
        let mut names: HashSet<&str> = modules.chain(resources).map(|required| required.name.value.as_str()).collect();
        let sets = self.descriptor.modules.iter().flat_map(|module| &module.provides);
        let known: HashSet<&str> = (sets.map(|set| set.name.value.as_str()))
            .chain(self.descriptor.resources.iter().map(|resource| resource.name.value.as_str()))
            .collect();
        let meant: Vec<&str> =
            names.difference(&known).filter_map(|name| nearest(name, known.iter().copied())).collect();
        names.extend(meant);
        names
    }
}

/// One map of values and where it stands.
pub struct Site<'a> {
    /// `module \`web\``.
    pub title: String,
    /// `modules[0]`.
    pub path: String,
    /// `properties` or `parameters`.
    pub section: &'static str,
    pub map: &'a Map,
}

impl Site<'_> {
    pub fn path_of(&self, key: &str) -> String {
        Place::walked(&self.path).key(self.section).key(key).to_string().trim_start_matches('.').to_owned()
    }
}

/// Visits all maps of values, in no order that counts.
pub fn maps<'a>(descriptor: &'a Descriptor, visit: &mut dyn FnMut(&'a Map)) {
    let modules = || descriptor.modules.iter();
    let hooks = || modules().flat_map(|module| &module.hooks);
    let provides = modules().flat_map(|module| &module.provides);
    let requires = modules()
        .map(|module| &module.requires)
        .chain(hooks().map(|hook| &hook.requires))
        .chain(descriptor.resources.iter().map(|resource| &resource.requires))
        .flatten();
    let values = [&descriptor.parameters]
        .into_iter()
        .chain(modules().flat_map(|module| [&module.properties, &module.parameters]))
        .chain(requires.flat_map(|required| [&required.properties, &required.parameters]))
        .chain(provides.flat_map(|set| [&set.properties, &set.parameters]))
        .chain(descriptor.resources.iter().flat_map(|resource| [&resource.properties, &resource.parameters]));
    values.map(|values| &values.map).chain(hooks().map(|hook| &hook.parameters)).for_each(visit);
}

/// All maps of values, in reading order, each with what messages say of it.
pub fn sites(descriptor: &Descriptor) -> Vec<Site<'_>> {
    let mut sites = Vec::new();
    let mut add = |title: &str, path: &str, section: &'static str, map| {
        sites.push(Site { title: title.to_owned(), path: path.to_owned(), section, map });
    };
    add("the descriptor", "", "parameters", &descriptor.parameters.map);
    for (at, module) in descriptor.modules.iter().enumerate() {
        let (title, path) = (format!("module `{}`", module.name.value), format!("modules[{at}]"));
        add(&title, &path, "properties", &module.properties.map);
        add(&title, &path, "parameters", &module.parameters.map);
        requires(&module.requires, &title, &path, &mut add);
        for (at, set) in module.provides.iter().enumerate() {
            let title = format!("provided set `{}` of {title}", set.name.value);
            let path = format!("{path}.provides[{at}]");
            add(&title, &path, "properties", &set.properties.map);
            add(&title, &path, "parameters", &set.parameters.map);
        }
        for (at, hook) in module.hooks.iter().enumerate() {
            let title = format!("hook `{}` of {title}", hook.name.value);
            let path = format!("{path}.hooks[{at}]");
            add(&title, &path, "parameters", &hook.parameters);
            requires(&hook.requires, &title, &path, &mut add);
        }
    }
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let (title, path) = (format!("resource `{}`", resource.name.value), format!("resources[{at}]"));
        add(&title, &path, "properties", &resource.properties.map);
        add(&title, &path, "parameters", &resource.parameters.map);
        requires(&resource.requires, &title, &path, &mut add);
    }
    sites
}

fn requires<'a>(list: &'a [Requires], owner: &str, path: &str, add: &mut dyn FnMut(&str, &str, &'static str, &'a Map)) {
    for (at, required) in list.iter().enumerate() {
        let title = format!("requirement `{}` of {owner}", required.name.value);
        let path = format!("{path}.requires[{at}]");
        add(&title, &path, "properties", &required.properties.map);
        add(&title, &path, "parameters", &required.parameters.map);
    }
}

/// Visits every text in a value.
pub fn texts<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v str)) {
    match &value.kind {
        tree::Kind::Text(text) => visit(text),
        tree::Kind::List(items) => items.iter().for_each(|item| texts(item, visit)),
        tree::Kind::Map(map) => map.iter().for_each(|(_, value)| texts(value, visit)),
        _ => {}
    }
}

/// The names that placeholders anywhere in a descriptor ask for.
pub fn asked(descriptor: &Descriptor) -> HashSet<&str> {
    let mut asked = HashSet::new();
    maps(descriptor, &mut |map| {
        for (_, value) in map.iter() {
            texts(value, &mut |text| {
                placeholders(text, &mut |key| {
                    asked.insert(key);
                })
            });
        }
    });
    asked
}

/// The places of anchors that aliases use, by document: what holds one may be there for its sake.
pub struct UsedAnchors<'a> {
    sources: &'a Sources,
    places: HashMap<FileId, BTreeSet<u32>>,
}

impl<'a> UsedAnchors<'a> {
    pub fn new(sources: &'a Sources) -> UsedAnchors<'a> {
        UsedAnchors { sources, places: HashMap::new() }
    }

    /// Whether an entry whose key stands at `key` holds one.
    pub fn any_in(&mut self, key: Span, value: &Value) -> bool {
        let end = value.span().filter(|span| span.file == key.file).map_or(key.end, |span| span.end.max(key.end));
        let used = self.places.entry(key.file).or_insert_with(|| {
            let all = anchors(self.sources.get(key.file).text(), key.file).into_iter();
            all.filter(|anchor| anchor.used).map(|anchor| anchor.name.span.start).collect()
        });
        used.range(key.start..=end).next().is_some()
    }
}

/// The keys of the placeholders in a text: `${routes/0/route}` asks for `routes`, or for the key as a whole.
pub fn placeholders<'t>(text: &'t str, visit: &mut dyn FnMut(&'t str)) {
    for piece in pieces(text, Form::Placeholder).unwrap_or_default() {
        if let Piece::Hole(hole) = piece {
            visit(hole.key);
            // The blanks are reported; the name is used.
            visit(hole.key.trim());
            if let Some((first, _)) = hole.key.split_once('/') {
                visit(first);
            }
        }
    }
}
