//! `windlass rollback MTA`: back to what was deployed before.

use super::config::find::current_folder;
use super::console::{complain, print};
use super::deploying::Asked;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::Opened;
use super::operate::{OperationArgs, Prepared, ask, can_ask, mention_takeover, show_changes, told};
use super::operation::prune_after;
use super::ordered::{Manner, Order, What};
use super::ports::runtime;
use super::{Global, Inputs, inputs, saved, selection};
use crate::deploy::failure::in_words;
use crate::deploy::images::Inquiry;
use crate::deploy::look::{LookError, Request, contents_again};
use crate::deploy::rollback::{Back, Missing, roll_back};
use crate::deploy::{self, NotBegun};
use crate::engine::{Docker, Look};
use crate::name::MtaId;
use crate::operation::{Kind, OperationId, Revision};
use crate::package::ModuleContents;
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::{Action, Hooks, Plan, Restart, Secrets, Suspended};
use crate::registry::DeploymentId;
use crate::report::progress::Form;
use crate::store::{Access, Store};
use crate::target::Target;
use std::cell::RefCell;

/// Go back to an earlier revision of an application: its modules, entries and subscriptions as they were
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Modules come back as they ran: with the values that they had then, and the very image, as long as the engine still has it. Data
in volumes stays as it is. What the earlier revision did not have is removed, after a question.

Examples:
  windlass rollback shop           To the last good revision before this one
  windlass rollback shop --to 3    To revision 3; `windlass history shop` lists them")]
pub struct Args {
    /// ID of the application
    #[arg(value_name = "MTA")]
    pub mta: String,
    /// To this revision (default: the last good one before the one that is deployed)
    #[arg(long, value_name = "REVISION")]
    pub to: Option<u64>,
    /// No questions
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    told(args.operation.progress, || {
        let store = global.store(Access::Write)?;
        let prepared = args.operation.prepare(global, None);
        work(&args, &store, &prepared, None, global)
    })
}

/// `repeats`: the operation that this one carries out again.
pub fn work(
    args: &Args,
    store: &Store,
    prepared: &Prepared,
    repeats: Option<&OperationId>,
    global: &Global,
) -> Outcome {
    let target = global.known_target()?;
    let deployment = DeploymentId {
        mta: MtaId::new(args.mta.as_str()),
        namespace: target.namespace.clone(),
        space: target.space.clone(),
    };
    let to = destination(store, &deployment, args.to)?;
    let way = Way {
        deployment: &deployment,
        to: &to,
        target: &target,
        options: &args.operation.plan_options(),
        manner: args.operation.manner(None),
        repeats,
        asks: !args.yes,
    };
    let outcome = runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        go(&way, store, &engine, prepared, global).await
    });
    prune_after(store, global);
    outcome
}

/// Goes back by itself, after a deployment that has failed. Its exit code says that what was there before is there again.
pub async fn after_failure(
    deployment: &DeploymentId,
    store: &Store,
    engine: &Docker,
    prepared: &Prepared,
    asked: &Asked,
) -> Outcome {
    let global = &asked.global;
    let Some(to) = store.revisions(deployment)?.into_iter().find(|revision| revision.good) else {
        global.note(&format!("`{deployment}` has no good revision to go back to; what is done stays"));
        return Ok(Exit::Partial);
    };
    global.note(&format!("going back to revision {} ({})", to.number, to.version));
    let target = global.known_target()?;
    let way = Way {
        deployment,
        to: &to,
        target: &target,
        options: &asked.options,
        manner: asked.manner,
        repeats: None,
        asks: false,
    };
    let exit = go(&way, store, engine, prepared, global).await?;
    match exit {
        Exit::Ok => {
            let text =
                format!("the deployment failed; `{deployment}` is at revision {} again ({})", to.number, to.version);
            complain(&format!("{text}\n"))?;
            Ok(Exit::Restored)
        }
        _ => Ok(Exit::Partial),
    }
}

/// Which revision is meant.
fn destination(store: &Store, deployment: &DeploymentId, named: Option<u64>) -> Result<Revision, Failure> {
    let revisions = store.revisions(deployment)?;
    let history = format!("`windlass history {}` lists what there is", deployment.mta);
    if revisions.is_empty() {
        let what = format!("no revision of `{deployment}` in {} is known", deployment.space);
        return Err(Failure::new(Exit::Usage, what).next("`windlass ls` lists what is deployed"));
    }
    if let Some(number) = named {
        let found = revisions.into_iter().find(|revision| revision.number == number);
        return found.ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{deployment}` has no revision {number}")).next(history)
        });
    }
    let deployed = store.deployed(deployment)?;
    let current = deployed.record.is_some().then_some(deployed.revision);
    let mut good = revisions.iter().filter(|revision| revision.good && Some(revision.number) != current);
    good.next().cloned().ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{deployment}` has no good revision before this one")).next(history)
    })
}

struct Way<'a> {
    deployment: &'a DeploymentId,
    to: &'a Revision,
    target: &'a Target,
    options: &'a PlanOptions,
    manner: Manner,
    repeats: Option<&'a OperationId>,
    asks: bool,
}

