//! How a command ends.

use crate::finding::Findings;
use crate::source::Sources;

/// Exit codes; the same numbers for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    /// Descriptors are wrong, or `lint` found something that fails.
    Findings = 1,
    /// Only with `--detailed-exitcode`: success, and there are changes.
    Changes = 2,
    /// The operation failed; the earlier state was restored.
    Restored = 3,
    /// The operation failed; partial state remains.
    Partial = 4,
    /// Waits for a person.
    Paused = 5,
    /// Deployed, but a subscriber could not be updated.
    Subscribers = 6,
    /// Another operation holds the lock.
    Locked = 7,
    /// Engine or registry unreachable, or credentials refused.
    Unreachable = 8,
    Usage = 64,
    Bug = 70,
    Interrupted = 130,
}

impl Exit {
    pub const ALL: &[Exit] = &[
        Exit::Ok,
        Exit::Findings,
        Exit::Changes,
        Exit::Restored,
        Exit::Partial,
        Exit::Paused,
        Exit::Subscribers,
        Exit::Locked,
        Exit::Unreachable,
        Exit::Usage,
        Exit::Bug,
        Exit::Interrupted,
    ];

    /// What programs are told beside the number, where a finding would have its code.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Ok => "ok",
            Exit::Findings => "failed",
            Exit::Changes => "changes",
            Exit::Restored => "restored",
            Exit::Partial => "partial",
            Exit::Paused => "paused",
            Exit::Subscribers => "subscribers",
            Exit::Locked => "locked",
            Exit::Unreachable => "unreachable",
            Exit::Usage => "usage",
            Exit::Bug => "bug",
            Exit::Interrupted => "interrupted",
        }
    }
}

/// Why a command could not do its work; printed by `cli::run`, in the form that `--message-format` names.
#[derive(Debug)]
pub enum Failure {
    /// The user's input is wrong: exit 1.
    Findings { sources: Sources, findings: Findings },
    /// Anything else: what happened, why, and what to do next (one suggestion a line).
    Message { exit: Exit, what: String, why: Option<String>, next: Vec<String> },
}

impl Failure {
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Findings { .. } => Exit::Findings,
            Failure::Message { exit, .. } => *exit,
        }
    }

    pub fn new(exit: Exit, what: impl Into<String>) -> Failure {
        Failure::Message { exit, what: what.into(), why: None, next: Vec::new() }
    }

    pub fn why(mut self, text: impl Into<String>) -> Failure {
        if let Failure::Message { why, .. } = &mut self {
            *why = Some(text.into());
        }
        self
    }

    pub fn next(mut self, text: impl Into<String>) -> Failure {
        if let Failure::Message { next, .. } = &mut self {
            next.push(text.into());
        }
        self
    }
}

/// What the system says, without the number that only programmers know.
pub fn said(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(number) => text[..number].to_lowercase(),
        None => text,
    }
}

pub type Outcome = Result<Exit, Failure>;
