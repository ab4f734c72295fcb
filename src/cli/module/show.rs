//! `windlass module ls`, `status` and `export`: what there is, how it is, and its descriptor.

use super::super::Global;
use super::super::console::print;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::ports::{now, runtime};
use super::super::watch::{Form, watch};
use super::deploy::descriptor;
use super::known::{named, nothing_of};
use crate::deploy::roster::{Listed, Which, listed, roster};
use crate::engine::Docker;
use crate::report::module::{Width, json, list as table, text};
use crate::report::yaml::to_yaml;
use crate::store::Access;
use crate::tree::Origin;
use crate::tree::read::read_json;
use serde_json::Value;

/// List the modules that were added: what they are called, how they are
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Status: Not Deployed, Deploying, Running, Suspended; Completed for what is run once. A `!` under `warn` means that something
is not as it should be: `module status NAME` says what.

Examples:
  windlass module ls
  windlass module ls --all            Those of deployments, too
  windlass module ls --watch          Until Ctrl-C, what changes
  windlass module ls -o json          For programs")]
pub struct ListArgs {
    /// Modules of deployments, too
    #[arg(short, long)]
    pub all: bool,
    /// Show how it goes until Ctrl-C: the table on a terminal, else a line for each change
    #[arg(short, long)]
    pub watch: bool,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: ListForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ListForm {
    Text,
    /// With more columns
    Wide,
    Json,
    Yaml,
}

/// Show one module: how it is, since when, and what is not as it should be
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module status currency
  windlass module status shop/web -o json    For programs")]
pub struct StatusArgs {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: StatusForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StatusForm {
    Text,
    Json,
    Yaml,
}

/// Print the descriptor of a module that was added
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
`windlass deploy` takes it, and finds nothing to do as long as it is what runs.

Examples:
  windlass module export currency > mtad.yaml
  windlass module export currency | windlass plan -")]
pub struct ExportArgs {
    /// A module that was added
    #[arg(value_name = "NAME")]
    pub own: String,
}

pub fn list(args: &ListArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let which = if args.all { Which::All } else { Which::Own };
    if args.watch {
        let form = match args.output_format {
            ListForm::Json => Form::Json,
            ListForm::Text | ListForm::Wide => Form::Text,
            ListForm::Yaml => {
                return Err(
                    Failure::new(Exit::Usage, "`--watch` has no form `yaml`").next("`-o text` and `-o json` are there")
                );
            }
        };
        let store = &store;
        return watch(form, global, async |engine: &Docker| Ok(roster(store, engine, which).await?));
    }
    let modules: Vec<Listed> = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        Ok::<_, Failure>(roster(&store, &engine, which).await?)
    })?;
    let all = || Value::from(modules.iter().map(json).collect::<Vec<_>>());
    let width = if args.output_format == ListForm::Wide { Width::Wide } else { Width::Usual };
    match args.output_format {
        ListForm::Json => print(&format!("{:#}\n", all()))?,
        ListForm::Yaml => print(&yaml(&all())?)?,
        ListForm::Text | ListForm::Wide if modules.is_empty() => {
            global.note("no module was added; `windlass module add MARKER --image REF` begins");
        }
        ListForm::Text | ListForm::Wide => print(&table(&modules, width, now(), global.stdout().colour))?,
    }
    Ok(Exit::Ok)
}

pub fn status(args: &StatusArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let named = named(&args.which, &store, global)?;
    let found = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        Ok::<_, Failure>(listed(&named.deployment, &named.module, &store, &engine).await?)
    })?;
    let Some(module) = found else { return Err(nothing_of(&named.deployment, &named.module, &store)?) };
    print(&match args.output_format {
        StatusForm::Text => text(&module, now(), global.stdout().colour),
        StatusForm::Json => format!("{:#}\n", json(&module)),
        StatusForm::Yaml => yaml(&json(&module))?,
    })?;
    Ok(Exit::Ok)
}

pub fn export(args: &ExportArgs, global: &Global) -> Outcome {
    let (_, text) = descriptor(&args.own, "export", global)?;
    print(&text)?;
    Ok(Exit::Ok)
}

/// The same document as YAML.
fn yaml(value: &Value) -> Result<String, Failure> {
    let bug = |error: String| Failure::new(Exit::Bug, "the result has no YAML form").why(error);
    let value = read_json(&value.to_string(), &Origin::Nowhere).map_err(|error| bug(error.to_string()))?;
    to_yaml(&value).map_err(|error| bug(error.to_string()))
}
