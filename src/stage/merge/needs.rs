//! Who requires whom, so that no guess about a requirement closes a ring.
//!
//! Who requires a name that nothing has may have meant another one, but never itself, and never what requires it in turn.

use crate::descriptor::{Descriptor, Requires};
use std::collections::{BTreeMap, HashSet};

/// Modules, then resources, by their position.
pub struct Needs<'d> {
    /// What can be required, and who has it. In one order, which messages depend on.
    holders: BTreeMap<&'d str, usize>,
    needed_by: Vec<Vec<usize>>,
}

impl<'d> Needs<'d> {
    pub fn of(descriptor: &'d Descriptor) -> Needs<'d> {
        let modules = descriptor.modules.iter().enumerate();
        let sets =
            modules.flat_map(|(at, module)| module.provides.iter().map(move |set| (set.name.value.as_str(), at)));
        let behind = descriptor.modules.len();
        let resources = descriptor.resources.iter().enumerate();
        let resources = resources.map(|(at, resource)| (resource.name.value.as_str(), behind + at));
        let mut holders = BTreeMap::new();
        for (name, at) in sets.chain(resources) {
            holders.entry(name).or_insert(at);
        }
        let mut needs = Needs { holders, needed_by: vec![Vec::new(); behind + descriptor.resources.len()] };
        for (at, module) in descriptor.modules.iter().enumerate() {
            let hooks = module.hooks.iter().flat_map(|hook| &hook.requires);
            module.requires.iter().chain(hooks).for_each(|required| needs.add(at, required.name.value.as_str()));
        }
        for (at, resource) in descriptor.resources.iter().enumerate() {
            resource.requires.iter().for_each(|required| needs.add(behind + at, required.name.value.as_str()));
        }
        needs
    }

    pub fn knows(&self, name: &str) -> bool {
        self.holders.contains_key(name)
    }

    pub fn add(&mut self, by: usize, name: &str) {
        if let Some(holder) = self.holders.get(name) {
            self.needed_by[*holder].push(by);
        }
    }

    /// The names that one of them could require without waiting for itself, and that it does not require already.
    pub fn free(&self, by: usize, requires: &[Requires]) -> Vec<&'d str> {
        let mut waiting = HashSet::from([by]);
        let mut open = vec![by];
        while let Some(at) = open.pop() {
            open.extend(self.needed_by[at].iter().copied().filter(|next| waiting.insert(*next)));
        }
        let taken: HashSet<&str> = requires.iter().map(|required| required.name.value.as_str()).collect();
        let free = |name: &&str, holder: &usize| !waiting.contains(holder) && !taken.contains(*name);
        self.holders.iter().filter(|(name, holder)| free(name, holder)).map(|(name, _)| *name).collect()
    }
}
