//! The command line: one file per command (its clap struct with its help, then one function), and what all share.

pub mod exit;

use std::path::PathBuf;

/// Options that every command understands. Every long flag can also be given as `WINDLASS_<FLAG>`.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Work as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Form of messages about descriptors on standard error
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub message_format: MessageFormat,
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
    /// Errors and results only
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Decisions (-v), engine calls (-vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Organisation of the target
    #[arg(long, global = true, value_name = "ORG")]
    pub org: Option<String>,
    /// Space of the target
    #[arg(long, global = true, value_name = "SPACE")]
    pub space: Option<String>,
    /// Deploy the application under a namespace, beside others of the same ID
    #[arg(long, global = true, value_name = "NS")]
    pub namespace: Option<String>,
    /// A file that describes the target: parameters, module types, resource types
    #[arg(long, global = true, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Whose word counts where the public documentation and the deploy service disagree
    #[arg(long, global = true, value_enum, default_value = "documented")]
    pub compat: CompatArg,
    /// The state file, with the configuration registry in it (default: in the state directory)
    #[arg(long, global = true, value_name = "PATH")]
    pub registry: Option<PathBuf>,
    /// Folder for state (default: $XDG_STATE_HOME/windlass/local)
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Address of the container engine
    #[arg(long, global = true, value_name = "URL")]
    pub host: Option<String>,
    /// Docker context to use
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MessageFormat {
    Human,
    Short,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CompatArg {
    Documented,
    DeployService,
}

/// The descriptor and its extensions, as the command line names them.
#[derive(Clone, Debug, clap::Args)]
pub struct Inputs {
    /// Descriptor, or a folder with one; `-` reads standard input (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "DESC")]
    pub descriptor: Option<PathBuf>,
    /// Extension descriptor; may be repeated or hold commas, in any order
    #[arg(short, long = "extension", value_name = "FILE", value_delimiter = ',')]
    pub extensions: Vec<PathBuf>,
}
