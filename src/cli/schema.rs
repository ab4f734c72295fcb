//! `windlass schema NAME`: the JSON Schema of what windlass reads or prints.

use super::Global;
use super::console::print;
use super::exit::{Exit, Outcome};
use super::whole_file;
use crate::report::schema::{SCHEMAS, Schema};
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// Print the JSON Schema of a file that windlass reads, for editors, or of what it prints, for programs
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Schemas are draft-07. Without a name, all are listed.

Examples:
  windlass schema mtad > mtad.schema.json   For an editor without the language server
  windlass schema --dir schemas             All of them, into a folder")]
pub struct Args {
    /// Which one
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(SCHEMAS.iter().map(|schema| schema.name)))]
    pub name: Option<String>,
    /// Write all of them into this folder, which must be there
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    pub dir: Option<PathBuf>,
}

pub fn run(args: Args, _: &Global) -> Outcome {
    match (args.name.as_deref().and_then(Schema::named), &args.dir) {
        (Some(schema), _) => print(&schema.text())?,
        (None, Some(folder)) => {
            for schema in SCHEMAS {
                whole_file::write(&folder.join(schema.file), &schema.text())?;
            }
        }
        (None, None) => {
            let longest = SCHEMAS.iter().map(|schema| schema.name.len()).max().unwrap_or(0);
            let line = |schema: &Schema| format!("{:longest$}  {}\n", schema.name, schema.about);
            print(&SCHEMAS.iter().map(line).collect::<String>())?;
        }
    }
    Ok(Exit::Ok)
}
