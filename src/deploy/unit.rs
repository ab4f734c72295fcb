//! A module's containers, from nothing to running and back, on the engine's primitive verbs.
//!
//! The promise of every function here: when it fails, either all is as it was before (`Aftermath::Restored`), or it says
//! what is not. New instances of a module that is replaced carry temporary names until the old ones are gone, so a run
//! that is killed half-way leaves nothing that the next one could mistake for something else: ownership and sameness are
//! read from labels, never from names.

use super::content;
use super::event::Event;
use super::failure::{Aftermath, Problem};
use super::job::{self, with_deploy_id};
use super::keep;
use super::site::{Home, Site};
use super::wait::{until_completed, until_up};
use crate::engine::{CreateRequest, Engine, EngineError};
use crate::name::ModuleName;
use crate::plan::fingerprint::fingerprint;
use crate::plan::job::{HookRun, Phase};
use crate::plan::observed::{Container, ContainerState, Role};
use crate::plan::unit::{Start, Unit};
use crate::plan::{Handover, names};
use futures_util::future::{join_all, try_join_all};
use std::time::Instant;

/// Why it failed, and what it left behind.
#[derive(Debug)]
pub(super) struct Failed {
    pub problem: Problem,
    pub after: Aftermath,
}

impl<P: Into<Problem>> From<P> for Failed {
    /// For failures before anything was touched.
    fn from(problem: P) -> Failed {
        Failed { problem: problem.into(), after: Aftermath::Restored }
    }
}

impl Failed {
    /// Adds what else is left behind.
    fn leaving(self, more: Vec<String>) -> Failed {
        let mut lines = match self.after {
            Aftermath::Restored => Vec::new(),
            Aftermath::Remains(lines) => lines,
        };
        lines.extend(more);
        let after = if lines.is_empty() { Aftermath::Restored } else { Aftermath::Remains(lines) };
        Failed { problem: self.problem, after }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Naming {
    Final,
    /// Until the old instances are gone and their names are free.
    Temporary,
}

/// Creates these instances, starts them, waits until they are up. A first start that fails leaves no container behind: what
/// it said is in the report.
pub(super) async fn start<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    instances: &[u32],
    hooks: &[HookRun],
) -> Result<(), Failed> {
    job::hooks(site, home, hooks, Phase::BeforeStart).await?;
    bring_up(site, home, unit, instances, Naming::Final).await.map(drop)
}

/// Puts new instances in the place of old ones.
pub(super) async fn replace<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    old: &[Container],
    handover: Handover,
    hooks: &[HookRun],
) -> Result<(), Failed> {
    let made = match handover {
        Handover::NewFirst => new_first(site, home, unit, hooks).await?,
        Handover::OldFirst => {
            job::hooks(site, home, hooks, Phase::BeforeStop).await?;
            let ran: Vec<&Container> = old.iter().filter(|container| runs(container)).collect();
            match old_first(site, home, unit, &ran, hooks).await {
                Ok(made) => made,
                // It must not run a second time because its next run has failed.
                Err(failed) if unit.execution.is_some() && !ran.is_empty() => {
                    let stopped = format!("what still ran of `{}` is stopped", unit.module);
                    return Err(failed.leaving(vec![stopped]));
                }
                Err(failed) => return Err(resume(site, home, &unit.module, &ran, failed).await),
            }
        }
    };
    site.awaits(home.step, "the old instances to stop");
    if let Err(problem) = retire(site, home, &unit.module, old).await {
        let remains = "the new instances run; old ones are still there, too".to_owned();
        return Err(Failed { problem, after: Aftermath::Remains(vec![remains]) });
    }
    name_all(site, home, unit, &made).await
}

/// Gives instances the names under which they are to stay.
async fn name_all<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    containers: &[Container],
) -> Result<(), Failed> {
    for container in containers.iter().filter(|container| container.is_misnamed()) {
        let name = names::container(home.deployment, &unit.module, container.instance);
        if let Err(error) = site.verb(site.engine.rename(&container.id, &name)).await {
            let remains = format!("`{}` runs as `{}`", unit.module, container.name);
            return Err(Failed { problem: error.into(), after: Aftermath::Remains(vec![remains]) });
        }
    }
    Ok(())
}

/// Brings the new instances up beside the old ones. What keeps the old ones from being stopped makes the new ones go.
async fn new_first<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    hooks: &[HookRun],
) -> Result<Vec<Container>, Failed> {
    job::hooks(site, home, hooks, Phase::BeforeStart).await?;
    let made = bring_up(site, home, unit, &all_of(unit), Naming::Temporary).await?;
    match job::hooks(site, home, hooks, Phase::BeforeStop).await {
        Ok(()) => Ok(made),
        Err(failed) => Err(failed.leaving(discard(site, home, unit, &made).await)),
    }
}

