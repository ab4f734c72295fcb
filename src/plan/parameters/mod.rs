//! What a module's parameters say about its containers.
//!
//! Every parameter is in [`PARAMETERS`]; what has no effect here is said once, never passed over in silence.

mod check;
mod container;
mod drains;
mod examples;
mod execution;
mod handling;
mod health;
mod hooks;
mod image;
mod jobs;
mod kernel;
mod lifecycle;
mod open;
mod ports;
mod read;
mod reference;
mod routes;
mod size;
mod table;
mod types;
mod volumes;

pub use check::{check, given_in_vain, offered};
pub use drains::{Drains, drains};
pub use handling::{Handling, Keep, RestartOn, handling};
pub use reference::{Effect, Parameter, Place, all, known, page};
pub use routes::host_port;
pub use table::PARAMETERS;
pub use types::{Field, Needed, Type};

use super::desired::Wishes;
use super::job::DEPLOY_ID;
use super::unit::{
    FingerprintKey, Port, Protocol, RestartPolicy, SERVICES, Start, Traffic, Unit, UnitContent, Variable,
};
use crate::descriptor::{Descriptor, Module};
use crate::finding::{DUPLICATE_NAME, Finding, Findings, Severity};
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use crate::source::{Sources, Span};
use crate::stage;
use crate::stage::environment::FILE as SERVICES_PATH;
use crate::target::Target;
use health::CheckType;
use read::{Found, Reader};
use std::collections::BTreeMap;

/// What an application listens on when nobody says; also what the platform of the deploy service uses.
const DEFAULT_PORT: u16 = 8080;

/// What reading one module needs to know beside the module.
#[derive(Debug)]
pub struct Surroundings<'a> {
    pub descriptor: &'a Descriptor,
    pub deployment: &'a DeploymentId,
    pub target: &'a Target,
    pub wishes: &'a Wishes,
    pub sources: &'a Sources,
    pub drains: Drains<'a>,
    /// Digests of what `container.content` asks for.
    pub contents: &'a BTreeMap<ModuleName, String>,
}

/// The modules whose content goes into their containers, each with the place where that is said.
pub fn with_content(descriptor: &Descriptor) -> Vec<(&Module, Span)> {
    let mut asking = Vec::new();
    for (index, module) in descriptor.modules.iter().enumerate() {
        let mut findings = Findings::default();
        let reader = Reader { module, descriptor, index, findings: &mut findings };
        let content = reader.find("container").and_then(|container| container.key("content"));
        if let Some(content) = content.filter(|_| !skipped(module, index, descriptor, &mut Findings::default())) {
            asking.push((module, content.at));
        }
    }
    asking
}

/// A second name by which others reach the module, unless another module has it: then requests would go to either.
fn alias(reader: &mut Reader<'_, '_>, around: &Surroundings<'_>) -> Option<String> {
    let alias = stage::app_host(around.descriptor, reader.module, around.target)?;
    let other = around.descriptor.modules.iter().find(|other| other.name.value.as_str() == alias);
    let Some(other) = other.filter(|other| other.name.value != reader.module.name.value) else { return Some(alias) };
    let at = reader.find("app-name").map_or(reader.module.name.span, |found| found.at);
    let message = format!(
        "Module `{}` has the `app-name` of module `{alias}`, and is not reached by it: that name is the other module's.",
        reader.module.name.value
    );
    reader.findings.push(Finding {
        severity: Severity::Warning,
        ..Finding::new(&DUPLICATE_NAME, at, message)
            .path(format!("modules[{}].parameters.app-name", reader.index))
            .related(other.name.span, "the module of that name")
            .help("Give it another `app-name`.")
    });
    None
}

/// Whether the module is left out, and what is deployed of it removed.
pub fn skipped(module: &Module, index: usize, descriptor: &Descriptor, findings: &mut Findings) -> bool {
    let reader = Reader { module, descriptor, index, findings };
    reader.flag("skip-deploy").unwrap_or_else(|| reader.text("skip-deploy") == Some("true"))
}

