//! A target file (YAML or JSON) → [`Target`].
//!
//! The file is read as a tree with places, like a descriptor, so that a mistake in it is shown where it stands. What the
//! file does not name stays as it is built in.

use super::types::{self, Others as OtherTypes, TypeDefaults, Types};
use super::{Compat, Space, Target};
use crate::finding::{self, Finding, Findings, Fix, Staged};
use crate::source::yaml::{Node, NodeKind};
use crate::source::{Span, Spanned};
use crate::text::{self, Form, Piece};
use crate::tree::shape::{Element, Expects, Fields, Key, Others, Presence, Reader, Role, scalar_text, wrong_type};
use crate::tree::{Place, shape};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

const fn key(name: &'static str, expects: Expects, about: &'static str, example: &'static str) -> Key {
    Key { name, expects, presence: Presence::Optional, since: 1, role: Role::Read, about, example }
}

pub static TARGET: Element = Element {
    name: "target",
    others: Others::Reported,
    keys: &[
        key("name", Expects::Name, "What messages call the target", "prod"),
        key("org", Expects::Text, "The organisation", "example"),
        key("space", Expects::Text, "The space in the organisation", "prod"),
        key("host", Expects::Text, "The address of the container engine, as for `--host`", "ssh://deploy@10.0.0.5"),
        key("context", Expects::Text, "The Docker context that knows the engine, as for `--context`", "prod"),
        key("default-domain", Expects::Text, "The domain of addresses that name none", "apps.example.org"),
        key("protocol", Expects::Text, "`http` or `https`: what `${protocol}` is", "https"),
        key(
            "host-template",
            Expects::Text,
            "How `${default-host}` is made, of `${org}`, `${space}`, `${mta-id}` and `${module}` (without it: `${org}-${space}-${module}`)",
            "\"${space}-${module}\"",
        ),
        key(
            "developer-api-host",
            Expects::Text,
            "Where modules find the developers' API, as `scheme://host:port`: the value of `${developer-api-host}`",
            "https://shop.example.org:443",
        ),
        key("compat", Expects::Text, "Whose word counts: `documented` or `deploy-service`", "deploy-service"),
        key(
            "parameters",
            Expects::Map,
            "Values underneath the descriptor's own parameters",
            "{apps-start-timeout: 300}",
        ),
        key(
            "module-types",
            Expects::Elements,
            "The module types there are, with values for their modules; without it, the built-in ones, and any other",
            "[{name: nodejs, parameters: {memory: 256M}}]",
        ),
        key(
            "resource-types",
            Expects::Elements,
            "The resource types there are, with values for their resources; without it, the built-in ones, and any other",
            "[{name: my-service, parameters: {service-plan: standard}}]",
        ),
        key(
            "other-types",
            Expects::Text,
            "What types are that the two lists do not name: `refused`, or `built-in`: as without a list",
            "built-in",
        ),
        key(
            "dynamic-parameters",
            Expects::Texts,
            "Parameters whose values exist only while deploying",
            "[service-guid]",
        ),
        key(
            "plural-parameters",
            Expects::Map,
            "Singular to plural: `${host}` falls back to the first of `hosts`",
            "{host: hosts, domain: domains}",
        ),
    ],
};

pub static MODULE_TYPE: Element = Element {
    name: "module type",
    others: Others::Reported,
    keys: &[
        Key {
            presence: Presence::Required,
            ..key("name", Expects::Name, "The `type` of modules that it is for", "nodejs")
        },
        key("properties", Expects::Map, "Values underneath the properties of such modules", "{NODE_ENV: production}"),
        key("parameters", Expects::Map, "Values underneath the parameters of such modules", "{memory: 256M}"),
    ],
};

