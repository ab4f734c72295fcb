//! Subscriptions: what is remembered of a managed requirement, and the environment that follows from it later.
//!
//! A subscription remembers a descriptor of one module and one resource (its *fragment*), with everything closed except
//! the references to that resource. Renewing runs the same stages on it as a deployment does, so there is one meaning.

use super::bind::{bind, bind_all_but};
use super::environment::{Variable, collected_into, environments};
use super::fill::Filled;
use super::lookup::{is_configuration, lookup};
use super::supply;
use crate::descriptor::{self, Descriptor, Document, Metadata, Module, Requires, Resource, SchemaVersion, Values};
use crate::finding::{Finding, Findings, MANAGED_SHARED_VARIABLE, Staged};
use crate::registry::{DeploymentId, Entry, Question, Subscription};
use crate::source::{Sources, Spanned, yaml};
use crate::target::Target;
use crate::target::supply::Supplies;
use crate::text::{Form, Piece, pieces};
use crate::tree::{Key, Kind, Map, Origin, Value};
use std::collections::HashSet;

/// The subscriptions that a deployment of this descriptor stores (registry reference, section 6).
pub fn subscriptions(filled: &Filled, questions: &[Question], target: &Target) -> Staged<Option<Vec<Subscription>>> {
    let configurations: HashSet<&str> = filled
        .resources
        .iter()
        .filter(|resource| is_configuration(resource, target))
        .map(|resource| resource.name.value.as_str())
        .collect();
    if !anything_is_followed(filled) {
        return Staged::new(Some(Vec::new()), Findings::default());
    }
    let closed = bind_all_but(&configurations, filled, target);
    let mut subscriptions = Vec::new();
    let mut findings = Findings::default();
    for module in &closed.modules {
        for (at, requires) in module.requires.iter().enumerate().filter(|(_, requires)| is_managed(requires)) {
            let name = requires.name.value.as_str();
            // An inactive resource asks nothing, so there is nothing to follow.
            let Some(question) = questions.iter().find(|question| question.resource.as_str() == name) else { continue };
            let Some(resource) = closed.resources.iter().find(|resource| resource.name.value.as_str() == name) else {
                continue;
            };
            if let Some(finding) = shared_variable(module, at, requires) {
                findings.push(finding);
                continue;
            }
            subscriptions.push(Subscription {
                subscriber: DeploymentId {
                    mta: filled.id.value.clone(),
                    namespace: target.namespace.clone(),
                    space: target.space.clone(),
                },
                module: module.name.value.clone(),
                resource: question.resource.clone(),
                filter: question.filter.clone(),
                fragment: descriptor::write::descriptor(&fragment(filled, module, at, resource)).to_json(),
            });
        }
    }
    Staged::new(Some(subscriptions), findings)
}

/// Whether some module wants to be renewed.
pub fn anything_is_followed(descriptor: &Descriptor) -> bool {
    descriptor.modules.iter().any(|module| module.requires.iter().any(is_managed))
}

/// A subscription knows its own requirement only. Renewing a variable that others have a share in would drop their share.
fn shared_variable(module: &Module, at: usize, requires: &Requires) -> Option<Finding> {
    let variable = collected_into(requires)?;
    let mut others = module.requires.iter().enumerate().filter(|(other_at, _)| *other_at != at);
    let (_, other) = others.find(|(_, other)| collected_into(other) == Some(variable))?;
    let message = format!(
        "module `{}` cannot follow `{}`: its variable `{variable}` is shared with the requirement `{}`",
        module.name.value, requires.name.value, other.name.value
    );
    let finding = Finding::new(&MANAGED_SHARED_VARIABLE, requires.name.span, message)
        .related(other.name.span, "this requirement is collected into the same variable")
        .help("Give it a variable of its own (`list:`). Until then only the module's own deployment renews it.");
    Some(finding)
}

fn is_managed(requires: &Requires) -> bool {
    requires.parameters.map.get("managed").and_then(Value::as_bool) == Some(true)
}

/// A descriptor of schema 3 (which has metadata, so that secrets stay marked) with one module and one resource.
///
/// What tells the time of its deployment is left out, where it stands alone: it goes on telling it.
/// So are variables that another source of the module's environment sets over these.
fn fragment(filled: &Descriptor, module: &Module, at: usize, resource: &Resource) -> Descriptor {
    let schema = SchemaVersion { major: 3, minor: 1, patch: 0 };
    let requires = &module.requires[at];
    let mut own = requires.properties.clone();
    if collected_into(requires).is_none() {
        own.map = without_time(&own.map);
        hide_under(&mut own.map, module, &module.requires[at + 1..]);
    }
    let requires = Requires { properties: marked(&own), parameters: Values::default(), ..requires.clone() };
    let mut properties = Values { map: without_time(&module.properties.map), ..Values::default() };
    hide_under(&mut properties.map, module, &module.requires);
    let module = Module {
        properties: marked(&properties),
        parameters: Values::default(),
        requires: vec![requires],
        provides: Vec::new(),
        deployed_after: None,
        hooks: Vec::new(),
        path: None,
        description: None,
        ..module.clone()
    };
    let resource = Resource {
        properties: marked(&resource.properties),
        requires: Vec::new(),
        processed_after: Vec::new(),
        description: None,
        ..resource.clone()
    };
    Descriptor {
        file: filled.file,
        schema: Spanned::new(schema, filled.schema.span),
        id: filled.id.clone(),
        version: filled.version.clone(),
        modules: vec![module],
        resources: vec![resource],
        parameters: Values::default(),
    }
}

