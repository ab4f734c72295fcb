//! A descriptor with its extensions merged, as rules see it that ask how its parts fit together.

use crate::descriptor::{Descriptor, Requires, Values};
use crate::name::nearest;
use crate::source::yaml::anchors;
use crate::source::{FileId, Sources, Span};
use crate::target::Target;
use crate::text::{Form, Piece, pieces};
use crate::tree::{self, Map, Place, Value};
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display, Formatter};

pub struct Whole<'a> {
    pub sources: &'a Sources,
    /// What types and the target give is there as well.
    pub descriptor: &'a Descriptor,
    pub target: &'a Target,
    /// Whether extensions were given. Without them, what is missing may come from one.
    pub extended: bool,
    asked: OnceCell<HashSet<&'a str>>,
    required: OnceCell<HashSet<&'a str>>,
}

impl<'a> Whole<'a> {
    pub fn new(sources: &'a Sources, descriptor: &'a Descriptor, target: &'a Target, extended: bool) -> Whole<'a> {
        Whole { sources, descriptor, target, extended, asked: OnceCell::new(), required: OnceCell::new() }
    }

    /// The names that placeholders anywhere in the descriptor ask for. All texts are looked through for the first question.
    pub fn asked(&self) -> &HashSet<&'a str> {
        self.asked.get_or_init(|| {
            let mut asked = HashSet::new();
            maps(self.descriptor, &mut |map| ask(map, &mut asked));
            asked
        })
    }

    /// The names that modules, hooks and resources require; where nothing has such a name, the one that was likely meant.
    pub fn required(&self) -> &HashSet<&'a str> {
        self.required.get_or_init(|| {
            let Descriptor { modules, resources, .. } = self.descriptor;
            let hooks = modules.iter().flat_map(|module| &module.hooks);
            let lists = modules.iter().map(|module| &module.requires).chain(hooks.map(|hook| &hook.requires));
            let required = lists.chain(resources.iter().map(|resource| &resource.requires)).flatten();
            let mut names: HashSet<&str> = required.map(|required| required.name.value.as_str()).collect();
            let sets = modules.iter().flat_map(|module| &module.provides).map(|set| set.name.value.as_str());
            let known: HashSet<&str> =
                sets.chain(resources.iter().map(|resource| resource.name.value.as_str())).collect();
            let meant: Vec<&str> =
                names.difference(&known).filter_map(|name| nearest(name, known.iter().copied())).collect();
            names.extend(meant);
            names
        })
    }
}

/// What messages call an element: `requirement \`db\` of module \`web\``. Words are made for findings only.
#[derive(Clone, Copy)]
pub enum Title<'s> {
    Descriptor,
    Element { word: &'static str, name: &'s str, of: &'s Title<'s> },
}

impl Display for Title<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Title::Descriptor => f.write_str("the descriptor"),
            Title::Element { word, name, of: Title::Descriptor } => write!(f, "{word} `{name}`"),
            Title::Element { word, name, of } => write!(f, "{word} `{name}` of {of}"),
        }
    }
}

/// One map of values and where it stands.
pub struct Site<'s, 'a> {
    pub title: Title<'s>,
    /// `properties` or `parameters`.
    pub section: &'static str,
    pub map: &'a Map,
    /// `modules[0]`.
    place: Place<'s>,
}

impl Site<'_, '_> {
    pub fn is_of_descriptor(&self) -> bool {
        matches!(self.title, Title::Descriptor)
    }

    pub fn is_of_requirement(&self) -> bool {
        matches!(self.title, Title::Element { word: REQUIREMENT, .. })
    }

    pub fn path_of(&self, key: &str) -> String {
        self.place.key(self.section).key(key).to_string()
    }
}

const REQUIREMENT: &str = "requirement";

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

/// Visits all maps of values, in reading order, each with what messages say of it.
pub fn sites<'a>(descriptor: &'a Descriptor, visit: &mut dyn FnMut(&Site<'_, 'a>)) {
    let (root, top) = (Place::ROOT, Title::Descriptor);
    visit(&Site { title: top, section: "parameters", map: &descriptor.parameters.map, place: root });
    let (modules, resources) = (root.key("modules"), root.key("resources"));
    for (at, module) in descriptor.modules.iter().enumerate() {
        let title = Title::Element { word: "module", name: module.name.value.as_str(), of: &top };
        let place = modules.index(at);
        both(title, place, &module.properties, &module.parameters, visit);
        requires(&module.requires, &title, &place, visit);
        let (provides, hooks) = (place.key("provides"), place.key("hooks"));
        for (at, set) in module.provides.iter().enumerate() {
            let title = Title::Element { word: "provided set", name: set.name.value.as_str(), of: &title };
            both(title, provides.index(at), &set.properties, &set.parameters, visit);
        }
        for (at, hook) in module.hooks.iter().enumerate() {
            let title = Title::Element { word: "hook", name: hook.name.value.as_str(), of: &title };
            let place = hooks.index(at);
            visit(&Site { title, section: "parameters", map: &hook.parameters, place });
            requires(&hook.requires, &title, &place, visit);
        }
    }
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let title = Title::Element { word: "resource", name: resource.name.value.as_str(), of: &top };
        let place = resources.index(at);
        both(title, place, &resource.properties, &resource.parameters, visit);
        requires(&resource.requires, &title, &place, visit);
    }
}

fn requires<'a>(list: &'a [Requires], of: &Title<'_>, place: &Place<'_>, visit: &mut dyn FnMut(&Site<'_, 'a>)) {
    let place = place.key("requires");
    for (at, required) in list.iter().enumerate() {
        let title = Title::Element { word: REQUIREMENT, name: required.name.value.as_str(), of };
        both(title, place.index(at), &required.properties, &required.parameters, visit);
    }
}

fn both<'a>(
    title: Title<'_>,
    place: Place<'_>,
    properties: &'a Values,
    parameters: &'a Values,
    visit: &mut dyn FnMut(&Site<'_, 'a>),
) {
    visit(&Site { title, section: "properties", map: &properties.map, place });
    visit(&Site { title, section: "parameters", map: &parameters.map, place });
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

/// Adds the names that placeholders in a map ask for.
pub fn ask<'m>(map: &'m Map, asked: &mut HashSet<&'m str>) {
    for (_, value) in map.iter() {
        texts(value, &mut |text| {
            placeholders(text, &mut |key| {
                asked.insert(key);
            })
        });
    }
}

/// The keys of the placeholders in a text: `${routes/0/route}` asks for `routes`, or for the key as a whole.
fn placeholders<'t>(text: &'t str, visit: &mut dyn FnMut(&'t str)) {
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