/// Stops the old instances, and brings the new ones up.
async fn old_first<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    ran: &[&Container],
    hooks: &[HookRun],
) -> Result<Vec<Container>, Failed> {
    site.awaits(home.step, "the old instances to stop");
    stop_all(site, home, &unit.module, ran).await?;
    job::hooks(site, home, hooks, Phase::AfterStop).await?;
    job::hooks(site, home, hooks, Phase::BeforeStart).await?;
    bring_up(site, home, unit, &all_of(unit), Naming::Temporary).await
}

fn all_of(unit: &Unit) -> Vec<u32> {
    (1..=unit.instances).collect()
}

/// Starts instances that are as wanted but do not run, or waits for those that do, and gives them their names if they
/// lack them still. When they do not come up, they are stopped again.
pub(super) async fn wake<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    containers: &[Container],
    hooks: &[HookRun],
) -> Result<(), Failed> {
    job::hooks(site, home, hooks, Phase::BeforeStart).await?;
    // What runs already is only waited for, and stays as it is when that fails.
    let asleep: Vec<&Container> = containers.iter().filter(|container| !runs(container)).collect();
    let woken = try_join_all(containers.iter().map(|container| async move {
        let started = Instant::now();
        if !runs(container) {
            site.verb(site.engine.start(&container.id)).await?;
            site.tell(Event::InstanceStarted(home.instance(&unit.module, container.instance, &container.name)));
        }
        until_up(site, home, unit, container, started).await
    }));
    let Err(problem) = woken.await else { return name_all(site, home, unit, containers).await };
    let after = match stop_all(site, home, &unit.module, &asleep).await {
        Ok(()) => Aftermath::Restored,
        Err(error) => Aftermath::Remains(vec![format!("`{}` could not be stopped again: {error}", unit.module)]),
    };
    Err(Failed { problem, after })
}

/// Stops what runs, and keeps the containers.
pub(super) async fn stop<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    module: &ModuleName,
    containers: &[Container],
    hooks: &[HookRun],
) -> Result<(), Failed> {
    job::hooks(site, home, hooks, Phase::BeforeStop).await?;
    let all: Vec<&Container> = containers.iter().filter(|container| runs(container)).collect();
    let stopped = async {
        stop_all(site, home, module, &all).await?;
        job::hooks(site, home, hooks, Phase::AfterStop).await
    };
    match stopped.await {
        Ok(()) => Ok(()),
        Err(failed) => Err(resume(site, home, module, &all, failed).await),
    }
}

/// Stops and removes what is there of a module. Until its hooks have ended well, it can still be as it was.
pub(super) async fn remove<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    module: &ModuleName,
    containers: &[Container],
    hooks: &[HookRun],
) -> Result<(), Failed> {
    job::hooks(site, home, hooks, Phase::BeforeUnmapRoutes).await?;
    if !hooks.is_empty() {
        stop(site, home, module, containers, hooks).await?;
    }
    retire(site, home, module, containers).await.map_err(|problem| Failed {
        problem,
        after: Aftermath::Remains(vec![format!("containers of `{module}` are still there")]),
    })
}

/// Stops every container with its grace period, and removes it.
async fn retire<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    module: &ModuleName,
    containers: &[Container],
) -> Result<(), Problem> {
    let all = containers.iter().map(|container| async move {
        let instance = home.instance(module, container.instance, &container.name);
        // Without a permit: the engine has nothing to do meanwhile but wait for the process.
        site.engine.stop(&container.id).await?;
        keep::log(site, home, keep::unit_of(home, container), container).await;
        site.verb(site.engine.remove(&container.id)).await?;
        site.tell(Event::InstanceRemoved(instance));
        Ok(())
    });
    // All of them, also when one fails: what can go shall go.
    join_all(all).await.into_iter().collect()
}

fn runs(container: &Container) -> bool {
    matches!(container.state, ContainerState::Running | ContainerState::Restarting { .. } | ContainerState::Paused)
}

async fn stop_all<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    module: &ModuleName,
    containers: &[&Container],
) -> Result<(), Problem> {
    let all = containers.iter().map(|container| async move {
        if container.state == ContainerState::Running {
            site.stops(&container.id);
        }
        site.engine.stop(&container.id).await?;
        site.tell(Event::InstanceStopped(home.instance(module, container.instance, &container.name)));
        Ok(())
    });
    join_all(all).await.into_iter().collect()
}

/// After a failure: lets the old instances run again. They were up before, so they are started and not awaited: the report
/// of the failure is what people wait for now.
async fn resume<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    module: &ModuleName,
    containers: &[&Container],
    failed: Failed,
) -> Failed {
    let mut remains = Vec::new();
    for container in containers {
        let still_runs = match site.engine.inspect(&container.id).await {
            Ok(Some(now)) => runs(&now),
            Ok(None) | Err(_) => false,
        };
        if still_runs {
            continue;
        }
        match site.verb(site.engine.start(&container.id)).await {
            Ok(()) => {
                site.tell(Event::InstanceRestored(home.instance(module, container.instance, &container.name)));
            }
            Err(error) => {
                remains.push(format!("`{}` is stopped and could not be started again: {error}", container.name))
            }
        }
    }
    failed.leaving(remains)
}