/// Whether the module is told of its services in a file, as it may be too much for a variable.
pub fn has_services_file(module: &Module, index: usize, descriptor: &Descriptor, findings: &mut Findings) -> bool {
    Reader { module, descriptor, index, findings }.flag_of("app-features", SERVICES_FILE).unwrap_or(false)
}

/// The key of `app-features` that asks for it.
const SERVICES_FILE: &str = "file-based-vcap-services";

/// The unit of the module at `index`; `environment` is what its properties and requirements have led to. `None` when it
/// has no image. Where it was declared is for the caller to say.
pub fn unit(
    module: &Module,
    index: usize,
    around: &Surroundings<'_>,
    mut environment: BTreeMap<String, Variable>,
    findings: &mut Findings,
) -> Option<Unit> {
    let reader = &mut Reader { module, descriptor: around.descriptor, index, findings };
    open::check(reader);
    let image = image::image(reader, around.sources);
    lifecycle::check(reader);
    let routed = !reader.flag("no-route").unwrap_or(false);
    let check_type = health::check_type(reader, "health-check-type").unwrap_or(if routed {
        CheckType::Port
    } else {
        CheckType::Process
    });
    let container = container::container(reader, around.deployment);
    // A check that asks a port needs one, also in a module that nobody reaches from outside.
    let port = container.port.or((routed || check_type.needs_port()).then_some(DEFAULT_PORT));
    let mut ports = container.ports;
    let protocols = if routed { routes::protocols(reader) } else { BTreeMap::new() };
    let tcp_routes: Vec<&String> =
        protocols.iter().filter(|(_, protocol)| *protocol == "tcp").map(|(route, _)| route).collect();
    if let Some(container) = port {
        for host in tcp_routes.iter().filter_map(|route| host_port(route)) {
            let published = Port { container, host: Some(host), address: None, protocol: Protocol::Tcp };
            if !ports.contains(&published) {
                ports.push(published);
            }
        }
    }
    if let Some(port) = port.filter(|_| routed) {
        let given = |published: &Port| published.container == port && published.protocol == Protocol::Tcp;
        if !ports.iter().any(given) {
            ports.push(Port { container: port, host: None, address: None, protocol: Protocol::Tcp });
        }
    }
    if let Some(port) = port {
        environment.entry("PORT".to_owned()).or_insert_with(|| Variable {
            origin: Some("the module's port".to_owned()),
            ..Variable::new(port.to_string())
        });
    }
    if reader.flag("check-deploy-id").unwrap_or(false) {
        // The text is known once there is an operation.
        environment.entry(DEPLOY_ID.to_owned()).or_insert_with(|| Variable {
            tells_the_time: true,
            origin: Some("the operation".to_owned()),
            ..Variable::new("")
        });
    }
    let start = match reader.flag("no-start") {
        Some(true) => Start::No,
        Some(false) => Start::Yes,
        None => around.wishes.start,
    };
    let instances = reader.number("instances").unwrap_or(1);
    let memory = reader.find("memory").and_then(|found| size::memory(&found));
    let disk_quota = reader.find("disk-quota").and_then(|found| size::bytes(&found));
    let readiness = health::readiness(reader, port.unwrap_or(DEFAULT_PORT));
    let services_file = reader
        .flag_of("app-features", SERVICES_FILE)
        .filter(|in_a_file| *in_a_file && environment.contains_key(SERVICES))
        .map(|_| SERVICES_PATH.to_owned());
    let health = health::health(reader, check_type, port.unwrap_or(DEFAULT_PORT));
    let routes = if routed { routes::routes(reader, around.target) } else { Vec::new() };
    let given = reader.find("command");
    let command = given.as_ref().and_then(command);
    let secret_words =
        given.map(|found| jobs::secret_words(&found, command.as_deref().unwrap_or_default(), around.sources));
    let mut secret_inputs = secret_inputs(reader);
    let timeout = jobs::timeout(reader);
    let tasks = jobs::tasks(reader, timeout, around);
    let execution = execution::execution(reader, timeout);
    let hooks = hooks::hooks(module, index, timeout, around, reader.findings);
    let raw = reader.flag("tcp") == Some(true) || reader.flag("tcps") == Some(true);
    let all_tcp = !routes.is_empty() && tcp_routes.len() == routes.len();
    let traffic = if raw || all_tcp { Traffic::Tcp } else { Traffic::Http };
    let log = drains::drain(reader, &around.drains).map(|(log, shown)| {
        if shown == drains::Shown::Never {
            secret_inputs.push("log".to_owned());
        }
        log
    });
    let (image, credentials) = image?;
    let runs_once = execution.is_some();
    Some(Unit {
        module: module.name.value.clone(),
        key: FingerprintKey::default(),
        declared: None,
        display_name: reader.text("display-name").map(str::to_owned),
        image,
        digest: None,
        credentials,
        instances: if runs_once { instances.min(1) } else { instances },
        start,
        entrypoint: container.entrypoint,
        command,
        environment,
        port,
        ports,
        volumes: container.volumes,
        content: container.content.and_then(|at| {
            let digest = around.contents.get(&module.name.value)?.clone();
            Some(UnitContent { at, digest })
        }),
        user: container.user,
        working_dir: container.working_dir,
        memory,
        disk_quota,
        milli_cpus: container.milli_cpus,
        restart: if runs_once { RestartPolicy::No } else { container.restart },
        stop_signal: container.stop_signal,
        stop_timeout: container.stop_timeout,
        read_only: container.read_only,
        init: container.init,
        cap_add: container.cap_add,
        cap_drop: container.cap_drop,
        keeps_capabilities: container.keeps_capabilities,
        new_privileges: container.new_privileges,
        extra_hosts: container.extra_hosts,
        networks: container.networks,
        log,
        services_file,
        labels: container.labels,
        health,
        readiness,
        alias: alias(reader, around),
        routes,
        protocols,
        traffic,
        provides: public_names(module),
        secret_inputs,
        secret_words: secret_words.unwrap_or_default(),
        tasks,
        hooks,
        held_back: Vec::new(),
        execution,
    })
}

