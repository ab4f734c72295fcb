//! Every known key, once: feeds reading, "did you mean", the reference page, hover texts, and the schemas for editors.
//!
//! The tables follow reference 1.4 and 1.8. A key that the format has for other tools (`build-parameters`, `provider`) is
//! listed as foreign, so that nobody is told that it is unknown. A key that belongs into the descriptor and not into an
//! extension is listed as forbidden there: the deploy service ignores it in silence, and people wonder why nothing happens.

use crate::tree::shape::{Element, Expects, Key, Others, Presence, Role};

const fn key(name: &'static str, expects: Expects, about: &'static str) -> Key {
    Key { name, expects, presence: Presence::Optional, since: 1, role: Role::Read, about, example: "" }
}

impl Key {
    /// A value as one would write it, in YAML on one line.
    const fn such_as(self, example: &'static str) -> Key {
        Key { example, ..self }
    }

    const fn required(self) -> Key {
        Key { presence: Presence::Required, ..self }
    }

    /// The key came with schema version 3 and is ignored before.
    const fn since_3(self) -> Key {
        Key { since: 3, ..self }
    }
}

const fn foreign(name: &'static str, about: &'static str) -> Key {
    Key { role: Role::Foreign, ..key(name, Expects::Anything, about) }
}

const fn forbidden(name: &'static str, about: &'static str) -> Key {
    Key { role: Role::Forbidden(BELONGS_INTO_THE_DESCRIPTOR), ..key(name, Expects::Anything, about) }
}

const BELONGS_INTO_THE_DESCRIPTOR: &str =
    "Set it in the descriptor. An extension can set properties and parameters of what the descriptor has.";

const SCHEMA_VERSION: Key =
    key("_schema-version", Expects::Version, "The version of the descriptor format, for example `\"3.3\"`")
        .such_as("\"3.3\"")
        .required();
const ID: Key =
    key("ID", Expects::Name, "The identifier, for example `com.example.shop`").such_as("com.example.shop").required();
const NAME: Key =
    key("name", Expects::Name, "A name of letters, digits, `_`, `-` and `.`").such_as("backend").required();
const PROPERTIES: Key = key(
    "properties",
    Expects::Map,
    "Values for the application: its variables, and what `~{…}` of others can refer to",
)
.such_as("{GREETING: hello, URL: \"${default-url}\"}");
const PARAMETERS: Key =
    key("parameters", Expects::Map, "Values for the deployment: how this is made and run, and what `${…}` finds")
        .such_as("{memory: 256M}");
const PROPERTIES_METADATA: Key =
    key("properties-metadata", Expects::Map, "Flags of properties: overwritable, optional, sensitive")
        .such_as("{PASSWORD: {sensitive: true, overwritable: false}}")
        .since_3();
const PARAMETERS_METADATA: Key =
    key("parameters-metadata", Expects::Map, "Flags of parameters: overwritable, optional, sensitive")
        .such_as("{memory: {overwritable: false}}")
        .since_3();
const REQUIRES_KEY: Key = key(
    "requires",
    Expects::Elements,
    "What this needs, by name: provided sets, modules, resources; `~{…}` refers to their properties",
)
.such_as("[{name: database, properties: {DB_URL: \"~{url}\"}}]");

pub static DESCRIPTOR: Element = Element {
    name: "descriptor",
    others: Others::Reported,
    keys: &[
        SCHEMA_VERSION,
        ID,
        key("version", Expects::Version, "The version of the application, for example `1.0.0`")
            .such_as("1.0.0")
            .required(),
        key("modules", Expects::Elements, "What runs: each module is one application, in containers of its own")
            .such_as("[{name: backend, type: application}]"),
        key(
            "resources",
            Expects::Elements,
            "What the modules need and do not bring: services, and what other deployments publish",
        )
        .such_as("[{name: database, type: org.cloudfoundry.user-provided-service}]"),
        PARAMETERS,
        PARAMETERS_METADATA,
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
        foreign("provider", "Who makes the application").such_as("Example Ltd."),
        foreign("copyright", "A text for people").such_as("Example Ltd., 2025"),
        foreign("build-parameters", "How the build tool builds it; nothing of it is deployed")
            .such_as("{before-all: [{builder: custom, commands: [npm ci]}]}"),
        foreign("module-types", "Declarations for the build tool").such_as("[{name: my-java, extends: java}]"),
        foreign("resource-types", "Declarations for the build tool")
            .such_as("[{name: my-service, extends: com.sap.xs.uaa}]"),
        foreign("hooks", "Reserved by the format").such_as("[]"),
        foreign("includes", "Reserved by the format").such_as("[{name: config, path: config.json}]"),
    ],
};

