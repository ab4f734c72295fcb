//! One probe of a health check.
//!
//! The question is whether the *process in the container* answers, and not every way to it can tell. Docker's proxy for
//! published ports accepts connections whether or not anything listens behind it, so the container's own address comes
//! first, where this machine has the engine's bridge. Then the published port, where a connection that is closed at once
//! counts as refused. Where neither is reachable (a remote engine, Docker Desktop without a published port, windlass
//! itself in a container), the probe runs inside the container.

use super::docker::Docker;
use super::http::{self, Answer, Body};
use super::{observe, ports};
use crate::plan::observed::{Container, ContainerState};
use crate::plan::unit::{Check, Unit};
use bollard::exec::{CreateExecOptions, StartExecResults};
use futures_util::StreamExt;
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// A proxy with nothing behind it closes a connection within this time.
const CLOSED_AT_ONCE: Duration = Duration::from_millis(200);

pub async fn probe(docker: &Docker, container: &Container, unit: &Unit) -> Result<(), String> {
    let found = observe::inspect(docker, &container.id).await.map_err(|error| error.to_string())?;
    let now = found.ok_or("the container is gone")?;
    match now.state {
        ContainerState::Running => {}
        ContainerState::Created => return Err("the container was not started".to_owned()),
        ContainerState::Paused => return Err("the container is paused".to_owned()),
        ContainerState::Dead => return Err("the container is being removed".to_owned()),
        ContainerState::Restarting { code, out_of_memory } | ContainerState::Exited { code, out_of_memory } => {
            return Err(match out_of_memory {
                true => format!("the process was killed for want of memory (exit code {code})"),
                false => format!("the process ended with exit code {code}"),
            });
        }
    }
    let timeout = Duration::from_secs(u64::from(unit.health.invocation_timeout.max(1)));
    match &unit.health.check {
        Check::Process => Ok(()),
        Check::Port { port } => probe_port(docker, &now, *port, timeout).await,
        Check::Http { port, path } => {
            let answer = probe_http(docker, &now, *port, path, timeout).await?;
            match (answer.status, answer.location) {
                (200, _) => Ok(()),
                (status, Some(location)) => Err(format!("{status} from {path}, to {location}")),
                (status, None) => Err(format!("{status} from {path}")),
            }
        }
    }
}

async fn probe_port(docker: &Docker, now: &Container, port: u16, timeout: Duration) -> Result<(), String> {
    if let Some(address) = own_address(docker, now, port) {
        return match connect(&address, timeout).await {
            Ok(_) => Ok(()),
            Err(reason) => Err(format!("{reason} on port {port}")),
        };
    }
    if let Some(address) = published_address(docker, now, port)
        && let Ok(mut connection) = connect(&address, timeout).await
    {
        let mut byte = [0];
        return match tokio::time::timeout(CLOSED_AT_ONCE, connection.read(&mut byte)).await {
            Ok(Ok(0) | Err(_)) => Err(format!("the connection to port {port} was closed at once")),
            Ok(Ok(_)) | Err(_) => Ok(()),
        };
    }
    listens_inside(docker, &now.id, port, timeout).await
}

async fn probe_http(
    docker: &Docker,
    now: &Container,
    port: u16,
    path: &str,
    timeout: Duration,
) -> Result<Answer, String> {
    let host = format!("localhost:{port}");
    let headers = [("Host", host.as_str())];
    let get = async |address: String| match http::get(&address, path, &headers, timeout, Body::Leave).await {
        Err(reason) if !reason.contains(path) => Err(format!("{reason} on port {port}")),
        answer => answer,
    };
    if let Some(address) = own_address(docker, now, port) {
        return get(address).await;
    }
    if let Some(address) = published_address(docker, now, port)
        && connect(&address, timeout).await.is_ok()
    {
        return get(address).await;
    }
    get_inside(docker, now, port, path, timeout).await
}

async fn connect(address: &str, timeout: Duration) -> Result<TcpStream, String> {
    match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Ok(connected) => connected.map_err(|error| http::said(&error)),
        Err(_) => Err(format!("no connection within {}", http::seconds(timeout))),
    }
}

/// The container's own address, when this machine has the bridge that it is on.
fn own_address(docker: &Docker, now: &Container, port: u16) -> Option<String> {
    let address = now.address.as_ref().filter(|_| docker.is_local())?;
    is_on_a_bridge_here(address.parse().ok()?).then(|| format!("{address}:{port}"))
}

#[expect(clippy::disallowed_methods, reason = "the kernel's table of routes says which networks are here")]
fn is_on_a_bridge_here(address: Ipv4Addr) -> bool {
    let Ok(routes) = std::fs::read_to_string("/proc/net/route") else {
        return false;
    };
    device_towards(&routes, address)
        .is_some_and(|device| std::path::Path::new("/sys/class/net").join(device).join("bridge").exists())
}

/// The device that leads to an address directly, without a gateway, by `/proc/net/route`.
fn device_towards(routes: &str, address: Ipv4Addr) -> Option<&str> {
    // The kernel prints the memory of an address, which is in network order, as a number of this machine.
    let number = |hex: &str| u32::from_str_radix(hex, 16).ok().map(u32::from_be);
    let address = u32::from(address);
    let mut best: Option<(u32, &str)> = None;
    for line in routes.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[device, destination, gateway, _, _, _, _, mask, ..] = fields.as_slice() else {
            continue;
        };
        let (Some(destination), Some(gateway), Some(mask)) = (number(destination), number(gateway), number(mask))
        else {
            continue;
        };
        if address & mask == destination && best.is_none_or(|(longest, _)| mask > longest) {
            best = Some((mask, if gateway == 0 { device } else { "" }));
        }
    }
    best.map(|(_, device)| device).filter(|device| !device.is_empty())
}

