//! Whether something that runs once has to run now: when it has not ended well yet, or what it was run with has changed.
//!
//! What counts is what decides its outcome: image, content, command and variables. That a module gets more memory or another label is
//! no reason to migrate a database a second time.

use super::fingerprint::{job_has_fingerprint, run_has_fingerprint};
use super::job::{Job, Run};
use super::observed::Moved;
use super::unit::Unit;
use super::{Cause, Change, Secrets, changes};
use std::collections::BTreeMap;

/// What is known of a module's past.
#[derive(Debug)]
pub struct Past<'a> {
    /// What has run of the whole deployment.
    pub runs: &'a [Run],
    /// The module as recorded by the last deployment.
    pub recorded: Option<&'a Unit>,
    /// Image reference → id on the engine.
    pub images: &'a BTreeMap<String, String>,
    /// Its image's tag, when that has moved.
    pub moved: Option<&'a Moved>,
    pub secrets: Secrets,
}

/// Why a task of this module has to run; `None` when it has run.
pub fn task(job: &Job, unit: &Unit, past: &Past<'_>) -> Option<Cause> {
    let recorded = past.recorded.and_then(|unit| Some((unit, unit.tasks.iter().find(|task| task.name == job.name)?)));
    let changed = || match recorded {
        Some(old) => changes::of_job(old, (unit, job), past.secrets),
        None => Vec::new(),
    };
    past.due(unit, Some(&job.name), &|hash| job_has_fingerprint(job, unit, hash), recorded.is_some(), changed)
}

/// Why a module that is itself run once has to run.
pub fn execution(unit: &Unit, past: &Past<'_>) -> Option<Cause> {
    let recorded = past.recorded.filter(|unit| unit.execution.is_some());
    let changed = || match recorded {
        Some(old) => changes::of_run(old, unit, past.secrets),
        None => Vec::new(),
    };
    let due = past.due(unit, None, &|hash| run_has_fingerprint(unit, hash), recorded.is_some(), changed);
    let always = || Cause::Due("it is run by every deployment (`check-deploy-id`)".to_owned());
    due.or_else(|| unit.execution.as_ref().is_some_and(|execution| execution.check_deploy_id).then(always))
}

impl Past<'_> {
    fn due(
        &self,
        unit: &Unit,
        task: Option<&str>,
        is_it: &dyn Fn(&str) -> bool,
        known: bool,
        changed: impl FnOnce() -> Vec<Change>,
    ) -> Option<Cause> {
        let run = self.runs.iter().find(|run| run.module == unit.module && run.task.as_deref() == task);
        let Some(run) = run else {
            return Some(if known { Cause::Due("it has not ended well yet".to_owned()) } else { Cause::Missing });
        };
        if !is_it(&run.fingerprint) {
            let changed = changed();
            return Some(match changed.is_empty() {
                false => Cause::Changed(changed),
                // What changed was recorded with the module, and then the run failed.
                true => Cause::Due("it has not ended well since it was changed".to_owned()),
            });
        }
        if let Some(moved) = self.moved {
            return Some(changes::tag_moved(moved));
        }
        let id = self.images.get(&unit.image).filter(|id| !run.image_id.is_empty() && **id != run.image_id)?;
        Some(Cause::Changed(vec![changes::image_id(&run.image_id, id)]))
    }
}
