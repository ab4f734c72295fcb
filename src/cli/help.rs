//! `windlass help`: a command's help, or a topic that belongs to no one command.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::{Global, tree};
use crate::name::nearest;
use crate::report::paint::Colour;

/// Show the help of a command, or one of the topics exit-codes, environment, formats
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass help resolve      The same as `windlass resolve --help`
  windlass help exit-codes   What the exit codes mean")]
pub struct Args {
    /// A command (`deploy`, `registry ls`) or a topic
    #[arg(value_name = "COMMAND")]
    pub words: Vec<String>,
}

pub const EXIT_CODES: &str = include_str!("help/exit-codes.txt");
pub const ENVIRONMENT: &str = include_str!("help/environment.txt");

/// Name and text of what `help` can tell beside the commands.
const TOPICS: [(&str, &str); 3] =
    [("exit-codes", EXIT_CODES), ("environment", ENVIRONMENT), ("formats", include_str!("help/formats.txt"))];

/// What help can be asked for in one word.
pub fn names() -> impl Iterator<Item = String> {
    let commands: Vec<String> = tree().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    commands.into_iter().chain(TOPICS.map(|(name, _)| name.to_owned()))
}

pub fn run(args: Args, global: &Global) -> Outcome {
    if let [word] = &*args.words
        && let Some((_, text)) = TOPICS.iter().find(|(name, _)| name == word)
    {
        print(text)?;
        return Ok(Exit::Ok);
    }
    if let [word] = &*args.words
        && word == "topics"
    {
        print(
            &TOPICS.map(|(name, text)| format!("{name:<13} {}\n", text.lines().next().unwrap_or_default())).concat(),
        )?;
        return Ok(Exit::Ok);
    }
    let mut command = tree();
    command.build();
    for word in &args.words {
        let Some(found) = command.find_subcommand(word) else {
            let failure = Failure::new(Exit::Usage, format!("there is no command or topic `{}`", args.words.join(" ")));
            let topics = TOPICS.iter().map(|(name, _)| *name);
            let names = command.get_subcommands().map(clap::Command::get_name).chain(topics);
            return Err(match nearest(word, names) {
                Some(near) => failure.next(format!("did you mean `windlass help {near}`?")),
                None => failure.next("`windlass help` lists the commands, and the topics at its end"),
            });
        };
        command = found.clone();
    }
    let help = command.render_long_help();
    print(&match global.stdout().colour {
        Colour::On => help.ansi().to_string(),
        Colour::Off => help.to_string(),
    })?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::super::exit::Exit;
    use super::TOPICS;

    #[test]
    fn the_topic_names_every_exit_code() {
        let (_, text) = TOPICS[0];
        for exit in Exit::ALL {
            let number = format!("{:>4}  ", *exit as i32);
            assert!(text.lines().any(|line| line.starts_with(&number)), "{number} is not explained");
        }
    }
}
