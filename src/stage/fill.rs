//! Closes every `${…}` with a value from the scope it stands in (semantics 3).
//!
//! What has been closed is final for what looks at it later, so the order matters: modules, then resources, then the
//! parameters of the descriptor; inside a module properties, parameters, `requires` one after the other, `provides`, hooks.
//! Therefore parameters of the descriptor are bound late, in the scope of whoever asks, and those of a module once.

use super::close::{Absence, Closer, Missing, Remedy, Seen, Shared, Sight, may_have_hole};
use super::merge::Merged;
use super::names::{self, Owner, Which};
use super::namespace::{APPLY_NAMESPACE, Naming};
use super::scope::{Layer, Place, Scope};
use super::supply;
use super::system::{self, Element, ModuleElement, System};
use crate::descriptor::{Descriptor, Hook, Module, Provides, Requires, Resource, Values};
use crate::finding::{self, Code, Finding, Findings, Severity, Staged};
use crate::name::Suggestions;
use crate::source::Span;
use crate::target::supply::Ask;
use crate::target::{Compat, Facts, Target};
use crate::text::{Form, Hole, Piece};
use crate::tree::{Kind, Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// No placeholder is open. Escaped ones (`\${…}`) keep their backslash until references are bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    descriptor: Arc<Descriptor>,
    named: Named,
}

/// The keys of all placeholders that were closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named(Arc<HashSet<String>>);

impl Named {
    /// Whether a placeholder names this parameter, or leads into it.
    pub fn contains(&self, name: &str) -> bool {
        let leads_into = |key: &String| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        self.0.contains(name) || self.0.iter().any(leads_into)
    }

    /// The names that placeholders ask for, without what leads further into their values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.split('/').next().unwrap_or_default())
    }
}

impl Filled {
    /// For what comes in when placeholders are closed, and has none.
    pub(super) fn descriptor_mut(&mut self) -> &mut Descriptor {
        Arc::make_mut(&mut self.descriptor)
    }

    /// For what has been filled before and was stored.
    pub(super) fn of(descriptor: Descriptor) -> Filled {
        Filled { descriptor: Arc::new(descriptor), named: Named::default() }
    }

    pub fn named(&self) -> Named {
        self.named.clone()
    }

    /// The descriptor, to be shared.
    pub(super) fn shared(&self) -> Arc<Descriptor> {
        Arc::clone(&self.descriptor)
    }
}

impl std::ops::Deref for Filled {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.descriptor
    }
}

/// What becomes of names and addresses that authors wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// They stay: the product is exactly what the placeholders lead to, and no more.
    AsWritten,
    /// They are corrected, and whoever refers to them sees what they have become.
    Corrected,
}

/// Closes every placeholder; the findings name each one that has no value.
pub fn fill(merged: Merged, target: &Target, facts: &Facts, names: Names) -> Staged<Filled> {
    let mut shared = Shared::default();
    shared.findings.extend(check_read_only(&merged, target));
    check_plurals(&merged, target, &mut shared.findings);
    let merged = merged.0;
    let (id, version) = (merged.id.value.as_str(), merged.version.value.as_str());
    let root = System { target, facts, element: Element::Descriptor { id, version, tagged: merged.tagged } };
    let mut world = World {
        target,
        facts,
        root_map: &merged.parameters.map,
        root_system: &root,
        id,
        naming: Naming::new(target, None),
        names,
        fallback: Span::start_of(merged.file),
        suggestions: Suggestions::default(),
    };
    let apply = merged.parameters.map.get(APPLY_NAMESPACE);
    let scope = Scope::new(world.root_layers(), Place::ROOT);
    world.naming = Naming::new(target, apply.map(|apply| world.closed(apply, &scope)).as_ref());

    // Each element goes as soon as its successor is there, so that a large descriptor is never held twice.
    let modules = merged.modules.into_iter().enumerate().map(|(at, module)| world.module(at, &module, &mut shared));
    let modules = modules.collect();
    let resources = merged.resources.into_iter().enumerate();
    let resources = resources.map(|(at, resource)| world.resource(at, &resource, &mut shared)).collect();
    let scope = Scope::new(world.root_layers(), Place::ROOT);
    let parameters = Values {
        map: world.map("parameters", &merged.parameters.map, &scope, &mut shared),
        metadata: merged.parameters.metadata.clone(),
        open: merged.parameters.open,
    };
    let filled = Descriptor {
        file: merged.file,
        schema: merged.schema.clone(),
        id: merged.id.clone(),
        version: merged.version.clone(),
        modules,
        resources,
        parameters,
        tagged: merged.tagged,
    };
    names::check_namespace(&filled, &world.naming, &mut shared.findings);
    let named = Named(Arc::new(shared.named));
    Staged::new(Filled { descriptor: Arc::new(filled), named }, shared.findings)
}

