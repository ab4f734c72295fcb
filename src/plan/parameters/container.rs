//! The map `container` of a module: what only containers have.

use super::read::{Found, Reader};
use super::reference::{Place, all};
use super::types::unknown_keys;
use super::{kernel, ports, volumes};
use crate::finding::{Findings, Severity};
use crate::plan::unit::{Mount, Port, RestartPolicy};
use crate::registry::DeploymentId;
use crate::tree::Kind;
use std::collections::BTreeMap;

/// Seconds that a process gets to end by itself.
const STOP_TIMEOUT: u32 = 10;

#[derive(Debug)]
pub struct Container {
    pub port: Option<u16>,
    pub ports: Vec<Port>,
    pub volumes: Vec<Mount>,
    pub content: Option<String>,
    pub user: Option<String>,
    pub working_dir: Option<String>,
    pub entrypoint: Option<Vec<String>>,
    pub restart: RestartPolicy,
    pub stop_signal: Option<String>,
    pub stop_timeout: u32,
    pub milli_cpus: Option<u64>,
    pub read_only: bool,
    pub init: bool,
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub keeps_capabilities: bool,
    pub new_privileges: bool,
    pub extra_hosts: Vec<String>,
    pub networks: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

pub fn container(reader: &mut Reader<'_, '_>, deployment: &DeploymentId) -> Container {
    let found = reader.find("container");
    // A target says for all modules how much they may do; a module that says nothing else of its containers agrees.
    let around = reader.of_descriptor("container");
    let findings = &mut *reader.findings;
    let found = found.filter(|found| {
        let is_map = found.value.as_map().is_some();
        if is_map {
            let names: Vec<&str> = all(Place::Container).map(|parameter| parameter.name).collect();
            unknown_keys(found, &names, Severity::Error, findings);
        } else {
            findings.push(found.bad("a map"));
        }
        is_map
    });
    let key = |name: &str| found.as_ref().and_then(|found| found.key(name));
    let rights = |name: &str| key(name).or_else(|| around.as_ref().and_then(|around| around.key(name)));
    // What has a simple type has been checked against the table.
    let text = |name: &str| Some(key(name)?.value.as_text()?.to_owned());
    let flag = |name: &str| key(name).and_then(|found| found.value.as_bool()).unwrap_or(false);
    let texts = |name: &str| key(name).and_then(|found| found.texts(&mut Findings::default())).unwrap_or_default();
    if let Some(content) = key("content").filter(|_| flag("read-only")) {
        let finding =
            content.refuse("Content cannot be put into a container whose file system is read-only.".to_owned());
        findings.push(finding.help("Leave `read-only` out, or build an image that holds the content."));
    }
    if let Some(found) = key("stop-signal") {
        kernel::signal(&found, findings);
    }
    for found in [key("cap-add"), rights("cap-drop")].into_iter().flatten() {
        kernel::capabilities(&found, findings);
    }
    let cap_drop = rights("cap-drop").and_then(|found| found.texts(&mut Findings::default()));
    Container {
        port: key("port").and_then(|found| ports::number(&found, findings)),
        ports: key("ports").map(|found| ports::ports(&found, findings)).unwrap_or_default(),
        volumes: key("volumes").map(|found| volumes::volumes(&found, deployment, findings)).unwrap_or_default(),
        content: text("content"),
        user: key("user").and_then(|found| found.text_or_number(&mut Findings::default())),
        working_dir: text("working-dir"),
        entrypoint: key("entrypoint").and_then(|found| entrypoint(&found, findings)),
        restart: key("restart").and_then(|found| restart(&found, findings)).unwrap_or_default(),
        stop_signal: text("stop-signal"),
        stop_timeout: key("stop-timeout")
            .and_then(|found| u32::try_from(found.value.as_int()?).ok())
            .unwrap_or(STOP_TIMEOUT),
        milli_cpus: key("cpus").and_then(|found| milli_cpus(&found, findings)),
        read_only: flag("read-only"),
        init: flag("init"),
        cap_add: texts("cap-add"),
        keeps_capabilities: cap_drop.as_ref().is_some_and(Vec::is_empty),
        cap_drop: cap_drop.unwrap_or_default(),
        new_privileges: rights("no-new-privileges").and_then(|found| found.value.as_bool()) == Some(false),
        networks: texts("networks"),
        extra_hosts: key("extra-hosts").map(|found| extra_hosts(&found, findings)).unwrap_or_default(),
        labels: key("labels").map(|found| labels(&found, findings)).unwrap_or_default(),
    }
}

fn entrypoint(found: &Found<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let Some(text) = found.value.as_text() else { return found.texts(findings) };
    if text.contains(char::is_whitespace) {
        // Splitting words is a shell's work, and there is none here.
        findings.push(found.refuse(format!("`{}` has blanks in it; a program with arguments is a list.", found.name)));
        return None;
    }
    Some(vec![text.to_owned()])
}

fn restart(found: &Found<'_>, findings: &mut Findings) -> Option<RestartPolicy> {
    // In YAML, an unquoted `no` is a boolean.
    if found.value.as_bool() == Some(false) {
        return Some(RestartPolicy::No);
    }
    let policy = match found.value.as_text() {
        Some("unless-stopped") => Some(RestartPolicy::UnlessStopped),
        Some("always") => Some(RestartPolicy::Always),
        Some("on-failure") => Some(RestartPolicy::OnFailure),
        Some("no") => Some(RestartPolicy::No),
        _ => None,
    };
    if policy.is_none() {
        findings.push(found.bad("`unless-stopped`, `always`, `on-failure` or `no`"));
    }
    policy
}

fn milli_cpus(found: &Found<'_>, findings: &mut Findings) -> Option<u64> {
    let cores: Option<f64> = match &found.value.kind {
        Kind::Float(cores) => Some(*cores),
        Kind::Int(cores) => cores.to_string().parse().ok(),
        Kind::Text(text) => text.parse().ok(),
        Kind::Null | Kind::Bool(_) | Kind::Big(_) | Kind::List(_) | Kind::Map(_) => None,
    };
    let milli = cores.map(|cores| (cores * 1000.0).round()).filter(|milli| (1.0..=1e9).contains(milli));
    if milli.is_none() {
        findings.push(found.bad("a number of cores, such as `0.5`"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, and between 1 and 1e9")]
    milli.map(|milli| milli as u64)
}

fn extra_hosts(found: &Found<'_>, findings: &mut Findings) -> Vec<String> {
    let Some(map) = found.value.as_map() else {
        let hosts = found.texts(findings).unwrap_or_default();
        for (host, item) in hosts.iter().zip(found.items()) {
            if !matches!(host.split_once(':'), Some((name, address)) if !name.is_empty() && kernel::is_address(address))
            {
                findings.push(item.bad("`NAME:ADDRESS`, the address a number such as `10.0.0.5`"));
            }
        }
        return hosts;
    };
    let entries = map.keys().filter_map(|name| Some((name, found.key(name)?)));
    let entry = |(name, address): (&str, Found<'_>)| {
        let text = address.text(findings)?;
        if !kernel::is_address(&text) {
            findings.push(address.bad("an address, such as `10.0.0.5`"));
        }
        Some(format!("{name}:{text}"))
    };
    entries.filter_map(entry).collect()
}

fn labels(found: &Found<'_>, findings: &mut Findings) -> BTreeMap<String, String> {
    let Some(map) = found.value.as_map() else {
        findings.push(found.bad("a map"));
        return BTreeMap::new();
    };
    let mut labels = BTreeMap::new();
    for (key, value) in map.iter() {
        let Some(item) = found.key(&key.text) else { continue };
        if key.text.starts_with("windlass.") || key.text.starts_with("com.docker.") {
            let mut finding = item.refuse(format!("The label `{}` is not yours to set.", key.text));
            finding.at = key.span.unwrap_or(item.at);
            findings.push(
                finding.help("Labels that begin with `windlass.` or `com.docker.` say to whom a container belongs."),
            );
            continue;
        }
        if value.holds_secret() {
            let finding = item.refuse(format!("The label `{}` would show a sensitive value.", key.text));
            findings.push(
                finding.help(
                    "Whoever may look at the engine reads labels; a secret belongs into the module's `properties`.",
                ),
            );
            continue;
        }
        let text = match &value.kind {
            Kind::Text(text) => text.to_string(),
            Kind::List(_) | Kind::Map(_) => {
                findings.push(item.bad("text"));
                continue;
            }
            _ => value.to_json(),
        };
        labels.insert(key.text.to_string(), text);
    }
    labels
}
