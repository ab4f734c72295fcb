//! `registry import` and `registry export`.

use super::super::Global;
use super::super::console::print;
use super::super::exit::{Exit, Failure, Outcome};
use super::{Narrow, entries_in_words};
use crate::disk;
use crate::finding::Findings;
use crate::registry::interchange::{SpaceIds, read, write_json, write_xml};
use crate::source::Sources;
use crate::store::Access;
use crate::target::Space;
use std::path::PathBuf;

/// Add entries from files, or update those with the same identity
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Files hold a JSON list of entries, or the XML form of the deploy service. Either all entries are taken in or none.

Examples:
  windlass registry import entries.json
  windlass registry import entries.xml --space-id 2172121c-1d32=acme/dev    An older form that names spaces by id")]
pub struct ImportArgs {
    /// JSON or XML, told apart by content; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Which space an id in an older XML file stands for; may be repeated
    #[arg(long = "space-id", value_name = "ID=ORG/SPACE", value_parser = space_id)]
    space_ids: Vec<(String, Space)>,
}

pub fn import(args: &ImportArgs, global: &Global) -> Outcome {
    let spaces: SpaceIds = args.space_ids.iter().cloned().collect();
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let mut entries = Vec::new();
    let mut unused: Vec<&String> = spaces.keys().collect();
    for path in &args.files {
        let Some(file) = findings.keep(disk::file(&mut sources, path)?) else { continue };
        let text = sources.get(file);
        unused.retain(|id| !text.text().contains(id.as_str()));
        entries.extend(read(text.text(), &spaces).map_err(|mistakes| refused(text.name(), &mistakes))?);
    }
    if findings.has_errors() {
        return Err(Failure::Findings { sources, findings });
    }
    let store = global.store(Access::Write)?;
    store.publish(&entries)?;
    for id in unused {
        global.note(&format!("`--space-id {id}=…` was not needed: no file names that id"));
    }
    global.note(&format!("{} taken into `{}`", entries_in_words(entries.len()), store.path().display()));
    Ok(Exit::Ok)
}

/// One failure that names every mistake; nothing was imported.
fn refused(file: &str, mistakes: &[crate::registry::interchange::Mistake]) -> Failure {
    const SHOWN: usize = 20;
    let mut lines: Vec<String> = mistakes.iter().take(SHOWN).map(|mistake| format!("{file}, {mistake}")).collect();
    if mistakes.len() > SHOWN {
        lines.push(format!("and {} more", mistakes.len() - SHOWN));
    }
    let mut help: Vec<&str> = mistakes.iter().filter_map(|mistake| mistake.help.as_deref()).collect();
    help.dedup();
    let failure = Failure::new(Exit::Findings, format!("nothing was imported, because `{file}` has mistakes"));
    help.into_iter().take(SHOWN).fold(failure.why(lines.join("\n")), |failure, help| failure.next(help))
}

fn space_id(text: &str) -> Result<(String, Space), String> {
    let parts = text.split_once('=').and_then(|(id, space)| Some((id, space.split_once('/')?)));
    match parts {
        Some((id, (org, space))) if ![id, org, space].iter().any(|part| part.is_empty()) => {
            Ok((id.to_owned(), Space { org: org.to_owned(), space: space.to_owned() }))
        }
        _ => Err("write the id, an equals sign, org, a slash, space".to_owned()),
    }
}

/// Print entries in a form that `import` reads
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
JSON keeps everything. The XML form of the deploy service has no place for the module that published an entry.

Examples:
  windlass registry export > entries.json
  windlass registry export -o xml --org acme --space dev > entries.xml")]
pub struct ExportArgs {
    #[command(flatten)]
    narrow: Narrow,
    #[arg(short, long, value_name = "FORM", default_value = "json")]
    output_format: FileForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FileForm {
    Json,
    Xml,
}

pub fn export(args: &ExportArgs, global: &Global) -> Outcome {
    let entries = global.store(Access::Read)?.entries(&args.narrow.selection(global))?;
    print(&match args.output_format {
        FileForm::Json => write_json(&entries),
        FileForm::Xml => write_xml(&entries),
    })?;
    Ok(Exit::Ok)
}
