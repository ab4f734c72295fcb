//! A deployment, from what was asked to what came of it: one try, or several (`--retries`), and the way back when all of
//! them failed (`--rollback-on-failure`).

use super::config::find::current_folder;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::Opened;
use super::operate::{Prepared, mention_takeover, show_changes};
use super::operation::prune_after;
use super::ordered::{Manner, Order, Read, What};
use super::plan::{deploy_command, exposed};
use super::ports::runtime;
use super::{Global, Inputs, inputs, rollback, saved, selection};
use crate::deploy::failure::in_words;
use crate::deploy::images::Inquiry;
use crate::deploy::look::{LookError, Operation, Planned, Request};
use crate::deploy::survey::{Survey, survey};
use crate::deploy::{self, NotBegun, deploy};
use crate::engine::Docker;
use crate::operation::{Kind, OperationId};
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::saved::Saved;
use crate::plan::{Hooks, Plan, Restart, Secrets, Suspended};
use crate::report::progress::Form;
use crate::source::Sources;
use crate::store::Store;
use std::cell::{OnceCell, RefCell};
use std::time::Duration;

/// What is to be deployed: what the command line says, or what it said when a plan was kept, or an operation recorded.
pub struct Asked {
    pub inputs: Inputs,
    pub global: Global,
    pub wishes: Wishes,
    pub options: PlanOptions,
    /// Whether image registries are asked.
    pub images: Inquiry,
    pub operation: Operation,
    pub saved: Option<Saved>,
    pub manner: Manner,
    /// The operation that is carried out again, and what it was told.
    pub again: Option<(OperationId, Order)>,
    pub retries: u32,
    pub on_failure: OnFailure,
}

/// What becomes of a deployment that failed and left a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    Keep,
    RollBack,
}

/// One try.
struct Tried {
    exit: Exit,
    plan: Plan,
    order: Order,
    /// Another try may well succeed: nothing was wrong with what was to be deployed.
    worth_another: bool,
}

pub fn deploying(mut asked: Asked, store: &Store, mut prepared: Prepared) -> Outcome {
    let selection = asked.global.engine()?;
    let outcome = runtime()?.block_on(async {
        let engine = Docker::connect(&selection).await?;
        let mut left = asked.retries;
        let mut pause = Duration::from_secs(1);
        let tried = loop {
            let tried = one_try(&asked, store, &engine, &prepared).await?;
            let again = tried.worth_another && left > 0 && !prepared.is_stopped();
            if !again || prepared.pause_before_another_try(&mut pause, left, &asked.global).await {
                break tried;
            }
            left -= 1;
            asked.inputs.kept = tried.order.kept.clone();
            // The world has moved by the first try itself.
            asked.saved = None;
            asked.again = Some((OperationId::new(prepared.options.operation.as_str()), tried.order));
            prepared = prepared.anew();
        };
        if tried.exit == Exit::Partial && asked.on_failure == OnFailure::RollBack && !prepared.is_stopped() {
            return rollback::after_failure(&tried.plan.deployment, store, &engine, &prepared.anew(), &asked).await;
        }
        Ok(tried.exit)
    });
    prune_after(store, &asked.global);
    outcome
}

/// Carries out what an operation was told.
pub fn again(order: Order, id: OperationId, store: &Store, prepared: Prepared, global: &Global) -> Outcome {
    let (inputs, global) = order.again(global)?;
    let told = &order.inputs;
    let asked = Asked {
        inputs,
        wishes: selection::wishes(told),
        options: PlanOptions {
            subscribers: if told.restart_subscribers { Restart::Now } else { Restart::Later },
            hooks: if told.no_hooks { Hooks::Skip } else { Hooks::Run },
            secrets: Secrets::Mask,
            suspended: if order.manner.resume { Suspended::Resume } else { Suspended::Stay },
        },
        images: if order.manner.no_image_check { Inquiry::Never } else { Inquiry::Ask },
        operation: inputs::operation(&global),
        global,
        saved: None,
        manner: order.manner,
        again: Some((id, order)),
        retries: 0,
        on_failure: OnFailure::Keep,
    };
    deploying(asked, store, prepared)
}

async fn one_try(asked: &Asked, store: &Store, engine: &Docker, prepared: &Prepared) -> Result<Tried, Failure> {
    let Asked { inputs, global, wishes, options, images, operation, saved, manner, again, .. } = asked;
    let (next, ordered) = (OnceCell::new(), OnceCell::new());
    let flags = [
        ("--resume", options.suspended == Suspended::Resume),
        ("--no-hooks", options.hooks == Hooks::Skip),
        ("--no-restart-subscribed-apps", options.subscribers == Restart::Later),
    ];
    let told = saved::told(inputs, global, wishes, options, operation, &current_folder()?);
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
        operation,
        environment: &environment,
        wishes,
        options,
        images,
    };
    let review = |planned: &Planned, sources: &Sources, dead: Option<&str>| {
        mention_takeover(dead, global);
        let mut findings = warnings.clone();
        findings.extend(planned.warnings.clone());
        let is_secret = |path: &str| exposed(sources, &findings, path);
        let _ = next.set(deploy_command(inputs, wishes, &flags, &is_secret, global));
        global.show_findings(sources, &findings.sorted());
        if let Some(saved) = saved {
            saved::unmoved(saved, planned)?;
        }
        if let Some((id, order)) = again {
            order.unmoved(planned, id)?;
        }
        if global.verbose > 0 {
            show(planned, global)?;
        }
        let read = Read { sources, descriptor, origin: &origin, kept: kept.borrow().clone() };
        let order = Order::new(What::Deploy, *manner, told.clone(), global).having_read(read, planned);
        prepared.heed_signals();
        let repeats = again.as_ref().map(|(id, _)| id.clone());
        let intent = order.intent(Kind::Deploy, &planned.plan, repeats);
        let _ = ordered.set(order);
        Ok(intent)
    };
    let work = deploy(&mut request, store, engine, &prepared.options, &prepared.progress, review);
    let (plan, report) = work.await.map_err(|error| match error {
        NotBegun::Refused(failure) => failure,
        NotBegun::Look(LookError::Findings(findings)) => Failure::Findings { sources, findings },
        NotBegun::Look(LookError::Engine(error)) => error.into(),
        NotBegun::Look(LookError::Store(error)) => error.into(),
    })?;
    let exit = match again {
        // Files may have changed since; the record has not.
        Some(_) => {
            let words = ["operation", "resume", &prepared.options.operation].map(str::to_owned);
            prepared.conclude(&plan, &report, &saved::command(&words, global), global)
        }
        None => prepared.conclude(&plan, &report, next.get().map_or("windlass deploy", String::as_str), global),
    };
    let deployed = matches!(exit, Exit::Ok | Exit::Subscribers);
    if deployed && global.quiet < 2 && prepared.form != Form::Json {
        let there = survey(&plan.deployment, store, engine).await?;
        print(&result(&plan, report.elapsed, there.as_ref()))?;
        plan.notices.iter().for_each(|notice| global.note(notice));
    }
    let order = ordered.into_inner().expect("whoever reviewed the plan has made the order");
    let worth_another = report.outcome != deploy::Outcome::Finished && report.is_worth_another_try();
    Ok(Tried { exit, plan, order, worth_another })
}

fn show(planned: &Planned, global: &Global) -> Result<(), Failure> {
    show_changes(&planned.plan, planned.engine.as_ref().map(|info| info.endpoint.as_str()), global)
}

/// What was done, and where it is to be found.
pub fn result(plan: &Plan, elapsed: Duration, there: Option<&Survey>) -> String {
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
