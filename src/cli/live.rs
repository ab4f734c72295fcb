//! Names that can stand at a place of the command line at this moment: what Tab offers beside commands and options.
//!
//! Each place has a source: the descriptor of the line, the state, the target files, the list of findings. Looking is bounded
//! in time, and whatever goes wrong means no names: a shell has no place for a message while somebody types.

use super::operation::find::LATEST;
use super::target::find::targets;
use super::{Global, Inputs, help};
use crate::deploy::roster::{Added, added};
use crate::finding::CODES;
use crate::operation::Operation;
use crate::plan::observed::Deployed;
use crate::registry::DeploymentId;
use crate::store::{Access, Which};
use clap::{Arg, ArgMatches, Command, FromArgMatches};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// How long looking may take. With start and end of the process it stays below the 200 ms that an answer may take.
const LIMIT: Duration = Duration::from_millis(150);

/// So many operations are offered; older ones are seldom asked for.
const MANY: usize = 50;

/// Where a name stands, as command and option or argument: `""` is every command.
const PLACES: &[(&str, &str, Source)] = &[
    ("", "target", Source::Targets),
    ("", "descriptor", Source::Descriptors),
    ("", "extensions", Source::Extensions),
    ("lint", "files", Source::Lintable),
    ("env", "module", Source::Modules),
    ("status", "mta", Source::Deployed),
    ("undeploy", "mta", Source::Deployed),
    ("logs", "what", Source::DeployedModules),
    ("", "own", Source::Added),
    ("", "which", Source::AddedOrDeployed),
    ("", "password_secret", Source::Secrets),
    ("match", "resource", Source::Resources),
    ("show", "named", Source::Targets),
    ("rm", "name", Source::Secrets),
    ("set", "name", Source::Secrets),
    ("logout", "server", Source::Logins),
    ("rollback", "mta", Source::Deployed),
    ("history", "mta", Source::Deployed),
    ("ls", "mta", Source::Deployed),
    ("why", "what", Source::DeployedModules),
    ("", "operation", Source::Operations),
    ("explain", "code", Source::Codes),
    ("help", "words", Source::Topics),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Targets,
    Descriptors,
    Extensions,
    Lintable,
    Modules,
    Resources,
    Deployed,
    DeployedModules,
    /// Modules that were added by hand.
    Added,
    /// The same, and those of deployments as `MTA/MODULE`.
    AddedOrDeployed,
    Secrets,
    /// Registries that somebody is logged in to.
    Logins,
    Operations,
    Codes,
    Topics,
}

/// What the line says so far, as far as it can be understood.
#[derive(Clone, Debug, Default)]
pub struct Line {
    global: Option<Global>,
    inputs: Inputs,
}

impl Line {
    /// Reads the words of an unfinished line; the first is the program.
    pub fn read<'a>(tree: Command, words: impl Iterator<Item = &'a OsString>) -> Line {
        let Ok(matches) = tree.ignore_errors(true).try_get_matches_from(words) else { return Line::default() };
        let mut innermost = &matches;
        while let Some((_, below)) = innermost.subcommand() {
            innermost = below;
        }
        let descriptor = innermost.try_get_one::<PathBuf>("descriptor").ok().flatten().cloned();
        let extensions = innermost.try_get_many::<PathBuf>("extensions").ok().flatten();
        let extensions = extensions.into_iter().flatten().cloned().collect();
        Line { global: global(&matches), inputs: Inputs { descriptor, extensions, ..Inputs::default() } }
    }

    pub fn directory(&self) -> Option<&PathBuf> {
        self.global.as_ref()?.directory.as_ref()
    }
}

fn global(matches: &ArgMatches) -> Option<Global> {
    let global = Global::from_arg_matches(matches).ok()?;
    // Whatever is read on the way is read without a word.
    Some(Global { quiet: 2, verbose: 0, ..global })
}

/// Gives each place of the tree that has a source its names.
pub fn attach(command: Command, line: &Line) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|argument| match source(&name, &argument) {
        Some(source) => argument.add(completer(source, line)),
        None => argument,
    });
    command.mut_subcommands(|below| attach(below, line))
}

