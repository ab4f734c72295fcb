//! What an operation is about when the command line names modules and resources: these, and nothing else.
//!
//! A module that is not selected is left alone as a whole: its containers, its entries and subscriptions, and what is
//! recorded of it. Of what is selected, the plan is made as ever; what the descriptor no longer has goes as ever. So
//! everything that a plan is made from is narrowed here, once, and the plan itself knows only whom to leave alone.

use super::desired::{Desired, Wanted, left_out_in_words, volumes};
use super::entries::identity;
use super::observed::{Deployed, EngineState};
use super::unit::{SERVICES, Unit};
use crate::finding::{BAD_SELECTION, Finding, Findings, PORT_CONFLICT};
use crate::name::{ModuleName, ResourceName, nearest};
use crate::source::{Sources, Span};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Elements of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    #[default]
    All,
    /// These names, as the command line gives them.
    Only(Vec<String>),
}

impl Pick {
    pub fn has(&self, name: &str) -> bool {
        match self {
            Pick::All => true,
            Pick::Only(names) => names.iter().any(|one| one == name),
        }
    }
}

/// `-m`, `-r`, `--all-modules`, `--all-resources`. When one is given, only what is named is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub modules: Pick,
    pub resources: Pick,
}

impl Selection {
    pub fn is_whole(&self) -> bool {
        self.modules == Pick::All && self.resources == Pick::All
    }

    /// Names that the descriptor does not have. The names of the command line become texts of `sources`, to be pointed at.
    pub fn check<'n>(
        &self,
        modules: impl Iterator<Item = &'n str> + Clone,
        resources: impl Iterator<Item = &'n str> + Clone,
        sources: &mut Sources,
    ) -> Findings {
        let mut findings = Findings::default();
        for name in unknown(&self.modules, modules.clone()) {
            findings.push(no_such("module", name, modules.clone(), resources.clone(), sources));
        }
        for name in unknown(&self.resources, resources.clone()) {
            findings.push(no_such("resource", name, resources.clone(), modules.clone(), sources));
        }
        findings
    }
}

fn unknown<'p, 'n>(pick: &'p Pick, known: impl Iterator<Item = &'n str> + Clone) -> Vec<&'p str> {
    let Pick::Only(names) = pick else { return Vec::new() };
    names.iter().map(String::as_str).filter(|name| !known.clone().any(|known| known == *name)).collect()
}

fn no_such<'n>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
    mut others: impl Iterator<Item = &'n str>,
    sources: &mut Sources,
) -> Finding {
    let file = sources.add_given(format!("--{kind} {name}"), name);
    let message = format!("The descriptor has no {kind} `{name}`.");
    let finding = Finding::new(&BAD_SELECTION, Span::new(file, 0..name.len()), message);
    let names: Vec<&str> = known.clone().collect();
    finding.help(if let Some(near) = nearest(name, known) {
        format!("Did you mean `{near}`?")
    } else if others.any(|other| other == name) {
        let (other, flag) = if kind == "module" { ("resource", "-r") } else { ("module", "-m") };
        format!("It has a {other} of that name: `{flag} {name}`.")
    } else if names.is_empty() {
        format!("It has no {kind}s at all.")
    } else {
        format!("It has {}.", listed(names))
    })
}

/// What is left alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeftAlone {
    /// Modules of the descriptor, deployed or not.
    pub modules: BTreeSet<ModuleName>,
    /// Those that are recorded: they stay in the record.
    pub recorded: Vec<Staying>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Staying {
    /// Where it stands among all that is recorded, in deploy order.
    pub place: usize,
    pub unit: Arc<Unit>,
    pub after: Vec<ModuleName>,
}

/// Leaves in what is wanted only what is selected. Finds modules that must be there before a selected one, and are not.
pub fn narrow(desired: &mut Desired, deployed: &Deployed, selection: &Selection) -> Findings {
    if selection.is_whole() {
        return Findings::default();
    }
    let recorded = |module: &ModuleName| {
        let mut units = deployed.record.iter().flat_map(|record| &record.units);
        units.find(|unit| unit.module == *module).cloned()
    };
    let staying = |place: usize, unit: Arc<Unit>| {
        let after = deployed.record.iter().find_map(|record| record.after.get(&unit.module));
        Staying { place, after: after.cloned().unwrap_or_default(), unit }
    };
    let mut alone = LeftAlone::default();
    let mut place = 0;
    for wanted in std::mem::take(&mut desired.units) {
        let module = &wanted.unit.module;
        if selection.modules.has(module.as_str()) {
            desired.units.push(wanted);
        } else {
            alone.modules.insert(module.clone());
            match recorded(module) {
                Some(unit) => alone.recorded.push(staying(place, unit)),
                None => continue,
            }
        }
        place += 1;
    }
    let findings = missing_before(&desired.units, &alone);
    // Those that the descriptor leaves out go only when they are selected.
    for module in desired.skipped.iter().filter(|module| !selection.modules.has(module.as_str())) {
        alone.modules.insert(module.clone());
        let said = left_out_in_words(module);
        desired.notices.retain(|notice| *notice != said);
        if let Some(unit) = recorded(module) {
            alone.recorded.push(staying(place, unit));
            place += 1;
        }
    }
    for wanted in &mut desired.units {
        let notices = keep_services(wanted, recorded(&wanted.unit.module).as_deref(), &selection.resources);
        desired.notices.extend(notices);
    }
    keep_what_was_told(desired, deployed, &alone);
    desired.volumes = volumes(
        desired.units.iter().map(|wanted| &*wanted.unit).chain(alone.recorded.iter().map(|staying| &*staying.unit)),
    );
    desired.left_alone = alone;
    findings
}

