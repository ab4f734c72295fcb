//! Every parameter of a descriptor, held against the table, wherever it stands and whichever file it came from.
//!
//! A value of the wrong type is found once, though a type's default may reach a hundred modules. What does nothing here is
//! said once for each name, never passed over in silence. A name that nobody knows may serve placeholders; one that is
//! nearly a known name, or stands at the wrong place, and that no placeholder names, is worth a word: its author may wait
//! for an effect that never comes.

use super::hooks;
use super::open;
use super::read::Found;
use super::reference::{Effect, Parameter, Place, all, known};
use super::{SERVICES_FILE, table};
use crate::descriptor::{Descriptor, Metadata, Module, Requires, Values, renamed};
use crate::finding::{BAD_HOOK, Finding, Findings, NO_EFFECT, Severity, UNKNOWN_PARAMETER};
use crate::name::{nearest, nearest_within};
use crate::source::{Sources, Span};
use crate::stage::fill::Named;
use crate::tree::{self, Built, Key, Kind, Map, Origin, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Parameters of resources that say which service is meant: plans, and the variables of modules, name it.
const OPEN_OF_RESOURCES: [&str; 3] = ["service", "service-plan", "service-name"];

/// More edits than this are another word.
const NEAR: usize = 2;

/// `named` is what placeholders of the descriptor name.
pub fn check(descriptor: &Descriptor, named: &Named, sources: &Sources) -> Findings {
    let mut check = Check {
        named,
        sources,
        seen: HashSet::new(),
        notices: Vec::new(),
        features: HashSet::new(),
        findings: Findings::default(),
    };
    let root = tree::Place::ROOT;
    check.findings.extend(hooks::without_effect(&descriptor.modules));
    check.values(Place::Descriptor, &descriptor.parameters, &root.key("parameters"), descriptor.id.span);
    let modules = root.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        check.module(module, &modules.index(at));
    }
    let resources = root.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let place = resources.index(at);
        check.values(Place::Resource, &resource.parameters, &place.key("parameters"), resource.name.span);
        check.requires(&resource.requires, &place);
    }
    for notice in std::mem::take(&mut check.notices) {
        check.findings.push(notice.finding());
    }
    check.findings
}

/// What is said of parameters that somebody gave for this one run, and that nothing asks for. Everything that is wrong with
/// parameters is found by [`check`]; this is for commands that end before, and would pass over what they were told.
pub fn given_in_vain(descriptor: &Descriptor, named: &Named, sources: &Sources) -> Findings {
    let in_vain = |finding: &Finding| finding.code == &UNKNOWN_PARAMETER && sources.get(finding.at.file).is_given();
    check(descriptor, named, sources).into_iter().filter(in_vain).collect()
}

/// Hooks have no flags.
static NO_FLAGS: BTreeMap<String, Metadata> = BTreeMap::new();

struct Check<'d> {
    named: &'d Named,
    sources: &'d Sources,
    /// Values and keys that have been looked at: aliases and defaults of types come by several times.
    seen: HashSet<(Place, Span)>,
    notices: Vec<Notice>,
    /// Features that have been told of.
    features: HashSet<String>,
    findings: Findings,
}

