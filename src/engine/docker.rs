//! A Docker engine, or one that speaks its language (Podman), over its API.
//!
//! This file holds the connection and the verbs that need no more than a call. What needs thought has a file of its own:
//! looking ([`super::observe`]), creating ([`super::create`]), pulling ([`super::pull`]), probing ([`super::probe`]) and what
//! error texts mean ([`super::failure`]).

use super::endpoint::{self, Address, ApiVersion, Candidate, Endpoint, Surroundings};
use super::failure::{self, is_missing};
use super::mark::{Holder, Mark, Place};
use super::patience::insisting;
use super::{
    CreateRequest, Death, Engine, EngineError, EngineInfo, LogLine, LogLines, Logins, Look, Manifest, Selection,
    content, create, labels, lines, manifest, mark, observe, probe, pull,
};
use crate::plan::machine::Machine;
use crate::plan::observed::{Container, EngineState};
use crate::plan::unit::{ImageCredentials, Unit};
use crate::registry::DeploymentId;
use bollard::query_parameters::{
    EventsOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder, RenameContainerOptionsBuilder,
};
use futures_util::{Stream, StreamExt};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// How long an engine may take for its first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// How long it may take for a usual one, in seconds. Creating and starting can be slow on a loaded machine.
const USUAL_ANSWER: u64 = 300;

/// The oldest API that windlass is written for: Docker 20.10.
const OLDEST: ApiVersion = ApiVersion { major: 1, minor: 41 };

pub struct Docker {
    pub(super) client: bollard::Docker,
    pub(super) endpoint: Endpoint,
    /// `Docker 28.2.2 (API 1.50)`
    version: String,
    /// Where the Docker configuration is, with the credentials of registries.
    pub(super) config_dir: PathBuf,
    pub(super) logins: Logins,
    /// `linux/amd64`: what its images are built for.
    platform: Option<String>,
    /// Ids of networks that were looked up, by deployment and name: names are not unique, ids are.
    pub(super) networks: Mutex<HashMap<(DeploymentId, String), String>>,
}

/// What was looked at to find the engine, and what came of it: for `windlass doctor`.
pub struct Search {
    pub candidates: Vec<Candidate>,
    pub docker: Result<Docker, EngineError>,
    pub config_dir: PathBuf,
}

/// How an engine does: what only `windlass doctor` wants to know.
#[derive(Clone, Debug)]
pub struct Condition {
    pub time: Option<SystemTime>,
    pub rootless: bool,
    pub swarm_manager: bool,
    /// Where it keeps its images, when that is a folder of this machine.
    pub local_data_root: Option<PathBuf>,
}

impl Docker {
    /// Connects to the engine that command line, environment and Docker configuration name, and asks its version.
    pub async fn connect(selection: &Selection) -> Result<Docker, EngineError> {
        Docker::search(selection).await.docker
    }

    /// As [`Docker::connect`], with everything that was tried.
    pub async fn search(selection: &Selection) -> Search {
        let (choice, config_dir) = choose(selection);
        let docker = match choice.endpoint {
            Ok(endpoint) => Docker::open(endpoint, config_dir.clone(), selection).await,
            Err(error) => Err(error),
        };
        Search { candidates: choice.candidates, docker, config_dir }
    }

