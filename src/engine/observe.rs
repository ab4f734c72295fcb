//! What an engine shows of a deployment.
//!
//! One listing of all containers answers most of it, so that looking at fifty modules costs as little as looking at one:
//! labels, states, images, addresses and ports are in the listing, and only containers that have ended are inspected one
//! by one, for their exit code. Containers of others are looked at for the host ports they hold.

use super::docker::Docker;
use super::failure::is_missing;
use super::patience::asking;
use super::{EngineError, labels};
use crate::image::ImageReference;
use crate::plan::machine::{DiskQuota, Machine};
use crate::plan::names;
use crate::plan::observed::{Container, ContainerState, EngineState, MadeFrom, PublishedPort, Role};
use crate::registry::DeploymentId;
use bollard::errors::Error;
use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary, ContainerSummaryStateEnum, EndpointSettings,
    PortSummaryTypeEnum, SystemInfo,
};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How many questions an engine is asked at the same time.
const AT_ONCE: usize = 16;

pub async fn observe(
    docker: &Docker,
    deployment: &DeploymentId,
    images: &[String],
) -> Result<EngineState, EngineError> {
    let (containers, networks, volumes, images) = futures_util::try_join!(
        list(docker, HashMap::new()),
        networks(docker, deployment),
        volumes(docker, deployment),
        find_images(docker, images)
    )?;
    let (ours, others): (Vec<_>, Vec<_>) =
        containers.into_iter().partition(|summary| labels::belongs_to(summary.labels.as_ref(), deployment));
    let taken_ports = others
        .iter()
        .flat_map(|summary| published(summary).into_iter().map(move |port| (port, summary)))
        .map(|(port, summary)| ((port.host, port.protocol), holder(summary)))
        .collect();
    let (mut ids, mut digests) = (BTreeMap::new(), BTreeMap::new());
    for (reference, Image { id, repository_digests }) in images {
        if !repository_digests.is_empty() {
            digests.insert(reference.clone(), repository_digests);
        }
        ids.insert(reference, id);
    }
    let state = EngineState::of(read_all(docker, ours).await?);
    Ok(EngineState { networks, volumes, images: ids, digests, taken_ports, ..state })
}

pub async fn all_containers(docker: &Docker) -> Result<Vec<Container>, EngineError> {
    let all = list(docker, labels::managed_filter()).await?;
    read_all(docker, all).await
}

/// Looks at one container by id or name. `Ok(None)`: there is none, or windlass did not make it.
pub async fn inspect(docker: &Docker, id: &str) -> Result<Option<Container>, EngineError> {
    Ok(inspect_any(docker, id).await?.and_then(from_inspect))
}

/// Looks at each container, and once at each image that they run.
pub async fn details(docker: &Docker, listed: Vec<Container>) -> Result<Vec<Container>, EngineError> {
    let images: BTreeSet<String> = listed.iter().map(|container| container.image_id.clone()).collect();
    let brought = stream::iter(images)
        .map(|id| async move { Ok(brought(docker, &id).await?.map(|variables| (id, Arc::new(variables)))) })
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    let looked = stream::iter(listed)
        .map(|container| async move { Ok((inspect_any(docker, &container.id).await?, container)) })
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>();
    let (brought, looked) = futures_util::try_join!(brought, looked)?;
    let brought: BTreeMap<String, Arc<Variables>> = brought.into_iter().flatten().collect();
    let detailed = looked.into_iter().map(|(response, listed)| {
        let made = response.as_ref().and_then(|response: &ContainerInspectResponse| response.config.as_ref()).cloned();
        let Some(container) = response.and_then(from_inspect) else { return listed };
        let made_from = made.map(|config| MadeFrom {
            image: config.image.unwrap_or_default(),
            variables: variables(config.env.unwrap_or_default()),
            brought: brought.get(&container.image_id).cloned(),
        });
        Container { made_from, ..container }
    });
    Ok(detailed.collect())
}

type Variables = BTreeMap<String, String>;

/// The variables that an image brings; `None` when the engine does not have it any more.
async fn brought(docker: &Docker, id: &str) -> Result<Option<Variables>, EngineError> {
    if id.is_empty() {
        return Ok(None);
    }
    match docker.client.inspect_image(id).await {
        Ok(image) => Ok(Some(variables(image.config.and_then(|config| config.env).unwrap_or_default()))),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(docker.refused("look at an image", &error)),
    }
}

