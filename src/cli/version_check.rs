//! `windlass version-check`: whether a version would be accepted, for pipelines that want to know beforehand.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::selection::version_rule;
use super::{CompatArg, Global};
use crate::finding::{Finding, Findings, SCHEMA_BAD_VERSION};
use crate::source::{Sources, Span};
use crate::version::{Change, Version, VersionRange, VersionRule};
use serde_json::{Value, json};

/// Tell whether a version satisfies a range, and whether it may follow the deployed one
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The answer is printed; the exit code is 0 whatever it is, and 1 when a version cannot be read.

Examples:
  windlass version-check 1.2 --deployed 1.1.9 --rule higher   Whether 1.2 may replace 1.1.9
  windlass version-check 1.3.5 --satisfies '~1.3.0' -o json   Whether 1.3.5 lies in a range")]
pub struct Args {
    #[arg(value_name = "VERSION", allow_hyphen_values = true)]
    pub version: String,
    /// A range, as in the parameter `version` of a configuration resource
    #[arg(long, value_name = "RANGE")]
    pub satisfies: Option<String>,
    /// The version that is deployed
    #[arg(long, value_name = "VERSION")]
    pub deployed: Option<String>,
    /// Which changes are accepted
    #[arg(long, value_name = "RULE", ignore_case = true, value_parser = version_rule())]
    pub rule: Option<VersionRule>,
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let mut version = |name: &str, text: &str| match Version::parse(text) {
        Ok(version) => Some(version),
        Err(error) => {
            let file = sources.add(name, text);
            findings.push(
                Finding::new(&SCHEMA_BAD_VERSION, Span::new(file, 0..text.len()), error.to_string())
                    .help("Versions look like `1.2.3`; `1.2` and `v1.2.3-rc.1` are read too"),
            );
            None
        }
    };
    let new = version("VERSION", &args.version);
    let deployed = args.deployed.as_deref().map(|text| version("--deployed", text));
    let (Some(new), false) = (new, deployed == Some(None)) else {
        return Err(Failure::Findings { sources, findings });
    };

    let mut answer = vec![("version", json!(new.to_string()))];
    if args.deployed.is_some() || args.rule.is_some() {
        let change = Change::between(deployed.flatten().as_ref(), &new);
        answer.push(("change", json!(change.word())));
        if let Some(rule) = args.rule {
            answer.push(("allowed", json!(rule.allows(change))));
        }
    }
    if let Some(range) = &args.satisfies {
        let satisfied = match VersionRange::parse(range) {
            Ok(range) => range.satisfied_by(&new),
            Err(error) if global.compat == Some(CompatArg::DeployService) => {
                global.note(&format!("parts of `{range}` do not count: {error}"));
                VersionRange::parse_leniently(range).satisfied_by(&new)
            }
            Err(error) => {
                global.note(&format!("no version lies in `{range}`: {error}"));
                false
            }
        };
        answer.push(("satisfies", json!(satisfied)));
    }
    print(&match args.output_format {
        Form::Json => {
            let keys = answer.into_iter().map(|(key, value)| (key.to_owned(), value));
            format!("{}\n", Value::Object(keys.collect()))
        }
        Form::Text => answer.iter().map(|(key, value)| text_line(key, value)).collect(),
    })?;
    Ok(Exit::Ok)
}

fn text_line(key: &str, value: &Value) -> String {
    let value = match value {
        Value::Bool(true) => "yes",
        Value::Bool(false) => "no",
        other => other.as_str().unwrap_or_default(),
    };
    format!("{key:<10} {value}\n")
}
