//! `operation resume` and `operation retry`: the order of an operation, carried out again.

use super::AgainArgs;
use super::find::find;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::operate::{OperationArgs, told};
use crate::cli::ordered::{Order, What};
use crate::cli::{Global, deploying, rollback, undeploy};
use crate::operation::{Operation, State, StepState};
use crate::store::{Access, Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Resume,
    Retry,
}

pub(super) fn run(args: &AgainArgs, verb: Verb, global: &Global) -> Outcome {
    told(args.progress, || work(args, verb, global))
}

fn work(args: &AgainArgs, verb: Verb, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let operation = find(&store, &args.operation)?;
    let id = operation.id.clone();
    may_go_on(&operation, verb)?;
    let order =
        store.order_of(&id)?.ok_or_else(|| Failure::new(Exit::Usage, format!("operation {id} has no order")))?;
    let order = Order::read(&order, &id)?;
    let options = OperationArgs {
        parallel: order.manner.parallel,
        progress: args.progress,
        task_timeout: order.manner.task_timeout,
        no_hooks: order.inputs.no_hooks,
        no_restart_subscribed_apps: !order.inputs.restart_subscribers,
        abort_on_error: order.manner.abort_on_error,
        lock_timeout: None,
    };
    if let What::Command(words) = &order.what {
        return Err(Failure::new(Exit::Usage, format!("operation {id} is not carried out again from its record"))
            .next(format!("do it again: `windlass {}`", words.join(" "))));
    }
    global.note(&format!(
        "operation {id} ({} {}): {}",
        operation.kind.word(),
        operation.deployment,
        so_far(&store, &operation)?
    ));
    // Local time is asked for while the process has one thread.
    let prepared = options.prepare(global, order.manner.start_timeout);
    match order.what.clone() {
        What::Deploy => deploying::again(order, id, &store, prepared, global),
        What::Undeploy { mta, delete_data } => {
            let (_, global) = order.again(global)?;
            let args = undeploy::Args { mta, yes: true, delete_data, retries: 0, operation: options };
            undeploy::work(&args, &store, prepared, Some(&id), &global)
        }
        What::Rollback { mta, to } => {
            let (_, global) = order.again(global)?;
            let args = rollback::Args { mta, to: Some(to), yes: true, operation: options };
            rollback::work(&args, &store, &prepared, Some(&id), &global)
        }
        What::Command(_) => Ok(Exit::Ok),
    }
}

fn may_go_on(operation: &Operation, verb: Verb) -> Result<(), Failure> {
    let id = &operation.id;
    match (operation.state, verb) {
        (State::Failed | State::Interrupted, _) | (State::Finished | State::Aborted, Verb::Retry) => Ok(()),
        (State::Running, _) => Err(Failure::new(Exit::Locked, format!("operation {id} is still running"))
            .next(format!("`windlass operation wait {id}`"))),
        // Its subscribers may want another try.
        (State::Finished, Verb::Resume) if operation.outcome != State::Finished.word() => Ok(()),
        (State::Finished, Verb::Resume) => {
            Err(Failure::new(Exit::Usage, format!("operation {id} has ended well; there is nothing left of it to do"))
                .next(format!("`windlass operation retry {id}` does it once more")))
        }
        (State::Aborted, Verb::Resume) => Err(Failure::new(Exit::Usage, format!("operation {id} was given up"))
            .next(format!("`windlass operation retry {id}` does it all the same"))),
    }
}

/// What it had done.
fn so_far(store: &Store, operation: &Operation) -> Result<String, Failure> {
    let steps = store.steps_of(&operation.id)?;
    let done: Vec<&str> =
        steps.iter().filter(|step| step.state == StepState::Done).map(|step| step.subject.as_str()).collect();
    Ok(match (done.as_slice(), steps.len()) {
        ([], _) => "nothing of it was done".to_owned(),
        (done, all) if done.len() == all => "all of it was done".to_owned(),
        (done, all) => format!("{} of {all} steps were done ({})", done.len(), done.join(", ")),
    })
}
