//! Look and decide: everything that `plan` and `deploy` have in common, up to the plan.
//!
//! The engine is a [`Look`]: the half of an engine that has no verb that changes something. So `windlass plan` cannot
//! change anything, whatever it does here.

use super::images::{Inquiry, inquire, note_digests};
use super::unanswered::{unanswered, what_refused};
use crate::descriptor::given::Given;
use crate::engine::{EngineError, EngineInfo, Look};
use crate::finding::{Findings, Staged};
use crate::name::ModuleName;
use crate::package::content::Content;
use crate::package::{
    ModuleContents, Origin, contents_of,
    parameters::{Absence, attached},
};
use crate::plan::conflicts;
use crate::plan::desired::{Desired, Wishes, desired};
use crate::plan::difference::{
    PlanOptions, Volumes, entries_of_undeployment, entry_changes, follow_oneself, plan, subscribers_target,
    undeploy_plan,
};
use crate::plan::machine;
use crate::plan::observed::{Deployed, EngineState, Touched};
use crate::plan::parameters;
use crate::plan::selection;
use crate::plan::succession;
use crate::plan::world::{self, World};
use crate::plan::{BrokenSubscriber, Plan};
use crate::registry::{DeploymentId, EntryChanges, Subscription};
use crate::source::{FileId, Sources};
use crate::stage::renew::questions_beside;
use crate::stage::supply::asked;
use crate::stage::survey::{self, Answers};
use crate::stage::{self, Asking, load, merge};
use crate::store::{Store, StoreError};
use crate::target::supply::Supply;
use crate::target::{Facts, Generator, Target};
use crate::version::VersionRule;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What is to be planned: texts that have been read, and what the command line says.
pub struct Request<'a> {
    /// Files that the descriptor speaks of come in while it is planned.
    pub sources: &'a mut Sources,
    pub descriptor: FileId,
    /// Where these files are.
    pub origin: &'a Origin,
    pub extensions: &'a [FileId],
    /// What the command line says over them.
    pub given: &'a [Given],
    pub target: &'a Target,
    pub operation: &'a Operation,
    /// Looks up a variable of the process, when the descriptor asks for it.
    pub environment: &'a dyn Fn(&str) -> Supply,
    pub wishes: &'a Wishes,
    pub options: &'a PlanOptions,
    /// Whether image registries are asked.
    pub images: &'a Inquiry,
}

/// What is fixed for one operation, and known only outside: the clock and who calls.
#[derive(Debug)]
pub struct Operation {
    /// Milliseconds since 1970.
    pub timestamp: String,
    pub user: String,
}

/// A plan, and what should be said about the descriptor beside it.
#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    /// What goes into containers besides their images.
    pub contents: ModuleContents,
    pub warnings: Findings,
    /// The engine that was looked at; `None` when none was.
    pub engine: Option<EngineInfo>,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum LookError {
    /// The user's input is wrong; warnings are among the findings.
    Findings(Findings),
    Engine(EngineError),
    Store(StoreError),
}

/// Plans a deployment against what the engine shows and the store remembers.
pub async fn look_and_plan(request: &mut Request<'_>, store: &Store, engine: &impl Look) -> Result<Planned, LookError> {
    let info = engine.info().await?;
    let wanted = wanted(request, store, &info.endpoint)?;
    compare(request, wanted, info, store, engine).await
}

/// Plans what is wanted against what is there.
pub(super) async fn compare(
    request: &Request<'_>,
    wanted: Wanted,
    info: EngineInfo,
    store: &Store,
    engine: &impl Look,
) -> Result<Planned, LookError> {
    let Wanted { mut desired, contents, mut warnings, inputs } = wanted;
    let deployed = store.deployed(&desired.deployment)?;
    let found = selection::narrow(&mut desired, &deployed, &request.wishes.selection);
    refuse(&mut warnings, found)?;
    if machine::is_wanted(&desired) {
        let machine = engine.machine().await?;
        refuse(&mut warnings, machine::fit(&mut desired, &machine))?;
    }
    let Request { wishes, target, options, images, .. } = *request;
    let against = against(&mut desired, wishes.version_rule, store, engine, target, options, images).await;
    let (mut plan, found) = against.map_err(|error| match error {
        LookError::Findings(found) => {
            let mut findings = warnings.clone();
            findings.extend(found);
            LookError::Findings(findings.sorted())
        }
        other => other,
    })?;
    refuse(&mut warnings, found)?;
    plan.world.extend(inputs);
    plan.world.insert("engine".to_owned(), info.endpoint.clone());
    Ok(Planned { plan, contents, warnings, engine: Some(info) })
}

