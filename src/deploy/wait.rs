//! Waiting until an instance is up, and giving up for a reason that can be told.
//!
//! The first probes come fast, because most applications are up within a blink and fifty of them should not cost fifty
//! intervals. A process that ends ends the wait at once, also when the engine would start it again: what keeps dying is
//! not up, and the sooner someone sees its log the better.

use super::ending::{Awaited, Ending, until_ended};
use super::event::Event;
use super::failure::{InstanceReport, Limit, Probes, Problem, Verdict, ended, in_words, last_lines, masked};
use super::job::{remember, with_deploy_id};
use super::site::{Home, Site};
use super::unit::Failed;
use crate::engine::{Engine, Look};
use crate::plan::fingerprint::run_fingerprint;
use crate::plan::job::{Execution, Run};
use crate::plan::observed::{Container, ContainerState};
use crate::plan::unit::{Check, Unit};
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// A module without a check that can be asked is up when its process has lived this long.
const PROOF_OF_LIFE: Duration = Duration::from_millis(500);

/// Waits for one instance that was started at `started`.
pub(super) async fn until_up<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    container: &Container,
    started: Instant,
) -> Result<(), Problem> {
    let limit = limit(unit, site.options.start_timeout);
    let mut probes = Vec::new();
    let verdict = tokio::select! {
        verdict = probe_until_up(site, home, unit, container, started, &limit, &mut probes) => verdict?,
        code = site.death_of(&container.id) => Some(Verdict::Ended { code: Some(code), out_of_memory: false }),
    };
    let Some(verdict) = verdict else {
        let instance = home.instance(&unit.module, container.instance, &container.name);
        site.tell(Event::InstanceHealthy { instance, elapsed: started.elapsed() });
        return Ok(());
    };
    let lived = started.elapsed();
    let latest = site.engine.inspect(&container.id).await.ok().flatten();
    let verdict = complete(verdict, latest.as_ref(), site.heard_death_of(&container.id));
    let restarts = latest.map_or(0, |container| container.restarts);
    Err(report(site, unit, container, verdict, lived, restarts, probes).await)
}

/// Waits until a module that is run once has succeeded, and remembers that it has.
pub(super) async fn until_completed<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    (unit, execution): (&Unit, &Execution),
    container: &Container,
    started: Instant,
) -> Result<(), Failed> {
    let instance = home.instance(&unit.module, container.instance, &container.name);
    let timeout = site.options.task_timeout.unwrap_or(Duration::from_secs(execution.timeout.into()));
    site.awaits(home.step, format!("{instance} to end, for at most {}", in_words(timeout)));
    let told = with_deploy_id(unit, &site.options.operation);
    let awaited = Awaited { id: &container.id, unit: &told, execution: Some(execution), started, timeout };
    let ending = until_ended(site, &awaited, |line| {
        site.tell(Event::InstanceWrote { instance: instance.clone(), line: line.to_owned() });
    });
    let Ending { verdict, last_lines, image_id } = ending.await?;
    let lived = started.elapsed();
    if execution.stop || verdict.is_some() {
        site.engine.stop(&container.id).await?;
    }
    if let Some(verdict) = verdict {
        let report = InstanceReport {
            module: unit.module.clone(),
            job: None,
            runs_once: true,
            instance: container.instance,
            declared: unit.declared.clone(),
            image: unit.image.clone(),
            verdict,
            lived,
            restarts: 0,
            probes: Vec::new(),
            last_lines,
        };
        return Err(Problem::Instance(Box::new(report)).into());
    }
    site.tell(Event::InstanceCompleted { instance, elapsed: lived });
    let fingerprint = run_fingerprint(unit);
    let run = Run { module: unit.module.clone(), task: None, fingerprint, image_id, revision: home.revision };
    remember(site, home, &run)
}

