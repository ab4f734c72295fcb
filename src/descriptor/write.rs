//! [`Descriptor`] and [`Extension`] → a value in the descriptor's own shape, for `resolve` and for stored fragments.
//!
//! What is written reads back as the same descriptor. Empty sections and defaults are left out; so is the set that every
//! module provides without being told, unless an extension has put something into it.

use super::{
    DependencyPatch, Descriptor, Extension, Hook, HookPatch, Metadata, Module, ModulePatch, Provides, Requires,
    Resource, ResourcePatch, Values,
};
use crate::source::{Span, Spanned};
use crate::tree::{Key, Kind, Map, Origin, Value};
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Returns the descriptor as a map in the author's shape: empty sections and defaults left out.
pub fn descriptor(descriptor: &Descriptor) -> Value {
    let mut out = Section::default();
    let major = descriptor.schema.value.major;
    out.text("_schema-version", &descriptor.schema.value.to_string(), descriptor.schema.span);
    out.name("ID", &descriptor.id);
    out.name("version", &descriptor.version);
    out.values("parameters", "parameters-metadata", &descriptor.parameters);
    out.list("modules", descriptor.modules.iter().map(|it| module(it, major)));
    out.list("resources", descriptor.resources.iter().map(resource));
    out.value()
}

fn module(module: &Module, major: u32) -> Value {
    let mut out = Section::default();
    out.name("name", &module.name);
    out.name("type", &module.kind);
    out.optional("description", module.description.as_ref());
    out.optional("path", module.path.as_ref());
    out.both(&module.properties, &module.parameters);
    out.list("requires", module.requires.iter().map(requires));
    let provides = module.provides.iter().filter(|set| !set.implicit || !is_empty(&set.properties, &set.parameters));
    out.list("provides", provides.map(|set| provided(set, major)));
    if let Some(names) = &module.deployed_after {
        // Absent and empty differ.
        out.put("deployed-after", texts(names));
    }
    out.list("hooks", module.hooks.iter().map(hook));
    out.value()
}

fn is_empty(properties: &Values, parameters: &Values) -> bool {
    properties.map.is_empty() && parameters.map.is_empty()
}

fn requires(requires: &Requires) -> Value {
    let mut out = Section::default();
    out.name("name", &requires.name);
    out.optional("list", requires.list.as_ref());
    out.optional("group", requires.group.as_ref());
    out.both(&requires.properties, &requires.parameters);
    out.value()
}

fn provided(set: &Provides, major: u32) -> Value {
    let mut out = Section::default();
    out.name("name", &set.name);
    let default = major < 3;
    if set.public != default {
        out.flag("public", set.public);
    }
    out.both(&set.properties, &set.parameters);
    out.value()
}

fn resource(resource: &Resource) -> Value {
    let mut out = Section::default();
    out.name("name", &resource.name);
    out.optional("type", resource.kind.as_ref());
    out.optional("description", resource.description.as_ref());
    if !resource.active {
        out.flag("active", false);
    }
    if resource.optional {
        out.flag("optional", true);
    }
    out.both(&resource.properties, &resource.parameters);
    out.list("requires", resource.requires.iter().map(requires));
    if !resource.processed_after.is_empty() {
        out.put("processed-after", texts(&resource.processed_after));
    }
    out.value()
}

fn hook(hook: &Hook) -> Value {
    let mut out = Section::default();
    out.name("name", &hook.name);
    out.name("type", &hook.kind);
    if !hook.phases.is_empty() {
        out.put("phases", texts(&hook.phases));
    }
    out.map("parameters", &hook.parameters);
    out.list("requires", hook.requires.iter().map(requires));
    out.value()
}

