//! `windlass history MTA`: the revisions of an application.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::operation::find::by_id;
use super::operation::style;
use crate::report::operations;
use crate::store::Access;

/// List the revisions of an application, the newest first: each a way back
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A revision is good when its operation came to its end; `*` marks the one that is deployed.

Examples:
  windlass history shop
  windlass history shop -o json    For programs")]
pub struct Args {
    /// ID of the application
    #[arg(value_name = "MTA")]
    pub mta: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::status::Output,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let style = style(global);
    let store = global.store(Access::Read)?;
    let deployment = global.deployment(&args.mta)?;
    let revisions = store.revisions(&deployment)?;
    if revisions.is_empty() {
        let what = format!("no revision of `{deployment}` in {} is known", deployment.space);
        return Err(Failure::new(Exit::Usage, what).next("`windlass ls` lists what is deployed"));
    }
    let deployed = store.deployed(&deployment)?;
    let current = deployed.record.is_some().then_some(deployed.revision);
    let mut rows = Vec::new();
    for revision in revisions {
        let operation = match &revision.operation {
            Some(id) => by_id(&store, id)?,
            None => None,
        };
        rows.push((revision, operation));
    }
    print(&match args.output_format {
        super::status::Output::Text => operations::history(&rows, current, style),
        super::status::Output::Json => format!("{:#}\n", operations::history_json(&rows, current)),
    })?;
    Ok(Exit::Ok)
}