    async fn open(endpoint: Endpoint, config_dir: PathBuf, selection: &Selection) -> Result<Docker, EngineError> {
        let trace = selection.trace;
        let client = connect(&endpoint)?;
        let unreachable = |reason: String| EngineError::Unreachable {
            endpoint: endpoint.url.clone(),
            reason,
            tried: vec![endpoint.because.clone()],
        };
        let said = match tokio::time::timeout(FIRST_ANSWER, client.version()).await {
            Ok(Ok(said)) => said,
            Ok(Err(error)) => {
                return Err(match failure::refused(&endpoint.url, "tell its version", &error) {
                    EngineError::Unreachable { reason, .. } => unreachable(reason),
                    EngineError::Refused { reason, .. } => unreachable(format!("it is no container engine: {reason}")),
                    other => other,
                });
            }
            Err(_) => return Err(unreachable(format!("no answer within {} s", FIRST_ANSWER.as_secs()))),
        };
        let newest = said.api_version.as_deref().and_then(endpoint::parse_version);
        let Some(newest) = newest else {
            return Err(unreachable("it does not say which API it speaks".into()));
        };
        let bollards = client.client_version();
        let ours = ApiVersion { major: bollards.major_version, minor: bollards.minor_version };
        let api = endpoint.pinned_version.unwrap_or(newest.min(ours));
        let misfit = if newest < OLDEST {
            Some(format!("it speaks API {newest}, and windlass needs {OLDEST} (Docker 20.10) or later"))
        } else if api < OLDEST {
            Some(format!("`DOCKER_API_VERSION` asks for API {api}, and windlass needs {OLDEST} or later"))
        } else if api > newest {
            Some(format!("`DOCKER_API_VERSION` asks for API {api}, and the engine speaks only {newest}"))
        } else {
            None
        };
        if let Some(misfit) = misfit {
            return Err(EngineError::BadEndpoint { reason: format!("{}: {misfit}", endpoint.url) });
        }
        let product = said
            .components
            .iter()
            .flatten()
            .find(|component| component.name.starts_with("Podman"))
            .map_or("Docker", |_| "Podman");
        let version = format!("{product} {} (API {api})", said.version.as_deref().unwrap_or("?"));
        Ok(Docker {
            client: client.with_request_modifier(move |request| {
                let request = prepare(request, api);
                if let Some(trace) = trace {
                    trace(&format!("{} {}", request.method(), request.uri().path()));
                }
                request
            }),
            endpoint,
            version,
            config_dir,
            logins: selection.logins.clone(),
            platform: said.os.zip(said.arch).map(|(os, arch)| format!("{os}/{arch}")),
            networks: Mutex::new(HashMap::new()),
        })
    }

    pub async fn condition(&self) -> Result<Condition, EngineError> {
        let said = self.client.info().await.map_err(|error| self.refused("say how it does", &error))?;
        let time = said.system_time.as_deref().and_then(|text| {
            let time = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
            Some(SystemTime::from(time))
        });
        let root = said.docker_root_dir.map(PathBuf::from).filter(|root| self.is_local() && root.exists());
        Ok(Condition {
            time,
            rootless: said.security_options.iter().flatten().any(|option| option.contains("rootless")),
            swarm_manager: said.swarm.and_then(|swarm| swarm.control_available).unwrap_or_default(),
            local_data_root: root,
        })
    }

    /// Whether engine and windlass share a machine, so that containers can be reached at their own addresses.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.endpoint.address, Address::Unix(_))
    }

    /// `linux/amd64`: what its images are built for, when it says so.
    pub fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// The host under which published ports are reached.
    pub(super) fn host(&self) -> &str {
        match &self.endpoint.address {
            Address::Unix(_) => "localhost",
            Address::Tcp { host, .. } => host,
            Address::Ssh(address) => {
                let host = address.rsplit_once('@').map_or(address.as_str(), |(_, host)| host);
                host.split(':').next().unwrap_or(host)
            }
        }
    }

    pub(super) fn refused(&self, doing: impl Into<String>, error: &bollard::errors::Error) -> EngineError {
        failure::refused(&self.endpoint.url, doing, error)
    }
}