/// Creates and starts instances and waits until all are up; returns them, or removes them again.
async fn bring_up<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    instances: &[u32],
    naming: Naming,
) -> Result<Vec<Container>, Failed> {
    site.awaits(home.step, "the engine to create and start it");
    let made = join_all(instances.iter().map(|number| make(site, home, unit, *number, naming))).await;
    let mut containers = Vec::new();
    let mut failed: Option<Failed> = None;
    for result in made {
        let Made { container, result } = result;
        containers.extend(container);
        failed = failed.or(result.err().map(Failed::from));
    }
    if failed.is_none() && unit.start == Start::Yes {
        let ups = containers.iter().map(|(container, started)| async {
            match &unit.execution {
                None => until_up(site, home, unit, container, *started).await.map_err(Failed::from),
                Some(execution) => until_completed(site, home, (unit, execution), container, *started).await,
            }
        });
        failed = try_join_all(ups).await.err();
    }
    let containers: Vec<Container> = containers.into_iter().map(|(container, _)| container).collect();
    match failed {
        None => Ok(containers),
        Some(failed) => Err(failed.leaving(discard(site, home, unit, &containers).await)),
    }
}

/// Removes what was created all the same, when it is only the answer that got lost. What cannot be removed now is seen by
/// the next plan.
async fn clear_lost<E: Engine>(site: &Site<'_, E>, home: Home<'_>, unit: &Unit, name: &str, error: &EngineError) {
    if !matches!(error, EngineError::Unreachable { .. }) {
        return;
    }
    if let Ok(Some(there)) = site.engine.inspect(name).await
        && there.deployment == *home.deployment
        && there.module == unit.module
        && there.state == ContainerState::Created
    {
        let _ = site.engine.remove(&there.id).await;
    }
}

/// Removes instances again that are not wanted after all; returns what could not be removed.
async fn discard<E: Engine>(site: &Site<'_, E>, home: Home<'_>, unit: &Unit, containers: &[Container]) -> Vec<String> {
    let mut remains = Vec::new();
    for container in containers {
        let instance = home.instance(&unit.module, container.instance, &container.name);
        keep::log(site, home, Some(unit), container).await;
        match site.verb(site.engine.remove(&container.id)).await {
            Ok(()) => site.tell(Event::InstanceRemoved(instance)),
            Err(error) => remains.push(format!("container `{}` could not be removed: {error}", container.name)),
        }
    }
    remains
}

struct Made {
    /// With the moment of its start. Present as soon as there is a container, also when its start failed.
    container: Option<(Container, Instant)>,
    result: Result<(), Problem>,
}

/// Creates one instance and starts it, with one permit for both: what is created should not queue again before it runs.
async fn make<E: Engine>(site: &Site<'_, E>, home: Home<'_>, unit: &Unit, number: u32, naming: Naming) -> Made {
    let config_hash = fingerprint(unit);
    let name = names::container(home.deployment, &unit.module, number);
    let name = match naming {
        Naming::Final => name,
        Naming::Temporary => format!("{name}-next-{}", site.options.operation),
    };
    site.verb(async {
        let request = CreateRequest {
            deployment: home.deployment,
            version: home.version,
            revision: home.revision,
            operation: &site.options.operation,
            unit: &with_deploy_id(unit, &site.options.operation),
            role: &Role::Instance,
            config_hash: &config_hash,
            instance: number,
            name: &name,
            network: home.network,
        };
        let id = match site.engine.create(&request).await {
            Ok(id) => id,
            Err(error) => {
                clear_lost(site, home, unit, &name, &error).await;
                return Made { container: None, result: Err(error.into()) };
            }
        };
        let instance = home.instance(&unit.module, number, &name);
        site.tell(Event::InstanceCreated(instance.clone()));
        let container = Container {
            id,
            name: name.clone(),
            deployment: home.deployment.clone(),
            module: unit.module.clone(),
            role: Role::Instance,
            instance: number,
            config_hash: config_hash.clone(),
            image_id: String::new(),
            state: ContainerState::Created,
            ports: Vec::new(),
            address: None,
            restarts: 0,
            started_at: None,
            version: None,
            made_from: None,
        };
        let result = match content::fill(site, home, unit, &container.id).await {
            Ok(()) if unit.start == Start::Yes => site.engine.start(&container.id).await.map_err(Problem::from),
            filled => filled,
        };
        if result.is_ok() && unit.start == Start::Yes {
            site.tell(Event::InstanceStarted(instance));
        }
        Made { container: Some((container, Instant::now())), result }
    })
    .await
}
