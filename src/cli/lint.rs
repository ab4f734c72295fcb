//! `windlass lint`: everything that can be said about descriptors and extensions without deploying them.

mod fix;
mod output;

use super::Global;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::{each_once, facts};
use super::settings::Settings;
use super::target::known::target;
use crate::descriptor::Module;
use crate::disk;
use crate::finding::{CONTENT_MISSING, Finding, Findings, Severity};
use crate::lint::{self, Job};
use crate::name::ModuleName;
use crate::package::{
    self, Input, Origin, contents_of,
    parameters::{Absence, attached},
};
use crate::plan::parameters;
use crate::report::lint::Report;
use crate::source::{FileId, Sources};
use crate::stage;
use crate::target::supply::Supplies;
use crate::target::{Facts, Generator, Target};
use fix::{Document, Mending};
use output::Outputs;
use std::path::{Path, PathBuf};

/// Check descriptors, extensions and archives, alone and merged
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 no error, 1 at least one, 64 a file that cannot be read. Warnings do not fail. With `--fix`, what is left
counts; with `--diff`, 1 also says that something would change.

Examples:
  windlass lint mtad.yaml -e prod.mtaext          The descriptor, the extension, and both together
  windlass lint */mtad.yaml -o json               Several descriptors, for programs
  windlass lint -o short -o sarif=windlass.sarif  For people, and for code scanning
  windlass lint --fix --unsafe-fixes              Mend what can be mended, guesses included
  windlass lint --diff                            What `--fix` would change")]
pub struct Args {
    /// Descriptors, extensions, folders or archives (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Extension descriptor of FILE; may be repeated or hold commas, in any order
    #[arg(short, long = "extension", value_name = "FILE", value_delimiter = ',')]
    pub extensions: Vec<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub fixes: fix::Options,
    /// Form of the findings; with `=FILE` into a file. May be repeated (default: graphical on a terminal, annotations in
    /// GitHub Actions, else short)
    #[arg(short, long, value_name = "FORM[=FILE]", value_parser = output::Parser)]
    pub output_format: Vec<output::Output>,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    if !args.extensions.is_empty() && args.files.len() > 1 {
        return Err(Failure::new(Exit::Usage, "`-e` belongs to one descriptor, and several are given")
            .next("check them one by one"));
    }
    if !args.settings.is_empty() && args.files.len() > 1 {
        return Err(Failure::new(Exit::Usage, "`--set` and the like belong to one descriptor, and several are given")
            .next("check them one by one"));
    }
    each_once(&args.extensions)?;
    let mending = args.fixes.wanted(&args.files, &args.output_format)?;
    let mut outputs = Outputs::new(args.output_format, global)?;
    if mending.as_ref().is_some_and(Mending::takes_standard_output) {
        outputs.leave_standard_output();
    }
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let given = args.settings.open(&mut sources, &mut findings)?;
    let target = target(global, &mut sources, &mut findings)?;
    let facts = facts(global, Generator::new([0; 32]), Supplies::unasked());
    let files = if args.files.is_empty() { vec![None] } else { args.files.iter().map(Some).collect() };
    let target_is_known = global.target_file()?.is_some();
    let (mut checked, mut inputs, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        let known = sources.files().count();
        let input = findings.keep(package::open(&mut sources, path.map(PathBuf::as_path))?);
        let opened = input.as_ref().map(|input| input.descriptor).or_else(|| sources.files().nth(known));
        let mut extensions = Vec::new();
        for path in &args.extensions {
            let file = findings.keep(disk::file(&mut sources, path)?);
            documents.extend(file.map(|file| Document::new(&sources, file, Some(path))));
            extensions.extend(file);
        }
        checked.extend(opened.into_iter().chain(extensions.iter().copied()));
        if let Some(input) = input {
            if mending.is_some() && matches!(input.origin, Origin::Archive(_)) {
                return Err(fix::not_in_archive(&path.unwrap_or(&PathBuf::new()).to_string_lossy()));
            }
            documents.push(Document::new(&sources, input.descriptor, path.map(PathBuf::as_path)));
            inputs.push((input, extensions));
        }
    }
    let check = |sources: &mut Sources| {
        let mut findings = Findings::default();
        for (input, extensions) in &inputs {
            findings.extend(about_files(sources, input, extensions, &target, &facts));
            let job = Job {
                sources,
                file: input.descriptor,
                extensions,
                given: &given,
                target: &target,
                target_is_known,
                facts: &facts,
                beside: &|file, path| beside(sources, file, path),
            };
            findings.extend(lint::check(&job));
        }
        findings
    };
    let mut fails = false;
    match mending {
        None => findings.extend(check(&mut sources)),
        Some(mending) => {
            let fixed = mending.run(&sources, &documents, check, global)?;
            fails = mending.fails(&fixed);
            sources = fixed.sources;
            findings.extend(fixed.findings);
        }
    }
    let findings = findings.sorted();
    let report = Report {
        sources: &sources,
        findings: &findings,
        files: &checked,
        paths: &output::paths(),
        fails: Severity::Error,
    };
    outputs.write(&report, global)?;
    Ok(if fails || findings.has_errors() { Exit::Findings } else { Exit::Ok })
}

/// Whether a path leads to something, seen from a document. Of a text without a folder nobody can say.
fn beside(sources: &Sources, file: FileId, path: &str) -> bool {
    let name = sources.get(file).name();
    name.contains('!') || name == "<stdin>" || disk::exists(&Path::new(name).with_file_name(path))
}

/// What is wrong with the files that a descriptor speaks of: parameters of services, content of modules. Whether there are
/// any is seen before the descriptor is read twice for them.
fn about_files(
    sources: &mut Sources,
    input: &Input,
    extensions: &[FileId],
    target: &Target,
    facts: &Facts,
) -> Findings {
    let manifest = match &input.origin {
        Origin::Archive(archive) => Some(&archive.manifest),
        Origin::Folder { manifest, .. } => manifest.as_ref(),
        Origin::Nowhere => return Findings::default(),
    };
    let said = |word| sources.get(input.descriptor).text().contains(word);
    let some =
        manifest.is_some_and(|manifest| manifest.named().next().is_some()) || said("config-path") || said("content");
    let merged = some.then(|| stage::combine(sources, input.descriptor, extensions, target).product).flatten();
    match merged.and_then(|merged| stage::ask(merged, target, facts).product) {
        Some(asking) => {
            let mut findings = attached(sources, &input.origin, &asking.filled, target, Absence::Warning).findings;
            // All that is in an archive is unpacked once; of a folder only what will be carried.
            let packed =
                |module: &&Module| manifest.is_some_and(|manifest| manifest.modules.contains_key(&module.name.value));
            let mut modules = parameters::with_content(&asking.filled);
            let asked: Vec<&ModuleName> = modules.iter().map(|(module, _)| &module.name.value).collect();
            let others =
                asking.filled.modules.iter().filter(packed).filter(|module| !asked.contains(&&module.name.value));
            let others: Vec<_> = others.map(|module| (module, module.name.span)).collect();
            modules.extend(others);
            let contents = contents_of(sources, &input.origin, &modules);
            // A folder may be built later.
            let known = |mut finding: Finding| {
                if manifest.is_none() && finding.code == &CONTENT_MISSING {
                    finding.severity = Severity::Warning;
                }
                finding
            };
            findings.extend(contents.findings.into_iter().map(known).collect());
            findings
        }
        // What is wrong before is told by the rules.
        None => Findings::default(),
    }
}
