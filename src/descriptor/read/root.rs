//! The deployment descriptor and its elements.

use super::schema;
use super::values::{parameters, properties};
use crate::descriptor::{Descriptor, Hook, Module, Provides, Requires, Resource, SchemaVersion, Tagged, Values, keys};
use crate::name::{HookName, ModuleName, MtaId, ProvidedName, RequiredName, ResourceName};
use crate::source::yaml::Node;
use crate::source::{FileId, Span, Spanned};
use crate::tree::Place;
use crate::tree::shape::{Fields, Reader};

pub fn descriptor(
    reader: &mut Reader,
    file: FileId,
    schema: Spanned<SchemaVersion>,
    fields: &Fields<'_>,
    modules: Vec<Node>,
) -> Descriptor {
    let at = schema.span;
    Descriptor {
        file,
        schema,
        id: fields.name("ID", MtaId::new).unwrap_or_else(|| Spanned::new(MtaId::new(""), at)),
        version: schema::application_version(reader, fields).unwrap_or_else(|| Spanned::new(String::new(), at)),
        modules: reader.detached("modules", modules, &keys::MODULE, &Place::ROOT, module),
        resources: reader.elements(fields, "resources", &keys::RESOURCE, &Place::ROOT, resource),
        parameters: parameters(reader, fields, &Place::ROOT),
        tagged: Tagged { id: fields.secrecy("ID"), version: fields.secrecy("version") },
    }
}

/// An element without a name can be neither referred to nor deployed. It was reported; the rest of it is looked at.
fn module(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<Module> {
    let name = fields.own_name(ModuleName::new);
    let mut provides: Vec<Provides> = reader.elements(&fields, "provides", &keys::PROVIDES, place, provided);
    if !provides.iter().any(|provided| provided.name.value.as_str() == name.value.as_str()) {
        provides.reserve_exact(1);
        provides.push(Provides {
            span: name.span,
            name: Spanned::new(ProvidedName::new(name.value.as_str()), name.span),
            public: public_by_default(reader),
            implicit: true,
            properties: Values::default(),
            parameters: Values::default(),
        });
    }
    Some(Module {
        span: fields.span,
        kind: fields.text("type").unwrap_or_else(|| Spanned::new(String::new(), name.span)),
        name,
        description: fields.text("description"),
        path: fields.text("path"),
        properties: properties(reader, &fields, place),
        parameters: parameters(reader, &fields, place),
        requires: requires(reader, &fields, place),
        provides,
        deployed_after: fields
            .texts("deployed-after")
            .map(|names| names.into_iter().map(|name| Spanned::new(ModuleName::new(name.value), name.span)).collect()),
        hooks: reader.elements(&fields, "hooks", &keys::HOOK, place, hook),
    })
}

fn requires(reader: &mut Reader, fields: &Fields<'_>, place: &Place<'_>) -> Vec<Requires> {
    reader.elements(fields, "requires", &keys::REQUIRES, place, |reader, fields, place| {
        Some(Requires {
            span: fields.span,
            name: fields.own_name(RequiredName::new),
            list: fields.text("list"),
            group: fields.text("group"),
            properties: properties(reader, &fields, place),
            parameters: parameters(reader, &fields, place),
        })
    })
}

fn provided(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<Provides> {
    Some(Provides {
        span: fields.span,
        name: fields.own_name(ProvidedName::new),
        public: fields.boolean("public").unwrap_or_else(|| public_by_default(reader)),
        implicit: false,
        properties: properties(reader, &fields, place),
        parameters: parameters(reader, &fields, place),
    })
}

/// Schema 2 publishes everything unless told otherwise, schema 3 nothing.
fn public_by_default(reader: &Reader) -> bool {
    reader.major < 3
}

fn resource(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<Resource> {
    Some(Resource {
        span: fields.span,
        name: fields.own_name(ResourceName::new),
        kind: fields.text("type"),
        description: fields.text("description"),
        properties: properties(reader, &fields, place),
        parameters: parameters(reader, &fields, place),
        active: fields.boolean("active").unwrap_or(true),
        optional: fields.boolean("optional").unwrap_or(false),
        requires: requires(reader, &fields, place),
        processed_after: fields
            .texts("processed-after")
            .unwrap_or_default()
            .into_iter()
            .map(|name| Spanned::new(ResourceName::new(name.value), name.span))
            .collect(),
    })
}

fn hook(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<Hook> {
    let name = fields.own_name(HookName::new);
    let parameters = parameters(reader, &fields, place);
    Some(Hook {
        span: fields.span,
        kind: fields.text("type").unwrap_or_else(|| Spanned::new(String::new(), name.span)),
        phases: phases(&fields, name.span),
        metadata: parameters.metadata,
        name,
        parameters: parameters.map,
        requires: requires(reader, &fields, place),
    })
}

/// Phases that were refused stand as one without a name: there are some.
fn phases(fields: &Fields<'_>, at: Span) -> Vec<Spanned<String>> {
    match fields.texts("phases") {
        Some(phases) => phases.into_iter().map(|phase| Spanned::new(phase.value.to_string(), phase.span)).collect(),
        None if fields.is_refused("phases") => vec![Spanned::new(String::new(), at)],
        None => Vec::new(),
    }
}
