//! `windlass env`: the environment of each module, and why it is so.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::secrets::{ShowSecrets, Visible};
use super::{Global, Inputs};
use crate::name::nearest;
use crate::plan::parameters::given_in_vain;
use crate::report::environment::{Shown, dotenv, json, table};
use crate::stage::environment::Environment;
use crate::store::Access;

/// Show the environment that each module gets
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Sensitive values are masked; `--show-secrets` shows them.

Examples:
  windlass env -m web --explain              Each variable of one module, with the lines that it comes from
  windlass env mtad.yaml -m web -o dotenv    For a shell: set -a; . <(windlass env -m web -o dotenv)")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Only this module
    #[arg(short, long, value_name = "MODULE")]
    pub module: Option<String>,
    /// Say where each value comes from, and what it won over
    #[arg(long)]
    pub explain: bool,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output_format: Form,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Table,
    /// {"module": {"VARIABLE": "value"}}
    Json,
    /// Assignments that a shell reads; one module only
    Dotenv,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let visible = args.secrets.decide(global)?;
    let store = global.store(Access::Read)?;
    let resolved = args.inputs.resolve(global, &store)?;
    let environments = chosen(&resolved.stages.environments, args.module.as_deref())?;
    if args.output_format == Form::Dotenv && environments.len() > 1 {
        let names: Vec<&str> = environments.iter().map(|environment| environment.module.as_str()).collect();
        return Err(Failure::new(Exit::Usage, "`-o dotenv` holds the environment of one module")
            .next(format!("choose one with `-m`: {}", names.join(", "))));
    }
    let mut warnings = resolved.warnings.clone();
    warnings.extend(given_in_vain(&resolved.stages.bound, &resolved.stages.named, &resolved.sources));
    global.show_findings(&resolved.sources, &warnings.sorted());
    let shown = Shown { sources: &resolved.sources, explain: args.explain, mask: visible == Visible::Masked };
    print(&match args.output_format {
        Form::Table => table(&environments, &shown, global.stdout().colour),
        Form::Json => json(&environments, &shown),
        Form::Dotenv => environments.iter().map(|environment| dotenv(environment, &shown)).collect(),
    })?;
    Ok(Exit::Ok)
}

fn chosen<'a>(environments: &'a [Environment], module: Option<&str>) -> Result<Vec<&'a Environment>, Failure> {
    let Some(module) = module else { return Ok(environments.iter().collect()) };
    match environments.iter().find(|environment| environment.module.as_str() == module) {
        Some(environment) => Ok(vec![environment]),
        None => {
            let names = || environments.iter().map(|environment| environment.module.as_str());
            let failure = Failure::new(Exit::Usage, format!("the descriptor has no module `{module}`"));
            Err(match nearest(module, names()) {
                Some(near) => failure.next(format!("did you mean `{near}`?")),
                None => failure.next(format!("choose one of {}", names().collect::<Vec<_>>().join(", "))),
            })
        }
    }
}
