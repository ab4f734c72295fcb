//! Subscriptions: what is remembered of a managed requirement, and the environment that follows from it later.
//!
//! A subscription remembers a descriptor of one module and one resource (its *fragment*), with everything closed except
//! the references to that resource. Renewing runs the same stages on it as a deployment does, so there is one meaning. Where
//! several requirements are collected into one variable, the fragment has them all, because half a list is worse than an old
//! one; those of them that ask the registry are asked anew (see [`questions_beside`]).

mod fragment;

use super::bind::{bind, bind_all_but};
use super::environment::{Variable, collected_into, environments};
use super::fill::Filled;
use super::lookup::{is_configuration, lookup, questions};
use super::supply;
use crate::descriptor::{self, Descriptor, Document, Requires};
use crate::finding::{Findings, Staged};
use crate::registry::{DeploymentId, Entry, Question, Subscription};
use crate::source::{Sources, yaml};
use crate::target::Target;
use crate::target::supply::Supplies;
use crate::text::{Form, Piece, pieces};
use crate::tree::{Kind, Value};
use std::collections::HashSet;

/// The subscriptions that a deployment of this descriptor stores (registry reference, section 6).
pub fn subscriptions(filled: &Filled, questions: &[Question], target: &Target) -> Vec<Subscription> {
    let configurations: HashSet<&str> = filled
        .resources
        .iter()
        .filter(|resource| is_configuration(resource, target))
        .map(|resource| resource.name.value.as_str())
        .collect();
    if !anything_is_followed(filled) {
        return Vec::new();
    }
    let closed = bind_all_but(&configurations, filled, target);
    let mut subscriptions = Vec::new();
    for module in &closed.modules {
        for (at, requires) in module.requires.iter().enumerate().filter(|(_, requires)| is_managed(requires)) {
            let name = requires.name.value.as_str();
            // An inactive resource asks nothing, so there is nothing to follow.
            let Some(question) = questions.iter().find(|question| question.resource.as_str() == name) else { continue };
            subscriptions.push(Subscription {
                subscriber: DeploymentId {
                    mta: filled.id.value.clone(),
                    namespace: target.namespace.clone(),
                    space: target.space.clone(),
                },
                module: module.name.value.clone(),
                resource: question.resource.clone(),
                filter: question.filter.clone(),
                fragment: descriptor::write::descriptor(&fragment::of(&closed, module, at, &configurations)).to_json(),
            });
        }
    }
    subscriptions
}

/// Whether some module wants to be renewed.
pub fn anything_is_followed(descriptor: &Descriptor) -> bool {
    descriptor.modules.iter().any(|module| module.requires.iter().any(is_managed))
}

fn is_managed(requires: &Requires) -> bool {
    requires.parameters.map.get("managed").and_then(Value::as_bool) == Some(true)
}

/// Whether a value refers to this resource, and to nothing else that is still open.
fn follows_only(value: &Value, resource: &str) -> bool {
    let mut owners = HashSet::new();
    mentioned(value, &mut owners);
    owners.len() == 1 && owners.contains(resource)
}

/// What else must be asked before a subscription can be renewed: the questions of requirements that are collected into the
/// same variable. `target` is the subscriber's.
pub fn questions_beside(subscription: &Subscription, target: &Target) -> Result<Vec<Question>, Findings> {
    let Some(fragment) = remembered(subscription)? else { return Ok(Vec::new()) };
    if fragment.resources.len() < 2 {
        return Ok(Vec::new());
    }
    let asked = questions(&Filled::of(*fragment), target).sound()?.into_parts().0;
    Ok(asked.into_iter().filter(|question| question.resource != subscription.resource).collect())
}

/// The variables that a subscriber gets from a new answer to its question. All its other variables stay as they are.
/// `beside`: the answers to [`questions_beside`]. `target` is the subscriber's. The findings say why there is none: no match,
/// or several without `list`.
pub fn renew(
    subscription: &Subscription,
    answer: &[Entry],
    beside: &[(Question, Vec<Entry>)],
    target: &Target,
    supplies: &Supplies,
) -> Result<Vec<Variable>, Findings> {
    let Some(mut fragment) = remembered(subscription)? else { return Ok(Vec::new()) };
    let wanted = only_what_follows(&mut fragment, subscription.resource.as_str());
    Staged::new((), supply::close(&mut fragment, supplies)).sound()?;
    let filled = Filled::of(*fragment);
    let question = Question {
        resource: subscription.resource.clone(),
        filter: subscription.filter.clone(),
        viewer: target.space.clone(),
    };
    let (mut questions, mut answers) = (vec![question], vec![answer.to_vec()]);
    for (question, answer) in beside {
        questions.push(question.clone());
        answers.push(answer.clone());
    }
    let configured = lookup(&filled, &questions, &answers, target).sound()?.into_parts().0;
    let bound = bind(configured, target).sound()?.into_parts().0;
    let environments = environments(&bound, target).sound()?.into_parts().0;
    let variables = environments.into_iter().flat_map(|environment| environment.variables);
    Ok(variables.filter(|variable| wanted.contains(&variable.name)).collect())
}

fn remembered(subscription: &Subscription) -> Result<Option<Box<Descriptor>>, Findings> {
    let mut sources = Sources::default();
    let file = sources.add("subscription", subscription.fragment.as_str());
    let Some(node) = yaml::read(&sources, file).sound()?.into_parts().0 else { return Ok(None) };
    match descriptor::read::read(file, node).sound()?.into_parts().0 {
        Some(Document::Descriptor(fragment)) => Ok(Some(fragment)),
        Some(Document::Extension(_)) | None => Ok(None),
    }
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
