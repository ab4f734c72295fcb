//! `windlass operation`: what was done, what is being done, and going on with what did not end.

mod abort;
mod again;
pub mod find;
mod prune;
mod show;
mod wait;

use super::Global;
use super::exit::Outcome;
use super::operate::ProgressForm;
use crate::cli::duration;
use std::time::Duration;

pub use prune::prune_after;
pub use show::style;

/// Show what was done and what is being done; go on with what did not end, or give it up
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each deploy and each undeploy is an operation, and so is whatever else changes an application. It is written down before it
acts. ID is the id of one, or its beginning; `latest` is the newest one.

Examples:
  windlass operation ls shop          What was done to `shop`, the newest first
  windlass operation show latest      Its inputs, its steps, how long each took and how it ended
  windlass operation resume 8f3c      Do what is left of it")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Ls(ListArgs),
    Show(ShowArgs),
    Logs(LogsArgs),
    Wait(WaitArgs),
    Resume(AgainArgs),
    Retry(AgainArgs),
    Abort(AbortArgs),
    Prune(PruneArgs),
}

/// List operations, the newest first
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass operation ls              The last ten
  windlass operation ls shop --all   All that are kept of `shop`")]
pub struct ListArgs {
    /// ID of the application; none: all of them, in every space
    #[arg(value_name = "MTA")]
    pub mta: Option<String>,
    /// So many
    #[arg(long, value_name = "N", default_value = "10", conflicts_with = "all")]
    pub last: usize,
    /// All that are kept
    #[arg(long)]
    pub all: bool,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::status::Output,
}

/// Show one operation: what it was told, its plan, its steps with times, how it ended
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Values that were given are not shown: they may be secrets.

Examples:
  windlass operation show latest
  windlass operation show 8f3c2a1d -o json    With its plan, for programs")]
pub struct ShowArgs {
    /// Operation: its id, the beginning of one, or `latest`
    #[arg(value_name = "ID")]
    pub operation: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::status::Output,
}

/// Print what an operation told while it ran
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass operation logs latest
  windlass operation logs 8f3c2a1d -o json-lines    The events, as `--progress json` prints them")]
pub struct LogsArgs {
    /// Operation: its id, the beginning of one, or `latest`
    #[arg(value_name = "ID")]
    pub operation: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: LogForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogForm {
    Text,
    JsonLines,
}

/// Wait until an operation has ended; the exit code is the operation's
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass operation wait latest
  windlass operation wait 8f3c2a1d --timeout 5m    Exit code 7 when it still runs after five minutes")]
pub struct WaitArgs {
    /// Operation: its id, the beginning of one, or `latest`
    #[arg(value_name = "ID")]
    pub operation: String,
    /// For so long at most (`90s`, `5m`)
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub timeout: Option<Duration>,
}

/// Carry an operation out again, from the texts and values that it had: what is done already is no change, the rest is done
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`resume` goes on with an operation that failed or was interrupted. `retry` also repeats one that has ended well.
Both plan anew from what the operation was told: descriptor and extensions as they were then, the same values and options.
Contents of modules and archives are read where they are, and must still be what they were.

Examples:
  windlass operation resume latest
  windlass operation retry 8f3c2a1d")]
pub struct AgainArgs {
    /// Operation: its id, the beginning of one, or `latest`
    #[arg(value_name = "ID")]
    pub operation: String,
    /// How progress is shown; json: one event per line on standard output
    #[arg(long, value_name = "FORM", default_value = "auto")]
    pub progress: ProgressForm,
}

/// End an operation: ask the one that runs to stop, give up one that did not end
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is undone: what is done stays. An operation that runs is asked to stop after its current steps, as Ctrl-C does.

Examples:
  windlass operation abort latest
  windlass operation abort 8f3c2a1d --timeout 30s    Exit code 7 when it still runs after half a minute")]
pub struct AbortArgs {
    /// Operation: its id, the beginning of one, or `latest`
    #[arg(value_name = "ID")]
    pub operation: String,
    /// How long its current steps may take to end (`90s`, `5m`)
    #[arg(long, value_name = "DUR", value_parser = duration::parse, default_value = "5m")]
    pub timeout: Duration,
}

/// Forget old operations and revisions, as is done after each operation
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What is kept: `[operations]` in windlass.toml. The newest operation of each application stays, and so do the revision that is
deployed and the last good one.

Examples:
  windlass operation prune
  windlass operation prune --keep-days 30")]
pub struct PruneArgs {
    /// What is older goes
    #[arg(long, value_name = "DAYS")]
    pub keep_days: Option<u64>,
    /// So many operations of each application stay
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// So many revisions of each application stay
    #[arg(long, value_name = "N")]
    pub keep_revisions: Option<usize>,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Ls(args) => show::list(&args, global),
        Command::Show(args) => show::show(&args, global),
        Command::Logs(args) => show::logs(&args, global),
        Command::Wait(args) => wait::run(&args, global),
        Command::Resume(args) => again::run(&args, again::Verb::Resume, global),
        Command::Retry(args) => again::run(&args, again::Verb::Retry, global),
        Command::Abort(args) => abort::run(&args, global),
        Command::Prune(args) => prune::run(&args, global),
    }
}
