//! When two units lead to the same container.
//!
//! The fingerprint is a label of every container that windlass makes; when it differs from that of the wanted unit, the
//! container is replaced. So it covers what a container cannot change after its creation, and nothing else: not where
//! things were declared, not the version, not credentials for pulling, not how many instances there are or whether they
//! are started, not what the module provides, and not the text of variables that were built from `${timestamp}`. Routes are
//! in it, because labels tell them to proxies.
//!
//! It must outlive upgrades of windlass: a field that comes later is written only when it has another value than the one
//! that all earlier units had. A test holds one value still.

use super::job::Job;
use super::unit::{Check, Mount, MountSource, Port, Protocol, Readiness, RestartPolicy, Unit, UnitContent, Variable};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Sixty-four hexadecimal digits.
pub fn fingerprint(unit: &Unit) -> String {
    let mut lines = Lines::default();
    lines.add("windlass-unit", ["1"]);
    lines.add("module", [unit.module.as_str()]);
    lines.add("image", [&*unit.image]);
    lines.add_list("entrypoint", unit.entrypoint.as_deref());
    lines.add_list("command", unit.command.as_deref());
    lines.add_environment(&unit.environment);
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
    lines.add_content(unit.content.as_ref());
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
    lines.add_check("health", &unit.health.check);
    lines.add_some("disk-quota", unit.disk_quota);
    lines.add_list("networks", Some(&*unit.networks).filter(|networks| !networks.is_empty()));
    lines.add_some("log", unit.log.as_ref().map(|log| &log.address));
    lines.add_some("services-file", unit.services_file.as_ref());
    if let Some(Readiness { check, invocation_timeout, interval }) = &unit.readiness {
        lines.add_check("readiness", check);
        lines.add_some("readiness-timeout", *invocation_timeout);
        lines.add_some("readiness-interval", *interval);
    }
    lines.add_some("alias", unit.alias.as_deref());
    for route in &unit.routes {
        lines.add("route", [&**route, unit.protocols.get(route).map_or("", String::as_str)]);
    }
    lines.digest()
}

/// Of what decides the outcome of a task of the module: image, content, command, variables. As long-lived as [`fingerprint`].
pub fn job_fingerprint(job: &Job, module: &Unit) -> String {
    let mut lines = Lines::default();
    lines.add("windlass-job", ["1"]);
    lines.add("name", [&*job.name]);
    lines.add("image", [&*module.image]);
    lines.add_content(module.content.as_ref());
    lines.add_list("command", Some(&job.command));
    let mut environment = module.environment.clone();
    environment.extend(job.environment.clone());
    lines.add_environment(&environment);
    lines.digest()
}

