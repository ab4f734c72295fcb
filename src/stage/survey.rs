//! The pipeline for those who want to know all that is wrong: every stage runs, whatever the ones before have found.
//!
//! What was reported stands as unknown in the products, so that nothing follows from it twice. Such a product is for looking
//! at; whoever deploys takes those of [`super::ask`] and [`super::conclude`], which refuse.

use super::merge::Merged;
use super::{Asking, Stages, bind, environment, fill, lookup, offer, order, renew};
use crate::finding::{Findings, Staged};
use crate::registry::Entry;
use crate::target::{Facts, Target};
use std::collections::BTreeMap;

/// What the registry says.
pub enum Answers {
    /// One list of entries per question, in the same order.
    Given(Vec<Vec<Entry>>),
    /// Nobody asks it: what it holds is known where the application is deployed.
    Unasked,
}

/// From one descriptor to questions. See [`super::ask`].
pub fn ask(merged: Merged, target: &Target, facts: &Facts) -> Staged<Asking> {
    let mut findings = Findings::default();
    let keeps = facts.supplies.any_of_the_vault() && renew::anything_is_followed(&merged);
    let remembered = keeps.then(|| {
        let facts = Facts { supplies: facts.supplies.keeping_the_vaults(), ..facts.clone() };
        // What is wrong is found again right below.
        fill::fill(merged.clone(), target, &facts, fill::Names::Corrected).product
    });
    let filled = findings.keep(fill::fill(merged, target, facts, fill::Names::Corrected));
    let questions = findings.keep(lookup::questions(&filled, target));
    Staged::new(Asking { filled, remembered, questions }, findings)
}

/// From answers to everything else. See [`super::conclude`].
pub fn conclude(asking: Asking, answers: Answers, target: &Target) -> Staged<Stages> {
    let mut findings = Findings::default();
    let subscriptions = renew::subscriptions(asking.remembered(), &asking.questions, target);
    let Asking { filled, questions, .. } = asking;
    let configured = match answers {
        Answers::Given(answers) => lookup::lookup(&filled, &questions, &answers, target),
        Answers::Unasked => lookup::unasked(&filled, target),
    };
    // What would refer to an answer that is not the expected one is part of the same mistake.
    let configured = match configured.findings.has_errors() {
        true => {
            findings.extend(configured.findings);
            lookup::unasked(&filled, target).product
        }
        false => findings.keep(configured),
    };
    let order = findings.keep(order::order(&filled));
    let named = filled.named();
    drop(filled);
    let bound = findings.keep(bind::bind(configured, target));
    let environments = findings.keep(environment::environments(&bound, target));
    let offers = findings.keep(offer::offers(&bound, target));
    let contents = BTreeMap::new();
    Staged::new(Stages { bound, named, order, environments, offers, subscriptions, contents }, findings)
}

/// What else is wrong with a descriptor that cannot be deployed anyway, and so has neither facts nor answers.
pub fn beyond(merged: Merged, target: &Target) -> Findings {
    let mut findings = Findings::default();
    let asking = findings.keep(ask(merged, target, &Facts::unknown()));
    findings.keep(conclude(asking, Answers::Unasked, target));
    findings
}
