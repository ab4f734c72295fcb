//! `windlass lint`: everything that can be said about descriptors and extensions without deploying them.

use super::console::{complain, print};
use super::exit::{Exit, Failure, Outcome};
use super::inputs::{each_once, facts, sound, target};
use super::{Global, MessageFormat};
use crate::descriptor::Document;
use crate::disk;
use crate::finding::{
    CONFIG_NO_MATCH, Finding, Findings, MANDATORY_WITHOUT_VALUE, MISSING_IMAGE, Severity, UNRESOLVED_PLACEHOLDER,
};
use crate::package::{self, Input};
use crate::plan;
use crate::plan::desired::Wishes;
use crate::plan::unit::Start;
use crate::report::{human, json, short};
use crate::source::{FileId, Sources};
use crate::stage::{self, load, order};
use crate::target::{Generator, Target};
use std::path::PathBuf;

/// Check descriptors and extensions, alone and merged
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 no error, 1 at least one, 64 a file that cannot be read. Warnings do not fail.

Examples:
  windlass lint mtad.yaml -e prod.mtaext    The descriptor, the extension, and both together
  windlass lint */mtad.yaml -o json         Several descriptors, for programs")]
pub struct Args {
    /// Descriptors or extensions (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Extension descriptor of FILE; may be repeated or hold commas, in any order
    #[arg(short, long = "extension", value_name = "FILE", value_delimiter = ',')]
    pub extensions: Vec<PathBuf>,
    /// Default: as `--message-format` says, else graphical on a terminal and short elsewhere
    #[arg(short, long, value_name = "FORM")]
    pub output_format: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// With the text that findings are about
    Graphical,
    /// A line each
    Short,
    /// An array of objects
    Json,
    /// An object a line
    JsonLines,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    if !args.extensions.is_empty() && args.files.len() > 1 {
        return Err(Failure::new(Exit::Usage, "`-e` belongs to one descriptor, and several are given")
            .next("check them one by one"));
    }
    each_once(&args.extensions)?;
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let target = target(global, &mut sources, &mut findings)?;
    let files = if args.files.is_empty() { vec![None] } else { args.files.iter().map(Some).collect() };
    let checked = files.len() + args.extensions.len();
    for path in files {
        let input = findings.keep(package::open(&mut sources, path.map(PathBuf::as_path))?);
        let mut extensions = Vec::new();
        for path in &args.extensions {
            extensions.extend(findings.keep(disk::file(&mut sources, path)?));
        }
        if let Some(Input { descriptor, .. }) = input {
            findings.extend(check(&sources, descriptor, &extensions, &target, global));
        }
    }
    let findings = findings.sorted();
    let form = args.output_format.unwrap_or(match global.message_format {
        MessageFormat::Human if global.stdout().terminal => Form::Graphical,
        MessageFormat::Human | MessageFormat::Short => Form::Short,
        MessageFormat::Json => Form::JsonLines,
    });
    print(&match form {
        Form::JsonLines => findings.iter().map(|finding| json::line(&sources, finding) + "\n").collect(),
        Form::Graphical => human::render(&sources, &findings, global.stdout().style()),
        Form::Short => short::render(&sources, &findings),
        Form::Json => json::array(&sources, &findings),
    })?;
    if global.quiet == 0 && form == Form::Graphical {
        complain(&summary(checked, &findings))?;
    }
    Ok(if findings.has_errors() { Exit::Findings } else { Exit::Ok })
}

/// All findings of one descriptor with its extensions, or of one extension.
fn check(sources: &Sources, file: FileId, extensions: &[FileId], target: &Target, global: &Global) -> Findings {
    let mut findings = Findings::default();
    // Reading twice is spared where the word does not even occur.
    if extensions.is_empty() && sources.get(file).text().contains("extends") {
        let alone = load::document(sources, file);
        if !matches!(alone.product, Some(Document::Descriptor(_))) {
            return alone.findings;
        }
    }
    if let Some(merged) = sound(stage::combine(sources, file, extensions, target), &mut findings) {
        // No value is shown, so any seed will do.
        let facts = facts(global, Generator::new([0; 32]));
        if let Some(asking) = sound(stage::ask(merged, target, &facts), &mut findings) {
            let (questions, filled) = (asking.questions.len(), asking.filled.clone());
            let concluded = stage::conclude(asking, vec![Vec::new(); questions], target);
            let finished = concluded.product.is_some();
            if let Some(stages) = concluded.product {
                findings.keep(plan::desired::desired(stages, target, sources, &Wishes { start: Start::Yes }));
            }
            // Which entries there are is known where the application is deployed, not here.
            findings.extend(concluded.findings.into_iter().filter(|found| found.code != &CONFIG_NO_MATCH).collect());
            if !finished && !findings.has_errors() {
                findings.keep(order::order(&filled));
            }
        }
    }
    let unknown = |finding: &Finding| {
        // The descriptor may be for another platform as well, which builds from source.
        finding.code == &MISSING_IMAGE
            || (finding.code == &MANDATORY_WITHOUT_VALUE && extensions.is_empty())
            || (finding.code == &UNRESOLVED_PLACEHOLDER && global.target.is_none())
    };
    let as_known_here = |mut finding: Finding| {
        if unknown(&finding) {
            finding.severity = Severity::Warning;
        }
        finding
    };
    findings.into_iter().map(as_known_here).collect()
}

/// `2 errors, 1 warning in 3 files`.
fn summary(files: usize, findings: &Findings) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counted = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let parts: Vec<String> = [
        counted(count(Severity::Error), "error", "errors"),
        counted(count(Severity::Warning), "warning", "warnings"),
        counted(count(Severity::Info), "hint", "hints"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    format!("{found} in {}\n", counted(files, "file", "files").unwrap_or_default())
}
