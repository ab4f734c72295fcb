//! Which steps of a plan may begin.
//!
//! Each step counts how many of those before it are still to be done, and the end of one counts down those that follow it: a
//! plan costs what it has steps and edges, however many thousands.

use crate::plan::{Step, StepId};
use std::collections::{BTreeSet, HashMap};

pub(super) struct Queue<'p> {
    steps: &'p [Step],
    /// How many steps each waits for, by its place in the plan.
    missing: Vec<usize>,
    /// Places of the steps that wait for one, once for each time that they name it.
    followers: HashMap<StepId, Vec<usize>>,
    /// Places of the steps that wait for nothing and have not begun.
    free: BTreeSet<usize>,
}

impl<'p> Queue<'p> {
    pub fn new(steps: &'p [Step]) -> Queue<'p> {
        let mut followers: HashMap<StepId, Vec<usize>> = HashMap::new();
        for (place, step) in steps.iter().enumerate() {
            for before in &step.after {
                followers.entry(*before).or_default().push(place);
            }
        }
        let free = (0..steps.len()).filter(|place| steps[*place].after.is_empty()).collect();
        Queue { steps, missing: steps.iter().map(|step| step.after.len()).collect(), followers, free }
    }

    /// Takes a step that may begin now; of several, the one that stands first in the plan.
    pub fn next(&mut self) -> Option<&'p Step> {
        self.free.pop_first().map(|place| &self.steps[place])
    }

    /// A step is done: frees what has waited for it alone.
    pub fn done(&mut self, id: StepId) {
        for place in self.followers.remove(&id).unwrap_or_default() {
            self.missing[place] -= 1;
            if self.missing[place] == 0 {
                self.free.insert(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Cause};

    fn steps(after: &[&[usize]]) -> Vec<Step> {
        let step = |(id, after): (usize, &&[usize])| Step {
            id: StepId(id),
            action: Action::CreateVolume { name: id.to_string() },
            causes: vec![Cause::Missing],
            after: after.iter().copied().map(StepId).collect(),
            hooks: Vec::new(),
        };
        after.iter().enumerate().map(step).collect()
    }

    #[test]
    fn a_step_waits_for_the_last_of_those_before_it() {
        let steps = steps(&[&[], &[], &[0, 1], &[2]]);
        let mut queue = Queue::new(&steps);
        let free = |queue: &mut Queue| std::iter::from_fn(|| queue.next()).map(|step| step.id.0).collect::<Vec<_>>();
        assert_eq!(free(&mut queue), [0, 1]);
        queue.done(StepId(1));
        assert!(free(&mut queue).is_empty());
        queue.done(StepId(0));
        assert_eq!(free(&mut queue), [2]);
        queue.done(StepId(2));
        assert_eq!(free(&mut queue), [3]);
    }

    #[test]
    fn what_waits_for_a_step_that_is_not_there_never_begins() {
        let steps = steps(&[&[7]]);
        assert!(Queue::new(&steps).next().is_none());
    }

    #[test]
    fn what_was_not_taken_stays_first() {
        let steps = steps(&[&[], &[0], &[]]);
        let mut queue = Queue::new(&steps);
        assert_eq!(queue.next().map(|step| step.id.0), Some(0));
        queue.done(StepId(0));
        assert_eq!(queue.next().map(|step| step.id.0), Some(1));
        assert_eq!(queue.next().map(|step| step.id.0), Some(2));
    }
}
