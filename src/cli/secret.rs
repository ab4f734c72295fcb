//! `windlass secret`: what `${secret:NAME}` stands for. Values go in and never come out again, except into containers.

use super::Global;
use super::console::{complain, print};
use super::exit::{Exit, Failure, Outcome, said};
use super::ports::now;
use crate::name::nearest;
use crate::report::secrets;
use crate::store::Access;
use crate::target::supply::{Ask, Giver, Hidden};
use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Keep secrets for `${secret:NAME}`, encrypted in the state directory
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Values never stand on the command line, where other users of the machine could read them, and are never shown.

Examples:
  windlass secret set db-password                          Asks for the value, without showing it
  openssl rand -hex 16 | windlass secret set db-password   Takes it from standard input
  windlass secret ls                                       Which there are, and since when")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(SetArgs),
    Ls(ListArgs),
    Rm(RemoveArgs),
}

/// Keep a secret; without an option, the value is asked for or read from standard input
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
One line break at the end of the value is dropped. A new value reaches a container with its next deployment.

Examples:
  windlass secret set db-password                               Asks for the value
  windlass secret set tls-key --from-file key.pem
  windlass secret set token --from-command 'pass show token'    Runs it once, now; the output is kept")]
pub struct SetArgs {
    /// Letters, digits, `_`, `-` and `.`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Take the value from this file
    #[arg(long, value_name = "FILE", conflicts_with = "from_command")]
    pub from_file: Option<PathBuf>,
    /// Take the value from what this shell command prints
    #[arg(long, value_name = "CMD")]
    pub from_command: Option<String>,
}

/// List the secrets that are kept: their names and when they were set, never their values
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass secret ls
  windlass secret ls -o json    For programs")]
pub struct ListArgs {
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Table,
    /// [{"name": …, "set": …}]
    Json,
}

/// Forget a secret
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Containers that run keep the value they were made with. The next deployment of a descriptor that asks for it is refused.

Examples:
  windlass secret rm db-password
  windlass secret rm -q db-password    Without a word")]
pub struct RemoveArgs {
    #[arg(value_name = "NAME")]
    pub name: String,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Set(args) => set(&args, global),
        Command::Ls(args) => list(&args, global),
        Command::Rm(args) => remove(&args, global),
    }
}

fn set(args: &SetArgs, global: &Global) -> Outcome {
    let name = &args.name;
    check_name(name)?;
    // First of all: nobody should be asked for a secret that cannot be kept.
    let store = global.store(Access::Write)?;
    let bytes = match (&args.from_file, &args.from_command) {
        (Some(file), _) => from_file(file)?,
        (None, Some(command)) => from_command(command)?,
        (None, None) if std::io::stdin().is_terminal() => prompt(&format!("Value of `{name}`"))?,
        (None, None) => bounded(std::io::stdin().lock(), "standard input")?,
    };
    let value = usable(bytes)?;
    let replaced = store.keep_secret(name, &value, now())?;
    global.note(&match replaced {
        true => format!("the secret `{name}` has a new value; containers get it with their next deployment"),
        false => format!("the secret `{name}` is kept; `${{secret:{name}}}` stands for it"),
    });
    Ok(Exit::Ok)
}

/// A value that somebody types, or that comes from standard input.
pub(super) fn given(name: &str) -> Result<Hidden, Failure> {
    usable(if std::io::stdin().is_terminal() {
        prompt(name)?
    } else {
        bounded(std::io::stdin().lock(), "standard input")?
    })
}

fn list(args: &ListArgs, global: &Global) -> Outcome {
    let kept = global.store(Access::Read)?.secrets()?;
    match args.output_format {
        Form::Json => print(&secrets::json(&kept))?,
        Form::Table if kept.is_empty() => global.note("no secret is kept; `windlass secret set NAME` keeps one"),
        Form::Table => print(&secrets::table(&kept, global.stdout().colour))?,
    }
    Ok(Exit::Ok)
}

