//! A unit: everything about a module's containers that can be said before an engine is asked.
//!
//! Units are stored (the next plan compares with them, and a subscriber is renewed from its stored unit), so their
//! serialised shape is a promise: fields are only added, each with a default.

use super::job::{Execution, Hook, Job};
use crate::name::ModuleName;
use crate::target::Generator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    pub module: ModuleName,
    /// With what its fingerprint hides secrets. Never stored.
    #[serde(skip)]
    pub key: FingerprintKey,
    /// What people call it (`display-name`). Not part of the fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `mtad.yaml:14`, for reports. Not part of the fingerprint.
    pub declared: Option<String>,
    /// As written in the descriptor: `registry.example.org/shop/web:2.1`.
    pub image: String,
    /// What that means in its registry as far as anybody knows: `sha256:…`. Not part of the fingerprint: a tag that moves is no change
    /// of the descriptor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Never stored.
    #[serde(skip)]
    pub credentials: Option<ImageCredentials>,
    pub instances: u32,
    pub start: Start,
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
    #[serde(default)]
    pub command: Option<Vec<String>>,
    pub environment: BTreeMap<String, Variable>,
    /// The port that the application listens on; routes, `PORT` and health checks mean this one.
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default)]
    pub ports: Vec<Port>,
    #[serde(default)]
    pub volumes: Vec<Mount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<UnitContent>,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub working_dir: Option<String>,
    /// Bytes.
    #[serde(default)]
    pub memory: Option<u64>,
    /// Bytes that an instance may write into its own file system; only where the engine can limit that.
    #[serde(default)]
    pub disk_quota: Option<u64>,
    /// Thousandths of a core.
    #[serde(default)]
    pub milli_cpus: Option<u64>,
    #[serde(default)]
    pub restart: RestartPolicy,
    #[serde(default)]
    pub stop_signal: Option<String>,
    /// Seconds.
    pub stop_timeout: u32,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub init: bool,
    #[serde(default)]
    pub cap_add: Vec<String>,
    /// Empty: those of [`DROPPED`], unless `keeps_capabilities`.
    #[serde(default)]
    pub cap_drop: Vec<String>,
    /// None is dropped.
    #[serde(default, skip_serializing_if = "is_no")]
    pub keeps_capabilities: bool,
    /// Its processes may gain rights that they did not begin with, as by `sudo`.
    #[serde(default, skip_serializing_if = "is_no")]
    pub new_privileges: bool,
    #[serde(default)]
    pub extra_hosts: Vec<String>,
    /// Networks of the engine beside the deployment's own, by name; others made them.
    #[serde(default)]
    pub networks: Vec<String>,
    /// Where what the containers write is sent; the engine keeps it as well.
    #[serde(default)]
    pub log: Option<SyslogDrain>,
    /// Path in the containers of the file that holds the text of the variable [`SERVICES`], which they do not get then.
    #[serde(default)]
    pub services_file: Option<String>,
    /// The user's own labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub health: Health,
    /// When an instance wants traffic; told to proxies in labels. `None`: whenever it runs.
    #[serde(default)]
    pub readiness: Option<Readiness>,
    /// By what others reach it beside the module's name: `app-name`, as DNS takes it, where that is another one.
    #[serde(default)]
    pub alias: Option<String>,
    /// Routes as the descriptor says them (`host.domain/path`); told to proxies in labels.
    #[serde(default)]
    pub routes: Vec<String>,
    /// The protocol of those routes that name one: `http1`, `http2`, `tcp`.
    #[serde(default)]
    pub protocols: BTreeMap<String, String>,
    #[serde(default)]
    pub traffic: Traffic,
    /// Names of public provided sets; a label, so that `purge` can tell.
    #[serde(default)]
    pub provides: Vec<String>,
    /// Inputs beside the environment whose values must not be shown: `command`, `labels` …
    #[serde(default)]
    pub secret_inputs: Vec<String>,
    /// What in the command is secret, word by word, so that it can be masked in what containers write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_words: Vec<String>,
    /// Run once each, one after the other, after the module has started. Not part of the fingerprint, nor are hooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Job>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// What the containers lack of the descriptor, by name, until something else replaces them (`restart-on-env-change`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_back: Vec<String>,
    /// Present when the module is itself run once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
}

/// The key under which secrets go into the fingerprints of one deployment: whoever reads a label, and can guess, must not be
/// able to tell when a guess was right. It comes from the state directory. Without one there is nobody to hide from.
#[derive(Clone, Debug, Default)]
pub struct FingerprintKey(pub Option<Generator>);

