//! What clap refuses, in the words and the form of every other failure: what is wrong, why, what to do next.

use super::exit::{Exit, Failure};
use super::variables;
use crate::name::nearest;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::OsString;

/// `tree` is the whole tree of commands, `arguments` the line that it refused.
pub fn failure(error: &clap::Error, tree: clap::Command, arguments: &[OsString]) -> Failure {
    let command = Named::find(tree, arguments);
    let failure = command.told(error);
    match variables::at_fault(error, arguments) {
        Some(variable) => {
            failure.next(format!("the value comes from the variable `{variable}`: correct it, or unset it"))
        }
        None => failure,
    }
}

/// The command that the line asks for, as far as it could be told.
struct Named {
    command: clap::Command,
    /// `windlass registry ls`.
    path: String,
}

impl Named {
    fn find(mut tree: clap::Command, arguments: &[OsString]) -> Named {
        tree.build();
        let mut named = Named { path: tree.get_name().to_owned(), command: tree };
        for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
            if let Some(inner) = named.command.find_subcommand(word).cloned() {
                named = Named { path: format!("{} {word}", named.path), command: inner };
            }
        }
        named
    }

    fn told(&self, error: &clap::Error) -> Failure {
        let argument = first(error, ContextKind::InvalidArg);
        let value = first(error, ContextKind::InvalidValue);
        let Named { path, .. } = self;
        match (error.kind(), argument, value) {
            (ErrorKind::InvalidSubcommand, ..) => self.no_such_command(error),
            (ErrorKind::MissingSubcommand, ..) => self.lead_on(wrong(format!(
                "`{path}` needs a command: {}",
                all(error, ContextKind::ValidSubcommand).join(", ")
            ))),
            (ErrorKind::UnknownArgument, Some(argument), _) if argument.starts_with('-') => {
                self.no_such_option(&argument)
            }
            // It may well be the value, which has no place on a command line and even less in a message.
            (ErrorKind::UnknownArgument, Some(_), _) if path == "windlass secret set" => wrong(format!(
                "`{path}` takes the name alone: a value on the command line would be seen by everybody on this machine"
            ))
            .next("give the value on standard input, or with `--from-file` or `--from-command`"),
            (ErrorKind::UnknownArgument, Some(argument), _) => {
                self.lead_on(wrong(format!("`{path}` does not take a further argument: `{argument}`")))
            }
            (ErrorKind::InvalidValue, Some(argument), None) => {
                self.lead_on(wrong(format!("`{argument}` needs a value")))
            }
            (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(argument), Some(value)) if value.is_empty() => {
                self.lead_on(wrong(format!("`{argument}` needs a value")))
            }
            (ErrorKind::InvalidValue, Some(argument), Some(value)) => {
                let possible = all(error, ContextKind::ValidValue);
                let failure = wrong(format!("`{value}` is no value of `{argument}`"));
                let failure = failure.why(format!("possible values: {}", possible.join(", ")));
                match nearest(&value, possible.iter().map(String::as_str)) {
                    Some(near) => failure.next(format!("did you mean `{near}`?")),
                    None => failure,
                }
            }
            (ErrorKind::ValueValidation, Some(argument), Some(value)) => {
                let failure = wrong(format!("`{value}` is no value of `{argument}`"));
                match error.source() {
                    Some(source) => failure.why(source.to_string()),
                    None => failure,
                }
            }
            (ErrorKind::MissingRequiredArgument, ..) => {
                let missing: Vec<String> =
                    all(error, ContextKind::InvalidArg).iter().map(|name| format!("`{name}`")).collect();
                self.lead_on(wrong(format!("`{path}` needs {}", missing.join(" and "))))
            }
            (ErrorKind::ArgumentConflict, Some(argument), _) => {
                let others = all(error, ContextKind::PriorArg);
                match others.first() {
                    Some(other) if *other != argument => {
                        self.lead_on(wrong(format!("`{argument}` and `{other}` do not go together")))
                    }
                    _ => self.lead_on(wrong(format!("`{argument}` is given more than once"))),
                }
            }
            _ => {
                let text = error.render().to_string();
                let line = text.lines().next().unwrap_or_default();
                self.lead_on(wrong(line.trim_start_matches("error: ")))
            }
        }
    }

    fn no_such_command(&self, error: &clap::Error) -> Failure {
        let word = first(error, ContextKind::InvalidSubcommand).unwrap_or_default();
        let failure = wrong(format!("`{}` has no command `{word}`", self.path));
        match nearest(&word, self.command.get_subcommands().map(clap::Command::get_name)) {
            Some(near) => failure.next(format!("did you mean `{} {near}`?", self.path)),
            None => self.lead_on(failure),
        }
    }

    fn no_such_option(&self, option: &str) -> Failure {
        let failure = wrong(format!("`{}` has no option `{option}`", self.path));
        let known: Vec<String> =
            self.command.get_arguments().filter_map(|argument| Some(format!("--{}", argument.get_long()?))).collect();
        let mut begin_so = known.iter().filter(|known| option.len() > 3 && known.starts_with(option));
        let near = nearest(option, known.iter().map(String::as_str)).or_else(|| begin_so.next().map(String::as_str));
        match near {
            Some(near) => failure.next(format!("did you mean `{near}`?")),
            None => self.lead_on(failure),
        }
    }

    fn lead_on(&self, failure: Failure) -> Failure {
        let words = self.path.strip_prefix("windlass").unwrap_or_default();
        failure.next(format!("`windlass help{words}` shows what can be said"))
    }
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, what)
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(several)) => several.clone(),
        _ => Vec::new(),
    }
}

fn first(error: &clap::Error, kind: ContextKind) -> Option<String> {
    all(error, kind).into_iter().next()
}