fn source(command: &str, argument: &Arg) -> Option<Source> {
    let id = argument.get_id().as_str();
    let meant = |place: &&(&str, &str, Source)| place.1 == id && (place.0.is_empty() || place.0 == command);
    PLACES.iter().find(meant).map(|place| place.2)
}

fn completer(source: Source, line: &Line) -> ArgValueCompleter {
    match source {
        Source::Descriptors => ArgValueCompleter::new(paths(&["yaml", "yml", "mtar"]).stdio()),
        Source::Extensions => ArgValueCompleter::new(paths(&["mtaext", "yaml", "yml"])),
        Source::Lintable => ArgValueCompleter::new(paths(&["yaml", "yml", "mtaext", "mtar"]).stdio()),
        Source::Targets => {
            let line = line.clone();
            ArgValueCompleter::new(move |typed: &OsStr| {
                let mut found = offer(source, &line, typed);
                found.extend(paths(&["yaml", "yml", "json"]).complete(typed));
                found
            })
        }
        _ => {
            let line = line.clone();
            ArgValueCompleter::new(move |typed: &OsStr| offer(source, &line, typed))
        }
    }
}

/// Files with one of these endings, and the folders that lead to them.
fn paths(endings: &'static [&'static str]) -> PathCompleter {
    let fits = |path: &Path| path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
    PathCompleter::any().filter(fits)
}

/// The names of a source that go on from what is typed.
fn offer(source: Source, line: &Line, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str().map(str::to_owned) else { return Vec::new() };
    let (line, begin) = (Arc::new(line.clone()), typed.clone());
    let names = in_time(move || names(source, &line, &begin).unwrap_or_default());
    let fitting = names.into_iter().filter(|name| name.word.starts_with(&typed));
    fitting.map(|name| CompletionCandidate::new(name.word).help(name.about.map(Into::into))).collect()
}

/// What a thread says within the limit. One that takes longer ends with the process.
fn in_time<T: Send + 'static>(look: impl FnOnce() -> Vec<T> + Send + 'static) -> Vec<T> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(look()));
    receive.recv_timeout(LIMIT).unwrap_or_default()
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    word: String,
    /// For shells that show a word beside each name.
    about: Option<String>,
}

impl Name {
    fn new(word: impl Into<String>) -> Name {
        Name { word: word.into(), about: None }
    }

    fn about(self, about: impl Into<String>) -> Name {
        Name { about: Some(about.into()), ..self }
    }
}

/// All names of a source; `None` when there is no way to know.
fn names(source: Source, line: &Line, typed: &str) -> Option<Vec<Name>> {
    Some(match source {
        Source::Codes => CODES.iter().map(|code| Name::new(code.id).about(code.title)).collect(),
        Source::Topics => help::names().map(Name::new).collect(),
        Source::Targets => {
            let targets = targets(line.global.as_ref()?).ok()?;
            targets.into_iter().map(|(name, at)| Name::new(name).about(at.path.display().to_string())).collect()
        }
        Source::Modules => {
            let descriptor = line.descriptor()?;
            let modules = descriptor.modules.iter();
            modules.map(|module| Name::new(module.name.value.as_str())).collect()
        }
        Source::Resources => {
            let descriptor = line.descriptor()?;
            descriptor.resources.iter().map(|resource| Name::new(resource.name.value.as_str())).collect()
        }
        Source::Secrets => {
            let kept = line.global.as_ref()?.store(Access::Read).ok()?.secrets().ok()?;
            kept.into_iter().map(|secret| Name::new(secret.name)).collect()
        }
        Source::Logins => {
            let kept = line.global.as_ref()?.store(Access::Read).ok()?.logins().ok()?;
            kept.into_iter().map(|login| Name::new(login.registry).about(login.credentials.username)).collect()
        }
        Source::Operations => {
            let store = line.global.as_ref()?.store(Access::Read).ok()?;
            let all = store.operations(&Which { deployment: None, last: Some(MANY) }).ok()?;
            let about = |one: &Operation| format!("{} {}, {}", one.kind.word(), one.deployment, one.state.word());
            let names = all.iter().map(|one| Name::new(one.id.as_str()).about(about(one)));
            names.chain([Name::new(LATEST).about("the newest one")]).collect()
        }
        Source::Deployed => line.deployed()?.into_iter().map(|(id, deployed)| application(&id, &deployed)).collect(),
        Source::DeployedModules => {
            let deployed = line.deployed()?;
            match typed.split_once('/') {
                None => deployed.iter().map(|(id, deployed)| application(id, deployed)).collect(),
                Some((mta, _)) => {
                    let (_, deployed) = deployed.into_iter().find(|(id, _)| id.mta.as_str() == mta)?;
                    let units = deployed.record?.units;
                    units.iter().map(|unit| Name::new(format!("{mta}/{}", unit.module.as_str()))).collect()
                }
            }
        }
        Source::Added => line.added()?,
        Source::AddedOrDeployed => {
            let mut all = line.added().unwrap_or_default();
            for (id, deployed) in line.deployed()? {
                let units = deployed.record.into_iter().flat_map(|record| record.units);
                all.extend(units.map(|unit| Name::new(format!("{}/{}", id.mta, unit.module))));
            }
            all
        }
        // These are found by the shell's own rules.
        Source::Descriptors | Source::Extensions | Source::Lintable => Vec::new(),
    })
}