/// It is no part of what a unit is.
impl PartialEq for FingerprintKey {
    fn eq(&self, _: &FingerprintKey) -> bool {
        true
    }
}

/// The capabilities that containers do without unless somebody says otherwise: of those that engines give, the ones that ordinary
/// images do not use. What web servers, databases and their entry points need stays: to own, to change users, to bind low
/// ports, to end other processes.
pub const DROPPED: [&str; 5] = ["AUDIT_WRITE", "MKNOD", "NET_RAW", "SETFCAP", "SYS_CHROOT"];

/// `CAP_NET_RAW` and `net_raw` are `NET_RAW`.
pub fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

impl Unit {
    /// The capabilities that its containers do without.
    pub fn dropped(&self) -> Vec<String> {
        if self.keeps_capabilities || !self.cap_drop.is_empty() {
            return self.cap_drop.clone();
        }
        let added: Vec<String> = self.cap_add.iter().map(|name| capability(name)).collect();
        let wanted = |name: &&str| added.iter().any(|added| added == name || added == "ALL");
        DROPPED.iter().filter(|name| !wanted(name)).map(|name| (*name).to_owned()).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_no(flag: &bool) -> bool {
    !flag
}

/// The variable that tells a module of the services it is bound to.
pub const SERVICES: &str = "VCAP_SERVICES";

/// A module's files, and where they are put in its containers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitContent {
    /// A folder in the container.
    pub at: String,
    /// Sixty-four hexadecimal digits over all files.
    pub digest: String,
}

/// Credentials for pulling an image. Never printed, never serialised.
#[derive(Clone, PartialEq)]
pub struct ImageCredentials {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for ImageCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImageCredentials(…)")
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    pub text: String,
    #[serde(default)]
    pub secret: bool,
    /// The secrets that went into the text, when they are but parts of it: what must not be heard either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_parts: Vec<String>,
    /// Built from the system parameter `timestamp`: another text every time, which is no change. Only that the variable is
    /// there counts.
    #[serde(default)]
    pub tells_the_time: bool,
    /// `mtad.yaml:31`, or words. Not part of the fingerprint.
    #[serde(default)]
    pub origin: Option<String>,
    /// Where the parts of a structured value come from, by their path in it (`.limits.rps`), as far as that is another
    /// place than `origin`: an extension may have changed but one of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins_inside: BTreeMap<String, String>,
}

impl Variable {
    pub fn new(text: impl Into<String>) -> Variable {
        Variable {
            text: text.into(),
            secret: false,
            secret_parts: Vec::new(),
            tells_the_time: false,
            origin: None,
            origins_inside: BTreeMap::new(),
        }
    }

    /// Leaves only what makes it another variable.
    pub fn forget_place(&mut self) {
        self.origin = None;
        self.origins_inside.clear();
        self.secret_parts.clear();
        if self.tells_the_time {
            self.text.clear();
        }
    }

    /// Whether a container that has this variable could as well have the other one.
    pub fn serves_as(&self, other: &Variable) -> bool {
        self.text == other.text || (self.tells_the_time && other.tells_the_time)
    }
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.secret { f.write_str("Variable(…)") } else { write!(f, "Variable({:?})", self.text) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    Yes,
    /// `no-start`: create, but do not start.
    No,
}

/// A port published on the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    pub container: u16,
    /// `None`: the engine chooses.
    #[serde(default)]
    pub host: Option<u16>,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub protocol: Protocol,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    pub source: MountSource,
    /// Path in the container.
    pub at: String,
    #[serde(default)]
    pub read_only: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountSource {
    /// A volume of this deployment; the engine's name for it is made by `plan::desired`.
    Volume(String),
    /// A folder or file of the host.
    Path(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    #[default]
    UnlessStopped,
    Always,
    OnFailure,
    No,
}

/// When an instance counts as up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub check: Check,
    /// Seconds from start to the first success, before the deployment gives up.
    pub timeout: u32,
    /// Seconds for one probe.
    pub invocation_timeout: u32,
    /// Seconds between probes; the first ones come faster.
    pub interval: u32,
}

/// Whether an instance wants traffic. One that does not is neither replaced nor started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    pub check: Check,
    /// Seconds for one probe.
    pub invocation_timeout: Option<u32>,
    /// Seconds between probes.
    pub interval: Option<u32>,
}

/// What is spoken on the module's port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    #[default]
    Http,
    Tcp,
}

/// A server for logs, in the words of the engine's log driver: `tcp://logs.example.org:514`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyslogDrain {
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// GET on this path answers 200.
    Http { port: u16, path: String },
    /// A TCP connection is accepted.
    Port { port: u16 },
    /// The process still runs a moment after its start.
    Process,
}
