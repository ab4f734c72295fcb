//! Closes every `~{…}` (semantics 4), then removes escapes.
//!
//! What `provides` and resources hold is closed before any consumer looks at it (schema 3), so the result does not depend
//! on the order of modules. In schema 2 both stay as written and are closed with the eyes of whoever refers to them.

use super::close::{Absence, Closer, Missing, Remedy, Seen, Shared, Sight, may_have_hole};
use super::fill::Filled;
use super::lookup::{Configured, Gone};
use super::names::{self, Owner, Which};
use super::namespace::{APPLY_NAMESPACE, Naming};
use super::scope::Place;
use crate::descriptor::{Descriptor, Module, Requires};
use crate::finding::{self, Code, Severity, Staged};
use crate::name::{ResourceName, Suggestions};
use crate::source::Span;
use crate::target::Target;
use crate::text::{self, Form, Hole};
use crate::tree::{Kind, Map, Secrecy, Value};
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Nothing is open any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound(pub(super) Arc<Descriptor>);

impl std::ops::Deref for Bound {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

/// Closes every reference; the findings name each one that has no value.
pub fn bind(configured: Configured, target: &Target) -> Staged<Bound> {
    let mut shared = Shared::default();
    let Configured { descriptor, gone } = configured;
    let mut descriptor = Arc::unwrap_or_clone(descriptor);
    close(&mut descriptor, &HashSet::new(), &gone, target, &mut shared);
    unescape(&mut descriptor);
    Staged::new(Bound(Arc::new(descriptor)), shared.findings)
}

/// Closes all references except those to the names in `open`, which stay as written: the form in which subscriptions are
/// remembered. What is wrong with the others is reported by [`bind`], not here.
pub fn bind_all_but(open: &HashSet<&str>, filled: &Filled, target: &Target) -> Descriptor {
    let mut descriptor = Descriptor::clone(filled);
    close(&mut descriptor, open, &HashMap::new(), target, &mut Shared::default());
    descriptor
}

fn close(
    descriptor: &mut Descriptor,
    open: &HashSet<&str>,
    gone: &HashMap<ResourceName, Gone>,
    target: &Target,
    shared: &mut Shared,
) {
    let providers = Providers::of(descriptor);
    let naming = Naming::new(target, descriptor.parameters.map.get(APPLY_NAMESPACE));
    let mut binder = Binder {
        providers,
        gone,
        target,
        naming,
        open,
        fallback: Span::start_of(descriptor.file),
        suggestions: Suggestions::default(),
    };
    if descriptor.schema.value.major >= 3 {
        binder.resources(descriptor, shared);
        binder.provides(descriptor, shared);
    }
    binder.modules(descriptor, shared);
}

/// The sets of properties that references can name.
struct Providers {
    by_name: HashMap<Arc<str>, Provider>,
}

struct Provider {
    properties: Map,
    /// Whether it may have more than these.
    open: bool,
    span: Span,
    what: &'static str,
}

impl Providers {
    /// A provided set wins over a resource of the same name; the first of two wins.
    fn of(descriptor: &Descriptor) -> Providers {
        let provided = descriptor.modules.iter().flat_map(|module| &module.provides).map(|provides| {
            let provider = Provider {
                properties: provides.properties.map.clone(),
                open: provides.properties.open,
                span: provides.name.span,
                what: "provided set",
            };
            (provides.name.value.text(), provider)
        });
        let resources = descriptor.resources.iter().map(|resource| {
            let provider = Provider {
                properties: resource.properties.map.clone(),
                open: resource.properties.open,
                span: resource.name.span,
                what: "resource",
            };
            (resource.name.value.text(), provider)
        });
        let mut by_name = HashMap::new();
        for (name, provider) in provided.chain(resources) {
            by_name.entry(name).or_insert(provider);
        }
        Providers { by_name }
    }

    fn renew(&mut self, name: &str, properties: &Map) {
        if let Some(provider) = self.by_name.get_mut(name) {
            provider.properties = properties.clone();
        }
    }
}

struct Binder<'d> {
    providers: Providers,
    gone: &'d HashMap<ResourceName, Gone>,
    target: &'d Target,
    naming: Naming<'d>,
    /// Names whose references stay open.
    open: &'d HashSet<&'d str>,
    fallback: Span,
    suggestions: Suggestions,
}