/// What `deployed-after` names must be there, or come along.
fn missing_before(selected: &[Wanted], alone: &LeftAlone) -> Findings {
    let mut findings = Findings::default();
    for wanted in selected {
        for name in &wanted.deployed_after {
            let is_there = alone.recorded.iter().any(|staying| staying.unit.module == name.value);
            if alone.modules.contains(&name.value) && !is_there {
                let message = format!(
                    "Module `{}` is deployed after `{}`, which is neither selected nor deployed.",
                    wanted.unit.module, name.value
                );
                findings.push(
                    Finding::new(&BAD_SELECTION, name.span, message)
                        .help(format!("Select it, too: `-m {} -m {}`.", name.value, wanted.unit.module)),
                );
            }
        }
    }
    findings
}

/// Entries and subscriptions of what is left alone stay as they are stored, and so does what no module is known of.
fn keep_what_was_told(desired: &mut Desired, deployed: &Deployed, alone: &LeftAlone) {
    let is_selected = |module: &ModuleName| !alone.modules.contains(module);
    desired.entries.retain(|entry| entry.module.as_ref().is_some_and(is_selected));
    desired.subscriptions.retain(|subscription| is_selected(&subscription.module));
    let kept: Vec<_> = deployed
        .entries
        .iter()
        .filter(|stored| !stored.module.as_ref().is_some_and(is_selected))
        .filter(|stored| !desired.entries.iter().any(|wanted| identity(wanted) == identity(stored)))
        .cloned()
        .collect();
    desired.entries.extend(kept);
    let followed = deployed.subscriptions.iter().filter(|stored| !is_selected(&stored.module));
    desired.subscriptions.extend(followed.cloned());
}

/// A service that is not selected stays what it was for the modules that are bound to it already.
fn keep_services(wanted: &mut Wanted, recorded: Option<&Unit>, picked: &Pick) -> Vec<String> {
    let unselected = |resource: &ResourceName| !picked.has(resource.as_str());
    let names: Vec<&str> =
        wanted.services.iter().filter(|(resource, _)| unselected(resource)).map(|(_, name)| name.as_str()).collect();
    let (Some(old), Some(new)) =
        (recorded.and_then(|unit| unit.environment.get(SERVICES)), wanted.unit.environment.get(SERVICES))
    else {
        return Vec::new();
    };
    type Services = BTreeMap<String, Vec<Json>>;
    let read = |text: &str| serde_json::from_str::<Services>(text).ok();
    let (Some(before), Some(mut now)) = (read(&old.text), read(&new.text)) else { return Vec::new() };
    fn name(binding: &Json) -> Option<&str> {
        binding.get("name").and_then(Json::as_str)
    }
    let mut kept = BTreeSet::new();
    for binding in now.values_mut().flatten() {
        let Some(service) = name(binding).filter(|service| names.contains(service)) else { continue };
        let before = before.values().flatten().find(|before| name(before) == Some(service));
        if let Some(before) = before.filter(|before| *before != binding) {
            kept.insert(service.to_owned());
            *binding = before.clone();
        }
    }
    if kept.is_empty() {
        return Vec::new();
    }
    let text = serde_json::to_string(&now).expect("maps with text keys and JSON values always have a JSON form");
    let mut variable = new.clone();
    variable.secret |= old.secret;
    variable.secret_parts.extend(old.secret_parts.iter().cloned());
    variable.text = text;
    let module = wanted.unit.module.clone();
    Arc::make_mut(&mut wanted.unit).environment.insert(SERVICES.to_owned(), variable);
    let notice = |service: String| {
        format!(
            "module `{module}` keeps what it was told of service `{service}`, whose resource is not selected (`-r`)"
        )
    };
    kept.into_iter().map(notice).collect()
}

/// Host ports that selected modules want, and that modules hold which are left alone.
pub fn held_ports(desired: &Desired, engine: &EngineState) -> Findings {
    let mut findings = Findings::default();
    let staying: Vec<_> =
        engine.containers.iter().filter(|container| desired.left_alone.modules.contains(&container.module)).collect();
    for wanted in &desired.units {
        for host in wanted.unit.ports.iter().filter_map(|port| port.host) {
            let holds = staying.iter().find(|container| container.ports.iter().any(|port| port.host == host));
            let Some(holder) = holds else { continue };
            let message = format!(
                "The host port {host} that module `{}` wants is held by module `{}`, which is not selected.",
                wanted.unit.module, holder.module
            );
            findings.push(
                Finding::new(&PORT_CONFLICT, wanted.at, message)
                    .help(format!("Select it, too (`-m {}`), or choose another port.", holder.module)),
            );
        }
    }
    findings
}

/// One line about what is left alone.
pub fn notice(alone: &LeftAlone) -> Option<String> {
    let names: Vec<&str> = alone.modules.iter().map(ModuleName::as_str).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("module `{one}` is not selected and stays as it is")),
        _ => Some(format!("modules {} are not selected and stay as they are", listed(names))),
    }
}

/// `` `a`, `b`, and 3 more ``
fn listed(names: Vec<&str>) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(", and {} more", names.len() - SHOWN);
    }
    text
}
