//! Waiting until a container has ended, or has said in its log how it goes: for tasks, hooks, and modules that are run once.
//!
//! The log is followed while it is written. It is told line by line, markers are looked for in it, and its end is at hand
//! when something fails, also of a container that somebody has removed meanwhile.

use super::failure::{Veil, Verdict, ended, last_lines};
use super::site::Site;
use super::stop::Urgency;
use crate::engine::{Engine, EngineError, LogLine, LogLines};
use crate::plan::job::{DEPLOY_ID, Execution};
use crate::plan::unit::Unit;
use futures_util::{Stream, StreamExt};
use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

/// A container that has been started and is to end.
pub(super) struct Awaited<'a> {
    pub id: &'a str,
    /// What it was made from.
    pub unit: &'a Unit,
    /// Markers, when it has some.
    pub execution: Option<&'a Execution>,
    pub started: Instant,
    pub timeout: Duration,
}

#[derive(Debug)]
pub(super) struct Ending {
    /// `None`: it went well.
    pub verdict: Option<Verdict>,
    /// The end of what it wrote, secrets masked.
    pub last_lines: Vec<String>,
    /// Id of the image it ran; empty when the engine does not say.
    pub image_id: String,
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long the rest of a log may take to arrive when its container has ended.
const REST_OF_LOG: Duration = Duration::from_secs(10);

/// Of a log that is shown when something fails.
const KEPT_LINES: usize = 20;

/// Waits for the end of a container, or for a marker, the time limit or an interrupt; hands each line, masked, to `heard`.
/// The container is left as it is.
pub(super) async fn until_ended<E: Engine>(
    site: &Site<'_, E>,
    awaited: &Awaited<'_>,
    heard: impl Fn(&str),
) -> Result<Ending, EngineError> {
    let mut log = Log::new(awaited);
    let follow = LogLines { tail: None, since: None, timestamps: false, follow: true };
    let mut lines = pin!(site.engine.logs(awaited.id, follow).fuse());
    let mut end = pin!(end_of(site, awaited.id));
    let mut stop = site.options.stop.clone();
    let mut limit = pin!(tokio::time::sleep(awaited.timeout.saturating_sub(awaited.started.elapsed())));
    let mut image_id = String::new();
    let mut follows = true;
    let decided = loop {
        tokio::select! {
            line = lines.next(), if follows => match line {
                Some(Ok(line)) => if let Some(said) = log.take(&line, &heard) { break said },
                // The log is not what is waited for.
                Some(Err(_)) | None => follows = false,
            },
            end = &mut end => {
                let End { verdict, image } = end?;
                image_id = image;
                let mut said = None;
                if follows {
                    said = tokio::time::timeout(REST_OF_LOG, log.take_all(lines, &heard)).await.ok().flatten();
                }
                if log.kept.is_empty() {
                    // Engines can lose what a container wrote that has ended before its log was followed.
                    let whole = pin!(site.engine.logs(awaited.id, LogLines { follow: false, ..follow }));
                    said = tokio::time::timeout(REST_OF_LOG, log.take_all(whole, &heard)).await.ok().flatten();
                }
                break said.unwrap_or_else(|| log.judge(verdict));
            }
            () = &mut limit => break Some(Verdict::RanTooLong { limit: awaited.timeout }),
            _ = stop.beyond(Urgency::GoOn) => break Some(Verdict::Interrupted),
        }
    };
    if image_id.is_empty() {
        image_id = site.engine.inspect(awaited.id).await.ok().flatten().map(|now| now.image_id).unwrap_or_default();
    }
    let mut kept: Vec<String> = log.kept.into();
    if kept.is_empty() && decided.is_some() && decided != Some(Verdict::Vanished) {
        kept = last_lines(site.engine, awaited.id, awaited.unit).await;
    }
    Ok(Ending { verdict: decided, last_lines: kept, image_id })
}

/// What is read while a container runs.
struct Log<'a> {
    execution: Option<&'a Execution>,
    /// What lines with a marker must hold.
    deploy_id: Option<&'a str>,
    veil: Veil,
    kept: VecDeque<String>,
}

impl<'a> Log<'a> {
    fn new(awaited: &Awaited<'a>) -> Log<'a> {
        let checks = awaited.execution.is_some_and(|execution| execution.check_deploy_id);
        let id = awaited.unit.environment.get(DEPLOY_ID).map(|variable| &*variable.text);
        let (execution, deploy_id) = (awaited.execution, id.filter(|_| checks));
        Log { execution, deploy_id, veil: Veil::of(awaited.unit), kept: VecDeque::new() }
    }

    /// Takes a line in; returns the outcome when a marker in it decides: `None` for a success.
    fn take(&mut self, line: &LogLine, heard: &impl Fn(&str)) -> Option<Option<Verdict>> {
        let shown = self.veil.over(&line.text);
        heard(&shown);
        if self.kept.len() == KEPT_LINES {
            self.kept.pop_front();
        }
        self.kept.push_back(shown.clone());
        let execution = self.execution?;
        if self.deploy_id.is_some_and(|id| !line.text.contains(id)) {
            return None;
        }
        if execution.failure.as_ref().is_some_and(|marker| marker.is_in(line.stream, &line.text)) {
            return Some(Some(Verdict::SaidFailure { line: shown }));
        }
        execution.success.as_ref().filter(|marker| marker.is_in(line.stream, &line.text)).map(|_| None)
    }

    /// Takes all that is left of a log, up to a marker that decides.
    async fn take_all(
        &mut self,
        mut lines: impl Stream<Item = Result<LogLine, EngineError>> + Unpin,
        heard: &impl Fn(&str),
    ) -> Option<Option<Verdict>> {
        while let Some(Ok(line)) = lines.next().await {
            if let Some(said) = self.take(&line, heard) {
                return Some(said);
            }
        }
        None
    }

    /// What an end without a marker means.
    fn judge(&self, verdict: Verdict) -> Option<Verdict> {
        let ended_well = matches!(verdict, Verdict::Ended { code: Some(0), .. });
        let success = self.execution.and_then(|execution| execution.success.as_ref());
        match (ended_well, success) {
            (false, _) => Some(verdict),
            (true, Some(marker)) => {
                Some(Verdict::Silent { marker: marker.to_string(), deploy_id: self.deploy_id.map(str::to_owned) })
            }
            (true, None) => None,
        }
    }
}

struct End {
    verdict: Verdict,
    image: String,
}

/// Engines tell of most deaths at once; what is not told is seen a little later.
async fn end_of<E: Engine>(site: &Site<'_, E>, id: &str) -> Result<End, EngineError> {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(now) = site.engine.inspect(id).await? else {
            return Ok(End { verdict: Verdict::Vanished, image: String::new() });
        };
        if let Some(verdict) = ended(&now) {
            return Ok(End { verdict, image: now.image_id });
        }
        let told = site.heard_death_of(id).is_some();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // Told already, and not seen yet: it will be in a moment.
            _ = site.death_of(id), if !told => continue,
        }
        pause = if told { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
    }
}
