//! `windlass module`: single modules, with a state that people see and change. One file per kind of work.

mod act;
mod add;
mod delete;
mod deploy;
mod env;
mod known;
mod logs;
mod set;
mod show;
mod values;

use super::Global;
use super::exit::Outcome;

/// Add, deploy, watch and change single modules, without writing a descriptor
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
NAME is a module that was added with `module add`, or MTA/MODULE of any deployment.

Examples:
  windlass module add currency --image registry.example.org/demo/currency:1.0.0 --name 'Exchange rates'
  windlass module deploy currency
  windlass module ls                        What there is, and how it is
  windlass module suspend shop/web          Stop it until `module resume shop/web`")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(Box<add::Args>),
    Set(Box<set::Args>),
    Plan(deploy::PlanArgs),
    Deploy(deploy::Args),
    Env(env::Args),
    Export(show::ExportArgs),
    Ls(show::ListArgs),
    Status(show::StatusArgs),
    Suspend(act::SuspendArgs),
    Resume(act::ResumeArgs),
    Restart(act::RestartArgs),
    Delete(delete::Args),
    Logs(logs::Args),
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Add(args) => add::run(*args, global),
        Command::Set(args) => set::run(*args, global),
        Command::Plan(args) => deploy::plan(args, global),
        Command::Deploy(args) => deploy::run(args, global),
        Command::Env(args) => env::run(args, global),
        Command::Export(args) => show::export(&args, global),
        Command::Ls(args) => show::list(&args, global),
        Command::Status(args) => show::status(&args, global),
        Command::Suspend(args) => act::suspend(args, global),
        Command::Resume(args) => act::resume(args, global),
        Command::Restart(args) => act::restart(args, global),
        Command::Delete(args) => delete::run(args, global),
        Command::Logs(args) => logs::run(args, global),
    }
}
