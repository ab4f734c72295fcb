//! Modules that are suspended: they were stopped on purpose, and only somebody who says so wakes them.
//!
//! What changes in them is done all the same, short of starting: the new containers are there and wait. The record keeps what
//! the descriptor says of starting, so that a resumed module is as every other.

use super::Suspended;
use super::desired::Desired;
use super::observed::Deployed;
use super::unit::Start;
use crate::name::ModuleName;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct Sleeping {
    /// One line for each module that stays stopped.
    pub notices: Vec<String>,
    /// Those that start, and need not be remembered as suspended any longer.
    pub resumes: Vec<ModuleName>,
}

/// The wanted state as it can be had: what is suspended is not started.
pub fn with_what_sleeps<'d>(
    desired: &'d Desired,
    deployed: &Deployed,
    suspended: Suspended,
) -> (Cow<'d, Desired>, Sleeping) {
    let (mut result, mut sleeping) = (Cow::Borrowed(desired), Sleeping::default());
    for (at, wanted) in desired.units.iter().enumerate() {
        let module = &wanted.unit.module;
        if !deployed.suspended.contains(module) {
            continue;
        }
        if suspended == Suspended::Resume {
            sleeping.resumes.push(module.clone());
            continue;
        }
        Arc::make_mut(&mut result.to_mut().units[at].unit).start = Start::No;
        let name = format!("{}/{module}", desired.deployment);
        sleeping.notices.push(format!(
            "module `{module}` is suspended and stays so; `--resume` starts it, or `windlass module resume {name}`"
        ));
    }
    (result, sleeping)
}
