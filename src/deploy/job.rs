//! Tasks and hooks: a container of its own, from nothing to its end, and away again.
//!
//! Whatever comes of a job, its container goes, because what it wrote has been told and its end is in the report. What is
//! left when windlass itself is ended carries labels, and the next operation clears it away.

use super::content;
use super::ending::{Awaited, Ending, until_ended};
use super::event::{self, Event};
use super::failure::{Aftermath, InstanceReport, Problem, Verdict, in_words};
use super::site::{Home, Site};
use super::unit::Failed;
use crate::engine::{CreateRequest, Engine};
use crate::plan::fingerprint::job_fingerprint;
use crate::plan::job::{DEPLOY_ID, HookRun, Job, Phase, Run};
use crate::plan::names;
use crate::plan::observed::{Container, Role};
use crate::plan::unit::Unit;
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Runs a task of a module, and remembers that it has ended well.
pub(super) async fn task<E: Engine>(site: &Site<'_, E>, home: Home<'_>, unit: &Unit, task: &Job) -> Result<(), Failed> {
    let image_id = run(site, home, unit, task).await?;
    let run = Run {
        module: unit.module.clone(),
        task: Some(task.name.clone()),
        fingerprint: job_fingerprint(task, unit),
        image_id,
        revision: home.revision,
    };
    remember(site, home, &run)
}

/// Writes down that something has run. Done at once: what fails later must not make it run again.
pub(super) fn remember<E: Engine>(site: &Site<'_, E>, home: Home<'_>, run: &Run) -> Result<(), Failed> {
    site.store.ran(home.deployment, run).map_err(|error| Failed {
        problem: error.into(),
        after: Aftermath::Remains(vec!["it has run, but that could not be written down: it will run again".to_owned()]),
    })
}

/// Runs the hooks of one phase, one after the other.
pub(super) async fn hooks<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    hooks: &[HookRun],
    phase: Phase,
) -> Result<(), Failed> {
    for hook in hooks.iter().filter(|hook| hook.phase == phase) {
        run(site, home, &hook.unit, &hook.job).await?;
    }
    Ok(())
}

/// Removes what an operation left that was cut short; what still runs is stopped first.
pub(super) async fn clear_away<E: Engine>(site: &Site<'_, E>, containers: &[Container]) -> Result<(), Failed> {
    for container in containers {
        site.engine.stop(&container.id).await?;
        site.verb(site.engine.remove(&container.id)).await?;
    }
    Ok(())
}

/// Returns the id of the image that it ran.
async fn run<E: Engine>(site: &Site<'_, E>, home: Home<'_>, module: &Unit, job: &Job) -> Result<String, Failed> {
    let unit = job.unit(module);
    let unit = with_deploy_id(&unit, &site.options.operation);
    let name = names::job(home.deployment, &module.module, job, &site.options.operation);
    let told = event::Job {
        mta: home.deployment.clone(),
        module: module.module.clone(),
        kind: job.kind,
        name: job.name.clone(),
        container: name.clone(),
    };
    site.awaits(home.step, format!("the engine to start {told}"));
    let id = site.verb(create_and_start(site, home, &unit, job, module, &name)).await?;
    let started = Instant::now();
    site.tell(Event::JobStarted(told.clone()));
    let timeout = site.options.task_timeout.unwrap_or(Duration::from_secs(job.timeout.into()));
    site.awaits(home.step, format!("{told} to end, for at most {}", in_words(timeout)));
    let awaited = Awaited { id: &id, unit: &unit, execution: None, started, timeout };
    let ended = until_ended(site, &awaited, |line| {
        site.tell(Event::JobWrote { job: told.clone(), line: line.to_owned() });
    });
    let ended = ended.await;
    let lived = started.elapsed();
    let gone = remove(site, &id, &ended).await;
    let remains = gone.err().map(|error| format!("container `{name}` could not be removed: {error}"));
    let after = remains.map_or(Aftermath::Restored, |line| Aftermath::Remains(vec![line]));
    let failed = |problem: Problem| Failed { problem, after: after.clone() };
    let Ending { verdict, last_lines, image_id } = ended.map_err(|error| failed(error.into()))?;
    let Some(verdict) = verdict else {
        site.tell(Event::JobEnded { job: told, elapsed: lived });
        return Ok(image_id);
    };
    Err(failed(Problem::Instance(Box::new(InstanceReport {
        module: module.module.clone(),
        job: Some((job.kind, job.name.clone())),
        runs_once: true,
        instance: 1,
        declared: job.declared.clone(),
        image: module.image.clone(),
        verdict,
        lived,
        restarts: 0,
        probes: Vec::new(),
        last_lines,
    }))))
}

/// With one permit for both, as for instances. A container that cannot be started is removed by the engine's verb.
async fn create_and_start<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    job: &Job,
    module: &Unit,
    name: &str,
) -> Result<String, Problem> {
    let role = Role::Job { kind: job.kind, name: job.name.clone() };
    let request = CreateRequest {
        deployment: home.deployment,
        version: home.version,
        revision: home.revision,
        operation: &site.options.operation,
        unit,
        role: &role,
        config_hash: &job_fingerprint(job, module),
        instance: 1,
        name,
        network: home.network,
    };
    let id = site.engine.create(&request).await?;
    if let Err(problem) = content::fill(site, home, unit, &id).await {
        site.engine.remove(&id).await?;
        return Err(problem);
    }
    site.engine.start(&id).await?;
    Ok(id)
}

async fn remove<E: Engine>(
    site: &Site<'_, E>,
    id: &str,
    ended: &Result<Ending, crate::engine::EngineError>,
) -> Result<(), crate::engine::EngineError> {
    let runs_on = match ended {
        Ok(Ending { verdict, .. }) => matches!(verdict, Some(Verdict::RanTooLong { .. } | Verdict::Interrupted)),
        Err(_) => true,
    };
    if runs_on {
        // With its grace period, and without a permit: the engine has nothing to do meanwhile.
        site.engine.stop(id).await?;
    }
    site.verb(site.engine.remove(id)).await
}

/// The unit with the id of the operation, when it is to be told.
pub(super) fn with_deploy_id<'u>(unit: &'u Unit, operation: &str) -> Cow<'u, Unit> {
    let waits = unit.environment.get(DEPLOY_ID).is_some_and(|id| id.tells_the_time && id.text.is_empty());
    if !waits {
        return Cow::Borrowed(unit);
    }
    let mut unit = unit.clone();
    if let Some(id) = unit.environment.get_mut(DEPLOY_ID) {
        operation.clone_into(&mut id.text);
    }
    Cow::Owned(unit)
}
