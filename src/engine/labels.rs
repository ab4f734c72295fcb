//! How windlass knows its own things on an engine: labels.
//!
//! Only what carries `windlass.managed=true` *and* the right MTA, namespace, org and space is ever touched. No secret and no
//! path of the user's machine goes into a label.

use super::CreateRequest;
use crate::name::{ModuleName, MtaId};
use crate::plan::job::JobKind;
use crate::plan::names;
use crate::plan::observed::Role;
use crate::plan::unit::{Check, Readiness, Unit};
use crate::registry::DeploymentId;
use crate::target::Space;
use std::collections::HashMap;

/// The prefix of every label of ours.
macro_rules! prefixed {
    ($name:literal) => {
        concat!("windlass.", $name)
    };
}

pub const MANAGED: &str = prefixed!("managed");
pub const MTA_ID: &str = prefixed!("mta.id");
pub const MTA_VERSION: &str = prefixed!("mta.version");
pub const MTA_NAMESPACE: &str = prefixed!("mta.namespace");
pub const ORG: &str = prefixed!("org");
pub const SPACE: &str = prefixed!("space");
pub const MODULE: &str = prefixed!("module");
pub const INSTANCE: &str = prefixed!("instance");
pub const REVISION: &str = prefixed!("revision");
pub const OPERATION: &str = prefixed!("operation");
pub const CONFIG_HASH: &str = prefixed!("config-hash");
pub const KIND: &str = prefixed!("kind");
/// The name of a task or a hook.
pub const JOB: &str = prefixed!("job");
/// Names of the public provided sets, with commas between.
pub const PROVIDES: &str = prefixed!("provides");

/// What proxies are told (docs/guide/behind-a-proxy.md): the port, then `windlass.route.0`, `windlass.route.0.protocol` …
pub const PORT: &str = prefixed!("port");
const ROUTE: &str = prefixed!("route");
const READINESS: &str = prefixed!("readiness");

/// `KEY=VALUE`, for the engine's label filter.
pub fn managed_filter() -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{MANAGED}=true")])])
}

/// Labels of what belongs to a deployment as a whole: networks, volumes.
pub fn of_deployment(deployment: &DeploymentId, kind: &str) -> HashMap<String, String> {
    let mut labels = HashMap::from([
        (MANAGED.to_owned(), "true".to_owned()),
        (MTA_ID.to_owned(), deployment.mta.to_string()),
        (ORG.to_owned(), deployment.space.org.clone()),
        (SPACE.to_owned(), deployment.space.space.clone()),
        (KIND.to_owned(), kind.to_owned()),
    ]);
    if let Some(namespace) = &deployment.namespace {
        labels.insert(MTA_NAMESPACE.to_owned(), namespace.clone());
    }
    labels
}

/// What a proxy needs to know of a unit.
fn for_proxies(unit: &Unit) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for (at, route) in unit.routes.iter().enumerate() {
        labels.push((format!("{ROUTE}.{at}"), route.clone()));
        labels.extend(unit.protocols.get(route).map(|protocol| (format!("{ROUTE}.{at}.protocol"), protocol.clone())));
    }
    if !unit.routes.is_empty() {
        labels.extend(unit.port.map(|port| (PORT.to_owned(), port.to_string())));
    }
    if let Some(Readiness { check, invocation_timeout, interval }) = &unit.readiness {
        let (word, port, path) = match check {
            Check::Http { port, path } => ("http", Some(port), Some(path)),
            Check::Port { port } => ("port", Some(port), None),
            Check::Process => ("process", None, None),
        };
        let told = [
            ("type", Some(word.to_owned())),
            ("port", port.map(u16::to_string)),
            ("http-endpoint", path.cloned()),
            ("invocation-timeout", invocation_timeout.map(|seconds| seconds.to_string())),
            ("interval", interval.map(|seconds| seconds.to_string())),
        ];
        labels.extend(told.into_iter().filter_map(|(key, value)| Some((format!("{READINESS}.{key}"), value?))));
    }
    labels
}

