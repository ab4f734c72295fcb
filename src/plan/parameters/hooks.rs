//! `hooks` of a module: which jobs run when something happens to it.
//!
//! The deploy service passes over phases that it does not know, and so over every slip of the keyboard. Here such a phase is
//! refused: a hook that its author waits for and that never runs is worse than none.

use super::read::Found;
use super::{Surroundings, jobs};
use crate::descriptor::{self, Module};
use crate::finding::{BAD_HOOK, Finding, Findings, Fix, HOOK_PHASE_DEPRECATED, NO_EFFECT};
use crate::name::nearest;
use crate::plan::job::{Hook, Job, JobKind, Phase};
use crate::source::Spanned;
use crate::tree::{Origin, Value};

/// What the text of a phase means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Here(Phase),
    /// Only in a blue-green deployment.
    BlueGreen(Phase),
    Unknown,
}

pub fn meaning(text: &str) -> Meaning {
    let phase = |word: &str| Phase::ALL.into_iter().find(|phase| phase.word() == word);
    if let Some(word) = text.strip_prefix("blue-green.application.") {
        let word = word.strip_suffix(".idle").or_else(|| word.strip_suffix(".live"));
        return word.and_then(phase).map_or(Meaning::Unknown, Meaning::BlueGreen);
    }
    // The old spelling has no prefix, and means every kind of deployment.
    let word = text.strip_prefix("deploy.application.").unwrap_or(text);
    phase(word).map_or(Meaning::Unknown, Meaning::Here)
}

