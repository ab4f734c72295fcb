//! Plans in files: what the command line was when a plan was made, and the same command line again.

use super::config::find::current_folder;
use super::exit::{Exit, Failure, said};
use super::kept::Kept;
use super::place::Applied;
use super::settings::Settings;
use super::{CompatArg, Global, Inputs, selection};
use crate::deploy::look::{Operation, Planned};
use crate::plan::desired::Wishes;
use crate::plan::difference::{PlanOptions, Volumes};
use crate::plan::saved::{self, Saved, SavedError};
use crate::plan::unit::Start;
use crate::plan::{Hooks, Restart};
use crate::report::plan_json;
use crate::version::VersionRule;
use std::path::{Path, PathBuf};

/// What a plan was made from, as far as the command line says it.
pub fn inputs(
    inputs: &Inputs,
    global: &Global,
    wishes: &Wishes,
    options: &PlanOptions,
    operation: &Operation,
) -> Result<saved::Inputs, Failure> {
    if inputs.descriptor.iter().chain(&inputs.extensions).any(|path| path.as_os_str() == "-") {
        return Err(Failure::new(Exit::Usage, "a plan of standard input cannot be kept")
            .why("`deploy --plan` reads the same texts again, and standard input is gone then")
            .next("write the descriptor to a file first"));
    }
    let directory = current_folder()?;
    for path in [&directory].into_iter().chain(&inputs.descriptor).chain(&inputs.extensions).chain(&global.target) {
        if path.to_str().is_none() {
            let what = format!("`{}` is no UTF-8 path, so it cannot be kept in a plan", path.display());
            return Err(Failure::new(Exit::Usage, what));
        }
    }
    Ok(told(inputs, global, wishes, options, operation, &directory))
}

/// The same for the record of an operation, which keeps the texts as well.
pub fn told(
    inputs: &Inputs,
    global: &Global,
    wishes: &Wishes,
    options: &PlanOptions,
    operation: &Operation,
    directory: &Path,
) -> saved::Inputs {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    saved::Inputs {
        directory: text(directory),
        descriptor: inputs.descriptor.as_deref().map(text),
        extensions: inputs.extensions.iter().map(|path| text(path)).collect(),
        set: inputs.settings.set.clone(),
        set_file: inputs.settings.set_file.clone(),
        require_secure_parameters: inputs.settings.require_secure_parameters,
        target: global.target.as_deref().map(text),
        org: global.org.clone(),
        space: global.space.clone(),
        namespace: global.namespace.clone(),
        apply_namespace: applied_words(global),
        compat: global.compat.map(|compat| compat_word(compat).to_owned()),
        no_start: wishes.start == Start::No,
        restart_subscribers: options.subscribers == Restart::Now,
        no_hooks: options.hooks == Hooks::Skip,
        modules: selection::names(&wishes.selection.modules),
        resources: selection::names(&wishes.selection.resources),
        version_rule: (wishes.version_rule != VersionRule::default()).then(|| wishes.version_rule.word().to_owned()),
        delete_data: wishes.unused_volumes == Volumes::Remove,
        user: global.user.clone(),
        timestamp: operation.timestamp.clone(),
    }
}

fn applied_words(global: &Global) -> Vec<String> {
    global.apply_namespace.iter().map(|one| one.word().to_owned()).collect()
}

fn compat_word(compat: CompatArg) -> &'static str {
    match compat {
        CompatArg::Documented => "documented",
        CompatArg::DeployService => "deploy-service",
    }
}

#[expect(clippy::disallowed_methods, reason = "the user names the file to write")]
pub fn write(path: &Path, plan: &Saved) -> Result<(), Failure> {
    std::fs::write(path, plan.write()).map_err(|error| {
        Failure::new(Exit::Usage, format!("the plan cannot be written to `{}`", path.display()))
            .why(said(&error))
            .next("name a file in a folder that exists and may be written")
    })
}

