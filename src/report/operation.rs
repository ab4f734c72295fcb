//! How an operation failed and how it ended, for people and for programs.

use super::paint::{Colour, Paint, harmless};
use crate::deploy::failure::{Aftermath, Failure, InstanceReport, Problem, Verdict, in_words};
use crate::deploy::{Outcome, Report};
use crate::engine::{EngineError, Family, ImageProblem};
use crate::plan::{Plan, PlanKind};
use serde_json::{Value, json};
use std::fmt::Write;

/// A failed step, with everything needed to find the cause.
pub fn failure(failure: &Failure, colour: Colour) -> String {
    let problem = failure.problem.to_string();
    // The engine's word on an image names it already.
    let subject = match problem.replace('`', "").starts_with(&failure.subject) {
        true => String::new(),
        false => format!("{}: ", failure.subject),
    };
    let mut out = format!("{}: {subject}{}\n", colour.paint(Paint::Red, "error"), harmless(&problem));
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "{name:>12}: {}", harmless(text).replace('\n', "\n              "));
    };
    let mut advice = Vec::new();
    if let Some(declared) = &failure.declared {
        line("declared in", declared);
    }
    if let Problem::Instance(report) = &failure.problem {
        if !report.probes.is_empty() {
            line("probes", &probes(report));
        }
        if let Some(text) = last_output(report) {
            line("last output", &text);
        }
        advice = report.advice();
    }
    if let Problem::Engine(error) = &failure.problem {
        advice.extend(engine_advice(error).map(str::to_owned));
        if let EngineError::Refused { .. } = &**error {
            advice.extend(error.advice());
        }
    }
    if let Some(family) = failure.problem.family() {
        line("cause", &format!("{}: {}", family.word(), family.meaning()));
    }
    match &failure.after {
        Aftermath::Restored => line("afterwards", "as it was before"),
        Aftermath::Remains(remains) => remains.iter().for_each(|text| line("remains", text)),
    }
    advice.iter().for_each(|text| line("note", text));
    out
}

/// The way out, when it depends on nothing but the kind of problem.
fn engine_advice(error: &EngineError) -> Option<&'static str> {
    match error {
        EngineError::PortTaken { .. } => Some("free the port, or give the module another one"),
        EngineError::Unreachable { .. } | EngineError::BadEndpoint { .. } => {
            Some("`windlass doctor` shows which engine is used and whether it answers")
        }
        EngineError::Image { problem, .. } => match problem {
            ImageProblem::Credentials { .. } | ImageProblem::Expired { .. } => Some(
                "give `docker.username` and `docker.password` in the module's parameters, or log in with `windlass login`",
            ),
            ImageProblem::Scope { .. } => {
                Some("the token needs the right to read: `read_registry` on GitLab, `read:packages` on GitHub")
            }
            ImageProblem::Host { .. } | ImageProblem::Tls { .. } => {
                Some("is the host of the image spelled right, and can the engine's machine reach it?")
            }
            ImageProblem::Missing { .. } | ImageProblem::Repository { .. } | ImageProblem::Tag { .. } => {
                Some("is `docker.image` spelled right, and has the image been pushed?")
            }
            ImageProblem::Reference { .. } | ImageProblem::Other { .. } => None,
        },
        EngineError::Refused { .. } => None,
    }
}

fn probes(report: &InstanceReport) -> String {
    let each: Vec<String> =
        report.probes.iter().map(|probes| format!("{} x {}", probes.count, probes.answer)).collect();
    each.join(", then ")
}

fn last_output(report: &InstanceReport) -> Option<String> {
    match (&report.verdict, report.last_lines.as_slice()) {
        (Verdict::Vanished, _) => None,
        (_, []) => Some("(nothing was written)".to_owned()),
        (_, lines) => Some(lines.join("\n")),
    }
}

/// The same as JSON.
pub fn failure_json(failure: &Failure) -> Value {
    let remains = match &failure.after {
        Aftermath::Restored => &[][..],
        Aftermath::Remains(remains) => remains,
    };
    let mut value = json!({
        "subject": failure.subject,
        "declared": failure.declared,
        "message": failure.problem.to_string(),
        "family": failure.problem.family().map(Family::word),
        "restored": failure.after == Aftermath::Restored,
        "remains": remains,
    });
    if let Problem::Instance(report) = &failure.problem {
        value["instance"] = instance_json(report);
    }
    value
}

fn instance_json(report: &InstanceReport) -> Value {
    let (ended, code, out_of_memory) = match report.verdict {
        Verdict::Ended { code, out_of_memory } => ("ended", code, out_of_memory),
        Verdict::Vanished => ("vanished", None, false),
        Verdict::TimedOut { .. } | Verdict::RanTooLong { .. } => ("timed-out", None, false),
        Verdict::SaidFailure { .. } => ("said-failure", None, false),
        Verdict::Silent { .. } => ("silent", Some(0), false),
        Verdict::Interrupted => ("interrupted", None, false),
    };
    let probes: Vec<Value> =
        report.probes.iter().map(|probes| json!({"count": probes.count, "answer": probes.answer})).collect();
    json!({
        "module": report.module.as_str(),
        "job": report.job.as_ref().map(|(kind, name)| json!({"kind": kind.word(), "name": name})),
        "instance": report.instance,
        "declared": report.declared,
        "image": report.image,
        "verdict": ended,
        "exit_code": code,
        "signal": report.signal(),
        "out_of_memory": out_of_memory,
        "restarts": report.restarts,
        "lived_ms": report.lived.as_millis() as u64,
        "probes": probes,
        "last_lines": report.last_lines,
        "notes": report.advice(),
    })
}