impl Binder<'_> {
    fn resources(&mut self, descriptor: &mut Descriptor, shared: &mut Shared) {
        for (at, resource) in descriptor.resources.iter_mut().enumerate() {
            let name = resource.name.value.clone();
            let place = Place::resource(at, name.as_str());
            // An optional resource may lack what it refers to, and need not say that it requires it.
            let (allowed, missing) = if resource.optional {
                (Allowed::Anything, Missing::BecomesNull)
            } else {
                (Allowed::names(&resource.requires, resource.name.span), Missing::Report)
            };
            resource.properties.map =
                self.qualified(&resource.properties.map, "properties", &place, &allowed, missing, shared);
            let before = resource.parameters.map.clone();
            resource.parameters.map = self.qualified(&before, "parameters", &place, &allowed, missing, shared);
            drop(allowed);
            self.service_name(&before, &mut resource.parameters.map, &place, shared);
            self.requires(&mut resource.requires, &Allowed::Anything, &place, shared);
            self.providers.renew(name.as_str(), &resource.properties.map);
        }
    }

    fn provides(&mut self, descriptor: &mut Descriptor, shared: &mut Shared) {
        for (at, module) in descriptor.modules.iter_mut().enumerate() {
            let place = Place::module(at, module.name.value.as_str());
            for (at, provides) in module.provides.iter_mut().enumerate() {
                if !has_hole(&provides.properties.map) && !has_hole(&provides.parameters.map) {
                    continue;
                }
                let allowed = Allowed::names(&module.requires, module.name.span);
                let place = place.provided_set(at, provides.name.value.as_str());
                for (section, map) in
                    [("properties", &mut provides.properties.map), ("parameters", &mut provides.parameters.map)]
                {
                    *map = self.qualified(map, section, &place, &allowed, Missing::Report, shared);
                }
                self.providers.renew(provides.name.value.as_str(), &provides.properties.map);
            }
        }
    }

    fn modules(&self, descriptor: &mut Descriptor, shared: &mut Shared) {
        let major = descriptor.schema.value.major;
        for (at, module) in descriptor.modules.iter_mut().enumerate() {
            self.module(at, module, major, shared);
        }
    }

    fn module(&self, at: usize, module: &mut Module, major: u32, shared: &mut Shared) {
        let Module { name, properties, parameters, requires, hooks, .. } = module;
        let place = Place::module(at, name.value.as_str());
        let before = parameters.map.clone();
        for (section, map) in [("properties", &mut properties.map), ("parameters", &mut parameters.map)] {
            if has_hole(map) {
                *map =
                    self.qualified(map, section, &place, &Allowed::names(requires, name.span), Missing::Report, shared);
            }
        }
        self.names(&before, &mut parameters.map, &place, shared);
        self.requires(requires, &Allowed::Anything, &place, shared);
        if major < 3 {
            return;
        }
        for (at, hook) in hooks.iter_mut().enumerate() {
            let allowed = Allowed::names(requires, name.span);
            let place = place.hook(at, hook.name.value.as_str());
            hook.parameters = self.qualified(&hook.parameters, "parameters", &place, &allowed, Missing::Report, shared);
            self.requires(&mut hook.requires, &allowed, &place, shared);
        }
    }

    /// Corrects the names and addresses that had a reference in them, now that they are whole.
    fn names(&self, before: &Map, parameters: &mut Map, place: &Place, shared: &mut Shared) {
        if before.shares_memory_with(parameters) {
            return;
        }
        let owner = Owner { place: *place, naming: &self.naming, fallback: self.fallback };
        let own = parameters.get(APPLY_NAMESPACE).and_then(Value::as_bool);
        if let Some(new) = names::module(parameters, own, Which::ClosedSince(before), owner, &mut shared.findings) {
            *parameters = new;
        }
    }

    fn service_name(&self, before: &Map, parameters: &mut Map, place: &Place, shared: &mut Shared) {
        if before.shares_memory_with(parameters) {
            return;
        }
        let owner = Owner { place: *place, naming: &self.naming, fallback: self.fallback };
        let affix = self.naming.service(parameters.get(APPLY_NAMESPACE).and_then(Value::as_bool));
        let new = names::resource(parameters, affix, Which::ClosedSince(before), owner, &mut shared.findings);
        if let (Some(new), Some((key, _))) = (new, parameters.get_key_value(names::SERVICE_NAME)) {
            parameters.insert(key.clone(), new);
        }
    }

    fn qualified(
        &self,
        map: &Map,
        section: &'static str,
        place: &Place<'_>,
        allowed: &Allowed<'_>,
        missing: Missing,
        shared: &mut Shared,
    ) -> Map {
        if !has_hole(map) {
            return map.clone();
        }
        let sight = Qualified { binder: self, allowed, place };
        Closer::new(&sight, place, missing, self.fallback, shared).map(section, map)
    }

    /// Short references of requirements. `allowed`: what a hook's requirement may name.
    fn requires(&self, list: &mut [Requires], allowed: &Allowed<'_>, place: &Place<'_>, shared: &mut Shared) {
        for (at, requires) in list.iter_mut().enumerate() {
            let name = requires.name.value.clone();
            let is_allowed = allowed.allows(name.as_str());
            if is_allowed && !has_hole(&requires.properties.map) && !has_hole(&requires.parameters.map) {
                continue;
            }
            let place = place.requirement(at, name.as_str());
            if !self.providers.by_name.contains_key(name.as_str()) && !self.gone.contains_key(name.as_str()) {
                self.of_nothing(requires, &place, shared);
                continue;
            }
            if !is_allowed {
                let message = format!("{} is not required by the module itself", place.words());
                let remedy = allowed.requirement(name.as_str());
                let finding = finding::Finding::new(&finding::REFERENCE_WITHOUT_REQUIRES, requires.name.span, message)
                    .path(place.path())
                    .help(format!("Add `- name: {name}` to the `requires` of the module, too."))
                    .fix(remedy.map(|remedy| remedy.fix(requires.name.span, name.as_str())));
                shared.findings.push(finding);
                continue;
            }
            if self.open.contains(name.as_str()) {
                continue;
            }
            let missing = if requires.list.is_some() { Missing::BecomesNull } else { Missing::Report };
            let sight = Short { binder: self, name: name.as_str() };
            for (section, map) in
                [("properties", &mut requires.properties.map), ("parameters", &mut requires.parameters.map)]
            {
                *map = Closer::new(&sight, &place, missing, self.fallback, shared).map(section, map);
            }
        }
    }

    /// Closes the references to something that was found to be missing before.
    fn of_nothing(&self, requires: &mut Requires, place: &Place<'_>, shared: &mut Shared) {
        let sight = OfNothing { name: requires.name.value.as_str(), at: requires.name.span, told: Cell::default() };
        for (section, map) in
            [("properties", &mut requires.properties.map), ("parameters", &mut requires.parameters.map)]
        {
            *map = Closer::new(&sight, place, Missing::Report, self.fallback, shared).map(section, map);
        }
    }

    /// A property of a provider, or why there is none.
    fn property(&self, owner: &str, hole: &Hole<'_>) -> Seen {
        let provider = self.providers.by_name.get(owner);
        if let Some(value) = provider.and_then(|provider| provider.properties.get(hole.key)) {
            return Seen::Value(value.clone(), Vec::new());
        }
        if self.target.dynamic_parameters.iter().any(|name| name == hole.key) {
            return Seen::Marker(format!("{{ds/{owner}/{}}}", hole.key));
        }
        if let Some(absence) = Absence::of_malformed(hole) {
            return Seen::Absent(absence);
        }
        Seen::Absent(match provider {
            Some(provider) if provider.open => return Seen::Unknown,
            None => {
                let known = self.providers.by_name.keys().map(|name| &**name).collect::<BTreeSet<&str>>();
                let near = self.suggestions.nearest(owner, known);
                Absence {
                    code: &finding::UNRESOLVED_REFERENCE,
                    severity: Severity::Error,
                    message: format!("`{}` refers to `{owner}`, which does not exist", hole.written),
                    help: Some(match near {
                        Some(near) => format!("Did you mean `{near}`?"),
                        None => format!("Let a module provide `{owner}`, or declare a resource of that name."),
                    }),
                    related: Vec::new(),
                    remedy: near.map(|near| Remedy::Instead(format!("~{{{near}/{}}}", hole.key))),
                }
            }
            Some(provider) => {
                let names: Vec<&str> = provider.properties.keys().take(20).collect();
                let has = if names.is_empty() { "nothing".into() } else { format!("`{}`", names.join("`, `")) };
                // Inside a requirement it is clear whose property is meant, and who says it again looks for another one.
                let repeated = hole.owner.is_none().then(|| hole.key.strip_prefix(owner)?.strip_prefix('/')).flatten();
                let asked = repeated.unwrap_or(hole.key);
                let near = match repeated {
                    Some(key) if provider.properties.contains(key) => Some(key),
                    // There is only one that can be meant.
                    Some("") if names.len() == 1 => names.first().copied(),
                    _ => self.suggestions.nearest(asked, provider.properties.keys()),
                };
                Absence {
                    code: &finding::UNRESOLVED_REFERENCE,
                    severity: Severity::Error,
                    message: format!(
                        "`{}` finds no property `{}` in {} `{owner}`",
                        hole.written, hole.key, provider.what
                    ),
                    help: Some(match near {
                        Some(near) if repeated.is_some() => format!("Inside the requirement, write `~{{{near}}}`."),
                        Some(near) => format!("Did you mean `{near}`?"),
                        None if repeated == Some("") => {
                            format!(
                                "Inside the requirement, write `~{{PROPERTY}}`: {} `{owner}` has {has}.",
                                provider.what
                            )
                        }
                        None if hole
                            .key
                            .split_once('/')
                            .is_some_and(|(first, _)| provider.properties.contains(first)) =>
                        {
                            format!(
                                "References do not lead into a value: give {} `{owner}` a property of its own for it.",
                                provider.what
                            )
                        }
                        None => format!(
                            "Give {} `{owner}` a property `{asked}`, or refer to one that it has.",
                            provider.what
                        ),
                    }),
                    related: vec![(provider.span, format!("{} `{owner}` has {has}", provider.what))],
                    remedy: near.map(|near| {
                        let owner = hole.owner.map(|owner| format!("{owner}/")).unwrap_or_default();
                        Remedy::Instead(format!("~{{{owner}{near}}}"))
                    }),
                }
            }
        })
    }
}

