//! Descriptor + chain of extensions + target defaults → one descriptor (reference 2).
//!
//! The order of the passes is the deploy service's, and it shows: an extension is compared with the descriptor as written,
//! not with what another extension made of it; and a value that only the target would supply counts as missing, because
//! the target comes last. Each pass reports all that it finds and leaves out what it refuses, so that the next ones can do
//! their work on the rest.

mod aim;
mod allow;
mod apply;
mod chain;
mod descriptor;
mod exposed;
mod mandatory;
mod needs;
mod suggest;
mod target;
mod walk;

use super::load::Parsed;
use crate::descriptor::{Descriptor, Extension};
use crate::finding::{Findings, Staged};
use crate::target::Target;
use crate::tree::Kind;
use std::collections::HashSet;

/// Extensions merged in, mandatory values checked, the target's values underneath. `${…}` and `~{…}` are as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged(pub(super) Descriptor);

impl std::ops::Deref for Merged {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        &self.0
    }
}

pub fn merge(parsed: Parsed, target: &Target) -> Staged<Merged> {
    let mut findings = Findings::default();
    let chain = chain::chain(&parsed, target.compat, &mut findings);
    descriptor::check(&parsed.descriptor, target, &mut findings);
    let exposed_options = parsed.exposed.clone();
    // Without extensions the descriptor itself is what is merged, and nothing of it is copied.
    let mut merged =
        if chain.is_empty() { parsed.descriptor } else { extended(&parsed.descriptor, &chain, &mut findings) };
    mandatory::check(&merged, target.compat, &mut findings);
    target::put_underneath(&mut merged, target);
    seal_passwords(&mut merged);
    exposed::check(&merged, &exposed_options, &mut findings);
    Staged::new(Merged(merged), findings)
}

/// What pulls an image is a secret, whether its author says so or not.
fn seal_passwords(merged: &mut Descriptor) {
    let Descriptor { modules, parameters, .. } = merged;
    for values in modules.iter_mut().map(|module| &mut module.parameters).chain([parameters]) {
        let Some((key, docker)) = values.map.get_key_value("docker") else { continue };
        let Some((password_key, password)) = docker.as_map().and_then(|map| map.get_key_value("password")) else {
            continue;
        };
        let (key, mut sealed) = (key.clone(), docker.clone());
        let (password_key, password) = (password_key.clone(), password.clone().sealed());
        if let Kind::Map(map) = &mut sealed.kind {
            map.insert(password_key, password);
            values.map.insert(key, sealed);
        }
    }
}

/// Every extension is checked against the unmerged descriptor, then all are merged in, in the order of the chain.
fn extended(descriptor: &Descriptor, chain: &[&Extension], findings: &mut Findings) -> Descriptor {
    let mut changes = Vec::with_capacity(chain.len());
    for extension in chain {
        changes.push(aim::aim(descriptor, extension, findings));
    }
    let mut refused = HashSet::new();
    for changes in &changes {
        refused.extend(allow::check(descriptor, changes, findings));
    }
    let mut merged = descriptor.clone();
    for changes in &changes {
        apply::apply(&mut merged, changes, &refused, findings);
    }
    merged
}
