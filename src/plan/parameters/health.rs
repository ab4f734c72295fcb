//! When an instance counts as up, and how long that may take.

use super::read::Reader;
use crate::plan::unit::{Check, Health, Readiness};

/// What the platform of the deploy service gives an application that says nothing.
const TIMEOUT: u32 = 60;
const INVOCATION_TIMEOUT: u32 = 5;
const INTERVAL: u32 = 10;

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
pub fn check_type(reader: &Reader<'_, '_>, parameter: &str) -> Option<CheckType> {
    match reader.text(parameter)? {
        "http" => Some(CheckType::Http),
        "port" => Some(CheckType::Port),
        // `process`, and its old word `none`.
        _ => Some(CheckType::Process),
    }
}

pub fn health(reader: &Reader<'_, '_>, check_type: CheckType, port: u16) -> Health {
    let start = reader.number("start-timeout").or_else(|| reader.number("apps-start-timeout"));
    let timeout = match (reader.number("health-check-timeout"), start) {
        (Some(healthy), Some(start)) => healthy.min(start),
        (healthy, start) => healthy.or(start).unwrap_or(TIMEOUT),
    };
    Health {
        check: check(reader, check_type, port, "health-check-http-endpoint"),
        timeout,
        invocation_timeout: reader.number("health-check-invocation-timeout").unwrap_or(INVOCATION_TIMEOUT),
        interval: reader.number("health-check-interval").unwrap_or(INTERVAL),
    }
}

/// `None`: whatever runs is ready.
pub fn readiness(reader: &Reader<'_, '_>, port: u16) -> Option<Readiness> {
    let check_type = check_type(reader, "readiness-health-check-type")?;
    let check = check(reader, check_type, port, "readiness-health-check-http-endpoint");
    (check != Check::Process).then(|| Readiness {
        check,
        invocation_timeout: reader.number("readiness-health-check-invocation-timeout"),
        interval: reader.number("readiness-health-check-interval"),
    })
}

/// `endpoint` names the parameter with the path that must answer 200.
fn check(reader: &Reader<'_, '_>, check_type: CheckType, port: u16, endpoint: &str) -> Check {
    match check_type {
        CheckType::Http => Check::Http { port, path: reader.text(endpoint).unwrap_or("/").to_owned() },
        CheckType::Port => Check::Port { port },
        CheckType::Process => Check::Process,
    }
}
