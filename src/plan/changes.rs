//! What differs between two units, input by input, in words.

use super::fingerprint::means_the_same;
use super::job::Job;
use super::observed::Moved;
use super::unit::{Check, Mount, MountSource, Port, Protocol, Readiness, RestartPolicy, Start, Unit, UnitContent};
use super::{Cause, Change, Detail, Secrets, Shown, variables};

/// One thing that makes a container what it is: its name, and how it is shown; `None` when the unit says nothing of it.
type Input = (&'static str, fn(&Unit) -> Option<String>);

const BEFORE_ENVIRONMENT: [Input; 4] = [
    ("image", |unit| Some(unit.image.clone())),
    ("entrypoint", |unit| unit.entrypoint.as_deref().map(words)),
    ("command", |unit| unit.command.as_deref().map(words)),
    ("content", |unit| unit.content.as_ref().map(content)),
];

const AFTER_ENVIRONMENT: [Input; 24] = [
    ("port", |unit| unit.port.map(|port| port.to_string())),
    ("ports", |unit| joined(&unit.ports, port)),
    ("volumes", |unit| joined(&unit.volumes, mount)),
    ("user", |unit| unit.user.clone()),
    ("working-dir", |unit| unit.working_dir.clone()),
    ("memory", |unit| unit.memory.map(size)),
    ("disk-quota", |unit| unit.disk_quota.map(size)),
    ("cpus", |unit| unit.milli_cpus.map(cores)),
    ("restart", |unit| Some(restart(unit.restart).to_owned())),
    ("stop-signal", |unit| unit.stop_signal.clone()),
    ("stop-timeout", |unit| Some(format!("{} s", unit.stop_timeout))),
    ("read-only", |unit| unit.read_only.then(|| "true".to_owned())),
    ("init", |unit| unit.init.then(|| "true".to_owned())),
    ("cap-add", |unit| joined(&unit.cap_add, String::clone)),
    ("cap-drop", |unit| match unit.keeps_capabilities {
        true => Some("none".to_owned()),
        false => joined(&unit.cap_drop, String::clone),
    }),
    ("no-new-privileges", |unit| unit.new_privileges.then(|| "false".to_owned())),
    ("extra-hosts", |unit| joined(&unit.extra_hosts, String::clone)),
    ("alias", |unit| unit.alias.clone()),
    ("networks", |unit| joined(&unit.networks, String::clone)),
    ("log", |unit| unit.log.as_ref().map(|log| log.address.clone())),
    ("services-file", |unit| unit.services_file.clone()),
    ("readiness", |unit| unit.readiness.as_ref().map(readiness)),
    ("routes", routes),
    ("labels", |unit| {
        let labels: Vec<String> = unit.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        joined(&labels, String::clone)
    }),
];

const HEALTH: Input = ("health-check", |unit| Some(check(&unit.health.check)));

/// Everything that makes a container another one; the same inputs as the fingerprint's.
pub fn changes(old: &Unit, new: &Unit, secrets: Secrets) -> Vec<Change> {
    let mut list = List { old, new, secrets, changes: Vec::new() };
    BEFORE_ENVIRONMENT.iter().for_each(|input| list.text(input));
    list.environment();
    AFTER_ENVIRONMENT.iter().chain([&HEALTH]).for_each(|input| list.text(input));
    list.changes
}

/// What differs in what decides the outcome of a module that is run once.
pub fn of_run(old: &Unit, new: &Unit, secrets: Secrets) -> Vec<Change> {
    let mut list = List { old, new, secrets, changes: Vec::new() };
    BEFORE_ENVIRONMENT.iter().for_each(|input| list.text(input));
    list.environment();
    list.changes
}

/// The same of a task, each with its module.
pub fn of_job(old: (&Unit, &Job), new: (&Unit, &Job), secrets: Secrets) -> Vec<Change> {
    let as_unit = |(unit, job): (&Unit, &Job)| {
        let mut unit = job.unit(unit);
        (unit.entrypoint, unit.command) = (None, Some(job.command.clone()));
        unit.secret_inputs.retain(|input| input != "command");
        unit.secret_inputs.extend(job.secret_command.then(|| "command".to_owned()));
        unit
    };
    of_run(&as_unit(old), &as_unit(new), secrets)
}

/// The command of a job, as a shell would be given it.
pub fn command(job: &Job) -> String {
    words(&job.command)
}

/// An image's name means another image now.
pub fn image_id(old: &str, new: &str) -> Change {
    let short = |id: &str| id.strip_prefix("sha256:").unwrap_or(id).chars().take(12).collect::<String>();
    values("image id", short(old), short(new))
}

/// The descriptor says the same, and the registry has another image under it.
pub fn tag_moved(Moved { from, to }: &Moved) -> Cause {
    Cause::Drifted(format!("its tag has moved from {} to {}", short_digest(from), short_digest(to)))
}

/// `sha256:9b1c0de59b1c`: enough to tell two images apart.
pub fn short_digest(digest: &str) -> String {
    match digest.split_once(':') {
        Some((algorithm, hex)) => format!("{algorithm}:{}", hex.chars().take(12).collect::<String>()),
        None => digest.to_owned(),
    }
}

/// What a unit says of its containers beside environment, image and ports; what everybody has is left out.
pub fn facts(unit: &Unit) -> Vec<(&'static str, String)> {
    let usual =
        |name: &str, value: &str| matches!((name, value), ("restart", "unless-stopped") | ("stop-timeout", "10 s"));
    let elsewhere = |name: &str| matches!(name, "image" | "port" | "ports");
    let inputs = [&HEALTH].into_iter().chain(&BEFORE_ENVIRONMENT).chain(&AFTER_ENVIRONMENT);
    let named = inputs.filter(|(name, _)| !elsewhere(name)).filter_map(|(name, of)| Some((*name, of(unit)?)));
    named.filter(|(name, value)| !usual(name, value)).collect()
}

/// `instances 1 -> 2` and the like, for causes.
pub fn values(what: &str, old: impl Into<String>, new: impl Into<String>) -> Change {
    Change { what: what.to_owned(), detail: Detail::Values { old: plain(old.into()), new: plain(new.into()) } }
}

pub fn start(start: Start) -> &'static str {
    match start {
        Start::Yes => "started",
        Start::No => "not started",
    }
}

