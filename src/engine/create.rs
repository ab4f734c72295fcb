//! Making what a plan asks for: networks, volumes, containers.
//!
//! Names decide who may touch what. A network is looked up by name *and* labels, because an engine may hold two of one name,
//! and is then used by its id. A container's name that is taken by a leftover of our own is freed; one that someone else
//! uses is never touched.

use super::docker::Docker;
use super::failure::{self, is_missing, is_name_conflict};
use super::patience::{asking, insisting};
use super::{CreateRequest, EngineError, ImageProblem, Look, labels, observe, ports, services_file};
use crate::plan::observed::{Container, ContainerState, Role};
use crate::plan::unit::{MountSource, Protocol, RestartPolicy, SERVICES, SyslogDrain, Unit};
use crate::registry::DeploymentId;
use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, HostConfigLogConfig, Mount, MountType, NetworkConnectRequest,
    NetworkCreateRequest, NetworkingConfig, PortBinding, PortMap, RestartPolicy as EnginePolicy, RestartPolicyNameEnum,
    VolumeCreateRequest,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, ListNetworksOptionsBuilder, RemoveVolumeOptions};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

pub async fn network(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
    let doing = || format!("create network `{name}`");
    match find_network(docker, deployment, name).await? {
        FoundNetwork::Ours(_) => return Ok(()),
        FoundNetwork::Foreign => {
            let reason = "a network of this name exists, and this deployment did not make it".to_owned();
            return Err(EngineError::Refused { doing: doing(), reason });
        }
        FoundNetwork::None => {}
    }
    let request = NetworkCreateRequest {
        name: name.to_owned(),
        driver: Some("bridge".to_owned()),
        labels: Some(labels::of_deployment(deployment, "network")),
        ..NetworkCreateRequest::default()
    };
    docker.client.create_network(request).await.map_err(|error| docker.refused(doing(), &error))?;
    // Engines let two networks have one name, and one that a killed process had asked for may have come to be meanwhile.
    if let FoundNetwork::Ours(ids) = find_network(docker, deployment, name).await? {
        let (kept, twice) = ids
            .iter()
            .min()
            .map_or((None, Vec::new()), |kept| (Some(kept.clone()), ids.iter().filter(|id| *id != kept).collect()));
        for id in twice {
            remove_network_by_id(docker, name, id).await?;
        }
        remember_network(docker, deployment, name, kept);
    }
    Ok(())
}

pub async fn remove_network(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
    remember_network(docker, deployment, name, None);
    let FoundNetwork::Ours(ids) = find_network(docker, deployment, name).await? else {
        return Ok(());
    };
    for id in ids {
        remove_network_by_id(docker, name, &id).await?;
    }
    Ok(())
}

async fn remove_network_by_id(docker: &Docker, name: &str, id: &str) -> Result<(), EngineError> {
    match insisting(|| docker.client.remove_network(id)).await {
        Ok(()) => Ok(()),
        Err(error) if is_missing(&error) => Ok(()),
        Err(error) => Err(docker.refused(format!("remove network `{name}`"), &error)),
    }
}

enum FoundNetwork {
    Ours(Vec<String>),
    Foreign,
    None,
}

