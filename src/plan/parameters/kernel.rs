//! Words that an engine hands to the kernel: signals, capabilities, addresses. It refuses unknown ones when it creates a
//! container, which is late: the old one may be gone by then.

use super::read::Found;
use crate::finding::Findings;
use crate::name::nearest;
use std::net::IpAddr;

const SIGNALS: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// Those of Linux 6, and `ALL`.
const CAPABILITIES: &[&str] = &[
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`.
pub fn signal(found: &Found<'_>, findings: &mut Findings) {
    let Some(text) = found.value.as_text() else { return };
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let number = |text: &str| text.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number));
    let real_time = |start: &str| name.strip_prefix(start).is_some_and(number);
    if number(name) || SIGNALS.contains(&name) || real_time("RTMIN+") || real_time("RTMAX-") {
        return;
    }
    let finding = found.refuse(format!("`{text}` is no signal."));
    findings.push(match nearest(name, SIGNALS.iter().copied()) {
        Some(near) => finding.help(format!("Did you mean `SIG{near}`?")),
        None => finding.help("Write its name, such as `SIGTERM`, or its number."),
    });
}

/// `NET_ADMIN`, `CAP_NET_ADMIN`, in any letter case.
pub fn capabilities(found: &Found<'_>, findings: &mut Findings) {
    for item in found.items() {
        let Some(text) = item.value.as_text() else { continue };
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
        if CAPABILITIES.contains(&name) {
            continue;
        }
        let finding = item.refuse(format!("`{text}` is no capability."));
        findings.push(match nearest(name, CAPABILITIES.iter().copied()) {
            Some(near) => finding.help(format!("Did you mean `{near}`?")),
            None => finding.help("Write one of those that `man 7 capabilities` lists, without `CAP_`."),
        });
    }
}

/// An address, or the engine's word for the machine that it runs on.
pub fn is_address(text: &str) -> bool {
    text == "host-gateway" || text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_addresses_are_told_from_names() {
        assert!(SIGNALS.is_sorted() && CAPABILITIES.is_sorted());
        assert!(is_address("10.0.0.5") && is_address("::1") && is_address("[fe80::1]") && is_address("host-gateway"));
        assert!(!is_address("mail") && !is_address("10.0.0") && !is_address(""));
    }
}
