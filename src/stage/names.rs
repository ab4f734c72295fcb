//! Corrects the names and addresses that authors wrote, and tells each correction (reference `parameters.md`, section 9).
//!
//! A value is corrected as soon as nothing in it is open: most of them while placeholders are closed, those with a reference
//! once references are bound. What is still unusable then is an error.

use super::close::may_have_hole;
use super::correct::{self, RouteForm};
use super::namespace::{APPLY_NAMESPACE, Affix, Naming};
use super::scope::Place;
use crate::descriptor::Descriptor;
use crate::finding::{self, BAD_ROUTE, Finding, Findings, Fix, NAME_CORRECTED, NO_EFFECT, Severity};
use crate::source::Span;
use crate::text::{self, Form};
use crate::tree::{Key, Kind, Map, Origin, Value};

/// Lists of routes, and the key that holds the route in an element.
const ROUTES: [(&str, &str); 2] = [("routes", "route"), ("idle-routes", "idle-route")];

/// The parameters of modules that are corrected: the name of the application, then addresses.
pub static OF_MODULES: [&str; 11] = [
    APP_NAME,
    "host",
    "hosts",
    "idle-host",
    "idle-hosts",
    "domain",
    "domains",
    "idle-domain",
    "idle-domains",
    "routes",
    "idle-routes",
];
pub const APP_NAME: &str = "app-name";
pub static ADDRESSES: &[&str] = OF_MODULES.split_at(1).1;

/// The parameter of resources that is corrected.
pub const SERVICE_NAME: &str = "service-name";

/// Whose names these are, and where to point when a value has no place of its own.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    pub place: Place<'a>,
    pub naming: &'a Naming<'a>,
    pub fallback: Span,
}

/// Which of the parameters are to be corrected.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    /// Those without an open reference.
    Closed,
    /// Those that had an open reference in this map and have none now: the others have been corrected before.
    ClosedSince(&'a Map),
}

impl Which<'_> {
    fn includes(self, name: &str, value: &Value) -> bool {
        match self {
            Which::Closed => !may_have_hole(value, Form::Qualified),
            Which::ClosedSince(before) => {
                before.get(name).is_some_and(|value| may_have_hole(value, Form::Qualified)) && !is_open(value)
            }
        }
    }
}

/// Whether a reference is still to be bound. `~{name}` alone is none here, and stays as text.
fn is_open(value: &Value) -> bool {
    match &value.kind {
        Kind::Text(text) => text::has_hole(text, Form::Qualified),
        Kind::List(items) => items.iter().any(is_open),
        Kind::Map(map) => map.iter().any(|(_, item)| is_open(item)),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => false,
    }
}

/// The parameters of a module, corrected; `None` when nothing had to be. `own`: whether the module says that it takes the
/// namespace.
pub fn module(
    parameters: &Map,
    own: Option<bool>,
    which: Which<'_>,
    owner: Owner<'_>,
    findings: &mut Findings,
) -> Option<Map> {
    let (app, route) = (owner.naming.app(own), owner.naming.route(own));
    let mut corrected: Option<Map> = None;
    for name in OF_MODULES {
        let found = parameters.get_key_value(name).filter(|(_, value)| which.includes(name, value));
        let Some((key, value)) = found else { continue };
        let subject = Subject { owner, name, path: owner.place.key_path("parameters", name), key };
        let new = match name.trim_start_matches("idle-") {
            "routes" => routes(value, own, &subject, findings),
            "host" | "hosts" => texts(value, Named::Host(route), &subject, findings),
            "domain" | "domains" => texts(value, Named::Domain, &subject, findings),
            _ => texts(value, Named::App(app), &subject, findings),
        };
        if let Some(new) = new {
            corrected.get_or_insert_with(|| parameters.clone()).insert(key.clone(), new);
        }
    }
    corrected
}

/// The service name among the parameters of a resource, corrected; `None` when it did not have to be.
pub fn resource(
    parameters: &Map,
    affix: Option<Affix<'_>>,
    which: Which<'_>,
    owner: Owner<'_>,
    findings: &mut Findings,
) -> Option<Value> {
    let (key, value) =
        parameters.get_key_value(SERVICE_NAME).filter(|(_, value)| which.includes(SERVICE_NAME, value))?;
    let path = owner.place.key_path("parameters", SERVICE_NAME);
    texts(value, Named::Service(affix), &Subject { owner, name: SERVICE_NAME, path, key }, findings)
}

