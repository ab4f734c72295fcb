//! `windlass target`: where applications go, from files that are found by name.

pub mod find;
pub mod known;
mod show;

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome, said};
use super::secrets::ShowSecrets;
use find::{DEFAULT, FOLDER, Located, is_path, locate, targets};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Show, begin and list target files
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A target says where applications go: organisation, space, domain, and what modules of a type get. `--target` names its file, or its name:
a table `[targets.NAME]` of windlass.toml, or a file in `.windlass/targets` of the project or in `windlass/targets` of the configuration
folder; without it, the target `default` counts.

Examples:
  windlass target init         Begin `.windlass/targets/default.yaml`
  windlass target show prod    Everything that holds for the target `prod`, and where it comes from")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(ShowArgs),
    Init(InitArgs),
    Ls(ListArgs),
}

/// Print everything that holds for a target, and where each value comes from
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What it prints is a target file again, with the places in comments.

Examples:
  windlass target show                 The target that a deployment would have
  windlass target show prod -o json    Another one, for programs")]
pub struct ShowArgs {
    /// File or name of a target (default: what --target says, else the target `default`, else what is built in)
    #[arg(value_name = "NAME")]
    pub named: Option<PathBuf>,
    #[arg(short, long, value_name = "FORM", default_value = "yaml")]
    pub output_format: Form,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Yaml,
    Json,
}

/// Write a target file to begin with; one that is there is left alone
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass target init                 .windlass/targets/default.yaml, which counts without `--target`
  windlass target init staging.yaml    Another file, for `--target staging.yaml`")]
pub struct InitArgs {
    /// File, or name of a target of this project
    #[arg(value_name = "FILE", default_value = DEFAULT)]
    pub file: PathBuf,
}

/// List the targets that have a name
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass target ls
  windlass target ls -o json    For programs")]
pub struct ListArgs {
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::status::Output,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Show(args) => show::run(&args, global),
        Command::Init(args) => init(&args, global),
        Command::Ls(args) => list(&args, global),
    }
}

/// What `windlass target init` writes.
pub const STARTER: &str = include_str!("../target/starter.yaml");

fn init(args: &InitArgs, global: &Global) -> Outcome {
    let is_path = is_path(&args.file);
    let path =
        if is_path { args.file.clone() } else { Path::new(FOLDER).join(format!("{}.yaml", args.file.display())) };
    write_new(&path)?;
    let use_it = match (is_path, args.file.to_str()) {
        (false, Some(DEFAULT)) => "it counts from now on, in this folder and below".to_owned(),
        _ => format!("use it with `--target {}`", args.file.display()),
    };
    global.note(&format!("`{}` is written; {use_it}", path.display()));
    Ok(Exit::Ok)
}

fn write_new(path: &Path) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let open = |()| std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    written.and_then(open).and_then(|mut file| file.write_all(STARTER.as_bytes())).map_err(|error| {
        let failure = Failure::new(Exit::Usage, format!("`{}` cannot be written", path.display()));
        match error.kind() {
            ErrorKind::AlreadyExists => failure
                .why("there is such a file, and it is left as it is")
                .next("name another file, or look at this one with `windlass target show`"),
            _ => failure.why(said(&error)).next("name a file in a folder that may be written"),
        }
    })
}

fn list(args: &ListArgs, global: &Global) -> Outcome {
    let targets = targets(global)?;
    let shown = |path: &Path| path.display().to_string();
    match args.output_format {
        super::status::Output::Json => {
            let all: Vec<_> =
                targets.iter().map(|(name, at)| serde_json::json!({"name": name, "file": shown(&at.path)})).collect();
            print(&format!("{:#}\n", serde_json::Value::from(all)))?;
        }
        super::status::Output::Text if targets.is_empty() => {
            print("no target has a name; `windlass target init` begins one\n")?;
        }
        super::status::Output::Text => {
            let width = targets.keys().map(|name| name.chars().count()).max().unwrap_or_default();
            let lines: String =
                targets.iter().map(|(name, at)| format!("{name:width$}  {}\n", shown(&at.path))).collect();
            print(&lines)?;
        }
    }
    Ok(Exit::Ok)
}

impl ShowArgs {
    /// The file that is asked for, on the command line of this command or by `--target`.
    fn located(&self, global: &Global) -> Result<Option<Located>, Failure> {
        locate(global, self.named.as_deref().or(global.target.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;
    use crate::source::{Sources, yaml};
    use crate::target::{Compat, Space, Target, read};

    fn findings(text: &str) -> (Target, Findings) {
        let mut sources = Sources::default();
        let file = sources.add("target.yaml", text);
        let space = Space { org: "local".into(), space: "dev".into() };
        let read_yaml = yaml::read(&sources, file);
        let node = read_yaml.product.expect("it is YAML");
        let staged = read::read(&Target::built_in(space, None, Compat::Documented), &node);
        (staged.product, staged.findings)
    }

    #[test]
    fn the_starter_changes_nothing_as_it_is_and_is_right_in_every_example() {
        let (target, found) = findings(STARTER);
        assert!(found.is_empty(), "{found:?}");
        let space = Space { org: "local".into(), space: "dev".into() };
        let built_in = Target::built_in(space, None, Compat::Documented);
        assert_eq!(format!("{:?}", target.space), format!("{:?}", built_in.space));
        assert_eq!(target.default_domain, built_in.default_domain);
        assert_eq!(target.module_types.list.len(), built_in.module_types.list.len());
        // With every example in use, all keys of a target are there, and right.
        let used: String = STARTER
            .lines()
            .filter(|line| !line.starts_with("##"))
            .map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n")
            .collect();
        let (target, found) = findings(&used);
        assert!(found.is_empty(), "{used}\n{found:?}");
        assert_eq!(target.name, "prod");
        assert!(target.module_type("staticfile").is_some_and(|defaults| defaults.parameters.contains("docker")));
        let seldom = ["dynamic-parameters", "plural-parameters", "context"];
        for key in read::TARGET.keys.iter().filter(|key| !seldom.contains(&key.name)) {
            assert!(used.contains(&format!("\n{}:", key.name)) || used.starts_with(key.name), "{}", key.name);
        }
    }
}
