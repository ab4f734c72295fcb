//! The extension descriptor: only values, and only for elements that the descriptor has.

use crate::descriptor::{DependencyPatch, Extension, HookPatch, ModulePatch, ResourcePatch, SchemaVersion, keys};
use crate::finding::{self, Finding, Severity};
use crate::name::{HookName, ModuleName, MtaId, ResourceName};
use crate::source::{FileId, Spanned};
use crate::tree::Place;
use crate::tree::shape::{Element, Fields, Reader};

pub fn extension(reader: &mut Reader, file: FileId, schema: Spanned<SchemaVersion>, fields: &Fields<'_>) -> Extension {
    let nameless = Spanned::new(MtaId::new(""), schema.span);
    Extension {
        file,
        schema,
        id: fields.name("ID", MtaId::new).unwrap_or_else(|| nameless.clone()),
        extends: fields.name("extends", MtaId::new).unwrap_or(nameless),
        modules: reader.elements(fields, "modules", &keys::MODULE_PATCH, &Place::ROOT, module),
        resources: reader.elements(fields, "resources", &keys::RESOURCE_PATCH, &Place::ROOT, resource),
        parameters: fields.map("parameters"),
    }
}

fn module(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<ModulePatch> {
    Some(ModulePatch {
        span: fields.span,
        name: fields.name("name", ModuleName::new)?,
        properties: fields.map("properties"),
        parameters: fields.map("parameters"),
        requires: dependencies(reader, &fields, "requires", &keys::REQUIRES_PATCH, place),
        provides: dependencies(reader, &fields, "provides", &keys::PROVIDES_PATCH, place),
        hooks: reader.elements(&fields, "hooks", &keys::HOOK_PATCH, place, hook),
    })
}

fn dependencies(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &'static str,
    element: &'static Element,
    place: &Place<'_>,
) -> Vec<DependencyPatch> {
    reader.elements(fields, key, element, place, |_, fields, _| {
        Some(DependencyPatch {
            span: fields.span,
            name: fields.text("name")?,
            properties: fields.map("properties"),
            parameters: fields.map("parameters"),
        })
    })
}

fn hook(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<HookPatch> {
    Some(HookPatch {
        span: fields.span,
        name: fields.name("name", HookName::new)?,
        parameters: fields.map("parameters"),
        requires: dependencies(reader, &fields, "requires", &keys::REQUIRES_PATCH, place),
    })
}

fn resource(reader: &mut Reader, fields: Fields<'_>, place: &Place<'_>) -> Option<ResourcePatch> {
    let name = fields.name("name", ResourceName::new)?;
    if let Some(pair) = fields.pair("optional") {
        // The deploy service takes the value, SAP's build tool refuses the file: so it works here, with a word.
        let mut finding = Finding::new(
            &finding::EXT_FORBIDDEN_KEY,
            pair.key.span,
            format!(
                "`optional` of the resource `{}` is set in an extension, which the MTA build tool refuses.",
                name.value
            ),
        )
        .path(place.key("optional").to_string())
        .help("If the descriptor passes through that tool, set it in the descriptor.");
        finding.severity = Severity::Warning;
        reader.findings.push(finding);
    }
    Some(ResourcePatch {
        span: fields.span,
        name,
        properties: fields.map("properties"),
        parameters: fields.map("parameters"),
        active: fields.boolean("active"),
        optional: fields.boolean("optional"),
        requires: dependencies(reader, &fields, "requires", &keys::REQUIRES_PATCH, place),
    })
}
