//! What should be there, from a resolved descriptor.
//!
//! Everything that can be wrong with what a descriptor wants of a container engine is found here: the stages before know
//! nothing of containers.

use super::difference::Volumes;
use super::parameters::{self, Handling, Surroundings};
use super::selection::{LeftAlone, Selection};
use super::unit::{FingerprintKey, MountSource, SERVICES, Start, Unit, Variable};
use super::variables::key_step;
use super::{conflicts, names};
use crate::descriptor::{Module, Resource};
use crate::finding::{Finding, Findings, SERVICE_NOT_PROVISIONED, Severity, Staged, VARIABLE_TOO_LONG};
use crate::name::{ModuleName, ResourceName};
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::source::{Sources, Span, Spanned};
use crate::stage::Stages;
use crate::stage::environment::Environment;
use crate::target::{Compat, Generator, Target};
use crate::tree::{Built, Kind, Origin, Value};
use crate::version::VersionRule;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The wanted state of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    pub deployment: DeploymentId,
    pub version: String,
    pub version_at: Span,
    /// In deploy order; modules with `skip-deploy` are not among them, nor what is left alone.
    pub units: Vec<Wanted>,
    /// Modules with `skip-deploy`.
    pub skipped: Vec<ModuleName>,
    /// What is not selected.
    pub left_alone: LeftAlone,
    /// The engine's name of the network; there is one as soon as there is a unit.
    pub network: String,
    /// The engine's names of the volumes, sorted.
    pub volumes: Vec<String>,
    /// What becomes of volumes that nobody uses any more.
    pub unused_volumes: Volumes,
    pub entries: Vec<Entry>,
    pub subscriptions: Vec<Subscription>,
    pub notices: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub unit: Arc<Unit>,
    /// The modules that must be complete before this one begins.
    pub after: Vec<ModuleName>,
    /// Those that its own `deployed-after` names.
    pub deployed_after: Vec<Spanned<ModuleName>>,
    /// The services it is bound to: the resource, and what the service is called.
    pub services: Vec<(ResourceName, String)>,
    /// The module's name in the descriptor.
    pub at: Span,
    pub handling: Handling,
}

/// What the command line says about what is wanted.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// `--no-start`; a module's own `no-start` beats it both ways.
    pub start: Start,
    pub selection: Selection,
    /// Which versions may follow the one that is deployed.
    pub version_rule: VersionRule,
    /// `--delete-data`: what becomes of volumes that nobody uses any more.
    pub unused_volumes: Volumes,
}

/// Everything, started, in a version that is not lower; data stays.
impl Default for Wishes {
    fn default() -> Wishes {
        Wishes {
            start: Start::Yes,
            selection: Selection::default(),
            version_rule: VersionRule::default(),
            unused_volumes: Volumes::Keep,
        }
    }
}

impl Desired {
    /// Gives its units the key of the deployment.
    pub fn keyed(&mut self, key: &Generator) {
        for wanted in &mut self.units {
            Arc::make_mut(&mut wanted.unit).key = FingerprintKey(Some(key.clone()));
        }
    }
}

