//! What becomes of the findings: comments, baseline, severities, and whether the command fails.

use super::Args;
use super::check::Checked;
use crate::cli::Global;
use crate::cli::config::find::current_folder;
use crate::cli::exit::Failure;
use crate::cli::whole_file;
use crate::config::{self, FailOn};
use crate::disk;
use crate::finding::{Finding, Findings, Severity};
use crate::lint::control::{Comments, Control, Looked};
use crate::report::baseline::{self, Baseline};
use crate::source::{FileId, Sources};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// What the command line, the settings and the documents say about findings.
pub struct Judge<'a> {
    settings: &'a config::Settings,
    comments: Comments,
    known: Known,
    pub fail_on: FailOn,
    /// Where the process is.
    here: PathBuf,
}

/// What is done with findings that were there before.
enum Known {
    Shown,
    HeldBack {
        path: PathBuf,
        baseline: Baseline,
    },
    /// They become a baseline.
    Written {
        path: PathBuf,
    },
}

/// Findings as they are shown; those that comments allow or a baseline knows are marked as suppressed.
pub struct Judged {
    pub findings: Findings,
    /// What is to be written.
    pub kept: Option<Kept>,
}

/// A baseline that is not written yet.
pub struct Kept {
    path: PathBuf,
    text: String,
    count: usize,
}

impl<'a> Judge<'a> {
    /// Reads the baseline, if there is one.
    pub fn new(
        args: &Args,
        settings: &'a config::Settings,
        sources: &mut Sources,
        findings: &mut Findings,
    ) -> Result<Judge<'a>, Failure> {
        let mut known = Known::Shown;
        let configured = settings.baseline.as_ref().map(|path| &path.value);
        if let Some(path) = &args.write_baseline {
            // What is written is not compared with what was there.
            known = Known::Written { path: path.clone() };
        } else if let Some(path) = args.baseline.as_ref().or(configured)
            && let Some(file) = findings.keep(disk::file(sources, path)?)
        {
            known = Known::HeldBack { path: path.clone(), baseline: findings.keep(baseline::read(sources, file)) };
        }
        let fail_on = if args.exit_zero { Some(FailOn::Never) } else { args.fail_on.map(FailOn::from) };
        Ok(Judge {
            settings,
            comments: if args.no_allow { Comments::Ignored } else { Comments::Heeded },
            known,
            fail_on: fail_on.or(settings.fail_on).unwrap_or(FailOn::Error),
            here: current_folder()?,
        })
    }

    /// Comments first, then the baseline, severities last: a rule that is an error by the project's wish can be allowed.
    pub fn judge(&self, sources: &Sources, checked: Checked) -> Judged {
        let place = |file| place(sources, file, &self.here);
        let control = self.control(sources, &checked.looked, &place);
        let heard = |finding: &Finding| control.severity(finding).is_some();
        let findings: Findings = control.allowed(checked.findings).into_iter().filter(heard).collect();
        let can_be_known = |finding: &Finding| {
            let locked = self.settings.locked.iter().any(|locked| locked.id == finding.code.id);
            finding.severity != Severity::Error && finding.suppression.is_none() && !locked
        };
        let name = |file, path: &Path| name(sources, file, &self.here, &folder_of(path, &self.here));
        let (findings, kept) = match &self.known {
            Known::Shown => (findings, None),
            Known::HeldBack { path, baseline } => {
                let looked: BTreeSet<String> = checked.looked.iter().map(|looked| name(looked.file, path)).collect();
                let folder = folder_of(path, &self.here);
                let looked_at = |file: &str| looked.contains(file) || !disk::exists(&folder.join(file));
                let all = baseline::known(sources, &findings, |file| name(file, path));
                (baseline.hold_back(&all, can_be_known, looked_at), None)
            }
            Known::Written { path } => {
                let all = || baseline::known(sources, &findings, |file| name(file, path));
                let kept: Vec<_> = all().into_iter().filter(|one| can_be_known(one.finding)).collect();
                let text = baseline::write(&kept);
                let left = Baseline::of(&kept).hold_back(&all(), can_be_known, |_| false);
                (left, Some(Kept { path: path.clone(), text, count: kept.len() }))
            }
        };
        Judged { findings: control.levelled(findings), kept }
    }

    /// Of findings about anything but what is checked: their severities.
    pub fn levelled(&self, sources: &Sources, findings: Findings) -> Findings {
        self.control(sources, &[], &|file| place(sources, file, &self.here)).levelled(findings)
    }

    pub fn fails(&self, findings: &Findings) -> bool {
        let counts = |finding: &&Finding| finding.suppression.is_none();
        findings.iter().filter(counts).any(|finding| self.fail_on.fails(finding.severity))
    }

    fn control<'c>(
        &'c self,
        sources: &'c Sources,
        looked: &'c [Looked],
        place: &'c dyn Fn(FileId) -> Option<PathBuf>,
    ) -> Control<'c> {
        Control { sources, settings: self.settings, looked, comments: self.comments, place }
    }
}

impl Kept {
    pub fn write(&self, global: &Global) -> Result<(), Failure> {
        whole_file::write(&self.path, &self.text)?;
        global.note(&format!("`{}` is written, with {}", self.path.display(), counted(self.count)));
        Ok(())
    }
}

fn counted(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

/// The absolute path of the file that a text is from: of an archive's descriptor, the archive.
fn place(sources: &Sources, file: FileId, here: &Path) -> Option<PathBuf> {
    let name = sources.get(file).name();
    let path = name.split('!').next().unwrap_or(name);
    (path != "-" && !path.starts_with('<')).then(|| tidy(&here.join(path)))
}

/// A path without `.` and `..`, as far as words alone tell.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = tidy.pop(),
            other => tidy.push(other),
        }
    }
    tidy
}

fn folder_of(path: &Path, here: &Path) -> PathBuf {
    tidy(&here.join(path)).parent().map(Path::to_owned).unwrap_or_default()
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
