//! Which module a name on the command line means.

use super::super::exit::{Exit, Failure};
use super::super::ports::not_deployed;
use super::super::{Global, Inputs, Own};
use crate::deploy::images::Inquiry;
use crate::deploy::look::{LookError, Operation, Request, plan_offline};
use crate::deploy::roster::{Added, added};
use crate::finding::{Findings, SECRET_MISSING};
use crate::name::{ModuleName, nearest};
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::{Hooks, Restart, Secrets, Suspended};
use crate::registry::DeploymentId;
use crate::store::Store;

/// A module that somebody means.
pub struct Named {
    pub deployment: DeploymentId,
    pub module: ModuleName,
    /// Present when it was added by hand.
    pub own: Option<Added>,
}

/// The module that a name means: the marker of one that was added, or `MTA/MODULE`.
pub fn named(name: &str, store: &Store, global: &Global) -> Result<Named, Failure> {
    let all = added(store)?;
    if let Some((mta, module)) = name.split_once('/') {
        let deployment = global.deployment(mta)?;
        let is_it = |added: &Added| added.kept.deployment == deployment && added.outline.marker.as_str() == module;
        let own = all.into_iter().find(is_it);
        return Ok(Named { deployment, module: ModuleName::new(module), own });
    }
    let place = global.deployment("")?;
    let here = |id: &DeploymentId| id.space == place.space && id.namespace == place.namespace;
    let found = |added: &&Added| added.outline.marker.as_str() == name;
    if let Some(at) = all.iter().position(|added| found(&added) && here(&added.kept.deployment)) {
        let own = all.into_iter().nth(at);
        let (deployment, module) = match &own {
            Some(own) => (own.kept.deployment.clone(), own.outline.marker.clone()),
            None => (place, ModuleName::new(name)),
        };
        return Ok(Named { deployment, module, own });
    }
    let failure = Failure::new(Exit::Usage, format!("no module `{name}` was added in {}", place.space));
    if let Some(Added { kept, .. }) = all.iter().find(found) {
        let namespace = kept.deployment.namespace.iter().map(|namespace| format!(" --namespace {namespace}"));
        let space = &kept.deployment.space;
        return Err(failure.next(format!(
            "there is one elsewhere: add `--org {} --space {}{}`",
            space.org,
            space.space,
            namespace.collect::<String>()
        )));
    }
    // Of deployments the name alone does not say which one is meant; what may be meant is told.
    let deployments = store.deployments()?;
    let units = deployments.iter().filter(|(id, _)| here(id)).flat_map(|(id, deployed)| {
        let units = deployed.record.iter().flat_map(|record| &record.units);
        units.map(move |unit| (id, unit))
    });
    let same: Vec<String> = units
        .filter(|(_, unit)| unit.module.as_str() == name)
        .map(|(id, unit)| format!("`{}/{}`", id.mta, unit.module))
        .collect();
    if !same.is_empty() {
        return Err(failure.next(format!("a module of a deployment is named with it: {}", same.join(" or "))));
    }
    let markers = all.iter().filter(|added| here(&added.kept.deployment)).map(|added| added.outline.marker.as_str());
    Err(match nearest(name, markers) {
        Some(near) => failure.next(format!("did you mean `{near}`?")),
        None => failure.next("`windlass module ls --all` lists what there is"),
    })
}

/// One that was added by hand. What came from a file is changed there.
pub fn own(name: &str, what: &str, store: &Store, global: &Global) -> Result<(DeploymentId, Added), Failure> {
    let Named { deployment, module, own } = named(name, store, global)?;
    if let Some(own) = own {
        return Ok((deployment, own));
    }
    let record = store.deployed(&deployment)?.record;
    let unit = record.iter().flat_map(|record| &record.units).find(|unit| unit.module == module);
    let Some(unit) = unit else {
        return Err(nothing_of(&deployment, &module, store)?);
    };
    let place = unit.declared.as_ref().map_or_else(|| "its descriptor".to_owned(), |place| format!("`{place}`"));
    Err(Failure::new(
        Exit::Usage,
        format!("`{name}` came from a descriptor, and `module {what}` is for modules that were added"),
    )
    .next(format!("its descriptor says what it is: look at {place}, and then `windlass deploy`")))
}

/// Nobody knows a module of that name.
pub fn nothing_of(deployment: &DeploymentId, module: &ModuleName, store: &Store) -> Result<Failure, Failure> {
    let deployments = store.deployments()?;
    let Some((_, deployed)) = deployments.iter().find(|(id, _)| id == deployment) else {
        let known: Vec<DeploymentId> = deployments.into_iter().map(|(id, _)| id).collect();
        return Ok(not_deployed(deployment, &known));
    };
    let units = deployed.record.iter().flat_map(|record| &record.units);
    let failure = Failure::new(Exit::Usage, format!("`{deployment}` has no module `{module}`"));
    Ok(match nearest(module.as_str(), units.map(|unit| unit.module.as_str())) {
        Some(near) => failure.next(format!("did you mean `{}/{near}`?", deployment.mta)),
        None => failure.next(format!("`windlass status {}` lists its modules", deployment.mta)),
    })
}

/// The stored descriptor, as commands take one.
pub fn inputs(marker: &ModuleName, text: &str) -> Inputs {
    Inputs { own: Some(Own { marker: marker.to_string(), text: text.to_owned() }), ..Inputs::default() }
}

/// Whether a text can be deployed, as far as that can be known without an engine. That a secret is not kept yet is no
/// mistake of the text; returned are its name's places, to be told.
pub fn check(inputs: &Inputs, store: &Store, global: &Global) -> Result<(), Failure> {
    let opened = inputs.open(global)?;
    let operation: Operation = super::super::inputs::operation(global);
    let mut sources = opened.sources;
    let mut request = Request {
        sources: &mut sources,
        descriptor: opened.descriptor,
        origin: &opened.origin,
        extensions: &opened.extensions,
        given: &opened.given,
        target: &opened.target,
        operation: &operation,
        environment: &super::super::variables::supply,
        wishes: &Wishes::default(),
        options: &PlanOptions {
            subscribers: Restart::Now,
            hooks: Hooks::Run,
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        },
        images: &Inquiry::Never,
    };
    let mut findings = opened.warnings;
    match plan_offline(&mut request, store) {
        Ok(planned) => findings.extend(planned.warnings),
        Err(LookError::Findings(more)) => findings.extend(more),
        Err(other) => return Err(other.into()),
    }
    let kept: Findings = findings.iter().filter(|finding| finding.code != &SECRET_MISSING).cloned().collect();
    if kept.has_errors() {
        return Err(Failure::Findings { sources, findings: kept.sorted() });
    }
    global.show_findings(&sources, &kept.sorted());
    Ok(())
}
