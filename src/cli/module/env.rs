//! `windlass module env`: the environment of a module, and where each value comes from.

use super::super::Global;
use super::super::console::print;
use super::super::exit::{Exit, Outcome};
use super::super::secrets::{ShowSecrets, Visible};
use super::known::{inputs, named, nothing_of};
use crate::report::module;
use crate::store::Access;

/// Show the environment of a module
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Of a module that was added, as the next deployment makes it; of one from a descriptor, as it was deployed. Sensitive values are
masked; `--show-secrets` shows them.

Examples:
  windlass module env currency
  windlass module env shop/web --explain    With the place that each value comes from")]
pub struct Args {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    /// Say where each value comes from
    #[arg(long)]
    pub explain: bool,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output_format: super::super::env::Form,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let named = named(&args.which, &store, global)?;
    if let Some(own) = named.own {
        let inputs = inputs(&own.outline.marker, &own.kept.descriptor);
        let Args { explain, output_format, secrets, .. } = args;
        let env = super::super::env::Args { inputs, module: None, explain, output_format, secrets };
        return super::super::env::run(env, global);
    }
    let visible = args.secrets.decide(global)?;
    let record = store.deployed(&named.deployment)?.record;
    let units = record.iter().flat_map(|record| &record.units);
    let Some(unit) = units.into_iter().find(|unit| unit.module == named.module) else {
        return Err(nothing_of(&named.deployment, &named.module, &store)?);
    };
    let shown = module::Shown { explain: args.explain, mask: visible == Visible::Masked };
    print(&match args.output_format {
        super::super::env::Form::Table => module::environment(unit, &shown, global.stdout().colour),
        super::super::env::Form::Json => module::environment_json(unit, &shown),
        super::super::env::Form::Dotenv => module::environment_dotenv(unit, &shown),
    })?;
    Ok(Exit::Ok)
}
