//! `windlass completions SHELL`: the script that makes a shell complete windlass; and the answers when the shell asks.
//!
//! The script knows nothing itself: with each Tab the shell runs windlass, with the words of the line and the variable
//! [`ASKED`] set. So commands and options are always those of the installed program, and names those of this moment.
//! The package that does it calls this engine unstable; its version is pinned by the lock file, and script and answers
//! come from one binary as long as the script is fetched when the shell starts.

use super::console::print;
use super::exit::{Exit, Outcome};
use super::live::{Line, attach};
use super::{Global, console, enter, tree};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;
use std::ffi::OsString;

/// Print the script that makes a shell complete commands, options and names
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Names are looked up when Tab is pressed: modules of the descriptor at hand, applications that are deployed, targets, secrets. What is not known
within a fifth of a second is left out. The engine is not asked, and nothing is written.

Fetch the script when the shell starts, so that it always fits the program:
  bash          echo 'source <(windlass completions bash)' >> ~/.bashrc
  zsh           echo 'source <(windlass completions zsh)' >> ~/.zshrc    (below `compinit`)
  fish          echo 'windlass completions fish | source' > ~/.config/fish/completions/windlass.fish
  elvish        echo 'eval (windlass completions elvish | slurp)' >> ~/.config/elvish/rc.elv
  powershell    Add-Content $PROFILE 'windlass completions powershell | Out-String | Invoke-Expression'

Examples:
  windlass completions bash
  windlass completions fish > windlass.fish")]
pub struct Args {
    /// The shell that is to complete
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Elvish => "elvish",
        }
    }
}

/// Names the shell that asks. No option has this variable: theirs begin without the line.
const ASKED: &str = "_WINDLASS_COMPLETE";

const PROGRAM: &str = "windlass";

pub fn run(args: Args, _global: &Global) -> Outcome {
    let shells = Shells::builtins();
    let shell = shells.completer(args.shell.name()).expect("each shell that can be named is built in");
    let mut script = Vec::new();
    shell.write_registration(ASKED, PROGRAM, PROGRAM, PROGRAM, &mut script).expect("a vector takes every byte");
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// Answers a shell that asks what could stand at a place of a line; `None` when nobody asks.
pub fn answer(arguments: &[OsString]) -> Option<Exit> {
    console::variable(ASKED)?;
    // `windlass -- windlass status sho`: what is behind the two dashes is the line.
    let words = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let line = Line::read(tree(), words);
    // Paths are completed where the command would work.
    let here = enter(line.directory()).ok().and_then(|()| std::env::current_dir().ok());
    let asked = CompleteEnv::with_factory(|| attach(tree(), &line)).var(ASKED);
    match asked.try_complete(arguments.iter().cloned(), here.as_deref()) {
        Ok(_) => Some(Exit::Ok),
        // A shell would show a message in the middle of the line that is being typed.
        Err(_) => Some(Exit::Usage),
    }
}

#[cfg(test)]
mod tests {
    use super::Shell;
    use clap::ValueEnum;
    use clap_complete::env::Shells;

    #[test]
    fn every_shell_that_can_be_named_is_built_in() {
        for shell in Shell::value_variants() {
            assert!(Shells::builtins().completer(shell.name()).is_some(), "{shell:?}");
        }
        assert_eq!(Shell::value_variants().len(), Shells::builtins().names().count());
    }
}