pub fn desired(stages: Stages, target: &Target, sources: &Sources, wishes: &Wishes) -> Staged<Desired> {
    let Stages { bound, named, order, environments, offers, subscriptions, contents } = stages;
    let descriptor = &bound;
    let deployment = DeploymentId {
        mta: descriptor.id.value.clone(),
        namespace: target.namespace.clone(),
        space: target.space.clone(),
    };
    let mut findings = parameters::check(descriptor, &named, sources);
    let mut notices = Vec::new();
    let drains = parameters::drains(&descriptor.resources, target);
    let around =
        Surroundings { descriptor, deployment: &deployment, target, wishes, sources, drains, contents: &contents };
    let modules: HashMap<&ModuleName, (usize, &Module)> =
        descriptor.modules.iter().enumerate().map(|(index, module)| (&module.name.value, (index, module))).collect();
    let mut environments: HashMap<ModuleName, Environment> =
        environments.into_iter().map(|environment| (environment.module.clone(), environment)).collect();
    let mut units: Vec<Wanted> = Vec::new();
    // The deploy service deploys one module after the other, unless the descriptor allows more.
    let one_by_one = target.compat == Compat::DeployService && !order.parallel;
    let mut left_out: HashMap<ModuleName, Vec<ModuleName>> = HashMap::new();
    for ordered in order.modules {
        // Of a module without a name, the stages have said all there is to say.
        let named = modules.get(&ordered.name).filter(|_| !ordered.name.as_str().is_empty());
        let Some(&(index, module)) = named else { continue };
        let after = match one_by_one {
            true => units.last().map(|before| before.unit.module.clone()).into_iter().collect(),
            false => passing_over(&left_out, ordered.after),
        };
        if parameters::skipped(module, index, descriptor, &mut findings) {
            notices.push(left_out_in_words(&ordered.name));
            left_out.insert(ordered.name, after);
            continue;
        }
        let variables = match environments.remove(&ordered.name) {
            Some(environment) => {
                let own_file = parameters::has_services_file(module, index, descriptor, &mut findings);
                variables(environment, module, own_file, sources, &mut findings)
            }
            None => BTreeMap::new(),
        };
        if let Some(mut unit) = parameters::unit(module, index, &around, variables, &mut findings) {
            let at = module.name.span;
            unit.declared = Some(sources.line_of(at));
            let handling = parameters::handling(module, index, descriptor);
            let deployed_after = module.deployed_after.clone().unwrap_or_default();
            let services = services(module, &bound.resources);
            units.push(Wanted { unit: Arc::new(unit), after, deployed_after, services, at, handling });
        }
    }
    findings.extend(conflicts::between(&units));
    for (index, resource) in bound.resources.iter().enumerate() {
        service(resource, index, target, &mut findings);
    }
    // What a module that is left out would publish or follow is left out with it.
    let wanted: BTreeSet<&ModuleName> = units.iter().map(|wanted| &wanted.unit.module).collect();
    let is_wanted = |entry: &Entry| entry.module.as_ref().is_some_and(|module| wanted.contains(module));
    let entries = offers.into_iter().filter(is_wanted).collect();
    let subscriptions =
        subscriptions.into_iter().filter(|subscription| wanted.contains(&subscription.module)).collect();
    let mut skipped: Vec<ModuleName> = left_out.into_keys().collect();
    skipped.sort();
    let desired = Desired {
        network: names::network(&deployment),
        volumes: volumes(units.iter().map(|wanted| &*wanted.unit)),
        unused_volumes: wishes.unused_volumes,
        entries,
        subscriptions,
        version: descriptor.version.value.clone(),
        version_at: descriptor.version.span,
        skipped,
        left_alone: LeftAlone::default(),
        deployment,
        units,
        notices,
    };
    Staged::new(desired, findings.sorted())
}

pub(super) fn left_out_in_words(module: &ModuleName) -> String {
    format!("module `{module}` is left out (`skip-deploy`)")
}

/// Whoever waits for a module that is left out waits for what that one would have waited for.
fn passing_over(left_out: &HashMap<ModuleName, Vec<ModuleName>>, after: Vec<ModuleName>) -> Vec<ModuleName> {
    if left_out.is_empty() {
        return after;
    }
    let mut all: Vec<ModuleName> = Vec::with_capacity(after.len());
    for name in &after {
        for name in left_out.get(name).map_or(std::slice::from_ref(name), Vec::as_slice) {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
    }
    all
}

/// The kernel's limit for one variable with its name, `=` and the byte that ends it.
const LONGEST_VARIABLE: usize = 128 * 1024;

/// From here on the kernel's limit for all arguments and variables together comes near.
const LARGE_ENVIRONMENT: usize = 1024 * 1024;

fn variables(
    environment: Environment,
    module: &Module,
    services_file: bool,
    sources: &Sources,
    findings: &mut Findings,
) -> BTreeMap<String, Variable> {
    let mut total = 0;
    let mut variables = BTreeMap::new();
    for variable in environment.variables {
        let in_a_file = services_file && variable.name == SERVICES;
        let length = if in_a_file { 0 } else { variable.name.len() + variable.text.len() + 2 };
        total += length;
        if length > LONGEST_VARIABLE {
            let at = variable.value.span().unwrap_or(module.name.span);
            let message = format!(
                "The variable `{}` of module `{}` has {length} bytes; no process can be started with one of more than {LONGEST_VARIABLE}.",
                variable.name, module.name.value
            );
            findings.push(Finding::new(&VARIABLE_TOO_LONG, at, message).help("Mount a file with the content instead."));
        }
        let variable_of_unit = Variable {
            text: variable.text,
            secret: variable.value.holds_secret(),
            secret_parts: secret_parts(&variable.value),
            tells_the_time: variable.value.tells_the_time(),
            origin: origin_in_words(&variable.value.origin, sources),
            origins_inside: origins_inside(&variable.value, sources),
        };
        variables.insert(variable.name, variable_of_unit);
    }
    if total > LARGE_ENVIRONMENT {
        let message = format!(
            "The environment of module `{}` has {total} bytes in all; near 2 MiB no process can be started with it.",
            module.name.value
        );
        let mut finding = Finding::new(&VARIABLE_TOO_LONG, module.name.span, message);
        finding.severity = Severity::Warning;
        findings.push(finding.help("Mount files for the largest values."));
    }
    variables
}

/// The secrets inside a value that is more than they are.
pub fn secret_parts(value: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    if value.holds_secret() {
        value.secret_texts(&mut found);
    }
    found.into_iter().filter(|part| value.as_text() != Some(&**part)).map(String::from).collect()
}

/// Where the leaves of a map or list come from, by path, where that is another place than the whole's.
fn origins_inside(value: &Value, sources: &Sources) -> BTreeMap<String, String> {
    fn walk(value: &Value, path: &str, whole: Option<&str>, sources: &Sources, found: &mut BTreeMap<String, String>) {
        let mut item = |step: String, item: &Value| walk(item, &format!("{path}{step}"), whole, sources, found);
        match &value.kind {
            Kind::Map(map) => map.iter().for_each(|(key, value)| item(key_step(&key.text), value)),
            Kind::List(items) => items.iter().enumerate().for_each(|(at, value)| item(format!("[{at}]"), value)),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) | Kind::Text(_) => {
                let origin = origin_in_words(&value.origin, sources);
                found.extend(origin.filter(|origin| Some(&**origin) != whole).map(|origin| (path.to_owned(), origin)));
            }
        }
    }
    let mut found = BTreeMap::new();
    if !matches!(value.kind, Kind::Map(_) | Kind::List(_)) {
        return found;
    }
    walk(value, "", origin_in_words(&value.origin, sources).as_deref(), sources, &mut found);
    found
}

