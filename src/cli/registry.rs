//! `windlass registry`: what deployments publish for each other. One file per kind of work.

mod descriptor;
mod exchange;
mod question;
mod remove;
mod show;

use super::Global;
use super::console::Console;
use super::exit::{Exit, Failure, Outcome};
use crate::report::registry::Page;
use crate::store::Selection;

/// Look into the configuration registry, and change it by hand
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Entries are published by deployments (`provides` with `public: true`) and found by resources of type `configuration`.

Examples:
  windlass registry ls                             Everything that is published
  windlass registry match -r plugins               Why a resource of mtad.yaml finds what it finds
  windlass registry export -o xml > entries.xml    Hand entries on to another registry")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Ls(show::ListArgs),
    Show(show::ShowArgs),
    Match(question::Args),
    Import(exchange::ImportArgs),
    Export(exchange::ExportArgs),
    Rm(remove::RemoveArgs),
    Purge(remove::PurgeArgs),
    Entries(descriptor::EntriesArgs),
    Subscriptions(descriptor::SubscriptionsArgs),
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Ls(args) => show::list(&args, global),
        Command::Show(args) => show::show(&args, global),
        Command::Match(args) => question::run(&args, global),
        Command::Import(args) => exchange::import(&args, global),
        Command::Export(args) => exchange::export(&args, global),
        Command::Rm(args) => remove::remove(&args, global),
        Command::Purge(args) => remove::purge(&args, global),
        Command::Entries(args) => descriptor::entries(&args, global),
        Command::Subscriptions(args) => descriptor::subscriptions(&args, global),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

/// Which entries are meant. `--org`, `--space` and `--namespace` narrow further.
#[derive(Clone, Debug, clap::Args)]
struct Narrow {
    /// Only entries of this provider: `<MTA ID>:<name in provides>`
    #[arg(long, value_name = "ID")]
    provider_id: Option<String>,
    /// Only entries of this name space of ids; what deployments publish has `mta`
    #[arg(long, value_name = "NID")]
    provider_nid: Option<String>,
}

impl Narrow {
    /// Whether no entry is left out.
    fn is_everything(&self, global: &Global) -> bool {
        let all = [&self.provider_id, &self.provider_nid, &global.org, &global.space, &global.namespace];
        all.into_iter().all(Option::is_none)
    }

    fn selection(&self, global: &Global) -> Selection {
        Selection { provider_id: self.provider_id.clone(), provider_nid: self.provider_nid.clone(), ..space(global) }
    }
}

/// What the global options say about entries. Without them every space is meant.
fn space(global: &Global) -> Selection {
    Selection {
        org: global.org.clone(),
        space: global.space.clone(),
        namespace: global.namespace.clone(),
        ..Selection::default()
    }
}

impl Global {
    /// Tables are cut to a terminal, and whole everywhere else.
    fn page(&self) -> Page {
        let Console { colour, width, terminal } = self.stdout();
        Page { colour, width: terminal.then_some(width) }
    }
}

/// `1 entry`, `3 entries`.
fn entries_in_words(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn no_such_entry(what: &str) -> Failure {
    Failure::new(Exit::Usage, format!("the registry holds no entry {what}"))
        .next("`windlass registry ls` lists what it holds")
}
