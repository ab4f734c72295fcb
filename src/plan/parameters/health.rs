//! When an instance counts as up, and how long that may take.

use super::read::Reader;
use crate::plan::unit::{Check, Health};

/// What the platform of the deploy service gives an application that says nothing.
const TIMEOUT: u32 = 60;
const INVOCATION_TIMEOUT: u32 = 5;
const INTERVAL: u32 = 10;

/// The deploy service's limit for every timeout.
const LONGEST: u32 = 10_800;

/// The kind of check, before it is known which port it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckType {
    Http,
    Port,
    Process,
}

impl CheckType {
    pub fn needs_port(self) -> bool {
        match self {
            CheckType::Http | CheckType::Port => true,
            CheckType::Process => false,
        }
    }
}

/// `None` when the module does not say.
pub fn check_type(reader: &mut Reader<'_, '_>) -> Option<CheckType> {
    let found = reader.find("health-check-type")?;
    let text = found.text(reader.findings)?;
    match &*text {
        "http" => Some(CheckType::Http),
        "port" => Some(CheckType::Port),
        // `none` is the old word for `process`.
        "process" | "none" => Some(CheckType::Process),
        other => {
            let near = crate::name::nearest(other, ["http", "port", "process"]);
            reader.findings.push(found.bad("`http`, `port` or `process`").did_you_mean(near));
            None
        }
    }
}

pub fn health(reader: &mut Reader<'_, '_>, check_type: CheckType, port: u16) -> Health {
    let check = match check_type {
        CheckType::Http => Check::Http { port, path: endpoint(reader) },
        CheckType::Port => Check::Port { port },
        CheckType::Process => Check::Process,
    };
    // Read in any case, so that a wrong value is found although a stronger one counts.
    let module = reader.seconds("start-timeout", LONGEST);
    let all = reader.seconds("apps-start-timeout", LONGEST);
    let start = module.or(all);
    let healthy = reader.seconds("health-check-timeout", LONGEST);
    let timeout = match (healthy, start) {
        (Some(healthy), Some(start)) => healthy.min(start),
        (healthy, start) => healthy.or(start).unwrap_or(TIMEOUT),
    };
    Health {
        check,
        timeout,
        invocation_timeout: reader.seconds("health-check-invocation-timeout", LONGEST).unwrap_or(INVOCATION_TIMEOUT),
        interval: reader.seconds("health-check-interval", LONGEST).unwrap_or(INTERVAL),
    }
}

fn endpoint(reader: &mut Reader<'_, '_>) -> String {
    let Some(found) = reader.find("health-check-http-endpoint") else { return "/".to_owned() };
    match found.text(reader.findings) {
        Some(path) if path.starts_with('/') => path,
        Some(_) => {
            reader.findings.push(found.bad("a path that begins with `/`"));
            "/".to_owned()
        }
        None => "/".to_owned(),
    }
}
