//! `operation abort`: the one that runs is asked to stop, the one that did not end is given up.

use super::AbortArgs;
use super::find::find;
use super::wait::until_ended;
use crate::cli::Global;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::deploy::failure::in_words;
use crate::operation::{Operation, State, StepState};
use crate::store::{self, Access, Store};

pub(super) fn run(args: &AbortArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let operation = find(&store, &args.operation)?;
    let id = &operation.id;
    match operation.state {
        State::Finished => {
            return Err(Failure::new(Exit::Usage, format!("operation {id} has ended well; there is nothing to abort"))
                .next(format!("`windlass history {}` shows the way back", operation.deployment.mta)));
        }
        State::Aborted => {
            global.note(&format!("operation {id} was aborted before"));
            return Ok(Exit::Ok);
        }
        State::Failed | State::Interrupted => {}
        State::Running => {
            ask_to_stop(&operation)?;
            global.note(&format!("operation {id} ends after its current steps"));
            let Some(ended) = until_ended(&store, id, Some(args.timeout))? else {
                let what = format!("operation {id} still runs, {} after it was asked to stop", in_words(args.timeout));
                return Err(Failure::new(Exit::Locked, what)
                    .next(format!("`windlass operation wait {id}`"))
                    .next("abort it again, and it leaves everything as it is that moment".to_owned()));
            };
            if ended.state == State::Finished {
                global.note(&format!("operation {id} has ended well before it could stop"));
                return Ok(Exit::Ok);
            }
        }
    }
    if store.give_up(id)? {
        global.note(&format!("operation {id} is aborted; {}", what_stays(&store, &operation)?));
    }
    Ok(Exit::Ok)
}

/// Asks the process, and no other one that may have its number by now.
fn ask_to_stop(operation: &Operation) -> Result<(), Failure> {
    let owner = &operation.owner;
    if !store::is(owner) {
        let what = format!("operation {} runs on {}, and cannot be reached from here", operation.id, owner.host);
        return Err(Failure::new(Exit::Locked, what)
            .next(format!("`windlass operation abort {}` on {}, or Ctrl-C where it runs", operation.id, owner.host)));
    }
    interrupt(owner.pid).map_err(|why| {
        Failure::new(Exit::Usage, format!("process {} of {} cannot be asked to stop", owner.pid, owner.user)).why(why)
    })
}

#[cfg(unix)]
fn interrupt(pid: u32) -> Result<(), String> {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).ok_or("it has no such number")?;
    rustix::process::kill_process(pid, rustix::process::Signal::INT).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
fn interrupt(_: u32) -> Result<(), String> {
    Err("this system knows no such signal; press Ctrl-C where it runs".to_owned())
}

fn what_stays(store: &Store, operation: &Operation) -> Result<String, Failure> {
    let steps = store.steps_of(&operation.id)?;
    let done = steps.iter().filter(|step| step.state == StepState::Done).count();
    let mta = &operation.deployment.mta;
    Ok(match done {
        0 => "it had done nothing".to_owned(),
        _ => format!("what it has done stays ({done} of {} steps): `windlass status {mta}` shows it", steps.len()),
    })
}