/// The hooks of the module at `index` that have something to do here.
pub fn hooks(
    module: &Module,
    index: usize,
    timeout: u32,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Vec<Hook> {
    let hooks = module.hooks.iter().enumerate();
    let read = hooks.filter_map(|(at, hook)| {
        let path = format!("modules[{index}].hooks[{at}]");
        one(hook, &path, timeout, around, findings)
    });
    // What has no phase of this kind of deployment never runs, and need not be remembered.
    read.filter(|hook| !hook.phases.is_empty()).collect()
}

fn one(
    hook: &descriptor::Hook,
    path: &str,
    timeout: u32,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Hook> {
    let (name, kind) = (&hook.name, &hook.kind);
    if kind.value != "task" && !kind.value.is_empty() {
        let message = format!("The hook `{}` has the type `{}`; only `task` can be run.", name.value, kind.value);
        let near = nearest(&kind.value, ["task"]);
        let finding = Finding::new(&BAD_HOOK, kind.span, message).path(format!("{path}.type")).did_you_mean(near);
        findings.push(finding.fix(near.map(|near| Fix::replace(kind.span, near))));
    }
    let phases = phases(hook, path, findings);
    let parameters = Value::map(hook.parameters.clone(), Origin::Written(name.span));
    let found =
        Found { name: "parameters".to_owned(), value: &parameters, at: name.span, path: format!("{path}.parameters") };
    if let Some(config) = found.key("phases-config") {
        phases_config(&config, hook, findings);
    }
    if found.key("command").is_none() && !found.is_unknown("command") {
        let message = format!("The hook `{}` has no `command`, so there is nothing to run.", name.value);
        let finding = Finding::new(&BAD_HOOK, name.span, message).path(path);
        findings.push(finding.help("Add `parameters: {command: …}`."));
    }
    let task = match found.key("name") {
        Some(name) => jobs::named(&name, findings),
        None => Some(name.value.to_string()),
    };
    let job = jobs::job(JobKind::Hook, &found, timeout, around.sources, findings)?;
    let declared = Some(around.sources.line_of(name.span));
    Some(Hook { job: Job { name: task?, declared, ..job }, phases })
}

/// The phases that happen here, each once, in the order in which they happen.
fn phases(hook: &descriptor::Hook, path: &str, findings: &mut Findings) -> Vec<Phase> {
    if hook.phases.is_empty() {
        let message = format!("The hook `{}` has no phase, so it would never run.", hook.name.value);
        let finding = Finding::new(&BAD_HOOK, hook.name.span, message).path(path);
        findings.push(finding.help(format!("Add `phases: [deploy.application.{}]`.", Phase::BeforeStart.word())));
    }
    let mut known = Vec::new();
    for (at, phase) in hook.phases.iter().enumerate() {
        let path = format!("{path}.phases[{at}]");
        match meaning(&phase.value) {
            Meaning::Here(phase) => known.push(phase),
            Meaning::BlueGreen(Phase::BeforeUnmapRoutes) if phase.value.ends_with(".idle") => {
                let message = format!("The phase `{}` of the hook `{}` never happens.", phase.value, hook.name.value);
                findings.push(Finding::new(&HOOK_PHASE_DEPRECATED, phase.span, message).path(path));
            }
            Meaning::BlueGreen(_) => {}
            // What stands there was refused while reading.
            Meaning::Unknown if phase.value.is_empty() => {}
            Meaning::Unknown => findings.push(unknown(hook, phase, path)),
        }
    }
    known.sort();
    known.dedup();
    known
}

fn unknown(hook: &descriptor::Hook, phase: &Spanned<String>, path: String) -> Finding {
    let message = format!("The hook `{}` has the unknown phase `{}`.", hook.name.value, phase.value);
    let finding = Finding::new(&BAD_HOOK, phase.span, message).path(path);
    match near(&phase.value) {
        Some(near) => finding.help(format!("Did you mean `{near}`?")).fix(Fix::replace(phase.span, near)),
        None => {
            let all: Vec<String> =
                Phase::ALL.iter().map(|phase| format!("`deploy.application.{}`", phase.word())).collect();
            finding.help(format!("The phases are {}.", all.join(", ")))
        }
    }
}

/// The phase that somebody means. Old samples have `application.before-stop.live`, which no deployer knows.
fn near(text: &str) -> Option<String> {
    let mut spellings: Vec<String> = Vec::new();
    for word in Phase::ALL.map(Phase::word) {
        spellings.extend([format!("deploy.application.{word}"), word.to_owned()]);
        spellings.extend(["idle", "live"].map(|side| format!("blue-green.application.{word}.{side}")));
    }
    let core = text.split('.').map(str::trim).find(|part| Phase::ALL.iter().any(|phase| phase.word() == *part));
    match nearest(text, spellings.iter().map(String::as_str)) {
        Some(near) => Some(near.to_owned()),
        None => core.map(|word| format!("deploy.application.{word}")),
    }
}

/// It moves a phase to the other side of a blue-green deployment; what is wrong with it is wrong everywhere.
fn phases_config(found: &Found<'_>, hook: &descriptor::Hook, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for phase in found.items().iter().filter_map(|item| item.key("phase")) {
        let Some(text) = phase.value.as_text() else { continue };
        let message = if !hook.phases.iter().any(|listed| listed.value == text) {
            format!("The hook `{}` does not list the phase `{text}`.", hook.name.value)
        } else if seen.contains(&text) {
            format!("`phases-config` names the phase `{text}` twice.")
        } else {
            seen.push(text);
            continue;
        };
        findings.push(Finding::new(&BAD_HOOK, phase.at, message).path(phase.path));
    }
}

/// Phases of blue-green deployment: said once, at the first of them.
pub fn without_effect(modules: &[Module]) -> Findings {
    let places = modules.iter().enumerate().flat_map(|(index, module)| {
        let hooks = module.hooks.iter().enumerate();
        hooks.flat_map(move |(at, hook)| hook.phases.iter().map(move |phase| (index, at, phase)))
    });
    let mut blue_green = places.filter(|(.., phase)| matches!(meaning(&phase.value), Meaning::BlueGreen(_)));
    let finding = blue_green.next().map(|(index, at, phase)| {
        let message = format!(
            "The phase `{}` has no effect here: it belongs to blue-green deployment, which does not exist yet.",
            phase.value
        );
        Finding::new(&NO_EFFECT, phase.span, message).path(format!("modules[{index}].hooks[{at}].phases"))
    });
    finding.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_known_in_all_spellings_of_the_deploy_service() {
        assert_eq!(meaning("deploy.application.before-stop"), Meaning::Here(Phase::BeforeStop));
        assert_eq!(meaning("after-stop"), Meaning::Here(Phase::AfterStop));
        assert_eq!(meaning("blue-green.application.before-start.idle"), Meaning::BlueGreen(Phase::BeforeStart));
        for unknown in ["", "before-lunch", "application.before-stop.live", "blue-green.application.before-stop"] {
            assert_eq!(meaning(unknown), Meaning::Unknown, "{unknown}");
        }
    }

    #[test]
    fn a_slip_gets_the_phase_that_was_meant() {
        assert_eq!(near("deploy.application.before-strat").as_deref(), Some("deploy.application.before-start"));
        assert_eq!(near("application.before-stop.live").as_deref(), Some("deploy.application.before-stop"));
        assert_eq!(near("before-lunch"), None);
    }
}