/// As [`inspect`], whoever made it.
pub async fn inspect_any(docker: &Docker, id: &str) -> Result<Option<ContainerInspectResponse>, EngineError> {
    let mut patience = Patience::default();
    loop {
        match asking(|| docker.client.inspect_container(id, None)).await {
            Ok(response) => return Ok(Some(response)),
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) if patience.helps(&error).await => {}
            Err(error) => return Err(docker.refused("inspect a container", &error)),
        }
    }
}

/// Waits while an answer holds a word that Docker does not have. Podman calls a container `stopped` from the end of its
/// process until it has cleaned up behind it, and the client library understands nothing of such an answer.
#[derive(Default)]
struct Patience {
    waited: u32,
}

impl Patience {
    /// Whether it is worth asking again, now.
    async fn helps(&mut self, error: &Error) -> bool {
        let transient = matches!(error, Error::JsonDataError { message, .. } if message.contains("unknown variant"));
        if !transient || self.waited >= 30 {
            return false;
        }
        self.waited += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        true
    }
}

pub async fn list(
    docker: &Docker,
    filters: HashMap<String, Vec<String>>,
) -> Result<Vec<ContainerSummary>, EngineError> {
    let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    let mut patience = Patience::default();
    loop {
        match asking(|| docker.client.list_containers(Some(options.clone()))).await {
            Ok(containers) => return Ok(containers),
            Err(error) if patience.helps(&error).await => {}
            Err(error) => return Err(docker.refused("list its containers", &error)),
        }
    }
}

pub async fn machine(docker: &Docker) -> Result<Machine, EngineError> {
    let info = asking(|| docker.client.info());
    let networks = asking(|| docker.client.list_networks(None));
    let (info, networks) = futures_util::join!(info, networks);
    let info = info.map_err(|error| docker.refused("describe its machine", &error))?;
    let networks = networks.map_err(|error| docker.refused("list its networks", &error))?;
    Ok(Machine {
        disk_quota: disk_quota(&info),
        cpus: info.ncpu.and_then(|cpus| u64::try_from(cpus).ok()).filter(|cpus| *cpus > 0),
        // Containers are connected by name or id.
        networks: networks.into_iter().flat_map(|network| [network.name, network.id]).flatten().collect(),
    })
}

/// Only some storage drivers can limit what a container writes. On `xfs`, overlay could if it is mounted with `pquota`, but
/// no engine says whether it is, and one that is asked in vain refuses the container.
pub fn disk_quota(info: &SystemInfo) -> DiskQuota {
    let driver = info.driver.as_deref().unwrap_or("unknown");
    match driver {
        "btrfs" | "zfs" | "devicemapper" | "windowsfilter" => DiskQuota::Kept,
        _ => DiskQuota::Ignored(format!("the engine's storage driver `{driver}` cannot limit what a container writes")),
    }
}

/// Who holds a port, in words: the module of a deployment, or the container of someone else.
pub fn holder(summary: &ContainerSummary) -> String {
    let name = name_of(summary);
    let labels = summary.labels.as_ref();
    match labels.and_then(|labels| Some((labels::deployment_of(labels)?, labels::module_of(labels)?))) {
        Some((deployment, module)) => format!("module `{module}` of `{deployment}` (container `{name}`)"),
        None => format!("container `{name}`"),
    }
}

pub fn name_of(summary: &ContainerSummary) -> String {
    let name = summary.names.iter().flatten().find(|name| name.rfind('/') == Some(0));
    name.map_or_else(|| summary.id.clone().unwrap_or_default(), |name| name.trim_start_matches('/').to_owned())
}

/// Published ports; one that is bound for IPv4 and IPv6 is listed once, under its IPv4 address.
pub fn published(summary: &ContainerSummary) -> Vec<PublishedPort> {
    let ports = summary.ports.iter().flatten().filter_map(|port| {
        let protocol = match port.typ {
            Some(PortSummaryTypeEnum::UDP) => "udp",
            Some(PortSummaryTypeEnum::SCTP) => "sctp",
            Some(PortSummaryTypeEnum::TCP | PortSummaryTypeEnum::EMPTY) | None => "tcp",
        };
        Some(PublishedPort {
            container: port.private_port,
            host: port.public_port.filter(|port| *port > 0)?,
            address: port.ip.clone().unwrap_or_default(),
            protocol: protocol.to_owned(),
        })
    });
    once(ports.collect())
}