/// What is the same for all elements.
struct World<'d> {
    target: &'d Target,
    facts: &'d Facts,
    root_map: &'d Map,
    root_system: &'d System<'d>,
    id: &'d str,
    naming: Naming<'d>,
    names: Names,
    fallback: Span,
    suggestions: Suggestions,
}

impl<'d> World<'d> {
    /// What an element sees: its own parameters, its system parameters, then those of the descriptor.
    fn layers<'a>(&self, own: &'a Map, system: &'a System<'a>) -> Vec<Layer<'a>>
    where
        'd: 'a,
    {
        [&[Layer::Written(own), Layer::System(system)], &self.root_layers()[..]].concat()
    }

    fn root_layers(&self) -> Vec<Layer<'d>> {
        vec![Layer::Written(self.root_map), Layer::System(self.root_system)]
    }

    fn map(&self, section: &'static str, map: &Map, scope: &Scope<'_>, shared: &mut Shared) -> Map {
        if !map.iter().any(|(_, value)| may_have_hole(value, Form::Placeholder)) {
            return map.clone();
        }
        let sight = Placeholders { scope, target: self.target, facts: self.facts, suggestions: &self.suggestions };
        Closer::new(&sight, &scope.place, Missing::Report, self.fallback, shared).map(section, map)
    }

    fn values(&self, section: &'static str, values: &Values, scope: &Scope<'_>, shared: &mut Shared) -> Values {
        Values {
            map: self.map(section, &values.map, scope, shared),
            metadata: values.metadata.clone(),
            open: values.open,
        }
    }

    /// A value alone, with nobody told what is wrong with it: that is reported where it stands.
    fn closed(&self, value: &Value, scope: &Scope<'_>) -> Value {
        let sight = Placeholders { scope, target: self.target, facts: self.facts, suggestions: &self.suggestions };
        Closer::new(&sight, &scope.place, Missing::Report, self.fallback, &mut Shared::default()).value(value)
    }

    fn module(&self, at: usize, module: &Module, shared: &mut Shared) -> Module {
        let name = module.name.value.as_str();
        let has_route_path = module.parameters.map.contains("route-path") || self.root_map.contains("route-path");
        let named = ModuleElement {
            name,
            mta: self.id,
            has_route_path,
            app: self.naming.app(None),
            route: self.naming.route(None),
        };
        let mut system = System { target: self.target, facts: self.facts, element: Element::Module(named) };
        let place = Place::module(at, name);
        let own = module.parameters.map.get(APPLY_NAMESPACE).and_then(|own| {
            let scope = Scope::new(self.layers(&module.parameters.map, &system), place);
            self.closed(own, &scope).as_bool()
        });
        if own.is_some() {
            let (app, route) = (self.naming.app(own), self.naming.route(own));
            system.element = Element::Module(ModuleElement { app, route, ..named });
        }
        // What they become is seen from everywhere. The deploy service corrects addresses after it has closed the parameters
        // (semantics 3.8): what those say of a host, and what the platform makes of it (`default-uri`), still has it as written.
        let (first, then) = match self.target.compat {
            Compat::Documented => (&names::OF_MODULES[..], None),
            Compat::DeployService => (&[names::APP_NAME][..], Some(names::ADDRESSES)),
        };
        let early = self.named(&module.parameters.map, first, own, &system, place, shared);
        let written = early.as_ref().unwrap_or(&module.parameters.map);
        let scope = Scope::new(self.layers(written, &system), place);
        let parameters = self.map("parameters", written, &scope, shared);
        let late = then.and_then(|then| self.named(&parameters, then, own, &system, place, shared));

        // From here on the module's parameters are final. So are its system parameters, which are bound when asked for;
        // what is wrong with them has been reported above, where they stand.
        let final_scope = Scope::new(self.layers(&parameters, &system), place);
        let bound = |name: &str| Some(self.closed(&system.get(name)?, &final_scope));
        let last = late.as_ref().unwrap_or(&parameters);
        let inside = [&[Layer::Written(last), Layer::Bound(&bound)], &self.root_layers()[..]].concat();
        let scope = if late.is_some() { Scope::new(inside.clone(), place) } else { scope };
        let properties = self.values("properties", &module.properties, &scope, shared);

        let requires = self.requires(&module.requires, Siblings::EachOther, &inside, &place, shared);
        let siblings: Vec<&Map> =
            requires.iter().map(|one| &one.parameters.map).filter(|map| !map.is_empty()).collect();
        let mut provides = Vec::with_capacity(module.provides.len());
        for (at, one) in module.provides.iter().enumerate() {
            if ![&one.properties.map, &one.parameters.map].into_iter().any(has_hole) {
                provides.push(one.clone());
                continue;
            }
            let place = place.provided_set(at, one.name.value.as_str());
            let scope = Scope::new(layers(&one.parameters.map, &siblings, &inside), place);
            provides.push(Provides {
                properties: self.values("properties", &one.properties, &scope, shared),
                parameters: self.values("parameters", &one.parameters, &scope, shared),
                ..one.clone()
            });
        }
        let mut hooks = Vec::with_capacity(module.hooks.len());
        for (at, hook) in module.hooks.iter().enumerate() {
            let place = place.hook(at, hook.name.value.as_str());
            let scope = Scope::new(inside.clone(), place);
            hooks.push(Hook {
                parameters: self.map("parameters", &hook.parameters, &scope, shared),
                requires: self.requires(&hook.requires, Siblings::OfModule(&siblings), &inside, &place, shared),
                ..hook.clone()
            });
        }
        let parameters = Values {
            map: late.unwrap_or(parameters),
            metadata: module.parameters.metadata.clone(),
            open: module.parameters.open,
        };
        Module { properties, parameters, requires, provides, hooks, ..outline(module) }
    }

    /// The module's parameters with those of the `wanted` names that its author gave corrected; `None` when nothing had to be.
    /// `own`: whether the module says that it takes the namespace. What stands in the descriptor's own parameters may be
    /// meant as anything, and is left alone.
    fn named(
        &self,
        parameters: &Map,
        wanted: &[&str],
        own: Option<bool>,
        system: &System<'_>,
        place: Place<'_>,
        shared: &mut Shared,
    ) -> Option<Map> {
        if self.names == Names::AsWritten {
            return None;
        }
        let found = wanted.iter().filter_map(|name| parameters.get_key_value(name));
        let subset: Map = found.map(|(key, value)| (key.clone(), value.clone())).collect();
        if subset.is_empty() {
            return None;
        }
        let scope = Scope::new(self.layers(parameters, system), place);
        let closed = self.map("parameters", &subset, &scope, shared);
        let owner = Owner { place, naming: &self.naming, fallback: self.fallback };
        let corrected = names::module(&closed, own, Which::Closed, owner, &mut shared.findings)?;
        let mut named = parameters.clone();
        for (key, value) in corrected.iter().filter(|(key, value)| closed.get(&key.text) != Some(value)) {
            named.insert(key.clone(), value.clone());
        }
        Some(named)
    }

    /// Requirements one after the other. Each sees its own parameters, then those of its siblings, then `outer`.
    fn requires(
        &self,
        list: &[Requires],
        siblings: Siblings<'_>,
        outer: &[Layer<'_>],
        place: &Place<'_>,
        shared: &mut Shared,
    ) -> Vec<Requires> {
        let mut done: Vec<Requires> = Vec::with_capacity(list.len());
        for (at, one) in list.iter().enumerate() {
            let closed = |shared: &mut Shared| {
                let place = place.requirement(at, one.name.value.as_str());
                let behind = list.get(at + 1..).unwrap_or_default();
                let each_other = done.iter().chain(behind).map(|one| &one.parameters.map);
                let siblings: Vec<&Map> = match siblings {
                    Siblings::EachOther => each_other.filter(|map| !map.is_empty()).collect(),
                    Siblings::OfModule(maps) => maps.to_vec(),
                };
                let scope = Scope::new(layers(&one.parameters.map, &siblings, outer), place);
                let parameters = self.values("parameters", &one.parameters, &scope, shared);
                let scope = Scope::new(layers(&parameters.map, &siblings, outer), place);
                let properties = self.values("properties", &one.properties, &scope, shared);
                Requires { properties, parameters, ..one.clone() }
            };
            let has_hole = [&one.properties.map, &one.parameters.map].into_iter().any(has_hole);
            let next = if has_hole { closed(shared) } else { one.clone() };
            done.push(next);
        }
        done
    }

    /// A resource's own `requires` are never filled: `${…}` stays there as text.
    fn resource(&self, at: usize, resource: &Resource, shared: &mut Shared) -> Resource {
        let name = resource.name.value.as_str();
        let place = Place::resource(at, name);
        let element = |own| Element::Resource { name, service: self.naming.service(own) };
        let mut system = System { target: self.target, facts: self.facts, element: element(None) };
        if let Some(own) = resource.parameters.map.get(APPLY_NAMESPACE) {
            let scope = Scope::new(self.layers(&resource.parameters.map, &system), place);
            let own = self.closed(own, &scope).as_bool();
            system.element = element(own);
        }
        let written = self.service_name(&resource.parameters.map, &system, place, shared);
        let written = written.as_ref().unwrap_or(&resource.parameters.map);
        let scope = Scope::new(self.layers(written, &system), place);
        Resource {
            properties: self.values("properties", &resource.properties, &scope, shared),
            parameters: Values {
                map: self.map("parameters", written, &scope, shared),
                metadata: resource.parameters.metadata.clone(),
                open: resource.parameters.open,
            },
            ..resource.clone()
        }
    }

    /// The resource's parameters with the corrected name of its service; `None` when there was nothing to correct. The deploy
    /// service corrects it before anything else, so who looks sees the corrected one under either compatibility.
    fn service_name(
        &self,
        parameters: &Map,
        system: &System<'_>,
        place: Place<'_>,
        shared: &mut Shared,
    ) -> Option<Map> {
        let name = parameters.get_key_value(names::SERVICE_NAME).filter(|_| self.names == Names::Corrected)?;
        let scope = Scope::new(self.layers(parameters, system), place);
        let alone = [(name.0.clone(), name.1.clone())].into_iter().collect();
        let closed = self.map("parameters", &alone, &scope, shared);
        let Element::Resource { service, .. } = system.element else { return None };
        let owner = Owner { place, naming: &self.naming, fallback: self.fallback };
        let corrected = names::resource(&closed, service, Which::Closed, owner, &mut shared.findings)?;
        let mut named = parameters.clone();
        named.insert(name.0.clone(), corrected);
        Some(named)
    }
}

