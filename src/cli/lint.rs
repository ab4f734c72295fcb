//! `windlass lint`: everything that can be said about descriptors and extensions without deploying them.

mod check;
mod files;
mod fix;
mod judge;
mod known;
mod output;
mod projects;
mod rules;
mod usage;

use super::Global;
use super::exit::{Exit, Outcome};
use super::inputs::facts;
use super::kept::Kept;
use super::settings::Settings;
use super::target::known::{content, target_of};
use crate::config::FailOn;
use crate::finding::{Finding, Findings, TOML_SYNTAX};
use crate::report::lint::Report;
use crate::source::Sources;
use crate::target::Generator;
use crate::target::supply::Supplies;
use check::{Known, check};
use fix::Mending;
use judge::Judge;
use output::{Fixes, Outputs};
use projects::Projects;
use std::path::PathBuf;

/// Check descriptors, extensions and archives, alone and merged
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A folder is looked through: descriptors and extensions are known by name or content, ignore files and `exclude` are respected, and
extensions are checked with the descriptor beside them that they extend. A file that is named is always checked, by itself or with `-e`.
Settings of a file are those of the nearest windlass.toml from its own folder upwards; `--config` names one for all.

Exit codes: 0 nothing that fails, 1 at least one finding that fails (`--fail-on`), 64 a file that cannot be read, one that `--fix` cannot
write, or a folder without descriptors. With `--fix`, what is left counts; with `--diff`, 1 also says that something would change, unless nothing is to fail.

Examples:
  windlass lint mtad.yaml -e prod.mtaext          The descriptor, the extension, and both together
  windlass lint . --fail-on warning               Everything in this folder and below
  windlass lint */mtad.yaml -o json               Several descriptors, for programs
  windlass lint -o short -o sarif=windlass.sarif  For people, and for code scanning
  windlass lint --fix --unsafe-fixes              Mend what can be mended, guesses included
  windlass lint --diff                            What `--fix` would change
  windlass lint . --write-baseline known.json     Keep what there is; with `--baseline known.json` only what is new is shown
  windlass lint --rules                           All there is to find")]
pub struct Args {
    /// Descriptors, extensions, folders or archives (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Extension descriptor of FILE; may be repeated or hold commas, in any order
    #[arg(short, long = "extension", value_name = "FILE", value_delimiter = ',')]
    pub extensions: Vec<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    /// What standard input (`-`) is called in messages, and the file that its paths are relative to
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,
    /// Pass over also files that are named when `exclude` has them: for hooks, which name what has changed
    #[arg(long)]
    pub force_exclude: bool,
    /// From which severity on a finding makes the command end with 1 (default: error)
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOnArg>,
    /// Take what may run something else tomorrow as an error: images without a host, or without a tag other than `latest`
    #[arg(long)]
    pub strict: bool,
    /// End with 0 whatever is found, and whatever `--fail-on` says
    #[arg(long)]
    pub exit_zero: bool,
    /// Take no notice of comments that allow findings
    #[arg(long)]
    pub no_allow: bool,
    /// Do not show the findings that FILE knows; errors are always shown
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Keep all findings but errors in FILE, for `--baseline`; no other baseline counts then
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    #[command(flatten)]
    pub fixes: fix::Options,
    /// Form of the findings; with `=FILE` into a file. May be repeated (default: graphical on a terminal, annotations in
    /// GitHub Actions, else short)
    #[arg(short, long, value_name = "FORM[=FILE]", value_parser = output::Parser)]
    pub output_format: Vec<output::Output>,
    /// List all rules with severity and fix instead; `windlass explain CODE` shows the page of one
    #[arg(long)]
    pub rules: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOnArg {
    Error,
    Warning,
    Info,
    Never,
}

impl From<FailOnArg> for FailOn {
    fn from(argument: FailOnArg) -> FailOn {
        match argument {
            FailOnArg::Error => FailOn::Error,
            FailOnArg::Warning => FailOn::Warning,
            FailOnArg::Info => FailOn::Info,
            FailOnArg::Never => FailOn::Never,
        }
    }
}

pub fn run(args: Args, global: &Global) -> Outcome {
    usage::check(&args)?;
    if args.rules {
        return rules::show(&args.output_format);
    }
    let mending = args.fixes.wanted(&args.files, &args.output_format)?;
    let mut outputs = Outputs::new(args.output_format.clone(), global)?;
    if mending.as_ref().is_some_and(Mending::takes_standard_output) {
        outputs.leave_standard_output();
    }
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let mut projects = Projects::new(global, &mut sources, &mut findings)?;
    let given = args.settings.open(&mut sources, &mut findings, &mut Kept::default())?;
    // Settings that cannot be read may hold the target. That is told, and the rest checked as if there was none.
    let broken = findings.iter().any(|finding| finding.code == &TOML_SYNTAX);
    let located = if broken { None } else { global.target_file()? };
    let node = content(global, located.as_ref(), &mut sources, &mut findings)?;
    let target = target_of(global, located.as_ref(), node.as_ref(), &mut findings)?;
    let facts = facts(global, Generator::new([0; 32]), Supplies::unasked());
    let gathered = files::gather(&args, &mut projects, global, &mut sources, &mut findings)?;
    let files = gathered.files();
    let baseline = known::Known::new(&args, &projects, &files, &mut sources, &mut findings)?;
    let judge = Judge::new(&args, &projects, baseline);
    let known = Known { given: &given, target: &target, target_is_known: located.is_some(), facts: &facts };
    let mut fails = false;
    let mut refused = 0;
    let fixes = mending.as_ref().map_or(Fixes::Offered, |_| Fixes::Applied);
    let found = match mending {
        None => {
            let checked = check(&mut sources, &gathered.work, &known);
            let judged = judge.judge(&sources, checked);
            if let Some(kept) = &judged.kept {
                kept.write(global)?;
            }
            judged.findings
        }
        Some(mending) => {
            let documents = fix::documents(&args, &sources, &gathered)?;
            let check = |sources: &mut Sources| {
                let checked = check(sources, &gathered.work, &known);
                judge.judge(sources, checked).findings
            };
            let mended = mending.run(&sources, documents, check, global)?;
            fails = mending.fails(&mended.fixed) && judge.can_fail();
            refused = mended.refused;
            sources = mended.fixed.sources;
            mended.fixed.findings
        }
    };
    let mut findings = judge.levelled(&sources, findings);
    findings.extend(found);
    let findings = findings.sorted();
    fails |= judge.fails(&findings);
    let report = Report {
        sources: &sources,
        findings: &findings,
        files: &files,
        paths: &output::paths(),
        fails: &|finding: &Finding| finding.severity <= judge.mildest(finding.at.file),
    };
    outputs.write(&report, fixes, global)?;
    Ok(match (refused, fails) {
        (0, false) => Exit::Ok,
        (0, true) => Exit::Findings,
        (_, _) => Exit::Usage,
    })
}
