//! From what the command line names to what the pipeline needs: texts, target, facts; then the pipeline itself, as far as a
//! command wants to go.

use super::exit::{Exit, Failure};
use super::kept::Kept;
use super::ports::now;
use super::target::known::target;
use super::{Global, Inputs, variables};
use crate::deploy::look::Operation;
use crate::deploy::unanswered::{unanswered, what_refused};
use crate::descriptor::Descriptor;
use crate::descriptor::given::Given;
use crate::disk::{self, DiskError};
use crate::finding::{Findings, Staged};
use crate::package::{
    self, Input, Origin,
    parameters::{Absence, attached},
};
use crate::registry::DeploymentId;
use crate::source::{FileId, Sources};
use crate::stage::supply::asked;
use crate::stage::{self, Stages, merge::Merged};
use crate::store::Store;
use crate::target::supply::Supplies;
use crate::target::{Facts, Generator, Target};
use std::collections::HashSet;
use std::path::PathBuf;

/// The texts of one command, and where they are to go.
pub struct Opened {
    pub sources: Sources,
    pub descriptor: FileId,
    /// Where the files are that the descriptor speaks of.
    pub origin: Origin,
    pub extensions: Vec<FileId>,
    /// What options say over them.
    pub given: Vec<Given>,
    pub target: Target,
    /// Without errors.
    pub warnings: Findings,
    /// What was read besides files.
    pub kept: Kept,
}

/// One descriptor, in which nothing has been closed yet.
pub struct Combined {
    pub sources: Sources,
    pub origin: Origin,
    pub target: Target,
    pub merged: Merged,
    pub warnings: Findings,
}

/// A descriptor with its placeholders closed, and the registry's answers to what it asks.
pub struct Asked {
    pub sources: Sources,
    pub target: Target,
    pub asking: stage::Asking,
    pub answers: Vec<Vec<crate::registry::Entry>>,
    pub warnings: Findings,
}

/// Everything that a sound descriptor leads to.
pub struct Resolved {
    pub sources: Sources,
    pub target: Target,
    pub deployment: DeploymentId,
    pub stages: Stages,
    pub warnings: Findings,
}

impl Inputs {
    /// Reads the files. What is wrong in any of them is reported together.
    pub fn open(&self, global: &Global) -> Result<Opened, Failure> {
        each_once(&self.extensions)?;
        let mut kept = self.kept.clone();
        let mut sources = kept.sources();
        let mut findings = Findings::default();
        let input = match &self.own {
            // In messages it is called by the module's name: there is no file to look into.
            Some(own) => {
                let descriptor = sources.add(format!("module {}", own.marker), own.text.as_str());
                Some(Input { descriptor, origin: Origin::Nowhere })
            }
            None => findings.keep(package::open(&mut sources, self.descriptor.as_deref())?),
        };
        let mut extensions = Vec::new();
        for path in &self.extensions {
            extensions.extend(findings.keep(disk::file(&mut sources, path)?));
        }
        let given = self.settings.open(&mut sources, &mut findings, &mut kept)?;
        self.settings.mention_left_out(global);
        let target = target(global, &mut sources, &mut findings)?;
        match input {
            Some(Input { descriptor, origin }) if !findings.has_errors() => {
                Ok(Opened { sources, descriptor, origin, extensions, given, target, warnings: findings, kept })
            }
            _ => Err(Failure::Findings { sources, findings }),
        }
    }

    pub fn combine(&self, global: &Global) -> Result<Combined, Failure> {
        let Opened { sources, descriptor, origin, extensions, given, target, mut warnings, .. } = self.open(global)?;
        let combined = stage::combine_given(&sources, descriptor, &extensions, &given, &target);
        match sound(combined, &mut warnings) {
            Some(merged) => Ok(Combined { sources, origin, target, merged, warnings }),
            None => Err(Failure::Findings { sources, findings: warnings }),
        }
    }

    /// The whole pipeline. The store answers what the descriptor asks, and is not changed.
    pub fn resolve(&self, global: &Global, store: &Store) -> Result<Resolved, Failure> {
        let combined = self.combine(global)?;
        let deployment = combined.deployment();
        let Asked { sources, target, asking, answers, mut warnings } = combined.ask(global, store)?;
        let unanswered = unanswered(&asking, &answers);
        match sound(stage::conclude(asking, answers, &target), &mut warnings) {
            Some(stages) => Ok(Resolved { sources, target, deployment, stages, warnings }),
            None => {
                let findings = what_refused(warnings, &unanswered, store)?;
                Err(Failure::Findings { sources, findings })
            }
        }
    }
}

/// The same file twice would be found to clash with itself in every way.
pub fn each_once(extensions: &[PathBuf]) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let file = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    match extensions.iter().find(|path| !seen.insert(file(path))) {
        None => Ok(()),
        Some(path) => Err(Failure::new(Exit::Usage, format!("the extension `{}` is given twice", path.display()))
            .next("give each file once; their order on the command line does not matter")),
    }
}

impl Combined {
    pub fn deployment(&self) -> DeploymentId {
        deployment(&self.merged, &self.target)
    }

    /// What holds for this deployment, at this moment.
    pub fn facts(&self, global: &Global, store: &Store) -> Result<Facts, Failure> {
        let generated = Generator::new(store.seed(&self.deployment())?);
        let supplies = store.supplies(asked(&self.merged), variables::supply)?;
        Ok(facts(global, generated, supplies))
    }

    pub fn ask(self, global: &Global, store: &Store) -> Result<Asked, Failure> {
        let facts = self.facts(global, store)?;
        let Combined { mut sources, origin, target, merged, mut warnings } = self;
        let asked = stage::ask(merged, &target, &facts);
        let Some(mut asking) = sound(asked, &mut warnings) else {
            return Err(Failure::Findings { sources, findings: warnings });
        };
        let files = attached(&mut sources, &origin, &asking.filled, &target, Absence::Warning);
        asking.attach(&warnings.keep(files));
        if warnings.has_errors() {
            return Err(Failure::Findings { sources, findings: warnings });
        }
        let answers = if asking.questions.is_empty() { Vec::new() } else { store.answer(&asking.questions)? };
        Ok(Asked { sources, target, asking, answers, warnings })
    }
}

/// Hands a product on only when nothing that was found is an error.
pub fn sound<T>(staged: Staged<Option<T>>, findings: &mut Findings) -> Option<T> {
    let product = findings.keep(staged);
    product.filter(|_| !findings.has_errors())
}

fn deployment(descriptor: &Descriptor, target: &Target) -> DeploymentId {
    DeploymentId { mta: descriptor.id.value.clone(), namespace: target.namespace.clone(), space: target.space.clone() }
}

/// What the stages are told about the world: read here, once, and the same for the whole command.
pub fn facts(global: &Global, generated: Generator, supplies: Supplies) -> Facts {
    let Operation { timestamp, user } = operation(global);
    let engine_url = global.host.clone().or_else(|| variable("DOCKER_HOST"));
    Facts {
        timestamp,
        user,
        engine_url: engine_url.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned()),
        generated,
        supplies,
    }
}

/// Who calls, and when.
pub fn operation(global: &Global) -> Operation {
    let now = || now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let user = global.user.clone().or_else(|| variable("USER")).or_else(|| variable("LOGNAME"));
    Operation {
        timestamp: global.timestamp.clone().unwrap_or_else(now),
        user: user.unwrap_or_else(|| "unknown".to_owned()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` and handed down")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Failure {
        let mut failure = Failure::new(Exit::Usage, error.what());
        if let Some(why) = error.why() {
            failure = failure.why(why);
        }
        match error.next() {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}
