//! `windlass config`: which settings count, and who said so.

pub mod find;

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::variables;
use crate::config::explain::{Line, explain};
use crate::finding::Findings;
use crate::source::Sources;

/// Show the settings that count, and where each comes from
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Strongest first: an option of the command, its variable (WINDLASS_FAIL_ON for --fail-on), windlass.toml in this folder or the nearest
one above it (the repository's top is the limit), config.toml in the user's folder for windlass, what is built in. What it prints is
TOML.

Examples:
  windlass config              The settings, as one file could have them
  windlass config --explain    The same, with who says so
  windlass config -o json      For programs")]
pub struct Args {
    /// Say of each setting where it comes from
    #[arg(long)]
    pub explain: bool,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "toml")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Toml,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let layers = global.layers(&mut sources, &mut findings)?;
    if findings.has_errors() {
        return Err(Failure::Findings { sources, findings });
    }
    global.show_findings(&sources, &findings);
    let lines = explain(&layers, &|flag| {
        let variable = variables::name(flag);
        super::console::variable(&variable).filter(|value| !value.is_empty()).map(|value| (variable, value))
    });
    match args.output_format {
        Form::Toml => print(&toml(&lines, &sources, args.explain))?,
        Form::Json => {
            let all: Vec<serde_json::Value> = lines
                .iter()
                .map(|line| {
                    serde_json::json!({
                        "key": line.key,
                        "value": line.value,
                        "from": line.origin.words(&sources),
                    })
                })
                .collect();
            print(&format!("{:#}\n", serde_json::Value::from(all)))?;
        }
    }
    Ok(Exit::Ok)
}

fn toml(lines: &[Line], sources: &Sources, explain: bool) -> String {
    let texts: Vec<String> = lines.iter().map(Line::toml).collect();
    let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or_default().min(60);
    let line = |(text, line): (&String, &Line)| match explain {
        true => format!("{text:width$}  # {}\n", line.origin.words(sources)),
        false => format!("{text}\n"),
    };
    texts.iter().zip(lines).map(line).collect()
}
