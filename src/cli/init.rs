//! `windlass init`: the files of a module of one's own, to begin with.
//!
//! What only its author can know stands there as `CHANGE_ME…`, and `windlass lint` points at each until it is replaced.

use super::Global;
use super::exit::{Exit, Failure, Outcome, said};
use crate::image::ImageReference;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Begin a module: descriptor, Dockerfile, a program that runs, and a pipeline that pushes its image
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing that is there is overwritten: when one of the files exists, none is written.

Examples:
  windlass init --template node                             Into this folder
  windlass init currency --template python --ci gitlab      With a pipeline that runs for tags prod-v…
  windlass init . --template php --ci github --name rates   Under another name than the folder's")]
pub struct Args {
    /// The folder; made when it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The language of the program
    #[arg(short, long, value_name = "LANGUAGE")]
    pub template: Language,
    /// Also a pipeline that builds and pushes the image
    #[arg(long, value_name = "SERVICE")]
    pub ci: Option<Service>,
    /// What module and image are called: lower-case letters, digits, and `-` between them (default: after the folder)
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    Node,
    Php,
    Python,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    Gitlab,
    Github,
}

/// What differs from language to language.
struct Kit {
    /// The image that programs run in, and its tag.
    image: &'static str,
    tag: &'static str,
    program: &'static str,
    file: &'static str,
    text: &'static str,
}

impl Language {
    fn kit(self) -> Kit {
        match self {
            Language::Node => Kit {
                image: "node",
                tag: "22-alpine",
                program: "node",
                file: "index.js",
                text: include_str!("init/index.js"),
            },
            Language::Php => Kit {
                image: "php",
                tag: "8.4-cli-alpine",
                program: "php",
                file: "index.php",
                text: include_str!("init/index.php"),
            },
            Language::Python => Kit {
                image: "python",
                tag: "3.13-alpine",
                program: "python3",
                file: "main.py",
                text: include_str!("init/main.py"),
            },
        }
    }
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let name = name(&args)?;
    let files = files(&name, args.template, args.ci);
    let paths: Vec<PathBuf> = files.iter().map(|(path, _)| args.folder.join(path)).collect();
    let there: Vec<String> = paths.iter().filter(|path| is_there(path)).map(|path| shown(path)).collect();
    if !there.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("{} is there already", there.join(", ")))
            .why("nothing is overwritten, so nothing was written")
            .next("name another folder, or move it away"));
    }
    for (path, (_, text)) in paths.iter().zip(&files) {
        write(path, text).map_err(|error| {
            Failure::new(Exit::Usage, format!("{} cannot be written", shown(path))).why(said(&error))
        })?;
    }
    for path in &paths {
        global.note(&format!("{} is written", shown(path)));
    }
    let descriptor = args.folder.join("mtad.yaml");
    global.note(&format!("`windlass lint {}` shows what is still to be filled in", descriptor.display()));
    Ok(Exit::Ok)
}

/// Every file, by its path in the folder.
fn files(name: &str, language: Language, ci: Option<Service>) -> Vec<(String, String)> {
    let Kit { image: base, tag, program, file, text } = language.kit();
    let image = match ci {
        Some(Service::Gitlab) => format!("registry.gitlab.com/CHANGE_ME_GROUP/{name}"),
        Some(Service::Github) => format!("ghcr.io/CHANGE_ME_OWNER/{name}"),
        None => format!("CHANGE_ME_REGISTRY/CHANGE_ME_GROUP/{name}"),
    };
    let filled = |text: &str| {
        let words = [
            ("@NAME@", name),
            ("@IMAGE@", &image),
            ("@LANGUAGE@", base),
            ("@TAG@", tag),
            ("@PROGRAM@", program),
            ("@FILE@", file),
        ];
        words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    };
    let mut files = vec![
        ("mtad.yaml".to_owned(), filled(include_str!("init/mtad.yaml"))),
        (".docker/Dockerfile".to_owned(), filled(include_str!("init/Dockerfile"))),
        (format!("app/{file}"), filled(text)),
    ];
    files.extend(ci.map(|ci| match ci {
        Service::Gitlab => (".gitlab-ci.yml".to_owned(), filled(include_str!("init/gitlab-ci.yml"))),
        Service::Github => (".github/workflows/image.yml".to_owned(), filled(include_str!("init/github.yml"))),
    }));
    files
}

/// A name that can be part of an image's, and is then good for a module, too.
fn name(args: &Args) -> Result<String, Failure> {
    let is_fit = |name: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        name.len() <= 60 && name.chars().all(inner) && ImageReference::parse(&format!("localhost/{name}:1")).is_ok()
    };
    if let Some(name) = &args.name {
        return match is_fit(name) {
            true => Ok(name.clone()),
            false => Err(Failure::new(Exit::Usage, format!("`{name}` cannot be the name")).why(
                "an image is called so as well, and takes lower-case letters, digits, and `-`, `_` or `.` between them",
            )),
        };
    }
    let folder = std::path::absolute(&args.folder).unwrap_or_default();
    let folder = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let made: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let made = made.trim_matches('-').to_owned();
    if is_fit(&made) { Ok(made) } else { Err(nameless(&folder)) }
}

fn nameless(folder: &str) -> Failure {
    Failure::new(Exit::Usage, format!("no name can be made of the folder's, `{folder}`"))
        .next("give one with `--name NAME`")
}

fn shown(path: &Path) -> String {
    format!("`{}`", path.strip_prefix(".").unwrap_or(path).display())
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Between the look and now, somebody else may have made it.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_unfilled_but_what_its_author_must_change() {
        for language in [Language::Node, Language::Php, Language::Python] {
            for ci in [None, Some(Service::Gitlab), Some(Service::Github)] {
                for (path, text) in files("rates", language, ci) {
                    assert!(!text.contains('@') || path.ends_with("image.yml"), "{path}: {text}");
                    assert!(!text.contains("@NAME@") && !text.contains("@TAG@"), "{path}: {text}");
                }
            }
        }
    }
}