/// Reads a plan that was kept.
#[expect(clippy::disallowed_methods, reason = "the user names the file to read")]
pub fn read(path: &Path) -> Result<Saved, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(Exit::Usage, format!("the plan `{}` cannot be read", path.display()))
            .why(said(&error))
            .next("`windlass plan --plan-out FILE` keeps one")
    })?;
    Saved::read(&text).map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("`{}` cannot be used as a plan", path.display()));
        match &error {
            SavedError::Newer { .. } => failure.why(error.to_string()).next("use that windlass, or plan anew"),
            SavedError::Unreadable(_) => {
                failure.why(error.to_string()).next("make one with `windlass plan --plan-out FILE`")
            }
        }
    })
}

/// The command line that the plan was made with. From now on the process works in the folder of then.
pub fn again(saved: &saved::Inputs, global: &Global) -> Result<(Inputs, Global), Failure> {
    std::env::set_current_dir(&saved.directory).map_err(|error| {
        Failure::new(Exit::Usage, format!("the folder `{}`, where it was planned, cannot be entered", saved.directory))
            .why(said(&error))
            .next("plan anew")
    })?;
    let mut global = global.clone();
    global.target = saved.target.as_ref().map(PathBuf::from);
    global.user.clone_from(&saved.user);
    global.timestamp = Some(saved.timestamp.clone());
    global.org = saved.org.clone();
    global.space = saved.space.clone();
    global.namespace = saved.namespace.clone();
    global.apply_namespace = saved.apply_namespace.iter().filter_map(|word| Applied::of_word(word)).collect();
    global.compat = match saved.compat.as_deref() {
        Some("deploy-service") => Some(CompatArg::DeployService),
        Some(_) => Some(CompatArg::Documented),
        None => None,
    };
    let inputs = Inputs {
        descriptor: saved.descriptor.as_ref().map(PathBuf::from),
        extensions: saved.extensions.iter().map(PathBuf::from).collect(),
        settings: Settings {
            set: saved.set.clone(),
            set_file: saved.set_file.clone(),
            require_secure_parameters: saved.require_secure_parameters,
        },
        own: None,
        kept: Kept::default(),
    };
    Ok((inputs, global))
}

/// Refuses when the plan of now is not the plan of then, and says what has moved.
pub fn unmoved(saved: &Saved, now: &Planned) -> Result<(), Failure> {
    let moved = saved.moved(&now.plan.world, &plan_json::plan(&now.plan));
    if moved.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Findings, "the plan no longer holds: the world has moved since it was made")
        .why(moved.join("\n"))
        .next("look at the new plan with `windlass plan`"))
}

/// A command of windlass as a shell takes it.
pub fn command(words: &[String], global: &Global) -> String {
    let mut line = String::from("windlass");
    let places = [("-C", &global.directory), ("--registry", &global.registry), ("--state-dir", &global.state_dir)];
    let paths = places.into_iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?.display().to_string())));
    let engine = [("--host", global.host.clone()), ("--context", global.context.clone())];
    let engine = engine.into_iter().filter_map(|(flag, value)| Some((flag, value?)));
    let options = paths.chain(engine).flat_map(|(flag, value)| [flag.to_owned(), value]);
    for word in words.iter().cloned().chain(options) {
        line.push(' ');
        line.push_str(&quoted(&word));
    }
    line
}

/// Options that decide what is planned, and are kept in a saved plan.
pub fn target_options(global: &Global) -> Vec<String> {
    let target = global.target.as_ref().map(|path| path.display().to_string());
    let compat = global.compat.map(|compat| compat_word(compat).to_owned());
    let applied = applied_words(global);
    let options = [
        ("--target", target),
        ("--org", global.org.clone()),
        ("--space", global.space.clone()),
        ("--namespace", global.namespace.clone()),
        ("--apply-namespace", (!applied.is_empty()).then(|| applied.join(","))),
        ("--compat", compat),
        ("--user", global.user.clone()),
        ("--timestamp", global.timestamp.clone()),
    ];
    options.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten().collect()
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_as_a_shell_needs_it() {
        assert_eq!(quoted("shop/mtad.yaml"), "shop/mtad.yaml");
        assert_eq!(quoted("my shop"), "'my shop'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
