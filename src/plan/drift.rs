//! What has changed behind windlass's back since the last deployment: told apart from the plan, which repairs it.
//!
//! Compared are what is recorded and what is there; what is wanted now plays no part. Labels are no proof: whoever makes a
//! container anew by hand may give it ours. So containers are also compared with what they were really made from.

use super::fingerprint::has_fingerprint;
use super::instances::{counted, is_alive, state_in_words};
use super::observed::{Container, ContainerState, Deployed, EngineState, MadeFrom};
use super::selection::LeftAlone;
use super::unit::{SERVICES, Start, Unit};
use crate::image::ImageReference;
use crate::name::ModuleName;

/// One thing that is not as the last deployment left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub thing: Thing,
    /// What of it, in words; secrets are not among them.
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Module(ModuleName),
    Network(String),
    Volume(String),
}

impl Thing {
    /// `module`, as programs read it, and the name.
    pub fn kind_and_name(&self) -> (&'static str, &str) {
        match self {
            Thing::Module(name) => ("module", name.as_str()),
            Thing::Network(name) => ("network", name),
            Thing::Volume(name) => ("volume", name),
        }
    }
}

/// At most one for each thing; modules in deploy order, but for those that are left alone.
pub fn drift(engine: &EngineState, deployed: &Deployed, alone: &LeftAlone) -> Vec<Drift> {
    let Some(record) = &deployed.record else { return Vec::new() };
    let mut found = Vec::new();
    for unit in record.units.iter().filter(|unit| !alone.modules.contains(&unit.module)) {
        let containers: Vec<&Container> =
            engine.containers.iter().filter(|container| container.module == unit.module).collect();
        let rests = deployed.suspended.contains(&unit.module) || unit.start == Start::No;
        let parts = of_module(unit, &containers, rests);
        if !parts.is_empty() {
            found.push(Drift { thing: Thing::Module(unit.module.clone()), detail: parts.join("; ") });
        }
    }
    if !record.units.is_empty() && !engine.networks.contains(&record.network) {
        found.push(Drift { thing: Thing::Network(record.network.clone()), detail: "it is gone".to_owned() });
    }
    for name in record.volumes.iter().filter(|name| !engine.volumes.contains(name)) {
        let detail = "it is gone, and its data with it".to_owned();
        found.push(Drift { thing: Thing::Volume(name.clone()), detail });
    }
    found
}

fn of_module(unit: &Unit, containers: &[&Container], rests: bool) -> Vec<String> {
    // What runs once may be cleared away by anybody once it has run.
    if unit.execution.is_some() {
        return Vec::new();
    }
    let wanted = unit.instances as usize;
    let mut parts = Vec::new();
    if containers.is_empty() && wanted > 0 {
        return vec![match wanted {
            1 => "its container is gone".to_owned(),
            more => format!("its {} are gone", counted(more, "container")),
        }];
    }
    match containers.len().checked_sub(wanted) {
        None => parts.push(format!("{} of {wanted} instances are there", containers.len())),
        Some(0) => {}
        Some(more) => parts.push(format!("{} too many", counted(more, "instance"))),
    }
    for container in containers {
        if rests && is_alive(container) {
            parts.push(format!("instance {} runs and should not", container.instance));
        } else if !rests && container.state != ContainerState::Running {
            parts.push(state_in_words(container));
        }
        parts.extend(by_hand(unit, container).map(|what| format!("instance {}: {what}", container.instance)));
    }
    parts
}

/// Variables that engines add of their own accord.
const OF_THE_ENGINE: [&str; 5] = ["PATH", "HOSTNAME", "TERM", "HOME", "container"];

/// How a container differs from the unit that its label says it was made from; `None`: not at all, or its label says
/// another one, or nobody has looked.
pub fn by_hand(unit: &Unit, container: &Container) -> Option<String> {
    let made = container.made_from.as_ref()?;
    if !has_fingerprint(unit, &container.config_hash) {
        return None;
    }
    let mut parts = Vec::new();
    if is_other_image(&unit.image, &made.image) {
        // What the unit says of its image may be secret, what somebody has put there by hand is theirs.
        parts.push("made by hand from another image".to_owned());
    }
    let variables = other_variables(unit, made);
    if !variables.is_empty() {
        const SHOWN: usize = 4;
        let mut text = variables.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if variables.len() > SHOWN {
            text += &format!(" and {} more", variables.len() - SHOWN);
        }
        parts.push(format!("made by hand with other variables ({text})"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Whether two references name images of two names. An id or a digest says nothing of the name.
fn is_other_image(wanted: &str, there: &str) -> bool {
    if there.is_empty() || there.starts_with("sha256:") || there.contains('@') || wanted == there {
        return false;
    }
    match (ImageReference::parse(wanted), ImageReference::parse(there)) {
        (Ok(wanted), Ok(there)) => wanted != there,
        _ => true,
    }
}

/// Names with what became of them, never a value.
fn other_variables(unit: &Unit, made: &MadeFrom) -> Vec<String> {
    let in_a_file = |name: &str| unit.services_file.is_some() && name == SERVICES;
    let mut others = Vec::new();
    for (name, variable) in unit.environment.iter().filter(|(name, _)| !in_a_file(name)) {
        match made.variables.get(name) {
            None => others.push(format!("`{name}` is missing")),
            // With every plan it is another one.
            Some(_) if variable.tells_the_time => {}
            Some(text) if *text != variable.text => others.push(format!("`{name}` differs")),
            Some(_) => {}
        }
    }
    // What the image brings is nobody's doing; when that is not known, nobody is blamed.
    let Some(brought) = &made.brought else { return others };
    for (name, text) in &made.variables {
        let known = unit.environment.contains_key(name) && !in_a_file(name);
        if !known && brought.get(name) != Some(text) && !OF_THE_ENGINE.contains(&name.as_str()) {
            others.push(format!("`{name}` is added"));
        }
    }
    others
}