/// Whose parameters a requirement sees besides its own.
#[derive(Clone, Copy)]
enum Siblings<'m> {
    /// Those of the same list: finished ones before it, as written behind it.
    EachOther,
    /// A hook's requirements see those of the module's.
    OfModule(&'m [&'m Map]),
}

fn layers<'m>(own: &'m Map, siblings: &[&'m Map], outer: &[Layer<'m>]) -> Vec<Layer<'m>> {
    [own].into_iter().chain(siblings.iter().copied()).map(Layer::Written).chain(outer.iter().copied()).collect()
}

/// A module without what `fill` closes.
fn outline(module: &Module) -> Module {
    Module {
        span: module.span,
        name: module.name.clone(),
        kind: module.kind.clone(),
        description: module.description.clone(),
        path: module.path.clone(),
        deployed_after: module.deployed_after.clone(),
        properties: Values::default(),
        parameters: Values::default(),
        requires: Vec::new(),
        provides: Vec::new(),
        hooks: Vec::new(),
    }
}

fn has_hole(map: &Map) -> bool {
    map.iter().any(|(_, value)| may_have_hole(value, Form::Placeholder))
}

/// What a placeholder sees from one place.
struct Placeholders<'a> {
    scope: &'a Scope<'a>,
    target: &'a Target,
    facts: &'a Facts,
    suggestions: &'a Suggestions,
}

