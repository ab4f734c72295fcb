//! What a deployment wants of the engine's machine, and whether there is any: processors, networks of others, limits of disk
//! space. What is missing must be found while nothing has been touched: an engine says it when the old container is gone.

use super::desired::Desired;
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Findings, NO_EFFECT};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The machine as far as plans care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub disk_quota: DiskQuota,
    /// Processors; `None`: the engine does not say.
    pub cpus: Option<u64>,
    /// All networks by name, whoever made them.
    pub networks: BTreeSet<String>,
}

/// Whether an engine can limit what a container writes into its own file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskQuota {
    Kept,
    /// Why not, as the end of a sentence.
    Ignored(String),
}

/// Whether anything is wanted that the machine may lack; else nobody needs to ask for it.
pub fn is_wanted(desired: &Desired) -> bool {
    let units = desired.units.iter().map(|wanted| &wanted.unit);
    units.into_iter().any(|unit| unit.disk_quota.is_some() || unit.milli_cpus.is_some() || !unit.networks.is_empty())
}

/// What the machine lacks. Limits of disk space that it cannot keep are taken out of what is wanted.
pub fn fit(desired: &mut Desired, machine: &Machine) -> Findings {
    let mut findings = without_quotas(desired, &machine.disk_quota);
    for wanted in &desired.units {
        let (unit, handling) = (&wanted.unit, &wanted.handling);
        let place =
            |found: &Option<(crate::source::Span, String)>| found.clone().unwrap_or_else(|| (wanted.at, String::new()));
        if let (Some(milli), Some(cpus)) = (unit.milli_cpus, machine.cpus)
            && milli > cpus.saturating_mul(1000)
        {
            let (at, path) = place(&handling.cpus);
            let there = if cpus == 1 { "one processor".to_owned() } else { format!("{cpus} processors") };
            let message = format!(
                "Module `{}` may use {} processors, and the engine's machine has {there}.",
                unit.module,
                in_cpus(milli)
            );
            findings.push(
                Finding::new(&BAD_PARAMETER_VALUE, at, message).path(path).help(format!("Write at most `{cpus}`.")),
            );
        }
        for missing in unit.networks.iter().filter(|name| !machine.networks.contains(*name)) {
            let (at, path) = place(&handling.networks);
            let message = format!("The engine has no network `{missing}`, which module `{}` is to join.", unit.module);
            let near = crate::name::nearest(missing, machine.networks.iter().map(String::as_str));
            let finding = Finding::new(&BAD_PARAMETER_VALUE, at, message).path(path);
            findings.push(match near {
                Some(near) => finding.help(format!("Did you mean `{near}`?")),
                None => finding.help(format!(
                    "`docker network create {missing}` makes it; others keep it, and windlass does not remove it."
                )),
            });
        }
    }
    findings
}

/// `1.5`.
fn in_cpus(milli: u64) -> String {
    format!("{}.{:03}", milli / 1000, milli % 1000).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Takes the limits out when the engine cannot keep them, and says so once.
fn without_quotas(desired: &mut Desired, can: &DiskQuota) -> Findings {
    let DiskQuota::Ignored(why) = can else { return Findings::default() };
    let mut places = Vec::new();
    for wanted in desired.units.iter_mut().filter(|wanted| wanted.unit.disk_quota.is_some()) {
        Arc::make_mut(&mut wanted.unit).disk_quota = None;
        places.extend(wanted.handling.disk_quota.take().filter(|place| !places.contains(place)));
    }
    let message = match places.len() {
        0 | 1 => format!("`disk-quota` has no effect here: {why}."),
        2 => format!("`disk-quota` has no effect here: {why}. It is set at one more place."),
        many => format!("`disk-quota` has no effect here: {why}. It is set at {} more places.", many - 1),
    };
    let first = places.into_iter().min();
    first.map(|(at, path)| Finding::new(&NO_EFFECT, at, message).path(path)).into_iter().collect()
}
