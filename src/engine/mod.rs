//! A machine that can run containers.
//!
//! An engine sees and acts. It never decides: the plan has decided already. [`Look`] is the half without any verb that
//! changes something, and the only half that `windlass plan` is given.

mod advice;
mod content;
mod create;
mod credentials;
mod docker;
pub mod endpoint;
mod failure;
mod family;
mod http;
mod labels;
mod lines;
mod logins;
mod manifest;
pub mod mark;
mod observe;
mod patience;
mod ports;
mod probe;
mod pull;
pub mod recording;
mod registry;
mod services_file;

pub use credentials::{RegistryAccess, registry_access};
pub use docker::{Condition, Docker, Search};
pub use endpoint::Named;
pub use family::Family;
pub use logins::Logins;

use crate::name::ModuleName;
use crate::plan::job;
use crate::plan::machine::Machine;
use crate::plan::observed::{Container, EngineState, Role};
use crate::plan::unit::{ImageCredentials, Unit};
use crate::registry::DeploymentId;
use futures_util::Stream;
use mark::{Holder, Mark, Place};
use std::future::Future;
use std::io;
use std::time::SystemTime;

/// What the command line says about where the engine is. Everything else comes from the Docker configuration.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--host`
    pub host: Option<String>,
    /// `--context`
    pub context: Option<String>,
    /// What the target says, and where it says so.
    pub of_target: Option<(String, Named)>,
    /// Hears each call of the engine, as `GET /v1.41/containers/json`. Bodies and headers, where secrets are, are not told.
    pub trace: Option<fn(&str)>,
    /// The credentials of `windlass login`.
    pub logins: Logins,
}

/// Where the engine is and what it can do.
#[derive(Clone, Debug)]
pub struct EngineInfo {
    /// `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// Why this endpoint: `DOCKER_HOST`, `context prod`, `default socket` …
    pub chosen_because: String,
    /// `Docker 28.2.2 (API 1.50)`.
    pub version: String,
    /// The host under which published ports are reached: `localhost`, or the host of a remote endpoint.
    pub host: String,
}

/// What a registry has under an image's reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// `sha256:…`
    pub digest: Option<String>,
    /// `linux/amd64`, one for each platform it is built for; empty when the registry does not say.
    pub platforms: Vec<String>,
    /// Which credentials it was asked with, in words.
    pub used: String,
}

/// A container's process has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    pub container: String,
    pub code: i64,
}

/// What can be asked without changing anything.
pub trait Look: Send + Sync {
    fn info(&self) -> impl Future<Output = Result<EngineInfo, EngineError>> + Send;

    /// Everything that carries the deployment's labels, the ids of `images`, and who holds which host port.
    ///
    /// It must be quick (an unchanged deployment is planned in one glance), so of containers that run only what a listing
    /// says is filled in: `restarts` is 0 and `started_at` is absent there. [`Look::inspect`] says both.
    fn observe(
        &self,
        deployment: &DeploymentId,
        images: &[String],
    ) -> impl Future<Output = Result<EngineState, EngineError>> + Send;

    /// Containers of all deployments that windlass made.
    fn all_containers(&self) -> impl Future<Output = Result<Vec<Container>, EngineError>> + Send;

    /// What the machine has that not every machine has.
    fn machine(&self) -> impl Future<Output = Result<Machine, EngineError>> + Send;

    /// The marks of a deployment, or of all deployments, of those who are at work there.
    fn marks(&self, deployment: Option<&DeploymentId>) -> impl Future<Output = Result<Vec<Mark>, EngineError>> + Send;

    /// What the engine's own clock says, in seconds since 1970; `None` when it does not say.
    fn time(&self) -> impl Future<Output = Result<Option<i64>, EngineError>> + Send;

    /// The same containers with everything that a listing leaves out, [`Container::made_from`] too. What has gone meanwhile
    /// stays as it was listed. Asks for a limited number at a time.
    fn details(&self, containers: Vec<Container>) -> impl Future<Output = Result<Vec<Container>, EngineError>> + Send;

    fn inspect(&self, id: &str) -> impl Future<Output = Result<Option<Container>, EngineError>> + Send;

    /// The last lines of both output streams.
    fn last_lines(&self, id: &str, lines: usize) -> impl Future<Output = Result<Vec<String>, EngineError>> + Send;

    /// What the container writes, line by line, both output streams mixed as they were written.
    fn logs(&self, id: &str, wanted: LogLines) -> impl Stream<Item = Result<LogLine, EngineError>> + Send;

    /// Says at once when a container of the deployment ends. What ended before the stream was first polled is not said.
    fn deaths(&self, deployment: &DeploymentId) -> impl Stream<Item = Result<Death, EngineError>> + Send;

    /// Says that something has happened to a container that windlass made.
    fn stirrings(&self) -> impl Stream<Item = Result<(), EngineError>> + Send;

    /// What the image's registry has under its reference; moves no layers. `credentials` come before those of
    /// `windlass login` and of the Docker configuration.
    fn manifest(
        &self,
        reference: &str,
        credentials: Option<&ImageCredentials>,
    ) -> impl Future<Output = Result<Manifest, EngineError>> + Send;

    /// How often the container's process has ended since a moment, as far back as the engine remembers.
    fn deaths_since(
        &self,
        container: &str,
        since: SystemTime,
    ) -> impl Future<Output = Result<usize, EngineError>> + Send;

    /// One probe of a health check: `Ok(())` when it succeeded, else what came back, in words. Looks at the container
    /// anew, so `container` may be older than its start. `Check::Process` succeeds while the process runs: to let a
    /// moment pass first is the caller's part.
    fn probe(&self, container: &Container, unit: &Unit) -> impl Future<Output = Result<(), String>> + Send;
}

