//! The file in a container that tells it of its services, where a variable would.
//!
//! It goes into the container itself, before its first start: not into a label, not onto the host. A container whose own
//! file system cannot be written gets a volume without a name for it, which goes with the container.

use super::docker::Docker;
use super::{EngineError, failure};
use crate::plan::unit::{SERVICES, Unit};
use bollard::models::{Mount, MountType};
use bollard::query_parameters::UploadToContainerOptionsBuilder;

/// Who the container's processes are, as far as numbers say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Numbers {
        user: u32,
        group: u32,
    },
    /// A name, which only the container's own files translate.
    Unknown,
}

/// The folder of the file, as a volume, where the container cannot hold it.
pub fn mount(unit: &Unit) -> Option<Mount> {
    let (folder, _) = unit.services_file.as_ref().filter(|_| unit.read_only)?.rsplit_once('/')?;
    Some(Mount { typ: Some(MountType::VOLUME), target: Some(folder.to_owned()), ..Mount::default() })
}

/// Puts the file into a container that has not been started yet.
pub async fn put(docker: &Docker, id: &str, unit: &Unit) -> Result<(), EngineError> {
    let (Some(path), Some(services)) = (&unit.services_file, unit.environment.get(SERVICES)) else { return Ok(()) };
    let owner = match &unit.user {
        Some(user) => Owner::of(user),
        None => Owner::of(&image_user(docker, &unit.image).await?),
    };
    // Of a container that cannot be written, only a volume can: there, the folder exists.
    let (at, inside) = match path.rsplit_once('/').filter(|_| unit.read_only) {
        Some(folder_and_name) => folder_and_name,
        None => ("/", path.trim_start_matches('/')),
    };
    let options = UploadToContainerOptionsBuilder::default().path(at).build();
    let archive = archive(inside, services.text.as_bytes(), owner);
    let uploaded = docker.client.upload_to_container(id, Some(options), bollard::body_full(archive.into())).await;
    uploaded.map_err(|error| {
        let doing = format!("write `{path}` into a container of module `{}`", unit.module);
        failure::refused(&docker.endpoint.url, doing, &error)
    })
}

async fn image_user(docker: &Docker, image: &str) -> Result<String, EngineError> {
    let found = docker.client.inspect_image(image).await;
    let found = found.map_err(|error| docker.refused(format!("look up image `{image}`"), &error))?;
    Ok(found.config.and_then(|config| config.user).unwrap_or_default())
}

impl Owner {
    /// `1000`, `1000:1000`; nothing is root.
    fn of(user: &str) -> Owner {
        let (user, group) = user.split_once(':').unwrap_or((user, ""));
        let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok() };
        match (number(user), number(group)) {
            (Some(user), Some(group)) => Owner::Numbers { user, group },
            _ => Owner::Unknown,
        }
    }
}

/// A tar archive with one file and the folders it lies in.
fn archive(path: &str, content: &[u8], owner: Owner) -> Vec<u8> {
    let mut archive = Vec::new();
    for (end, _) in path.match_indices('/') {
        archive.extend(header(&path[..=end], Kind::Folder, 0, Owner::Numbers { user: 0, group: 0 }));
    }
    archive.extend(header(path, Kind::File, content.len(), owner));
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(512), 0);
    // Two empty blocks end an archive.
    archive.resize(archive.len() + 1024, 0);
    archive
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Folder,
    File,
}

/// A header of the format that POSIX calls ustar.
fn header(path: &str, kind: Kind, size: usize, owner: Owner) -> [u8; 512] {
    let (user, group, mode) = match (kind, owner) {
        (Kind::Folder, _) => (0, 0, 0o755),
        (Kind::File, Owner::Numbers { user, group }) => (user, group, 0o400),
        // Nobody is in the container but the application; what matters is that it can read it.
        (Kind::File, Owner::Unknown) => (0, 0, 0o444),
    };
    let mut header = [0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, &format!("{mode:07o}"));
    put(108, &format!("{user:07o}"));
    put(116, &format!("{group:07o}"));
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    // The checksum counts its own field as blanks.
    put(148, "        ");
    put(156, if kind == Kind::Folder { "5" } else { "0" });
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_where_numbers_say_who_it_is() {
        for (text, user, group) in [("", 0, 0), ("1000", 1000, 0), ("65534:65533", 65534, 65533)] {
            assert_eq!(Owner::of(text), Owner::Numbers { user, group }, "{text}");
        }
        assert_eq!(Owner::of("nobody"), Owner::Unknown);
        assert_eq!(Owner::of("1000:staff"), Owner::Unknown);
    }

    /// Another program reads it: the format is not ours.
    #[test]
    fn the_archive_is_one_that_tar_reads() {
        let archive = archive("etc/bindings/services", b"{}", Owner::Numbers { user: 1000, group: 1000 });
        assert_eq!(archive.len() % 512, 0);
        let mut tar = std::process::Command::new("tar");
        let listing = tar.args(["--numeric-owner", "-tvf", "-"]);
        let mut child = listing
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("there is a tar");
        std::io::Write::write_all(&mut child.stdin.take().expect("it is piped"), &archive).expect("tar listens");
        let said = child.wait_with_output().expect("tar ends");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let lines: Vec<&str> = said.lines().collect();
        let [etc, bindings, services] = lines[..] else { panic!("{said}") };
        assert!(etc.starts_with("drwxr-xr-x 0/0 ") && etc.ends_with(" etc/"), "{said}");
        assert!(bindings.ends_with(" etc/bindings/"), "{said}");
        assert!(services.starts_with("-r-------- 1000/1000 ") && services.contains(" 2 "), "{said}");
    }
}