/// Plans a wanted state, wherever it comes from, against what is there. Warnings are beside the plan; errors are instead.
pub(super) async fn against(
    desired: &mut Desired,
    rule: VersionRule,
    store: &Store,
    engine: &impl Look,
    target: &Target,
    options: &PlanOptions,
    inquiry: &Inquiry,
) -> Result<(Plan, Findings), LookError> {
    let deployed = store.deployed(&desired.deployment)?;
    let changes = entry_changes(desired, &deployed);
    let broken = follow_itself(desired, &changes, store, target)?;
    let mut images: Vec<String> = desired.units.iter().map(|wanted| wanted.unit.image.clone()).collect();
    images.sort();
    images.dedup();
    let mut state = engine.observe(&desired.deployment, &images).await?;
    let answers = inquire(engine, desired, &mut state, inquiry).await?;
    if answers.waited {
        let registry = std::mem::take(&mut state.registry);
        state = EngineState { registry, ..engine.observe(&desired.deployment, &images).await? };
    }
    note_digests(desired, &state);
    // Without a record there is nothing that they could be held against.
    if deployed.record.is_some() {
        state.containers = engine.details(state.containers).await?;
    }
    let mut found = conflicts::with_others(desired, &state);
    found.extend(selection::held_ports(desired, &state));
    found.extend(succession::judge(desired, &state, &deployed, rule));
    if found.has_errors() {
        return Err(LookError::Findings(found));
    }
    let mut touched = store.touched(&changes, &desired.deployment)?;
    ask_beside(&mut touched, store, target)?;
    find_containers(&mut touched, engine).await?;
    let mut plan = plan(desired, &state, &deployed, &touched, target, options);
    plan.notices.extend(answers.notices);
    plan.broken_subscribers.extend(broken);
    Ok((plan, found))
}

/// What modules have besides their images, read anew for an operation that is carried out again.
pub fn contents_again(request: &mut Request<'_>, store: &Store, engine_url: &str) -> Result<ModuleContents, LookError> {
    Ok(wanted(request, store, engine_url)?.contents)
}

/// Adds to the warnings what was found; errors end the look.
fn refuse(warnings: &mut Findings, found: Findings) -> Result<(), LookError> {
    warnings.extend(found);
    *warnings = std::mem::take(warnings).sorted();
    if warnings.has_errors() { Err(LookError::Findings(std::mem::take(warnings))) } else { Ok(()) }
}

/// Plans a deployment against an empty world: nothing is deployed, and no engine is asked. Configuration entries come from
/// the store all the same.
pub fn plan_offline(request: &mut Request<'_>, store: &Store) -> Result<Planned, LookError> {
    let Wanted { mut desired, contents, mut warnings, inputs } = wanted(request, store, "")?;
    let (engine, deployed) = (EngineState::default(), Deployed::default());
    let found = selection::narrow(&mut desired, &deployed, &request.wishes.selection);
    refuse(&mut warnings, found)?;
    let changes = entry_changes(&desired, &deployed);
    let broken = follow_itself(&mut desired, &changes, store, request.target)?;
    let mut plan = plan(&desired, &engine, &deployed, &[], request.target, request.options);
    plan.broken_subscribers.extend(broken);
    plan.world.extend(inputs);
    Ok(Planned { plan, contents, warnings, engine: None })
}

/// Plans an undeployment.
pub async fn look_and_plan_undeploy(
    deployment: &DeploymentId,
    store: &Store,
    engine: &impl Look,
    target: &Target,
    options: &PlanOptions,
    volumes: Volumes,
) -> Result<Plan, LookError> {
    let state = engine.observe(deployment, &[]).await?;
    let deployed = store.deployed(deployment)?;
    let mut touched = store.touched(&entries_of_undeployment(&deployed), deployment)?;
    ask_beside(&mut touched, store, target)?;
    find_containers(&mut touched, engine).await?;
    Ok(undeploy_plan(deployment, &state, &deployed, &touched, target, options, volumes))
}

pub(super) struct Wanted {
    pub desired: Desired,
    contents: ModuleContents,
    warnings: Findings,
    inputs: World,
}

/// From texts to the wanted state; only the registry is asked.
pub(super) fn wanted(request: &mut Request<'_>, store: &Store, engine_url: &str) -> Result<Wanted, LookError> {
    let Request { descriptor, extensions, given, target, operation, environment, .. } = *request;
    let mut findings = Findings::default();
    let merged = findings.keep(stage::combine_given(request.sources, descriptor, extensions, given, target));
    let Some(merged) = merged else { return Err(LookError::Findings(with_all_else(findings, request))) };
    let modules = merged.modules.iter().map(|module| module.name.value.as_str());
    let resources = merged.resources.iter().map(|resource| resource.name.value.as_str());
    refuse(&mut findings, request.wishes.selection.check(modules, resources, request.sources))?;
    let deployment =
        DeploymentId { mta: merged.id.value.clone(), namespace: target.namespace.clone(), space: target.space.clone() };
    let facts = Facts {
        timestamp: operation.timestamp.clone(),
        user: operation.user.clone(),
        engine_url: engine_url.to_owned(),
        generated: Generator::new(store.seed(&deployment)?),
        supplies: store.supplies(asked(&merged), environment)?,
    };
    let asking = findings.keep(stage::ask(merged, target, &facts));
    let Some(mut asking) = asking else { return Err(LookError::Findings(with_all_else(findings, request))) };
    let files = attached(request.sources, request.origin, &asking.filled, target, Absence::Error);
    asking.attach(&findings.keep(files));
    let answers = store.answer(&asking.questions)?;
    let mut inputs = world::inputs(request.sources, &asking.questions, &answers);
    inputs.extend(world::supplied(request.sources, given, &facts));
    let unanswered = unanswered(&asking, &answers);
    let Staged { product, findings: more } = conclude(asking, answers, request);
    findings.extend(more);
    match product {
        Some((mut desired, contents)) if !findings.has_errors() => {
            desired.keyed(&facts.generated);
            inputs.extend(contents.iter().map(content_fact));
            Ok(Wanted { desired, contents, warnings: findings.sorted(), inputs })
        }
        Some(_) => Err(LookError::Findings(what_refused(findings.sorted(), &unanswered, store)?)),
        None => Err(LookError::Findings(what_refused(with_all_else(findings, request), &unanswered, store)?)),
    }
}

