//! System parameters: what the platform, not the author, gives a value (reference `parameters.md`, section 7).
//!
//! They lie below the author's values of the same element, and read-only ones may not be set at all. Nothing is computed
//! before it is asked for: a descriptor of ten thousand modules asks for few of them.

use super::correct;
use super::namespace::Affix;
use crate::descriptor::Tagged;
use crate::target::{Facts, Space, Target};
use crate::text::{self, Form, Piece};
use crate::tree::{Built, Kind, Origin, Secrecy, Value};

/// The system parameters of one element.
pub struct System<'d> {
    pub target: &'d Target,
    pub facts: &'d Facts,
    pub element: Element<'d>,
}

#[derive(Clone, Copy)]
pub enum Element<'d> {
    Descriptor {
        id: &'d str,
        version: &'d str,
        tagged: Tagged,
    },
    Module(ModuleElement<'d>),
    /// `service`: what goes on the name of the service.
    Resource {
        name: &'d str,
        service: Option<Affix<'d>>,
    },
}

/// A module, and what decides its names.
#[derive(Clone, Copy)]
pub struct ModuleElement<'d> {
    pub name: &'d str,
    /// ID of the application.
    pub mta: &'d str,
    pub has_route_path: bool,
    /// What goes on the name of the application.
    pub app: Option<Affix<'d>>,
    /// What goes on its hosts.
    pub route: Option<Affix<'d>>,
}

pub const DESCRIPTOR: &[&str] = &[
    "org",
    "space",
    "org-guid",
    "space-guid",
    "user",
    "default-domain",
    "controller-url",
    "xs-api-url",
    "authorization-url",
    "xs-auth-url",
    "deploy-url",
    "xs-type",
    "deploy-target",
    "timestamp",
    "mta-id",
    "mta-version",
    "developer-api-host",
];
pub const MODULE: &[&str] = &[
    "protocol",
    "default-host",
    "default-live-host",
    "host",
    "domain",
    "default-uri",
    "default-url",
    "default-live-uri",
    "default-live-url",
    "default-live-domain",
    "default-app-name",
    "default-live-app-name",
    "app-name",
    "default-instances",
    "instances",
    "generated-user",
    "generated-password",
];
pub const RESOURCE: &[&str] = &[
    "default-service-name",
    "service-name",
    "default-container-name",
    "default-xsappname",
    "generated-user",
    "generated-password",
];

/// May be referred to, not set (parameters reference, section 8).
pub const READ_ONLY_DESCRIPTOR: &[&str] = &[
    "authorization-url",
    "controller-url",
    "default-domain",
    "default-idle-domain",
    "org",
    "org-guid",
    "space",
    "space-guid",
    "user",
    "xs-type",
    "timestamp",
];
pub const READ_ONLY_MODULE: &[&str] = &[
    "default-domain",
    "default-idle-domain",
    "default-host",
    "protocol",
    "generated-user",
    "generated-password",
    "default-uri",
    "default-url",
    "default-idle-host",
    "default-idle-uri",
    "default-idle-url",
    "default-app-name",
    "default-instances",
    "default-live-url",
    "default-live-host",
    "default-live-app-name",
    "default-live-uri",
    "default-live-domain",
];
pub const READ_ONLY_RESOURCE: &[&str] =
    &["default-container-name", "default-xsappname", "generated-user", "generated-password", "default-service-name"];