pub static RESOURCE_TYPE: Element = Element {
    name: "resource type",
    others: Others::Reported,
    keys: &[
        Key {
            presence: Presence::Required,
            ..key("name", Expects::Name, "The `type` of resources that it is for", "my-service")
        },
        key(
            "parameters",
            Expects::Map,
            "Values underneath the parameters of such resources",
            "{service-plan: standard}",
        ),
        Key {
            role: Role::Foreign,
            ..key(
                "properties",
                Expects::Anything,
                "Without effect: resources take parameters only from their type",
                "{NODE_ENV: production}",
            )
        },
    ],
};

/// Reads a target file on top of `defaults`.
pub fn read(defaults: &Target, node: &Node) -> Staged<Target> {
    // Targets have no schema version; all keys are there.
    let mut reader = Reader::new(u32::MAX);
    let mut target = defaults.clone();
    if let Some(fields) = reader.fields(node, &TARGET, &Place::ROOT) {
        read_fields(&mut reader, &fields, &mut target);
    }
    Staged::new(target, reader.findings)
}

fn read_fields(reader: &mut Reader, fields: &Fields<'_>, target: &mut Target) {
    let text = |key: &str| fields.text(key).map(|text| text.value);
    replace(&mut target.name, text("name"));
    replace(&mut target.space.org, place_name(reader, fields, "org"));
    replace(&mut target.space.space, place_name(reader, fields, "space"));
    replace(&mut target.default_domain, domain(reader, fields));
    target.host = text("host").or(target.host.take());
    target.context = text("context").or(target.context.take());
    if let (Some(_), Some(context)) = (fields.node("host"), fields.pair("context")) {
        let message = "A target has a `host` or a `context`, not both: each says where the engine is.";
        reader.findings.push(Finding::new(&finding::BAD_PARAMETER_VALUE, context.key.span, message).path("context"));
    }
    let protocol = one_of(reader, fields, "protocol", &[("http", "http"), ("https", "https")]);
    replace(&mut target.protocol, protocol.map(str::to_string));
    if let Some(template) = host_template(reader, fields) {
        target.host_template = Some(template);
    }
    if let Some(api) = super::developer_api::read(reader, fields) {
        target.developer_api_host = Some(api);
    }
    let compat = [("documented", Compat::Documented), ("deploy-service", Compat::DeployService)];
    replace(&mut target.compat, one_of(reader, fields, "compat", &compat));
    if fields.node("parameters").is_some() {
        target.parameters = fields.map("parameters");
    }
    let others = [("refused", OtherTypes::Refused), ("built-in", OtherTypes::Usable)];
    let others = one_of(reader, fields, "other-types", &others).unwrap_or(OtherTypes::Refused);
    let over = |list: Vec<TypeDefaults>, built_in: &Types| match others {
        OtherTypes::Refused => Types { list, others },
        OtherTypes::Usable => Types { list, others }.over(built_in),
    };
    if fields.node("module-types").is_some() {
        target.module_types = over(type_list(reader, fields, "module-types", &MODULE_TYPE), &target.module_types);
    }
    if fields.node("resource-types").is_some() {
        target.resource_types =
            over(type_list(reader, fields, "resource-types", &RESOURCE_TYPE), &target.resource_types);
    }
    if let Some(names) = fields.texts("dynamic-parameters") {
        target.dynamic_parameters = names.into_iter().map(|name| name.value.to_string()).collect();
    }
    if let Some(NodeKind::Map(pairs)) = fields.node("plural-parameters").map(|node| &node.kind) {
        let place = Place::ROOT.key("plural-parameters");
        target.plural_parameters.clear();
        for pair in pairs.iter() {
            if shape::is_text(&pair.value) {
                target.plural_parameters.push((pair.key.value.to_string(), scalar_text(&pair.value).to_string()));
            } else {
                let must = format!("The plural of `{}` must be a string", pair.key.value);
                reader.findings.push(wrong_type(&pair.value, &must, &place.key(&pair.key.value)));
            }
        }
    }
}

