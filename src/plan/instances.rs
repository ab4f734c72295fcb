//! What has to happen to the containers of one module.

use super::fingerprint::{differ_in_secrets, fingerprint, has_fingerprint};
use super::observed::{Container, ContainerState, Moved};
use super::unit::{MountSource, Start, Unit};
use super::{Cause, Handover, Secrets, changes, drift};
use std::collections::BTreeMap;

/// What one module needs. Containers that are too many are on top of it.
#[derive(Debug, PartialEq)]
pub struct Need {
    pub what: What,
    pub causes: Vec<Cause>,
    /// To be removed once the rest is done.
    pub surplus: Vec<Container>,
    pub surplus_causes: Vec<Cause>,
}

#[derive(Debug, PartialEq)]
pub enum What {
    Nothing,
    Start,
    Add { instances: Vec<u32> },
    Replace { old: Vec<Container>, handover: Handover },
    Wake { containers: Vec<Container> },
    Stop { containers: Vec<Container> },
}

/// What is known of a module beside its wanted unit.
#[derive(Debug)]
pub struct Present<'a> {
    pub containers: &'a [Container],
    /// As recorded by the last deployment.
    pub recorded: Option<&'a Unit>,
    /// Image reference → id on the engine.
    pub images: &'a BTreeMap<String, String>,
    /// Its image's tag, when that has moved.
    pub moved: Option<Moved>,
    pub network_is_there: bool,
    pub secrets: Secrets,
}

/// What a module needs that is itself run once, and is due. That it has run is known from the record alone: an ended
/// container may be cleared away by anybody.
pub fn need_to_run(unit: &Unit, due: Option<Cause>, present: &Present<'_>) -> Need {
    let Some(cause) = due.filter(|_| unit.instances > 0 && unit.start == Start::Yes) else {
        return Need::of(What::Nothing, Vec::new());
    };
    match present.containers {
        [] => Need::of(What::Start, vec![cause]),
        old => {
            let handover = handover_of_run(unit, present.recorded, old);
            let cause = match cause {
                Cause::Missing if present.recorded.is_none() => {
                    Cause::Drifted("there is no record that it ended well".to_owned())
                }
                cause => cause,
            };
            Need::of(What::Replace { old: old.to_vec(), handover }, vec![cause])
        }
    }
}

/// What still runs of it goes first: it must not run twice at the same time. Instances of a module that used to stay up
/// give way as they always do.
fn handover_of_run(unit: &Unit, recorded: Option<&Unit>, old: &[Container]) -> Handover {
    let ran_once = recorded.is_none_or(|recorded| recorded.execution.is_some());
    if ran_once && old.iter().any(is_alive) { Handover::OldFirst } else { handover(unit, recorded, old) }
}

pub fn need(unit: &Unit, present: &Present<'_>) -> Need {
    let instances = || changes::values("instances", present.containers.len().to_string(), unit.instances.to_string());
    if unit.instances == 0 {
        let surplus_causes = vec![Cause::Changed(vec![instances()])];
        return Need { what: What::Nothing, causes: Vec::new(), surplus: present.containers.to_vec(), surplus_causes };
    }
    if present.containers.is_empty() {
        let cause = match present.recorded.map(|recorded| recorded.instances) {
            None => Cause::Missing,
            Some(0) => Cause::Changed(vec![changes::values("instances", "0", unit.instances.to_string())]),
            Some(_) => Cause::Drifted("its containers are gone".to_owned()),
        };
        return Need::of(What::Start, vec![cause]);
    }
    let causes = causes_to_replace(unit, present);
    if !causes.is_empty() {
        let old = present.containers.to_vec();
        let handover = handover(unit, present.recorded, &old);
        return Need::of(What::Replace { old, handover }, causes);
    }
    let (kept, surplus) = sort_out(unit, present.containers);
    let recorded = present.recorded.map_or(unit.instances, |recorded| recorded.instances);
    let as_recorded = || match recorded == unit.instances {
        true => Cause::Drifted("it is not what the last deployment left".to_owned()),
        false => Cause::Changed(vec![changes::values("instances", recorded.to_string(), unit.instances.to_string())]),
    };
    let there = |instance: u32| kept.iter().find(|container| container.instance == instance);
    let mut missing: Vec<u32> = (1..=unit.instances).filter(|instance| there(*instance).is_none()).collect();
    if !missing.is_empty() && unit.start == Start::Yes {
        // What was created and never started, or has ended, is made anew with the others: a step adds or wakes, not both.
        missing = (1..=unit.instances).filter(|instance| !there(*instance).is_some_and(is_alive)).collect();
    }
    let only_names = missing.is_empty() && surplus.is_empty() && unit.start == Start::Yes;
    if kept.iter().any(Container::is_misnamed) && !only_names {
        // A name may still be held by another one, or nothing may be started to get it.
        let old = present.containers.to_vec();
        let handover = handover(unit, present.recorded, &old);
        return Need::of(What::Replace { old, handover }, vec![misnamed(&kept)]);
    }
    let mut need = match missing.is_empty() {
        false => {
            let cause = match recorded == unit.instances {
                true => Cause::Drifted(format!("{} missing", counted(missing.len(), "instance"))),
                false => as_recorded(),
            };
            Need::of(What::Add { instances: missing }, vec![cause])
        }
        true => run_state(unit, present.recorded, &kept),
    };
    need.surplus_causes = if surplus.is_empty() { Vec::new() } else { vec![as_recorded()] };
    need.surplus = surplus;
    need
}

