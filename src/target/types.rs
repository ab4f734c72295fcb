//! Module types and resource types: values underneath every module or resource of a type.
//!
//! No image stands in the built-in types: no registry can be assumed, and an image that happens to have the right language in it
//! does not hold the application. What is built in is only what is true on any container engine.

use crate::tree::{Built, Key, Kind, Map, Origin, Value};

/// Values merged under every module (or resource) of a type.
#[derive(Clone, Debug)]
pub struct TypeDefaults {
    pub name: String,
    pub properties: Map,
    pub parameters: Map,
}

/// The types of one kind that a target knows.
#[derive(Clone, Debug)]
pub struct Types {
    pub list: Vec<TypeDefaults>,
    pub others: Others,
}

/// What a type is that is not in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// An error: the target's author has listed what there is.
    Refused,
    /// Usable, without values of its own.
    Usable,
}

impl Types {
    pub fn get(&self, name: &str) -> Option<&TypeDefaults> {
        self.list.iter().find(|defaults| defaults.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|defaults| defaults.name.as_str())
    }

    /// These types, and those built in that are not among them.
    pub fn over(self, built_in: &Types) -> Types {
        let others = built_in.list.iter().filter(|defaults| self.get(&defaults.name).is_none());
        Types { list: self.list.iter().chain(others).cloned().collect(), others: built_in.others }
    }
}