/// The name of an organisation or a space.
fn place_name(reader: &mut Reader, fields: &Fields<'_>, key: &'static str) -> Option<String> {
    let Spanned { value, span } = fields.text(key)?;
    if let Err(why) = super::place::check(&value) {
        let message = format!("`{key}` of the target cannot be used: {why}.");
        reader.findings.push(Finding::new(&finding::BAD_PARAMETER_VALUE, span, message).path(key));
    }
    Some(value)
}

/// The domain that goes behind hosts: what is wrong with it is wrong with every address.
fn domain(reader: &mut Reader, fields: &Fields<'_>) -> Option<String> {
    let Spanned { value, span } = fields.text("default-domain")?;
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if value.len() > 253 || !value.split('.').all(label) {
        let message = format!(
            "`default-domain` of the target cannot be used: `{value}` is no domain, which has labels of `a-z`, `0-9` and inner `-`, with dots between them."
        );
        let finding = Finding::new(&finding::BAD_PARAMETER_VALUE, span, message).path("default-domain");
        let bare = value.split_once("://").map_or(&*value, |(_, rest)| rest);
        let bare = bare.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
        reader.findings.push(match !bare.is_empty() && bare != value && bare.split('.').all(label) {
            true => finding.help(format!("Write `{bare}`.")),
            false => finding.help("Write it as `apps.example.org`."),
        });
    }
    Some(value)
}

/// What `${…}` can be in a host template.
pub const HOST_TEMPLATE: [&str; 4] = ["org", "space", "mta-id", "module"];

/// A template must name the module: two modules cannot have one host.
fn host_template(reader: &mut Reader, fields: &Fields<'_>) -> Option<String> {
    let Spanned { value, span } = fields.text("host-template")?;
    let pieces = text::pieces(&value, Form::Placeholder).unwrap_or_default();
    let keys: Vec<&str> =
        pieces.iter().filter_map(|piece| if let Piece::Hole(hole) = piece { Some(hole.key) } else { None }).collect();
    let known = HOST_TEMPLATE.map(|name| format!("`${{{name}}}`")).join(", ");
    let bad = |message: String| Finding::new(&finding::BAD_PARAMETER_VALUE, span, message).path("host-template");
    if let Some(unknown) = keys.iter().find(|key| !HOST_TEMPLATE.contains(key)) {
        let message = format!("`host-template` of the target has `${{{unknown}}}`; it can have {known}.");
        let near = crate::name::nearest(unknown, HOST_TEMPLATE).map(|near| format!("${{{near}}}"));
        reader.findings.push(bad(message).did_you_mean(near));
    } else if !keys.contains(&"module") {
        let message =
            "`host-template` of the target does not name `${module}`, so that all modules would have one host.";
        reader.findings.push(bad(message.into()).help("Write `${module}` somewhere in it."));
    }
    Some(value)
}

fn replace<T>(held: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *held = given;
    }
}

/// Reads a text that is one of a few words.
fn one_of<T: Copy>(reader: &mut Reader, fields: &Fields<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    let Spanned { value, span } = fields.text(key)?;
    let found = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let mut finding = Finding::new(
            &finding::BAD_PARAMETER_VALUE,
            span,
            format!("`{key}` of the target is `{value}`; it can be {}.", known.join(" or ")),
        )
        .path(key);
        let near = crate::name::nearest(&value, words.iter().map(|(word, _)| *word));
        finding = finding.did_you_mean(near).fix(near.map(|near| Fix::replace(span, near)));
        reader.findings.push(finding);
    }
    found
}

fn type_list(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &'static str,
    element: &'static Element,
) -> Vec<TypeDefaults> {
    let mut names: HashMap<String, Span> = HashMap::new();
    reader.elements(fields, key, element, &Place::ROOT, |reader, fields, place| {
        let name = fields.text("name")?;
        match names.entry(name.value.clone()) {
            Entry::Vacant(vacant) => _ = vacant.insert(name.span),
            Entry::Occupied(first) => twice(&mut reader.findings, element, &name, *first.get(), place),
        }
        Some(TypeDefaults {
            name: name.value,
            properties: fields.map("properties"),
            parameters: fields.map("parameters"),
        })
    })
}

