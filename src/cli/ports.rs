//! What commands need from outside: where the state is, which space is meant, and what a port's error means to a person.

use super::Global;
use super::console::complain;
use super::exit::{Exit, Failure};
use crate::deploy::look::LookError;
use crate::engine::{EngineError, Logins, Selection};
use crate::name::nearest;
use crate::registry::DeploymentId;
use crate::source::Sources;
use crate::store::{Access, Login, Store, StoreError};
use std::path::PathBuf;
use std::sync::OnceLock;

impl Global {
    /// The state file: `--registry`, else in the state directory. An absolute path: `deploy --plan` changes the folder.
    pub fn state_file(&self) -> Result<PathBuf, Failure> {
        let file = self.named_state_file()?;
        std::path::absolute(&file).map_err(|error| {
            Failure::new(Exit::Usage, format!("the state file `{}` has no place", file.display()))
                .why(error.to_string())
        })
    }

    fn named_state_file(&self) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.registry {
            return Ok(file.clone());
        }
        if let Some(folder) = &self.state_dir {
            return Ok(folder.join(STATE_FILE));
        }
        // A relative path in an XDG variable is to be ignored, says its specification.
        let xdg = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
        // Services and scheduled jobs run without `HOME`: then the system's list of users says it.
        let home = || std::env::home_dir().filter(|home| home.is_absolute());
        let base = xdg.or_else(|| home().map(|home| home.join(".local/state")));
        let base = base.ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "there is no place for the state: this user has no home, and `XDG_STATE_HOME` is not set",
            )
            .next("name a folder with `--state-dir DIR`")
        })?;
        Ok(base.join("windlass").join("local").join(STATE_FILE))
    }

    pub fn store(&self, access: Access) -> Result<Store, Failure> {
        Ok(Store::open(&self.state_file()?, access)?)
    }

    /// Which engine the command line asks for, or else its target.
    pub fn engine(&self) -> Result<Selection, Failure> {
        let trace: fn(&str) = |call| _ = complain(&format!("engine: {call}\n"));
        let trace = (self.verbose > 1).then_some(trace);
        let said = self.host.is_some() || self.context.is_some();
        let of_target = if said { None } else { self.engine_of_target()? };
        let logins = logins(self.state_file()?);
        Ok(Selection { host: self.host.clone(), context: self.context.clone(), of_target, trace, logins })
    }
}

/// What `windlass login` keeps, read when it is first needed.
fn logins(state: PathBuf) -> Logins {
    let kept: OnceLock<Result<Vec<Login>, String>> = OnceLock::new();
    let read = move || Store::open(&state, Access::Read)?.logins();
    Logins::new(move |registry| match kept.get_or_init(|| read().map_err(|error: StoreError| error.to_string())) {
        Ok(logins) => {
            let login = logins.iter().find(|login| login.registry == registry);
            Ok(login.map(|login| login.credentials.clone()))
        }
        Err(reason) => Err(reason.clone()),
    })
}

const STATE_FILE: &str = "state.sqlite";

