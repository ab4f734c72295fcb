//! Baselines: what is done with findings that were there before.
//!
//! A baseline is for the files whose settings name it, or for all when the command line does. One that is named and cannot be
//! read is told with who named it: without it, everything that a project has put aside would be told as if it were new.

use super::Args;
use super::projects::{Projects, place};
use crate::cli::Global;
use crate::cli::config::find::shown;
use crate::cli::exit::{Exit, Failure, said};
use crate::cli::whole_file;
use crate::disk::{self, DiskError};
use crate::finding::{Finding, Findings};
use crate::lint::control::Looked;
use crate::report::baseline::{self, Baseline};
use crate::source::{FileId, Sources};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What becomes of them.
pub enum Known {
    Shown,
    /// Held back, by as many baselines as there are projects.
    HeldBack(Vec<Read>),
    /// They become a baseline.
    Written {
        path: PathBuf,
    },
}

/// A baseline that was read.
pub struct Read {
    path: PathBuf,
    baseline: Baseline,
    named: Named,
}

/// Who named a baseline, and so for which files it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// For all.
    OnCommandLine,
    /// For those with these settings.
    InSettings,
}

impl Read {
    fn is_for(&self, file: FileId, projects: &Projects<'_>) -> bool {
        let names_it = || projects.of(file).baseline.as_ref().is_some_and(|named| named.value == self.path);
        self.named == Named::OnCommandLine || names_it()
    }
}

/// A baseline that is not written yet.
pub struct Kept {
    path: PathBuf,
    text: String,
    count: usize,
}

impl Known {
    /// Reads the baselines that there are.
    pub fn new(
        args: &Args,
        projects: &Projects<'_>,
        files: &[FileId],
        sources: &mut Sources,
        findings: &mut Findings,
    ) -> Result<Known, Failure> {
        if let Some(path) = &args.write_baseline {
            // What is written is not compared with what was there.
            return Ok(Known::Written { path: path.clone() });
        }
        let mut all: Vec<Read> = Vec::new();
        if let Some(path) = &args.baseline {
            let baseline = read(path, "`--baseline` names it", &projects.here, sources, findings)?;
            all.push(Read { path: path.clone(), baseline, named: Named::OnCommandLine });
        } else {
            for file in files {
                let Some(named) = &projects.of(*file).baseline else { continue };
                if !all.iter().any(|read| read.path == named.value) {
                    let by = format!("`lint.baseline` in {} names it", sources.line_of(named.span));
                    let path = named.value.clone();
                    let baseline = read(&path, &by, &projects.here, sources, findings)?;
                    all.push(Read { path, baseline, named: Named::InSettings });
                }
            }
        }
        Ok(if all.is_empty() { Known::Shown } else { Known::HeldBack(all) })
    }

    /// Marks what is known, and adds what is known and gone. `can_be` says which findings a baseline may hold back.
    pub fn apply(
        &self,
        sources: &Sources,
        findings: Findings,
        looked: &[Looked],
        projects: &Projects<'_>,
        can_be: impl Fn(&Finding) -> bool,
    ) -> (Findings, Option<Kept>) {
        let here = &projects.here;
        let name = |file, path: &Path| name(sources, file, here, &folder_of(path, here));
        match self {
            Known::Shown => (findings, None),
            Known::HeldBack(all) => {
                let mut left = Findings::default();
                let mut rest = findings;
                for read in all {
                    let Read { path, baseline, .. } = read;
                    let is_theirs = |file: FileId| read.is_for(file, projects);
                    let (theirs, others): (Vec<Finding>, Vec<Finding>) =
                        rest.into_iter().partition(|finding| is_theirs(finding.at.file));
                    rest = others.into_iter().collect();
                    let theirs: Findings = theirs.into_iter().collect();
                    let looked = looked.iter().filter(|looked| is_theirs(looked.file));
                    let looked: BTreeSet<String> = looked.map(|looked| name(looked.file, path)).collect();
                    let folder = folder_of(path, here);
                    let looked_at = |file: &str| looked.contains(file) || !disk::exists(&folder.join(file));
                    let all = baseline::known(sources, &theirs, |file| name(file, path));
                    left.extend(baseline.hold_back(&all, &can_be, looked_at));
                }
                left.extend(rest);
                (left.sorted(), None)
            }
            Known::Written { path } => {
                let all = || baseline::known(sources, &findings, |file| name(file, path));
                let kept: Vec<_> = all().into_iter().filter(|one| can_be(one.finding)).collect();
                let text = baseline::write(&kept);
                let left = Baseline::of(&kept).hold_back(&all(), &can_be, |_| false);
                (left, Some(Kept { path: path.clone(), text, count: kept.len() }))
            }
        }
    }
}

