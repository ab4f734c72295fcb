//! `windlass doctor`: what windlass finds around it, and what to do where it finds something wrong.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::ports::runtime;
use crate::deploy::lock::{Standing, all_held};
use crate::engine::endpoint::{Candidate, Fate};
use crate::engine::{Condition, Docker, EngineError, EngineInfo, Look, RegistryAccess, registry_access};
use crate::report::doctor::{Check, CheckUp, EngineFacts, Place, Verdict, size, table};
use crate::store::{Access, Login, Store, StoreError, exposed};
use futures_util::future::join_all;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Check the surroundings: engine, image registries, state, clock, disk
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is changed. The exit code is 8 when a line says `fail`.

Examples:
  windlass doctor                   Which engine is used and why, and what else was considered
  windlass doctor --context prod    The same for another Docker context
  windlass doctor --image registry.example.org/shop/web:1.0   Whether the engine could pull that, and if not, why
  windlass doctor -o json           For programs")]
pub struct Args {
    /// Ask the image's registry for it, as a deployment would; may be repeated
    #[arg(long = "image", value_name = "IMAGE")]
    pub images: Vec<String>,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Table,
    Json,
}

/// Less free space than this is worth a word.
const LITTLE_SPACE: u64 = 1 << 30;

/// Tokens and certificates begin to fail at such differences.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

pub fn run(args: Args, global: &Global) -> Outcome {
    let check_up = runtime()?.block_on(check_up(&args.images, global))?;
    let text = match args.output_format {
        Form::Table => table(&check_up, global.stdout().colour),
        Form::Json => check_up.to_json().map(|json| json + "\n").map_err(|error| {
            Failure::new(Exit::Bug, "the check-up cannot be written as JSON").why(error.to_string())
        })?,
    };
    print(&text)?;
    Ok(if check_up.failed() { Exit::Unreachable } else { Exit::Ok })
}

async fn check_up(asked: &[String], global: &Global) -> Result<CheckUp, Failure> {
    let search = Docker::search(&global.engine()?).await;
    let candidates = search.candidates.iter().map(place).collect();
    let state_file = global.state_file()?;
    let mut checks = Vec::new();
    let mut engine = None;
    let mut images = None;
    match search.docker {
        Ok(docker) => {
            let info = docker.info().await?;
            let before = now();
            match docker.condition().await {
                Ok(condition) => {
                    checks.push(engine_check(&info, &condition));
                    checks.push(swarm_check(&condition));
                    checks.push(clock_check(&condition, before, now()));
                    images = condition.local_data_root;
                    match all_held(&docker).await {
                        Ok(held) => checks.extend(lock_checks(held)),
                        Err(error) => checks.push(failed("lock", error)),
                    }
                }
                Err(error) => checks.push(failed("engine", error)),
            }
            checks.extend(join_all(asked.iter().map(|image| image_check(&docker, image))).await);
            engine = Some(EngineFacts {
                endpoint: info.endpoint,
                chosen_because: info.chosen_because,
                version: info.version,
                host: info.host,
            });
        }
        Err(error) => checks.push(failed("engine", error)),
    }
    checks.extend(login_checks(&state_file));
    checks.extend(registry_checks(&search.config_dir));
    checks.push(state_check(&state_file));
    checks.extend(exposed(&state_file).into_iter().map(exposed_check));
    checks.extend(disk_checks(&state_file, images.as_deref()));
    Ok(CheckUp { v: 1, checks, engine, candidates })
}

fn place(candidate: &Candidate) -> Place {
    let is_socket = candidate.source.starts_with('/');
    Place {
        source: candidate.source.clone(),
        address: candidate.address.clone(),
        fate: match candidate.fate {
            Fate::Chosen => "chosen",
            Fate::Outranked => "outranked",
            Fate::Missing if is_socket => "missing",
            Fate::Missing => "unset",
        },
    }
}

fn failed(name: &'static str, error: EngineError) -> Check {
    let mut check = Check::new(name, Verdict::Fail, error.to_string());
    if let EngineError::Image { problem, .. } = &error {
        check = check.problem(problem.word());
    }
    if let Failure::Message { next, .. } = Failure::from(error) {
        check.next = next.into_iter().filter(|next| !next.contains("windlass doctor")).collect();
    }
    check
}

fn engine_check(info: &EngineInfo, condition: &Condition) -> Check {
    let rootless = if condition.rootless { ", rootless" } else { "" };
    Check::new("engine", Verdict::Ok, format!("{}   {}{rootless}", info.endpoint, info.version))
        .detail(format!("chosen: {}", info.chosen_because))
}

fn swarm_check(condition: &Condition) -> Check {
    match condition.swarm_manager {
        true => Check::new("swarm", Verdict::Ok, "a manager"),
        false => Check::new("swarm", Verdict::No, "not a manager; multi-machine targets are unavailable"),
    }
}

/// Compares the engine's time with the middle of the moments before and after it was asked.
fn clock_check(condition: &Condition, before: SystemTime, after: SystemTime) -> Check {
    let Some(engine) = condition.time else {
        return Check::new("clock", Verdict::Warn, "the engine does not say its time");
    };
    let here = before + after.duration_since(before).unwrap_or_default() / 2;
    let (difference, word) = match engine.duration_since(here) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if difference < CLOCK_TOLERANCE {
        return Check::new("clock", Verdict::Ok, "engine and this machine agree");
    }
    Check::new("clock", Verdict::Warn, format!("the engine is {} s {word} this machine", difference.as_secs()))
        .next("set both clocks by a time server; tokens and certificates fail early or late otherwise")
}