/// What kind of name a text is, and what goes on it.
#[derive(Clone, Copy)]
enum Named<'n> {
    Host(Option<Affix<'n>>),
    Domain,
    Route(RouteForm, Option<Affix<'n>>),
    App(Option<Affix<'n>>),
    Service(Option<Affix<'n>>),
}

impl Named<'_> {
    fn corrected(self, text: &str) -> Result<String, &'static str> {
        match self {
            Named::Host(affix) => {
                correct::host(text, affix).ok_or("has no letter or digit that a host could be made of")
            }
            Named::Domain => correct::domain(text).ok_or("has no letter or digit that a domain could be made of"),
            Named::Route(form, affix) => correct::route(text, form, affix),
            Named::App(affix) => Ok(correct::name(text, affix, correct::LONGEST_APP_NAME)),
            Named::Service(affix) => Ok(correct::name(text, affix, correct::LONGEST_SERVICE_NAME)),
        }
    }

    /// The same without a namespace.
    fn alone(self) -> Named<'static> {
        match self {
            Named::Host(_) => Named::Host(None),
            Named::Domain => Named::Domain,
            Named::Route(form, _) => Named::Route(form, None),
            Named::App(_) => Named::App(None),
            Named::Service(_) => Named::Service(None),
        }
    }

    /// What such a name is like, as the middle of a sentence.
    fn rule(self) -> &'static str {
        match self {
            Named::Host(_) => "a host is made of `a-z`, `0-9` and inner `-`, at most 63 of them",
            Named::Domain => "a domain is made of `a-z`, `0-9`, `.` and inner `-`, at most 253 of them",
            Named::Route(..) => {
                "a route is `host.domain/path` without a protocol, of `a-z`, `0-9` and inner `-`, at most 63 of them in the host"
            }
            Named::App(_) => "the name of an application has at most 1024 characters",
            Named::Service(_) => "the name of a service has at most 50 characters",
        }
    }

    fn is_address(self) -> bool {
        matches!(self, Named::Host(_) | Named::Domain | Named::Route(..))
    }
}

/// A parameter, for messages.
struct Subject<'a> {
    owner: Owner<'a>,
    /// `host`, `routes[0].route`
    name: &'a str,
    path: String,
    key: &'a Key,
}

impl Subject<'_> {
    fn inside<'a>(&'a self, name: &'a str, path: String) -> Subject<'a> {
        Subject { name, path, ..*self }
    }

    fn at(&self, value: &Value) -> Span {
        value.span().or(self.key.span).unwrap_or(self.owner.fallback)
    }

    fn finding(&self, code: &'static finding::Code, value: &Value, message: String) -> Finding {
        Finding::new(code, self.at(value), message).path(self.path.clone())
    }
}

/// A text, or each text of a list.
fn texts(value: &Value, kind: Named<'_>, subject: &Subject<'_>, findings: &mut Findings) -> Option<Value> {
    let Some(items) = value.as_list() else { return one(value, kind, subject, findings) };
    let mut corrected: Option<Vec<Value>> = None;
    for (at, item) in items.iter().enumerate() {
        let subject = subject.inside(subject.name, format!("{}[{at}]", subject.path));
        if let Some(new) = one(item, kind, &subject, findings) {
            corrected.get_or_insert_with(|| items.to_vec())[at] = new;
        }
    }
    corrected.map(|items| Value::list(items, value.origin.clone()).secret(value.secrecy))
}

