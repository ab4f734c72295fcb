//! The file in a container that tells it of its services, where a variable would.
//!
//! It goes into the container itself, before its first start: not into a label, not onto the host. A container whose own
//! file system cannot be written gets a volume without a name for it, which goes with the container.

use super::docker::Docker;
use super::{EngineError, failure};
use crate::plan::unit::{SERVICES, Unit};
use bollard::models::{Mount, MountType};
use bollard::query_parameters::UploadToContainerOptionsBuilder;
use std::io;

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
    let archive = archive(inside, services.text.as_bytes(), owner)
        .expect("writing to memory fails for nothing but a path too long, and this one is ours");
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
fn archive(path: &str, content: &[u8], owner: Owner) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (end, _) in path.match_indices('/') {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o755);
        header.set_size(0);
        tar.append_data(&mut header, &path[..=end], io::empty())?;
    }
    let mut header = tar::Header::new_gnu();
    match owner {
        Owner::Numbers { user, group } => {
            header.set_uid(u64::from(user));
            header.set_gid(u64::from(group));
            header.set_mode(0o400);
        }
        // Nobody is in the container but the application; what matters is that it can read it.
        Owner::Unknown => header.set_mode(0o444),
    }
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, path, content)?;
    tar.into_inner()
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
}