/// What a stage refuses, with what is wrong besides with parameters, images and the like: so that one run tells all of it.
fn with_all_else(mut findings: Findings, request: &Request<'_>) -> Findings {
    let Request { descriptor, extensions, given, target, .. } = *request;
    let sources = &*request.sources;
    let parsed = load::load(sources, descriptor, extensions).product.map(|parsed| load::give(parsed, given).product);
    if let Some(parsed) = parsed {
        let asking = survey::ask(merge::merge(parsed, target).product, target, &Facts::unknown()).product;
        let stages = survey::conclude(asking, Answers::Unasked, target).product;
        let known: HashSet<_> = findings.iter().map(|finding| (finding.code.id, finding.at)).collect();
        let others = desired(stages, target, sources, request.wishes).findings.into_iter();
        let others: Findings = others.filter(|other| !known.contains(&(other.code.id, other.at))).collect();
        findings.extend(others);
    }
    findings.sorted()
}

fn conclude(
    asking: Asking,
    answers: Vec<Vec<crate::registry::Entry>>,
    request: &mut Request<'_>,
) -> Staged<Option<(Desired, ModuleContents)>> {
    let mut findings = Findings::default();
    let Some(mut stages) = findings.keep(stage::conclude(asking, answers, request.target)) else {
        return Staged::new(None, findings);
    };
    let mut asking = parameters::with_content(&stages.bound);
    // The files of what is left alone need not be there.
    asking.retain(|(module, _)| request.wishes.selection.modules.has(module.name.value.as_str()));
    let contents = findings.keep(contents_of(request.sources, request.origin, &asking));
    stages.contents = contents.iter().map(|(module, content)| (module.clone(), content.digest.clone())).collect();
    let desired = findings.keep(desired(stages, request.target, request.sources, request.wishes));
    Staged::new(Some((desired, contents)), findings)
}

/// What a saved plan remembers of a module's content.
fn content_fact((module, content): (&ModuleName, &Arc<Content>)) -> (String, String) {
    let digest = content.digest.chars().take(16).collect();
    (format!("content of module `{module}`"), digest)
}

/// Gives modules what follows from the entries of their own deployment.
fn follow_itself(
    desired: &mut Desired,
    changes: &EntryChanges,
    store: &Store,
    target: &Target,
) -> Result<Vec<BrokenSubscriber>, LookError> {
    let alone = |subscription: &Subscription| desired.left_alone.modules.contains(&subscription.module);
    let own: Vec<_> = desired.subscriptions.iter().filter(|one| !alone(one)).cloned().collect();
    let mut touched = store.touched_among(&own, changes)?;
    ask_beside(&mut touched, store, target)?;
    Ok(follow_oneself(desired, &touched, changes, target))
}

/// Looks up what others with a share in a subscriber's variable ask. A fragment that cannot be read asks nothing; renewing it
/// says so.
pub(super) fn ask_beside(touched: &mut [Touched], store: &Store, target: &Target) -> Result<(), StoreError> {
    for touched in touched {
        let target = subscribers_target(&touched.subscription, target);
        let questions = questions_beside(&touched.subscription, &target).unwrap_or_default();
        let answers = store.answer(&questions)?;
        touched.beside = questions.into_iter().zip(answers).collect();
    }
    Ok(())
}

/// The containers of subscribers; each deployment is looked at once.
pub(super) async fn find_containers(touched: &mut [Touched], engine: &impl Look) -> Result<(), EngineError> {
    let mut states: BTreeMap<DeploymentId, EngineState> = BTreeMap::new();
    for touched in touched.iter_mut() {
        let subscriber = &touched.subscription.subscriber;
        if !states.contains_key(subscriber) {
            let state = engine.observe(subscriber, &[]).await?;
            states.insert(subscriber.clone(), state);
        }
        if let Some(state) = states.get(subscriber) {
            touched.containers = state.containers.clone();
        }
    }
    Ok(())
}

impl From<EngineError> for LookError {
    fn from(error: EngineError) -> LookError {
        LookError::Engine(error)
    }
}

impl From<StoreError> for LookError {
    fn from(error: StoreError) -> LookError {
        LookError::Store(error)
    }
}