impl Placeholders<'_> {
    fn plural_of(&self, name: &str) -> Option<&str> {
        self.target.plural_parameters.iter().find(|(singular, _)| singular == name).map(|(_, plural)| plural.as_str())
    }

    /// The value of this name, and the way further into it: the first of several stands for a singular.
    fn lookup(&self, name: &str) -> Option<(Value, Option<String>)> {
        let plural = self.plural_of(name);
        let value = self.scope.find(name, plural).map(|value| (value, None));
        value.or_else(|| Some((self.scope.find_plural(plural?)?.clone(), Some("0".into()))))
    }
}

impl Sight for Placeholders<'_> {
    fn form(&self) -> Form {
        Form::Placeholder
    }

    /// The key as it is written first, since it may hold slashes; then as a path (semantics 3.6).
    fn find(&self, hole: &Hole<'_>, asking: &dyn Fn(&str) -> bool) -> Seen {
        let is_path = hole.key.contains('/');
        if let Some((value, inside)) = self.lookup(hole.key).filter(|(value, _)| !value.is_null() || !is_path) {
            return Seen::Value(value, inside.into_iter().collect());
        }
        if self.target.dynamic_parameters.iter().any(|name| name == hole.key) {
            return Seen::Marker(format!("{{ds/{}/{}}}", self.scope.place.marker(), hole.key));
        }
        // A parameter of that very name would have been found above: what somebody wrote wins.
        if let Some(ask) = Ask::read(hole.key) {
            return supply::seen(&ask, hole, &self.facts.supplies);
        }
        let mut segments = hole.key.split('/').filter(|segment| !segment.is_empty());
        if let Some((value, inside)) = segments.next().and_then(|first| self.lookup(first)) {
            return Seen::Value(value, inside.into_iter().chain(segments.map(Into::into)).collect());
        }
        Seen::Absent(self.absence(hole, asking))
    }

    /// Nobody logs in to a container engine.
    fn remark(&self, hole: &Hole<'_>) -> Option<Absence> {
        let is_login = matches!(hole.key, "authorization-url" | "xs-auth-url");
        let is_the_platforms = is_login && !self.scope.written().any(|map| map.contains(hole.key));
        is_the_platforms.then(|| Absence {
            code: &finding::NO_EFFECT,
            severity: Severity::Warning,
            message: format!("`{}` is an empty text, because a container engine has no such address", hole.written),
            help: Some("Take it from a parameter of your own, with the address of your login server.".into()),
            related: Vec::new(),
            remedy: None,
        })
    }

    fn cycle_code(&self) -> &'static Code {
        &finding::PLACEHOLDER_CYCLE
    }
}

