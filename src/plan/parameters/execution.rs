//! `execute-app` and its company: a module whose process is to end by itself.

use super::read::{Found, Reader};
use crate::finding::{Finding, NO_EFFECT, Severity};
use crate::plan::job::{BadMarker, Execution, Marker};

/// Parameters that mean something only together with `execute-app`.
const COMPANY: [&str; 3] = ["success-marker", "failure-marker", "stop-app"];

/// `None` for a module that stays up. `timeout` is that of the module's tasks.
pub fn execution(reader: &mut Reader<'_, '_>, timeout: u32) -> Option<Execution> {
    let success = marker(reader, "success-marker");
    let failure = marker(reader, "failure-marker");
    if !reader.flag("execute-app").unwrap_or(false) {
        // What was meant by something that is neither true nor false is asked elsewhere.
        let clear = reader.find("execute-app").is_none_or(|found| found.value.as_bool().is_some());
        for name in COMPANY.iter().filter(|_| clear) {
            let found = reader.find(name).filter(|found| found.value.as_bool() != Some(false));
            no_effect(reader, found, "without `execute-app: true`");
        }
        return None;
    }
    let several = |found: &Found<'_>| found.value.as_int().is_some_and(|number| number > 1);
    let instances = reader.find("instances").filter(several);
    no_effect(reader, instances, "together with `execute-app`: it is run once");
    let again = |found: &Found<'_>| found.value.as_text() != Some("no") && found.value.as_bool() != Some(false);
    let restart = reader.find("container").and_then(|container| container.key("restart")).filter(again);
    no_effect(reader, restart, "together with `execute-app`: the engine must not start it again");
    // The deploy service waits for an executed application as a part of its start.
    let start = reader.number("start-timeout").or_else(|| reader.number("apps-start-timeout"));
    Some(Execution {
        success,
        failure,
        check_deploy_id: reader.flag("check-deploy-id").unwrap_or(false),
        stop: reader.flag("stop-app").unwrap_or(false),
        timeout: start.unwrap_or(timeout),
    })
}

fn no_effect(reader: &mut Reader<'_, '_>, found: Option<Found<'_>>, why: &str) {
    let Some(found) = found else { return };
    let message = format!("`{}` has no effect {why}.", found.name);
    let finding = Finding::new(&NO_EFFECT, found.at, message).path(found.path);
    reader.findings.push(Finding { severity: Severity::Warning, ..finding });
}

fn marker(reader: &mut Reader<'_, '_>, name: &str) -> Option<Marker> {
    let found = reader.find(name)?;
    let text = found.text(reader.findings)?;
    match Marker::parse(&text) {
        Ok(marker) => Some(marker),
        Err(why) => {
            let finding = found.refuse(format!("{} and no marker: {why}.", found.described()));
            reader.findings.push(finding.help(match why {
                BadMarker::Stream => "Say which output is meant: `STDOUT:…` or `STDERR:…`.",
                BadMarker::Pattern(_) => {
                    "Behind `STDOUT:` or `STDERR:` stands a regular expression, without look-around and back references."
                }
            }));
            None
        }
    }
}