/// Applies the rules of [`endpoint`] to this process's surroundings.
#[expect(clippy::disallowed_methods, reason = "the engine room reads the environment that the Docker CLI reads")]
fn choose(selection: &Selection) -> (endpoint::Choice, PathBuf) {
    let variable = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings {
        selection: selection.clone(),
        docker_host: variable("DOCKER_HOST"),
        docker_context: variable("DOCKER_CONTEXT"),
        docker_config: variable("DOCKER_CONFIG"),
        docker_tls: variable("DOCKER_TLS"),
        docker_tls_verify: variable("DOCKER_TLS_VERIFY"),
        docker_cert_path: variable("DOCKER_CERT_PATH"),
        docker_api_version: variable("DOCKER_API_VERSION"),
        xdg_runtime_dir: variable("XDG_RUNTIME_DIR"),
        home: std::env::home_dir().filter(|home| home.is_absolute()),
        read: &|path| std::fs::read_to_string(path),
        exists: &|path| path.exists(),
    };
    (endpoint::choose(&surroundings), endpoint::config_dir(&surroundings))
}

fn connect(endpoint: &Endpoint) -> Result<bollard::Docker, EngineError> {
    let version = bollard::API_DEFAULT_VERSION;
    let connected = match (&endpoint.address, &endpoint.tls) {
        (Address::Unix(path), _) => {
            let path = format!("unix://{}", path.display());
            bollard::Docker::connect_with_unix(&path, USUAL_ANSWER, version)
        }
        (Address::Tcp { host, port }, None) => {
            bollard::Docker::connect_with_http(&format!("tcp://{host}:{port}"), USUAL_ANSWER, version)
        }
        (Address::Tcp { host, port }, Some(tls)) => {
            // Without files of its own a connection trusts the system's authorities: an empty file adds none.
            let none = PathBuf::from("/dev/null");
            let (certificate, key) = tls.client.clone().unwrap_or_else(|| (none.clone(), none.clone()));
            let authorities = tls.ca.clone().unwrap_or(none);
            let address = format!("tcp://{host}:{port}");
            bollard::Docker::connect_with_ssl(&address, &key, &certificate, &authorities, USUAL_ANSWER, version)
        }
        (Address::Ssh(address), _) => {
            let reason = format!(
                "`ssh://{address}` is not supported yet; forward its socket with `ssh -nNT -L \
                 /tmp/engine.sock:/var/run/docker.sock {address}` and use `--host unix:///tmp/engine.sock`"
            );
            return Err(EngineError::BadEndpoint { reason });
        }
    };
    connected.map_err(|error| match failure::refused(&endpoint.url, "be connected to", &error) {
        EngineError::Unreachable { endpoint: url, reason, .. } => {
            EngineError::Unreachable { endpoint: url, reason, tried: vec![endpoint.because.clone()] }
        }
        EngineError::Refused { reason, .. } => {
            EngineError::BadEndpoint { reason: format!("{}: {reason}", endpoint.url) }
        }
        other => other,
    })
}

/// Puts right what the client library gets wrong in version 0.21.
///
/// It resolves `/containers/json` against `/v1.41`, which drops the version, so that every request would ask for the
/// newest API of the engine. And it sends credentials in the standard base64 alphabet where engines read the URL-safe one
/// and silently ignore what they cannot read (a password with `?` or `~` is enough).
fn prepare(mut request: bollard::BollardRequest, api: ApiVersion) -> bollard::BollardRequest {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let versioned = path.strip_prefix("/v").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !versioned && let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        // Scheme, authority and path were a URI before, so they are one again.
        if let Ok(uri) = format!("{scheme}://{authority}/v{api}{path}").parse() {
            *request.uri_mut() = uri;
        }
    }
    for name in ["x-registry-auth", "x-registry-config"] {
        if let Some(value) = request.headers_mut().get_mut(name)
            && let Ok(text) = value.to_str()
            && let Ok(safe) = text.replace('+', "-").replace('/', "_").parse()
        {
            *value = safe;
        }
    }
    request
}

impl Look for Docker {
    async fn info(&self) -> Result<EngineInfo, EngineError> {
        Ok(EngineInfo {
            endpoint: self.endpoint.url.clone(),
            chosen_because: self.endpoint.because.clone(),
            version: self.version.clone(),
            host: self.host().to_owned(),
        })
    }