fn application(id: &DeploymentId, deployed: &Deployed) -> Name {
    let name = Name::new(id.mta.as_str());
    match &deployed.record {
        Some(record) => name.about(record.version.as_str()),
        None => name,
    }
}

impl Line {
    /// The descriptor of the line, or of the folder, with its extensions. What has errors has no names to offer.
    fn descriptor(&self) -> Option<crate::stage::merge::Merged> {
        // To read from the terminal would take what is being typed.
        let standard_input = Path::new("-");
        let named = self.inputs.descriptor.iter().chain(&self.inputs.extensions);
        if named.into_iter().any(|path| path == standard_input) {
            return None;
        }
        Some(self.inputs.combine(self.global.as_ref()?).ok()?.merged)
    }

    /// Modules that were added in the place that the line means.
    fn added(&self) -> Option<Vec<Name>> {
        let global = self.global.as_ref()?;
        let place = global.deployment("").ok()?;
        let mut all = added(&global.store(Access::Read).ok()?).ok()?;
        all.retain(|added| {
            let id = &added.kept.deployment;
            id.space == place.space && id.namespace == place.namespace
        });
        let name = |added: Added| Name { word: added.outline.marker.to_string(), about: added.outline.display_name };
        Some(all.into_iter().map(name).collect())
    }

    /// What the state knows of the place that the line means.
    fn deployed(&self) -> Option<Vec<(DeploymentId, Deployed)>> {
        let global = self.global.as_ref()?;
        let place = global.deployment("").ok()?;
        let mut deployments = global.store(Access::Read).ok()?.deployments().ok()?;
        deployments.retain(|(id, _)| id.space == place.space && id.namespace == place.namespace);
        Some(deployments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_tree() {
        fn holds(command: &Command, place: &(&str, &str, Source)) -> bool {
            let named = place.0.is_empty() || command.get_name() == place.0;
            let here = named && command.get_arguments().any(|argument| argument.get_id() == place.1);
            here || command.get_subcommands().any(|below| holds(below, place))
        }
        let tree = super::super::tree();
        for place in PLACES {
            assert!(holds(&tree, place), "no command has {place:?}");
        }
    }

    #[test]
    fn what_takes_too_long_is_left_out() {
        assert_eq!(in_time(|| vec![1]), [1]);
        let late = || {
            std::thread::sleep(LIMIT * 4);
            vec![1]
        };
        assert!(in_time(late).is_empty());
    }

    #[test]
    fn an_unfinished_line_is_understood() {
        let words = ["windlass", "env", "shop", "-e", "a.mtaext,b.mtaext", "--space", "eu", "--nonsense", "-m", ""];
        let words: Vec<OsString> = words.map(OsString::from).into();
        let line = Line::read(super::super::tree(), words.iter());
        assert_eq!(line.inputs.descriptor.as_deref(), Some(Path::new("shop")));
        assert_eq!(line.inputs.extensions, ["a.mtaext", "b.mtaext"].map(PathBuf::from));
        assert_eq!(line.global.unwrap().space.as_deref(), Some("eu"));
    }
}
