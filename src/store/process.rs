//! Who we are, and whether another process still lives: for locks, and for a server whose editor may die.

use crate::operation::Owner;
use std::time::{Duration, UNIX_EPOCH};

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "since when a lock is held is a fact about this process, no input of a stage"
)]
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "when something was done is a fact about this process, no input of a stage"
)]
pub(super) fn now_in_millis() -> i64 {
    in_millis(std::time::SystemTime::now())
}

pub(super) fn in_millis(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "who holds a lock is a fact about this process, no input of a stage")]
pub(super) fn owner() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let known = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable);
    known.or_else(account).unwrap_or_else(|| "an unknown user".to_owned())
}

/// The name behind the id under which this process runs: services and scheduled jobs have no variable that says it.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "who holds a lock is a fact about this process, no input of a stage")]
fn account() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    // `name:password:id:…`
    let named = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let named = named.filter(|fields| fields.get(2) == Some(&&*id)).find_map(|fields| fields.first().copied());
    Some(named.map_or_else(|| format!("user {id}"), str::to_owned))
}

#[cfg(not(target_os = "linux"))]
fn account() -> Option<String> {
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "which machine holds a lock is a fact about this process, no input of a stage"
)]
pub(super) fn host() -> String {
    let text = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok().and_then(text);
    let variable = || std::env::var("COMPUTERNAME").ok().and_then(text);
    let program = || output_of(std::process::Command::new("hostname"));
    kernel().or_else(variable).or_else(program).unwrap_or_else(|| "localhost".to_owned())
}

/// When a process of this machine was started, in the words of its system: only good for comparing, and different for
/// another process that got the same number later. `None`: it has ended.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "whether the holder of a lock lives is asked where locks are taken")]
pub(super) fn started(pid: u32) -> Option<String> {
    // `pid (name) state … starttime …`; the name may hold blanks and parentheses. The time counts from the start of the
    // system, so that start is part of the answer.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ended = matches!(*fields.first()?, "Z" | "X" | "x");
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    if ended { None } else { Some(format!("{} {}", boot.trim(), fields.get(19)?)) }
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn started(pid: u32) -> Option<String> {
    let mut ps = std::process::Command::new("ps");
    ps.args(["-o", "lstart=", "-p", &pid.to_string()]);
    output_of(ps)
}

/// Without a way to ask, a lock counts as held until its heartbeat is old.
#[cfg(not(unix))]
pub(super) fn started(_pid: u32) -> Option<String> {
    Some(String::new())
}

/// Whether a process of this machine is still there; yes where nobody can say.
pub fn lives(pid: u32) -> bool {
    started(pid).is_some()
}

/// Whether the process that carries an operation out is one of this machine, and still the same one.
pub fn is(owner: &Owner) -> bool {
    owner.host == host() && started(owner.pid).is_some_and(|started| !started.is_empty() && started == owner.process)
}

fn output_of(mut command: std::process::Command) -> Option<String> {
    let output = command.stderr(std::process::Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_until_it_ends_even_when_nobody_has_collected_it() {
        let us = started(std::process::id()).expect("this process runs");
        assert_eq!(started(std::process::id()), Some(us));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep starts");
        assert!(started(child.id()).is_some());
        child.kill().expect("the child is ours");
        // Not waited for: it has ended and still has its number.
        let gone = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            started(child.id()).is_none()
        });
        assert!(gone);
        child.wait().expect("the child is ours");
    }
}
