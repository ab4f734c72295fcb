//! When two units lead to the same container.
//!
//! The fingerprint is a label of every container that windlass makes; when it differs from that of the wanted unit, the
//! container is replaced. So it covers what a container cannot change after its creation, and nothing else: not where
//! things were declared, not the version, not credentials for pulling, not how many instances there are or whether they
//! are started, not what the module provides, and not the text of variables that were built from `${timestamp}`. Routes are
//! in it, because labels tell them to proxies.
//!
//! Labels are for everybody, and a hash without a key lets everybody try whether a secret is `hunter2`. So what is secret goes
//! into a part of its own, behind a dot, under a key that the state directory keeps ([`FingerprintKey`]). A unit without
//! secrets has no such part. Another state directory cannot tell what the part was made from: it sees that all else is the
//! same, and replaces the container, and says why.
//!
//! It must outlive upgrades of windlass: a field that comes later is written only when it has another value than the one
//! that all earlier units had. A test holds one value still.

use super::job::Job;
use super::unit::{
    Check, FingerprintKey, Mount, MountSource, Port, Protocol, Readiness, RestartPolicy, Unit, UnitContent, Variable,
    capability,
};
use crate::image::{DOCKER_HUB, ImageReference};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Sixty-four hexadecimal digits; of a unit with secrets, a dot and sixteen more.
pub fn fingerprint(unit: &Unit) -> String {
    of_unit(unit, Lines::under(&unit.key))
}

/// Whether the unit has this fingerprint. There was a time when secrets were in it as everything else, and names of images and
/// lists in the one way of many in which they were written.
pub fn has_fingerprint(unit: &Unit, hash: &str) -> bool {
    hash == fingerprint(unit)
        || [Lines::default(), Lines::under(&unit.key).verbatim(), Lines::default().verbatim()]
            .into_iter()
            .any(|lines| hash == of_unit(unit, lines))
}

/// Whether two fingerprints differ in nothing but what is secret.
pub fn differ_in_secrets(a: &str, b: &str) -> bool {
    let open = |hash: &str| hash.split_once('.').map(|(open, _)| open.to_owned());
    a != b && open(a).is_some() && open(a) == open(b)
}