fn once(mut ports: Vec<PublishedPort>) -> Vec<PublishedPort> {
    let key = |port: &PublishedPort| (port.container, port.protocol.clone(), port.host);
    ports.sort_by_key(|port| (key(port), port.address.contains(':'), port.address.clone()));
    ports.dedup_by(|later, earlier| key(later) == key(earlier) && later.address.contains(':'));
    ports
}

async fn networks(docker: &Docker, deployment: &DeploymentId) -> Result<Vec<String>, EngineError> {
    let options = ListNetworksOptionsBuilder::default().filters(&labels::managed_filter()).build();
    let networks = asking(|| docker.client.list_networks(Some(options.clone())))
        .await
        .map_err(|error| docker.refused("list its networks", &error))?;
    let ours = networks.into_iter().filter(|network| labels::belongs_to(network.labels.as_ref(), deployment));
    Ok(sorted(ours.filter_map(|network| network.name)))
}

async fn volumes(docker: &Docker, deployment: &DeploymentId) -> Result<Vec<String>, EngineError> {
    let options = ListVolumesOptionsBuilder::default().filters(&labels::managed_filter()).build();
    let answer = asking(|| docker.client.list_volumes(Some(options.clone())))
        .await
        .map_err(|error| docker.refused("list its volumes", &error))?;
    let volumes = answer.volumes.unwrap_or_default();
    let ours = volumes.into_iter().filter(|volume| labels::belongs_to(Some(&volume.labels), deployment));
    Ok(sorted(ours.map(|volume| volume.name)))
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let names: BTreeSet<String> = names.collect();
    names.into_iter().collect()
}

/// An image that the engine has.
pub struct Image {
    pub id: String,
    /// Under which digests it came from the repository that was asked for; the order is the engine's.
    pub repository_digests: Vec<String>,
}

