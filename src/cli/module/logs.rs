//! `windlass module logs`: what the containers of a module write, or have written.

use super::super::Global;
use super::super::exit::Outcome;
use super::super::logs::{LineArgs, show};
use super::known::named;
use crate::store::Access;

/// Show what a module has written
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module logs currency -f --tail 20
  windlass module logs currency --previous    What its container wrote before the last deployment")]
pub struct Args {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    #[command(flatten)]
    pub lines: LineArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let named = named(&args.which, &store, global)?;
    show(&named.deployment, Some(named.module.as_str()), &args.lines, &store, global)
}
