//! Checks on the descriptor alone, before any extension counts (reference 2.3).

use super::needs::Needs;
use super::suggest::Suggestions;
use super::walk::{Owner, Section, walk};
use crate::descriptor::{Descriptor, Metadata, Requires};
use crate::finding::{self, Code, Finding, Findings, Fix, Severity};
use crate::source::Spanned;
use crate::stage::order;
use crate::target::Target;
use crate::target::types::Others;
use crate::tree::Place;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

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
    let mut needs = Needs::of(descriptor);
    let suggestions = Suggestions::default();
    let mut check =
        |by: usize, requires: &[Requires], told: &[Requires], owner: &dyn std::fmt::Display, place: &Place<'_>| {
            let list = place.key("requires");
            for (at, required) in requires.iter().enumerate() {
                let Spanned { value: name, span } = &required.name;
                let is_told = || told.iter().any(|other| other.name.value == *name);
                if needs.knows(name.as_str()) || name.as_str().is_empty() || is_told() {
                    continue;
                }
                let message = format!("{owner} requires `{name}`, which nothing provides.");
                let finding = Finding::new(&finding::UNRESOLVED_REQUIRES, *span, message)
                    .path(list.index(at).key("name").to_string());
                let otherwise = "Add a resource, or a set in the `provides` of a module, of that name.";
                let free = if suggestions.are_enough() { Vec::new() } else { needs.free(by, requires) };
                let near = suggestions.nearest(name.as_str(), free);
                findings.push(match near {
                    Some(near) => finding.did_you_mean(Some(near)).fix(Fix::replace(*span, near)),
                    None => finding.help(otherwise),
                });
                near.into_iter().for_each(|near| needs.add(by, near));
            }
        };
    let modules = Place::ROOT.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        let place = modules.index(at);
        check(at, &module.requires, &[], &format_args!("The module `{}`", module.name.value), &place);
        let hooks = place.key("hooks");
        for (hook_at, hook) in module.hooks.iter().enumerate() {
            let owner = format_args!("The hook `{}` of the module `{}`", hook.name.value, module.name.value);
            // What the module itself requires in vain has been told there.
            check(at, &hook.requires, &module.requires, &owner, &hooks.index(hook_at));
        }
    }
    let resources = Place::ROOT.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate() {
        let by = descriptor.modules.len() + at;
        let owner = format_args!("The resource `{}`", resource.name.value);
        check(by, &resource.requires, &[], &owner, &resources.index(at));
    }
}

/// Messages must not depend on the order inside a hash set.
fn sorted<'a>(names: &HashSet<&'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.iter().copied().collect();
    names.sort_unstable();
    names
}

/// Types must be among the target's, when the target lists what there is; an optional resource of an unknown type is then
/// simply left out when deploying (schema 3). Without a list any type will do, and one that is nearly a known one is likely
/// misspelt.
fn types(descriptor: &Descriptor, target: &Target, findings: &mut Findings) {
    let suggestions = Suggestions::default();
    let known: HashSet<&str> = target.module_types.names().collect();
    let kinds = Kinds {
        target,
        known,
        others: target.module_types.others,
        what: "module type",
        suggestions: &suggestions,
        meant: RefCell::default(),
    };
    let place = Place::ROOT.key("modules");
    for (at, module) in descriptor.modules.iter().enumerate() {
        let owner = || format!("the module `{}`", module.name.value);
        let found = kinds.check(&finding::UNKNOWN_MODULE_TYPE, &module.kind, &owner);
        findings
            .extend(found.map(|finding| finding.path(place.index(at).key("type").to_string())).into_iter().collect());
    }
    let known: HashSet<&str> = target.resource_types.names().collect();
    let kinds = Kinds {
        known,
        others: target.resource_types.others,
        what: "resource type",
        meant: RefCell::default(),
        ..kinds
    };
    let place = Place::ROOT.key("resources");
    for (at, resource) in descriptor.resources.iter().enumerate().filter(|(_, resource)| !resource.optional) {
        let Some(kind) = &resource.kind else { continue };
        let owner = || format!("the resource `{}`", resource.name.value);
        let found = kinds.check(&finding::UNKNOWN_RESOURCE_TYPE, kind, &owner);
        findings
            .extend(found.map(|finding| finding.path(place.index(at).key("type").to_string())).into_iter().collect());
    }
}

/// The types of modules, or those of resources.
struct Kinds<'a> {
    target: &'a Target,
    known: HashSet<&'a str>,
    others: Others,
    what: &'static str,
    suggestions: &'a Suggestions,
    /// What each unknown type was probably meant to be: many modules may have the same one.
    meant: RefCell<HashMap<String, Option<&'a str>>>,
}

impl Kinds<'_> {
    fn check(&self, code: &'static Code, kind: &Spanned<String>, owner: &dyn Fn() -> String) -> Option<Finding> {
        let Kinds { target, known, others, what, suggestions, .. } = self;
        if known.contains(kind.value.as_str()) || kind.value.is_empty() {
            return None;
        }
        let (name, value) = (&target.name, &kind.value);
        match others {
            Others::Refused => {
                let message = format!("The target `{name}` has no {what} `{value}`, which {} needs.", owner());
                let finding = Finding::new(code, kind.span, message);
                let otherwise = "The target file lists the types that there are.";
                Some(suggestions.add(finding, value, kind.span, sorted(known), otherwise))
            }
            Others::Usable => {
                let search = || suggestions.nearest(value, sorted(known));
                let near = (*self.meant.borrow_mut().entry(value.clone()).or_insert_with(search))?;
                let message =
                    format!("No {what} `{value}` is known here, which {} has: it brings no values along.", owner());
                let finding = Finding { severity: Severity::Warning, ..Finding::new(code, kind.span, message) };
                Some(suggestions.add(finding, value, kind.span, [near], ""))
            }
        }
    }
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