/// Which lines of a container's log are wanted.
#[derive(Clone, Copy, Debug)]
pub struct LogLines {
    /// Only the last so many; `None`: all.
    pub tail: Option<usize>,
    /// Only what was written at or after this moment.
    pub since: Option<SystemTime>,
    /// The engine's time stamp before each line.
    pub timestamps: bool,
    /// Go on with what is written from now on, until the container ends.
    pub follow: bool,
}

/// One line that a container has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub stream: job::Stream,
    pub text: String,
}

/// What changes something.
pub trait Engine: Look {
    /// Puts up a mark, unless one stands at that place; returns the one that does. Of all who want the same place at the same
    /// moment, exactly one gets its own mark back.
    fn put_up(
        &self,
        deployment: &DeploymentId,
        place: &Place,
        holder: &Holder,
    ) -> impl Future<Output = Result<Mark, EngineError>> + Send;
    /// Takes a mark down. Taking down what is gone is no error.
    fn take_down(
        &self,
        deployment: &DeploymentId,
        place: &Place,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// Pulls an image and returns its id. `credentials` come before those of the Docker configuration.
    fn pull(
        &self,
        reference: &str,
        credentials: Option<&ImageCredentials>,
    ) -> impl Future<Output = Result<String, EngineError>> + Send;

    /// Creates the deployment's network unless it is there.
    fn create_network(
        &self,
        deployment: &DeploymentId,
        name: &str,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
    fn remove_network(
        &self,
        deployment: &DeploymentId,
        name: &str,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
    fn create_volume(
        &self,
        deployment: &DeploymentId,
        name: &str,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
    fn remove_volume(
        &self,
        deployment: &DeploymentId,
        name: &str,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;

    /// Creates, but does not start, one instance; returns the container's id. A leftover of the same name that carries our
    /// labels and does not run is removed first.
    fn create(&self, request: &CreateRequest<'_>) -> impl Future<Output = Result<String, EngineError>> + Send;
    /// Unpacks a tar stream at the root of a container that has not run yet.
    fn fill(
        &self,
        id: &str,
        files: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Copies a folder from one container, running or not, into the same folder of another one, which must be there.
    fn copy_folder(&self, from: &str, to: &str, folder: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Starts a container. One that has never run and cannot be started is removed, so that its name is free again.
    fn start(&self, id: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Stops with the grace period of the container. Stopping what does not run is no error.
    fn stop(&self, id: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    /// Removes the container, running or not, and its anonymous volumes. Removing what is gone is no error.
    fn remove(&self, id: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
    fn rename(&self, id: &str, name: &str) -> impl Future<Output = Result<(), EngineError>> + Send;
}

pub struct CreateRequest<'a> {
    pub deployment: &'a DeploymentId,
    pub version: &'a str,
    pub revision: u64,
    pub operation: &'a str,
    pub unit: &'a Unit,
    /// What the container is for; only instances answer to the module's name in the network.
    pub role: &'a Role,
    pub config_hash: &'a str,
    pub instance: u32,
    pub name: &'a str,
    /// The network's name; the module's name becomes the host name of its instances there.
    pub network: &'a str,
}

/// Why the engine could not do what it was asked. Each variant is a situation that someone can act on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("no container engine answers at {endpoint}: {reason}")]
    Unreachable { endpoint: String, reason: String, tried: Vec<String> },
    #[error("the engine endpoint cannot be used: {reason}")]
    BadEndpoint { reason: String },
    #[error("image `{reference}` cannot be pulled: {problem}")]
    Image { reference: String, problem: ImageProblem },
    #[error("host port {port} is taken by {holder}")]
    PortTaken { module: Option<ModuleName>, port: u16, holder: String },
    #[error("the engine refused to {doing}: {reason}")]
    Refused { doing: String, reason: String },
}

/// Which part of an image reference, or of the way to it, is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageProblem {
    #[error("host `{host}` cannot be reached: {reason}")]
    Host { host: String, reason: String },
    #[error("`{host}` does not speak trusted TLS: {reason}")]
    Tls { host: String, reason: String },
    #[error("`{host}` refuses the credentials ({used})")]
    Credentials { host: String, used: String },
    /// The registry knows the credentials, and said that their time is over.
    #[error("`{host}` refuses the credentials ({used}): they have expired")]
    Expired { host: String, used: String },
    /// Right credentials that may not read.
    #[error("`{host}` does not let {used} read `{repository}`")]
    Scope { host: String, repository: String, used: String },
    #[error("`{host}` has no repository `{repository}`, or it may not be read with {used}")]
    Repository { host: String, repository: String, used: String },
    #[error("repository `{repository}` has no tag `{tag}`")]
    Tag { repository: String, tag: String },
    /// The registry's answer does not tell a missing tag from a missing repository.
    #[error("`{host}` has no `{version}` of `{repository}`; it does not say which of both is missing")]
    Missing { host: String, repository: String, version: String },
    #[error("`{reference}` is no image reference: {reason}")]
    Reference { reference: String, reason: String },
    #[error("{reason}")]
    Other { reason: String },
}

impl ImageProblem {
    /// A stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            ImageProblem::Host { .. } => "host-unreachable",
            ImageProblem::Tls { .. } => "tls",
            ImageProblem::Credentials { .. } => "credentials-refused",
            ImageProblem::Expired { .. } => "credentials-expired",
            ImageProblem::Scope { .. } => "scope-missing",
            ImageProblem::Repository { .. } => "repository-missing",
            ImageProblem::Tag { .. } => "tag-missing",
            ImageProblem::Missing { .. } => "missing",
            ImageProblem::Reference { .. } => "not-a-reference",
            ImageProblem::Other { .. } => "other",
        }
    }
}
