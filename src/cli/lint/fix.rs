//! `lint --fix` and `--diff`: what can be mended is mended, or shown.

use super::Args;
use super::files::Gathered;
use super::output::{Destination, Output};
use crate::cli::Global;
use crate::cli::console::{complain, print};
use crate::cli::exit::{Exit, Failure, said};
use crate::disk::{NotReplaced, Replacement};
use crate::finding::{Applicability, Findings};
use crate::lint::fix::{Fixed, fix};
use crate::package::Origin;
use crate::report::diff;
use crate::source::{FileId, Sources};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Apply the fixes that keep the meaning, and report what is left; of standard input, the fixed text is the result
    #[arg(long, help_heading = "Fixes")]
    pub fix: bool,
    /// With `--fix` or `--diff`: the fixes that guess, or change the meaning, too
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Show what `--fix` would change, and change nothing, also beside `--fix`
    #[arg(long, help_heading = "Fixes")]
    pub diff: bool,
}

/// A file that may be changed, and what it is on the disk.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: FileId,
    /// `None` for standard input.
    pub path: Option<PathBuf>,
}

/// Everything that was gathered, if it can be changed.
pub fn documents(args: &Args, sources: &Sources, gathered: &Gathered) -> Result<Vec<Document>, Failure> {
    let archived = gathered.work.iter().find(|work| matches!(work.input.origin, Origin::Archive(_)));
    if let Some(work) = archived {
        let name = sources.get(work.input.descriptor).name();
        return Err(not_in_archive(name.split('!').next().unwrap_or(name)));
    }
    let standard_input = args.stdin_filename.as_deref().unwrap_or(Path::new("-"));
    let path = |file| Some(PathBuf::from(sources.get(file).name())).filter(|path| path != standard_input);
    Ok(gathered.readable().into_iter().map(|file| Document { file, path: path(file) }).collect())
}

/// What is to be done with the fixes of findings.
pub struct Mending {
    /// How daring they may be.
    most: Applicability,
    result: Shown,
}

/// What is written to standard output, in the place of findings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    /// Standard input, fixed.
    Text,
    Difference,
}

impl Options {
    /// `None` when there is only to be looked. `files` and `asked`: what else is on the command line.
    pub fn wanted(&self, files: &[PathBuf], asked: &[Output]) -> Result<Option<Mending>, Failure> {
        let result = match files.iter().any(|path| path.as_os_str() == "-") {
            _ if self.diff => Shown::Difference,
            true => Shown::Text,
            false => Shown::Nothing,
        };
        let printed = || asked.iter().any(|output| output.to == Destination::StandardOutput);
        match (self.fix || self.diff, self.unsafe_fixes) {
            (false, false) => Ok(None),
            (false, true) => {
                Err(Failure::new(Exit::Usage, "`--unsafe-fixes` says which fixes, and not what to do with them")
                    .next("`--fix --unsafe-fixes` applies them; `--diff --unsafe-fixes` shows what would change"))
            }
            (true, _) if result != Shown::Nothing && printed() => {
                let what = if self.diff { "the difference" } else { "the fixed text of `-`" };
                Err(Failure::new(Exit::Usage, format!("findings and {what} would both go to standard output"))
                    .next("give the findings a file: `-o json=FILE`; without `-o`, they go to standard error"))
            }
            (true, risky) => {
                let most = if risky { Applicability::Unsafe } else { Applicability::Safe };
                Ok(Some(Mending { most, result }))
            }
        }
    }
}

impl Mending {
    /// Whether findings have to go elsewhere.
    pub fn takes_standard_output(&self) -> bool {
        self.result != Shown::Nothing
    }

    /// Whether the command should end as one does that has found something: there is a difference.
    pub fn fails(&self, fixed: &Fixed) -> bool {
        self.result == Shown::Difference && fixed.count > 0
    }

    /// Mends the documents, or shows how they would be.
    pub fn run(
        &self,
        given: &Sources,
        documents: Vec<Document>,
        mut check: impl FnMut(&mut Sources) -> Findings,
        global: &Global,
    ) -> Result<Mended, Failure> {
        let Attempt { fixed, changed, refused } = match self.result {
            Shown::Difference => Attempt::at(given, &documents, self.most, &mut check),
            Shown::Text | Shown::Nothing => self.put(given, documents.clone(), &mut check),
        };
        match self.result {
            Shown::Difference => {
                let colour = global.stdout().colour;
                let shown = changed.iter().map(|document| diff::unified(given, &fixed.sources, document.file, colour));
                print(&shown.collect::<String>())?;
            }
            Shown::Text | Shown::Nothing => {
                for document in documents.iter().filter(|document| document.path.is_none()) {
                    print(fixed.sources.get(document.file).text())?;
                }
            }
        }
        for failure in &refused {
            global.show_failure(failure);
        }
        if global.quiet == 0 {
            complain(&self.told(&fixed, changed.len()))?;
        }
        Ok(Mended { fixed, refused: refused.len() })
    }

