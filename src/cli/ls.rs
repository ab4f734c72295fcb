//! `windlass ls`: one line for each application that is deployed.

use super::Global;
use super::console::print;
use super::exit::{Exit, Outcome};
use super::ports::runtime;
use super::status::Output;
use crate::deploy::survey::{deployments, survey};
use crate::engine::Docker;
use crate::report::status::{json, list};
use crate::store::Access;

/// List what is deployed, in all spaces and namespaces
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass ls            One line for each application
  windlass ls -o json    The same for programs, with the modules of each")]
pub struct Args {
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Output,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let surveys = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let mut all = Vec::new();
        for deployment in deployments(&store, &engine).await? {
            all.extend(survey(&deployment, &store, &engine).await?);
        }
        Ok::<_, super::exit::Failure>(all)
    })?;
    match args.output_format {
        Output::Json => {
            let all: Vec<_> = surveys.iter().map(json).collect();
            print(&format!("{:#}\n", serde_json::Value::from(all)))?;
        }
        Output::Text if surveys.is_empty() => print("nothing is deployed; `windlass deploy` begins\n")?,
        Output::Text => print(&list(&surveys, global.stdout().colour))?,
    }
    Ok(Exit::Ok)
}
