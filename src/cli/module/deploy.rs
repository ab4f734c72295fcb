//! `windlass module deploy` and `module plan`: the stored descriptor, as `windlass deploy` and `plan` take one from a file.

use super::super::exit::Outcome;
use super::super::image_check::ImageCheck;
use super::super::operate::OperationArgs;
use super::super::secrets::ShowSecrets;
use super::super::selection::SelectionArgs;
use super::super::{Global, duration};
use super::known::{inputs, own};
use crate::name::ModuleName;
use crate::store::Access;
use std::time::Duration;

/// Deploy a module that was added
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module deploy currency
  windlass module deploy currency --resume    Start it, although it is suspended")]
pub struct Args {
    /// A module that was added
    #[arg(value_name = "NAME")]
    pub own: String,
    /// Start it even when it is suspended
    #[arg(long)]
    pub resume: bool,
    /// How long it may take to come up (`90s`, `2m`), instead of what its descriptor says
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub start_timeout: Option<Duration>,
    #[command(flatten)]
    pub images: ImageCheck,
    #[command(flatten)]
    pub operation: OperationArgs,
}

/// Show what deploying a module that was added would do; nothing is changed
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module plan currency
  windlass module plan currency --detailed-exitcode    Exit code 2 when there is something to do")]
pub struct PlanArgs {
    /// A module that was added
    #[arg(value_name = "NAME")]
    pub own: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::super::plan::Form,
    /// End with exit code 2 when there is something to do
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan to start it even when it is suspended
    #[arg(long)]
    pub resume: bool,
    /// Ask no image registry whether a tag has moved, and whether what has to be pulled is there
    #[arg(long)]
    pub no_image_check: bool,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let (marker, text) = descriptor(&args.own, "deploy", global)?;
    let Args { resume, start_timeout, images, operation, .. } = args;
    let inputs = inputs(&marker, &text);
    super::super::deploy::run(
        super::super::deploy::Args {
            inputs,
            plan: None,
            selection: SelectionArgs::default(),
            start_timeout,
            resume,
            images,
            rollback_on_failure: false,
            retries: 0,
            operation,
        },
        global,
    )
}

/// Deploys this text of a module.
pub fn text(marker: &ModuleName, text: &str, operation: OperationArgs, global: &Global) -> Outcome {
    let inputs = inputs(marker, text);
    super::super::deploy::run(
        super::super::deploy::Args {
            rollback_on_failure: false,
            retries: 0,
            inputs,
            plan: None,
            selection: SelectionArgs::default(),
            start_timeout: None,
            resume: false,
            images: ImageCheck::default(),
            operation,
        },
        global,
    )
}

pub fn plan(args: PlanArgs, global: &Global) -> Outcome {
    let (marker, text) = descriptor(&args.own, "plan", global)?;
    let PlanArgs { output_format, detailed_exitcode, resume, no_image_check, secrets, .. } = args;
    let plan = super::super::plan::Args {
        inputs: inputs(&marker, &text),
        output_format,
        summary: false,
        full: false,
        detailed_exitcode,
        plan_out: None,
        offline: false,
        order_only: false,
        selection: SelectionArgs::default(),
        resume,
        no_restart_subscribed_apps: false,
        no_hooks: false,
        no_image_check,
        drift: super::super::plan::Drift::Show,
        secrets,
    };
    super::super::plan::run(plan, global)
}

/// What is recorded of a module, and under which marker.
pub fn descriptor(
    name: &str,
    what: &str,
    global: &Global,
) -> Result<(ModuleName, String), super::super::exit::Failure> {
    let store = global.store(Access::Read)?;
    let (_, known) = own(name, what, &store, global)?;
    Ok((known.outline.marker, known.kept.descriptor))
}