struct List<'a> {
    old: &'a Unit,
    new: &'a Unit,
    secrets: Secrets,
    changes: Vec<Change>,
}

impl List<'_> {
    fn text(&mut self, (what, of): &Input) {
        let (old, new) = (of(self.old), of(self.new));
        let pair = old.as_deref().zip(new.as_deref());
        if old == new || pair.is_some_and(|(old, new)| means_the_same(what, old, new)) {
            return;
        }
        let secret = [self.old, self.new].iter().any(|unit| unit.secret_inputs.iter().any(|input| input == *what));
        let masked = secret && self.secrets == Secrets::Mask;
        let show = |value: Option<String>| match value {
            None => Shown::Absent,
            Some(_) if masked => Shown::Masked,
            Some(value) => plain(value),
        };
        let detail = Detail::Values { old: show(old), new: show(new) };
        self.changes.push(Change { what: (*what).to_owned(), detail });
    }

    fn environment(&mut self) {
        let changes = variables::changes(&self.old.environment, &self.new.environment, self.secrets);
        if !changes.is_empty() {
            self.changes.push(Change { what: "env".to_owned(), detail: Detail::Variables(changes) });
        }
    }
}

fn plain(text: String) -> Shown {
    Shown::Plain(text)
}

fn joined<T>(items: &[T], word: impl Fn(&T) -> String) -> Option<String> {
    (!items.is_empty()).then(|| items.iter().map(word).collect::<Vec<_>>().join(", "))
}

/// A command as a shell would be given it.
fn words(words: &[String]) -> String {
    if let [shell, dash_c, line] = words
        && shell == "/bin/sh"
        && dash_c == "-c"
    {
        return line.clone();
    }
    let quote = |word: &String| {
        let simple = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "\"'\\$`;&|<>()".contains(c));
        if simple { word.clone() } else { format!("{word:?}") }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// `127.0.0.1:18080->8080/tcp`, as `docker ps` shows it.
pub fn port(port: &Port) -> String {
    let Port { container, host, address, protocol } = port;
    let protocol = match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    let address = address.as_ref().map(|address| format!("{address}:")).unwrap_or_default();
    match host {
        Some(host) => format!("{address}{host}->{container}/{protocol}"),
        // The engine will choose.
        None => format!("{address}{container}/{protocol}"),
    }
}

/// The beginning of the digest is enough to tell two versions apart.
fn content(content: &UnitContent) -> String {
    let digest: String = content.digest.chars().take(12).collect();
    format!("{digest} in {}", content.at)
}

pub fn mount(mount: &Mount) -> String {
    let (MountSource::Volume(source) | MountSource::Path(source)) = &mount.source;
    let mode = if mount.read_only { ":ro" } else { "" };
    format!("{source}:{}{mode}", mount.at)
}

pub fn size(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    match bytes {
        bytes if bytes.is_multiple_of(1024 * MEBIBYTE) => format!("{}G", bytes / (1024 * MEBIBYTE)),
        bytes => format!("{}M", bytes / MEBIBYTE),
    }
}

fn cores(milli: u64) -> String {
    let text = format!("{}.{:03}", milli / 1000, milli % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn restart(restart: RestartPolicy) -> &'static str {
    match restart {
        RestartPolicy::UnlessStopped => "unless-stopped",
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::No => "no",
    }
}

fn readiness(Readiness { check, invocation_timeout, interval }: &Readiness) -> String {
    let seconds = |word: &str, seconds: &Option<u32>| seconds.map(|seconds| format!(", {word} {seconds} s"));
    let timeout = seconds("timeout", invocation_timeout).unwrap_or_default();
    format!("{}{timeout}{}", self::check(check), seconds("every", interval).unwrap_or_default())
}

/// `shop.example.org/api, db.example.org:5432 (tcp)`.
fn routes(unit: &Unit) -> Option<String> {
    joined(&unit.routes, |route| match unit.protocols.get(route) {
        Some(protocol) => format!("{route} ({protocol})"),
        None => route.clone(),
    })
}

pub fn check(check: &Check) -> String {
    match check {
        Check::Http { port, path } => format!("http {port}{path}"),
        Check::Port { port } => format!("port {port}"),
        Check::Process => "process".to_owned(),
    }
}