    async fn observe(&self, deployment: &DeploymentId, images: &[String]) -> Result<EngineState, EngineError> {
        observe::observe(self, deployment, images).await
    }

    async fn all_containers(&self) -> Result<Vec<Container>, EngineError> {
        observe::all_containers(self).await
    }

    async fn machine(&self) -> Result<Machine, EngineError> {
        observe::machine(self).await
    }

    async fn marks(&self, deployment: Option<&DeploymentId>) -> Result<Vec<Mark>, EngineError> {
        mark::marks(self, deployment).await
    }

    async fn time(&self) -> Result<Option<i64>, EngineError> {
        mark::time(self).await
    }

    async fn details(&self, containers: Vec<Container>) -> Result<Vec<Container>, EngineError> {
        observe::details(self, containers).await
    }

    async fn inspect(&self, id: &str) -> Result<Option<Container>, EngineError> {
        observe::inspect(self, id).await
    }

    async fn last_lines(&self, id: &str, count: usize) -> Result<Vec<String>, EngineError> {
        let wanted = LogLines { tail: Some(count), since: None, timestamps: false, follow: false };
        let mut lines = std::pin::pin!(self.logs(id, wanted));
        let mut last = Vec::new();
        while let Some(line) = lines.next().await {
            last.push(line?.text);
        }
        // The engine counts what was written in one go as one line.
        Ok(last.split_off(last.len().saturating_sub(count)))
    }

    fn logs(&self, id: &str, wanted: LogLines) -> impl Stream<Item = Result<LogLine, EngineError>> + Send {
        let since = wanted.since.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let options = LogsOptionsBuilder::default()
            .follow(wanted.follow)
            .stdout(true)
            .stderr(true)
            .since(since.map_or(0, |since| i32::try_from(since.as_secs()).unwrap_or(i32::MAX)))
            .timestamps(wanted.timestamps)
            .tail(&wanted.tail.map_or_else(|| "all".to_owned(), |count| count.to_string()))
            .build();
        let url = self.endpoint.url.clone();
        let chunks = self.client.logs(id, Some(options));
        lines::of(chunks.map(move |chunk| chunk.map_err(|error| failure::refused(&url, "read the log", &error))))
    }

    fn deaths(&self, deployment: &DeploymentId) -> impl Stream<Item = Result<Death, EngineError>> + Send {
        let mut filters = labels::managed_filter();
        filters.insert("type".into(), vec!["container".into()]);
        let url = self.endpoint.url.clone();
        let deployment = deployment.clone();
        let events = self.client.events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
        events.filter_map(move |event| {
            let death = match event {
                Err(error) => Some(Err(failure::refused(&url, "tell its events", &error))),
                // Sorted out here: Podman sends `die` as Docker does, but its filter finds nothing by that word.
                Ok(event) => event.actor.filter(|_| event.action.as_deref() == Some("die")).and_then(|actor| {
                    let attributes = actor.attributes?;
                    if !labels::belongs_to(Some(&attributes), &deployment) {
                        return None;
                    }
                    let code = attributes.get("exitCode")?.parse().ok()?;
                    Some(Ok(Death { container: actor.id?, code }))
                }),
            };
            std::future::ready(death)
        })
    }

    fn stirrings(&self) -> impl Stream<Item = Result<(), EngineError>> + Send {
        let mut filters = labels::managed_filter();
        filters.insert("type".into(), vec!["container".into()]);
        let url = self.endpoint.url.clone();
        let events = self.client.events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
        events.filter_map(move |event| {
            std::future::ready(match event {
                Err(error) => Some(Err(failure::refused(&url, "tell its events", &error))),
                // Whoever looks into a container stirs nothing.
                Ok(event)
                    if event.action.as_deref().is_some_and(|action| action.starts_with("exec_") || action == "top") =>
                {
                    None
                }
                Ok(_) => Some(Ok(())),
            })
        })
    }