    /// Writes what can be written. A file that cannot be is left as it is, with all fixes that touch it, and the others are mended
    /// without it: what belongs to a fix of two files is done in both or in none.
    fn put(
        &self,
        given: &Sources,
        mut documents: Vec<Document>,
        check: &mut impl FnMut(&mut Sources) -> Findings,
    ) -> Attempt {
        let mut refused = Vec::new();
        loop {
            let mut attempt = Attempt::at(given, &documents, self.most, check);
            let mut ready = Vec::new();
            let mut out: Vec<FileId> = Vec::new();
            for document in &attempt.changed {
                match prepare(document, given, &attempt.fixed.sources) {
                    Ok(prepared) => ready.extend(prepared),
                    Err(failure) => {
                        refused.push(failure);
                        out.push(document.file);
                    }
                }
            }
            if out.is_empty() {
                for (path, replacement) in ready {
                    refused.extend(replacement.put().err().map(|error| unchanged(&path, error)));
                }
                attempt.refused = refused;
                return attempt;
            }
            documents.retain(|document| !out.contains(&document.file));
        }
    }

    fn told(&self, fixed: &Fixed, files: usize) -> String {
        let counted = |number: usize, noun: &str| match number {
            1 => format!("1 {noun}"),
            many => format!("{many} {noun}s"),
        };
        let (done, nothing) = match self.result {
            Shown::Difference => ("would fix", "nothing would be fixed"),
            Shown::Text | Shown::Nothing => ("fixed", "nothing was fixed"),
        };
        let comments = match (fixed.comments, self.result) {
            (0, _) => String::new(),
            (lost, Shown::Difference) => format!("; {} would go with what is deleted", counted(lost, "comment")),
            (lost, _) => format!("; {} went with what was deleted", counted(lost, "comment")),
        };
        match fixed.count {
            0 => format!("{nothing}\n"),
            count => format!("{done} {} in {}{comments}\n", counted(count, "finding"), counted(files, "file")),
        }
    }
}

/// What came of it: texts and what is left to be said of them, and how many files could not be written. Those were told.
pub struct Mended {
    pub fixed: Fixed,
    pub refused: usize,
}

/// Fixed texts that are not written yet.
struct Attempt {
    fixed: Fixed,
    changed: Vec<Document>,
    /// Why files could not be written.
    refused: Vec<Failure>,
}

impl Attempt {
    fn at(
        given: &Sources,
        documents: &[Document],
        most: Applicability,
        check: &mut impl FnMut(&mut Sources) -> Findings,
    ) -> Attempt {
        let files: Vec<FileId> = documents.iter().map(|document| document.file).collect();
        let fixed = fix(given, &files, most, check);
        let changed = |document: &&Document| given.get(document.file).text() != fixed.sources.get(document.file).text();
        let changed = documents.iter().filter(changed).cloned().collect();
        Attempt { fixed, changed, refused: Vec::new() }
    }
}

/// `None` for standard input.
fn prepare(document: &Document, before: &Sources, after: &Sources) -> Result<Option<(PathBuf, Replacement)>, Failure> {
    let Some(path) = &document.path else { return Ok(None) };
    let (before, after) = (before.get(document.file).text(), after.get(document.file).text());
    match Replacement::prepare(path, before, after) {
        Ok(replacement) => Ok(Some((path.clone(), replacement))),
        Err(error) => Err(unchanged(path, error)),
    }
}

fn unchanged(path: &Path, error: NotReplaced) -> Failure {
    let failure = Failure::new(Exit::Usage, format!("`{}` cannot be changed", path.display()));
    match error {
        NotReplaced::Changed => {
            failure.why(error.to_string()).next("save it where it is open, and run the command again")
        }
        NotReplaced::ReadOnly => failure.why(error.to_string()).next("`chmod u+w` makes it writable"),
        NotReplaced::Io(error) => failure.why(said(&error)).next("check who owns the file and the folder it is in"),
    }
}

/// What is in an archive was made from something else, and that is what should change.
fn not_in_archive(name: &str) -> Failure {
    Failure::new(Exit::Usage, format!("`{name}` is an archive, and nothing is changed in archives"))
        .next("fix the descriptor that it was made from, and make it again: `windlass pack`")
}
