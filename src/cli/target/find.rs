//! Where target files are: `--target FILE`, or `--target NAME` in the project's and the user's folder of targets.
//!
//! The project's folder is `.windlass/targets` in the current folder or the nearest one above it that has it, up to the top of
//! the repository. The user's is `windlass/targets` in the configuration folder. The project's file of a name comes first.

use crate::cli::Global;
use crate::cli::config::find::{current_folder, shown, upwards, users_folder};
use crate::cli::exit::{Exit, Failure};
use crate::name::nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The target that is meant when nobody names one.
pub const DEFAULT: &str = "default";

/// Below a project; the user's folder has only the last part.
pub const FOLDER: &str = ".windlass/targets";

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// A target file, and the name by which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub path: PathBuf,
    /// `None`: it was named by its path.
    pub name: Option<String>,
}

/// Whether a word of the command line is a path, and not the name of a target.
pub fn is_path(word: &Path) -> bool {
    let ends = word.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    ends || word.components().count() != 1 || word.is_absolute() || word.as_os_str() == "-"
}

/// The file that `--target` names; without it, the target `default`. `None`: there is none, and the built-in target is meant.
pub fn locate(named: Option<&Path>) -> Result<Option<Located>, Failure> {
    let Some(word) = named else {
        let path = targets()?.remove(DEFAULT);
        return Ok(path.map(|path| Located { path, name: Some(DEFAULT.to_owned()) }));
    };
    if is_path(word) {
        return Ok(Some(Located { path: word.to_owned(), name: None }));
    }
    let name = word.to_string_lossy().into_owned();
    let mut targets = targets()?;
    if let Some(path) = targets.remove(&name) {
        return Ok(Some(Located { path, name: Some(name) }));
    }
    if word.is_file() {
        return Ok(Some(Located { path: word.to_owned(), name: None }));
    }
    let looked = folders()?;
    let looked: Vec<String> = looked.iter().map(|folder| format!("`{}`", folder.display())).collect();
    let failure = Failure::new(Exit::Usage, format!("there is no target `{name}`"));
    let failure =
        failure.why(format!("there is no file of that name, and no `{name}.yaml` in {}", looked.join(" or ")));
    Err(match nearest(&name, targets.keys().map(String::as_str)) {
        Some(near) => failure.next(format!("did you mean `{near}`?")),
        None if targets.is_empty() => failure.next(format!("`windlass target init {name}` begins one")),
        None => failure.next("`windlass target ls` lists what there is"),
    })
}

/// All targets with a name, and their files.
pub fn targets() -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut targets = BTreeMap::new();
    for folder in folders()? {
        for path in files(&folder) {
            let is_target = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
            if let (true, Some(name)) = (is_target, path.file_stem().and_then(|stem| stem.to_str())) {
                targets.entry(name.to_owned()).or_insert(path);
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
        locate(self.target.as_deref())
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
