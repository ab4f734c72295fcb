//! Who holds a host port: a container, or a process of this machine.

use super::docker::Docker;
use super::observe;
use std::path::Path;

/// Names the holder of a TCP port in words, as far as it can be known from here. `but` is the container that wants it.
pub async fn holder(docker: &Docker, port: u16, but: &str) -> String {
    let containers = observe::list(docker, std::collections::HashMap::new()).await.unwrap_or_default();
    let container = containers.iter().find(|summary| {
        summary.id.as_deref() != Some(but) && observe::published(summary).iter().any(|held| held.host == port)
    });
    if let Some(container) = container {
        return observe::holder(container);
    }
    if !docker.is_local() {
        return format!("something on `{}` that is not a container of this engine", docker.host());
    }
    match process_on(port) {
        Some(Process::Known { name, id }) => format!("process `{name}` ({id}) of this machine"),
        Some(Process::Hidden) => "a process of this machine that belongs to another user".to_owned(),
        None => "something that is neither a container of this engine nor a process seen from here".to_owned(),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Process {
    Known { name: String, id: u32 },
    Hidden,
}

#[expect(clippy::disallowed_methods, reason = "the kernel's tables say who listens")]
fn process_on(port: u16) -> Option<Process> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let inode = tables.iter().find_map(|table| listening_inode(table, port))?;
    let wanted = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?;
    for process in processes.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let holds = |path: &Path| std::fs::read_link(path).is_ok_and(|target| target.as_os_str() == wanted.as_str());
        if files.flatten().any(|file| holds(&file.path())) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(Process::Known { name: name.trim().to_owned(), id });
        }
    }
    Some(Process::Hidden)
}

/// The inode of the socket that listens on a port, from `/proc/net/tcp` or `tcp6`.
fn listening_inode(table: &str, port: u16) -> Option<&str> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        let held = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
        // 0A is LISTEN; the inode is the tenth field.
        (state == "0A" && held == port).then(|| fields.nth(5)).flatten()
    })
}

/// Whether a port is listened on in the network whose `/proc/net/tcp` and `tcp6` these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listening {
    No,
    LoopbackOnly,
    Reachable,
}

pub fn listening(tables: &str, port: u16) -> Listening {
    let sockets = tables.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        let (address, held) = local.rsplit_once(':')?;
        if state != "0A" || u16::from_str_radix(held, 16).ok()? != port {
            return None;
        }
        // 127.x.x.x as the kernel prints it on a little-endian and a big-endian machine, and ::1.
        let loopback = match address.len() {
            8 => address.ends_with("7F") || address.starts_with("7F"),
            _ => address.trim_start_matches('0').trim_end_matches('0') == "1",
        };
        Some(if loopback { Listening::LoopbackOnly } else { Listening::Reachable })
    });
    sockets.max().unwrap_or(Listening::No)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:13BF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 777 1 0000000000000000 100 0 0 10 0
";

    #[test]
    fn only_a_listening_socket_holds_a_port() {
        assert_eq!(listening_inode(TABLE, 5055), Some("12345"));
        assert_eq!(listening_inode(TABLE, 8080), None);
        assert_eq!(listening(TABLE, 5055), Listening::LoopbackOnly);
        assert_eq!(listening(TABLE, 8080), Listening::No);
        assert_eq!(listening(&TABLE.replace("0100007F:13BF", "00000000:13BF"), 5055), Listening::Reachable);
    }

    #[test]
    fn a_listener_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let found = process_on(listener.local_addr().unwrap().port());
        assert!(matches!(found, Some(Process::Known { id, .. }) if id == std::process::id()), "{found:?}");
    }
}