fn of_unit(unit: &Unit, mut lines: Lines) -> String {
    let secret = |input: &str| unit.secret_inputs.iter().any(|secret| secret == input);
    lines.add("windlass-unit", ["1"]);
    lines.add("module", [unit.module.as_str()]);
    lines.add_image(&unit.image);
    lines.hidden_if(secret("entrypoint"), |lines| lines.add_list("entrypoint", unit.entrypoint.as_deref()));
    lines.hidden_if(secret("command"), |lines| lines.add_list("command", unit.command.as_deref()));
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
    lines.add_set("cap-add", &unit.cap_add, capability);
    lines.add_set("cap-drop", &unit.cap_drop, capability);
    // What is taken away by default is not in it: no container is replaced only because windlass has become stricter.
    lines.add_some("capabilities", unit.keeps_capabilities.then_some("kept"));
    lines.add_some("new-privileges", unit.new_privileges.then_some("yes"));
    // The first of two lines for one name counts.
    lines.add_list("extra-hosts", Some(&*unit.extra_hosts).filter(|items| !items.is_empty()));
    for (name, value) in &unit.labels {
        lines.add("label", [&**name, &**value]);
    }
    lines.hidden_if(secret("health-check"), |lines| lines.add_check("health", &unit.health.check));
    lines.add_some("disk-quota", unit.disk_quota);
    lines.add_set("networks", &unit.networks, str::to_owned);
    lines.hidden_if(secret("log"), |lines| lines.add_some("log", unit.log.as_ref().map(|log| &log.address)));
    lines.add_some("services-file", unit.services_file.as_ref());
    if let Some(Readiness { check, invocation_timeout, interval }) = &unit.readiness {
        lines.hidden_if(secret("readiness"), |lines| lines.add_check("readiness", check));
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
    of_job(job, module, Lines::under(&module.key))
}

/// As [`has_fingerprint`].
pub fn job_has_fingerprint(job: &Job, module: &Unit, hash: &str) -> bool {
    hash == job_fingerprint(job, module)
        || [Lines::default(), Lines::under(&module.key).verbatim(), Lines::default().verbatim()]
            .into_iter()
            .any(|lines| hash == of_job(job, module, lines))
}

fn of_job(job: &Job, module: &Unit, mut lines: Lines) -> String {
    lines.add("windlass-job", ["1"]);
    lines.add("name", [&*job.name]);
    lines.add_image(&module.image);
    lines.add_content(module.content.as_ref());
    lines.hidden_if(job.secret_command, |lines| lines.add_list("command", Some(&job.command)));
    let mut environment = module.environment.clone();
    environment.extend(job.environment.clone());
    lines.add_environment(&environment);
    lines.digest()
}

/// The same of a module that is itself run once.
pub fn run_fingerprint(unit: &Unit) -> String {
    of_run(unit, Lines::under(&unit.key))
}

/// As [`has_fingerprint`].
pub fn run_has_fingerprint(unit: &Unit, hash: &str) -> bool {
    hash == run_fingerprint(unit)
        || [Lines::default(), Lines::under(&unit.key).verbatim(), Lines::default().verbatim()]
            .into_iter()
            .any(|lines| hash == of_run(unit, lines))
}

fn of_run(unit: &Unit, mut lines: Lines) -> String {
    let secret = |input: &str| unit.secret_inputs.iter().any(|secret| secret == input);
    lines.add("windlass-run", ["1"]);
    lines.add("image", [&*unit.image]);
    lines.add_content(unit.content.as_ref());
    lines.hidden_if(secret("entrypoint"), |lines| lines.add_list("entrypoint", unit.entrypoint.as_deref()));
    lines.hidden_if(secret("command"), |lines| lines.add_list("command", unit.command.as_deref()));
    lines.add_environment(&unit.environment);
    lines.digest()
}

/// One line per fact, each part with its length in front, so that no two different units have the same text.
#[derive(Default)]
struct Lines {
    open: Sha256,
    /// Without a key, what is secret stands among the rest.
    secret: Option<Hmac<Sha256>>,
    /// The next line is secret.
    hides: bool,
    /// What can be written in several ways stands as it was written.
    as_written: bool,
    has_hidden: bool,
}

impl Lines {
    fn under(key: &FingerprintKey) -> Lines {
        let secret = key.0.as_ref().map(|generator| {
            Hmac::new_from_slice(&generator.fingerprint_key()).expect("a MAC takes a key of any length")
        });
        Lines { secret, ..Lines::default() }
    }

    fn add<'a>(&mut self, name: &str, parts: impl IntoIterator<Item = &'a str>) {
        let mut line = name.as_bytes().to_vec();
        for part in parts {
            line.extend_from_slice(format!(" {}:", part.len()).as_bytes());
            line.extend_from_slice(part.as_bytes());
        }
        line.push(b'\n');
        match &mut self.secret {
            Some(secret) if self.hides => {
                self.has_hidden = true;
                secret.update(&line);
            }
            _ => self.open.update(&line),
        }
    }

    fn verbatim(mut self) -> Lines {
        self.as_written = true;
        self
    }

    fn add_image(&mut self, image: &str) {
        let image = if self.as_written { Cow::Borrowed(image) } else { familiar(image) };
        self.add("image", [&*image]);
    }

    /// Items whose order means nothing.
    fn add_set(&mut self, name: &str, items: &[String], normal: fn(&str) -> String) {
        let mut items = items.to_vec();
        if !self.as_written {
            items = items.iter().map(|item| normal(item)).collect();
            items.sort();
            items.dedup();
        }
        self.add_list(name, Some(&*items).filter(|items| !items.is_empty()));
    }

    fn hidden_if(&mut self, hides: bool, add: impl FnOnce(&mut Lines)) {
        self.hides = hides;
        add(self);
        self.hides = false;
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
                false => self.hidden_if(variable.secret, |lines| lines.add("env", [name, &*variable.text])),
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
        let mut digits: String = self.open.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(secret) = self.secret.filter(|_| self.has_hidden) {
            digits.push('.');
            digits.extend(secret.finalize().into_bytes().iter().take(8).map(|byte| format!("{byte:02x}")));
        }
        digits
    }
}

/// `nginx` for `docker.io/library/nginx:latest`: one image, one name.
fn familiar(image: &str) -> Cow<'_, str> {
    let Ok(reference) = ImageReference::parse(image) else { return Cow::Borrowed(image) };
    if reference.host != DOCKER_HUB || reference.port.is_some() {
        return match reference.tag.as_deref() == Some("latest") && reference.digest.is_none() {
            true => Cow::Owned(image.strip_suffix(":latest").unwrap_or(image).to_owned()),
            false => Cow::Borrowed(image),
        };
    }
    let mut name = reference.path.strip_prefix("library/").unwrap_or(&reference.path).to_owned();
    let tag = reference.tag.filter(|tag| tag != "latest" || reference.digest.is_some());
    name.extend(tag.map(|tag| format!(":{tag}")));
    name.extend(reference.digest.map(|digest| format!("@{digest}")));
    Cow::Owned(name)
}

/// Whether two texts for one input of a unit, as plans show them, lead to the same container.
pub fn means_the_same(what: &str, old: &str, new: &str) -> bool {
    let set = |text: &str, normal: fn(&str) -> String| text.split(", ").map(normal).collect::<BTreeSet<String>>();
    match what {
        "image" => familiar(old) == familiar(new),
        "cap-add" | "cap-drop" => set(old, capability) == set(new, capability),
        "networks" => set(old, str::to_owned) == set(new, str::to_owned),
        _ => false,
    }
}