impl Placeholders<'_> {
    fn absence(&self, hole: &Hole<'_>, asking: &dyn Fn(&str) -> bool) -> Absence {
        if let Some(absence) = Absence::of_malformed(hole) {
            return absence;
        }
        if let Some(why) = elsewhere(hole.key) {
            return Absence {
                code: &finding::UNRESOLVED_PLACEHOLDER,
                severity: Severity::Error,
                message: format!("Nothing gives a value to `{}` here", hole.written),
                help: Some(why),
                related: Vec::new(),
                remedy: None,
            };
        }
        if let Some((key, _)) = hole.key.split_once(":-") {
            return Absence {
                code: &finding::UNRESOLVED_PLACEHOLDER,
                severity: Severity::Error,
                message: format!(
                    "Nothing gives a value to `{}`: a placeholder has no default as in a shell",
                    hole.written
                ),
                help: Some(format!(
                    "Declare `{key}` in `parameters` and write `${{{key}}}`, or write `\\{}` for the text itself.",
                    hole.written
                )),
                related: Vec::new(),
                remedy: None,
            };
        }
        let others = self.scope.names().filter(|name| !asking(name));
        let near = self.suggestions.nearest(hole.key, others).filter(|near| !self.leads_to(near, asking));
        Absence {
            code: &finding::UNRESOLVED_PLACEHOLDER,
            severity: Severity::Error,
            message: format!("Nothing gives a value to `{}`", hole.written),
            help: Some(match near {
                Some(near) => format!("Did you mean `${{{near}}}`?"),
                None => format!(
                    "Declare a parameter `{}` here or in the descriptor's `parameters`, or write `\\{}` for the text itself.",
                    hole.key, hole.written
                ),
            }),
            related: Vec::new(),
            remedy: near.map(|near| Remedy::Instead(format!("${{{near}}}"))),
        }
    }
}