impl<'d> System<'d> {
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = match self.element {
            Element::Descriptor { .. } => DESCRIPTOR,
            Element::Module(_) => MODULE,
            Element::Resource { .. } => RESOURCE,
        };
        // What the target does not say is no name to be meant.
        let says_api = self.target.developer_api_host.is_some();
        names.iter().copied().filter(move |name| says_api || *name != "developer-api-host")
    }

    /// The value, which may itself hold placeholders that are searched in the scope of the place that asked.
    pub fn get(&self, name: &str) -> Option<Value> {
        let value = match self.element {
            Element::Descriptor { id, version, .. } => self.descriptor(name, id, version),
            Element::Module(module) => self.module(name, module),
            Element::Resource { name: resource, service } => self.resource(name, resource, service),
        }?;
        let origin = Origin::built(Built::System { name: name.into(), owner: self.owner() });
        Some(match value {
            Answer::Text(text) => Value::text(text, origin).secret(self.secrecy(name)),
            Answer::Number(number) => Value::new(Kind::Int(number), origin),
            Answer::Credential(text) => Value::text(text, origin).secret(Secrecy::Secret),
        })
    }

    fn secrecy(&self, name: &str) -> Secrecy {
        match (self.element, name) {
            (Element::Descriptor { tagged, .. }, "mta-id") => tagged.id,
            (Element::Descriptor { tagged, .. }, "mta-version") => tagged.version,
            _ => Secrecy::Open,
        }
    }

    fn owner(&self) -> String {
        match self.element {
            Element::Descriptor { .. } => "the target".into(),
            Element::Module(ModuleElement { name, .. }) => format!("module `{name}`"),
            Element::Resource { name, .. } => format!("resource `{name}`"),
        }
    }

    fn descriptor(&self, name: &str, id: &str, version: &str) -> Option<Answer> {
        let space = &self.target.space;
        Some(Answer::Text(match name {
            "org" => space.org.clone(),
            "space" => space.space.clone(),
            "org-guid" => guid(&space.org),
            "space-guid" => guid(&space.to_string()),
            "user" => self.facts.user.clone(),
            "default-domain" => self.target.default_domain.clone(),
            "controller-url" | "xs-api-url" | "deploy-url" => self.facts.engine_url.clone(),
            "authorization-url" | "xs-auth-url" => String::new(),
            "xs-type" => "CF".into(),
            "deploy-target" => format!("{} {}", space.org, space.space),
            "timestamp" => self.facts.timestamp.clone(),
            "mta-id" => id.into(),
            "mta-version" => version.into(),
            // Only where the target says one; else it is a name like any other.
            "developer-api-host" => self.target.developer_api_host.clone()?,
            _ => return None,
        }))
    }

    fn module(&self, name: &str, of: ModuleElement<'_>) -> Option<Answer> {
        let ModuleElement { name: module, has_route_path, app, route, .. } = of;
        let path = if has_route_path { "${route-path}" } else { "" };
        Some(Answer::Text(match name {
            "protocol" => self.target.protocol.clone(),
            "default-host" | "default-live-host" => default_host(self.target, of.mta, module, route),
            "host" => "${default-host}".into(),
            "domain" => "${default-domain}".into(),
            "default-uri" => format!("${{host}}.${{domain}}{path}"),
            "default-url" => "${protocol}://${default-uri}".into(),
            "default-live-uri" => format!("${{default-live-host}}.${{domain}}{path}"),
            "default-live-url" => "${protocol}://${default-live-uri}".into(),
            "default-live-domain" => self.target.default_domain.clone(),
            "default-app-name" | "default-live-app-name" => module.into(),
            "app-name" => match app {
                Some(_) => correct::name(module, app, correct::LONGEST_APP_NAME),
                None => "${default-app-name}".into(),
            },
            "default-instances" => return Some(Answer::Number(1)),
            "instances" => "${default-instances}".into(),
            "generated-user" | "generated-password" => return Some(self.credential(&format!("module/{module}"), name)),
            _ => return None,
        }))
    }

    fn resource(&self, name: &str, resource: &str, service: Option<Affix<'_>>) -> Option<Answer> {
        Some(Answer::Text(match name {
            "default-service-name" => resource.into(),
            // What is too long is shortened here: `${default-service-name}` itself stays whole.
            "service-name" => match correct::name(resource, service, correct::LONGEST_SERVICE_NAME) {
                name if name == resource => "${default-service-name}".into(),
                name => name,
            },
            "default-container-name" => correct::container_name(&self.target.space, resource),
            "default-xsappname" => correct::xsappname(resource),
            "generated-user" | "generated-password" => {
                return Some(self.credential(&format!("resource/{resource}"), name));
            }
            _ => return None,
        }))
    }

    fn credential(&self, owner: &str, what: &str) -> Answer {
        Answer::Credential(self.facts.generated.credential(owner, what))
    }
}

enum Answer {
    Text(String),
    Number(i64),
    Credential(String),
}

/// A stable guid for a name: version 5 under windlass's own name space.
fn guid(name: &str) -> String {
    const NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6f1d_2c6e_9a0b_5b57_8f3e_77a1_6e64_6c61);
    uuid::Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}

/// The host of a module that names none: as the target's template says, corrected. `affix` goes on it.
pub fn default_host(target: &Target, mta: &str, module: &str, affix: Option<Affix<'_>>) -> String {
    let Space { org, space } = &target.space;
    let template = target.host_template.as_deref().unwrap_or("${org}-${space}-${module}");
    let pieces = text::pieces(template, Form::Placeholder).unwrap_or_default();
    let part = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => (*text).to_owned(),
        Piece::Hole(hole) => match hole.key {
            "org" => org.clone(),
            "space" => space.clone(),
            "mta-id" => mta.to_owned(),
            "module" => module.to_owned(),
            _ => hole.written.to_owned(),
        },
    };
    let whole: String = pieces.iter().map(part).collect();
    correct::host(&whole, affix).unwrap_or_default()
}