/// `NET_ADMIN` for `cap_net_admin`.
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
    use crate::target::Generator;

    pub fn web() -> Unit {
        Unit {
            module: ModuleName::new("web"),
            key: FingerprintKey::default(),
            declared: Some("mtad.yaml:5".into()),
            image: "registry.example.org/shop/web:2.1".into(),
            digest: None,
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
            keeps_capabilities: false,
            new_privileges: false,
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
            held_back: Vec::new(),
            display_name: None,
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

    fn under(seed: u8, text: &str) -> Unit {
        let mut unit = web();
        unit.key = FingerprintKey(Some(Generator::new([seed; 32])));
        unit.environment.insert("PASSWORD".into(), Variable { secret: true, ..Variable::new(text) });
        unit
    }

    /// A label is for everybody: whoever guesses must not be able to tell when the guess was right.
    #[test]
    fn a_secret_cannot_be_guessed_from_it_without_the_key() {
        let hash = fingerprint(&under(1, "hunter2"));
        assert_eq!(fingerprint(&under(1, "hunter2")), hash);
        assert_ne!(fingerprint(&under(1, "hunter3")), hash);
        // All that can be made without the key says nothing of the secret.
        let (open, _) = hash.split_once('.').unwrap();
        assert_eq!(fingerprint(&under(1, "hunter3")).split_once('.').unwrap().0, open);
        assert_ne!(fingerprint(&under(2, "hunter2")), hash);
        assert!(differ_in_secrets(&fingerprint(&under(2, "hunter2")), &hash));
        assert!(!differ_in_secrets(&fingerprint(&web()), &hash) && !differ_in_secrets(&hash, &hash));
        // Nothing is hidden: nothing needs a key.
        let open = Unit { key: FingerprintKey(Some(Generator::new([1; 32]))), ..web() };
        assert_eq!(fingerprint(&open), fingerprint(&web()));
    }

    #[test]
    fn containers_from_before_there_was_a_key_stay() {
        let mut before = under(1, "hunter2");
        before.key = FingerprintKey::default();
        let hash = fingerprint(&before);
        assert!(has_fingerprint(&under(1, "hunter2"), &hash));
        assert!(!has_fingerprint(&under(1, "hunter3"), &hash));
        assert!(run_has_fingerprint(&under(1, "hunter2"), &run_fingerprint(&before)));
    }

    #[test]
    fn what_can_be_written_in_several_ways_has_one() {
        let with = |image: &str, caps: &[&str], networks: &[&str]| {
            let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            Unit { image: image.into(), cap_add: texts(caps), networks: texts(networks), ..web() }
        };
        let one = with("nginx", &["NET_ADMIN", "SYS_TIME"], &["a", "b"]);
        let other = with("docker.io/library/nginx:latest", &["CAP_SYS_TIME", "net_admin"], &["b", "a"]);
        assert_eq!(fingerprint(&one), fingerprint(&other));
        for (one, other) in [
            ("shop/web:1", "docker.io/shop/web:1"),
            ("index.docker.io/library/x:2", "x:2"),
            ("r.example.org:5000/x", "r.example.org:5000/x:latest"),
        ] {
            assert_eq!(fingerprint(&with(one, &[], &[])), fingerprint(&with(other, &[], &[])), "{one}");
        }
        for (one, other) in [("x:1", "x:2"), ("x", "r.example.org/x"), ("x", "r.example.org/library/x")] {
            assert_ne!(fingerprint(&with(one, &[], &[])), fingerprint(&with(other, &[], &[])), "{one}");
        }
        assert!(crate::plan::changes::changes(&one, &other, crate::plan::Secrets::Mask).is_empty());
        // Containers from before stay, however they were written.
        let before = of_unit(&other, Lines::default().verbatim());
        assert!(before != fingerprint(&other) && has_fingerprint(&other, &before));
    }

    #[test]
    fn a_secret_command_or_address_is_hidden_like_a_variable() {
        let with = |seed: u8, inputs: &[&str], change: &dyn Fn(&mut Unit)| {
            let mut unit = web();
            unit.key = FingerprintKey(Some(Generator::new([seed; 32])));
            unit.secret_inputs = inputs.iter().map(|input| (*input).to_owned()).collect();
            change(&mut unit);
            fingerprint(&unit)
        };
        type Changes<'a> = [(&'a str, &'a dyn Fn(&mut Unit)); 3];
        let changes: Changes<'_> = [
            ("command", &|unit| unit.command = Some(vec!["run".into(), "--token=hunter2".into()])),
            ("health-check", &|unit| unit.health.check = Check::Http { port: 1, path: "/hunter2".into() }),
            ("log", &|unit| unit.log = Some(crate::plan::unit::SyslogDrain { address: "tcp://hunter2:1".into() })),
        ];
        for (input, change) in changes {
            assert!(!with(1, &[], change).contains('.'), "{input}");
            assert!(differ_in_secrets(&with(1, &[input], change), &with(2, &[input], change)), "{input}");
        }
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