/// Values known only while deploying are markers until then, and no place for a correction. What is no text is reported by
/// whoever reads the parameter.
fn one(value: &Value, kind: Named<'_>, subject: &Subject<'_>, findings: &mut Findings) -> Option<Value> {
    let text = value.as_text().filter(|text| !text.contains("{ds/"))?;
    let shown = |text: &str| if value.holds_secret() { "…".to_owned() } else { text.to_owned() };
    let what = format!("`{}` of {}", subject.name, subject.owner.place.words());
    let corrected = match kind.corrected(text) {
        Ok(corrected) if corrected == text => return None,
        Ok(corrected) => corrected,
        Err(why) => {
            let message = format!("{what} is `{}`, which {why}.", shown(text));
            let help = match kind {
                Named::Route(..) => "Write `host.domain`, or `no-hostname: true` beside a domain alone.",
                _ => "Write one with letters or digits.",
            };
            findings.push(subject.finding(&BAD_ROUTE, value, message).help(help));
            return None;
        }
    };
    let (is, becomes) = (shown(text), shown(&corrected));
    findings.push(match (kind.alone().corrected(text), subject.owner.naming.namespace()) {
        (Ok(alone), Some(namespace)) if alone == text => {
            let message = format!("{what} is `{is}`; with the namespace `{namespace}` it becomes `{becomes}`.");
            let help = "`apply-namespace: false` keeps a name as it is written.";
            subject.finding(&NAME_CORRECTED, value, message).help(help)
        }
        (alone, _) => {
            let message = format!("{what} is `{is}`; {}, so it becomes `{becomes}`.", kind.rule());
            let mut finding = if kind.is_address() {
                Finding { severity: Severity::Warning, ..subject.finding(&BAD_ROUTE, value, message) }
            } else {
                subject.finding(&NAME_CORRECTED, value, message)
            };
            let written = matches!(value.origin, Origin::Written(_)) && kind.is_address() && !value.holds_secret();
            if let (Ok(alone), Origin::Written(at), true) = (alone, &value.origin, written) {
                finding = finding.help(format!("Write `{alone}`.")).fix(Fix::replace(*at, alone));
            }
            finding
        }
    });
    Some(Value { kind: Kind::Text(corrected.into()), ..value.clone() })
}

/// The elements of `routes`: each `route` part by part. What is no map is reported by whoever reads the parameter.
fn routes(value: &Value, own: Option<bool>, subject: &Subject<'_>, findings: &mut Findings) -> Option<Value> {
    let (_, key) = ROUTES.into_iter().find(|(list, _)| *list == subject.name)?;
    let items = value.as_list()?;
    let mut corrected: Option<Vec<Value>> = None;
    for (at, item) in items.iter().enumerate() {
        let Some(map) = item.as_map() else { continue };
        let flag = |key: &str| map.get(key).and_then(Value::as_bool);
        let form = if flag("no-hostname") == Some(true) { RouteForm::Bare } else { RouteForm::Hosted };
        let affix = subject.owner.naming.route(flag(APPLY_NAMESPACE).or(own));
        let name = format!("{}[{at}].{key}", subject.name);
        let path = format!("{}[{at}].{key}", subject.path);
        let Some((key, route)) = map.get_key_value(key) else { continue };
        let inside = Subject { key, ..subject.inside(&name, path) };
        if let Some(route) = one(route, Named::Route(form, affix), &inside, findings) {
            let mut map = map.clone();
            map.insert(key.clone(), route);
            let item = Value::map(map, item.origin.clone()).secret(item.secrecy);
            corrected.get_or_insert_with(|| items.to_vec())[at] = item;
        }
    }
    corrected.map(|items| Value::list(items, value.origin.clone()).secret(value.secrecy))
}

/// Whoever says `apply-namespace` is told when there is no namespace to apply: once, at the first place.
pub fn check_namespace(descriptor: &Descriptor, naming: &Naming<'_>, findings: &mut Findings) {
    if naming.namespace().is_some() {
        return;
    }
    let fallback = Span::start_of(descriptor.file);
    let mut given: Vec<Span> = Vec::new();
    let mut note = |map: &Map| {
        let found = map.get_key_value(APPLY_NAMESPACE).filter(|(_, value)| !value.is_null());
        given.extend(found.map(|(key, value)| key.span.or(value.span()).unwrap_or(fallback)));
    };
    note(&descriptor.parameters.map);
    for module in &descriptor.modules {
        note(&module.parameters.map);
        let routes = ROUTES.iter().filter_map(|(list, _)| module.parameters.map.get(list)?.as_list());
        routes.flatten().filter_map(Value::as_map).for_each(&mut note);
    }
    descriptor.resources.iter().for_each(|resource| note(&resource.parameters.map));
    let Some((first, others)) = given.split_first() else { return };
    let more = match others.len() {
        0 => String::new(),
        1 => " It is set at one more place.".to_owned(),
        more => format!(" It is set at {more} more places."),
    };
    let message = format!("`{APPLY_NAMESPACE}` counts only with a namespace, and there is none.{more}");
    let finding = Finding::new(&NO_EFFECT, *first, message).help("`--namespace NAME` deploys under one.");
    findings.push(Finding { severity: Severity::Warning, ..finding });
}