    async fn deaths_since(&self, container: &str, since: SystemTime) -> Result<usize, EngineError> {
        let mut filters = HashMap::from([("container".to_owned(), vec![container.to_owned()])]);
        filters.insert("type".into(), vec!["container".into()]);
        let seconds = |time: SystemTime| {
            time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()).to_string()
        };
        #[expect(clippy::disallowed_methods, reason = "without an end, the engine would go on telling what happens")]
        let now = seconds(SystemTime::now());
        let options = EventsOptionsBuilder::default().filters(&filters).since(&seconds(since)).until(&now).build();
        let mut events = std::pin::pin!(self.client.events(Some(options)));
        let mut deaths = 0;
        while let Some(event) = events.next().await {
            let event = event.map_err(|error| self.refused("tell its events", &error))?;
            deaths += usize::from(event.action.as_deref() == Some("die"));
        }
        Ok(deaths)
    }

    async fn manifest(&self, reference: &str, given: Option<&ImageCredentials>) -> Result<Manifest, EngineError> {
        manifest::manifest(self, reference, given).await
    }

    async fn probe(&self, container: &Container, unit: &Unit) -> Result<(), String> {
        probe::probe(self, container, unit).await
    }
}

impl Engine for Docker {
    async fn put_up(&self, deployment: &DeploymentId, place: &Place, holder: &Holder) -> Result<Mark, EngineError> {
        mark::put_up(self, deployment, place, holder).await
    }

    async fn take_down(&self, deployment: &DeploymentId, place: &Place) -> Result<(), EngineError> {
        mark::take_down(self, deployment, place).await
    }

    async fn pull(&self, reference: &str, credentials: Option<&ImageCredentials>) -> Result<String, EngineError> {
        pull::pull(self, reference, credentials).await
    }

    async fn create_network(&self, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        create::network(self, deployment, name).await
    }

    async fn remove_network(&self, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        create::remove_network(self, deployment, name).await
    }

    async fn create_volume(&self, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        create::volume(self, deployment, name).await
    }

    async fn remove_volume(&self, deployment: &DeploymentId, name: &str) -> Result<(), EngineError> {
        create::remove_volume(self, deployment, name).await
    }

    async fn create(&self, request: &CreateRequest<'_>) -> Result<String, EngineError> {
        create::container(self, request).await
    }

    async fn fill(
        &self,
        id: &str,
        files: impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static,
    ) -> Result<(), EngineError> {
        content::fill(self, id, files).await
    }

    async fn copy_folder(&self, from: &str, to: &str, folder: &str) -> Result<(), EngineError> {
        content::copy_folder(self, from, to, folder).await
    }

    async fn start(&self, id: &str) -> Result<(), EngineError> {
        create::start(self, id).await
    }

    async fn stop(&self, id: &str) -> Result<(), EngineError> {
        // The answer comes when the container has stopped, and only its own grace period says when that is.
        let patient = self.client.clone().with_timeout(Duration::from_secs(24 * 3600));
        match insisting(|| patient.stop_container(id, None)).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(self.refused("stop a container", &error)),
        }
    }

    async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match insisting(|| self.client.remove_container(id, Some(options.clone()))).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) if is_being_removed(&error) => create::until_gone(self, id).await,
            Err(error) => Err(self.refused("remove a container", &error)),
        }
    }

    async fn rename(&self, id: &str, name: &str) -> Result<(), EngineError> {
        let options = RenameContainerOptionsBuilder::default().name(name).build();
        match self.client.rename_container(id, options).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused(format!("rename a container to `{name}`"), &error)),
        }
    }
}

/// "removal of container … is already in progress"
fn is_being_removed(error: &bollard::errors::Error) -> bool {
    failure::answer(error).is_some_and(|(status, text)| status == 409 && text.contains("already in progress"))
}