fn twice(findings: &mut Findings, element: &Element, name: &Spanned<String>, first: Span, place: &Place<'_>) {
    findings.push(
        Finding::new(
            &finding::DUPLICATE_NAME,
            name.span,
            format!("The target has the {} `{}` twice.", element.name, name.value),
        )
        .path(place.key("name").to_string())
        .related(first, format!("the first `{}`", name.value))
        .help("Put both entries into one."),
    );
}

impl Target {
    /// The target that is meant when no file describes one: this machine.
    pub fn built_in(space: Space, namespace: Option<String>, compat: Compat) -> Target {
        let plural = ["host", "domain", "buildpack", "idle-host", "idle-domain"];
        Target {
            name: "local".to_string(),
            space,
            namespace,
            apply_namespace: super::ApplyNamespace::default(),
            parameters: Default::default(),
            module_types: types::built_in(types::MODULE_TYPES),
            resource_types: types::built_in(types::RESOURCE_TYPES),
            dynamic_parameters: vec!["service-guid".to_string()],
            plural_parameters: plural.iter().map(|word| (word.to_string(), format!("{word}s"))).collect(),
            host: None,
            context: None,
            default_domain: "localhost".to_string(),
            protocol: "http".to_string(),
            host_template: None,
            developer_api_host: None,
            compat,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, yaml};

    fn over_the_built_in(text: &str) -> Target {
        let mut sources = Sources::default();
        let file = sources.add("target.yaml", text);
        let node = yaml::read(&sources, file).product.unwrap();
        let space = Space { org: "local".into(), space: "dev".into() };
        let staged = read(&Target::built_in(space, None, Compat::Documented), &node);
        assert!(staged.findings.is_empty(), "{:?}", staged.findings);
        staged.product
    }

    #[test]
    fn what_the_file_does_not_name_stays_as_built_in() {
        let target = over_the_built_in("{name: prod, space: live, default-domain: example.com, module-types: []}");
        assert_eq!((target.name.as_str(), target.space.to_string().as_str()), ("prod", "local/live"));
        assert_eq!((target.default_domain.as_str(), target.protocol.as_str()), ("example.com", "http"));
        assert_eq!(target.dynamic_parameters, ["service-guid"]);
        assert!(target.plural_parameters.contains(&("idle-host".into(), "idle-hosts".into())));
        assert!(target.module_types.list.is_empty(), "an empty list supports nothing");
        assert_eq!(target.module_types.others, OtherTypes::Refused);
        assert_eq!(target.resource_types.others, OtherTypes::Usable, "without a list, any type will do");
    }

    #[test]
    fn a_list_may_go_over_the_built_in_types() {
        let target =
            over_the_built_in("{other-types: built-in, module-types: [{name: nodejs, parameters: {memory: 1G}}]}");
        assert_eq!(target.module_types.others, OtherTypes::Usable);
        assert_eq!(target.module_types.list.len(), types::MODULE_TYPES.len());
        assert!(target.module_type("nodejs").is_some_and(|defaults| defaults.parameters.contains("memory")));
        assert!(target.module_type("com.sap.xs.hdi").is_some_and(|defaults| defaults.parameters.contains("no-route")));
    }

    #[test]
    fn what_the_file_names_takes_the_place_of_the_built_in() {
        let target = over_the_built_in("{plural-parameters: {a: as}, dynamic-parameters: [], compat: deploy-service}");
        assert_eq!(target.plural_parameters, [("a".to_string(), "as".to_string())]);
        assert!(target.dynamic_parameters.is_empty());
        assert_eq!(target.compat, Compat::DeployService);
    }
}
