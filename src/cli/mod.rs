//! The command line: one file per command (its clap struct with its help, then one function), and what all share.

pub mod exit;

pub mod console;
pub mod ports;
mod variables;

pub mod inputs;
mod place;
mod secrets;
mod secure_parameters;
mod settings;

mod completions;
mod config;
mod deploy;
mod deploying;
mod doctor;
mod duration;
mod env;
mod explain;
mod graph;
mod help;
mod history;
mod image_check;
mod init;
mod kept;
mod lint;
mod live;
mod login;
mod logout;
mod logs;
mod ls;
mod lsp;
mod man;
mod module;
mod operate;
mod operation;
mod order;
mod ordered;
mod pack;
mod plan;
mod registry;
mod resolve;
mod rollback;
mod saved;
mod schema;
mod secret;
mod selection;
mod state;
mod status;
mod target;
mod undeploy;
mod version_check;
mod watch;
mod whole_file;
mod why;
mod wrong_usage;

use crate::report::paint::Colour;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use console::Console;
use exit::{Exit, Failure, Outcome};
use std::ffi::OsString;
use std::path::PathBuf;

/// Deploys multitarget applications to containers from one declarative descriptor.
///
/// windlass reads a deployment descriptor (mtad.yaml) and its extensions, works out what must run, shows it as a plan, and
/// brings it up on a container engine.
#[derive(Debug, clap::Parser)]
#[command(
    name = "windlass",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Topics: windlass help exit-codes|environment|formats",
    after_long_help = EXAMPLES
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  windlass plan                           What a deployment would do
  windlass explain unresolved-reference   What a finding means, and what to do about it
  windlass help exit-codes                What the exit codes mean

Topics: windlass help exit-codes|environment|formats";

/// The commands: each with its name, and the room where its `Args` and its `run` are.
macro_rules! commands {
    ($($command:ident $name:literal $room:ident)*) => {
        #[derive(Debug, clap::Subcommand)]
        enum Command {$(
            #[command(name = $name)]
            $command($room::Args),
        )*}

        impl Command {
            fn run(self, global: &Global) -> Outcome {
                match self {$(
                    Command::$command(args) => $room::run(args, global),
                )*}
            }
        }

        /// The tree as far as a line needs it that is in order: the commands that it names, and nothing of the others. To make
        /// them all known takes as long as checking a small descriptor.
        fn outline(arguments: &[OsString]) -> clap::Command {
            let root = clap::Command::new("windlass").version(env!("CARGO_PKG_VERSION"));
            let root = root.subcommand_required(true).disable_help_subcommand(true);
            let mut root = variables::attach(<Global as clap::Args>::augment_args(root));
            $(if arguments.iter().any(|argument| argument == $name) {
                let command = <$room::Args as clap::Args>::augment_args(clap::Command::new($name));
                root = root.subcommand(variables::attach(command));
            })*
            root
        }
    };
}

commands! {
    Init "init" init
    Plan "plan" plan
    Deploy "deploy" deploy
    Undeploy "undeploy" undeploy
    Rollback "rollback" rollback
    History "history" history
    Operation "operation" operation
    Why "why" why
    Status "status" status
    Ls "ls" ls
    Logs "logs" logs
    Module "module" module
    Resolve "resolve" resolve
    Env "env" env
    Graph "graph" graph
    Lint "lint" lint
    Lsp "lsp" lsp
    Pack "pack" pack
    Registry "registry" registry
    Secret "secret" secret
    Login "login" login
    Logout "logout" logout
    State "state" state
    Target "target" target
    Config "config" config
    VersionCheck "version-check" version_check
    Doctor "doctor" doctor
    Explain "explain" explain
    Schema "schema" schema
    Completions "completions" completions
    Man "man" man
    Help "help" help
}

/// Runs one command line and says how it ended. Everything that goes wrong has been shown when this returns.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(answered) = completions::answer(&arguments) {
        return answered;
    }
    let Cli { global, command } = match read(&arguments) {
        Ok(cli) => cli,
        Err(error) => return answer_clap(&error, &arguments),
    };
    console::silent(global.quiet > 1);
    let outcome = enter(global.directory.as_ref()).and_then(|()| command.run(&global));
    outcome.unwrap_or_else(|failure| global.show_failure(&failure))
}

/// What the outline cannot read, the whole tree answers: with help, or with what is wrong.
fn read(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let read_with =
        |tree: clap::Command| tree.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    match read_with(outline(arguments)) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => read_with(tree()),
        read => read,
    }
}

/// The whole tree of commands, each long flag with its environment variable.
pub fn tree() -> clap::Command {
    variables::attach(Cli::command())
}

/// Help and version are results; everything else clap has to say is about wrong usage.
fn answer_clap(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let color = console::color_wanted(arguments);
    let said = if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Err(wrong_usage::failure(error, tree(), arguments))
    } else {
        let text = error.render();
        let stream = if error.use_stderr() { Console::stderr(color) } else { Console::stdout(color) };
        let text = match stream.colour {
            Colour::On => text.ansi().to_string(),
            Colour::Off => text.to_string(),
        };
        if error.use_stderr() { console::complain(&text) } else { console::print(&text) }
    };
    match said {
        Ok(()) if error.use_stderr() => Exit::Usage,
        Ok(()) => Exit::Ok,
        Err(failure) => console::show(&failure, console::format_wanted(arguments), Console::stderr(color).colour),
    }
}