async fn find_network(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<FoundNetwork, EngineError> {
    // The engine's filter finds parts of names, too.
    let filters = HashMap::from([("name".to_owned(), vec![name.to_owned()])]);
    let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
    let found = asking(|| docker.client.list_networks(Some(options.clone())))
        .await
        .map_err(|error| docker.refused("list its networks", &error))?;
    let named: Vec<_> = found.into_iter().filter(|network| network.name.as_deref() == Some(name)).collect();
    let ours: Vec<String> = named
        .iter()
        .filter(|network| labels::belongs_to(network.labels.as_ref(), deployment))
        .filter_map(|network| network.id.clone())
        .collect();
    Ok(match (ours.is_empty(), named.is_empty()) {
        (false, _) => FoundNetwork::Ours(ours),
        (true, false) => FoundNetwork::Foreign,
        (true, true) => FoundNetwork::None,
    })
}

fn remember_network(docker: &Docker, deployment: &DeploymentId, name: &str, id: Option<String>) {
    let key = (deployment.clone(), name.to_owned());
    // A thread that panicked while holding the lock cannot have left half a value behind.
    let mut networks = docker.networks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match id {
        Some(id) => networks.insert(key, id),
        None => networks.remove(&key),
    };
}

async fn network_id(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<String, EngineError> {
    let known = {
        let networks = docker.networks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        networks.get(&(deployment.clone(), name.to_owned())).cloned()
    };
    if let Some(id) = known {
        return Ok(id);
    }
    match find_network(docker, deployment, name).await? {
        FoundNetwork::Ours(ids) => {
            let id = ids.into_iter().min().unwrap_or_default();
            remember_network(docker, deployment, name, Some(id.clone()));
            Ok(id)
        }
        FoundNetwork::Foreign | FoundNetwork::None => Err(EngineError::Refused {
            doing: format!("use network `{name}`"),
            reason: "this deployment has no network of this name".to_owned(),
        }),
    }
}

pub async fn volume(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
    let doing = || format!("create volume `{name}`");
    match asking(|| docker.client.inspect_volume(name)).await {
        Ok(found) if labels::belongs_to(Some(&found.labels), deployment) => return Ok(()),
        Ok(_) => {
            let reason = "a volume of this name exists, and this deployment did not make it".to_owned();
            return Err(EngineError::Refused { doing: doing(), reason });
        }
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(docker.refused(doing(), &error)),
    }
    let request = VolumeCreateRequest {
        name: Some(name.to_owned()),
        labels: Some(labels::of_deployment(deployment, "volume")),
        ..VolumeCreateRequest::default()
    };
    docker.client.create_volume(request).await.map_err(|error| docker.refused(doing(), &error))?;
    Ok(())
}

pub async fn remove_volume(docker: &Docker, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
    let doing = || format!("remove volume `{name}`");
    match asking(|| docker.client.inspect_volume(name)).await {
        Ok(found) if labels::belongs_to(Some(&found.labels), deployment) => {}
        Ok(_) => {
            let reason = "this deployment did not make it".to_owned();
            return Err(EngineError::Refused { doing: doing(), reason });
        }
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(docker.refused(doing(), &error)),
    }
    match insisting(|| docker.client.remove_volume(name, None::<RemoveVolumeOptions>)).await {
        Ok(()) => Ok(()),
        Err(error) if is_missing(&error) => Ok(()),
        Err(error) => Err(docker.refused(doing(), &error)),
    }
}

pub async fn container(docker: &Docker, request: &CreateRequest<'_>) -> Result<String, EngineError> {
    let network = network_id(docker, request.deployment, request.network).await?;
    let body = body(request, &network);
    let name = request.name;
    let options = || CreateContainerOptionsBuilder::default().name(name).build();
    let mut created = docker.client.create_container(Some(options()), body.clone()).await;
    if created.as_ref().err().is_some_and(is_name_conflict) {
        free_name(docker, request).await?;
        created = docker.client.create_container(Some(options()), body).await;
    }
    let error = match created {
        Ok(created) => return complete(docker, request, created.id).await,
        Err(error) => error,
    };
    if is_missing(&error) {
        // The network may have gone since it was looked up.
        remember_network(docker, request.deployment, request.network, None);
        if failure::answer(&error).is_some_and(|(_, text)| text.to_lowercase().contains("no such image")) {
            let problem = ImageProblem::Other { reason: "the engine does not have it, it must be pulled".into() };
            return Err(EngineError::Image { reference: request.unit.image.clone(), problem });
        }
    }
    Err(docker.refused(format!("create container `{name}` of module `{}`", request.unit.module), &error))
}

/// What an engine takes only once there is a container. When it does not, the container goes again.
async fn complete(docker: &Docker, request: &CreateRequest<'_>, id: String) -> Result<String, EngineError> {
    let completed = async {
        for network in &request.unit.networks {
            join(docker, request, &id, network).await?;
        }
        services_file::put(docker, &id, request.unit).await
    };
    match completed.await {
        Ok(()) => Ok(id),
        Err(problem) => {
            super::Engine::remove(docker, &id).await?;
            Err(problem)
        }
    }
}

/// Engines before API 1.44 create a container with one network only.
async fn join(docker: &Docker, request: &CreateRequest<'_>, id: &str, network: &str) -> Result<(), EngineError> {
    let doing = || format!("connect module `{}` to network `{network}`", request.unit.module);
    let request = NetworkConnectRequest {
        container: id.to_owned(),
        endpoint_config: Some(EndpointSettings { aliases: Some(aliases(request)), ..EndpointSettings::default() }),
    };
    // An engine notes any name for a container that does not run yet, and fails at its start.
    match docker.client.inspect_network(network, None).await {
        Ok(_) => {}
        Err(error) if is_missing(&error) => {
            let reason = format!("there is no network `{network}`; `docker network create {network}` makes one");
            return Err(EngineError::Refused { doing: doing(), reason });
        }
        Err(error) => return Err(docker.refused(doing(), &error)),
    }
    docker.client.connect_network(network, request).await.map_err(|error| docker.refused(doing(), &error))
}

/// Removes what is left of an earlier attempt under the wanted name.
async fn free_name(docker: &Docker, request: &CreateRequest<'_>) -> Result<(), EngineError> {
    let name = request.name;
    let refuse = |reason: String| EngineError::Refused {
        doing: format!("create container `{name}` of module `{}`", request.unit.module),
        reason,
    };
    let Some(found) = observe::inspect_any(docker, name).await? else {
        return Ok(());
    };
    match observe::from_inspect(found) {
        Some(Container { deployment, state, id, .. }) if deployment == *request.deployment => match state {
            ContainerState::Running | ContainerState::Paused | ContainerState::Restarting { .. } => {
                Err(refuse("a container of this deployment runs under this name".into()))
            }
            ContainerState::Created | ContainerState::Exited { .. } | ContainerState::Dead => {
                super::Engine::remove(docker, &id).await
            }
        },
        Some(Container { deployment, .. }) => Err(refuse(format!("the name belongs to a container of `{deployment}`"))),
        None => Err(refuse("the name belongs to a container that windlass did not make".into())),
    }
}

/// Whoever asks for the module must not be answered by one of its tasks.
fn aliases(request: &CreateRequest<'_>) -> Vec<String> {
    match request.role {
        Role::Instance => [request.unit.module.to_string()].into_iter().chain(request.unit.alias.clone()).collect(),
        Role::Job { .. } => Vec::new(),
    }
}

fn body(request: &CreateRequest<'_>, network: &str) -> ContainerCreateBody {
    let unit = request.unit;
    let endpoint = EndpointSettings { aliases: Some(aliases(request)), ..EndpointSettings::default() };
    ContainerCreateBody {
        image: Some(unit.image.clone()),
        user: unit.user.clone(),
        working_dir: unit.working_dir.clone(),
        entrypoint: unit.entrypoint.clone(),
        cmd: unit.command.clone(),
        env: Some(variables(unit)),
        exposed_ports: Some(exposed(unit)),
        labels: Some(labels::of_container(request)),
        stop_signal: unit.stop_signal.clone(),
        stop_timeout: Some(i64::from(unit.stop_timeout)),
        host_config: Some(host_config(unit, network)),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])),
        }),
        ..ContainerCreateBody::default()
    }
}