/// `mtad.yaml:31`, or what it is that no text of this run has said.
pub(super) fn origin_in_words(origin: &Origin, sources: &Sources) -> Option<String> {
    if let Some(by) = supplied_by(origin) {
        return Some(by.to_owned());
    }
    if let Some(span) = origin.span() {
        return Some(sources.line_of(span));
    }
    let Origin::Built(built) = origin else { return None };
    match &**built {
        Built::System { name, owner } => Some(format!("{name} of {owner}")),
        Built::Supplied { by } => Some(by.clone()),
        Built::Registry { provider_id, provider_version } => {
            Some(format!("{provider_id} {provider_version}").trim().to_owned())
        }
        Built::Overwrote { now, .. } => origin_in_words(now, sources),
        Built::Computed { parts, .. } => parts.iter().find_map(|part| origin_in_words(&part.from, sources)),
    }
}

/// `secret db-password`, when that is all that a value was built from, by however many names.
fn supplied_by(mut origin: &Origin) -> Option<&str> {
    loop {
        let Origin::Built(built) = origin else { return None };
        origin = match &**built {
            Built::Supplied { by } => return Some(by),
            Built::Overwrote { now, .. } => now,
            Built::Computed { parts, .. } => match parts.as_slice() {
                [only] => &only.from,
                _ => return None,
            },
            Built::System { .. } | Built::Registry { .. } => return None,
        }
    }
}

/// The services that a module is bound to, by resource.
fn services(module: &Module, resources: &[Resource]) -> Vec<(ResourceName, String)> {
    let required = module.requires.iter().filter_map(|requires| {
        let resource =
            resources.iter().find(|resource| resource.name.value.as_str() == requires.name.value.as_str())?;
        Some((resource.name.value.clone(), service_name(resource).to_owned()))
    });
    required.collect()
}

/// What a service is called: its resource's `service-name`, else the resource.
fn service_name(resource: &Resource) -> &str {
    let named = resource.parameters.map.get("service-name").and_then(Value::as_text);
    named.unwrap_or(resource.name.value.as_str())
}

/// The engine's names of the volumes of these units, sorted.
pub(super) fn volumes<'u>(units: impl Iterator<Item = &'u Unit>) -> Vec<String> {
    let mounts = units.flat_map(|unit| &unit.volumes);
    let names: BTreeSet<&String> = mounts
        .filter_map(|mount| match &mount.source {
            MountSource::Volume(name) => Some(name),
            MountSource::Path(_) => None,
        })
        .collect();
    names.into_iter().cloned().collect()
}

/// A service that somebody else must bring. Without a type, a resource is only a set of properties.
fn service(resource: &Resource, index: usize, target: &Target, findings: &mut Findings) {
    let Some(kind) = resource.kind.as_ref().filter(|_| resource.active) else { return };
    let what = match target.resource_meaning(&kind.value, &resource.parameters.map) {
        "configuration" | "mta-provides-dependency" | "user-provided-service" => return,
        "existing-service" => "an existing service",
        "existing-service-key" => "a key of an existing service",
        _ => "a managed service",
    };
    let name = &resource.name;
    let message =
        format!("`{}` is {what} (`{}`), which windlass neither creates nor looks up.", name.value, kind.value);
    let finding = Finding::new(&SERVICE_NOT_PROVISIONED, name.span, message).path(format!("resources[{index}]"));
    findings.push(finding.help(
        "Run it as a module of its own, give its credentials in a user-provided service, or take them from a configuration entry.",
    ));
}
