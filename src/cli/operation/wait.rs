//! `operation wait`: until it has ended.

use super::WaitArgs;
use super::find::find;
use crate::cli::Global;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::deploy::failure::in_words;
use crate::operation::{Operation, OperationId, State};
use crate::store::{Access, Store};
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) fn run(args: &WaitArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let operation = find(&store, &args.operation)?;
    let ended = until_ended(&store, &operation.id, args.timeout)?;
    let Some(ended) = ended else {
        let within = in_words(args.timeout.unwrap_or_default());
        return Err(Failure::new(Exit::Locked, format!("operation {} still runs after {within}", operation.id))
            .next(format!("`windlass operation logs {}` shows what it does", operation.id)));
    };
    global.note(&format!("operation {} ({} {}): {}", ended.id, ended.kind.word(), ended.deployment, word(&ended)));
    Ok(exit(&ended))
}

/// `None`: it still runs.
pub(super) fn until_ended(
    store: &Store,
    id: &OperationId,
    timeout: Option<Duration>,
) -> Result<Option<Operation>, Failure> {
    let began = Instant::now();
    loop {
        let operation = find(store, id.as_str())?;
        if operation.state != State::Running {
            return Ok(Some(operation));
        }
        if timeout.is_some_and(|timeout| began.elapsed() >= timeout) {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

fn word(operation: &Operation) -> &str {
    match operation.outcome.as_str() {
        "" => operation.state.word(),
        outcome => outcome,
    }
}

/// The exit code that it ended with, or that says how it is.
fn exit(operation: &Operation) -> Exit {
    match (operation.state, operation.outcome.as_str()) {
        (_, "restored") => Exit::Restored,
        (_, "partial") => Exit::Partial,
        (_, "subscribers-failed") => Exit::Subscribers,
        (State::Finished, _) => Exit::Ok,
        (State::Running, _) => Exit::Locked,
        (State::Failed, _) => Exit::Partial,
        (State::Interrupted | State::Aborted, _) => Exit::Interrupted,
    }
}