#[expect(clippy::disallowed_methods, reason = "the clock is read in `cli`")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// What a deployment would find, without moving a layer.
async fn image_check(docker: &Docker, image: &str) -> Check {
    match docker.manifest(image, None).await {
        Ok(found) => {
            let digest = found.digest.as_deref().unwrap_or("without a digest");
            let text = format!("{image}  {digest}");
            let asked = format!("asked with {}", found.used);
            match docker.platform() {
                Some(here) if !found.platforms.is_empty() && !found.platforms.iter().any(|built| built == here) => {
                    let built = found.platforms.join(", ");
                    Check::new(
                        "image",
                        Verdict::Fail,
                        format!("{image}  is built for {built}, and the engine is {here}"),
                    )
                    .problem("other-platform")
                    .detail(asked)
                    .next(format!("build and push it for {here}: `docker build --platform {here}`"))
                }
                Some(_) | None => Check::new("image", Verdict::Ok, text).detail(asked),
            }
        }
        Err(error) => {
            let mut check = failed("image", error);
            check.text = check.text.replacen("image `", "`", 1);
            check
        }
    }
}

fn login_checks(state: &Path) -> Vec<Check> {
    // What is wrong with the state is told of it.
    let logins = Store::open(state, Access::Read).and_then(|store| store.logins()).unwrap_or_default();
    let line = |Login { registry, credentials }: Login| {
        let text = format!("{registry} (user `{}`, of `windlass login`)", credentials.username);
        Check::new("registries", Verdict::Ok, text)
    };
    logins.into_iter().map(line).collect()
}

fn registry_checks(config_dir: &Path) -> Vec<Check> {
    let name = "registries";
    match registry_access(config_dir) {
        Err(reason) => vec![Check::new(name, Verdict::Fail, reason).next("mend the file, or move it away")],
        Ok(list) if list.is_empty() => {
            let text = format!("`{}` names none; images are pulled without credentials", config_dir.display());
            vec![Check::new(name, Verdict::No, text)]
        }
        Ok(list) => list
            .into_iter()
            .map(|(registry, access)| match access {
                RegistryAccess::Helper { name: helper } => {
                    Check::new(name, Verdict::Ok, format!("{registry} (helper: {helper})"))
                }
                RegistryAccess::MissingHelper { name: helper, key } => Check::new(
                    name,
                    Verdict::Fail,
                    format!("{registry}  `docker-credential-{helper}`, which `{key}` names, is not installed"),
                )
                .next(format!("install `docker-credential-{helper}`, or take `{key}` out of the file")),
                RegistryAccess::File => Check::new(name, Verdict::Ok, format!("{registry} (in config.json)")),
                RegistryAccess::Nothing => {
                    Check::new(name, Verdict::Warn, format!("{registry}  is named, and has no credentials"))
                        .next(format!("windlass login {registry} --username ID --password-stdin"))
                }
            })
            .collect(),
    }
}

/// Who is at work on this engine, from whatever machine.
fn lock_checks(held: Vec<Standing>) -> Vec<Check> {
    let check = |one: Standing| match one.silent {
        false => Check::new("lock", Verdict::Ok, one.text),
        true => Check::new("lock", Verdict::Warn, one.text)
            .detail("no sign of life for more than 90 s: its machine is off, asleep, or cut off")
            .next("the next operation on that application takes over"),
    };
    held.into_iter().map(check).collect()
}

fn state_check(file: &Path) -> Check {
    let shown = file.display();
    let folder = existing_parent(file);
    let writable = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    if !file.exists() {
        return match writable(&folder) {
            true => {
                Check::new("state", Verdict::Ok, format!("{shown} is not there yet; the first deployment makes it"))
            }
            false => Check::new("state", Verdict::Fail, format!("`{}` cannot be written", folder.display()))
                .next("make it writable for this user, or choose another one with `--state-dir DIR`"),
        };
    }
    match Store::open(file, Access::Read).and_then(|store| store.deployments()) {
        Ok(_) if !writable(file) || !writable(&folder) => {
            let error = StoreError::NotWritable { path: folder, reason: "permission denied".to_owned() };
            state_failed(error)
        }
        Ok(deployments) => {
            let count = deployments.len();
            let plural = if count == 1 { "" } else { "s" };
            Check::new("state", Verdict::Ok, format!("{shown} ({count} deployment{plural})"))
        }
        Err(error) => state_failed(error),
    }
}

fn state_failed(error: StoreError) -> Check {
    let mut check = Check::new("state", Verdict::Fail, error.to_string());
    if let Failure::Message { next, .. } = Failure::from(error) {
        check.next = next;
    }
    check
}

/// No failure: what is sealed stays sealed, but the rest is for everybody to read.
fn exposed_check(error: StoreError) -> Check {
    let mut check = state_failed(error);
    check.verdict = Verdict::Warn;
    check
}

fn existing_parent(file: &Path) -> PathBuf {
    let found = file.ancestors().skip(1).find(|path| path.exists());
    found.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn disk_checks(state_file: &Path, images: Option<&Path>) -> Vec<Check> {
    let places = [(Some(existing_parent(state_file)), "the state"), (images.map(Path::to_path_buf), "images")];
    let checks = places.into_iter().filter_map(|(path, what)| {
        let path = path?;
        let free = rustix::fs::statvfs(&path).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))?;
        let verdict = if free < LITTLE_SPACE { Verdict::Warn } else { Verdict::Ok };
        Some(Check::new("disk", verdict, format!("{} free for {what} ({})", size(free), path.display())))
    });
    checks.collect()
}