async fn go(way: &Way<'_>, store: &Store, engine: &Docker, prepared: &Prepared, global: &Global) -> Outcome {
    let Way { deployment, to, target, options, manner, .. } = *way;
    let operation = inputs::operation(global);
    let told = saved::told(&Inputs::default(), global, &Wishes::default(), options, &operation, &current_folder()?);
    let what = What::Rollback { mta: deployment.mta.to_string(), to: to.number };
    let order = Order::new(what, manner, told, global);
    let endpoint = engine.info().await?.endpoint;
    let back = Back { deployment, revision: to.number, target, options };
    let review = |plan: &Plan, missing: &[Missing], dead: Option<&str>| {
        mention_takeover(dead, global);
        let contents = contents(missing, to, store, &endpoint, global)?;
        let removes = plan.steps.iter().any(|step| matches!(step.action, Action::RemoveUnit { .. }));
        if way.asks && removes {
            agree(plan, to, &endpoint, global)?;
        }
        prepared.heed_signals();
        Ok((order.intent(Kind::Rollback, plan, way.repeats.cloned()), contents))
    };
    let ended = roll_back(&back, store, engine, &prepared.options, &prepared.progress, review).await;
    let (plan, report) = match ended {
        Ok(ended) => ended,
        Err(NotBegun::Look(error)) => return Err(error.into()),
        Err(NotBegun::Refused(failure)) => return Err(failure),
    };
    let words = ["rollback".to_owned(), deployment.mta.to_string(), "--to".to_owned(), to.number.to_string()];
    let words = [words.to_vec(), saved::target_options(global)].concat();
    let exit = prepared.conclude(&plan, &report, &saved::command(&words, global), global);
    let done = matches!(report.outcome, deploy::Outcome::Finished | deploy::Outcome::Subscribers);
    if done && global.quiet < 2 && prepared.form != Form::Json {
        let version = &to.version;
        let text = match plan.steps.is_empty() {
            true => format!("{deployment} {version} is as at revision {}; nothing had to change\n", to.number),
            false => format!("{deployment} {version} is as at revision {}, {}\n", to.number, in_words(report.elapsed)),
        };
        print(&text)?;
        plan.notices.iter().for_each(|notice| global.note(notice));
    }
    Ok(exit)
}

/// The content that is needed, from where the operation of that revision had it. It must be the same to the last byte.
fn contents(
    missing: &[Missing],
    to: &Revision,
    store: &Store,
    endpoint: &str,
    global: &Global,
) -> Result<ModuleContents, Failure> {
    if missing.is_empty() {
        return Ok(ModuleContents::new());
    }
    let found = again(to, store, endpoint, global);
    let same = |contents: &ModuleContents, one: &Missing| {
        contents.get(&one.module).is_some_and(|content| content.digest == one.digest)
    };
    let why = match found {
        Ok(contents) if missing.iter().all(|one| same(&contents, one)) => return Ok(contents),
        Ok(_) => "the files that it was deployed from have changed since".to_owned(),
        Err(Some(why)) => why,
        Err(None) => "nothing says where it was deployed from".to_owned(),
    };
    let modules: Vec<String> = missing.iter().map(|one| format!("`{}`", one.module)).collect();
    let noun = if modules.len() == 1 { "module" } else { "modules" };
    let what =
        format!("the content of {noun} {} as of revision {} is not there any more", modules.join(", "), to.number);
    Err(Failure::new(Exit::Findings, what)
        .why(why)
        .next("nothing was changed; put the files back as they were, or deploy an archive of that version"))
}

/// Reads the files of an operation again. An error in words, when there are any.
fn again(to: &Revision, store: &Store, endpoint: &str, global: &Global) -> Result<ModuleContents, Option<String>> {
    let in_words = |failure: Failure| match failure {
        Failure::Message { what, why, .. } => Some(why.map_or(what.clone(), |why| format!("{what}: {why}"))),
        Failure::Findings { .. } => Some("what it was deployed from cannot be read".to_owned()),
    };
    let id = to.operation.as_ref().ok_or(None)?;
    let text = store.order_of(id).map_err(|error| Some(error.to_string()))?.ok_or(None)?;
    let order = Order::read(&text, id).map_err(in_words)?;
    let (inputs, global) = order.again(global).map_err(in_words)?;
    let Opened { mut sources, descriptor, origin, extensions, given, target, kept, .. } =
        inputs.open(&global).map_err(in_words)?;
    let kept = RefCell::new(kept);
    let environment = |name: &str| kept.borrow_mut().variable(name);
    let mut request = Request {
        sources: &mut sources,
        descriptor,
        origin: &origin,
        extensions: &extensions,
        given: &given,
        target: &target,
        operation: &inputs::operation(&global),
        environment: &environment,
        wishes: &selection::wishes(&order.inputs),
        options: &PlanOptions {
            subscribers: Restart::Now,
            hooks: Hooks::Run,
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        },
        images: &Inquiry::Never,
    };
    contents_again(&mut request, store, endpoint).map_err(|error| match error {
        LookError::Findings(_) => Some("what it was deployed from has errors now".to_owned()),
        LookError::Store(error) => Some(error.to_string()),
        LookError::Engine(error) => Some(error.to_string()),
    })
}

/// Shows what would change and go, and asks.
fn agree(plan: &Plan, to: &Revision, endpoint: &str, global: &Global) -> Result<(), Failure> {
    let mta = &plan.deployment;
    if !can_ask() {
        return Err(Failure::new(Exit::Usage, format!("`rollback {}` would ask, and there is no terminal", mta.mta))
            .next(format!("`windlass rollback {} --to {} --yes` does not ask", mta.mta, to.number)));
    }
    show_changes(plan, Some(endpoint), global)?;
    let mut modules: Vec<String> = Vec::new();
    for step in &plan.steps {
        if let Action::RemoveUnit { module, .. } = &step.action {
            modules.push(format!("`{module}`"));
        }
    }
    ask(&format!("Go back to revision {} of `{mta}`, which removes {}?", to.number, modules.join(", ")))
}