/// Labels of one container. The user's own come first, so that none of them can pose as one of ours.
pub fn of_container(request: &CreateRequest<'_>) -> HashMap<String, String> {
    let unit = request.unit;
    let mut labels: HashMap<String, String> = unit.labels.clone().into_iter().collect();
    let (kind, oneoff) = match request.role {
        Role::Instance => ("module", "False"),
        Role::Job { kind, .. } => (kind.word(), "True"),
    };
    // A proxy must not send traffic to a task.
    if request.role == &Role::Instance {
        labels.extend(for_proxies(unit));
    }
    labels.extend(of_deployment(request.deployment, kind));
    if let Role::Job { name, .. } = request.role {
        labels.insert(JOB.to_owned(), name.clone());
    }
    labels.extend(
        [
            (MTA_VERSION, request.version.to_owned()),
            (MODULE, unit.module.to_string()),
            (INSTANCE, request.instance.to_string()),
            (REVISION, request.revision.to_string()),
            (OPERATION, request.operation.to_owned()),
            (CONFIG_HASH, request.config_hash.to_owned()),
            (PROVIDES, unit.provides.join(",")),
            // Docker Desktop and `docker compose ls` group by these.
            ("com.docker.compose.project", compose_project(request.deployment)),
            ("com.docker.compose.service", unit.module.to_string()),
            ("com.docker.compose.container-number", request.instance.to_string()),
            ("com.docker.compose.oneoff", oneoff.to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    labels
}

/// The project's name as Compose takes it: no real Compose project matches it by accident, and no two deployments share one.
fn compose_project(deployment: &DeploymentId) -> String {
    names::project(deployment)
        .to_lowercase()
        .replace(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "-")
}

/// Whose it is; `None` when windlass did not make it.
pub fn deployment_of(labels: &HashMap<String, String>) -> Option<DeploymentId> {
    if labels.get(MANAGED)? != "true" {
        return None;
    }
    Some(DeploymentId {
        mta: MtaId::new(labels.get(MTA_ID)?.as_str()),
        namespace: labels.get(MTA_NAMESPACE).filter(|text| !text.is_empty()).cloned(),
        space: Space { org: labels.get(ORG)?.clone(), space: labels.get(SPACE)?.clone() },
    })
}

pub fn belongs_to(labels: Option<&HashMap<String, String>>, deployment: &DeploymentId) -> bool {
    labels.and_then(deployment_of).as_ref() == Some(deployment)
}

pub fn module_of(labels: &HashMap<String, String>) -> Option<ModuleName> {
    labels.get(MODULE).map(|name| ModuleName::new(name.as_str()))
}

/// What a container of ours is for. What no label says is an instance.
pub fn role_of(labels: &HashMap<String, String>) -> Role {
    let job = |kind| Role::Job { kind, name: labels.get(JOB).cloned().unwrap_or_default() };
    match labels.get(KIND).map(String::as_str) {
        Some("task") => job(JobKind::Task),
        Some("hook") => job(JobKind::Hook),
        _ => Role::Instance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_read_back_from_its_labels() {
        let mut deployment = DeploymentId {
            mta: MtaId::new("Shop.Web"),
            namespace: None,
            space: Space { org: "local".into(), space: "dev".into() },
        };
        assert_eq!(deployment_of(&of_deployment(&deployment, "network")), Some(deployment.clone()));
        deployment.namespace = Some("qa".into());
        assert_eq!(deployment_of(&of_deployment(&deployment, "network")), Some(deployment.clone()));
        assert!(compose_project(&deployment).starts_with("windlass-qa-shop-web-"), "{}", compose_project(&deployment));
        let mut foreign = of_deployment(&deployment, "network");
        foreign.insert(MANAGED.into(), "false".into());
        assert_eq!(deployment_of(&foreign), None);
    }
}
