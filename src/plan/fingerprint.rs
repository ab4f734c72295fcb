//! When two units lead to the same container.
//!
//! The fingerprint is a label of every container that windlass makes; when it differs from that of the wanted unit, the
//! container is replaced. So it covers what a container cannot change after its creation, and nothing else: not where
//! things were declared, not the version, not credentials for pulling, not how many instances there are or whether they
//! are started, not routes, not what the module provides.
//!
//! It must outlive upgrades of windlass: a field that comes later is written only when it has another value than the one
//! that all earlier units had. A test holds one value still.

use super::unit::{Check, Health, Mount, MountSource, Port, Protocol, RestartPolicy, Unit};
use sha2::{Digest, Sha256};

/// Sixty-four hexadecimal digits.
pub fn fingerprint(unit: &Unit) -> String {
    let mut lines = Lines::default();
    lines.add("windlass-unit", ["1"]);
    lines.add("module", [unit.module.as_str()]);
    lines.add("image", [&*unit.image]);
    lines.add_list("entrypoint", unit.entrypoint.as_deref());
    lines.add_list("command", unit.command.as_deref());
    for (name, variable) in &unit.environment {
        lines.add("env", [name, &*variable.text]);
    }
    lines.add_some("port", unit.port);
    for Port { container, host, address, protocol } in &unit.ports {
        let host = host.map(|host| host.to_string()).unwrap_or_default();
        let address = address.as_deref().unwrap_or_default();
        lines.add("publish", [&container.to_string(), &host, address, protocol_word(*protocol)]);
    }
    for Mount { source, at, read_only } in &unit.volumes {
        let (kind, source) = match source {
            MountSource::Volume(name) => ("volume", name),
            MountSource::Path(path) => ("path", path),
        };
        lines.add("mount", [kind, source, at, if *read_only { "ro" } else { "rw" }]);
    }
    lines.add_some("user", unit.user.as_deref());
    lines.add_some("working-dir", unit.working_dir.as_deref());
    lines.add_some("memory", unit.memory);
    lines.add_some("milli-cpus", unit.milli_cpus);
    lines.add("restart", [restart_word(unit.restart)]);
    lines.add_some("stop-signal", unit.stop_signal.as_deref());
    lines.add("stop-timeout", [&*unit.stop_timeout.to_string()]);
    lines.add_some("read-only", unit.read_only.then_some("yes"));
    lines.add_some("init", unit.init.then_some("yes"));
    for (name, items) in [("cap-add", &unit.cap_add), ("cap-drop", &unit.cap_drop), ("extra-hosts", &unit.extra_hosts)]
    {
        lines.add_list(name, Some(&**items).filter(|items| !items.is_empty()));
    }
    for (name, value) in &unit.labels {
        lines.add("label", [&**name, &**value]);
    }
    let Health { check, timeout, invocation_timeout, interval } = &unit.health;
    let check = match check {
        Check::Http { port, path } => format!("http {port} {path}"),
        Check::Port { port } => format!("port {port}"),
        Check::Process => "process".to_owned(),
    };
    let seconds = [timeout, invocation_timeout, interval].map(u32::to_string);
    lines.add("health", [&*check, &seconds[0], &seconds[1], &seconds[2]]);
    lines.digest()
}

/// One line per fact, each part with its length in front, so that no two different units have the same text.
#[derive(Default)]
struct Lines(Sha256);

impl Lines {
    fn add<'a>(&mut self, name: &str, parts: impl IntoIterator<Item = &'a str>) {
        self.0.update(name.as_bytes());
        for part in parts {
            self.0.update(format!(" {}:", part.len()).as_bytes());
            self.0.update(part.as_bytes());
        }
        self.0.update(b"\n");
    }

    fn add_some(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.add(name, [&*value.to_string()]);
        }
    }

    fn add_list(&mut self, name: &str, items: Option<&[String]>) {
        if let Some(items) = items {
            self.add(name, items.iter().map(String::as_str));
        }
    }

    fn digest(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn protocol_word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    }
}

fn restart_word(restart: RestartPolicy) -> &'static str {
    match restart {
        RestartPolicy::UnlessStopped => "unless-stopped",
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::No => "no",
    }
}
