//! `windlass deploy [DESC]`: brings an application to what its descriptor says.

use super::deploying::{Asked, OnFailure, deploying};
use super::exit::{Failure, Outcome};
use super::image_check::ImageCheck;
use super::operate::{OperationArgs, told};
use super::ordered::Manner;
use super::selection::{self, SelectionArgs};
use super::{Global, Inputs, duration, inputs, saved};
use crate::plan::difference::PlanOptions;
use crate::plan::{Hooks, Restart, Secrets, Suspended};
use crate::store::Access;
use std::path::PathBuf;
use std::time::Duration;

/// Deploy an application: bring up what its descriptor says, replace what has changed, remove what is gone
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass deploy                          The mtad.yaml of this folder
  windlass deploy shop/ -e prod.mtaext     Another one, with an extension
  windlass deploy -m web                   Only this module; everything else stays as it is
  windlass deploy --plan shop.plan.json    Exactly what `windlass plan --plan-out shop.plan.json` has shown
  windlass deploy --wait-for-image 10m     Begin as soon as the pipeline has pushed the image

A module that is replaced keeps running until the new one is healthy. When the new one fails, the old one stays.
Ctrl-C ends the deployment after the current steps; a second one ends it at once.")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Do what this plan (of `windlass plan --plan-out`) says, with the files and options it was made from; refuse when
    /// the world has moved since
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["descriptor", "extensions", "set", "set_file", "require_secure_parameters", "modules", "resources", "all_modules", "all_resources", "version_rule", "no_start", "delete_data", "resume", "no_restart_subscribed_apps", "no_hooks"]
    )]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How long a module may take to come up (`90s`, `2m`), instead of what the descriptor says
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub start_timeout: Option<Duration>,
    /// Start what is suspended, too
    #[arg(long)]
    pub resume: bool,
    /// When the deployment fails and a part of it is left, go back to the last good revision
    #[arg(long)]
    pub rollback_on_failure: bool,
    #[command(flatten)]
    pub images: ImageCheck,
    /// Try so many times more when it fails for a reason that is not about what is deployed: an engine that does not answer,
    /// a registry that cannot be reached
    #[arg(long, value_name = "N", default_value = "0")]
    pub retries: u32,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    told(args.operation.progress, || {
        let store = global.store(Access::Write)?;
        let prepared = args.operation.prepare(global, args.start_timeout);
        deploying(asked(args, global)?, &store, prepared)
    })
}

fn asked(args: Args, global: &Global) -> Result<Asked, Failure> {
    let no_image_check = args.images.no_image_check;
    let manner = Manner { resume: args.resume, no_image_check, ..args.operation.manner(args.start_timeout) };
    let images = args.images.inquiry(global);
    let on_failure = if args.rollback_on_failure { OnFailure::RollBack } else { OnFailure::Keep };
    let retries = args.retries;
    let Some(path) = &args.plan else {
        let suspended = if args.resume { Suspended::Resume } else { Suspended::Stay };
        return Ok(Asked {
            options: PlanOptions { suspended, ..args.operation.plan_options() },
            wishes: args.selection.wishes(),
            images,
            inputs: args.inputs,
            operation: inputs::operation(global),
            global: global.clone(),
            saved: None,
            manner,
            again: None,
            retries,
            on_failure,
        });
    };
    let saved = saved::read(path)?;
    let (given, global) = saved::again(&saved.inputs, global)?;
    Ok(Asked {
        inputs: given,
        operation: inputs::operation(&global),
        global,
        wishes: selection::wishes(&saved.inputs),
        images,
        options: PlanOptions {
            subscribers: if saved.inputs.restart_subscribers { Restart::Now } else { Restart::Later },
            hooks: if saved.inputs.no_hooks { Hooks::Skip } else { Hooks::Run },
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        },
        saved: Some(saved),
        manner,
        again: None,
        retries,
        on_failure,
    })
}
