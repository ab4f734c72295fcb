//! The parameters of each place, from the table that the checks use.
//!
//! A value may be a placeholder, or null, wherever it stands: what becomes of it is known only later. A name that the table
//! does not know may serve placeholders, so it is no mistake.

use super::{Definition, described, example, refer, with, with_example};
use crate::plan::parameters::{Effect, Field, Needed, Parameter, Place, Type, all};
use serde_json::{Map, Value, json};

/// What stands under `parameters` at a place.
pub(super) fn at(place: Place) -> Value {
    refer(definition(place))
}

fn definition(place: Place) -> &'static str {
    match place {
        Place::Module => "module-parameters",
        Place::Container => "container-parameters",
        Place::Descriptor => "descriptor-parameters",
        Place::Resource => "resource-parameters",
        Place::Requires => "requires-parameters",
        Place::Provides => "provides-parameters",
        Place::Hook => "hook-parameters",
    }
}

/// The definitions that [`at`] refers to.
pub(super) fn definitions() -> Vec<Definition> {
    let places = [Place::Module, Place::Container, Place::Resource, Place::Requires, Place::Provides, Place::Hook];
    let own = places.map(|place| {
        let properties = all(place).map(|parameter| (parameter.name.to_owned(), shape(parameter)));
        // What is only for containers is known completely.
        (definition(place), parameters(properties.collect(), place != Place::Container))
    });
    own.into_iter().chain([(definition(Place::Descriptor), of_descriptor())]).collect()
}

/// Those of the descriptor itself, and those of all its modules and resources, for which they are defaults.
fn of_descriptor() -> Value {
    let mut properties = Map::new();
    for place in [Place::Descriptor, Place::Module, Place::Resource] {
        for parameter in all(place) {
            let of = definition(place);
            let shape = match place {
                Place::Descriptor => shape(parameter),
                _ => refer(&format!("{of}/properties/{}", parameter.name)),
            };
            properties.entry(parameter.name).or_insert(shape);
        }
    }
    parameters(properties, true)
}

fn parameters(properties: Map<String, Value>, others: bool) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": others})
}

fn shape(parameter: &Parameter) -> Value {
    let value = match parameter.effect {
        // The author may set what they like; it is only a value to refer to.
        Effect::Placeholder => json!({"doNotSuggest": true}),
        Effect::Used | Effect::Nothing(_) | Effect::Later(_) => match parameter.is {
            Type::Special(_) => open(of_its_own(parameter)),
            is => open(typed(is)),
        },
    };
    let value = match default(parameter) {
        Some(default) => with(value, json!({"default": default})),
        None => value,
    };
    let value = described(value, &format!("{}.", parameter.meaning), &parameter.markdown());
    with_example(value, parameter.example().and_then(|text| example(&text)))
}

/// Only what is a value: the table also says defaults in words.
fn default(parameter: &Parameter) -> Option<Value> {
    let value = example(parameter.default)?;
    let fits = match parameter.is {
        Type::Flag | Type::FlagOrText => value.is_boolean(),
        Type::Whole(..) | Type::Seconds(..) => value.is_u64(),
        Type::Word(words) => words.iter().any(|word| value == *word),
        _ => false,
    };
    fits.then_some(value)
}

/// The shape, or a placeholder, or nothing.
fn open(shape: Value) -> Value {
    if shape == json!({}) {
        return shape;
    }
    if shape == json!({"type": "string"}) {
        return json!({"type": ["string", "null"]});
    }
    json!({"anyOf": [shape, refer("hole"), {"type": "null"}]})
}

fn typed(is: Type) -> Value {
    match is {
        Type::Text => json!({"type": "string"}),
        Type::TextOrNumber => json!({"type": ["string", "integer"]}),
        Type::Flag => json!({"type": "boolean"}),
        Type::FlagOrText => json!({"enum": [true, false, "true", "false"]}),
        Type::Whole(least, most) | Type::Seconds(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Type::Size(_) => json!({"type": "string", "pattern": "^[0-9]+([mM][bB]?|[gG][bB]?)?$"}),
        Type::Word(words) => json!({"enum": words}),
        Type::Path => json!({"type": "string", "pattern": "^/"}),
        Type::Texts => texts(),
        Type::TextOrTexts => json!({"anyOf": [{"type": "string"}, texts()]}),
        Type::Map => json!({"type": "object"}),
        Type::Flags => json!({"type": "object", "additionalProperties": open(typed(Type::Flag))}),
        Type::FlagsOf(names) => {
            let properties: Map<String, Value> =
                names.iter().map(|name| ((*name).to_owned(), open(typed(Type::Flag)))).collect();
            json!({"type": "object", "properties": properties})
        }
        Type::Keys(fields) => keys(fields),
        Type::Maps(fields) => json!({"type": "array", "items": open(keys(fields))}),
        Type::NamesOrMaps(fields) => json!({"type": "array", "items": {"anyOf": [{"type": "string"}, keys(fields)]}}),
        Type::Special(_) => json!({}),
    }
}

/// A number in a list of texts counts as its text.
fn texts() -> Value {
    json!({"type": "array", "items": {"type": ["string", "integer", "null"]}})
}

/// A map with these fields. Others have no effect, which is a warning and no error.
fn keys(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), described(open(typed(field.is)), field.about, field.about)))
        .collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.needed == Needed::Always).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// What whoever reads the value checks, as far as a schema can say it. A parameter that is not named here may be anything; a
