//! What a plan was made from, fact by fact, so that a saved plan can tell when the world has moved.

use super::observed::{Container, ContainerState, Deployed, EngineState, Touched};
use crate::descriptor::given::Given;
use crate::registry::{Entry, Question};
use crate::source::Sources;
use crate::target::Facts;
use crate::target::supply::{Giver, Supply};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Name of a fact, as a message would call it → its state, short.
pub type World = BTreeMap<String, String>;

/// What the engine shows, and what the store remembers of this deployment and of those that follow it.
pub(super) fn facts(engine: &EngineState, deployed: &Deployed, touched: &[Touched]) -> World {
    let mut world = World::new();
    for container in engine.containers.iter().chain(&engine.jobs) {
        world.insert(format!("container `{}`", container.name), container_fact(container));
    }
    for (reference, id) in &engine.images {
        world.insert(format!("image `{reference}`"), id.clone());
    }
    // Only where it matters: a registry that cannot be asked later is no other world.
    for (reference, digest) in &engine.registry {
        if engine.moved(reference).is_some() || !engine.images.contains_key(reference) {
            world.insert(format!("image `{reference}` in its registry"), digest.clone());
        }
    }
    for name in &engine.networks {
        world.insert(format!("network `{name}`"), "there".to_owned());
    }
    for name in &engine.volumes {
        world.insert(format!("volume `{name}`"), "there".to_owned());
    }
    world.insert("what is deployed".to_owned(), format!("revision {}", deployed.revision));
    if !deployed.runs.is_empty() {
        world.insert("what has run".to_owned(), digest(&format!("{:?}", deployed.runs)));
    }
    if !deployed.suspended.is_empty() {
        let names: Vec<&str> = deployed.suspended.iter().map(crate::name::ModuleName::as_str).collect();
        world.insert("what is suspended".to_owned(), names.join(", "));
    }
    world.insert("what it has published".to_owned(), entries_fact(&deployed.entries));
    for touched in touched {
        let subscription = &touched.subscription;
        let name = format!("subscriber `{}/{}`", subscription.subscriber, subscription.module);
        world.insert(name.clone(), format!("revision {}", touched.deployed.revision));
        world.insert(format!("what {name} finds for `{}`", subscription.resource), entries_fact(&touched.answer));
        for (question, answer) in &touched.beside {
            world.insert(format!("what {name} finds for `{}`", question.resource), entries_fact(answer));
        }
        for container in touched.containers.iter().filter(|container| container.module == subscription.module) {
            world.insert(format!("container `{}`", container.name), container_fact(container));
        }
    }
    world
}

/// The texts of the run (descriptor, extensions, target), and what the registry answers to the descriptor's questions.
pub fn inputs(sources: &Sources, questions: &[Question], answers: &[Vec<Entry>]) -> World {
    let mut world = World::new();
    for file in sources.files() {
        let text = sources.get(file);
        world.insert(format!("file `{}`", text.name()), digest(text.text()));
    }
    for (question, answer) in questions.iter().zip(answers) {
        world.insert(format!("entries for `{}`", question.resource), entries_fact(answer));
    }
    world
}

/// What whoever deploys has supplied, as fingerprints that nobody else can make.
pub fn supplied(sources: &Sources, given: &[Given], facts: &Facts) -> World {
    let mut world = World::new();
    for (ask, supply) in facts.supplies.iter() {
        let state = match supply {
            Supply::Given(text) => facts.generated.fingerprint(text.reveal()),
            Supply::Missing { .. } | Supply::Unusable { .. } | Supply::Unasked | Supply::Kept => "not there".to_owned(),
        };
        let what = match ask.giver {
            Giver::Environment => "variable",
            Giver::Vault => "secret",
        };
        world.insert(format!("{what} `{}`", ask.name), state);
    }
    for one in given {
        let (file, value) = one.file_and_value();
        world.insert(format!("value of `{}`", sources.get(file).name()), facts.generated.fingerprint(&value));
    }
    world
}

fn container_fact(container: &Container) -> String {
    let state = match container.state {
        ContainerState::Created => "created",
        ContainerState::Running => "running",
        ContainerState::Restarting { .. } => "restarting",
        ContainerState::Paused => "paused",
        ContainerState::Exited { .. } => "ended",
        ContainerState::Dead => "dead",
    };
    let id: String = container.id.chars().take(12).collect();
    let hash: String = container.config_hash.chars().take(12).collect();
    format!("{id} {state} {hash}")
}

fn entries_fact(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let (nid, id, version, target, namespace) = super::entries::identity(entry);
        let content = entry.content.as_ref().map(crate::tree::Value::to_json);
        text.push_str(&format!(
            "{nid:?} {id:?} {version:?} {target} {namespace:?} {content:?} {:?}\n",
            entry.visibility
        ));
    }
    format!("{}, {}", super::instances::counted(entries.len(), "entry").replace("entrys", "entries"), digest(&text))
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What has moved between two worlds, one sentence each.
pub fn moved(then: &World, now: &World) -> Vec<String> {
    let gone = then.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is gone"));
    let other = now.iter().filter_map(|(name, state)| match then.get(name) {
        None => Some(format!("{name} is new")),
        // A container begins with its id; more than that it is another one now nobody can read out of the rest.
        Some(before) if name.contains("container `") && before.split(' ').next() != state.split(' ').next() => {
            Some(format!("{name} is another one now"))
        }
        Some(before) if before != state => Some(format!("{name} has changed ({before} -> {state})")),
        Some(_) => None,
    });
    gone.chain(other).collect()
}