impl Need {
    fn of(what: What, causes: Vec<Cause>) -> Need {
        Need { what, causes, surplus: Vec::new(), surplus_causes: Vec::new() }
    }
}

/// Why the containers that are there cannot stay; empty when they can.
fn causes_to_replace(unit: &Unit, present: &Present<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let other = present.containers.iter().find(|container| !has_fingerprint(unit, &container.config_hash));
    let by_hand = present.containers.iter().find_map(|container| drift::by_hand(unit, container));
    if let Some(other) = other {
        let mut changed = match present.recorded {
            Some(recorded) => changes::changes(recorded, unit, present.secrets),
            None => Vec::new(),
        };
        if let Some(recorded) = present.recorded.filter(|recorded| recorded.instances != unit.instances)
            && !changed.is_empty()
        {
            changed.push(changes::values("instances", recorded.instances.to_string(), unit.instances.to_string()));
        }
        causes.push(match (changed.is_empty(), present.recorded.is_some()) {
            (false, _) => Cause::Changed(changed),
            (true, true) => Cause::Drifted("it still runs with an earlier configuration".to_owned()),
            (true, false) if differ_in_secrets(&other.config_hash, &fingerprint(unit)) => {
                let why = "its secret values were put in with another state directory, so nobody can tell whether they are the same";
                Cause::Drifted(why.to_owned())
            }
            (true, false) => Cause::Drifted("made from a configuration of which there is no record".to_owned()),
        });
    } else if let Some(what) = by_hand {
        causes.push(Cause::Drifted(format!("it was {what}")));
    } else if let Some(moved) = &present.moved {
        causes.push(changes::tag_moved(moved));
    } else if let Some(id) = present.images.get(&unit.image)
        && let Some(container) = present.containers.iter().find(|container| container.image_id != *id)
    {
        let digests = present.recorded.and_then(|recorded| recorded.digest.as_ref()).zip(unit.digest.as_ref());
        causes.push(match digests.filter(|(old, new)| old != new) {
            Some((from, to)) => changes::tag_moved(&Moved { from: from.clone(), to: to.clone() }),
            None => Cause::Changed(vec![changes::image_id(&container.image_id, id)]),
        });
    }
    if !present.network_is_there {
        causes.push(Cause::Drifted("its network is gone".to_owned()));
    }
    let beyond_waking =
        |container: &&Container| matches!(container.state, ContainerState::Paused | ContainerState::Dead);
    if let Some(container) = present.containers.iter().find(beyond_waking) {
        causes.push(Cause::Drifted(state_in_words(container)));
    }
    causes
}

/// One container for each wanted instance, preferably one that runs, and the rest.
fn sort_out(unit: &Unit, containers: &[Container]) -> (Vec<Container>, Vec<Container>) {
    let mut sorted: Vec<&Container> = containers.iter().collect();
    sorted.sort_by_key(|container| {
        (container.instance, container.state != ContainerState::Running, container.is_misnamed())
    });
    let (mut kept, mut surplus): (Vec<Container>, Vec<Container>) = (Vec::new(), Vec::new());
    for container in sorted {
        let wanted = (1..=unit.instances).contains(&container.instance);
        let free = kept.last().is_none_or(|last| last.instance != container.instance);
        if wanted && free { kept.push(container.clone()) } else { surplus.push(container.clone()) }
    }
    (kept, surplus)
}

