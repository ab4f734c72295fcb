//! Operations as they are remembered: what was done to a deployment, by whom, step by step, and what came of it.
//!
//! Plain values. [`crate::store`] keeps them, [`crate::deploy`] writes them while it works, [`crate::report`] shows them. What
//! an operation was told to do is kept beside them as a sealed text, whose shape only the command line knows.

use crate::name::ModuleName;
use crate::registry::DeploymentId;

/// Eight hexadecimal digits; also in the labels of what the operation makes, and in its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(String);

impl OperationId {
    pub fn new(text: impl Into<String>) -> OperationId {
        OperationId(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is done to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Deploy,
    Undeploy,
    Rollback,
    /// A module that was added or changed by hand.
    Set,
    Suspend,
    Resume,
    Restart,
    Delete,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::Deploy,
        Kind::Undeploy,
        Kind::Rollback,
        Kind::Set,
        Kind::Suspend,
        Kind::Resume,
        Kind::Restart,
        Kind::Delete,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Deploy => "deploy",
            Kind::Undeploy => "undeploy",
            Kind::Rollback => "rollback",
            Kind::Set => "set",
            Kind::Suspend => "suspend",
            Kind::Resume => "resume",
            Kind::Restart => "restart",
            Kind::Delete => "delete",
        }
    }

    pub fn of_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Finished,
    Failed,
    /// Somebody interrupted it, or its process has died: the rest is still to be done.
    Interrupted,
    /// Given up: nobody wants the rest.
    Aborted,
}

impl State {
    pub const ALL: [State; 5] = [State::Running, State::Finished, State::Failed, State::Interrupted, State::Aborted];

    pub fn word(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Finished => "finished",
            State::Failed => "failed",
            State::Interrupted => "interrupted",
            State::Aborted => "aborted",
        }
    }

    pub fn of_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Who carries an operation out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user of the system.
    pub user: String,
    pub host: String,
    pub pid: u32,
    /// When the process was started, as its system counts: tells a number that was used again.
    pub process: String,
}

/// One operation. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub id: OperationId,
    pub deployment: DeploymentId,
    pub kind: Kind,
    pub state: State,
    /// While it runs, nothing; then the word of its last event: `restored`, `partial`, …
    pub outcome: String,
    pub began: i64,
    pub ended: Option<i64>,
    pub owner: Owner,
    /// The version after it; `None` when it leaves none.
    pub version: Option<String>,
    /// The revision that it has made.
    pub revision: Option<u64>,
    /// The operation that this one resumes or retries.
    pub repeats: Option<OperationId>,
}

impl Operation {
    /// Whether something of it is still to be done, and nobody is at it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Failed | State::Interrupted)
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    Pending,
    Running,
    Done,
    Failed,
    /// Not begun, because another one failed or the operation was interrupted.
    Skipped,
}

impl StepState {
    pub const ALL: [StepState; 5] =
        [StepState::Pending, StepState::Running, StepState::Done, StepState::Failed, StepState::Skipped];

    pub fn word(self) -> &'static str {
        match self {
            StepState::Pending => "pending",
            StepState::Running => "running",
            StepState::Done => "done",
            StepState::Failed => "failed",
            StepState::Skipped => "skipped",
        }
    }

    pub fn of_word(word: &str) -> Option<StepState> {
        StepState::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One step of an operation's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    pub step: usize,
    /// `module web`
    pub subject: String,
    /// `replace, new first`
    pub doing: String,
    pub state: StepState,
    /// What it has done, or why it failed; secrets are masked.
    pub detail: String,
    pub began: Option<i64>,
    pub ended: Option<i64>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub number: u64,
    pub at: i64,
    /// As `--progress json` prints it.
    pub json: String,
    /// As people read it: who, and what of it. Nothing, when another event says the same.
    pub lines: Vec<(String, String)>,
}

/// What is known of a revision of a deployment without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub number: u64,
    /// The one that made it; `None` when nobody has said.
    pub operation: Option<OperationId>,
    pub at: i64,
    pub version: String,
    /// Whether its operation came to its end: a way back leads to such a revision only.
    pub good: bool,
}

/// A container that windlass has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub deployment: DeploymentId,
    pub module: ModuleName,
    /// From 1; 0 is a task or a hook.
    pub instance: u32,
    pub container: String,
    pub operation: OperationId,
    pub at: i64,
    /// In words, without secrets.
    pub cause: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        assert!(Kind::ALL.iter().all(|kind| Kind::of_word(kind.word()) == Some(*kind)));
        assert!(State::ALL.iter().all(|state| State::of_word(state.word()) == Some(*state)));
        assert!(StepState::ALL.iter().all(|state| StepState::of_word(state.word()) == Some(*state)));
        assert_eq!(Kind::of_word("destroy"), None);
    }
}