fn variables(unit: &Unit) -> Vec<String> {
    let in_a_file = |name: &str| unit.services_file.is_some() && name == SERVICES;
    let variables = unit.environment.iter().filter(|(name, _)| !in_a_file(name));
    variables.map(|(name, value)| format!("{name}={}", value.text)).collect()
}

fn host_config(unit: &Unit, network: &str) -> HostConfig {
    let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
    HostConfig {
        network_mode: Some(network.to_owned()),
        memory: unit.memory.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        nano_cpus: unit.milli_cpus.map(|milli| i64::try_from(milli.saturating_mul(1_000_000)).unwrap_or(i64::MAX)),
        restart_policy: Some(EnginePolicy {
            name: Some(match unit.restart {
                RestartPolicy::UnlessStopped => RestartPolicyNameEnum::UNLESS_STOPPED,
                RestartPolicy::Always => RestartPolicyNameEnum::ALWAYS,
                RestartPolicy::OnFailure => RestartPolicyNameEnum::ON_FAILURE,
                RestartPolicy::No => RestartPolicyNameEnum::NO,
            }),
            maximum_retry_count: None,
        }),
        port_bindings: Some(port_bindings(unit)),
        mounts: Some(unit.volumes.iter().map(mount).chain(services_file::mount(unit)).collect()),
        storage_opt: unit.disk_quota.map(|bytes| HashMap::from([("size".to_owned(), bytes.to_string())])),
        log_config: unit.log.as_ref().map(log_config),
        readonly_rootfs: Some(unit.read_only),
        init: Some(unit.init),
        cap_add: some(&unit.cap_add),
        cap_drop: some(&unit.dropped()),
        security_opt: (!unit.new_privileges).then(|| vec!["no-new-privileges".to_owned()]),
        extra_hosts: some(&unit.extra_hosts),
        ..HostConfig::default()
    }
}

