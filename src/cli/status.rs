//! `windlass status [MTA]`: what is deployed, from the store and the engine together.

use super::Global;
use super::console::print;
use super::exit::{Exit, Outcome};
use super::ports::{not_deployed, now, runtime};
use super::watch::{Form, watch};
use crate::deploy::roster::{Which, roster};
use crate::deploy::survey::{Survey, deployments, survey};
use crate::engine::Docker;
use crate::report::status::{json, text};
use crate::store::Access;

/// Show what is deployed: modules, health, addresses, entries, and what is not as it should be
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass status shop                        One application
  windlass status -o json                     All of them, for programs
  windlass status --watch                     Until Ctrl-C, what changes
  windlass status shop --detailed-exitcode    Exit code 2 when something is not as it was left")]
pub struct Args {
    /// ID of the application; none: all of them
    #[arg(value_name = "MTA")]
    pub mta: Option<String>,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Output,
    /// Show how it goes until Ctrl-C: a table of modules on a terminal, else a line for each change
    #[arg(short, long, conflicts_with = "detailed_exitcode")]
    pub watch: bool,
    /// End with exit code 2 when something is not as it was left
    #[arg(long)]
    pub detailed_exitcode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    Text,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let wanted = args.mta.as_deref().map(|mta| global.deployment(mta)).transpose()?;
    if args.watch {
        let form = match args.output_format {
            Output::Text => Form::Text,
            Output::Json => Form::Json,
        };
        let (store, wanted) = (&store, &wanted);
        return watch(form, global, async |engine: &Docker| {
            let mut modules = roster(store, engine, Which::All).await?;
            modules.retain(|listed| wanted.as_ref().is_none_or(|wanted| listed.deployment == *wanted));
            Ok(modules)
        });
    }
    let surveys: Vec<Survey> = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let Some(wanted) = wanted else {
            let mut all = Vec::new();
            for deployment in deployments(&store, &engine).await? {
                all.extend(survey(&deployment, &store, &engine).await?);
            }
            return Ok(all);
        };
        match survey(&wanted, &store, &engine).await? {
            Some(one) => Ok(vec![one]),
            None => Err(not_deployed(&wanted, &deployments(&store, &engine).await?)),
        }
    })?;
    match (args.output_format, &args.mta) {
        (Output::Json, Some(_)) => {
            let one: String = surveys.iter().map(|survey| format!("{:#}\n", json(survey))).collect();
            print(&one)?;
        }
        (Output::Json, None) => {
            let all: Vec<_> = surveys.iter().map(json).collect();
            print(&format!("{:#}\n", serde_json::Value::from(all)))?;
        }
        (Output::Text, _) if surveys.is_empty() => print("nothing is deployed; `windlass deploy` begins\n")?,
        (Output::Text, _) => {
            let colour = global.stdout().colour;
            let texts: Vec<String> = surveys.iter().map(|survey| text(survey, now(), colour)).collect();
            print(&texts.join("\n"))?;
        }
    }
    let drifted = args.detailed_exitcode && surveys.iter().any(Survey::has_drifted);
    Ok(if drifted { Exit::Changes } else { Exit::Ok })
}