/// Takes out what `later` requirements, or any collected variable of the module, set again.
fn hide_under(map: &mut Map, module: &Module, later: &[Requires]) {
    for requires in later.iter().filter(|requires| collected_into(requires).is_none()) {
        for name in requires.properties.map.keys() {
            map.remove(name);
        }
    }
    for name in module.requires.iter().filter_map(collected_into) {
        map.remove(name);
    }
}

fn without_time(map: &Map) -> Map {
    let timeless = map.iter().filter(|(_, value)| !value.tells_the_time());
    timeless.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether a value refers to this resource, and to nothing else that is still open.
fn follows_only(value: &Value, resource: &str) -> bool {
    let mut owners = HashSet::new();
    mentioned(value, &mut owners);
    owners.len() == 1 && owners.contains(resource)
}

/// Says in the metadata which values are secret, because the values' own marks are not written down.
fn marked(values: &Values) -> Values {
    let mut metadata = std::collections::BTreeMap::new();
    for (key, value) in values.map.iter() {
        if !value.holds_secret() {
            continue;
        }
        let sensitive = Value::new(Kind::Bool(true), Origin::Nowhere);
        let written: Map = [(Key::from("sensitive"), sensitive)].into_iter().collect();
        let flags = Metadata { overwritable: true, optional: true, sensitive: true, span: None, written };
        metadata.insert(key.text.to_string(), flags);
    }
    Values { map: values.map.clone(), metadata }
}

/// The variables that a subscriber gets from a new answer to its question. All its other variables stay as they are.
/// The findings say why there is none: no match, or several without `list`.
pub fn renew(
    subscription: &Subscription,
    answer: &[Entry],
    target: &Target,
    supplies: &Supplies,
) -> Result<Vec<Variable>, Findings> {
    let target = Target {
        space: subscription.subscriber.space.clone(),
        namespace: subscription.subscriber.namespace.clone(),
        ..target.clone()
    };
    let mut sources = Sources::default();
    let file = sources.add("subscription", subscription.fragment.as_str());
    let node = yaml::read(&sources, file).sound()?.into_parts().0;
    let Some(node) = node else { return Ok(Vec::new()) };
    let document = descriptor::read::read(file, node).sound()?.into_parts().0;
    let Some(Document::Descriptor(mut fragment)) = document else { return Ok(Vec::new()) };

    let wanted = only_what_follows(&mut fragment, subscription.resource.as_str());
    Staged::new((), supply::close(&mut fragment, supplies)).sound()?;
    let filled = Filled::of(*fragment);
    let question = Question {
        resource: subscription.resource.clone(),
        filter: subscription.filter.clone(),
        viewer: target.space.clone(),
    };
    let configured = lookup(&filled, &[question], &[answer.to_vec()], &target).sound()?.into_parts().0;
    let Some(configured) = configured else { return Ok(Vec::new()) };
    let bound = bind(configured, &target).sound()?.into_parts().0;
    let Some(bound) = bound else { return Ok(Vec::new()) };
    let environments = environments(&bound, &target).sound()?.into_parts().0.unwrap_or_default();
    let variables = environments.into_iter().flat_map(|environment| environment.variables);
    Ok(variables.filter(|variable| wanted.contains(&variable.name)).collect())
}

/// Leaves of the module's properties only those that refer to the resource and to nothing that is not in the fragment;
/// returns the names of the variables that follow the resource.
fn only_what_follows(fragment: &mut Descriptor, resource: &str) -> HashSet<String> {
    let mut wanted = HashSet::new();
    for module in &mut fragment.modules {
        let properties = std::mem::take(&mut module.properties.map);
        let following = properties.iter().filter(|(_, value)| follows_only(value, resource));
        module.properties.map = following.map(|(key, value)| (key.clone(), value.clone())).collect();
        wanted.extend(module.properties.map.keys().map(str::to_owned));
        for requires in &module.requires {
            match collected_into(requires) {
                Some(variable) => {
                    wanted.insert(variable.to_owned());
                }
                None => wanted.extend(requires.properties.map.keys().map(str::to_owned)),
            }
        }
    }
    wanted
}

fn mentioned(value: &Value, owners: &mut HashSet<String>) {
    match &value.kind {
        Kind::Text(text) => {
            for piece in pieces(text, Form::Qualified).unwrap_or_default() {
                if let Piece::Hole(hole) = piece {
                    owners.extend(hole.owner.map(str::to_owned));
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| mentioned(item, owners)),
        Kind::Map(map) => map.iter().for_each(|(_, item)| mentioned(item, owners)),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => {}
    }
}
