//! What an operation does, while it does it: live lines for terminals, one line per change for build logs, JSON for
//! programs.
//!
//! People's lines go to standard error, JSON goes to standard output, where it is the result.

mod json;
mod plain;
mod tty;

use crate::deploy::event::{Event, Events};
use crate::deploy::recorder::Said;
use crate::report::paint::Colour;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use time::UtcOffset;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Terminal,
    Plain,
    Json,
    Quiet,
}

/// Shows the events of one operation.
pub struct Progress {
    shown: Shown,
}

enum Shown {
    Terminal(Box<tty::Terminal>),
    Plain { colour: Colour, offset: UtcOffset, stream: Mutex<std::io::Stderr> },
    Json { operation: String, stream: Mutex<std::io::Stdout> },
    Nothing,
}

impl Progress {
    /// `offset`: of local time, for the times that people read.
    pub fn new(form: Form, operation: &str, colour: Colour, offset: UtcOffset) -> Progress {
        let shown = match form {
            Form::Terminal => Shown::Terminal(Box::new(tty::Terminal::new(colour))),
            Form::Plain => Shown::Plain { colour, offset, stream: Mutex::new(std::io::stderr()) },
            Form::Json => Shown::Json { operation: operation.to_owned(), stream: Mutex::new(std::io::stdout()) },
            Form::Quiet => Shown::Nothing,
        };
        Progress { shown }
    }
}

impl Events for Progress {
    fn tell(&self, at: SystemTime, event: &Event) {
        match &self.shown {
            Shown::Terminal(terminal) => terminal.tell(event),
            Shown::Plain { colour, offset, stream } => {
                write(stream, &plain::lines(at, *offset, event, *colour));
            }
            Shown::Json { operation, stream } => write(stream, &json::line(at, operation, event)),
            Shown::Nothing => {}
        }
    }
}

/// The only event of an operation that could not begin: `operation.finished`, which is always the last one.
pub fn not_begun(at: SystemTime, operation: &str, outcome: &str, exit_code: u8) -> String {
    json::not_begun(at, operation, outcome, exit_code)
}

/// An event as it is kept: for programs as they read it while it happens, and for people likewise.
pub fn said(at: SystemTime, operation: &str, event: &Event) -> Said {
    let json = json::line(at, operation, event).trim_end().to_owned();
    Said { json, lines: plain::texts(event, Colour::Off) }
}

/// A reader that has gone away must not stop a deployment half-way.
fn write(stream: &Mutex<impl Write>, text: &str) {
    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