impl Kept {
    pub fn write(&self, global: &Global) -> Result<(), Failure> {
        whole_file::write(&self.path, &self.text)?;
        let count = if self.count == 1 { "1 finding".to_owned() } else { format!("{} findings", self.count) };
        global.note(&format!("`{}` is written, with {count}", self.path.display()));
        Ok(())
    }
}

/// `by`: who named it.
fn read(
    path: &Path,
    by: &str,
    here: &Path,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Baseline, Failure> {
    let shown = shown(here, path).display().to_string();
    let again = format!("`windlass lint --write-baseline {shown}` writes it, of what there is now");
    let failure =
        |what: &str, why: String| Failure::new(Exit::Usage, format!("the baseline `{shown}` {what}")).why(why);
    let file = match disk::file(sources, path) {
        Ok(read) => findings.keep(read),
        Err(error @ (DiskError::Missing { .. } | DiskError::MissingFolder { .. })) => {
            let failure = failure("does not exist", by.to_owned()).next(again);
            return Err(match error {
                DiskError::Missing { near: Some(near), .. } => {
                    failure.next(format!("or did you mean `{}`?", near.display()))
                }
                _ => failure,
            });
        }
        Err(error) => {
            let why = match &error {
                DiskError::Denied { .. } => "permission denied".to_owned(),
                DiskError::Folder { .. } => "it is a folder".to_owned(),
                DiskError::Archive { .. } => "it is an archive".to_owned(),
                DiskError::Unreadable { source, .. } => said(source),
                DiskError::StandardInputTwice
                | DiskError::NoDescriptor { .. }
                | DiskError::Missing { .. }
                | DiskError::MissingFolder { .. } => error.what(),
            };
            let failure = failure("cannot be read", format!("{why}; {by}"));
            return Err(match &error {
                DiskError::Folder { .. } => failure.next("name the file in it"),
                _ => failure.next(again),
            });
        }
    };
    Ok(match file {
        Some(file) if sources.get(file).text().trim().is_empty() => {
            return Err(failure("is empty", format!("{by}; one without findings has a `version` and an empty list"))
                .next(again));
        }
        Some(file) => findings.keep(baseline::read(sources, file)),
        // Why it is no text is among the findings.
        None => Baseline::default(),
    })
}

fn folder_of(path: &Path, here: &Path) -> PathBuf {
    disk::tidy(&here.join(path)).parent().map(Path::to_owned).unwrap_or_default()
}

/// What a text is called from a folder: `../shop/mtad.yaml`, with slashes on every system.
fn name(sources: &Sources, file: FileId, here: &Path, folder: &Path) -> String {
    let called = sources.get(file).name();
    let Some(path) = place(sources, file, here) else { return called.to_owned() };
    let inside = called.split_once('!').map(|(_, inside)| format!("!{inside}")).unwrap_or_default();
    let common = path.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = path.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/") + &inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_from_the_folder_of_the_baseline() {
        let mut sources = Sources::default();
        let here = Path::new("/srv/shop");
        for (called, folder, expected) in [
            ("mtad.yaml", "/srv/shop", "mtad.yaml"),
            ("./db/../web/mtad.yaml", "/srv/shop", "web/mtad.yaml"),
            ("web/mtad.yaml", "/srv/shop/ci", "../web/mtad.yaml"),
            ("/srv/other/a.mtar!META-INF/mtad.yaml", "/srv/shop", "../other/a.mtar!META-INF/mtad.yaml"),
            ("-", "/srv/shop", "-"),
        ] {
            let file = sources.add(called, "");
            assert_eq!(name(&sources, file, here, Path::new(folder)), expected, "{called}");
        }
    }
}
