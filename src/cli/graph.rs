//! `windlass graph`: what depends on what, and in which order modules are deployed.

use super::console::print;
use super::exit::{Exit, Outcome};
use super::inputs::Combined;
use super::{Global, Inputs};
use crate::report::graph::graph;
use crate::stage::order;

/// Draw the dependencies of modules, resources and configuration entries
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A picture is drawn also when elements wait for each other; the findings then say where, and the exit code is 1.

Examples:
  windlass graph -o svg > shop.svg     A picture, for a browser or a page
  windlass graph -o mermaid            For a Markdown file")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    #[arg(short, long, value_name = "FORM", default_value = "dot")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    Json,
    /// A finished picture
    Svg,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let Combined { sources, target, merged, mut warnings, .. } = args.inputs.combine(global)?;
    let ordered = order::order(&merged);
    let order = (!ordered.findings.has_errors()).then_some(ordered.product);
    warnings.extend(ordered.findings);
    warnings.extend(order::unusable_parameters(&merged));
    let graph = graph(&merged, order.as_ref(), &target);
    print(&match args.output_format {
        Form::Dot => graph.dot(),
        Form::Mermaid => graph.mermaid(),
        Form::Json => graph.json(),
        Form::Svg => graph.svg(),
    })?;
    global.show_findings(&sources, &warnings);
    Ok(if warnings.has_errors() { Exit::Findings } else { Exit::Ok })
}
