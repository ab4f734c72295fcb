//! The way back: an earlier revision, from what the store has kept of it.
//!
//! A revision holds its modules as they ran, so nothing is resolved anew: no descriptor, no registry, no secret can make it come
//! out otherwise. Two things are not in it. An image is looked for by the id that it had, because a tag may have moved since.
//! Contents that were copied into containers are read again by whoever knows where, and must be the same.

use super::event::Events;
use super::images::Inquiry;
use super::lock::hold;
use super::look::{LookError, against};
use super::recorder::Intent;
use super::{NotBegun, Options, Report, carry_out, keeping};
use crate::engine::{Engine, Look};
use crate::name::ModuleName;
use crate::package::ModuleContents;
use crate::plan::desired::{Desired, Wanted};
use crate::plan::difference::{PlanOptions, Volumes};
use crate::plan::observed::{ContainerState, Deployed};
use crate::plan::parameters::Handling;
use crate::plan::selection::LeftAlone;
use crate::plan::unit::Unit;
use crate::plan::{Action, Plan};
use crate::registry::DeploymentId;
use crate::source::{Sources, Span};
use crate::store::Store;
use crate::target::Target;
use crate::version::VersionRule;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where to.
pub struct Back<'a> {
    pub deployment: &'a DeploymentId,
    pub revision: u64,
    pub target: &'a Target,
    pub options: &'a PlanOptions,
}

/// Content that a module had, and that is in none of its containers any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub module: ModuleName,
    /// Sixty-four hexadecimal digits.
    pub digest: String,
}

/// Brings a deployment back to a revision. `review` sees the plan and the content that it needs before anything is done; it may
/// refuse, or says what the operation is and hands the content over.
pub async fn roll_back<E: Engine, R>(
    back: &Back<'_>,
    store: &Store,
    engine: &E,
    options: &Options,
    events: &dyn Events,
    review: impl FnOnce(&Plan, &[Missing], Option<&str>) -> Result<(Intent, ModuleContents), R>,
) -> Result<(Plan, Report), NotBegun<R>> {
    let held = hold(back.deployment, &options.claim("rollback", events), store, engine).await?;
    keeping(held, store, engine, options, async |held, options| {
        let (plan, missing) = look_back(back, store, engine).await?;
        let (intent, contents) = review(&plan, &missing, held.taken_over_from()).map_err(NotBegun::Refused)?;
        held.renew().await?;
        let report =
            carry_out(&plan, &contents, &intent, engine, store, options, events).await.map_err(LookError::from)?;
        Ok((plan, report))
    })
    .await
}

/// Plans the way back.
pub async fn look_back(back: &Back<'_>, store: &Store, engine: &impl Look) -> Result<(Plan, Vec<Missing>), LookError> {
    let Back { deployment, revision, target, options } = *back;
    let then = store.deployed_at(deployment, revision)?.unwrap_or_default();
    let images = store.images_at(deployment, revision)?;
    let mut desired = desired(deployment, revision, then);
    as_they_were(&mut desired, revision, &images, engine).await?;
    // What tags mean now is of no matter: the images are those of then. A way back leads to a lower version.
    let rule = VersionRule::All;
    let (mut plan, _) = against(&mut desired, rule, store, engine, target, options, &Inquiry::Never).await?;
    let info = engine.info().await?;
    plan.world.insert("engine".to_owned(), info.endpoint);
    let missing = missing(&plan, store, engine).await?;
    Ok((plan, missing))
}

fn desired(deployment: &DeploymentId, revision: u64, then: Deployed) -> Desired {
    // Nothing was written anywhere; messages point at the revision.
    let mut sources = Sources::default();
    let at = Span::start_of(sources.add(format!("revision {revision}"), ""));
    let Deployed { record, entries, subscriptions, .. } = then;
    let mut desired = Desired {
        deployment: deployment.clone(),
        version: String::new(),
        version_at: at,
        units: Vec::new(),
        skipped: Vec::new(),
        left_alone: LeftAlone::default(),
        network: crate::plan::names::network(deployment),
        volumes: Vec::new(),
        unused_volumes: Volumes::Keep,
        entries,
        subscriptions,
        notices: Vec::new(),
    };
    let Some(record) = record else { return desired };
    let wanted = |unit: Arc<Unit>| Wanted {
        after: record.after.get(&unit.module).cloned().unwrap_or_default(),
        deployed_after: Vec::new(),
        services: Vec::new(),
        unit,
        at,
        handling: Handling::by_default(),
    };
    desired.units = record.units.iter().cloned().map(wanted).collect();
    desired.version = record.version;
    desired.network = record.network;
    desired.volumes = record.volumes;
    desired
}

/// Names images by their id where their name means another one now. What cannot be had any more is told.
async fn as_they_were(
    desired: &mut Desired,
    revision: u64,
    images: &BTreeMap<ModuleName, String>,
    engine: &impl Look,
) -> Result<(), LookError> {
    let mut asked: Vec<String> = images.values().cloned().collect();
    asked.extend(desired.units.iter().map(|wanted| wanted.unit.image.clone()));
    asked.sort();
    asked.dedup();
    let there = engine.observe(&desired.deployment, &asked).await?.images;
    for wanted in &mut desired.units {
        let Some(id) = images.get(&wanted.unit.module) else { continue };
        if there.get(&wanted.unit.image) == Some(id) {
            continue;
        }
        let Unit { module, image, .. } = &*wanted.unit;
        if there.contains_key(id) {
            let notice =
                format!("module `{module}` runs the image that it had by its id: `{image}` is another one now");
            desired.notices.push(notice);
            Arc::make_mut(&mut wanted.unit).image.clone_from(id);
        } else {
            desired.notices.push(format!(
                "the image that module `{module}` had at revision {revision} is no longer on the engine: it gets what `{image}` \
                 is now"
            ));
        }
    }
    Ok(())
}

/// The content that the plan needs and that no container has.
async fn missing(plan: &Plan, store: &Store, engine: &impl Look) -> Result<Vec<Missing>, LookError> {
    let needs = |action: &Action| match action {
        Action::StartUnit { unit }
        | Action::ReplaceUnit { unit, .. }
        | Action::AddInstances { unit, .. }
        | Action::RunTask { unit, .. } => unit.content.clone().map(|content| (unit.module.clone(), content.digest)),
        _ => None,
    };
    let mut needed: Vec<(ModuleName, String)> = plan.steps.iter().filter_map(|step| needs(&step.action)).collect();
    needed.sort();
    needed.dedup();
    if needed.is_empty() {
        return Ok(Vec::new());
    }
    let now = store.deployed(&plan.deployment)?.record;
    let containers = engine.observe(&plan.deployment, &[]).await?.containers;
    let is_there = |module: &ModuleName, digest: &String| {
        let recorded = now.iter().flat_map(|record| &record.units).find(|unit| unit.module == *module);
        let same = recorded.and_then(|unit| unit.content.as_ref()).is_some_and(|content| content.digest == *digest);
        same && containers.iter().any(|one| one.module == *module && one.state != ContainerState::Dead)
    };
    needed.retain(|(module, digest)| !is_there(module, digest));
    Ok(needed.into_iter().map(|(module, digest)| Missing { module, digest }).collect())
}