fn enter(directory: Option<&PathBuf>) -> Result<(), Failure> {
    let Some(directory) = directory else { return Ok(()) };
    std::env::set_current_dir(directory).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot work in `{}`", directory.display()))
            .why(exit::said(&error))
            .next("give `-C` a folder that exists")
    })
}

/// Options that every command understands. Every long flag can also be given as `WINDLASS_<FLAG>`.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Work as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    pub directory: Option<PathBuf>,
    /// Form of findings and failures on standard error
    #[arg(long, global = true, value_name = "FORM", default_value = "human", help_heading = GLOBAL)]
    pub message_format: MessageFormat,
    /// Colours: auto looks at the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL, hide_short_help = true)]
    pub color: Color,
    /// Errors and results only; -qq nothing but the exit code
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = GLOBAL)]
    pub quiet: u8,
    /// Say more: `deploy` shows the plan before it begins (-v), every call of the engine (-vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = GLOBAL)]
    pub verbose: u8,
    /// A file with settings, in place of the project's windlass.toml (`windlass config` shows what counts)
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL, hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Without settings from files: neither windlass.toml nor the user's, nor what `--config` names
    #[arg(long, global = true, help_heading = GLOBAL, hide_short_help = true)]
    pub no_config: bool,
    /// Organisation of the target
    #[arg(long, global = true, value_name = "ORG", value_parser = place::place, help_heading = TARGET, hide_short_help = true)]
    pub org: Option<String>,
    /// Space of the target
    #[arg(long, global = true, value_name = "SPACE", value_parser = place::place, help_heading = TARGET, hide_short_help = true)]
    pub space: Option<String>,
    /// Deploy the application under a namespace, beside others of the same ID; names and hosts begin with it
    #[arg(long, global = true, value_name = "NS", value_parser = place::namespace, help_heading = TARGET, hide_short_help = true)]
    pub namespace: Option<String>,
    /// Which names take the namespace, whatever the descriptor says; may be repeated or hold commas
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',', help_heading = TARGET, hide_short_help = true)]
    pub apply_namespace: Vec<place::Applied>,
    /// A file that describes the target, or the name of one (`windlass help target`)
    #[arg(long, global = true, value_name = "FILE|NAME", help_heading = TARGET, hide_short_help = true)]
    pub target: Option<PathBuf>,
    /// Whose word counts where the public documentation and the deploy service disagree (default: documented)
    #[arg(
        long,
        global = true,
        value_name = "WHO",
        help_heading = TARGET,
        hide_short_help = true
    )]
    pub compat: Option<CompatArg>,
    /// Who deploys: the value of `${user}` (default: the user of the system)
    #[arg(long, global = true, value_name = "NAME", value_parser = place::place, help_heading = TARGET, hide_short_help = true)]
    pub user: Option<String>,
    /// Milliseconds since 1970: the value of `${timestamp}`, for plans that come out the same (default: now)
    #[arg(long, global = true, value_name = "MS", value_parser = place::timestamp, help_heading = TARGET, hide_short_help = true)]
    pub timestamp: Option<String>,
    /// The state file, with the configuration registry in it (default: in the state directory)
    #[arg(long, global = true, value_name = "PATH", help_heading = TARGET, hide_short_help = true)]
    pub registry: Option<PathBuf>,
    /// Folder for state (default: $XDG_STATE_HOME/windlass/local)
    #[arg(long, global = true, value_name = "DIR", help_heading = TARGET, hide_short_help = true)]
    pub state_dir: Option<PathBuf>,
    /// Address of the container engine
    #[arg(long, global = true, value_name = "URL", help_heading = TARGET, hide_short_help = true)]
    pub host: Option<String>,
    /// Docker context to use
    #[arg(long, global = true, value_name = "NAME", help_heading = TARGET, hide_short_help = true)]
    pub context: Option<String>,
}

const GLOBAL: &str = "Options of every command";
const TARGET: &str = "Target and state";

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
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Inputs {
    /// Descriptor, a folder with one, or an archive (.mtar); `-` reads standard input (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "DESC")]
    pub descriptor: Option<PathBuf>,
    /// Extension descriptor; may be repeated or hold commas, in any order
    #[arg(short, long = "extension", value_name = "FILE", value_delimiter = ',')]
    pub extensions: Vec<PathBuf>,
    #[command(flatten)]
    pub settings: settings::Settings,
    /// What an operation that is carried out again has read before.
    #[arg(skip)]
    pub kept: kept::Kept,
    /// A descriptor that no file holds, in the place of one.
    #[arg(skip)]
    pub own: Option<Own>,
}

/// The descriptor of a module that was added by hand.
#[derive(Clone, Debug)]
pub struct Own {
    pub marker: String,
    pub text: String,
}