impl Check<'_> {
    fn module(&mut self, module: &Module, place: &tree::Place<'_>) {
        self.values(Place::Module, &module.parameters, &place.key("parameters"), module.name.span);
        self.requires(&module.requires, place);
        let provides = place.key("provides");
        for (at, provided) in module.provides.iter().enumerate() {
            let place = provides.index(at);
            self.values(Place::Provides, &provided.parameters, &place.key("parameters"), provided.name.span);
        }
        let hooks = place.key("hooks");
        for (at, hook) in module.hooks.iter().enumerate() {
            let place = hooks.index(at);
            self.map(Place::Hook, &hook.parameters, &NO_FLAGS, &place.key("parameters"), hook.name.span);
            self.requires(&hook.requires, &place);
        }
    }

    fn requires(&mut self, requires: &[Requires], place: &tree::Place<'_>) {
        let list = place.key("requires");
        for (at, required) in requires.iter().enumerate() {
            let place = list.index(at);
            self.values(Place::Requires, &required.parameters, &place.key("parameters"), required.name.span);
        }
    }

    fn values(&mut self, at: Place, values: &Values, place: &tree::Place<'_>, fallback: Span) {
        self.map(at, &values.map, &values.metadata, place, fallback);
    }

    fn map(
        &mut self,
        at: Place,
        map: &Map,
        flags: &BTreeMap<String, Metadata>,
        place: &tree::Place<'_>,
        fallback: Span,
    ) {
        for (key, value) in map.iter() {
            let span = value.span().or(key.span);
            if span.is_some_and(|span| !self.seen.insert((at, span))) {
                continue;
            }
            let Some(parameter) = meant(at, &key.text) else {
                self.unknown(at, map, flags, key, place);
                continue;
            };
            if value.is_null() || parameter.effect == Effect::Placeholder {
                continue;
            }
            let path = place.key(&key.text).to_string();
            let found = Found { name: key.text.to_string(), value, at: span.unwrap_or(fallback), path };
            self.value(parameter, key, &found);
            match (parameter.place, parameter.name) {
                (Place::Module, "container") => self.container(&found),
                (Place::Module, "app-features") => self.features(&found),
                (Place::Module, "tasks") => self.tasks(&found),
                _ => {}
            }
        }
    }

    /// Keys of the map `container` that have a simple type; what is wrong with the others is said where they are read.
    fn container(&mut self, container: &Found<'_>) {
        for (key, _) in container.value.as_map().into_iter().flat_map(Map::iter) {
            let Some((parameter, found)) = known(Place::Container, &key.text).zip(container.key(&key.text)) else {
                continue;
            };
            self.value(parameter, key, &found);
        }
    }

    /// Of a task's keys, one does nothing, as it does of a hook.
    fn tasks(&mut self, tasks: &Found<'_>) {
        const KEY: &str = "disk-quota";
        let Some(parameter) = known(Place::Hook, KEY) else { return };
        for task in tasks.items() {
            let key = task.value.as_map().and_then(|map| map.get_key_value(KEY));
            if let Some(((key, _), found)) = key.zip(task.key(KEY)) {
                self.note(parameter, key, &found);
            }
        }
    }

    /// Features of a platform; one of them has a meaning here.
    fn features(&mut self, features: &Found<'_>) {
        let wanted = features.value.as_map().into_iter().flat_map(Map::iter);
        let wanted = wanted.filter(|(key, value)| &*key.text != SERVICES_FILE && value.as_bool() == Some(true));
        for (key, _) in wanted {
            let at = key.span.unwrap_or(features.at);
            if self.seen.insert((Place::Module, at)) && self.features.insert(key.text.to_string()) {
                let name = &key.text;
                let message = format!("`app-features.{name}` has no effect here: {}.", table::PLATFORM);
                self.findings.push(Finding::new(&NO_EFFECT, at, message).path(format!("{}.{name}", features.path)));
            }
        }
    }

    /// One mistake, one finding: of a value that is wrong it is not said that it does nothing, too.
    fn value(&mut self, parameter: &'static Parameter, key: &Key, found: &Found<'_>) {
        let before = self.findings.len();
        let names_a_service = parameter.place == Place::Resource && OPEN_OF_RESOURCES.contains(&parameter.name);
        if names_a_service && found.value.holds_secret() {
            self.findings.push(open::refusal(&found.name, found.at, found.path.clone()));
        } else {
            let mut wrong = Findings::default();
            parameter.is.check(found, &mut wrong);
            let of_hooks = (parameter.place, parameter.name) == (Place::Hook, "phases-config");
            let told = |finding| if of_hooks { Finding { code: &BAD_HOOK, ..finding } } else { finding };
            self.findings.extend(wrong.into_iter().map(told).collect());
        }
        if self.findings.len() == before {
            self.note(parameter, key, found);
        }
    }

    fn note(&mut self, parameter: &'static Parameter, key: &Key, found: &Found<'_>) {
        let has_none = matches!(parameter.effect, Effect::Nothing(_) | Effect::Later(_));
        if !has_none || asks_for_nothing(parameter, found.value) {
            return;
        }
        let at = key.span.unwrap_or(found.at);
        let same = |notice: &&mut Notice| std::ptr::eq(notice.parameter, parameter);
        match self.notices.iter_mut().find(same) {
            Some(notice) => _ = notice.places.insert(at),
            None => self.notices.push(Notice { parameter, at, path: found.path.clone(), places: HashSet::from([at]) }),
        }
    }

    fn unknown(
        &mut self,
        at: Place,
        map: &Map,
        flags: &BTreeMap<String, Metadata>,
        key: &Key,
        place: &tree::Place<'_>,
    ) {
        let Some(span) = key.span.filter(|_| !self.named.contains(&key.text)) else { return };
        // Whoever types a name for this one run wants something of it; in a file, it may be for people.
        let overwrote =
            |value: &Value| matches!(&value.origin, Origin::Built(built) if matches!(**built, Built::Overwrote { .. }));
        if self.sources.get(span.file).is_given() && !map.get(&key.text).is_some_and(overwrote) {
            self.given_in_vain(at, map, key, span, place);
            return;
        }
        let message = format!(
            "`{}` is no parameter of {}, and no placeholder names it: it has no effect.",
            key.text,
            in_words(at)
        );
        let finding = Finding::new(&UNKNOWN_PARAMETER, span, message).path(place.key(&key.text).to_string());
        let elsewhere = OTHER_PLACES.iter().find(|other| known(**other, &key.text).is_some());
        if let Some(elsewhere) = elsewhere.filter(|_| at != Place::Descriptor) {
            self.findings.push(finding.help(format!("It is a parameter of {}.", in_words(*elsewhere))));
            return;
        }
        // `host-2` is no slip of the hand.
        let derived = |near: &str| {
            key.text.strip_prefix(near).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        };
        let free = |near: &&str| !derived(near) && !map.contains(near);
        let near = nearest_within(&key.text, NEAR, offered(at).map(|one| one.name));
        let idle = || layers(at).iter().flat_map(|place| all(*place)).filter(|one| one.effect.none().is_some());
        if near.is_some_and(|near| !free(&near)) {
            return;
        }
        self.findings.push(if let Some(near) = near {
            finding.did_you_mean(Some(near)).fix(renamed(key, flags, near))
        } else if let Some(near) = nearest_within(&key.text, NEAR, idle().map(|one| one.name).filter(free)) {
            // To write it would be the next finding.
            let why = idle().find(|one| one.name == near).and_then(|one| one.effect.none()).unwrap_or_default();
            finding.help(format!("Did you mean `{near}`? It would have no effect here either: {why}."))
        } else {
            return;
        });
    }
}

