//! All modules, one by one: those of deployments, and those that were added by hand and may never have been deployed.

use super::look::LookError;
use super::survey::{Module, Status, Survey, deployments, survey};
use super::warning::LastDeployment;
use crate::descriptor::own::{Outline, outline};
use crate::engine::Look;
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use crate::store::{OwnModule, Store, StoreError};
use std::collections::BTreeMap;

/// A module as its owner sees it.
#[derive(Debug)]
pub struct Listed {
    pub deployment: DeploymentId,
    /// It was added by hand.
    pub own: bool,
    /// Of the deployment; `None` when it never was deployed.
    pub version: Option<String>,
    pub revision: u64,
    /// The operation that is at work on its deployment, in words.
    pub at_work: Option<String>,
    pub module: Module,
}

/// Which modules are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that were added by hand.
    Own,
    All,
}

/// A module that was added by hand: what is kept of it, and what it says.
#[derive(Debug)]
pub struct Added {
    pub kept: OwnModule,
    pub outline: Outline,
}

/// All modules that were added by hand, in all spaces.
pub fn added(store: &Store) -> Result<Vec<Added>, StoreError> {
    let all = store.own_modules()?;
    // A text that says of no module is none that windlass has kept.
    Ok(all.into_iter().filter_map(|kept| Some(Added { outline: outline(&kept.descriptor)?, kept })).collect())
}

/// The modules, sorted by deployment; within one, in deploy order.
pub async fn roster(store: &Store, engine: &impl Look, which: Which) -> Result<Vec<Listed>, LookError> {
    let own: BTreeMap<DeploymentId, Added> =
        added(store)?.into_iter().map(|added| (added.kept.deployment.clone(), added)).collect();
    let mut ids: Vec<DeploymentId> = own.keys().cloned().collect();
    if which == Which::All {
        ids.extend(deployments(store, engine).await?);
    }
    ids.sort();
    ids.dedup();
    let mut listed = Vec::new();
    for id in ids {
        let of_deployment = of(&id, own.get(&id), store, engine).await?;
        listed.extend(of_deployment.into_iter().filter(|listed| listed.own || which == Which::All));
    }
    Ok(listed)
}

/// One module; `None` when nobody knows it.
pub async fn listed(
    deployment: &DeploymentId,
    module: &ModuleName,
    store: &Store,
    engine: &impl Look,
) -> Result<Option<Listed>, LookError> {
    let own = store.own_module(deployment)?;
    let own = own.and_then(|kept| Some(Added { outline: outline(&kept.descriptor)?, kept }));
    let all = of(deployment, own.as_ref(), store, engine).await?;
    Ok(all.into_iter().find(|listed| listed.module.name == *module))
}

async fn of(
    deployment: &DeploymentId,
    own: Option<&Added>,
    store: &Store,
    engine: &impl Look,
) -> Result<Vec<Listed>, LookError> {
    let mut listed = Vec::new();
    let at_work = match survey(deployment, store, engine).await? {
        Some(Survey { version, revision, at_work, modules, .. }) => {
            listed.extend(modules.into_iter().map(|module| Listed {
                deployment: deployment.clone(),
                own: own.is_some_and(|own| own.outline.marker == module.name),
                version: version.clone(),
                revision,
                at_work: at_work.clone(),
                module,
            }));
            at_work
        }
        None => store.at_work(deployment)?,
    };
    let Some(Added { outline, .. }) = own else { return Ok(listed) };
    match listed.iter_mut().find(|listed| listed.own) {
        // What it is called now counts, deployed or not.
        Some(listed) => listed.module.display_name.clone_from(&outline.display_name),
        None => {
            let mut module = never_deployed(outline, at_work.is_some());
            if at_work.is_none()
                && let Some(last) = LastDeployment::failed(deployment, store)?
            {
                module.warnings.extend(last.warning(&outline.marker, None, &[]));
            }
            let deployment = deployment.clone();
            listed.push(Listed { deployment, own: true, version: None, revision: 0, at_work, module });
        }
    }
    Ok(listed)
}

fn never_deployed(outline: &Outline, at_work: bool) -> Module {
    Module {
        name: outline.marker.clone(),
        display_name: outline.display_name.clone(),
        image: outline.image.clone(),
        digest: None,
        status: if at_work { Status::Deploying } else { Status::NotDeployed },
        wanted: 1,
        suspended: false,
        instances: Vec::new(),
        routes: Vec::new(),
        addresses: Vec::new(),
        tasks: Vec::new(),
        held_back: Vec::new(),
        warnings: Vec::new(),
    }
}
