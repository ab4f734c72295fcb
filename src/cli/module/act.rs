//! `windlass module suspend`, `resume`, `restart`: what is done to a module that is deployed, without a descriptor.

use super::super::config::find::current_folder;
use super::super::console::complain;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::operate::{OperationArgs, mention_takeover, told};
use super::super::ordered::{Order as Again, What};
use super::super::ports::runtime;
use super::super::{Global, Inputs, duration, inputs, saved};
use super::known::{Named, named, nothing_of};
use crate::deploy::failure::in_words;
use crate::deploy::lifecycle::{Order, change};
use crate::deploy::roster::{Listed, listed};
use crate::deploy::survey::Status;
use crate::deploy::{self, NotBegun};
use crate::engine::Docker;
use crate::operation::Kind;
use crate::plan::Plan;
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::lifecycle::Act;
use crate::plan::unit::Start;
use crate::report::progress::Form;
use crate::store::{Access, Store};
use std::time::Duration;

/// Stop a module, and keep it stopped: its containers and data stay, and no deployment starts it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Its process gets its grace period to end. Other modules and proxies find nobody there meanwhile.

Examples:
  windlass module suspend currency
  windlass module suspend shop/web")]
pub struct SuspendArgs {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    #[command(flatten)]
    pub operation: OperationArgs,
}

/// Start a module that is suspended: the same containers, as they were left
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module resume currency
  windlass module resume shop/web --start-timeout 2m")]
pub struct ResumeArgs {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    /// How long it may take to come up (`90s`, `2m`), instead of what its descriptor says
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub start_timeout: Option<Duration>,
    #[command(flatten)]
    pub operation: OperationArgs,
}

/// Stop a module and start it again; what waits for a restart takes effect
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass module restart currency
  windlass module restart shop/web")]
pub struct RestartArgs {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    /// How long it may take to come up (`90s`, `2m`), instead of what its descriptor says
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub start_timeout: Option<Duration>,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn suspend(args: SuspendArgs, global: &Global) -> Outcome {
    let SuspendArgs { which, operation } = args;
    told(operation.progress, || work(Act::Suspend, &which, None, &operation, global))
}

pub fn resume(args: ResumeArgs, global: &Global) -> Outcome {
    let ResumeArgs { which, start_timeout, operation } = args;
    told(operation.progress, || work(Act::Resume, &which, start_timeout, &operation, global))
}

pub fn restart(args: RestartArgs, global: &Global) -> Outcome {
    let RestartArgs { which, start_timeout, operation } = args;
    told(operation.progress, || work(Act::Restart, &which, start_timeout, &operation, global))
}

fn work(act: Act, name: &str, patience: Option<Duration>, args: &OperationArgs, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let named = named(name, &store, global)?;
    let prepared = args.prepare(global, patience);
    let (target, options) = (global.known_target()?, args.plan_options());
    let words = vec!["module".to_owned(), word(act).to_owned(), name.to_owned()];
    let told = told_again(words.clone(), args, patience, &options, global)?;
    let order = Order { act, deployment: &named.deployment, module: &named.module, target: &target, options: &options };
    runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let Some(found) = listed(&named.deployment, &named.module, &store, &engine).await? else {
            return Err(nothing_of(&named.deployment, &named.module, &store)?);
        };
        may_be_done(act, name, &named, &found, &store)?;
        let review = |plan: &Plan, dead: Option<&str>| {
            mention_takeover(dead, global);
            prepared.heed_signals();
            Ok(told.intent(kind(act), plan, None))
        };
        let ended = change(&order, &store, &engine, &prepared.options, &prepared.progress, review).await;
        let (plan, report) = match ended {
            Ok(ended) => ended,
            Err(NotBegun::Look(error)) => return Err(error.into()),
            Err(NotBegun::Refused(failure)) => return Err(failure),
        };
        if prepared.form != Form::Json && report.outcome == deploy::Outcome::Finished && global.quiet < 2 {
            let span = in_words(report.elapsed);
            complain(&match (act, plan.steps.is_empty()) {
                (Act::Suspend, true) => format!("`{name}` is suspended; it did not run\n"),
                (Act::Suspend, false) => format!("`{name}` is suspended, {span}; its containers and its data stay\n"),
                (Act::Resume, true) => format!("`{name}` runs already\n"),
                (Act::Resume, false) => format!("`{name}` runs again, {span}\n"),
                (Act::Restart | Act::Delete(_), _) => format!("`{name}` is restarted, {span}\n"),
            })?;
        }
        let words = [words, saved::target_options(global)].concat();
        Ok(prepared.conclude(&plan, &report, &saved::command(&words, global), global))
    })
}

fn word(act: Act) -> &'static str {
    kind(act).word()
}

fn kind(act: Act) -> Kind {
    match act {
        Act::Suspend => Kind::Suspend,
        Act::Resume => Kind::Resume,
        Act::Restart => Kind::Restart,
        Act::Delete(_) => Kind::Delete,
    }
}

/// What is told, for the record: it is done again by the same command.
pub fn told_again(
    words: Vec<String>,
    args: &OperationArgs,
    patience: Option<Duration>,
    options: &PlanOptions,
    global: &Global,
) -> Result<Again, Failure> {
    let (wishes, asked) = (Wishes::default(), inputs::operation(global));
    let told = saved::told(&Inputs::default(), global, &wishes, options, &asked, &current_folder()?);
    Ok(Again::new(What::Command(words), args.manner(patience), told, global))
}

/// What cannot be done is said before anything begins, with the way out.
fn may_be_done(act: Act, name: &str, named: &Named, found: &Listed, store: &Store) -> Result<(), Failure> {
    // Who holds the lock is told by whoever wants it.
    if found.at_work.is_some() {
        return Ok(());
    }
    let refuse = |what: &str| Failure::new(Exit::Usage, format!("`{name}` {what}"));
    let record = store.deployed(&named.deployment)?.record;
    let unit = record.iter().flat_map(|record| &record.units).find(|unit| unit.module == named.module);
    let Some(unit) = unit else {
        let begin = match &named.own {
            Some(_) => format!("`windlass module deploy {name}` starts it"),
            None => format!("`windlass deploy` goes on with what was begun of `{}`", named.deployment),
        };
        return Err(refuse("is not deployed").next(begin));
    };
    let deploy = match &named.own {
        Some(own) => format!("windlass module deploy {}", own.outline.marker),
        None => "windlass deploy".to_owned(),
    };
    if unit.execution.is_some() && act != Act::Suspend {
        return Err(refuse("is run once, by a deployment, when it is due").next(format!("`{deploy}`")));
    }
    if act == Act::Suspend {
        return Ok(());
    }
    if found.module.instances.is_empty() {
        let again = format!("`{deploy} --resume` brings them back");
        return Err(refuse("has no containers any more").next(again));
    }
    if unit.start == Start::No {
        return Err(refuse("is not to be started (`no-start`)")
            .next("take `no-start` out of its descriptor, or leave `--no-start` out, and deploy it"));
    }
    if act == Act::Restart && found.module.suspended && found.module.status == Status::Suspended {
        return Err(refuse("is suspended").next(format!("`windlass module resume {name}` starts it")));
    }
    Ok(())
}