/// What references name on the engine now. A text that is no reference names nothing.
async fn find_images(docker: &Docker, references: &[String]) -> Result<Vec<(String, Image)>, EngineError> {
    let distinct: BTreeSet<String> =
        references.iter().filter(|text| ImageReference::parse(text).is_ok()).cloned().collect();
    let found: Vec<Option<(String, Image)>> = stream::iter(distinct)
        .map(|reference| async move { Ok(image(docker, &reference).await?.map(|image| (reference, image))) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

pub async fn image(docker: &Docker, reference: &str) -> Result<Option<Image>, EngineError> {
    match asking(|| docker.client.inspect_image(reference)).await {
        Ok(found) => Ok(found.id.map(|id| Image {
            id,
            repository_digests: of_repository(reference, found.repo_digests.unwrap_or_default()),
        })),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(docker.refused(format!("look up image `{reference}`"), &error)),
    }
}

/// Of `nginx@sha256:…` and the like, those that are of the reference's own repository, without its name.
fn of_repository(reference: &str, all: Vec<String>) -> Vec<String> {
    let Ok(wanted) = ImageReference::parse(reference) else { return Vec::new() };
    let digests = all.iter().filter_map(|text| {
        let found = ImageReference::parse(text).ok()?;
        let same = (&found.host, found.port, &found.path) == (&wanted.host, wanted.port, &wanted.path);
        found.digest.filter(|_| same)
    });
    digests.collect()
}

/// Reads listed containers; those that have ended are inspected. One that vanishes meanwhile is left out.
async fn read_all(docker: &Docker, summaries: Vec<ContainerSummary>) -> Result<Vec<Container>, EngineError> {
    let read: Vec<Option<Container>> = stream::iter(summaries)
        .map(|summary| async move {
            match from_summary(&summary) {
                Some(container) => Ok(Some(container)),
                None => match summary.id {
                    Some(id) => inspect(docker, &id).await,
                    None => Ok(None),
                },
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut containers: Vec<Container> = read.into_iter().flatten().collect();
    containers.sort_by(|a, b| (&a.module, a.instance, &a.id).cmp(&(&b.module, b.instance, &b.id)));
    Ok(containers)
}

/// `None` when the listing does not say enough.
fn from_summary(summary: &ContainerSummary) -> Option<Container> {
    let state = match summary.state? {
        ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::STOPPING => ContainerState::Running,
        ContainerSummaryStateEnum::PAUSED => ContainerState::Paused,
        ContainerSummaryStateEnum::CREATED => ContainerState::Created,
        ContainerSummaryStateEnum::RESTARTING
        | ContainerSummaryStateEnum::EXITED
        | ContainerSummaryStateEnum::REMOVING
        | ContainerSummaryStateEnum::DEAD
        | ContainerSummaryStateEnum::EMPTY => return None,
    };
    let networks = summary.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let labelled = Labelled::read(summary.labels.as_ref()?)?;
    let deployment = labelled.deployment.clone();
    Some(Container {
        id: summary.id.clone()?,
        name: name_of(summary),
        deployment: labelled.deployment,
        module: labelled.module,
        role: labelled.role,
        instance: labelled.instance,
        config_hash: labelled.config_hash,
        image_id: summary.image_id.clone().unwrap_or_default(),
        state,
        ports: published(summary),
        address: address(&deployment, networks),
        restarts: 0,
        started_at: None,
        version: labelled.version,
        made_from: None,
    })
}

/// `None` for a container that windlass did not make.
pub fn from_inspect(response: ContainerInspectResponse) -> Option<Container> {
    let config = response.config?;
    let labelled = Labelled::read(config.labels.as_ref()?)?;
    let deployment = labelled.deployment.clone();
    let state = response.state.unwrap_or_default();
    let settings = response.network_settings.unwrap_or_default();
    let code = state.exit_code.unwrap_or_default();
    let out_of_memory = state.oom_killed.unwrap_or_default();
    let mut ports = Vec::new();
    for (port, bindings) in settings.ports.iter().flatten() {
        let (container, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        for binding in bindings.iter().flatten() {
            let host = binding.host_port.as_ref().and_then(|port| port.parse().ok());
            if let (Ok(container), Some(host)) = (container.parse(), host) {
                let address = binding.host_ip.clone().unwrap_or_default();
                ports.push(PublishedPort { container, host, address, protocol: protocol.to_owned() });
            }
        }
    }
    Some(Container {
        id: response.id?,
        name: response.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        deployment: labelled.deployment,
        module: labelled.module,
        role: labelled.role,
        instance: labelled.instance,
        config_hash: labelled.config_hash,
        image_id: response.image.unwrap_or_default(),
        state: match state.status {
            Some(ContainerStateStatusEnum::CREATED) => ContainerState::Created,
            Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) => ContainerState::Running,
            Some(ContainerStateStatusEnum::PAUSED) => ContainerState::Paused,
            Some(ContainerStateStatusEnum::RESTARTING) => ContainerState::Restarting { code, out_of_memory },
            Some(ContainerStateStatusEnum::EXITED) => ContainerState::Exited { code, out_of_memory },
            Some(
                ContainerStateStatusEnum::REMOVING | ContainerStateStatusEnum::DEAD | ContainerStateStatusEnum::EMPTY,
            )
            | None => ContainerState::Dead,
        },
        ports: once(ports),
        address: address(&deployment, settings.networks.as_ref()),
        restarts: u32::try_from(response.restart_count.unwrap_or_default()).unwrap_or_default(),
        // The engine says the year 1 for what never ran.
        started_at: state.started_at.filter(|time| !time.starts_with("0001-")),
        version: labelled.version,
        made_from: None,
    })
}

/// `NAME=VALUE` as maps.
fn variables(list: Vec<String>) -> Variables {
    let split = |text: String| {
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        (name.to_owned(), value.to_owned())
    };
    list.into_iter().map(split).collect()
}

/// What our labels say of a container.
struct Labelled {
    deployment: DeploymentId,
    module: crate::name::ModuleName,
    role: Role,
    instance: u32,
    config_hash: String,
    version: Option<String>,
}

impl Labelled {
    fn read(labels: &HashMap<String, String>) -> Option<Labelled> {
        Some(Labelled {
            deployment: labels::deployment_of(labels)?,
            module: labels::module_of(labels)?,
            role: labels::role_of(labels),
            instance: labels.get(labels::INSTANCE).and_then(|text| text.parse().ok()).unwrap_or(1),
            config_hash: labels.get(labels::CONFIG_HASH).cloned().unwrap_or_default(),
            version: labels.get(labels::MTA_VERSION).cloned(),
        })
    }
}

/// The address in the deployment's own network, else in the first one (by name) that gave one.
fn address(deployment: &DeploymentId, networks: Option<&HashMap<String, EndpointSettings>>) -> Option<String> {
    let networks: BTreeMap<&String, &EndpointSettings> = networks?.iter().collect();
    let own = networks.get(&names::network(deployment)).copied();
    let all = own.into_iter().chain(networks.values().copied());
    all.filter_map(|network| network.ip_address.clone()).find(|address| !address.is_empty())
}
