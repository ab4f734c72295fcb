//! The map `container` of a module: what only containers have.

use super::read::{Found, Reader};
use super::reference::{Effect, Place};
use super::{PARAMETERS, ports, volumes};
use crate::finding::{Finding, Findings, NO_EFFECT, Severity};
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
    pub extra_hosts: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

pub fn container(reader: &mut Reader<'_, '_>, deployment: &DeploymentId) -> Container {
    let found = reader.find("container");
    let findings = &mut *reader.findings;
    let found = found.filter(|found| {
        let is_map = found.value.as_map().is_some();
        if is_map {
            let names: Vec<&str> = parameters().map(|parameter| parameter.name).collect();
            unknown_keys(found, &names, findings);
            not_supported(found, findings);
        } else {
            findings.push(found.bad("a map"));
        }
        is_map
    });
    let key = |name: &str| found.as_ref().and_then(|found| found.key(name));
    let mut texts = |name: &str| key(name).and_then(|found| found.texts(findings)).unwrap_or_default();
    let (cap_add, cap_drop) = (texts("cap-add"), texts("cap-drop"));
    Container {
        port: key("port").and_then(|found| ports::number(&found, findings)),
        ports: key("ports").map(|found| ports::ports(&found, findings)).unwrap_or_default(),
        volumes: key("volumes").map(|found| volumes::volumes(&found, deployment, findings)).unwrap_or_default(),
        user: key("user").and_then(|found| found.text_or_number(findings)),
        working_dir: key("working-dir").and_then(|found| absolute(&found, findings)),
        entrypoint: key("entrypoint").and_then(|found| entrypoint(&found, findings)),
        restart: key("restart").and_then(|found| restart(&found, findings)).unwrap_or_default(),
        stop_signal: key("stop-signal").and_then(|found| found.text(findings)),
        stop_timeout: key("stop-timeout")
            .and_then(|found| found.whole(0, 86_400, "seconds", findings))
            .unwrap_or(STOP_TIMEOUT),
        milli_cpus: key("cpus").and_then(|found| milli_cpus(&found, findings)),
        read_only: key("read-only").and_then(|found| found.flag(findings)).unwrap_or(false),
        init: key("init").and_then(|found| found.flag(findings)).unwrap_or(false),
        cap_add,
        cap_drop,
        extra_hosts: key("extra-hosts").map(|found| extra_hosts(&found, findings)).unwrap_or_default(),
        labels: key("labels").map(|found| labels(&found, findings)).unwrap_or_default(),
    }
}

fn parameters() -> impl Iterator<Item = &'static super::Parameter> {
    PARAMETERS.iter().filter(|parameter| parameter.place == Place::Container)
}

/// A finding for each key that nobody knows; what windlass does with a map of its own is never silent.
pub fn unknown_keys(found: &Found<'_>, known: &[&str], findings: &mut Findings) {
    for (key, _) in found.value.as_map().iter().flat_map(|map| map.iter()) {
        if known.contains(&&*key.text) {
            continue;
        }
        let message = format!("`{}` has no key `{}`.", found.name, key.text);
        let mut finding = found.refuse(message).path(format!("{}.{}", found.path, key.text));
        finding.at = key.span.unwrap_or(found.at);
        findings.push(match crate::name::nearest(&key.text, known.iter().copied()) {
            Some(near) => finding.help(format!("Did you mean `{near}`?")),
            None => finding.help(format!("It knows: {}.", known.join(", "))),
        });
    }
}

fn not_supported(found: &Found<'_>, findings: &mut Findings) {
    for parameter in parameters() {
        let Effect::Later(why) = parameter.effect else { continue };
        let Some(key) = found.key(parameter.name) else { continue };
        let message = format!("`{}` is not supported yet: {why}.", key.name);
        let mut finding = Finding::new(&NO_EFFECT, key.at, message).path(key.path);
        finding.severity = Severity::Warning;
        findings.push(finding);
    }
}

fn absolute(found: &Found<'_>, findings: &mut Findings) -> Option<String> {
    let path = found.text(findings)?;
    if !path.starts_with('/') {
        findings.push(found.bad("an absolute path"));
        return None;
    }
    Some(path)
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
            if !matches!(host.split_once(':'), Some((name, address)) if !name.is_empty() && !address.is_empty()) {
                findings.push(item.bad("`NAME:ADDRESS`"));
            }
        }
        return hosts;
    };
    let entries = map.keys().filter_map(|name| Some((name, found.key(name)?)));
    entries.filter_map(|(name, address)| Some(format!("{name}:{}", address.text(findings)?))).collect()
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