/// test sees to it that each one is decided about.
fn of_its_own(parameter: &Parameter) -> Value {
    let text = || open(json!({"type": "string"}));
    let text_or_number = || open(json!({"type": ["string", "integer"]}));
    let one_or_list = |item: Value| json!({"anyOf": [item.clone(), {"type": "array", "items": item}]});
    match (parameter.place, parameter.name) {
        (Place::Module, "docker") => json!({"type": "object", "properties": {
            "image": described(text(), "the reference of the image", "the reference of the image, with a tag or a digest"),
            "username": described(text_or_number(), "user of the image registry", "user of the image registry"),
            "password": described(text_or_number(), "password of the image registry", "password of the image registry"),
        }}),
        (Place::Module, "container") => refer(definition(Place::Container)),
        (Place::Module, "lifecycle") => json!({"enum": ["docker", "buildpack", "cnb"]}),
        (Place::Module, "success-marker" | "failure-marker") => json!({"type": "string"}),
        (Place::Container, "port") => json!({"type": "integer", "minimum": 1, "maximum": 65535}),
        (Place::Container, "ports") => one_or_list(open(json!({"anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 65535},
            {"type": "string"},
            {"type": "object", "required": ["container"], "additionalProperties": false, "properties": {
                "container": open(json!({"type": "integer", "minimum": 1, "maximum": 65535})),
                "host": open(json!({"type": "integer", "minimum": 1, "maximum": 65535})),
                "address": text(),
                "protocol": open(json!({"enum": ["tcp", "udp"]})),
            }},
        ]}))),
        (Place::Container, "volumes") => one_or_list(open(json!({"anyOf": [
            {"type": "string", "pattern": "^[^:]+:/[^:]*(:(ro|rw))?$"},
            {"type": "object", "required": ["at"], "additionalProperties": false, "properties": {
                "volume": text(),
                "path": text(),
                "at": text(),
                "read-only": open(json!({"type": "boolean"})),
            }},
        ]}))),
        (Place::Container, "entrypoint") => json!({"anyOf": [{"type": "string", "pattern": "^\\S+$"}, texts()]}),
        // In YAML 1.1, an unquoted `no` is a boolean.
        (Place::Container, "restart") => json!({"enum": ["unless-stopped", "always", "on-failure", "no", false]}),
        (Place::Container, "cpus") => json!({"anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": "^[0-9]*\\.?[0-9]+$"},
        ]}),
        (Place::Container, "labels") => json!({"type": "object", "additionalProperties": {
            "type": ["string", "number", "boolean", "null"],
        }}),
        (Place::Container, "extra-hosts") => {
            json!({"anyOf": [texts(), {"type": "object", "additionalProperties": text()}]})
        }
        (Place::Resource, "target") => json!({"type": "object", "properties": {
            "org": described(text(), "organisation of the provider", "organisation of the provider; `*` for any"),
            "space": described(text(), "space of the provider", "space of the provider; `*` for any"),
        }}),
        (Place::Resource | Place::Requires, "config") => json!({"type": "object"}),
        (Place::Provides | Place::Requires, "visibility") => json!({"type": "array", "items": {
            "type": "object", "required": ["org"], "additionalProperties": false,
            "properties": {"org": text(), "space": text()},
        }}),
        (Place::Hook, "requires") => json!({"type": "array"}),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::parameters::PARAMETERS;

    #[test]
    fn every_parameter_of_a_form_of_its_own_has_a_shape() {
        let special = PARAMETERS.iter().filter(|one| matches!(one.is, Type::Special(_)));
        let open: Vec<&str> = special.filter(|one| of_its_own(one) == json!({})).map(|one| one.name).collect();
        assert_eq!(open, ["content"], "these take anything");
    }
}