fn has_hole(map: &Map) -> bool {
    map.iter().any(|(_, value)| may_have_hole(value, Form::Qualified))
}

/// Which dependencies an element may refer to.
enum Allowed<'a> {
    Anything,
    /// What the element requires whose name stands at `owner`.
    Names {
        names: HashSet<&'a str>,
        owner: Span,
    },
}

impl<'a> Allowed<'a> {
    /// What a requirement without a name is about, nobody knows.
    fn names(requires: &'a [Requires], owner: Span) -> Allowed<'a> {
        if requires.iter().any(|requires| requires.name.value.as_str().is_empty()) {
            return Allowed::Anything;
        }
        Allowed::Names { names: requires.iter().map(|requires| requires.name.value.as_str()).collect(), owner }
    }

    fn allows(&self, name: &str) -> bool {
        match self {
            Allowed::Anything => true,
            Allowed::Names { names, .. } => names.contains(name),
        }
    }

    /// How a name would become one of them.
    fn requirement(&self, name: &str) -> Option<Remedy> {
        match self {
            Allowed::Anything => None,
            Allowed::Names { owner, .. } => Some(Remedy::Require { owner: *owner, name: name.to_owned() }),
        }
    }
}

/// `~{name/property}`, everywhere but in requirements.
struct Qualified<'a> {
    binder: &'a Binder<'a>,
    allowed: &'a Allowed<'a>,
    place: &'a Place<'a>,
}