/// One text is a line for a shell, a list is taken as it is.
fn command(found: &Found<'_>) -> Option<Vec<String>> {
    match found.value.as_text() {
        Some(line) => Some(shell(line)),
        None => found.texts(&mut Findings::default()),
    }
}

fn shell(line: &str) -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()]
}

/// What a plan shows of a unit beside its environment, and holds a secret (`command: "run --token ${token}"`).
fn secret_inputs(reader: &Reader<'_, '_>) -> Vec<String> {
    let secret = |found: Option<read::Found<'_>>| found.is_some_and(|found| found.value.holds_secret());
    let mut inputs = Vec::new();
    for (parameter, input) in [
        ("command", "command"),
        ("health-check-http-endpoint", "health-check"),
        ("readiness-health-check-http-endpoint", "readiness"),
    ] {
        if secret(reader.find(parameter)) {
            inputs.push(input.to_owned());
        }
    }
    if secret(reader.find("docker").and_then(|docker| docker.key("image"))) {
        inputs.push("image".to_owned());
    }
    let container = reader.find("container");
    for parameter in PARAMETERS.iter().filter(|parameter| parameter.place == Place::Container) {
        if secret(container.as_ref().and_then(|found| found.key(parameter.name))) {
            inputs.push(parameter.name.to_owned());
        }
    }
    inputs
}

fn public_names(module: &Module) -> Vec<String> {
    let public = module.provides.iter().filter(|provides| provides.public && !provides.implicit);
    public.map(|provides| provides.name.value.to_string()).collect()
}
