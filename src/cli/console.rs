//! The two streams: results on standard output, everything else on standard error.

use super::exit::{Exit, Failure};
use super::{Color, Global, MessageFormat};
use crate::finding::{Findings, Severity};
use crate::report::human::Style;
use crate::report::paint::{Colour, Paint};
use crate::report::{human, json, short};
use crate::source::Sources;
use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a stream can show.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    pub colour: Colour,
    /// Columns of the terminal; 100 where there is none.
    pub width: usize,
    pub terminal: bool,
}

impl Console {
    pub fn stdout(color: Color) -> Console {
        Console::new(color, std::io::stdout().is_terminal())
    }

    pub fn stderr(color: Color) -> Console {
        Console::new(color, std::io::stderr().is_terminal())
    }

    fn new(color: Color, terminal: bool) -> Console {
        let colour = if takes_colour(color, terminal, variable) { Colour::On } else { Colour::Off };
        let width = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = width.or_else(|| terminal.then(terminal_size::terminal_size)?.map(|(width, _)| width.0.into()));
        Console { colour, width: width.unwrap_or(100), terminal }
    }

    /// Rows of the terminal; 24 where nobody says.
    pub fn height(self) -> usize {
        terminal_size::terminal_size().map_or(24, |(_, height)| height.0.into())
    }

    pub fn style(self) -> Style {
        Style { colour: self.colour, width: self.width }
    }
}

impl Global {
    pub fn stdout(&self) -> Console {
        Console::stdout(self.color)
    }

    pub fn stderr(&self) -> Console {
        Console::stderr(self.color)
    }

    /// Shows findings on standard error, in the form that `--message-format` names.
    pub fn show_findings(&self, sources: &Sources, findings: &Findings) {
        let kept = findings.iter().filter(|finding| match self.quiet {
            0 => true,
            1 => finding.severity == Severity::Error,
            _ => false,
        });
        let kept: Findings = kept.cloned().collect();
        let text = match self.message_format {
            MessageFormat::Human => human::render(sources, &kept, self.stderr().style()),
            MessageFormat::Short => short::render(sources, &kept),
            MessageFormat::Json => json::lines(sources, &kept).into_iter().map(|line| line + "\n").collect(),
        };
        // There is no other place to complain about a standard error that is closed.
        let _ = complain(&text);
    }

    /// Shows why a command could not do its work, and returns how the process ends.
    pub fn show_failure(&self, failure: &Failure) -> Exit {
        match failure {
            Failure::Findings { sources, findings } => {
                self.show_findings(sources, findings);
                Exit::Findings
            }
            Failure::Message { exit, .. } if self.quiet > 1 => *exit,
            Failure::Message { .. } => show(failure, self.message_format, self.stderr().colour),
        }
    }

    /// A remark for people, such as what was chosen for them. Not shown with `-q`, nor to programs.
    pub fn note(&self, text: &str) {
        if self.quiet == 0 && self.message_format == MessageFormat::Human {
            let _ = complain(&format!("{}: {text}\n", self.stderr().colour.paint(Paint::Cyan, "note")));
        }
    }
}

/// Whether `-qq` asked for nothing but the exit code. One command line is all that a process runs.
static SILENT: AtomicBool = AtomicBool::new(false);

pub(super) fn silent(yes: bool) {
    SILENT.store(yes, Ordering::Relaxed);
}

/// Writes a result to standard output. A reader that has gone away (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    if SILENT.load(Ordering::Relaxed) {
        return Ok(());
    }
    write(std::io::stdout().lock(), text)
}

/// Writes to standard error.
pub fn complain(text: &str) -> Result<(), Failure> {
    write(std::io::stderr().lock(), text)
}

fn write(mut stream: impl Write, text: &str) -> Result<(), Failure> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Findings, "cannot write the result")
                .why(error.to_string())
                .next("check where the output goes: is the disk full?"))
        }
        _ => Ok(()),
    }
}

/// Shows a failure that is no finding, and returns how the process ends.
pub fn show(failure: &Failure, form: MessageFormat, colour: Colour) -> Exit {
    let Failure::Message { exit, what, why, next } = failure else { return Exit::Findings };
    let why = why.as_deref();
    let text = match form {
        MessageFormat::Human => human::message(what, why, next, colour),
        MessageFormat::Short => short::message(what, why, next),
        MessageFormat::Json => json::message_line(exit.word(), what, why, next) + "\n",
    };
    // There is no other place to complain about a standard error that is closed.
    let _ = complain(&text);
    *exit
}

/// What `--color` asks for, when the command line as a whole could not be read.
pub fn color_wanted(arguments: &[OsString]) -> Color {
    match wanted(arguments, "--color").or_else(|| variable("WINDLASS_COLOR")).as_deref() {
        Some("always") => Color::Always,
        Some("never") => Color::Never,
        _ => Color::Auto,
    }
}

/// What `--message-format` asks for, when the command line as a whole could not be read.
pub fn format_wanted(arguments: &[OsString]) -> MessageFormat {
    match wanted(arguments, "--message-format").or_else(|| variable("WINDLASS_MESSAGE_FORMAT")).as_deref() {
        Some("short") => MessageFormat::Short,
        Some("json") => MessageFormat::Json,
        _ => MessageFormat::Human,
    }
}

fn wanted(arguments: &[OsString], flag: &str) -> Option<String> {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(flag)? {
        "" => words.get(at + 1).map(|value| value.to_string()),
        value => value.strip_prefix('=').map(str::to_owned),
    })
}

fn takes_colour(color: Color, terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if variable("CLICOLOR_FORCE").as_deref() == Some("1") => true,
        Color::Auto => {
            terminal
                && variable("NO_COLOR").is_none_or(|value| value.is_empty())
                && variable("TERM").as_deref() != Some("dumb")
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read in `cli` and handed down")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_flag_then_variables_then_the_stream() {
        let with = |color, terminal, variables: &[(&str, &str)]| {
            takes_colour(color, terminal, |name| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(with(Color::Auto, true, &[]));
        assert!(!with(Color::Auto, false, &[]));
        assert!(!with(Color::Auto, true, &[("NO_COLOR", "1")]));
        assert!(with(Color::Auto, true, &[("NO_COLOR", "")]));
        assert!(!with(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(with(Color::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(with(Color::Always, false, &[("NO_COLOR", "1")]));
        assert!(!with(Color::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }

    #[test]
    fn color_is_found_on_a_line_that_clap_refused() {
        let line = |words: &[&str]| color_wanted(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(line(&["windlass", "--color=never", "deply"]), Color::Never);
        assert_eq!(line(&["windlass", "--color", "always"]), Color::Always);
        assert_eq!(line(&["windlass", "plan"]), Color::Auto);
    }
}
