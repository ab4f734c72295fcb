//! The pipeline, on one page: each stage closes one kind of hole and hands on its product and what it found.
//!
//! ```text
//! load → merge → fill → lookup → bind → environment, order, offer
//!        ext     ${…}   registry  ~{…}
//! ```
//!
//! Stages are functions from value to value. None of them stops at a mistake: what is wrong is reported and left out, or
//! stands as a value of which nothing is known ([`crate::tree::Origin::Broken`]), and the next stage says nothing of it. So
//! all mistakes are told in one run, each once; a product with errors goes no further than [`survey`].

pub mod attach;
pub mod bind;
pub mod close;
mod correct;
pub mod environment;
pub mod fill;
pub mod load;
pub mod lookup;
pub mod merge;
mod names;
mod namespace;
pub mod offer;
pub mod order;
pub mod renew;
pub mod scope;
pub mod supply;
pub mod survey;
mod system;

use crate::descriptor::given::Given;
use crate::descriptor::{Descriptor, Module};
use crate::finding::{EXT_FORBIDDEN_KEY, Finding, Findings, Staged};
use crate::name::ModuleName;
use crate::registry::{Entry, Question, Subscription};
use crate::source::{FileId, Sources};
use crate::target::{Compat, Facts, Target};
use crate::tree::Value;
use environment::Environment;
use namespace::{APPLY_NAMESPACE, Naming};
use order::Order;
use std::collections::BTreeMap;
use survey::Answers;

/// Everything that a sound descriptor leads to.
#[derive(Clone, Debug)]
pub struct Stages {
    /// Configuration resources replaced by what the registry holds, all references closed, escapes removed.
    pub bound: bind::Bound,
    /// What placeholders name.
    pub named: fill::Named,
    pub order: Order,
    /// One per module, in the order of the descriptor.
    pub environments: Vec<Environment>,
    /// What a deployment would publish.
    pub offers: Vec<Entry>,
    /// What a deployment would subscribe to.
    pub subscriptions: Vec<Subscription>,
    /// Digests of the modules' content, for who has read it: stages touch no files.
    pub contents: BTreeMap<ModuleName, String>,
}

/// A descriptor with its placeholders closed, and what it asks of the configuration registry.
#[derive(Clone, Debug)]
pub struct Asking {
    pub filled: fill::Filled,
    /// The same with `${secret:…}` left open, when subscriptions will remember parts of it.
    remembered: Option<fill::Filled>,
    /// One per active configuration resource.
    pub questions: Vec<Question>,
}

impl Asking {
    /// What subscriptions are made from. A secret that windlass keeps is not remembered a second time: its placeholder
    /// stays open, and who renews the subscriber looks it up again.
    pub fn remembered(&self) -> &fill::Filled {
        self.remembered.as_ref().unwrap_or(&self.filled)
    }
}

/// From texts to one descriptor, in which nothing has been closed yet.
pub fn combine(
    sources: &Sources,
    descriptor: FileId,
    extensions: &[FileId],
    target: &Target,
) -> Staged<Option<merge::Merged>> {
    combine_given(sources, descriptor, extensions, &[], target)
}

/// The same, with what the command line gives over all extensions.
pub fn combine_given(
    sources: &Sources,
    descriptor: FileId,
    extensions: &[FileId],
    given: &[Given],
    target: &Target,
) -> Staged<Option<merge::Merged>> {
    let mut findings = Findings::default();
    let mut loaded = load::load(sources, descriptor, extensions);
    soften(&mut loaded, target);
    let parsed = findings.keep(loaded).map(|parsed| findings.keep(load::give(parsed, given)));
    let merged = parsed.map(|parsed| findings.keep(merge::merge(parsed, target)));
    let product = merged.and_then(|merged| go_on(&mut findings, merged, |merged| survey::beyond(merged, target)));
    Staged::new(product, findings.sorted())
}

/// The deploy service passes over keys that an extension cannot set.
pub fn soften(loaded: &mut Staged<Option<load::Parsed>>, target: &Target) {
    if target.compat == Compat::DeployService {
        let lived_with = |finding: Finding| match finding.code == &EXT_FORBIDDEN_KEY {
            true => finding.as_warning(),
            false => finding,
        };
        loaded.findings = std::mem::take(&mut loaded.findings).into_iter().map(lived_with).collect();
    }
}

/// From one descriptor to questions: everything that can be said before the registry is asked.
///
/// The facts come in here and not earlier, because they belong to one deployment, and only the merged descriptor says to
/// which.
pub fn ask(merged: merge::Merged, target: &Target, facts: &Facts) -> Staged<Option<Asking>> {
    let mut findings = Findings::default();
    let asking = findings.keep(survey::ask(merged, target, facts));
    let rest = |asking| survey::conclude(asking, Answers::Unasked, target).findings;
    let product = go_on(&mut findings, asking, rest);
    Staged::new(product, findings.sorted())
}

/// From answers to everything else. `answers` has one list of entries per question, in the same order.
pub fn conclude(asking: Asking, answers: Vec<Vec<Entry>>, target: &Target) -> Staged<Option<Stages>> {
    let concluded = survey::conclude(asking, Answers::Given(answers), target);
    let product = (!concluded.findings.has_errors()).then_some(concluded.product);
    Staged::new(product, concluded.findings.sorted())
}

/// The host of a module that names none, with the namespace on it when that applies.
pub fn default_host(descriptor: &Descriptor, module: &Module, target: &Target) -> String {
    let naming = Naming::new(target, descriptor.parameters.map.get(APPLY_NAMESPACE));
    let own = module.parameters.map.get(APPLY_NAMESPACE).and_then(Value::as_bool);
    system::default_host(target, descriptor.id.value.as_str(), module.name.value.as_str(), naming.route(own))
}

/// The name of a module's application as a host has it, where it is another one than the module's.
pub fn app_host(descriptor: &Descriptor, module: &Module, target: &Target) -> Option<String> {
    let own = module.parameters.map.get(APPLY_NAMESPACE).and_then(Value::as_bool);
    let name = match module.parameters.map.get(names::APP_NAME).and_then(Value::as_text) {
        Some(name) => name.to_owned(),
        None => {
            let naming = Naming::new(target, descriptor.parameters.map.get(APPLY_NAMESPACE));
            correct::name(module.name.value.as_str(), naming.app(own), correct::LONGEST_APP_NAME)
        }
    };
    if name == module.name.value.as_str() { None } else { correct::host(&name, None) }
}

/// Hands a product on only when nothing that was found is an error; else what is wrong with the rest is found as well.
fn go_on<T>(findings: &mut Findings, product: T, rest: impl FnOnce(T) -> Findings) -> Option<T> {
    if findings.has_errors() {
        findings.extend(rest(product));
        return None;
    }
    Some(product)
}

pub use system::{DESCRIPTOR as SYSTEM_OF_DESCRIPTOR, MODULE as SYSTEM_OF_MODULES, RESOURCE as SYSTEM_OF_RESOURCES};

/// Whether `${name}` can be answered by the target or the platform somewhere in a descriptor.
pub fn is_system_parameter(name: &str) -> bool {
    [system::DESCRIPTOR, system::MODULE, system::RESOURCE].iter().any(|names| names.contains(&name))
}
