//! One line per change, with the time of day; nothing is ever rewritten.

use crate::deploy::Outcome;
use crate::deploy::event::{Awaited, Event};
use crate::deploy::failure::in_words;
use crate::plan::job::JobKind;
use crate::report::paint::{Colour, Paint, harmless};
use std::time::SystemTime;
use time::{OffsetDateTime, UtcOffset};

/// The lines of one event; many have none, because another one says the same.
pub(super) fn lines(at: SystemTime, offset: UtcOffset, event: &Event, colour: Colour) -> String {
    let at = OffsetDateTime::from(at).to_offset(offset);
    let time = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    texts(event, colour).iter().map(|(who, text)| format!("{time} {who:<24} {text}\n")).collect()
}

/// Who, and what of it, fit for a terminal.
pub(super) fn texts(event: &Event, colour: Colour) -> Vec<(String, String)> {
    let one = |who: &dyn std::fmt::Display, text: String| vec![(harmless(&who.to_string()).into_owned(), text)];
    match event {
        Event::OperationStarted { deployment, kind, from, to, steps } => {
            let steps = match steps {
                0 => "nothing to do".to_owned(),
                1 => "1 step".to_owned(),
                more => format!("{more} steps"),
            };
            let versions = match (from, to) {
                (Some(from), Some(to)) if from != to => format!(" {from} -> {to}"),
                (_, Some(version)) | (Some(version), None) => format!(" {version}"),
                (None, None) => String::new(),
            };
            one(deployment, format!("{}{versions} to {}, {steps}", kind.word(), deployment.space))
        }
        Event::OperationAwaited { on } => on.iter().map(|on| (on.subject.clone(), waiting(on))).collect(),
        Event::OperationInterrupted { running } => {
            one(&"interrupted", format!("waiting for {} to end; again to stop at once", running.join(", ")))
        }
        Event::OperationUnrecorded { reason } => one(
            &"record",
            format!("what happens cannot be written down ({}); it goes on all the same", harmless(reason)),
        ),
        Event::OperationFinished { outcome: Outcome::Finished, .. } => Vec::new(),
        Event::OperationFinished { outcome, elapsed } => {
            one(&outcome.word(), format!("after {}, exit code {}", in_words(*elapsed), outcome.exit_code()))
        }
        Event::StepStarted { subject, doing, .. } => one(subject, doing.clone()),
        Event::StepFinished { subject, result, elapsed, .. } => {
            one(subject, format!("{}, {}", colour.paint(Paint::Green, result), in_words(*elapsed)))
        }
        Event::StepFailed { subject, failure, .. } => {
            one(subject, format!("{}: {}", colour.paint(Paint::Red, "failed"), harmless(&failure.problem.to_string())))
        }
        Event::StepSkipped { subject, .. } => one(subject, "not begun".to_owned()),
        Event::InstanceStarted(instance) => one(instance, "started".to_owned()),
        Event::InstanceHealthy { instance, elapsed } => one(instance, format!("healthy, {}", in_words(*elapsed))),
        Event::InstanceWrote { instance, line } => one(instance, format!("| {}", harmless(line))),
        Event::InstanceCompleted { instance, elapsed } => one(instance, format!("completed, {}", in_words(*elapsed))),
        Event::JobStarted(job) => one(job, "started".to_owned()),
        Event::JobWrote { job, line } => one(job, format!("| {}", harmless(line))),
        // The end of a task is that of its step.
        Event::JobEnded { job, elapsed } => match job.kind {
            JobKind::Task => Vec::new(),
            JobKind::Hook => one(job, format!("completed, {}", in_words(*elapsed))),
        },
        Event::InstanceStopped(instance) => one(instance, "stopped".to_owned()),
        Event::InstanceRemoved(instance) => one(instance, format!("removed {}", instance.container)),
        Event::InstanceRestored(instance) => one(instance, "the old one runs again".to_owned()),
        Event::EntryPublished { provider_id, provider_version } => {
            one(&"entry", format!("published {}", versioned(provider_id, provider_version.as_deref())))
        }
        Event::EntryRetracted { provider_id, provider_version } => {
            one(&"entry", format!("retracted {}", versioned(provider_id, provider_version.as_deref())))
        }
        Event::SubscriptionAdded { module, resource } => {
            one(&"subscription", format!("`{module}` follows `{resource}`"))
        }
        Event::SubscriptionRemoved { module, resource } => {
            one(&"subscription", format!("`{module}` no longer follows `{resource}`"))
        }
        // Probes are said by the heartbeat, creation by the start, and a subscriber's end by its step.
        Event::InstanceProbed { .. }
        | Event::InstanceCreated(_)
        | Event::SubscriberUpdated { .. }
        | Event::SubscriberRecorded { .. }
        | Event::SubscriberFailed { .. } => Vec::new(),
    }
}

fn waiting(on: &Awaited) -> String {
    format!("waiting for {}, {}", harmless(&on.what), in_words(on.elapsed))
}

fn versioned(id: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{id} {version}"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_heartbeat_names_what_is_awaited_and_for_how_long() {
        let on = Awaited {
            subject: "module backend".into(),
            what: "backend/2 to be healthy, probe 3, last: HTTP 503".into(),
            elapsed: Duration::from_secs(30),
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(3 * 60 + 41);
        let hour = UtcOffset::from_hms(1, 0, 0).unwrap();
        assert_eq!(
            lines(at, hour, &Event::OperationAwaited { on: vec![on] }, Colour::Off),
            "01:03:41 module backend           waiting for backend/2 to be healthy, probe 3, last: HTTP 503, 30 s\n"
        );
    }
}
