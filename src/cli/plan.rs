//! `windlass plan`: what a deployment would do.

use super::exit::{Exit, Failure, Outcome};
use super::{Global, Inputs, order};

/// Show what a deployment would do
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass plan --order-only                    In which order resources and modules come
  windlass plan mtad.yaml --order-only -o json  The same for programs")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Print only the order of the work; needs no engine and no state
    #[arg(long)]
    pub order_only: bool,
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let form = match args.output_format {
        Form::Text => order::Form::Text,
        Form::Json => order::Form::Json,
    };
    if args.order_only {
        return order::show(&args.inputs, form, global);
    }
    Err(Failure::new(Exit::Usage, "only the order can be planned so far").next("add `--order-only`"))
}