/// Where the port is published, seen from here.
fn published_address(docker: &Docker, now: &Container, port: u16) -> Option<String> {
    let published = now.ports.iter().find(|published| published.container == port && published.protocol == "tcp")?;
    let host = match published.address.as_str() {
        "" | "0.0.0.0" => match docker.host() {
            "localhost" => "127.0.0.1",
            host => host,
        },
        "::" => match docker.host() {
            "localhost" => "[::1]",
            host => host,
        },
        address => address,
    };
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    Some(format!("{host}:{}", published.host))
}

/// What a program in the container said.
struct Said {
    code: i64,
    text: String,
}

/// `Ok(None)`: the image has no such program.
async fn run_inside(docker: &Docker, id: &str, command: &[&str], timeout: Duration) -> Result<Option<Said>, String> {
    let failed = |error: &bollard::errors::Error| docker.refused("run a probe in the container", error).to_string();
    let options = CreateExecOptions {
        cmd: Some(command.to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..CreateExecOptions::default()
    };
    let run = async {
        let exec = docker.client.create_exec(id, options).await.map_err(|error| failed(&error))?;
        let mut text = String::new();
        match docker.client.start_exec(&exec.id, None).await {
            Ok(StartExecResults::Attached { mut output, .. }) => {
                while let Some(piece) = output.next().await {
                    text.push_str(&String::from_utf8_lossy(piece.map_err(|error| failed(&error))?.as_ref()));
                }
            }
            Ok(StartExecResults::Detached) => {}
            Err(error) => {
                let error = failed(&error);
                return if is_no_program(&error) { Ok(None) } else { Err(error) };
            }
        }
        let ended = docker.client.inspect_exec(&exec.id).await.map_err(|error| failed(&error))?;
        let code = ended.exit_code.unwrap_or_default();
        Ok((!(matches!(code, 126 | 127) && is_no_program(&text))).then_some(Said { code, text }))
    };
    match tokio::time::timeout(timeout, run).await {
        Ok(said) => said,
        Err(_) => Err(format!("no answer within {}", http::seconds(timeout))),
    }
}

fn is_no_program(text: &str) -> bool {
    text.contains("executable file not found") || text.contains("no such file or directory")
}

async fn listens_inside(docker: &Docker, id: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let tables = match run_inside(docker, id, &["cat", "/proc/net/tcp", "/proc/net/tcp6"], timeout).await? {
        Some(said) => said.text,
        None => return Err(no_tool(port, "cat")),
    };
    match ports::listening(&tables, port) {
        ports::Listening::Reachable => Ok(()),
        ports::Listening::LoopbackOnly => {
            Err(format!("port {port} listens on 127.0.0.1 only, where other containers cannot reach it"))
        }
        ports::Listening::No => Err(format!("nothing listens on port {port}")),
    }
}

async fn get_inside(
    docker: &Docker,
    now: &Container,
    port: u16,
    path: &str,
    timeout: Duration,
) -> Result<Answer, String> {
    let host = now.address.as_deref().unwrap_or("127.0.0.1");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let url = format!("http://{host}:{port}{slash}{path}");
    let curl = ["curl", "-s", "-S", "-o", "/dev/null", "-w", "HTTP/ %{http_code}\n", &url];
    let wget = ["wget", "-q", "-S", "-O", "/dev/null", &url];
    for command in [&curl[..], &wget[..]] {
        if let Some(said) = run_inside(docker, &now.id, command, timeout).await? {
            return answer_of(&said);
        }
    }
    Err(no_tool(port, "wget or curl"))
}

/// The first status line in what `wget -S` or `curl` said.
fn answer_of(said: &Said) -> Result<Answer, String> {
    let status = said
        .text
        .split_once("HTTP/")
        .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u16>().ok())
        .filter(|status| *status != 0);
    match (status, said.code) {
        (Some(status), _) => Ok(Answer::status(status)),
        (None, 0) => Ok(Answer::status(200)),
        (None, code) => {
            let last = said.text.lines().rfind(|line| !line.trim().is_empty() && !line.starts_with("HTTP/"));
            Err(last.map_or_else(|| format!("the probe ended with exit code {code}"), |line| line.trim().to_owned()))
        }
    }
}

fn no_tool(port: u16, tool: &str) -> String {
    format!("port {port} cannot be probed: it is not published, its network is not here, and the image has no {tool}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_network_of_this_machine_is_reached_directly() {
        let routes = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-1\t0001610A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000610A\t0200000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
";
        if cfg!(target_endian = "little") {
            assert_eq!(device_towards(routes, Ipv4Addr::new(10, 97, 1, 5)), Some("br-1"));
            assert_eq!(device_towards(routes, Ipv4Addr::new(10, 97, 2, 5)), None);
            assert_eq!(device_towards(routes, Ipv4Addr::new(192, 0, 2, 1)), None);
        }
    }

    #[test]
    fn what_wget_and_curl_say_is_an_answer() {
        let status = |code: i64, text: &str| answer_of(&Said { code, text: text.to_owned() }).map(|a| a.status);
        assert_eq!(status(1, "  HTTP/1.1 503 Service Unavailable\nwget: server returned error"), Ok(503));
        assert_eq!(status(1, "wget: server returned error: HTTP/1.0 404 Not Found"), Ok(404));
        assert_eq!(status(0, "HTTP/ 200\n"), Ok(200));
        assert_eq!(status(0, ""), Ok(200));
        let refused = "curl: (7) Failed to connect to 10.97.0.2 port 81: Connection refused\nHTTP/ 000\n";
        assert_eq!(status(7, refused), Err(refused.lines().next().unwrap().to_owned()));
    }
}
