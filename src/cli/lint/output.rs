//! What `lint` prints and where: `-o FORM`, `-o FORM=FILE`, several at once, or what suits the place when nobody says.

use super::super::console::{complain, print, variable};
use super::super::exit::{Exit, Failure};
use super::super::{Global, MessageFormat, whole_file};
use crate::finding::{Applicability, Finding, Findings, SuppressedBy};
use crate::report::lint::{Paths, Report, azure, checkstyle, counted, github, gitlab, junit, markdown, rdjson, sarif};
use crate::report::{human, json, short};
use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, ValueEnum};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

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
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// Logging commands of Azure Pipelines
    Azure,
    /// JUnit's XML: a suite for each file
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// Tables for a comment on a pull request
    Markdown,
    /// Reviewdog's diagnostics
    Rdjson,
}

/// One of the things that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub form: Form,
    pub to: Destination,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    StandardOutput,
    File(PathBuf),
}

/// Reads `FORM` and `FORM=FILE`; `-` as a file is standard output.
#[derive(Clone, Debug)]
pub struct Parser;

impl TypedValueParser for Parser {
    type Value = Output;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Output, clap::Error> {
        let form = |name: &OsStr| EnumValueParser::<Form>::new().parse_ref(command, argument, name);
        let Some((name, file)) = value.to_str().and_then(|text| text.split_once('=')) else {
            return Ok(Output { form: form(value)?, to: Destination::StandardOutput });
        };
        let form = form(OsStr::new(name))?;
        match file {
            "" => Err(no_file(command, argument, name)),
            "-" => Ok(Output { form, to: Destination::StandardOutput }),
            file => Ok(Output { form, to: Destination::File(OsString::from(file).into()) }),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Form::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

/// `sarif=`: the name of a file must follow.
fn no_file(command: &Command, argument: Option<&Arg>, form: &str) -> clap::Error {
    let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
    if let Some(argument) = argument {
        error.insert(ContextKind::InvalidArg, ContextValue::String(argument.to_string()));
    }
    error.insert(ContextKind::InvalidValue, ContextValue::String(format!("{form}=")));
    error.insert(ContextKind::ValidValue, ContextValue::Strings(vec![format!("{form}=FILE")]));
    error
}

/// Where everything goes. Known before anything is checked, so that a slip in the options costs no time.
#[derive(Debug)]
pub struct Outputs {
    asked: Vec<Output>,
    automatic: Automatic,
}

/// What happens when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Automatic {
    Print(Form),
    /// Standard output is for something else.
    Complain,
    /// Annotations for the page, and lines for whoever reads the log.
    GithubActions,
}

impl Outputs {
    pub fn new(asked: Vec<Output>, global: &Global) -> Result<Outputs, Failure> {
        let printed: Vec<&Output> = asked.iter().filter(|output| output.to == Destination::StandardOutput).collect();
        if printed.len() > 1 {
            return Err(Failure::new(Exit::Usage, "two forms would go to standard output, one inside the other")
                .next("give all but one a file: `-o sarif=FILE`"));
        }
        for (at, output) in asked.iter().enumerate() {
            if let Destination::File(path) = &output.to
                && asked[..at].iter().any(|other| other.to == output.to)
            {
                return Err(Failure::new(Exit::Usage, format!("two forms would go to `{}`", path.display()))
                    .next("give each a file of its own"));
            }
        }
        let in_actions = variable("GITHUB_ACTIONS").as_deref() == Some("true");
        let automatic = match global.message_format {
            MessageFormat::Human if in_actions => Automatic::GithubActions,
            MessageFormat::Human if global.stdout().terminal => Automatic::Print(Form::Graphical),
            MessageFormat::Human | MessageFormat::Short => Automatic::Print(Form::Short),
            MessageFormat::Json => Automatic::Print(Form::JsonLines),
        };
        Ok(Outputs { asked, automatic })
    }

    /// Lets findings go to standard error: something else is the result.
    pub fn leave_standard_output(&mut self) {
        self.automatic = Automatic::Complain;
    }

    /// Standard output first: a file that cannot be written takes nothing away from it.
    pub fn write(&self, report: &Report<'_>, fixes: Fixes, global: &Global) -> Result<(), Failure> {
        let (counting, _) = report.findings.clone().apart();
        let text = |form| render(form, report, &counting, global);
        let printed = match (&*self.asked, self.automatic) {
            ([], Automatic::Print(form)) => Some(form),
            ([], Automatic::Complain) => None,
            ([], Automatic::GithubActions) => {
                complain(&short::render(report.sources, &counting))?;
                Some(Form::Github)
            }
            (asked, _) => {
                asked.iter().find(|output| output.to == Destination::StandardOutput).map(|output| output.form)
            }
        };
        match printed {
            Some(form) => print(&text(form))?,
            // All of it goes to files, which nobody reads while the command runs, or standard output is taken.
            None => global.show_findings(report.sources, &counting),
        }
        for output in &self.asked {
            if let Destination::File(path) = &output.to {
                whole_file::write(path, &text(output.form))?;
            }
        }
        if global.quiet == 0 && printed.is_none_or(|form| form == Form::Graphical) {
            complain(&summary(report, fixes))?;
        }
        Ok(())
    }
}

fn render(form: Form, report: &Report<'_>, counting: &Findings, global: &Global) -> String {
    let Report { sources, .. } = *report;
    match form {
        Form::Graphical => human::render(sources, counting, global.stdout().style()),
        Form::Short => short::render(sources, counting),
        Form::Json => json::array(sources, counting),
        Form::JsonLines => json::lines(sources, counting).into_iter().map(|line| line + "\n").collect(),
        Form::Sarif => sarif::render(report),
        Form::Github => github::render(report),
        Form::Gitlab => gitlab::render(report),
        Form::Azure => azure::render(report),
        Form::Junit => junit::render(report),
        Form::Checkstyle => checkstyle::render(report),
        Form::Markdown => markdown::render(report),
        Form::Rdjson => rdjson::render(report),
    }
}

/// What was done about fixes in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixes {
    Offered,
    /// Those that were asked for, so that what is left needs something else.
    Applied,
}

/// `2 errors, 1 warning in 3 files; 4 known findings are not shown; 2 can be fixed with `--fix``.
fn summary(report: &Report<'_>, fixes: Fixes) -> String {
    let files = if report.files.len() == 1 { "1 file".to_owned() } else { format!("{} files", report.files.len()) };
    let by_baseline =
        |finding: &&Finding| finding.suppression.as_ref().is_some_and(|it| it.by == SuppressedBy::Baseline);
    let known = match report.findings.iter().filter(by_baseline).count() {
        0 => String::new(),
        1 => "; 1 known finding is not shown".to_owned(),
        many => format!("; {many} known findings are not shown"),
    };
    format!("{} in {files}{known}{}\n", counted(report.findings), mendable(report, fixes))
}

/// How many of what counts a program can mend. Nothing is changed in archives.
fn mendable(report: &Report<'_>, fixes: Fixes) -> String {
    let is_file = |finding: &&Finding| {
        report.files.contains(&finding.at.file) && !report.sources.get(finding.at.file).name().contains('!')
    };
    let counting = report.findings.iter().filter(|finding| finding.suppression.is_none()).filter(is_file);
    let fixes_found: Vec<Applicability> =
        counting.filter_map(|finding| finding.fix.as_ref()).map(|fix| fix.applicability).collect();
    let count = |wanted: Applicability| fixes_found.iter().filter(|one| **one == wanted).count();
    let safe = if fixes == Fixes::Offered { count(Applicability::Safe) } else { 0 };
    match (safe, count(Applicability::Unsafe)) {
        (0, 0) => String::new(),
        (safe, 0) => format!("; {safe} can be fixed with `--fix`"),
        (0, risky) => format!("; {risky} can be fixed with `--fix --unsafe-fixes`"),
        (safe, risky) => format!("; {safe} can be fixed with `--fix`, {risky} more with `--unsafe-fixes` too"),
    }
}

/// Platforms say in a variable where the repository is, and look there for the files of findings.
pub fn paths() -> Paths {
    let root = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"].into_iter().find_map(variable);
    match (root, std::env::current_dir()) {
        (Some(root), Ok(folder)) => Paths::from_root(&root, &folder.to_string_lossy()),
        (None, Ok(folder)) => Paths::from_folder(&folder.to_string_lossy()),
        _ => Paths::as_given(),
    }
}