/// The event stream knows the code of the first end, the engine whether memory was the reason.
fn complete(verdict: Verdict, latest: Option<&Container>, heard: Option<i64>) -> Verdict {
    let Verdict::Ended { code, out_of_memory } = verdict else { return verdict };
    let (seen_code, seen_out_of_memory) = match latest.and_then(ended) {
        Some(Verdict::Ended { code, out_of_memory }) => (code, out_of_memory),
        _ => (None, false),
    };
    Verdict::Ended { code: heard.or(code).or(seen_code), out_of_memory: out_of_memory || seen_out_of_memory }
}

async fn report<E: Engine>(
    site: &Site<'_, E>,
    unit: &Unit,
    container: &Container,
    verdict: Verdict,
    lived: Duration,
    restarts: u32,
    probes: Vec<Probes>,
) -> Problem {
    let last_lines = match verdict {
        Verdict::Vanished => Vec::new(),
        _ => last_lines(site.engine, &container.id, unit).await,
    };
    Problem::Instance(Box::new(InstanceReport {
        module: unit.module.clone(),
        job: None,
        runs_once: false,
        instance: container.instance,
        declared: unit.declared.clone(),
        image: unit.image.clone(),
        verdict,
        lived,
        restarts,
        probes,
        last_lines,
    }))
}

/// `None`: it is up.
async fn probe_until_up<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    container: &Container,
    started: Instant,
    limit: &Limit,
    probes: &mut Vec<Probes>,
) -> Result<Option<Verdict>, Problem> {
    let who = format!("{}/{}", unit.module, container.instance);
    let mut pause = FIRST_PAUSE;
    let mut count = 0;
    if unit.health.check == Check::Process {
        site.awaits(home.step, format!("{who} to stay up"));
        tokio::time::sleep(PROOF_OF_LIFE.saturating_sub(started.elapsed())).await;
    }
    loop {
        let answer = match unit.health.check {
            Check::Process => "the process does not run".to_owned(),
            Check::Http { .. } | Check::Port { .. } => match probe(site.engine, unit, container, limit).await {
                Ok(()) => return Ok(None),
                Err(answer) => answer,
            },
        };
        let Some(now) = site.engine.inspect(&container.id).await? else {
            return Ok(Some(Verdict::Vanished));
        };
        if let Some(verdict) = ended(&now) {
            return Ok(Some(verdict));
        }
        if unit.health.check == Check::Process && now.state == ContainerState::Running {
            return Ok(None);
        }
        count += 1;
        site.awaits(home.step, format!("{who} to be healthy, probe {count}, last: {answer}"));
        let elapsed = started.elapsed();
        let instance = home.instance(&unit.module, container.instance, &container.name);
        site.tell(Event::InstanceProbed {
            instance,
            probe: count,
            answer: answer.clone(),
            elapsed,
            limit: limit.total,
        });
        match probes.last_mut() {
            Some(last) if last.answer == answer => last.count += 1,
            _ => probes.push(Probes { count: 1, answer }),
        }
        if elapsed >= limit.total {
            return Ok(Some(Verdict::TimedOut { check: unit.health.check.clone(), limit: limit.clone() }));
        }
        tokio::time::sleep(pause.min(limit.total.saturating_sub(elapsed))).await;
        pause = (pause * 2).min(limit.interval);
    }
}

/// One probe; one that hangs must not make the wait hang.
async fn probe(engine: &impl Look, unit: &Unit, container: &Container, limit: &Limit) -> Result<(), String> {
    match tokio::time::timeout(limit.invocation + FIRST_PAUSE, engine.probe(container, unit)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(answer)) => Err(masked(&answer, unit)),
        Err(_) => Err(format!("no answer within {}", in_words(limit.invocation))),
    }
}

fn limit(unit: &Unit, option: Option<Duration>) -> Limit {
    let seconds = |number: u32| Duration::from_secs(number.into());
    Limit {
        total: option.unwrap_or(seconds(unit.health.timeout)),
        interval: seconds(unit.health.interval).max(FIRST_PAUSE),
        invocation: seconds(unit.health.invocation_timeout).max(FIRST_PAUSE),
        from_option: option.is_some(),
    }
}