/// Returns the extension as a map in the author's shape.
pub fn extension(extension: &Extension) -> Value {
    let mut out = Section::default();
    out.text("_schema-version", &extension.schema.value.to_string(), extension.schema.span);
    out.name("ID", &extension.id);
    out.name("extends", &extension.extends);
    out.map("parameters", &extension.parameters);
    out.list("modules", extension.modules.iter().map(module_patch));
    out.list("resources", extension.resources.iter().map(resource_patch));
    out.value()
}

fn module_patch(module: &ModulePatch) -> Value {
    let mut out = Section::default();
    out.name("name", &module.name);
    out.map("properties", &module.properties);
    out.map("parameters", &module.parameters);
    out.list("requires", module.requires.iter().map(dependency_patch));
    out.list("provides", module.provides.iter().map(dependency_patch));
    out.list("hooks", module.hooks.iter().map(hook_patch));
    out.value()
}

fn dependency_patch(dependency: &DependencyPatch) -> Value {
    let mut out = Section::default();
    out.name("name", &dependency.name);
    out.map("properties", &dependency.properties);
    out.map("parameters", &dependency.parameters);
    out.value()
}

fn hook_patch(hook: &HookPatch) -> Value {
    let mut out = Section::default();
    out.name("name", &hook.name);
    out.map("parameters", &hook.parameters);
    out.list("requires", hook.requires.iter().map(dependency_patch));
    out.value()
}

fn resource_patch(resource: &ResourcePatch) -> Value {
    let mut out = Section::default();
    out.name("name", &resource.name);
    for (key, flag) in [("active", resource.active), ("optional", resource.optional)] {
        if let Some(flag) = flag {
            out.flag(key, flag);
        }
    }
    out.map("properties", &resource.properties);
    out.map("parameters", &resource.parameters);
    out.list("requires", resource.requires.iter().map(dependency_patch));
    out.value()
}

fn texts<T: Borrow<str>>(texts: &[Spanned<T>]) -> Value {
    let items = texts.iter().map(|text| Value::text(text.value.borrow(), Origin::Written(text.span))).collect();
    Value::list(items, Origin::Nowhere)
}

/// An element being written.
#[derive(Default)]
struct Section {
    entries: Vec<(Key, Value)>,
}

impl Section {
    fn put(&mut self, key: &str, value: Value) {
        self.entries.push((key.into(), value));
    }

    fn text(&mut self, key: &str, text: &str, at: Span) {
        self.put(key, Value::text(text, Origin::Written(at)));
    }

    fn name<T: Borrow<str>>(&mut self, key: &str, name: &Spanned<T>) {
        self.text(key, name.value.borrow(), name.span);
    }

    fn optional(&mut self, key: &str, text: Option<&Spanned<String>>) {
        if let Some(text) = text {
            self.name(key, text);
        }
    }

    fn flag(&mut self, key: &str, flag: bool) {
        self.put(key, Value::new(Kind::Bool(flag), Origin::Nowhere));
    }

    fn list(&mut self, key: &str, items: impl Iterator<Item = Value>) {
        let items: Vec<Value> = items.collect();
        if !items.is_empty() {
            self.put(key, Value::list(items, Origin::Nowhere));
        }
    }

    fn map(&mut self, key: &str, map: &Map) {
        if !map.is_empty() {
            self.put(key, Value::map(map.clone(), Origin::Nowhere));
        }
    }

    fn both(&mut self, properties: &Values, parameters: &Values) {
        self.values("properties", "properties-metadata", properties);
        self.values("parameters", "parameters-metadata", parameters);
    }

    fn values(&mut self, key: &str, metadata_key: &str, values: &Values) {
        self.map(key, &values.map);
        self.map(metadata_key, &metadata(&values.metadata));
    }

    fn value(self) -> Value {
        Value::map(self.entries.into_iter().collect(), Origin::Nowhere)
    }
}

fn metadata(metadata: &BTreeMap<String, Metadata>) -> Map {
    metadata
        .iter()
        .map(|(key, flags)| (Key::from(key.as_str()), Value::map(flags.written.clone(), Origin::Nowhere)))
        .collect()
}