impl Placeholders<'_> {
    /// Whether a parameter's value asks, directly or through others, for one that is asking: that would be a ring.
    fn leads_to(&self, name: &str, asking: &dyn Fn(&str) -> bool) -> bool {
        let mut seen = HashSet::from([name.to_owned()]);
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            let Some((value, _)) = self.lookup(&name) else { continue };
            placeholders(&value, &mut |key| {
                let first = key.split('/').next().unwrap_or(key);
                if seen.insert(first.to_owned()) {
                    open.push(first.to_owned());
                }
            });
        }
        seen.iter().any(|name| asking(name))
    }
}

/// Visits the keys of all placeholders in a value.
fn placeholders(value: &Value, visit: &mut dyn FnMut(&str)) {
    match &value.kind {
        Kind::Text(text) => {
            for piece in crate::text::pieces(text, Form::Placeholder).iter().flatten() {
                if let Piece::Hole(hole) = piece {
                    visit(hole.key);
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| placeholders(item, visit)),
        Kind::Map(map) => map.iter().for_each(|(_, item)| placeholders(item, visit)),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => {}
    }
}

/// Why a parameter that the deploy service has may be absent here (parameters reference, section 7).
fn elsewhere(name: &str) -> Option<String> {
    match name {
        "default-idle-domain"
        | "default-idle-host"
        | "default-idle-uri"
        | "default-idle-url"
        | "idle-host"
        | "idle-domain" => {
            let live = name.replacen("idle-", "", 1);
            Some(format!(
                "It exists only in the test phase of a blue-green deployment, and this is none. `${{{live}}}` is the one that stays."
            ))
        }
        "developer-api-host" => Some(
            "It is the target's: write `developer-api-host: https://shop.example.org:443` in its file, or a parameter of that name here."
                .into(),
        ),
        "region-domain" | "region-primary-domain" => Some(
            "A container engine has no region. Give it a value in the `parameters` of the target or of the descriptor."
                .into(),
        ),
        _ => None,
    }
}

/// Parameters that only the platform may set (parameters reference, section 8). What the target itself says may stay.
fn check_read_only(merged: &Merged, target: &Target) -> Findings {
    let mut findings = Findings::default();
    let mut check = |map: &Map, names: &[&str], place: &Place<'_>, defaults: Option<&Map>| {
        for name in names {
            let Some((key, value)) = map.get_key_value(name) else { continue };
            let from_target = defaults.and_then(|defaults| defaults.get(name)).and_then(Value::span);
            if from_target.is_some() && from_target == value.span() {
                continue;
            }
            let at = key.span.or(value.span()).unwrap_or(Span::start_of(merged.file));
            let message = format!("`{name}` of {} is given by the target and should not be set", place.words());
            findings.push(
                Finding::new(&finding::READ_ONLY_PARAMETER, at, message)
                    .path(place.key_path("parameters", name))
                    .help(format!("Take it out, or use another name; `${{{name}}}` may be referred to.")),
            );
        }
    };
    check(&merged.parameters.map, system::READ_ONLY_DESCRIPTOR, &Place::ROOT, Some(&target.parameters));
    for (at, module) in merged.modules.iter().enumerate() {
        let defaults = target.module_type(&module.kind.value).map(|defaults| &defaults.parameters);
        let place = Place::module(at, module.name.value.as_str());
        check(&module.parameters.map, system::READ_ONLY_MODULE, &place, defaults);
    }
    for (at, resource) in merged.resources.iter().enumerate() {
        let kind = resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
        let defaults = target.resource_type(kind).map(|defaults| &defaults.parameters);
        let place = Place::resource(at, resource.name.value.as_str());
        check(&resource.parameters.map, system::READ_ONLY_RESOURCE, &place, defaults);
    }
    findings
}

/// A parameter that stands for several values (`hosts`) must be a list, even when nothing asks for it (semantics 3.7).
fn check_plurals(merged: &Merged, target: &Target, findings: &mut Findings) {
    let mut check = |map: &Map, place: &Place<'_>| {
        for (_, plural) in &target.plural_parameters {
            let Some(value) = map.get(plural) else { continue };
            let is_hole = matches!(&value.kind, Kind::Text(text) if crate::text::has_hole(text, Form::Placeholder));
            if matches!(value.kind, Kind::List(_) | Kind::Null) || is_hole {
                continue;
            }
            let at = value.span().unwrap_or(Span::start_of(merged.file));
            let message = format!("`{plural}` of {} must be a list, and is {}", place.words(), value.kind_name());
            let shown = value.as_text().filter(|_| !value.holds_secret()).unwrap_or("…");
            findings.push(
                Finding::new(&finding::BAD_PARAMETER_VALUE, at, message)
                    .path(place.key_path("parameters", plural))
                    .help(format!("Write it as a list: `{plural}: [{shown}]`.")),
            );
        }
    };
    check(&merged.parameters.map, &Place::ROOT);
    for (at, module) in merged.modules.iter().enumerate() {
        let own = Place::module(at, module.name.value.as_str());
        check(&module.parameters.map, &own);
        for (at, one) in module.requires.iter().enumerate() {
            check(&one.parameters.map, &own.requirement(at, one.name.value.as_str()));
        }
        for (at, one) in module.provides.iter().enumerate() {
            check(&one.parameters.map, &own.provided_set(at, one.name.value.as_str()));
        }
        for (at, hook) in module.hooks.iter().enumerate() {
            let hook_place = own.hook(at, hook.name.value.as_str());
            for (at, one) in hook.requires.iter().enumerate() {
                check(&one.parameters.map, &hook_place.requirement(at, one.name.value.as_str()));
            }
        }
    }
    for (at, resource) in merged.resources.iter().enumerate() {
        check(&resource.parameters.map, &Place::resource(at, resource.name.value.as_str()));
    }
}
