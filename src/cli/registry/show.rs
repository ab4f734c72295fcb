//! `registry ls` and `registry show`.

use super::super::Global;
use super::super::console::print;
use super::super::exit::{Exit, Outcome};
use super::{Form, Narrow, no_such_entry, space};
use crate::registry::Entry;
use crate::registry::interchange::write_json;
use crate::report::registry as report;
use crate::store::{Access, Selection, Store, StoreError};

/// List entries in order of publication
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass registry ls --space prod         The entries of one space
  windlass registry ls -o json | jq .       All of them, for programs")]
pub struct ListArgs {
    #[command(flatten)]
    narrow: Narrow,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output_format: Form,
}

pub fn list(args: &ListArgs, global: &Global) -> Outcome {
    let entries = global.store(Access::Read)?.entries(&args.narrow.selection(global))?;
    match args.output_format {
        Form::Json => print(&write_json(&entries))?,
        Form::Table if entries.is_empty() => {
            let all = args.narrow.is_everything(global);
            global.note(if all { "the registry is empty" } else { "the registry holds no such entry" });
        }
        Form::Table => print(&report::entries(&entries, global.page()))?,
    }
    Ok(Exit::Ok)
}

/// Show everything about an entry: content, who may read it, who follows it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass registry show 31               By its id in this registry
  windlass registry show shop:api         All entries of a provider, in every space and version")]
pub struct ShowArgs {
    /// Id of an entry, or a provider id
    #[arg(value_name = "ENTRY", required = true)]
    entries: Vec<String>,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output_format: Form,
}

pub fn show(args: &ShowArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let mut found = Vec::new();
    for name in &args.entries {
        let named = named(&store, name, global)?;
        if named.is_empty() {
            return Err(no_such_entry(&format!("`{name}`")));
        }
        found.extend(named);
    }
    match args.output_format {
        Form::Json => print(&write_json(&found))?,
        Form::Table => {
            let subscriptions = store.subscriptions()?;
            let colour = global.stdout().colour;
            let shown = |entry| report::entry(entry, &report::followers(entry, &subscriptions), colour);
            print(&found.iter().map(shown).collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(Exit::Ok)
}

/// The entries that a word on the command line names: one by its id, or all of a provider.
pub fn named(store: &Store, name: &str, global: &Global) -> Result<Vec<Entry>, StoreError> {
    match name.parse() {
        Ok(row) => Ok(store.entry(row)?.into_iter().collect()),
        Err(_) => store.entries(&Selection { provider_id: Some(name.to_owned()), ..space(global) }),
    }
}
