//! Host ports that two would hold: inside the descriptor, and with what runs on the engine.

use super::desired::{Desired, Wanted};
use super::observed::EngineState;
use super::unit::Protocol;
use crate::finding::{Finding, Findings, PORT_CONFLICT};
use std::collections::HashMap;

/// Modules of one descriptor that want the same host port, and modules that want one several times.
pub fn between(units: &[Wanted]) -> Findings {
    let mut findings = Findings::default();
    let mut first: HashMap<(u16, Protocol), Vec<Holder<'_>>> = HashMap::new();
    for wanted in units {
        let module = &wanted.unit.module;
        for port in &wanted.unit.ports {
            let Some(host) = port.host else { continue };
            if wanted.unit.instances > 1 {
                let message = format!(
                    "Module `{module}` has {} instances, and only one of them can have the host port {host}.",
                    wanted.unit.instances
                );
                findings.push(
                    Finding::new(&PORT_CONFLICT, wanted.at, message)
                        .help("Leave the host's port out, and the engine chooses one for each instance."),
                );
            }
            let holders = first.entry((host, port.protocol)).or_default();
            // Two addresses of the host have ports of their own; without an address, all of them are meant.
            let clash = holders
                .iter()
                .find(|(address, _)| address.is_none() || port.address.is_none() || **address == port.address);
            if let Some((_, holder)) = clash {
                findings.push(if holder.unit.module == *module {
                    let message = format!("Module `{module}` wants the host port {host} for two ports of its own.");
                    Finding::new(&PORT_CONFLICT, wanted.at, message)
                        .help("Give one of them another host port; a route of TCP takes the port that it names.")
                } else {
                    let message =
                        format!("Modules `{}` and `{module}` both want the host port {host}.", holder.unit.module);
                    Finding::new(&PORT_CONFLICT, wanted.at, message)
                        .related(holder.at, format!("`{}` is declared here", holder.unit.module))
                });
            }
            holders.push((&port.address, wanted));
        }
    }
    findings
}

/// The address of a port, and who wants it.
type Holder<'a> = (&'a Option<String>, &'a Wanted);

/// Wanted host ports that something else on the engine's machine holds, named with its holder.
pub fn with_others(desired: &Desired, engine: &EngineState) -> Findings {
    let mut findings = Findings::default();
    for wanted in &desired.units {
        for port in &wanted.unit.ports {
            let Some(host) = port.host else { continue };
            let protocol = match port.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
            };
            let Some(holder) = engine.taken_ports.get(&(host, protocol.to_owned())) else { continue };
            let message =
                format!("The host port {host} that module `{}` wants is taken by {holder}.", wanted.unit.module);
            findings.push(
                Finding::new(&PORT_CONFLICT, wanted.at, message)
                    .help("Stop what holds it, choose another port, or leave the host's port out."),
            );
        }
    }
    findings
}
