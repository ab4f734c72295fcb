//! A list of steps while it grows: every step waits only for steps that stand before it.

use super::job::HookRun;
use super::{Action, Cause, Step, StepId, SubscriberUpdate};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub struct Steps {
    list: Vec<Step>,
    /// Steps that nothing waits for yet.
    ends: BTreeSet<StepId>,
}

impl Steps {
    pub fn add(&mut self, action: Action, causes: Vec<Cause>, after: impl IntoIterator<Item = StepId>) -> StepId {
        self.add_with_hooks(action, causes, after, Vec::new())
    }

    pub fn add_with_hooks(
        &mut self,
        action: Action,
        causes: Vec<Cause>,
        after: impl IntoIterator<Item = StepId>,
        hooks: Vec<HookRun>,
    ) -> StepId {
        let id = StepId(self.list.len());
        let after: BTreeSet<StepId> = after.into_iter().collect();
        for step in &after {
            self.ends.remove(step);
        }
        self.ends.insert(id);
        self.list.push(Step { id, action, causes, after: after.into_iter().collect(), hooks });
        id
    }

    /// What must be done so that everything is done.
    pub fn ends(&self) -> BTreeSet<StepId> {
        self.ends.clone()
    }

    /// Subscribers are renewed one after another, after all else.
    pub fn one_after_another(&mut self, updates: Vec<SubscriberUpdate>) {
        for update in updates {
            let after = self.ends();
            self.add(Action::UpdateSubscriber(Box::new(update)), vec![Cause::Needed], after);
        }
    }

    pub fn into_list(self) -> Vec<Step> {
        self.list
    }
}