/// All instances are there and as wanted: do they run, or not, as they should?
fn run_state(unit: &Unit, recorded: Option<&Unit>, kept: &[Container]) -> Need {
    let runs = |container: &&Container| container.state == ContainerState::Running;
    let alive =
        |container: &&Container| runs(container) || matches!(container.state, ContainerState::Restarting { .. });
    let wished_otherwise = recorded.filter(|recorded| recorded.start != unit.start);
    let change = |recorded: &Unit| {
        Cause::Changed(vec![changes::values("start", changes::start(recorded.start), changes::start(unit.start))])
    };
    match unit.start {
        Start::No => {
            let containers: Vec<Container> = kept.iter().filter(alive).cloned().collect();
            if containers.is_empty() {
                return Need::of(What::Nothing, Vec::new());
            }
            let cause = wished_otherwise.map_or_else(|| Cause::Drifted("it runs and should not".to_owned()), change);
            Need::of(What::Stop { containers }, vec![cause])
        }
        Start::Yes => {
            let containers: Vec<Container> = kept.iter().filter(|container| !runs(container)).cloned().collect();
            let Some(first) = containers.first() else { return never_seen_up(unit, recorded, kept) };
            let cause = wished_otherwise.map_or_else(|| Cause::Drifted(state_in_words(first)), change);
            Need::of(What::Wake { containers }, vec![cause])
        }
    }
}

/// A record is written once all instances are up. Containers of which there is none were left by an operation that did not
/// end, and may be anything but well: whoever goes on from there waits for them first. The same operation may have ended
/// before the last act of a replacement, which is to give them their names.
fn never_seen_up(unit: &Unit, recorded: Option<&Unit>, kept: &[Container]) -> Need {
    let is_recorded = recorded.is_some_and(|recorded| fingerprint(recorded) == fingerprint(unit));
    let cause = match (is_recorded, kept.iter().any(Container::is_misnamed)) {
        (true, false) => return Need::of(What::Nothing, Vec::new()),
        (false, _) => Cause::Drifted("there is no record that it came up".to_owned()),
        (true, true) => misnamed(kept),
    };
    Need::of(What::Wake { containers: kept.to_vec() }, vec![cause])
}

fn misnamed(kept: &[Container]) -> Cause {
    let name = kept.iter().find(|container| container.is_misnamed()).map_or("", |container| container.name.as_str());
    Cause::Drifted(format!("it is called `{name}`"))
}

/// The old instances go first when both would hold the same host port, or write the same volume: a database that finds
/// another one at work on its files is a database lost.
pub fn handover(unit: &Unit, recorded: Option<&Unit>, old: &[Container]) -> Handover {
    let fixed: Vec<u16> = unit.ports.iter().filter_map(|port| port.host).collect();
    let held = old.iter().filter(|container| is_alive(container)).flat_map(|container| &container.ports);
    let same_port = held.into_iter().any(|port| fixed.contains(&port.host));
    let written = |unit: &Unit| -> Vec<String> {
        let mounts = unit.volumes.iter().filter(|mount| !mount.read_only);
        mounts
            .filter_map(|mount| match &mount.source {
                MountSource::Volume(name) => Some(name.clone()),
                MountSource::Path(_) => None,
            })
            .collect()
    };
    let wanted = written(unit);
    let same_volume = recorded.is_some_and(|recorded| written(recorded).iter().any(|name| wanted.contains(name)));
    if same_port || same_volume { Handover::OldFirst } else { Handover::NewFirst }
}

/// Whether its process runs, or will again.
pub fn is_alive(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Restarting { .. } | ContainerState::Paused)
}

pub(super) fn state_in_words(container: &Container) -> String {
    let Container { instance, state, .. } = container;
    match state {
        ContainerState::Created => format!("instance {instance} was never started"),
        ContainerState::Running => format!("instance {instance} runs"),
        ContainerState::Restarting { code, .. } => {
            format!("instance {instance} ends again and again (exit code {code})")
        }
        ContainerState::Paused => format!("instance {instance} was paused"),
        ContainerState::Exited { out_of_memory: true, .. } => {
            format!("instance {instance} has ended: out of memory")
        }
        ContainerState::Exited { code, .. } => format!("instance {instance} has ended (exit code {code})"),
        ContainerState::Dead => format!("instance {instance} is half removed"),
    }
}

/// `1 instance`, `2 instances`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