impl Sight for Qualified<'_> {
    fn form(&self) -> Form {
        Form::Qualified
    }

    fn find(&self, hole: &Hole<'_>, _asking: &dyn Fn(&str) -> bool) -> Seen {
        let owner = hole.owner.unwrap_or_default();
        if self.binder.open.contains(owner) {
            return Seen::Keep(Secrecy::Open);
        }
        let is_lacking = !self.binder.providers.by_name.contains_key(owner);
        if self.allowed.allows(owner) {
            return match (self.binder.property(owner, hole), self.allowed) {
                // That nothing has the name was said of the requirement.
                (Seen::Absent(_), Allowed::Names { .. }) if is_lacking => Seen::Unknown,
                (seen, _) => seen,
            };
        }
        if let Some((_, why)) = self.binder.gone.get_key_value(owner) {
            return Seen::Absent(gone(hole, owner, *why));
        }
        if is_lacking {
            return self.binder.property(owner, hole);
        }
        let near = match self.allowed {
            Allowed::Names { names, .. } => self.binder.suggestions.nearest(owner, names.iter().copied()),
            Allowed::Anything => None,
        };
        Seen::Absent(Absence {
            code: &finding::REFERENCE_WITHOUT_REQUIRES,
            severity: Severity::Error,
            message: format!("`{}` refers to `{owner}`, which {} does not require", hole.written, self.place.words()),
            help: Some(match near {
                Some(near) => format!("Did you mean `{near}`? Otherwise add `- name: {owner}` to `requires`."),
                None => format!("Add `- name: {owner}` to `requires`."),
            }),
            related: Vec::new(),
            remedy: self.allowed.requirement(owner),
        })
    }

    fn cycle_code(&self) -> &'static Code {
        &finding::REFERENCE_CYCLE
    }
}

