//! Every known key, once: feeds reading, "did you mean", and the schemas for editors.
//!
//! The tables follow reference 1.4 and 1.8. A key that the format has for other tools (`build-parameters`, `provider`) is
//! listed as foreign, so that nobody is told that it is unknown. A key that belongs into the descriptor and not into an
//! extension is listed as forbidden there: the deploy service ignores it in silence, and people wonder why nothing happens.

use crate::tree::shape::{Element, Expects, Key, Others, Presence, Role};

const fn key(name: &'static str, expects: Expects, about: &'static str) -> Key {
    Key { name, expects, presence: Presence::Optional, since: 1, role: Role::Read, about }
}

impl Key {
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
    key("_schema-version", Expects::Version, "The version of the descriptor format, for example `\"3.3\"`").required();
const ID: Key = key("ID", Expects::Name, "The identifier, for example `com.example.shop`").required();
const NAME: Key = key("name", Expects::Name, "A name of letters, digits, `_`, `-` and `.`").required();
const PROPERTIES: Key = key("properties", Expects::Map, "Values for the application");
const PARAMETERS: Key = key("parameters", Expects::Map, "Values for the deployment");
const PROPERTIES_METADATA: Key =
    key("properties-metadata", Expects::Map, "Flags of properties: overwritable, optional, sensitive").since_3();
const PARAMETERS_METADATA: Key =
    key("parameters-metadata", Expects::Map, "Flags of parameters: overwritable, optional, sensitive").since_3();
const REQUIRES_KEY: Key = key("requires", Expects::Elements, "What this needs: provided sets, modules, resources");

pub static DESCRIPTOR: Element = Element {
    name: "descriptor",
    others: Others::Reported,
    keys: &[
        SCHEMA_VERSION,
        ID,
        key("version", Expects::Version, "The version of the application, for example `1.0.0`").required(),
        key("modules", Expects::Elements, "What runs"),
        key("resources", Expects::Elements, "What the modules need and do not bring"),
        PARAMETERS,
        PARAMETERS_METADATA,
        foreign("description", "A text for people"),
        foreign("provider", "Who makes the application"),
        foreign("copyright", "A text for people"),
        foreign("build-parameters", "For the build tool"),
        foreign("module-types", "Declarations for the build tool"),
        foreign("resource-types", "Declarations for the build tool"),
        foreign("hooks", "Reserved by the format"),
        foreign("includes", "Reserved by the format"),
    ],
};

pub static MODULE: Element = Element {
    name: "module",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of module, for example `application`").required(),
        key("description", Expects::Text, "A text for people"),
        key("path", Expects::Text, "The module's files in the archive"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        REQUIRES_KEY,
        key("provides", Expects::Elements, "Sets of properties for others"),
        key("deployed-after", Expects::Texts, "Modules that must be deployed before").since_3(),
        key("hooks", Expects::Elements, "Tasks that run at certain phases").since_3(),
        foreign("build-parameters", "For the build tool"),
        foreign("includes", "Reserved by the format"),
    ],
};

pub static REQUIRES: Element = Element {
    name: "requirement",
    others: Others::Reported,
    keys: &[
        NAME,
        key("list", Expects::Text, "Collect the properties under this name, as an element of a list"),
        key("group", Expects::Text, "Older spelling of `list`"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        foreign("description", "A text for people"),
        foreign("includes", "Reserved by the format"),
    ],
};

pub static PROVIDES: Element = Element {
    name: "provided set",
    others: Others::Reported,
    keys: &[
        NAME,
        key("public", Expects::Boolean, "Whether other deployments may read it"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        foreign("description", "A text for people"),
    ],
};

pub static RESOURCE: Element = Element {
    name: "resource",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of resource; without it, only a set of properties"),
        key("description", Expects::Text, "A text for people"),
        PROPERTIES,
        PARAMETERS,
        PROPERTIES_METADATA,
        PARAMETERS_METADATA,
        key("active", Expects::Boolean, "Whether the resource is there at all").since_3(),
        key("optional", Expects::Boolean, "Whether the deployment goes on without it").since_3(),
        REQUIRES_KEY.since_3(),
        key("processed-after", Expects::Texts, "Resources that must be processed before").since_3(),
        foreign("build-parameters", "For the build tool"),
        foreign("hooks", "Reserved by the format"),
        foreign("includes", "Reserved by the format"),
    ],
};

pub static HOOK: Element = Element {
    name: "hook",
    others: Others::Reported,
    keys: &[
        NAME,
        key("type", Expects::Text, "The kind of hook: `task`").required(),
        key("phases", Expects::Texts, "When the hook runs"),
        PARAMETERS,
        REQUIRES_KEY,
        foreign("description", "A text for people"),
    ],
};

/// The flags of one property or parameter.
pub static METADATA: Element = Element {
    name: "metadata entry",
    others: Others::Free,
    keys: &[
        key("overwritable", Expects::Boolean, "Whether extensions may change the value"),
        key("optional", Expects::Boolean, "Whether the value may stay empty"),
        key("sensitive", Expects::Boolean, "Whether the value is hidden in output"),
        foreign("datatype", "The type of the value, for the build tool"),
        foreign("description", "A text for people"),
    ],
};

pub static EXTENSION: Element = Element {
    name: "extension",
    others: Others::Reported,
    keys: &[
        SCHEMA_VERSION,
        ID,
        key("extends", Expects::Text, "The ID of the descriptor or extension that this one changes").required(),
        key("modules", Expects::Elements, "Changes to modules"),
        key("resources", Expects::Elements, "Changes to resources"),
        PARAMETERS,
        foreign("version", "Without effect in an extension"),
        foreign("description", "A text for people"),
        foreign("provider", "Who makes the extension"),
        foreign("targets", "Where the extension is meant for"),
        foreign("target-platforms", "Where the extension is meant for"),
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
        key("provides", Expects::Elements, "Changes to sets of properties for others"),
        key("hooks", Expects::Elements, "Changes to hooks").since_3(),
        forbidden("type", "The kind of module"),
        forbidden("path", "The module's files in the archive"),
        forbidden("deployed-after", "Modules that must be deployed before"),
        forbidden("properties-metadata", "Flags of properties"),
        forbidden("parameters-metadata", "Flags of parameters"),
        foreign("description", "A text for people"),
        foreign("build-parameters", "For the build tool"),
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
                foreign("description", "A text for people"),
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
        key("active", Expects::Boolean, "Whether the resource is there at all").since_3(),
        key("optional", Expects::Boolean, "Whether the deployment goes on without it").since_3(),
        REQUIRES_KEY.since_3(),
        forbidden("type", "The kind of resource"),
        forbidden("processed-after", "Resources that must be processed before"),
        forbidden("properties-metadata", "Flags of properties"),
        forbidden("parameters-metadata", "Flags of parameters"),
        foreign("description", "A text for people"),
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
        foreign("description", "A text for people"),
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
}
