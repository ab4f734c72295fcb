//! What the store shall remember when an operation did not get to its end.
//!
//! The whole plan done: the plan's own record, or nothing after an undeployment. Else the record that was there, changed by
//! the steps that are really done, so that the next plan compares with the truth. It is written once, when nothing runs
//! any more; should the process be killed before that, labels on the engine still tell which container was made from what.

use crate::name::ModuleName;
use crate::plan::unit::Unit;
use crate::plan::{Action, Plan, PlanKind, Record, names};
use crate::registry::DeploymentId;
use crate::store::{End, Made, Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

pub(super) struct Ledger {
    record: Record,
    changed: bool,
}

impl Ledger {
    pub fn new(deployment: &DeploymentId, before: Option<Record>, plan: &Plan) -> Ledger {
        let record = before.unwrap_or_else(|| Record {
            version: plan.to.clone().or_else(|| plan.from.clone()).unwrap_or_default(),
            units: Vec::new(),
            network: names::network(deployment),
            volumes: Vec::new(),
            after: plan.record.iter().flat_map(|record| record.after.clone()).collect(),
        });
        Ledger { record, changed: false }
    }

    /// Takes in a step that is done.
    pub fn note(&mut self, action: &Action, plan: &Plan) {
        let planned = |module: &ModuleName| {
            plan.record.iter().flat_map(|record| &record.units).find(|unit| unit.module == *module)
        };
        match action {
            Action::StartUnit { unit }
            | Action::ReplaceUnit { unit, .. }
            | Action::AddInstances { unit, .. }
            | Action::WakeUnit { unit, .. }
            | Action::RunTask { unit, .. } => match planned(&unit.module).cloned() {
                // A module that is suspended is made without being started, and is to start all the same once it is resumed.
                Some(unit) => self.put(&unit),
                None if self.holds(&unit.module) && plan.record.is_none() => {}
                None => self.put(unit),
            },
            Action::StopUnit { module, .. } => {
                if let Some(unit) = planned(module).cloned() {
                    self.put(&unit);
                }
            }
            // Instances beyond the wanted number are removed, too; their module stays.
            Action::RemoveUnit { module, .. } if planned(module).is_some() => {}
            Action::RemoveUnit { module, .. } => {
                self.record.units.retain(|unit| unit.module != *module);
                self.changed = true;
            }
            Action::CreateVolume { name } => {
                self.record.volumes.push(name.clone());
                self.record.volumes.sort();
                self.record.volumes.dedup();
                self.changed = true;
            }
            Action::RemoveVolume { name } => {
                self.record.volumes.retain(|volume| volume != name);
                self.changed = true;
            }
            Action::PullImage { .. }
            | Action::CreateNetwork { .. }
            | Action::RemoveNetwork { .. }
            | Action::ClearAway { .. }
            | Action::Publish { .. }
            | Action::Retract { .. }
            | Action::Subscribe { .. }
            | Action::Unsubscribe { .. }
            | Action::UpdateSubscriber(_) => {}
        }
    }

    fn holds(&self, module: &ModuleName) -> bool {
        self.record.units.iter().any(|unit| unit.module == *module)
    }

    fn put(&mut self, unit: &Arc<Unit>) {
        self.changed = true;
        match self.record.units.iter_mut().find(|held| held.module == unit.module) {
            Some(held) => *held = Arc::clone(unit),
            None => self.record.units.push(Arc::clone(unit)),
        }
    }

    /// Remembers the whole plan as done.
    pub fn complete(store: &Store, plan: &Plan, operation: &str, now: SystemTime) -> Result<(), StoreError> {
        for module in &plan.suspends {
            store.suspend(&plan.deployment, module, operation, now)?;
        }
        for module in &plan.resumes {
            store.resume(&plan.deployment, module)?;
        }
        let made = Made { operation, end: End::Good };
        match (plan.kind, &plan.record) {
            (PlanKind::Undeploy, _) => store.forget(&plan.deployment),
            (_, Some(record)) => store.record_of(&plan.deployment, record, &made),
            (_, None) => store.confirm(&plan.deployment),
        }
    }

    /// Remembers what is done of it, if that is anything: in the plan's order, what the plan does not know last.
    pub fn partial(mut self, store: &Store, plan: &Plan, operation: &str) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let planned = plan.record.iter().flat_map(|record| &record.units);
        let places: HashMap<&ModuleName, usize> =
            planned.enumerate().map(|(place, unit)| (&unit.module, place)).collect();
        self.record.units.sort_by_key(|unit| places.get(&unit.module).copied().unwrap_or(usize::MAX));
        store.record_of(&plan.deployment, &self.record, &Made { operation, end: End::Partial })
    }
}
