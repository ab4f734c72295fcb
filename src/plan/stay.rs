//! What stays of an earlier deployment because the descriptor says so: `keep-existing` and `restart-on-env-change`.
//!
//! Both are decided against the record of what runs, and what stays goes into the new record. So a difference that was
//! put off is met again by the next plan, until a replacement for another reason takes it along.

use super::desired::{Desired, Wanted};
use super::instances::{Present, What, need};
use super::observed::{Container, Deployed, EngineState};
use super::parameters::{Keep, RestartOn, host_port};
use super::unit::{Port, SERVICES, Unit, Variable};
use super::{Secrets, changes, variables};
use crate::stage::environment::FILE_VARIABLE;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The wanted state with what stays, and a line for each module that something stays of.
pub fn with_what_stays<'d>(
    desired: &'d Desired,
    engine: &EngineState,
    deployed: &Deployed,
) -> (Cow<'d, Desired>, Vec<String>) {
    let mut result = Cow::Borrowed(desired);
    let mut notices = Vec::new();
    let Some(record) = &deployed.record else { return (result, notices) };
    for (index, Wanted { unit, handling, .. }) in desired.units.iter().enumerate() {
        if handling.keep == Keep::default() && handling.restart_on == RestartOn::default() {
            continue;
        }
        let Some(recorded) = record.units.iter().find(|recorded| recorded.module == unit.module) else { continue };
        let (mut stays, kept) = keep(unit, recorded, handling.keep);
        if !kept.is_empty() {
            let module = &unit.module;
            let stay = if kept.len() == 1 { "stays" } else { "stay" };
            notices.push(format!("module `{module}`: {} {stay}, as `keep-existing` says", kept.join(", ")));
        }
        let containers: Vec<Container> =
            engine.containers.iter().filter(|container| container.module == unit.module).cloned().collect();
        let present = Present {
            containers: &containers,
            recorded: Some(recorded),
            images: &engine.images,
            moved: engine.moved(&unit.image),
            network_is_there: engine.networks.contains(&desired.network),
            secrets: Secrets::Mask,
        };
        if unit.execution.is_none()
            && let Some((as_it_is, differing)) = put_off(&stays, recorded, handling.restart_on)
            && !matches!(need(&as_it_is, &present).what, What::Replace { .. } | What::Start)
        {
            stays = as_it_is;
            stays.held_back = differing.clone();
            notices.push(format!(
                "module `{}`: its containers stay without the change of {}, as `restart-on-env-change` says; the next replacement takes it along",
                unit.module,
                differing.join(", "),
            ));
        }
        if stays != **unit {
            result.to_mut().units[index].unit = Arc::new(stays);
        }
    }
    (result, notices)
}

/// The unit with what the recorded one has and it lacks; names what that is.
fn keep(unit: &Unit, recorded: &Unit, keep: Keep) -> (Unit, Vec<String>) {
    let mut unit = unit.clone();
    let mut kept = Vec::new();
    if keep.variables {
        for (name, variable) in &recorded.environment {
            if !OF_THE_PLATFORM.contains(&&**name) && !unit.environment.contains_key(name) {
                unit.environment.insert(name.clone(), variable.clone());
                kept.push(name.clone());
            }
        }
    }
    if keep.services
        && let Some((services, names)) =
            recorded.environment.get(SERVICES).and_then(|old| merged(old, unit.environment.get(SERVICES)))
    {
        unit.environment.insert(SERVICES.to_owned(), services);
        kept.extend(names);
    }
    if keep.routes {
        for route in &recorded.routes {
            if !unit.routes.contains(route) {
                unit.routes.push(route.clone());
                unit.protocols.extend(recorded.protocols.get(route).map(|protocol| (route.clone(), protocol.clone())));
                // The port of a TCP route belongs to it.
                let its_port = host_port(route);
                let ports = recorded.ports.iter().filter(|port| its_port.is_some() && port.host == its_port);
                let missing: Vec<Port> = ports.filter(|port| !unit.ports.contains(port)).cloned().collect();
                unit.ports.extend(missing);
                kept.push(route.clone());
            }
        }
    }
    (unit, kept)
}

/// Variables that no author sets and whose text is worked out anew each time.
const OF_THE_PLATFORM: [&str; 5] = [SERVICES, FILE_VARIABLE, "VCAP_APPLICATION", "PORT", "DEPLOY_ID"];

/// The new services with those of the old ones that they lack, and the names of these; `None`: they lack none.
fn merged(old: &Variable, new: Option<&Variable>) -> Option<(Variable, Vec<String>)> {
    type Services = BTreeMap<String, Vec<Json>>;
    let read = |variable: &Variable| serde_json::from_str::<Services>(&variable.text).ok();
    let mut all = new.map_or_else(|| Some(Services::new()), read)?;
    let name = |binding: &Json| binding.get("name").and_then(Json::as_str).map(str::to_owned);
    let known: BTreeSet<String> = all.values().flatten().filter_map(name).collect();
    let mut kept = Vec::new();
    for (label, bindings) in read(old)? {
        let missing = bindings.into_iter().filter(|binding| name(binding).is_some_and(|name| !known.contains(&name)));
        for binding in missing {
            kept.extend(name(&binding));
            all.entry(label.clone()).or_default().push(binding);
        }
    }
    let text = serde_json::to_string(&all).ok()?;
    let secret = old.secret || new.is_some_and(|new| new.secret);
    let secret_parts =
        [Some(old), new].into_iter().flatten().flat_map(|variable| variable.secret_parts.clone()).collect();
    (!kept.is_empty()).then(|| (Variable { text, secret, secret_parts, ..new.unwrap_or(old).clone() }, kept))
}

/// The unit with everything as it runs that must not restart it, and the names of what differs; `None`: nothing does.
fn put_off(unit: &Unit, recorded: &Unit, restart_on: RestartOn) -> Option<(Unit, Vec<String>)> {
    let mut as_it_is = unit.clone();
    let mut differing = BTreeSet::new();
    for change in variables::changes(&recorded.environment, &unit.environment, Secrets::Mask) {
        let restarts = match &*change.name {
            SERVICES | FILE_VARIABLE => restart_on.services,
            "VCAP_APPLICATION" => restart_on.application,
            _ => restart_on.variables,
        };
        if restarts {
            continue;
        }
        match recorded.environment.get(&change.name) {
            Some(variable) => _ = as_it_is.environment.insert(change.name.clone(), variable.clone()),
            None => _ = as_it_is.environment.remove(&change.name),
        }
        differing.insert(change.name);
    }
    // Routes are what an application is told of itself.
    if !restart_on.application && (&unit.routes, &unit.protocols) != (&recorded.routes, &recorded.protocols) {
        (as_it_is.routes, as_it_is.protocols) = (recorded.routes.clone(), recorded.protocols.clone());
        differing.insert("routes".to_owned());
    }
    // What differs beside replaces the containers, and then they get all of it.
    let rest = changes::changes(recorded, &as_it_is, Secrets::Mask);
    (!differing.is_empty() && rest.is_empty()).then(|| (as_it_is, differing.into_iter().collect()))
}
