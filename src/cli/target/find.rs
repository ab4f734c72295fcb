//! Where targets are: `--target FILE`, or `--target NAME`: a table `[targets.NAME]` of `windlass.toml`, or a file in the project's and
//! the user's folder of targets. Both hold the same keys.
//!
//! The project's folder is `.windlass/targets` in the current folder or the nearest one above it that has it, up to the top of
//! the repository. The user's is `windlass/targets` in the configuration folder. What a project says of a name comes first; a
//! project that says it twice is asked to make up its mind.

use crate::cli::Global;
use crate::cli::config::find::{current_folder, shown, users_folder};
use crate::cli::exit::{Exit, Failure};
use crate::disk::upwards;
use crate::finding::{Findings, TOML_SYNTAX};
use crate::name::nearest;
use crate::source::Sources;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The target that is meant when nobody names one.
pub const DEFAULT: &str = "default";

/// Below a project; the user's folder has only the last part.
pub const FOLDER: &str = ".windlass/targets";

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Where a target is described, and the name by which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub path: PathBuf,
    /// `None`: it was named by its path.
    pub name: Option<String>,
    pub form: Form,
    /// A file that describes a target of the same name with the same right.
    pub rival: Option<PathBuf>,
}

impl Located {
    /// A project that says two things of one target is asked which it means.
    fn alone(self) -> Result<Located, Failure> {
        let (Some(rival), Some(name)) = (&self.rival, &self.name) else { return Ok(self) };
        let why = format!("in a table of `{}`, and in `{}`", self.path.display(), rival.display());
        Err(Failure::new(Exit::Usage, format!("the target `{name}` is described twice"))
            .why(why)
            .next("keep one of them"))
    }
}

/// In what a target is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file of its own.
    File,
    /// A table of a file with settings.
    Table,
}

/// Whether a word of the command line is a path, and not the name of a target.
pub fn is_path(word: &Path) -> bool {
    let ends = word.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    ends || word.components().count() != 1 || word.is_absolute() || word.as_os_str() == "-"
}

/// What `--target` names; without it, the target `default`. `None`: there is none, and the built-in target is meant.
pub fn locate(global: &Global, named: Option<&Path>) -> Result<Option<Located>, Failure> {
    let Some(word) = named else { return targets(global)?.remove(DEFAULT).map(Located::alone).transpose() };
    let file = || Located { path: word.to_owned(), name: None, form: Form::File, rival: None };
    if is_path(word) {
        return Ok(Some(file()));
    }
    let name = word.to_string_lossy().into_owned();
    let mut targets = targets(global)?;
    if let Some(located) = targets.remove(&name) {
        return located.alone().map(Some);
    }
    if word.is_file() {
        return Ok(Some(file()));
    }
    let looked = folders()?;
    let looked: Vec<String> = looked.iter().map(|folder| format!("`{}`", folder.display())).collect();
    let failure = Failure::new(Exit::Usage, format!("there is no target `{name}`"));
    let failure = failure.why(format!(
        "there is no file of that name, no table `[targets.{name}]` in `windlass.toml`, and no `{name}.yaml` in {}",
        looked.join(" or ")
    ));
    Err(match nearest(&name, targets.keys().map(String::as_str)) {
        Some(near) => failure.next(format!("did you mean `{near}`?")),
        None if targets.is_empty() => failure.next(format!("`windlass target init {name}` begins one")),
        None => failure.next("`windlass target ls` lists what there is"),
    })
}

/// All targets with a name, and where they are described.
pub fn targets(global: &Global) -> Result<BTreeMap<String, Located>, Failure> {
    let mut targets: BTreeMap<String, Located> = BTreeMap::new();
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let layers = global.layers(&mut sources, &mut findings)?;
    if findings.iter().any(|finding| finding.code == &TOML_SYNTAX) {
        // A target that cannot be seen must not become another one.
        return Err(Failure::Findings { sources, findings });
    }
    let users = users_folder();
    for (name, (at, _)) in layers.targets() {
        let path = PathBuf::from(sources.get(at.file).name());
        let located = Located { path, name: Some(name.to_owned()), form: Form::Table, rival: None };
        targets.insert(name.to_owned(), located);
    }
    for folder in folders()? {
        for path in files(&folder) {
            let is_target = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
            let (true, Some(name)) = (is_target, path.file_stem().and_then(|stem| stem.to_str())) else { continue };
            let is_users = |path: &Path| users.as_ref().is_some_and(|users| path.starts_with(users));
            match targets.get_mut(name) {
                Some(table) if table.form == Form::Table && is_users(&table.path) == is_users(&path) => {
                    table.rival = Some(path);
                }
                // What a project says of a name comes before what its user says.
                Some(other) if other.form == Form::File || !is_users(&other.path) => {}
                _ => {
                    let name = name.to_owned();
                    let located = Located { path, name: Some(name.clone()), form: Form::File, rival: None };
                    targets.insert(name, located);
                }
            }
        }
    }
    Ok(targets)
}

/// The folders where targets are looked for, the nearer one first.
fn folders() -> Result<Vec<PathBuf>, Failure> {
    let here = current_folder()?;
    let project = upwards(&here, |folder| Some(folder.join(FOLDER)).filter(|folder| folder.is_dir()));
    let project = project.map(|found| shown(&here, &found));
    Ok(project.into_iter().chain(users_folder().map(|folder| folder.join("targets"))).collect())
}

/// The files of a folder, in the order of their names; of one that cannot be listed, none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

impl Global {
    /// The target file of this command line.
    pub fn target_file(&self) -> Result<Option<Located>, Failure> {
        locate(self, self.target.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_without_ending_is_a_name() {
        for path in ["prod.yaml", "./prod", "targets/prod", "/srv/prod", "x.json", "-"] {
            assert!(is_path(Path::new(path)), "{path}");
        }
        for name in ["prod", "eu-10", "prod.eu"] {
            assert!(!is_path(Path::new(name)), "{name}");
        }
    }
}