/// The engine keeps what is sent away for `docker logs`, too.
fn log_config(drain: &SyslogDrain) -> HostConfigLogConfig {
    let options = [("syslog-address", &*drain.address), ("syslog-format", "rfc5424"), ("tag", "{{.Name}}")];
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
    HostConfigLogConfig { typ: Some("syslog".to_owned()), config: Some(HashMap::from(options)) }
}

/// `8080/tcp`, as the engine writes ports.
fn port_key(port: u16, protocol: Protocol) -> String {
    match protocol {
        Protocol::Tcp => format!("{port}/tcp"),
        Protocol::Udp => format!("{port}/udp"),
    }
}

fn exposed(unit: &Unit) -> Vec<String> {
    let published = unit.ports.iter().map(|port| port_key(port.container, port.protocol));
    let own = unit.port.map(|port| port_key(port, Protocol::Tcp));
    let keys: BTreeSet<String> = published.chain(own).collect();
    keys.into_iter().collect()
}

fn port_bindings(unit: &Unit) -> PortMap {
    let mut bindings = PortMap::new();
    for port in &unit.ports {
        let binding = PortBinding {
            host_ip: port.address.clone(),
            // Empty: the engine chooses.
            host_port: Some(port.host.map_or_else(String::new, |host| host.to_string())),
        };
        let slot = bindings.entry(port_key(port.container, port.protocol)).or_default();
        slot.get_or_insert_default().push(binding);
    }
    bindings
}

/// Mounts rather than `binds`: a path may hold colons, and one that does not exist is an error instead of an empty
/// folder that belongs to root.
fn mount(mount: &crate::plan::unit::Mount) -> Mount {
    let (typ, source) = match &mount.source {
        MountSource::Volume(name) => (MountType::VOLUME, name),
        MountSource::Path(path) => (MountType::BIND, path),
    };
    Mount {
        typ: Some(typ),
        source: Some(source.clone()),
        target: Some(mount.at.clone()),
        read_only: Some(mount.read_only),
        ..Mount::default()
    }
}

pub async fn start(docker: &Docker, id: &str) -> Result<(), EngineError> {
    let error = match docker.client.start_container(id, None).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let container = docker.inspect(id).await?;
    let problem = match failure::answer(&error).and_then(|(_, text)| failure::taken_port(text)) {
        Some(port) => EngineError::PortTaken {
            module: container.as_ref().map(|container| container.module.clone()),
            port,
            holder: ports::holder(docker, port, id).await,
        },
        None => {
            let what = container.as_ref().map_or_else(
                || format!("start container `{id}`"),
                |container| format!("start container `{}` of module `{}`", container.name, container.module),
            );
            docker.refused(what, &error)
        }
    };
    // Only one that never ran is removed: an older one has data, and may run again when the cause is gone.
    if let Some(Container { state: ContainerState::Created, started_at: None, .. }) = container {
        super::Engine::remove(docker, id).await?;
    }
    Err(problem)
}

/// Waits until a removal that someone else began has ended.
pub async fn until_gone(docker: &Docker, id: &str) -> Result<(), EngineError> {
    for _ in 0..100 {
        if docker.inspect(id).await?.is_none() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let reason = "its removal began and did not end within 10 s".to_owned();
    Err(EngineError::Refused { doing: format!("remove container `{id}`"), reason })
}