pub static MODULE: Element = Element {
    name: "module",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of module, for example `application`").such_as("application").required(),
        key("description", Expects::Text, "A text for people").such_as("Takes orders and keeps them"),
        key("path", Expects::Text, "The module's files, beside the descriptor or in the archive")
            .such_as("backend/target/backend.jar"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        REQUIRES_KEY,
        key("provides", Expects::Elements, "Sets of properties for others, who name them in `requires`")
            .such_as("[{name: backend-api, properties: {url: \"${default-url}\"}}]"),
        key(
            "deployed-after",
            Expects::Texts,
            "Modules that must be deployed before; with it, `requires` no longer gives an order",
        )
        .such_as("[migration]")
        .since_3(),
        key("hooks", Expects::Elements, "Tasks that run at certain phases")
            .such_as("[{name: migrate, type: task, parameters: {command: npm run migrate}}]")
            .since_3(),
        foreign("build-parameters", "How the build tool builds it; nothing of it is deployed")
            .such_as("{builder: npm, build-result: dist}"),
        foreign("includes", "Reserved by the format").such_as("[{name: config, path: config.json}]"),
    ],
};

pub static REQUIRES: Element = Element {
    name: "requirement",
    others: Others::Reported,
    keys: &[
        NAME,
        key("list", Expects::Text, "Collect the properties under this name, as an element of a list")
            .such_as("plugins"),
        key("group", Expects::Text, "Older spelling of `list`").such_as("plugins"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
        foreign("includes", "Reserved by the format").such_as("[{name: config, path: config.json}]"),
    ],
};

pub static PROVIDES: Element = Element {
    name: "provided set",
    others: Others::Reported,
    keys: &[
        NAME,
        key("public", Expects::Boolean, "Whether other deployments may read it").such_as("true"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
    ],
};

pub static RESOURCE: Element = Element {
    name: "resource",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of resource; without it, only a set of properties")
            .such_as("org.cloudfoundry.user-provided-service"),
        key("description", Expects::Text, "A text for people").such_as("Takes orders and keeps them"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        key("active", Expects::Boolean, "Whether the resource is there at all").such_as("false").since_3(),
        key("optional", Expects::Boolean, "Whether the deployment goes on without it").such_as("true").since_3(),
        REQUIRES_KEY.since_3(),
        key("processed-after", Expects::Texts, "Resources that must be processed before")
            .such_as("[database]")
            .since_3(),
        foreign("build-parameters", "How the build tool builds it; nothing of it is deployed")
            .such_as("{builder: npm, build-result: dist}"),
        foreign("hooks", "Reserved by the format").such_as("[]"),
        foreign("includes", "Reserved by the format").such_as("[{name: config, path: config.json}]"),
    ],
};

pub static HOOK: Element = Element {
    name: "hook",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of hook: `task`").such_as("task").required(),
        key("phases", Expects::Texts, "When the hook runs").such_as("[deploy.application.before-start]"),
        PARAMETERS,
        PARAMETERS_METADATA,
        REQUIRES_KEY,
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
    ],
};

/// The flags of one property or parameter.
pub static METADATA: Element = Element {
    name: "metadata entry",
    others: Others::Free,
    keys: &[
        key("overwritable", Expects::Boolean, "Whether extensions may change the value").such_as("false"),
        key("optional", Expects::Boolean, "Whether the value may stay empty").such_as("true"),
        key("sensitive", Expects::Boolean, "Whether the value is hidden in output").such_as("true"),
        foreign("datatype", "The type of the value, for the build tool").such_as("int"),
        foreign("description", "A text for people").such_as("How many orders are taken at once"),
    ],
};

pub static EXTENSION: Element = Element {
    name: "extension",
    others: Others::Reported,
    keys: &[
        SCHEMA_VERSION,
        ID,
        key("extends", Expects::Text, "The ID of the descriptor or extension that this one changes")
            .such_as("com.example.shop")
            .required(),
        key("modules", Expects::Elements, "Changes to modules")
            .such_as("[{name: backend, parameters: {memory: 512M}}]"),
        key("resources", Expects::Elements, "Changes to resources")
            .such_as("[{name: database, parameters: {config: {url: \"postgres://db:5432/shop\"}}}]"),
        PARAMETERS,
        foreign("version", "Without effect in an extension").such_as("1.0.0"),
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
        foreign("provider", "Who makes the extension").such_as("Example Ltd."),
        foreign("targets", "Where the extension is meant for").such_as("[production]"),
        foreign("target-platforms", "Where the extension is meant for").such_as("[CF]"),
        forbidden("parameters-metadata", "Flags of parameters"),
        forbidden("module-types", "Declarations for the build tool"),
        forbidden("resource-types", "Declarations for the build tool"),
    ],
};

pub static MODULE_PATCH: Element = Element {
    name: "module",
    others: Others::Reported,
    keys: &[
        NAME,
        PROPERTIES,
        PARAMETERS,
        REQUIRES_KEY,
        key("provides", Expects::Elements, "Changes to sets of properties for others")
            .such_as("[{name: backend-api, properties: {url: \"https://shop.example.org\"}}]"),
        key("hooks", Expects::Elements, "Changes to hooks")
            .such_as("[{name: migrate, parameters: {command: npm run migrate -- --verbose}}]")
            .since_3(),
        forbidden("type", "The kind of module"),
        forbidden("path", "The module's files in the archive"),
        forbidden("deployed-after", "Modules that must be deployed before"),
        forbidden("properties-metadata", "Flags of properties"),
        forbidden("parameters-metadata", "Flags of parameters"),
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
        foreign("build-parameters", "How the build tool builds it; nothing of it is deployed")
            .such_as("{builder: npm, build-result: dist}"),
    ],
};

/// An entry of `requires` or `provides` in an extension.
macro_rules! dependency_patch {
    ($name:literal) => {
        Element {
            name: $name,
            others: Others::Reported,
            keys: &[
                NAME,
                PROPERTIES,
                PARAMETERS,
                forbidden("list", "The list that collects the properties"),
                forbidden("group", "Older spelling of `list`"),
                forbidden("public", "Whether other deployments may read it"),
                forbidden("properties-metadata", "Flags of properties"),
                forbidden("parameters-metadata", "Flags of parameters"),
                foreign("description", "A text for people").such_as("Takes orders and keeps them"),
            ],
        }
    };
}

pub static REQUIRES_PATCH: Element = dependency_patch!("requirement");
pub static PROVIDES_PATCH: Element = dependency_patch!("provided set");

pub static RESOURCE_PATCH: Element = Element {
    name: "resource",
    others: Others::Reported,
    keys: &[
        NAME,
        PROPERTIES,
        PARAMETERS,
        key("active", Expects::Boolean, "Whether the resource is there at all").such_as("false").since_3(),
        key("optional", Expects::Boolean, "Whether the deployment goes on without it").such_as("true").since_3(),
        REQUIRES_KEY.since_3(),
        forbidden("type", "The kind of resource"),
        forbidden("processed-after", "Resources that must be processed before"),
        forbidden("properties-metadata", "Flags of properties"),
        forbidden("parameters-metadata", "Flags of parameters"),
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
    ],
};

pub static HOOK_PATCH: Element = Element {
    name: "hook",
    others: Others::Reported,
    keys: &[
        NAME,
        PARAMETERS,
        REQUIRES_KEY,
        forbidden("type", "The kind of hook"),
        forbidden("phases", "When the hook runs"),
        forbidden("parameters-metadata", "Flags of parameters"),
        foreign("description", "A text for people").such_as("Takes orders and keeps them"),
    ],
};

/// All tables, for schemas and reference pages.
pub static ELEMENTS: &[&Element] = &[
    &DESCRIPTOR,
    &MODULE,
    &REQUIRES,
    &PROVIDES,
    &RESOURCE,
    &HOOK,
    &METADATA,
    &EXTENSION,
    &MODULE_PATCH,
    &REQUIRES_PATCH,
    &PROVIDES_PATCH,
    &RESOURCE_PATCH,
    &HOOK_PATCH,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::source::yaml::{self, Node, NodeKind};
    use crate::tree::shape::is_text;

    #[test]
    fn no_table_has_a_key_twice() {
        for element in ELEMENTS {
            for (at, key) in element.keys.iter().enumerate() {
                assert!(
                    element.keys[..at].iter().all(|other| other.name != key.name),
                    "{} of {}",
                    key.name,
                    element.name
                );
            }
        }
    }

    #[test]
    fn every_key_that_can_be_set_has_an_example_of_its_kind() {
        for (element, key) in ELEMENTS.iter().flat_map(|one| one.keys.iter().map(move |key| (one, key))) {
            let forbidden = matches!(key.role, Role::Forbidden(_));
            assert_eq!(key.example.is_empty(), forbidden, "{} of {}", key.name, element.name);
            if !forbidden {
                assert!(fits(key), "{} of {}: {}", key.name, element.name, key.example);
            }
        }
    }

    fn fits(key: &Key) -> bool {
        let mut sources = Sources::default();
        let file = sources.add(key.name, key.example);
        let Some(node) = yaml::read(&sources, file).product else { return false };
        let all = |test: fn(&Node) -> bool| matches!(&node.kind, NodeKind::List(items) if items.iter().all(test));
        let is_map = |node: &Node| matches!(node.kind, NodeKind::Map(_));
        match key.expects {
            Expects::Name | Expects::Text | Expects::Version => is_text(&node),
            Expects::Boolean => ["true", "false"].contains(&key.example),
            Expects::Map => is_map(&node),
            Expects::Texts => all(is_text),
            Expects::Elements => all(|node| matches!(node.kind, NodeKind::Map(_))),
            Expects::Anything => true,
        }
    }
}
