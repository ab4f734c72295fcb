//! Every long flag can be given as an environment variable: `--lock-timeout` as `WINDLASS_LOCK_TIMEOUT`.
//!
//! This is done to the finished tree of commands, so that no command can forget it.

use crate::name::nearest;
use crate::target::supply::{Hidden, Supply};
use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use std::env::VarError;
use std::ffi::OsString;

/// Gives each long flag of the command, and of all commands below, its variable.
pub fn attach(command: Command) -> Command {
    command.mut_args(with_variable).mut_subcommands(attach)
}

/// The variable whose value clap refuses, when the flag itself is not on the command line: clap speaks of the flag only.
pub fn at_fault(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = argument.trim_start_matches('-').split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    let given = |word: &OsString| word.to_string_lossy().starts_with(&format!("--{long}"));
    let variable = name(long);
    let set = argument.starts_with("--") && super::console::variable(&variable).is_some();
    (set && !arguments.iter().any(given)).then_some(variable)
}

/// The variable of a long flag.
pub fn name(long: &str) -> String {
    format!("WINDLASS_{}", long.replace('-', "_").to_uppercase())
}

/// A variable of this process, for `${env:NAME}`. One that is empty counts as not set: that is what a pipeline makes of a
/// secret that it does not have.
#[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` and handed down")]
pub fn supply(name: &str) -> Supply {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Supply::Given(Hidden::new(value)),
        Ok(_) => Supply::Unusable { why: "it is empty".to_owned() },
        Err(VarError::NotUnicode(_)) => Supply::Unusable { why: "it is no text in UTF-8".to_owned() },
        Err(VarError::NotPresent) => {
            let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
            Supply::Missing { near: nearest(name, names.iter().map(String::as_str)).map(str::to_owned) }
        }
    }
}

fn with_variable(argument: Arg) -> Arg {
    let Some(variable) = argument.get_long().map(name) else { return argument };
    match argument.get_action() {
        ArgAction::SetTrue => argument.env(variable).hide_env(true).value_parser(BoolishValueParser::new()),
        ArgAction::Set | ArgAction::Append | ArgAction::Count => argument.env(variable).hide_env(true),
        // Help and version are questions, not settings.
        _ => argument,
    }
}