/// The same of a module that is itself run once.
pub fn run_fingerprint(unit: &Unit) -> String {
    let mut lines = Lines::default();
    lines.add("windlass-run", ["1"]);
    lines.add("image", [&*unit.image]);
    lines.add_content(unit.content.as_ref());
    lines.add_list("entrypoint", unit.entrypoint.as_deref());
    lines.add_list("command", unit.command.as_deref());
    lines.add_environment(&unit.environment);
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

    fn add_content(&mut self, content: Option<&UnitContent>) {
        if let Some(UnitContent { at, digest }) = content {
            self.add("content", [&**at, &**digest]);
        }
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

    fn add_environment(&mut self, environment: &BTreeMap<String, Variable>) {
        for (name, variable) in environment {
            match variable.tells_the_time {
                false => self.add("env", [name, &*variable.text]),
                // Otherwise nothing would ever be unchanged.
                true => self.add("env-with-timestamp", [&**name]),
            }
        }
    }

    fn add_check(&mut self, name: &str, check: &Check) {
        match check {
            Check::Http { port, path } => self.add(name, ["http", &*port.to_string(), path]),
            Check::Port { port } => self.add(name, ["port", &*port.to_string()]),
            Check::Process => self.add(name, ["process"]),
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::name::ModuleName;
    use crate::plan::unit::{Health, Start, Traffic};

    pub fn web() -> Unit {
        Unit {
            module: ModuleName::new("web"),
            declared: Some("mtad.yaml:5".into()),
            image: "registry.example.org/shop/web:2.1".into(),
            credentials: None,
            instances: 1,
            start: Start::Yes,
            entrypoint: None,
            command: None,
            environment: BTreeMap::from([("PORT".into(), Variable::new("8080"))]),
            port: Some(8080),
            ports: vec![Port { container: 8080, host: None, address: None, protocol: Protocol::Tcp }],
            volumes: vec![Mount {
                source: MountSource::Volume("windlass-shop-data".into()),
                at: "/data".into(),
                read_only: false,
            }],
            content: None,
            user: None,
            working_dir: None,
            memory: Some(256 * 1024 * 1024),
            disk_quota: None,
            milli_cpus: None,
            restart: RestartPolicy::UnlessStopped,
            stop_signal: None,
            stop_timeout: 10,
            read_only: false,
            init: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            extra_hosts: Vec::new(),
            networks: Vec::new(),
            log: None,
            services_file: None,
            labels: BTreeMap::new(),
            health: Health { check: Check::Port { port: 8080 }, timeout: 60, invocation_timeout: 5, interval: 10 },
            readiness: None,
            routes: Vec::new(),
            protocols: BTreeMap::new(),
            traffic: Traffic::Http,
            provides: Vec::new(),
            secret_inputs: Vec::new(),
            secret_words: Vec::new(),
            alias: None,
            tasks: Vec::new(),
            hooks: Vec::new(),
            execution: None,
        }
    }

    /// Containers in the field carry this value. When this test fails, an upgrade of windlass would replace them all:
    /// change the code, not the test.
    #[test]
    fn the_fingerprint_survives_upgrades() {
        assert_eq!(fingerprint(&web()), "503e6f029c93723384611166171fee37e66cdfcb845e4f907d390f5f5fd6701b");
    }

    /// What has run in the field carries these values: were they other ones, everything would run again.
    #[test]
    fn the_fingerprints_of_what_has_run_survive_upgrades() {
        let job = Job {
            kind: crate::plan::job::JobKind::Task,
            name: "migrate".into(),
            declared: None,
            command: vec!["/bin/sh".into(), "-c".into(), "./migrate".into()],
            secret_command: false,
            secret_words: Vec::new(),
            memory: None,
            environment: BTreeMap::from([("STEP".into(), Variable::new("1"))]),
            timeout: 43_200,
        };
        assert_eq!(job_fingerprint(&job, &web()), "2572ce23299fb5333abd0e4e711379ab792020d4b3ea12b46a28038d347e95e2");
        assert_eq!(run_fingerprint(&web()), "d10ea0f1007543d76737d3bc134e211aacbc53b4c322e441af788dcf8e5e31be");
        // Image, command and variables decide; the rest does not.
        let same = |change: &dyn Fn(&mut Job, &mut Unit)| {
            let (mut other, mut unit) = (job.clone(), web());
            change(&mut other, &mut unit);
            job_fingerprint(&other, &unit) == job_fingerprint(&job, &web())
        };
        assert!(!same(&|job, _| job.command.push("now".into())));
        assert!(!same(&|_, unit| unit.image.push_str("-debug")));
        assert!(!same(&|_, unit| _ = unit.environment.insert("MORE".into(), Variable::new("1"))));
        assert!(!same(&|job, _| _ = job.environment.insert("PORT".into(), Variable::new("1"))));
        assert!(same(&|job, _| (job.timeout, job.memory) = (1, Some(1))));
        assert!(same(&|_, unit| (unit.memory, unit.stop_timeout) = (None, 1)));
    }

    #[test]
    fn what_a_container_can_live_with_is_not_in_it() {
        let mut unit = web();
        unit.declared = None;
        unit.instances = 3;
        unit.start = Start::No;
        unit.health.timeout = 600;
        unit.traffic = Traffic::Tcp;
        assert_eq!(fingerprint(&unit), fingerprint(&web()));
    }

    #[test]
    fn the_time_is_not_in_it_but_the_variable_that_tells_it_is() {
        let at = |text: &str| {
            let mut unit = web();
            let variable = Variable { tells_the_time: true, ..Variable::new(text) };
            unit.environment.insert("BUILT".into(), variable);
            unit
        };
        assert_eq!(fingerprint(&at("1700000000000")), fingerprint(&at("1800000000000")));
        assert_ne!(fingerprint(&at("1700000000000")), fingerprint(&web()));
    }

    #[test]
    fn other_content_or_another_place_for_it_is_another_container() {
        let with = |at: &str, digest: &str| Unit {
            content: Some(UnitContent { at: at.into(), digest: digest.into() }),
            ..web()
        };
        assert_eq!(fingerprint(&with("/app", "1")), fingerprint(&with("/app", "1")));
        assert_ne!(fingerprint(&with("/app", "1")), fingerprint(&with("/app", "2")));
        assert_ne!(fingerprint(&with("/app", "1")), fingerprint(&with("/srv", "1")));
        assert_ne!(fingerprint(&with("/app", "1")), fingerprint(&web()));
    }

    #[test]
    fn neighbouring_texts_do_not_run_into_each_other() {
        let with =
            |command: &[&str]| Unit { command: Some(command.iter().map(|word| (*word).to_owned()).collect()), ..web() };
        assert_ne!(fingerprint(&with(&["a", "b c"])), fingerprint(&with(&["a b", "c"])));
        assert_ne!(fingerprint(&with(&[])), fingerprint(&web()));
    }
}
