//! `windlass undeploy MTA`: removes what is deployed.

use super::config::find::current_folder;
use super::console::complain;
use super::exit::{Exit, Failure, Outcome};
use super::operate::{OperationArgs, Prepared, ask, can_ask, mention_takeover, show_changes, told};
use super::operation::prune_after;
use super::ordered::{Order, What};
use super::ports::{not_deployed, runtime};
use super::{Global, Inputs, inputs, saved};
use crate::deploy::failure::in_words;
use crate::deploy::survey::deployments;
use crate::deploy::{self, NotBegun, Removal, undeploy};
use crate::engine::{Docker, Look};
use crate::name::MtaId;
use crate::operation::{Kind, OperationId};
use crate::plan::desired::Wishes;
use crate::plan::difference::Volumes;
use crate::plan::{Action, Plan};
use crate::registry::DeploymentId;
use crate::report::progress::Form;
use crate::store::{Access, Store};
use std::time::Duration;

/// Remove an application: its containers, networks, entries and subscriptions; volumes only on request
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass undeploy shop                        Shows what goes, asks, removes it; data stays
  windlass undeploy shop --yes --delete-data    Without questions, with its volumes

Modules of other applications that follow its entries get their new environment, as after a deployment.")]
pub struct Args {
    /// ID of the application
    #[arg(value_name = "MTA")]
    pub mta: String,
    /// No questions
    #[arg(short, long)]
    pub yes: bool,
    /// Delete its volumes, too, with everything in them
    #[arg(long)]
    pub delete_data: bool,
    /// Try so many times more when it fails for a reason that is not about what is removed: an engine that does not answer
    #[arg(long, value_name = "N", default_value = "0")]
    pub retries: u32,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    told(args.operation.progress, || {
        refuse_to_ask_nobody(&args)?;
        let prepared = args.operation.prepare(global, None);
        let store = global.store(Access::Write)?;
        work(&args, &store, prepared, None, global)
    })
}

fn refuse_to_ask_nobody(args: &Args) -> Result<(), Failure> {
    if !args.yes && !can_ask() {
        return Err(Failure::new(Exit::Usage, format!("`undeploy {}` would ask, and there is no terminal", args.mta))
            .next(format!("`windlass undeploy {} --yes` does not ask", args.mta)));
    }
    Ok(())
}

/// `repeats`: the operation that this one carries out again.
pub fn work(
    args: &Args,
    store: &Store,
    mut prepared: Prepared,
    repeats: Option<&OperationId>,
    global: &Global,
) -> Outcome {
    let target = global.known_target()?;
    let deployment = DeploymentId {
        mta: MtaId::new(args.mta.as_str()),
        namespace: target.namespace.clone(),
        space: target.space.clone(),
    };
    let options = args.operation.plan_options();
    let volumes = if args.delete_data { Volumes::Remove } else { Volumes::Keep };
    let wishes = Wishes::default();
    let asked = inputs::operation(global);
    let told = saved::told(&Inputs::default(), global, &wishes, &options, &asked, &current_folder()?);
    let what = What::Undeploy { mta: args.mta.clone(), delete_data: args.delete_data };
    let order = Order::new(what, args.operation.manner(None), told, global);
    let removal = Removal { deployment: &deployment, target: &target, options: &options, volumes };
    let outcome = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let endpoint = engine.info().await?.endpoint;
        let known = deployments(store, &engine).await?;
        let (mut left, mut pause, mut asked) = (args.retries, Duration::from_secs(1), args.yes);
        let mut repeats = repeats.cloned();
        loop {
            let mut gone = false;
            let review = |plan: &Plan, dead: Option<&str>| {
                mention_takeover(dead, global);
                gone = plan.steps.is_empty() && !known.contains(&deployment);
                if !gone && !asked {
                    ask_for(plan, &endpoint, global)?;
                }
                prepared.heed_signals();
                Ok(order.intent(Kind::Undeploy, plan, repeats.clone()))
            };
            let ended = undeploy(&removal, store, &engine, &prepared.options, &prepared.progress, review).await;
            let (plan, report) = match ended {
                Ok(ended) => ended,
                Err(NotBegun::Look(error)) => return Err(error.into()),
                Err(NotBegun::Refused(failure)) => return Err(failure),
            };
            if gone {
                // What is asked for holds already, so scripts that clean up may run twice; a mistyped name is still told.
                if let Failure::Message { what, next, .. } = not_deployed(&deployment, &known) {
                    global.note(&format!("{what}; {}", next.join("; ")));
                }
            } else if prepared.form != Form::Json && report.outcome == deploy::Outcome::Finished && global.quiet < 2 {
                let span = in_words(report.elapsed);
                complain(&format!("`{deployment}` is undeployed, {span}\n"))?;
                for notice in &plan.notices {
                    global.note(notice);
                }
            }
            let words =
                [vec!["undeploy".to_owned(), deployment.mta.to_string()], saved::target_options(global)].concat();
            let exit = prepared.conclude(&plan, &report, &saved::command(&words, global), global);
            let again = left > 0 && report.is_worth_another_try() && !prepared.is_stopped();
            if !again || prepared.pause_before_another_try(&mut pause, left, global).await {
                return Ok(exit);
            }
            left -= 1;
            asked = true;
            repeats = Some(OperationId::new(prepared.options.operation.as_str()));
            prepared = prepared.anew();
        }
    });
    prune_after(store, global);
    outcome
}

/// Shows what would go and asks, for data once more.
pub(super) fn ask_for(plan: &Plan, endpoint: &str, global: &Global) -> Result<(), Failure> {
    show_changes(plan, Some(endpoint), global)?;
    let named = |wanted: fn(&Action) -> Option<String>| -> Vec<String> {
        plan.steps.iter().filter_map(|step| wanted(&step.action)).collect()
    };
    let modules = named(|action| match action {
        Action::RemoveUnit { module, .. } => Some(format!("`{module}`")),
        _ => None,
    });
    let of = match modules.as_slice() {
        [] => String::new(),
        [one] => format!(" with its module {one}"),
        more => format!(" with its modules {}", more.join(", ")),
    };
    ask(&format!("Remove `{}` from {}{of}?", plan.deployment, plan.deployment.space))?;
    let volumes = named(|action| match action {
        Action::RemoveVolume { name } => Some(format!("`{name}`")),
        _ => None,
    });
    if volumes.is_empty() {
        return Ok(());
    }
    let noun = if volumes.len() == 1 { "volume" } else { "volumes" };
    ask(&format!("Delete {noun} {} with all data?", volumes.join(", ")))
}