#[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` and handed down")]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// What commands that talk to an engine run on.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
        Failure::new(Exit::Unreachable, "the system gives no threads to work with").why(error.to_string())
    })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let what = error.to_string();
        let unreachable = Failure::new(Exit::Unreachable, what.clone());
        match error {
            StoreError::Locked { deployment, pid, .. } => Failure::new(Exit::Locked, what)
                .why("two operations on one application would undo each other's work")
                .next(format!("wait until it has ended (`windlass status {deployment}` shows what is there)"))
                .next("or let this one wait: `--lock-timeout 5m`")
                .next(format!("or end it: Ctrl-C where it runs, or `kill {pid}` there; a dead process holds no lock")),
            StoreError::NotWritable { path, .. } if path.is_file() => {
                unreachable.next("name a folder with `--state-dir DIR`")
            }
            StoreError::NotWritable { .. } => {
                unreachable.next("make it writable for this user, or choose another one with `--state-dir DIR`")
            }
            StoreError::NotReadable { .. } => {
                unreachable.next("make it readable for this user, or choose another one with `--state-dir DIR`")
            }
            StoreError::NotAStore { .. } => {
                unreachable.next("name another file with `--registry PATH`, or another folder with `--state-dir DIR`")
            }
            StoreError::Newer { path, known, by, .. } => {
                let that = by.map_or_else(|| "that newer windlass".to_owned(), |by| format!("windlass {by} or later"));
                let failure = unreachable.next(format!("use {that}, or another state with `--state-dir DIR`"));
                let mut copy = path.into_os_string();
                copy.push(format!(".v{known}.bak"));
                let copy = PathBuf::from(copy);
                match copy.exists() {
                    true => failure.next(format!(
                        "or go back to `{}`, which is what was deployed before the newer one came: put it in its place",
                        copy.display()
                    )),
                    false => failure,
                }
            }
            StoreError::NothingThere { .. } => Failure::new(Exit::Usage, what).next(
                "the first deployment makes it; another one is named with `--state-dir DIR` or `--registry PATH`",
            ),
            StoreError::BackupExists { .. } => {
                Failure::new(Exit::Usage, what).next("name a file that is not there yet, or move that one away")
            }
            StoreError::NotABackup { .. } => {
                Failure::new(Exit::Usage, what).next("name a file that `windlass state backup` has written")
            }
            StoreError::InUse { .. } => Failure::new(Exit::Locked, what)
                .why("what they are about to write would be lost")
                .next("end them (`windlass status --watch`, `windlass lsp`, deployments), then run the command again"),
            StoreError::KeyMissing { state, .. } | StoreError::KeyWrong { state, .. } => unreachable
                .why("what windlass knows of secrets, and of what it has deployed, is sealed with that key")
                .next("put the right key back in its place, from where you keep copies of the state")
                .next(format!(
                    "or move `{}` away and begin anew: containers that run are found again",
                    state.display()
                )),
            StoreError::KeyUnreadable { .. } => {
                unreachable.next("put the key back, from where you keep copies of the state")
            }
            StoreError::Exposed { path, wanted, .. } => unreachable
                .why("whoever can read or replace the key can read every secret")
                .next(format!("`chmod {wanted:o} {}`", path.display())),
            StoreError::Tampered { .. } => unreachable
                .why("it was changed by something else than windlass, or put there from another place")
                .next("put a copy of the state in its place; a secret can be set again with `windlass secret set`"),
            StoreError::DiskFull { .. } => unreachable.next("make room on that disk and run the command again"),
            StoreError::Failed { .. } => unreachable,
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Failure {
        let mut failure = Failure::new(Exit::Unreachable, error.to_string());
        if let EngineError::Unreachable { tried, .. } = &error
            && !tried.is_empty()
        {
            failure = failure.why(format!("tried: {}", tried.join(", ")));
        }
        if let Some(family) = error.family() {
            failure = failure.why(format!("{}: {}", family.word(), family.meaning()));
        }
        error.advice().into_iter().fold(failure, Failure::next)
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read in `cli` and handed down")]
pub fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

impl From<LookError> for Failure {
    /// For looks at what is deployed: there is no descriptor whose findings could be shown.
    fn from(error: LookError) -> Failure {
        match error {
            LookError::Engine(error) => error.into(),
            LookError::Store(error) => error.into(),
            LookError::Findings(findings) => Failure::Findings { sources: Sources::default(), findings },
        }
    }
}

/// Nothing of that name is deployed there: says what is, and what may have been meant.
pub fn not_deployed(wanted: &DeploymentId, known: &[DeploymentId]) -> Failure {
    let failure = Failure::new(Exit::Usage, format!("nothing of `{wanted}` is deployed in {}", wanted.space));
    if let Some(elsewhere) = known.iter().find(|other| other.mta == wanted.mta) {
        let namespace = elsewhere.namespace.iter().map(|namespace| format!(" --namespace {namespace}"));
        return failure.next(format!(
            "it is deployed elsewhere: add `--org {} --space {}{}`",
            elsewhere.space.org,
            elsewhere.space.space,
            namespace.collect::<String>()
        ));
    }
    match nearest(wanted.mta.as_str(), known.iter().map(|other| other.mta.as_str())) {
        Some(near) => failure.next(format!("did you mean `{near}`?")),
        None if known.is_empty() => failure.next("nothing is deployed at all; `windlass deploy` begins"),
        None => failure.next("`windlass ls` lists what is deployed"),
    }
}
