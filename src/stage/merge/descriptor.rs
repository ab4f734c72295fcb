//! Checks on the descriptor alone, before any extension counts (reference 2.3).

use super::suggest::Suggestions;
use super::walk::{Owner, Section, walk};
use crate::descriptor::{Descriptor, Metadata, Requires};
use crate::finding::{self, Finding, Findings};
use crate::source::Spanned;
use crate::stage::order;
use crate::target::{Target, TypeDefaults};
use crate::tree::Place;
use std::collections::HashSet;

pub fn check(descriptor: &Descriptor, target: &Target, findings: &mut Findings) {
    requirements(descriptor, findings);
    types(descriptor, target, findings);
    if descriptor.schema.value.major >= 3 {
        fillable(descriptor, findings);
        // The order itself is not needed yet; only what is wrong with it.
        _ = order::batches(descriptor, findings);
    }
}

/// Every requirement names a provided set, a module (which provides itself), or a resource. All of them are one name space;
/// nothing is scoped.
fn requirements(descriptor: &Descriptor, findings: &mut Findings) {
    let provided = descriptor.modules.iter().flat_map(|module| &module.provides).map(|set| set.name.value.as_str());
    let resources = descriptor.resources.iter().map(|resource| resource.name.value.as_str());
    let known: HashSet<&str> = provided.chain(resources).collect();
    let suggestions = Suggestions::default();
    let mut check = |requires: &[Requires], owner: &dyn std::fmt::Display, place: &Place<'_>| {
        let list = place.key("requires");
        for (at, required) in requires.iter().enumerate() {
            let Spanned { value: name, span } = &required.name;
            if !known.contains(name.as_str()) {
                let finding = Finding::new(
                    &finding::UNRESOLVED_REQUIRES,
                    *span,
                    format!("{owner} requires `{name}`, which nothing provides."),
                )
                .path(list.index(at).key("name").to_string());
                let otherwise = "Add a resource, or a set in the `provides` of a module, of that name.";
                findings.push(suggestions.add(finding, name.as_str(), *span, sorted(&known), otherwise));
            }
        }
    };
    let modules = Place::ROOT.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        let place = modules.index(at);
        check(&module.requires, &format_args!("The module `{}`", module.name.value), &place);
        let hooks = place.key("hooks");
        for (at, hook) in module.hooks.iter().enumerate() {
            let owner = format_args!("The hook `{}` of the module `{}`", hook.name.value, module.name.value);
            check(&hook.requires, &owner, &hooks.index(at));
        }
    }
    let resources = Place::ROOT.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate() {
        check(&resource.requires, &format_args!("The resource `{}`", resource.name.value), &resources.index(at));
    }
}

/// Messages must not depend on the order inside a hash set.
fn sorted<'a>(names: &HashSet<&'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.iter().copied().collect();
    names.sort_unstable();
    names
}

/// Types must be among the target's, when the target has a list of them. An optional resource of an unknown type is simply
/// left out when deploying (schema 3).
fn types(descriptor: &Descriptor, target: &Target, findings: &mut Findings) {
    let suggestions = Suggestions::default();
    if let Some(known) = &target.module_types {
        let names = names(known);
        let place = Place::ROOT.key("modules");
        for (at, module) in descriptor.modules.iter().enumerate() {
            if !names.contains(module.kind.value.as_str()) {
                let path = place.index(at).key("type").to_string();
                let owner = format_args!("the module `{}`", module.name.value);
                let kind = (&finding::UNKNOWN_MODULE_TYPE, "module type");
                findings.push(unknown_type(kind, &module.kind, &owner, target, &names, &suggestions).path(path));
            }
        }
    }
    if let Some(known) = &target.resource_types {
        let names = names(known);
        let place = Place::ROOT.key("resources");
        for (at, resource) in descriptor.resources.iter().enumerate() {
            let Some(kind) = &resource.kind else { continue };
            if !names.contains(kind.value.as_str()) && !resource.optional {
                let path = place.index(at).key("type").to_string();
                let owner = format_args!("the resource `{}`", resource.name.value);
                let code = (&finding::UNKNOWN_RESOURCE_TYPE, "resource type");
                findings.push(unknown_type(code, kind, &owner, target, &names, &suggestions).path(path));
            }
        }
    }
}

fn names(types: &[TypeDefaults]) -> HashSet<&str> {
    types.iter().map(|defaults| defaults.name.as_str()).collect()
}

fn unknown_type(
    (code, what): (&'static finding::Code, &str),
    kind: &Spanned<String>,
    owner: &dyn std::fmt::Display,
    target: &Target,
    names: &HashSet<&str>,
    suggestions: &Suggestions,
) -> Finding {
    let message = format!("The target `{}` has no {what} `{}`, which {owner} needs.", target.name, kind.value);
    let finding = Finding::new(code, kind.span, message);
    suggestions.add(finding, &kind.value, kind.span, sorted(names), "The target file lists the types that there are.")
}

/// A value without content that may neither stay empty nor be set by an extension: nothing could ever fill it. Root
/// parameters, and parameters of provided sets, are not looked at; nor is schema 2, which has no flags.
fn fillable(descriptor: &Descriptor, findings: &mut Findings) {
    walk(descriptor, &mut |site| {
        let looked_at = match site.owner {
            Owner::Descriptor | Owner::Hook { .. } => false,
            Owner::Provides { .. } => site.section == Section::Properties,
            Owner::Requires { of, .. } => !matches!(of, Owner::Hook { .. }),
            Owner::Module(_) | Owner::Resource(_) => true,
        };
        let unfillable = |flags: &Metadata| !flags.overwritable && !flags.optional;
        for (name, flags) in site.values.metadata.iter().filter(|(_, flags)| looked_at && unfillable(flags)) {
            let Some((key, value)) = site.values.map.get_key_value(name) else { continue };
            if value.is_null() {
                let mut finding = Finding::new(
                    &finding::METADATA_REQUIRED_EMPTY,
                    site.place_of(key, value),
                    format!("The {} `{name}` of {} has no value, and can never get one.", site.section, site.owner),
                )
                .path(site.path(name))
                .help("Give it a value, or make it `overwritable: true`, or `optional: true`.");
                if let Some(span) = flags.span {
                    finding = finding.related(span, "neither overwritable nor optional");
                }
                findings.push(finding);
            }
        }
    });
}