/// A type that is built in: its name, its parameters, and what the reference page says of it.
#[derive(Debug)]
pub struct BuiltIn {
    pub name: &'static str,
    /// What a resource of this type is, in the words of the parameter `type`; of module types, nothing.
    pub meaning: &'static str,
    pub parameters: &'static [(&'static str, Preset)],
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub enum Preset {
    Flag(bool),
    Text(&'static str),
}

use Preset::{Flag, Text};

const APPLICATION: &str = "an application that serves: its port is published, and it is up when it accepts connections";

/// A deployer listens to nothing.
const DEPLOYER: &[(&str, Preset)] = &[("no-route", Flag(true)), ("health-check-type", Text("process"))];
const DATABASE: &str = "brings tables into a database: no published port, up as long as it runs";
const CONTENT: &str =
    "hands content to a service of the platform; where there is none, leave it out with `skip-deploy: true`";

const fn module(name: &'static str, parameters: &'static [(&'static str, Preset)], about: &'static str) -> BuiltIn {
    BuiltIn { name, meaning: "", parameters, about }
}

/// In the order of the reference page.
pub static MODULE_TYPES: &[BuiltIn] = &[
    module("application", &[], APPLICATION),
    module("custom", &[], APPLICATION),
    module("nodejs", &[], APPLICATION),
    module("javascript.nodejs", &[], APPLICATION),
    module("approuter.nodejs", &[], APPLICATION),
    module("java", &[], APPLICATION),
    module("java.tomcat", &[], APPLICATION),
    module("java.tomee", &[], APPLICATION),
    module("python", &[], APPLICATION),
    module("go", &[], APPLICATION),
    module("php", &[], APPLICATION),
    module("ruby", &[], APPLICATION),
    module("dotnet_core", &[], APPLICATION),
    module("binary", &[], APPLICATION),
    module("staticfile", &[], APPLICATION),
    module("html5", &[], APPLICATION),
    module("sitecontent", DEPLOYER, CONTENT),
    module("hdb", DEPLOYER, DATABASE),
    module("com.sap.xs.hdi", DEPLOYER, DATABASE),
    module("com.sap.xs.hdi-dynamic", &[], "an application that makes database containers on request"),
    module("com.sap.application.content", DEPLOYER, CONTENT),
    module("com.sap.html5.application-content", DEPLOYER, CONTENT),
    module("com.sap.portal.site-content", DEPLOYER, CONTENT),
    module("com.sap.portal.content", DEPLOYER, CONTENT),
    module("com.sap.hcp.html5", DEPLOYER, CONTENT),
    module("com.sap.hcp.html5.role", DEPLOYER, CONTENT),
    module("com.sap.hcp.destination", DEPLOYER, CONTENT),
    module("com.sap.pdms.destination", DEPLOYER, CONTENT),
    module("com.sap.pdms.plugin", DEPLOYER, CONTENT),
    module("business-logging", DEPLOYER, CONTENT),
];

const fn service(name: &'static str, parameters: &'static [(&'static str, Preset)]) -> BuiltIn {
    let about = "a service of the platform, which windlass does not create; what `config` says of it is handed on";
    BuiltIn { name, meaning: "managed-service", parameters, about }
}

/// In the order of the reference page.
pub static RESOURCE_TYPES: &[BuiltIn] = &[
    BuiltIn {
        name: "configuration",
        meaning: "configuration",
        parameters: &[],
        about: "what other deployments publish in the configuration registry",
    },
    BuiltIn {
        name: "mta-provides-dependency",
        meaning: "mta-provides-dependency",
        parameters: &[],
        about: "the old form of `configuration`",
    },
    BuiltIn {
        name: "org.cloudfoundry.user-provided-service",
        meaning: "user-provided-service",
        parameters: &[],
        about: "a service whose credentials stand in `config`; handed on as `VCAP_SERVICES`",
    },
    service("org.cloudfoundry.managed-service", &[]),
    BuiltIn {
        name: "org.cloudfoundry.existing-service",
        meaning: "existing-service",
        parameters: &[],
        about: "a service that is there already; what `config` says of it is handed on",
    },
    BuiltIn {
        name: "org.cloudfoundry.existing-service-key",
        meaning: "existing-service-key",
        parameters: &[],
        about: "a key of a service; its content (`config`) becomes one variable",
    },
    service("com.sap.xs.uaa", &[("service", Text("xsuaa")), ("service-plan", Text("application"))]),
    service("com.sap.xs.uaa-space", &[("service", Text("xsuaa")), ("service-plan", Text("space"))]),
    service("com.sap.xs.hdi-container", &[("service", Text("hana")), ("service-plan", Text("hdi-shared"))]),
    service("com.sap.xs.managed-hdi-container", &[]),
    service("com.sap.xs.hana-schema", &[("service", Text("hana")), ("service-plan", Text("schema"))]),
    service("com.sap.xs.hana-securestore", &[("service", Text("hana")), ("service-plan", Text("securestore"))]),
    service("com.sap.xs.hana-sbss", &[("service", Text("hana")), ("service-plan", Text("sbss"))]),
    service("com.sap.xs.auditlog", &[]),
    service("com.sap.xs.job-scheduler", &[]),
    service("com.sap.xs.fs", &[]),
    service("com.sap.html5.htmlrepo", &[]),
    service("com.sap.portal.site-content", &[]),
    service("com.sap.portal.site-host", &[]),
];

/// The types of a target whose file lists none.
pub fn built_in(types: &[BuiltIn]) -> Types {
    let list = types.iter().map(|one| {
        let parameters = one.parameters.iter().map(|(name, preset)| {
            let origin = Origin::built(Built::System { name: (*name).into(), owner: format!("type `{}`", one.name) });
            let value = match preset {
                Flag(yes) => Value::new(Kind::Bool(*yes), origin),
                Text(text) => Value::text(*text, origin),
            };
            (Key::from(*name), value)
        });
        TypeDefaults { name: one.name.into(), properties: Map::default(), parameters: parameters.collect() }
    });
    Types { list: list.collect(), others: Others::Usable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_type_is_built_in_twice() {
        for types in [MODULE_TYPES, RESOURCE_TYPES] {
            let names: HashSet<&str> = types.iter().map(|one| one.name).collect();
            assert_eq!(names.len(), types.len());
        }
    }

    #[test]
    fn a_list_goes_over_what_is_built_in() {
        let own = TypeDefaults { name: "java".into(), properties: Map::default(), parameters: Map::default() };
        let all = Types { list: vec![own], others: Others::Refused }.over(&built_in(MODULE_TYPES));
        assert_eq!(all.others, Others::Usable);
        assert_eq!(all.list.len(), MODULE_TYPES.len());
        assert_eq!(all.names().next(), Some("java"));
    }
}