impl Check<'_> {
    /// A parameter of the command line or of a variable that nothing asks for.
    fn given_in_vain(&mut self, at: Place, map: &Map, key: &Key, span: Span, place: &tree::Place<'_>) {
        let message = format!(
            "`{}` is given a value, and nothing asks for it: it is no parameter of {}, and no placeholder names it.",
            key.text,
            in_words(at)
        );
        let known = offered(at).map(|one| one.name);
        let others = map.keys().filter(|other| **other != *key.text);
        // In one order: what placeholders name comes out of a hash table.
        let candidates: BTreeSet<&str> = known.chain(others).chain(self.named.names()).collect();
        let finding = Finding::new(&UNKNOWN_PARAMETER, span, message).path(place.key(&key.text).to_string());
        self.findings.push(match nearest(&key.text, candidates) {
            Some(near) => finding.help(format!("Did you mean `{near}`?")),
            None => finding.help("`windlass resolve --stage merged` shows the parameters that there are."),
        });
    }
}

/// The parameters that may stand at a place and do something there: what a name that nobody knows may have been meant to be.
pub fn offered(at: Place) -> impl Iterator<Item = &'static Parameter> {
    // A default of all modules cannot be what tells one from the others, and resources have no defaults here.
    let fits = move |one: &&Parameter| match one.place {
        Place::Module if at == Place::Descriptor => !OF_ONE_MODULE.contains(&one.name),
        place => place == at,
    };
    layers(at).iter().flat_map(|place| all(*place)).filter(|one| one.effect == Effect::Used).filter(fits)
}

/// What two modules cannot have in common.
const OF_ONE_MODULE: [&str; 5] = ["app-name", "host", "hosts", "routes", "route-path"];

/// Where else a name may mean something.
const OTHER_PLACES: [Place; 5] = [Place::Container, Place::Requires, Place::Provides, Place::Module, Place::Descriptor];

/// The places whose parameters may stand at this one; the first one's meaning of a name counts.
fn layers(at: Place) -> &'static [Place] {
    match at {
        Place::Descriptor => &[Place::Descriptor, Place::Module, Place::Resource],
        Place::Module => &[Place::Module],
        Place::Container => &[Place::Container],
        Place::Resource => &[Place::Resource],
        Place::Requires => &[Place::Requires],
        Place::Provides => &[Place::Provides],
        Place::Hook => &[Place::Hook],
    }
}

fn meant(at: Place, name: &str) -> Option<&'static Parameter> {
    layers(at).iter().find_map(|place| known(*place, name))
}

fn in_words(place: Place) -> &'static str {
    match place {
        Place::Descriptor => "the descriptor",
        Place::Module => "a module",
        Place::Container => "a module's map `container`",
        Place::Resource => "a resource",
        Place::Requires => "an entry of `requires`",
        Place::Provides => "an entry of `provides`",
        Place::Hook => "a hook",
    }
}

/// Nothing, or what holds anyway.
fn asks_for_nothing(parameter: &Parameter, value: &Value) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::Bool(flag) => *flag == (parameter.default == "true"),
        Kind::Text(text) => !parameter.default.is_empty() && text.eq_ignore_ascii_case(parameter.default),
        Kind::List(items) => items.is_empty(),
        Kind::Map(map) => map.iter().all(|(_, value)| value.as_bool() == Some(false)),
        Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => false,
    }
}

/// What is said of a parameter that does nothing.
struct Notice {
    parameter: &'static Parameter,
    /// The first place.
    at: Span,
    path: String,
    places: HashSet<Span>,
}

impl Notice {
    fn finding(self) -> Finding {
        let name = match self.parameter.place {
            Place::Container => format!("container.{}", self.parameter.name),
            _ => self.parameter.name.to_owned(),
        };
        let more = match self.places.len() {
            0 | 1 => String::new(),
            2 => " It is set at one more place.".to_owned(),
            places => format!(" It is set at {} more places.", places - 1),
        };
        let (message, severity) = match self.parameter.effect {
            Effect::Later(why) => (format!("`{name}` is not supported yet: {why}.{more}"), Severity::Warning),
            Effect::Nothing(why) => (format!("`{name}` has no effect here: {why}.{more}"), Severity::Info),
            Effect::Used | Effect::Placeholder => (String::new(), Severity::Info),
        };
        Finding { severity, ..Finding::new(&NO_EFFECT, self.at, message).path(self.path) }
    }
}