fn remove(args: &RemoveArgs, global: &Global) -> Outcome {
    let name = &args.name;
    // Nothing is made for the sake of removing something from it.
    let kept = global.store(Access::Read)?.secrets()?;
    if !kept.iter().any(|kept| kept.name == *name) {
        let failure = Failure::new(Exit::Usage, format!("there is no secret `{name}`"));
        return Err(match nearest(name, kept.iter().map(|kept| kept.name.as_str())) {
            Some(near) => failure.next(format!("did you mean `{near}`?")),
            None => failure.next("`windlass secret ls` lists those that there are"),
        });
    }
    global.store(Access::Write)?.forget_secret(name)?;
    global.note(&format!("the secret `{name}` is forgotten"));
    Ok(Exit::Ok)
}

pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let ask = Ask { giver: Giver::Vault, name: name.to_owned() };
    let Some(rule) = ask.cannot_be_set() else { return Ok(()) };
    // What stands behind a `=` was meant as the value: it is not repeated.
    let shown = name.split('=').next().unwrap_or_default();
    let failure = Failure::new(
        Exit::Usage,
        format!("`{shown}{}` cannot be the name of a secret", if shown == name { "" } else { "=…" }),
    )
    .why(rule);
    Err(match name.split_once('=') {
        Some((name, _)) => failure.next(format!(
            "the value does not belong here, where others can read it: `windlass secret set {name}` asks for it"
        )),
        None => failure,
    })
}

/// No variable of an environment can be longer.
const LONGEST_VALUE: usize = 128 * 1024;

pub(super) fn usable(mut bytes: Vec<u8>) -> Result<Hidden, Failure> {
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    let refused = |why: &str| Failure::new(Exit::Usage, "the value cannot be kept").why(why);
    if bytes.len() > LONGEST_VALUE {
        return Err(
            refused("it is longer than 128 KiB, and no environment takes that").next("mount it as a file instead")
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.is_empty() => Err(refused("it is empty").next("check what was to give it")),
        Ok(text) if text.contains('\0') => Err(refused("it holds a zero byte, which no environment takes")),
        Ok(text) => Ok(Hidden::new(text)),
        Err(_) => Err(refused("it is no text in UTF-8, which environments and JSON need")
            .next("encode it, for example with `base64`")),
    }
}

fn from_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Usage, format!("`{}` cannot be read", path.display())).why(said(&error))
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    bounded(file, &format!("`{}`", path.display()))
}

/// The command speaks to the same terminal: it may ask for a passphrase.
fn from_command(command: &str) -> Result<Vec<u8>, Failure> {
    let failed = |why: String| Failure::new(Exit::Usage, "the command gave no value").why(why);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", command]).stderr(std::process::Stdio::inherit()).stdin(std::process::Stdio::inherit());
    let output = shell.output().map_err(|error| failed(said(&error)))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(format!("it ended with {}", output.status))) }
}

/// Reads no more than is needed to see that it is too much.
pub(super) fn bounded(from: impl Read, what: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = LONGEST_VALUE as u64 + 3;
    match from.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::new(Exit::Usage, format!("{what} cannot be read")).why(said(&error))),
    }
}

/// Asks for a value; what is typed is not shown.
pub(super) fn prompt(what: &str) -> Result<Vec<u8>, Failure> {
    complain(&format!("{what} (not shown): "))?;
    let mut line = Vec::new();
    let read = {
        let _dark = Dark::new();
        std::io::stdin().lock().read_until(b'\n', &mut line)
    };
    complain("\n")?;
    match read {
        Ok(0) => Err(Failure::new(Exit::Interrupted, "nothing was changed, because no value was given")),
        Ok(_) => Ok(line),
        Err(error) => Err(Failure::new(Exit::Usage, "the terminal cannot be read").why(said(&error))),
    }
}

/// While it lives, the terminal does not show what is typed.
struct Dark {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Dark {
    #[cfg(unix)]
    fn new() -> Dark {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(before) = &before {
            let mut dark = before.clone();
            dark.local_modes.remove(LocalModes::ECHO);
            // A terminal that cannot be dark is still better asked than not.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &dark);
        }
        Dark { before }
    }

    #[cfg(not(unix))]
    fn new() -> Dark {
        Dark {}
    }
}

impl Drop for Dark {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, before);
        }
    }
}
