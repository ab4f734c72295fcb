//! `windlass deploy [DESC]`: brings an application to what its descriptor says.

use super::config::find::current_folder;
use super::console::{complain, print};
use super::exit::{Exit, Failure, Outcome};
use super::inputs::Opened;
use super::operate::{OperationArgs, mention_takeover, told};
use super::ordered::{Order, Read, What};
use super::plan::{deploy_command, exposed};
use super::ports::runtime;
use super::{Global, Inputs, duration, inputs, saved};
use crate::deploy::failure::in_words;
use crate::deploy::look::{LookError, Operation, Planned, Request};
use crate::deploy::survey::{Survey, survey};
use crate::deploy::{NotBegun, deploy};
use crate::engine::Docker;
use crate::operation::Kind;
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::saved::Saved;
use crate::plan::unit::Start;
use crate::plan::{Hooks, Plan, Restart, Secrets, Suspended};
use crate::report::plan_text::{self, PlanStyle, View};
use crate::report::progress::Form;
use crate::source::Sources;
use crate::store::Access;
use std::cell::{OnceCell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

/// Deploy an application: bring up what its descriptor says, replace what has changed, remove what is gone
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass deploy                          The mtad.yaml of this folder
  windlass deploy shop/ -e prod.mtaext     Another one, with an extension
  windlass deploy --plan shop.plan.json    Exactly what `windlass plan --plan-out shop.plan.json` has shown

A module that is replaced keeps running until the new one is healthy. When the new one fails, the old one stays.
Ctrl-C ends the deployment after the current steps; a second one ends it at once.")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Do what this plan (of `windlass plan --plan-out`) says, with the files and options it was made from; refuse when
    /// the world has moved since
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["descriptor", "extensions", "set", "set_file", "require_secure_parameters", "no_start", "resume", "no_restart_subscribed_apps", "no_hooks"]
    )]
    pub plan: Option<PathBuf>,
    /// Create the containers, but do not start them
    #[arg(long)]
    pub no_start: bool,
    /// How long a module may take to come up (`90s`, `2m`), instead of what the descriptor says
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub start_timeout: Option<Duration>,
    /// Start what is suspended, too
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub operation: OperationArgs,
}

/// What is to be deployed: what the command line says, or what it said when a plan was kept.
struct Asked {
    inputs: Inputs,
    global: Global,
    wishes: Wishes,
    options: PlanOptions,
    operation: Operation,
    saved: Option<Saved>,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    told(args.operation.progress, || work(args, global))
}

