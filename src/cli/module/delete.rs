//! `windlass module delete`: a module goes, with what belongs to it alone.

use super::super::console::complain;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::operate::{OperationArgs, can_ask, mention_takeover, told};
use super::super::ports::runtime;
use super::super::undeploy::ask_for;
use super::super::{Global, saved};
use super::act::told_again;
use super::known::{Named, named, nothing_of};
use super::values::own_secret;
use crate::deploy::failure::in_words;
use crate::deploy::lifecycle::{Order, change};
use crate::deploy::look::LookError;
use crate::deploy::roster::{added, listed};
use crate::deploy::{self, NotBegun, Removal, Report, undeploy};
use crate::engine::{Docker, Look};
use crate::operation::{Kind, State};
use crate::plan::Plan;
use crate::plan::difference::Volumes;
use crate::plan::lifecycle::Act;
use crate::report::progress::Form;
use crate::store::{Access, Store, StoreError, Which};

/// Delete a module: its containers, its volumes with all data, its entries and, of one that was added, its descriptor and secrets
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Shows what goes, and asks. Modules of other applications that follow its entries get their new environment. A module from a
descriptor comes back with the next deployment of that.

Examples:
  windlass module delete currency
  windlass module delete currency --yes --keep-data    Without questions; volumes stay
  windlass module delete shop/web")]
pub struct Args {
    /// A module that was added, or MTA/MODULE
    #[arg(value_name = "NAME")]
    pub which: String,
    /// No questions
    #[arg(short, long)]
    pub yes: bool,
    /// Leave its volumes
    #[arg(long)]
    pub keep_data: bool,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    told(args.operation.progress, || work(&args, global))
}

fn work(args: &Args, global: &Global) -> Outcome {
    let name = &args.which;
    if !args.yes && !can_ask() {
        return Err(Failure::new(Exit::Usage, format!("`module delete {name}` would ask, and there is no terminal"))
            .next(format!("`windlass module delete {name} --yes` does not ask")));
    }
    let store = global.store(Access::Write)?;
    let named = named(name, &store, global)?;
    let prepared = args.operation.prepare(global, None);
    let (target, options) = (global.known_target()?, args.operation.plan_options());
    let volumes = if args.keep_data { Volumes::Keep } else { Volumes::Remove };
    let also = what_else(&named, &store)?;
    let mut words = vec!["module".to_owned(), "delete".to_owned(), name.clone()];
    words.extend(args.keep_data.then(|| "--keep-data".to_owned()));
    let told = told_again(words.clone(), &args.operation, None, &options, global)?;
    runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let endpoint = engine.info().await?.endpoint;
        if listed(&named.deployment, &named.module, &store, &engine).await?.is_none() {
            return Err(nothing_of(&named.deployment, &named.module, &store)?);
        }
        let review = |plan: &Plan, dead: Option<&str>| {
            mention_takeover(dead, global);
            if !args.yes {
                also.iter().try_for_each(|line| complain(&format!("{line}\n")))?;
                ask_for(plan, &endpoint, global)?;
            }
            prepared.heed_signals();
            Ok(told.intent(Kind::Delete, plan, None))
        };
        let (deployment, module) = (&named.deployment, &named.module);
        let ended: Result<(Plan, Report), NotBegun<Failure>> = if is_all_there_is(&named, &store)? {
            let removal = Removal { deployment, target: &target, options: &options, volumes };
            undeploy(&removal, &store, &engine, &prepared.options, &prepared.progress, review).await
        } else {
            let act = Act::Delete(volumes);
            let order = Order { act, deployment, module, target: &target, options: &options };
            change(&order, &store, &engine, &prepared.options, &prepared.progress, review).await
        };
        let (plan, report) = match ended {
            Ok(ended) => ended,
            Err(NotBegun::Look(error)) => return Err(locked(error, &named, &store)?),
            Err(NotBegun::Refused(failure)) => return Err(failure),
        };
        if matches!(report.outcome, deploy::Outcome::Finished | deploy::Outcome::Subscribers) {
            forget(&named, &store)?;
            if prepared.form != Form::Json && global.quiet < 2 {
                complain(&format!("`{name}` is deleted, {}\n", in_words(report.elapsed)))?;
                plan.notices.iter().for_each(|notice| global.note(notice));
            }
        }
        let words = [words, saved::target_options(global)].concat();
        Ok(prepared.conclude(&plan, &report, &saved::command(&words, global), global))
    })
}

/// Who is at work on it must end first; a deletion says how to make it.
fn locked(error: LookError, named: &Named, store: &Store) -> Result<Failure, Failure> {
    let is_locked = matches!(error, LookError::Store(StoreError::Locked { .. }));
    let failure = Failure::from(error);
    let last = store.operations(&Which { deployment: Some(&named.deployment), last: Some(1) })?;
    Ok(match last.first().filter(|operation| is_locked && operation.state == State::Running) {
        Some(operation) => failure.next(format!("`windlass operation abort {}` asks it to stop", operation.id)),
        None => failure,
    })
}

/// Whether its deployment has nothing else; then all of it goes.
fn is_all_there_is(named: &Named, store: &Store) -> Result<bool, Failure> {
    let record = store.deployed(&named.deployment)?.record;
    Ok(record.is_none_or(|record| record.units.iter().all(|unit| unit.module == named.module)))
}

/// What goes that no plan shows.
fn what_else(named: &Named, store: &Store) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    if let Some(own) = &named.own {
        lines.push(format!("  -   descriptor of module {}", own.outline.marker));
        lines.extend(own_secrets(named, store)?.into_iter().map(|name| format!("  -   secret {name}")));
    }
    Ok(lines)
}

/// The secrets that were made for it, and that no other module names.
fn own_secrets(named: &Named, store: &Store) -> Result<Vec<String>, Failure> {
    let Some(own) = &named.own else { return Ok(Vec::new()) };
    let kept = store.secrets()?;
    let others = added(store)?;
    let named_elsewhere = |name: &String| {
        let others = others.iter().filter(|other| other.kept.deployment != named.deployment);
        others.flat_map(|other| &other.outline.secrets).any(|other| other == name)
    };
    let prefix = own_secret(&own.outline.marker, "");
    let names = own.outline.secrets.iter().filter(|name| name.starts_with(&prefix) && !named_elsewhere(name));
    let mut names: Vec<String> = names.filter(|name| kept.iter().any(|kept| kept.name == **name)).cloned().collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn forget(named: &Named, store: &Store) -> Result<(), Failure> {
    for secret in own_secrets(named, store)? {
        store.forget_secret(&secret)?;
    }
    if named.own.is_some() {
        store.forget_own_module(&named.deployment)?;
    }
    store.forget_logs(&named.deployment, &named.module)?;
    Ok(())
}
