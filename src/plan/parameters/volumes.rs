//! What is mounted into a module's containers.

use super::read::Found;
use super::types::unknown_keys;
use crate::finding::{ENGINE_SOCKET, Finding, Findings, Severity};
use crate::plan::names;
use crate::plan::unit::{Mount, MountSource};
use crate::registry::DeploymentId;

/// `data:/var/lib/data`, `/srv/files:/files:ro`, or a map; each may be given alone or in a list.
pub fn volumes(found: &Found<'_>, deployment: &DeploymentId, findings: &mut Findings) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for item in found.items() {
        let Some(mount) = mount(&item, deployment, findings) else { continue };
        let place = mount.at.trim_end_matches('/');
        if mounts.iter().any(|other| other.at.trim_end_matches('/') == place) {
            let message = format!("Two volumes are mounted at `{}`; an engine refuses that.", mount.at);
            findings.push(item.refuse(message).help("Give each a path of its own."));
            continue;
        }
        mounts.push(mount);
    }
    mounts
}

fn mount(found: &Found<'_>, deployment: &DeploymentId, findings: &mut Findings) -> Option<Mount> {
    let (source, at, read_only) = if found.value.as_map().is_some() {
        unknown_keys(found, &["volume", "path", "at", "read-only"], Severity::Error, findings);
        let source = match (found.key("volume"), found.key("path")) {
            (Some(volume), None) => volume.text(findings)?,
            (None, Some(path)) => path.text(findings)?,
            _ => {
                findings.push(found.bad("a map with either `volume` or `path`, and `at`"));
                return None;
            }
        };
        let Some(at) = found.key("at") else {
            findings.push(found.refuse(format!("`{}` does not say where to mount, with `at`.", found.name)));
            return None;
        };
        let read_only = match found.key("read-only") {
            Some(flag) => flag.flag(findings)?,
            None => false,
        };
        (source, at.text(findings)?, read_only)
    } else {
        let text = found.text(findings)?;
        match *text.split(':').collect::<Vec<_>>() {
            [source, at] => (source.to_owned(), at.to_owned(), false),
            [source, at, mode @ ("ro" | "rw")] => (source.to_owned(), at.to_owned(), mode == "ro"),
            _ => {
                findings.push(found.bad("`VOLUME:/PATH` or `/HOST/PATH:/PATH`, with `:ro` behind it if so"));
                return None;
            }
        }
    };
    if !at.starts_with('/') {
        findings.push(found.refuse(format!("`{at}` is no absolute path in the container.")));
        return None;
    }
    let source = if source.starts_with('/') {
        warn_of_the_engine(&source, found, findings);
        MountSource::Path(source)
    } else if source.contains('/') || source.starts_with('.') {
        // The engine may run on another machine: a path relative to the descriptor would mean nothing there.
        findings.push(
            found
                .refuse(format!("`{source}` is a relative path, which means nothing to an engine."))
                .help("Write the absolute path on the engine's machine, or a name for a volume."),
        );
        return None;
    } else if source.is_empty() {
        findings.push(found.refuse(format!("`{}` names no volume.", found.name)));
        return None;
    } else {
        MountSource::Volume(names::volume(deployment, &source))
    };
    Some(Mount { source, at, read_only })
}

/// Sockets by which engines are commanded, and the folders that hold them.
const SOCKETS: [&str; 6] =
    ["docker.sock", "podman.sock", "containerd.sock", "crio.sock", "docker.raw.sock", "cri-dockerd.sock"];
const AROUND_SOCKETS: [&str; 8] =
    ["/", "/run", "/var", "/var/run", "/run/docker", "/run/podman", "/run/containerd", "/var/run/podman"];

/// Whoever may command the engine may do everything on its machine; `read-only` keeps nobody from speaking to a socket.
fn warn_of_the_engine(source: &str, found: &Found<'_>, findings: &mut Findings) {
    let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let path = format!("/{}", parts.join("/"));
    let is_socket = parts.last().is_some_and(|last| SOCKETS.contains(last));
    let message = match (is_socket, AROUND_SOCKETS.contains(&&*path)) {
        (true, _) => format!("`{source}` is the socket by which the container engine is commanded."),
        (_, true) => format!("`{source}` holds the socket by which the container engine is commanded."),
        (false, false) => return,
    };
    let finding = Finding::new(&ENGINE_SOCKET, found.at, message).path(&*found.path);
    findings.push(finding.help(
        "Mount only what the module needs; if it must see the engine, let it ask a proxy that answers nothing else.",
    ));
}