/// The last lines of an operation that did not end well: what stays, what was not begun, how to go on. Empty when it did.
/// `again`: the command of the operation, with its options.
pub fn ending(plan: &Plan, report: &Report, again: &str, colour: Colour) -> String {
    let what = match plan.kind {
        PlanKind::Deploy => format!("the deployment of `{}`", plan.deployment),
        PlanKind::Undeploy => format!("the undeployment of `{}`", plan.deployment),
        PlanKind::Suspend => format!("suspending in `{}`", plan.deployment),
        PlanKind::Resume => format!("resuming in `{}`", plan.deployment),
        PlanKind::Restart => format!("restarting in `{}`", plan.deployment),
        PlanKind::Delete => format!("deleting from `{}`", plan.deployment),
    };
    let goes_on = format!("`{again}` goes on from here");
    let status = format!("`windlass status {}` shows what is there", plan.deployment.mta);
    let (sentence, next) = match report.outcome {
        Outcome::Finished => return String::new(),
        Outcome::Restored => (
            format!("{what} failed after {}; everything is as it was before", in_words(report.elapsed)),
            vec![match plan.kind {
                PlanKind::Deploy => "repair what is named above and deploy again".to_owned(),
                PlanKind::Undeploy => "repair what is named above and undeploy again".to_owned(),
                PlanKind::Suspend | PlanKind::Resume | PlanKind::Restart | PlanKind::Delete => {
                    format!("repair what is named above, and then: `{again}`")
                }
            }],
        ),
        Outcome::Partial => (
            format!("{what} failed after {}; some of it is done and stays", in_words(report.elapsed)),
            vec![status, goes_on],
        ),
        Outcome::Interrupted => (
            format!("{what} was interrupted after {}; what is done stays", in_words(report.elapsed)),
            vec![status, goes_on],
        ),
        Outcome::Subscribers => {
            (format!("{what} is done, but not for everyone who follows it"), subscribers(plan, report))
        }
    };
    let mut out = format!("{}: {sentence}\n", colour.paint(Paint::Bold, report.outcome.word()));
    let mut lines = |name: &str, texts: &[String]| {
        for text in texts {
            let _ = writeln!(out, "{name:>12}: {}", harmless(text));
        }
    };
    for broken in &plan.broken_subscribers {
        let text = format!(
            "`{}/{}` by its resource `{}`: {}",
            broken.subscriber, broken.module, broken.resource, broken.reason
        );
        lines("not updated", &[text]);
    }
    lines("done", &report.done);
    lines("not begun", &report.skipped);
    lines("next", &next);
    out
}

fn subscribers(plan: &Plan, report: &Report) -> Vec<String> {
    let mut next = Vec::new();
    if !plan.broken_subscribers.is_empty() {
        next.push(
            "they keep running with the environment they have; let their resource match again, and deploy them".into(),
        );
    }
    if !report.subscriber_failures.is_empty() {
        next.push("deploy the subscribers named above themselves: that takes the new values in".into());
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::failure::{Limit, Probes};
    use crate::name::ModuleName;
    use crate::plan::unit::Check;
    use std::time::Duration;

    #[test]
    fn a_failed_start_says_how_it_ended_what_it_wrote_and_where_it_was_declared() {
        let report = InstanceReport {
            module: ModuleName::new("backend"),
            job: None,
            runs_once: false,
            instance: 1,
            declared: Some("mtad.yaml:14".into()),
            image: "shop/backend:2.5.0".into(),
            verdict: Verdict::Ended { code: Some(137), out_of_memory: true },
            lived: Duration::from_secs(2),
            restarts: 1,
            probes: vec![Probes { count: 2, answer: "connection refused".into() }],
            last_lines: vec!["reading".into(), "Killed".into()],
        };
        let problem = Problem::Instance(Box::new(report));
        let text = failure(
            &Failure {
                subject: "module backend".into(),
                declared: Some("mtad.yaml:14".into()),
                problem,
                after: Aftermath::Restored,
            },
            Colour::Off,
        );
        assert_eq!(
            text,
            "error: module backend: `backend` instance 1 ended after 2 s with exit code 137 (SIGKILL), because it needed \
             more memory than it may use; the engine has restarted it once (image shop/backend:2.5.0)\n \
             declared in: mtad.yaml:14\n      \
             probes: 2 x connection refused\n \
             last output: reading\n              Killed\n       \
             cause: process: the process ends, and must not while the module is active\n  \
             afterwards: as it was before\n        \
             note: raise `memory` of the module, or make the application use less\n"
        );
    }

    #[test]
    fn giving_up_shows_the_arithmetic_and_the_knob() {
        let limit = Limit {
            total: Duration::from_secs(60),
            interval: Duration::from_secs(5),
            invocation: Duration::from_secs(1),
            from_option: false,
        };
        let report = InstanceReport {
            module: ModuleName::new("web"),
            job: None,
            runs_once: false,
            instance: 2,
            declared: None,
            image: "web:1".into(),
            verdict: Verdict::TimedOut { check: Check::Http { port: 8080, path: "/healthz".into() }, limit },
            lived: Duration::from_millis(60_020),
            restarts: 0,
            probes: vec![
                Probes { count: 3, answer: "connection refused".into() },
                Probes { count: 14, answer: "HTTP 503".into() },
            ],
            last_lines: Vec::new(),
        };
        assert_eq!(
            report.sentence(),
            "`web` instance 2 was not healthy after 1 min: waited for `GET /healthz` on port 8080 to answer 200"
        );
        assert_eq!(
            report.advice(),
            [
                "probes at most 5 s apart, 1 s each, 17 times in all: gave up after 1 min; `health-check-timeout` of the \
              module, or `--start-timeout` changes it"
            ]
        );
    }
}
