//! What the author wrote and a container engine does nothing with: said once for each name.

use super::reference::{Effect, Place};
use super::{PARAMETERS, Parameter};
use crate::descriptor::{Descriptor, Module};
use crate::finding::{Finding, Findings, NO_EFFECT, Severity};
use crate::name::nearest;
use crate::source::Span;
use crate::tree::{Key, Kind, Value};
use std::collections::HashMap;

/// A finding per name, at the first place; the message says how many more there are.
pub fn effects(descriptor: &Descriptor) -> Findings {
    let places = |wanted: &[Place]| -> HashMap<&'static str, &'static Parameter> {
        let chosen = PARAMETERS.iter().filter(|parameter| wanted.contains(&parameter.place));
        chosen.map(|parameter| (parameter.name, parameter)).collect()
    };
    let of_modules = places(&[Place::Module]);
    // The descriptor's own meaning of a name comes after that of modules, and so counts.
    let of_descriptor = places(&[Place::Module, Place::Descriptor]);
    let mut uses: Vec<Use> = Vec::new();
    for (key, value) in descriptor.parameters.map.iter() {
        note(&mut uses, &of_descriptor, key, value, format!("parameters.{}", key.text));
    }
    for (index, module) in descriptor.modules.iter().enumerate() {
        for (key, value) in module.parameters.map.iter() {
            if of_modules.contains_key(&*key.text) {
                note(&mut uses, &of_modules, key, value, format!("modules[{index}].parameters.{}", key.text));
            }
        }
    }
    let mut findings = Findings::default();
    for used in uses {
        findings.push(used.finding());
    }
    hooks(&descriptor.modules, &mut findings);
    for (index, module) in descriptor.modules.iter().enumerate() {
        misspelt(module, index, &mut findings);
    }
    findings
}

/// Parameters may have any name, to serve placeholders; one that is nearly the name of a parameter that windlass uses, and
/// stands where that one does not, is worth a word: its author may wait for an effect that never comes.
fn misspelt(module: &Module, index: usize, findings: &mut Findings) {
    let used = || PARAMETERS.iter().filter(|one| one.place == Place::Module && matches!(one.effect, Effect::Used));
    let known = |name: &str| PARAMETERS.iter().any(|one| one.name == name);
    // `host-2` is no slip of the hand.
    let derived = |name: &str, near: &str| {
        name.strip_prefix(near).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    for (key, _) in module.parameters.map.iter().filter(|(key, _)| !known(&key.text)) {
        let near = nearest(&key.text, used().map(|one| one.name));
        let near = near.filter(|near| !derived(&key.text, near) && module.parameters.map.get(near).is_none());
        let (Some(near), Some(at)) = (near, key.span) else { continue };
        let message = format!("windlass knows no parameter `{}`; it only serves placeholders that name it.", key.text);
        let mut finding = Finding::new(&NO_EFFECT, at, message)
            .path(format!("modules[{index}].parameters.{}", key.text))
            .help(format!("Did you mean `{near}`?"));
        finding.severity = Severity::Info;
        findings.push(finding);
    }
}

struct Use {
    parameter: &'static Parameter,
    at: Span,
    path: String,
    more: usize,
}

fn note(uses: &mut Vec<Use>, known: &HashMap<&str, &'static Parameter>, key: &Key, value: &Value, path: String) {
    let Some(parameter) = known.get(&*key.text) else { return };
    if !matches!(parameter.effect, Effect::Nothing(_) | Effect::Later(_)) || is_harmless(parameter, value) {
        return;
    }
    let Some(at) = key.span.or(value.span()) else { return };
    match uses.iter_mut().find(|used| used.parameter.name == parameter.name) {
        Some(used) => used.more += 1,
        None => uses.push(Use { parameter, at, path, more: 0 }),
    }
}

/// What asks for nothing: null, `false`, `lifecycle: docker`.
fn is_harmless(parameter: &Parameter, value: &Value) -> bool {
    match &value.kind {
        Kind::Null | Kind::Bool(false) => true,
        Kind::Text(text) => parameter.name == "lifecycle" && text.eq_ignore_ascii_case("docker"),
        _ => false,
    }
}

impl Use {
    fn finding(self) -> Finding {
        let name = self.parameter.name;
        let more = match self.more {
            0 => String::new(),
            1 => " It is set at one more place.".to_owned(),
            more => format!(" It is set at {more} more places."),
        };
        let (message, severity) = match self.parameter.effect {
            Effect::Later(why) => (format!("`{name}` is not supported yet: {why}.{more}"), Severity::Warning),
            Effect::Nothing(why) => (format!("`{name}` has no effect here: {why}.{more}"), Severity::Info),
            Effect::Used | Effect::Placeholder => (String::new(), Severity::Info),
        };
        let mut finding = Finding::new(&NO_EFFECT, self.at, message).path(self.path);
        finding.severity = severity;
        finding
    }
}

fn hooks(modules: &[Module], findings: &mut Findings) {
    for (index, module) in modules.iter().enumerate() {
        let Some(hook) = module.hooks.first() else { continue };
        let message = format!("Hooks are not run yet; module `{}` has {}.", module.name.value, module.hooks.len());
        let mut finding = Finding::new(&NO_EFFECT, hook.name.span, message).path(format!("modules[{index}].hooks"));
        finding.severity = Severity::Warning;
        findings.push(finding);
    }
}