/// A reference to a configuration resource of which nothing has the name any more.
fn gone(hole: &Hole<'_>, owner: &str, why: Gone) -> Absence {
    let (why, help) = match why {
        Gone::Inactive => {
            ("is not active", format!("Take the reference out, or write `active: true` in resource `{owner}`."))
        }
        Gone::NoMatch => (
            "matches no configuration entry",
            format!(
                "Only properties of the element that requires `{owner}` with `list` follow it; move the text there."
            ),
        ),
        Gone::Several => (
            "matches several configuration entries",
            format!(
                "Only properties of the element that requires `{owner}` with `list` follow it; move the text there."
            ),
        ),
    };
    Absence {
        code: &finding::UNRESOLVED_REFERENCE,
        severity: Severity::Error,
        message: format!("`{}` refers to `{owner}`, which {why}", hole.written),
        help: Some(help),
        related: Vec::new(),
        remedy: None,
    }
}

/// `~{property}`, inside a requirement.
struct Short<'a> {
    binder: &'a Binder<'a>,
    name: &'a str,
}

impl Sight for Short<'_> {
    fn form(&self) -> Form {
        Form::Short
    }

    fn find(&self, hole: &Hole<'_>, _asking: &dyn Fn(&str) -> bool) -> Seen {
        self.binder.property(self.name, hole)
    }

    fn cycle_code(&self) -> &'static Code {
        &finding::REFERENCE_CYCLE
    }
}

/// `~{property}`, inside a requirement of something that is not there. One remark stands for all of them.
struct OfNothing<'a> {
    name: &'a str,
    /// Where it is required.
    at: Span,
    told: Cell<bool>,
}

impl Sight for OfNothing<'_> {
    fn form(&self) -> Form {
        Form::Short
    }

    fn find(&self, hole: &Hole<'_>, _asking: &dyn Fn(&str) -> bool) -> Seen {
        if self.name.is_empty() || self.told.replace(true) {
            return Seen::Unknown;
        }
        Seen::Absent(Absence {
            code: &finding::UNRESOLVED_REFERENCE,
            severity: Severity::Warning,
            message: format!("`{}` has no value as long as nothing provides `{}`", hole.written, self.name),
            help: None,
            related: vec![(self.at, format!("`{}` is required here", self.name))],
            remedy: None,
        })
    }

    fn cycle_code(&self) -> &'static Code {
        &finding::REFERENCE_CYCLE
    }
}

/// Takes the backslash off `\${…}` and `\~{…}` everywhere.
fn unescape(descriptor: &mut Descriptor) {
    unescape_map(&mut descriptor.parameters.map);
    for module in &mut descriptor.modules {
        unescape_map(&mut module.properties.map);
        unescape_map(&mut module.parameters.map);
        for requires in &mut module.requires {
            unescape_map(&mut requires.properties.map);
            unescape_map(&mut requires.parameters.map);
        }
        for provides in &mut module.provides {
            unescape_map(&mut provides.properties.map);
            unescape_map(&mut provides.parameters.map);
        }
        for hook in &mut module.hooks {
            unescape_map(&mut hook.parameters);
            for requires in &mut hook.requires {
                unescape_map(&mut requires.properties.map);
                unescape_map(&mut requires.parameters.map);
            }
        }
    }
    for resource in &mut descriptor.resources {
        unescape_map(&mut resource.properties.map);
        unescape_map(&mut resource.parameters.map);
        for requires in &mut resource.requires {
            unescape_map(&mut requires.properties.map);
            unescape_map(&mut requires.parameters.map);
        }
    }
}

fn unescape_map(map: &mut Map) {
    let changed: Vec<_> =
        map.iter().filter_map(|(key, value)| unescaped(value).map(|value| (key.clone(), value))).collect();
    for (key, value) in changed {
        map.insert(key, value);
    }
}

/// `None`: nothing is escaped.
fn unescaped(value: &Value) -> Option<Value> {
    let kind = match &value.kind {
        Kind::Text(text) => Kind::Text(text::unescape(text)?.into()),
        Kind::List(items) => {
            let changed: Vec<Option<Value>> = items.iter().map(unescaped).collect();
            if changed.iter().all(Option::is_none) {
                return None;
            }
            let items = items.iter().zip(changed).map(|(old, new)| new.unwrap_or_else(|| old.clone()));
            Kind::List(Arc::new(items.collect()))
        }
        Kind::Map(map) => {
            let mut copy = map.clone();
            unescape_map(&mut copy);
            if copy.shares_memory_with(map) {
                return None;
            }
            Kind::Map(copy)
        }
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => return None,
    };
    Some(Value { kind, ..value.clone() })
}