fn work(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let prepared = args.operation.prepare(global, args.start_timeout);
    let manner = args.operation.manner(args.start_timeout);
    let Asked { inputs, global, wishes, options, operation, saved } = asked(args, global)?;
    let global = &global;
    let (again, asked_for) = (OnceCell::new(), inputs.clone());
    let flags = [
        ("--no-start", wishes.start == Start::No),
        ("--resume", options.suspended == Suspended::Resume),
        ("--no-hooks", options.hooks == Hooks::Skip),
        ("--no-restart-subscribed-apps", options.subscribers == Restart::Later),
    ];
    let told = saved::told(&inputs, global, &wishes, &options, &operation, &current_folder()?);
    let Opened { mut sources, descriptor, origin, extensions, given, target, warnings, kept } = inputs.open(global)?;
    let kept = RefCell::new(kept);
    let environment = |name: &str| kept.borrow_mut().variable(name);
    let mut request = Request {
        sources: &mut sources,
        descriptor,
        origin: &origin,
        extensions: &extensions,
        given: &given,
        target: &target,
        operation: &operation,
        environment: &environment,
        wishes: &wishes,
        options: &options,
    };
    let review = |planned: &Planned, sources: &Sources, dead: Option<&str>| {
        mention_takeover(dead, global);
        let mut findings = warnings.clone();
        findings.extend(planned.warnings.clone());
        let is_secret = |path: &str| exposed(sources, &findings, path);
        let _ = again.set(deploy_command(&asked_for, &flags, &is_secret, global));
        global.show_findings(sources, &findings.sorted());
        if let Some(saved) = &saved {
            saved::unmoved(saved, planned)?;
        }
        if global.verbose > 0 {
            show(planned, global)?;
        }
        let read = Read { sources, descriptor, origin: &origin, kept: kept.borrow().clone() };
        let order = Order::new(What::Deploy, manner, told.clone(), global).having_read(read, planned);
        prepared.heed_signals();
        Ok(order.intent(Kind::Deploy, &planned.plan, None))
    };
    let selection = global.engine()?;
    let ended: Result<Exit, NotBegun<Failure>> = runtime()?.block_on(async {
        let engine = Docker::connect(&selection).await.map_err(LookError::from)?;
        let work = deploy(&mut request, &store, &engine, &prepared.options, &prepared.progress, review);
        let (plan, report) = work.await?;
        let exit = prepared.conclude(&plan, &report, again.get().map_or("windlass deploy", String::as_str), global);
        let deployed = matches!(exit, Exit::Ok | Exit::Subscribers);
        if deployed && global.quiet < 2 && prepared.form != Form::Json {
            let there = survey(&plan.deployment, &store, &engine).await?;
            print(&result(&plan, report.elapsed, there.as_ref())).map_err(NotBegun::Refused)?;
            plan.notices.iter().for_each(|notice| global.note(notice));
        }
        Ok(exit)
    });
    ended.map_err(|error| match error {
        NotBegun::Refused(failure) => failure,
        NotBegun::Look(LookError::Findings(findings)) => Failure::Findings { sources, findings },
        NotBegun::Look(LookError::Engine(error)) => error.into(),
        NotBegun::Look(LookError::Store(error)) => error.into(),
    })
}

fn show(planned: &Planned, global: &Global) -> Result<(), Failure> {
    let console = global.stderr();
    let style = PlanStyle {
        view: View::Changes,
        colour: console.colour,
        width: console.width,
        secrets: Secrets::Mask,
        engine: planned.engine.as_ref().map(|info| info.endpoint.as_str()),
        next: None,
    };
    complain(&plan_text::render(&planned.plan, &style))
}

/// What was done, and where it is to be found.
fn result(plan: &Plan, elapsed: Duration, there: Option<&Survey>) -> String {
    let version = plan.to.as_deref().unwrap_or_default();
    let mut out = if plan.steps.is_empty() {
        format!("{} {version} is deployed; nothing had changed\n", plan.deployment)
    } else {
        format!("{} {version} is deployed, {}\n", plan.deployment, in_words(elapsed))
    };
    for module in there.iter().flat_map(|survey| &survey.modules) {
        for address in &module.addresses {
            out += &format!("  {}  {address}\n", module.name);
        }
    }
    out
}

fn asked(args: Args, global: &Global) -> Result<Asked, Failure> {
    let start = |no_start| Wishes { start: if no_start { Start::No } else { Start::Yes } };
    let Some(path) = &args.plan else {
        let operation = inputs::operation(global);
        let suspended = if args.resume { Suspended::Resume } else { Suspended::Stay };
        let options = PlanOptions { suspended, ..args.operation.plan_options() };
        let wishes = start(args.no_start);
        return Ok(Asked { inputs: args.inputs, global: global.clone(), wishes, options, operation, saved: None });
    };
    let saved = saved::read(path)?;
    let (given, global) = saved::again(&saved.inputs, global)?;
    let operation = inputs::operation(&global);
    Ok(Asked {
        inputs: given,
        global,
        wishes: start(saved.inputs.no_start),
        options: PlanOptions {
            subscribers: if saved.inputs.restart_subscribers { Restart::Now } else { Restart::Later },
            hooks: if saved.inputs.no_hooks { Hooks::Skip } else { Hooks::Run },
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        },
        operation,
        saved: Some(saved),
    })
}
