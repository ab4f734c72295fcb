//! Marks on an engine that somebody is at work on a deployment, so that two machines see each other.
//!
//! A mark is an empty volume. A volume needs no image, as a container would, so an engine that has none can be locked, too;
//! it starts nothing; and whoever asks for a name that is taken is told the labels of the first who asked, so that of
//! any number of machines that want a mark exactly one has put it up (a network's name may be given twice). The engine
//! says of each when it was made, by its own clock. What marks *mean* is known in [`crate::deploy::lock`].
//!
//! A mark carries no label of the deployment that `labels::belongs_to` would take for its data, and so is in no plan and
//! goes with no `--delete-data`. It holds no secret and no path.

use super::docker::Docker;
use super::failure::is_missing;
use super::patience::{asking, insisting};
use super::{EngineError, labels};
use crate::plan::names;
use crate::registry::DeploymentId;
use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};
use std::collections::HashMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One mark, as it stands on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The name that all marks of the same deployment begin with.
    pub lock: String,
    pub place: Place,
    pub holder: Holder,
    /// When it was put up: seconds since 1970 by the engine's clock; `None` when the engine does not say.
    pub at: Option<i64>,
}

/// What a mark is for. A deployment has one mark of each place, at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    First,
    /// Whoever puts it up takes over from the holder with this token.
    After(String),
    /// A sign of life of the holder with this token, counted from 1.
    Beat(String, u64),
}

/// Who put up a mark, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Different for each time that a lock is taken; empty when the engine has lost it.
    pub token: String,
    /// Which state directory the holder works with. A digest: nothing can be learnt from it but sameness.
    pub state: String,
    /// The deployment, in words.
    pub deployment: String,
    /// `deploy`, `undeploy` …
    pub doing: String,
    pub operation: String,
    pub owner: String,
    pub host: String,
    pub pid: u32,
    /// By the holder's clock, for people.
    pub since: String,
}

impl Place {
    /// What follows the name that all marks of a deployment begin with.
    fn suffix(&self) -> String {
        match self {
            Place::First => String::new(),
            Place::After(token) => format!("-after-{token}"),
            Place::Beat(token, number) => format!("-beat-{token}-{number}"),
        }
    }

    fn read(suffix: &str) -> Option<Place> {
        if suffix.is_empty() {
            return Some(Place::First);
        }
        if let Some(token) = suffix.strip_prefix("-after-") {
            return Some(Place::After(token.to_owned()));
        }
        let (token, number) = suffix.strip_prefix("-beat-")?.rsplit_once('-')?;
        Some(Place::Beat(token.to_owned(), number.parse().ok()?))
    }
}

/// The value of `windlass.kind` on marks.
const KIND: &str = "lock";
/// Which deployment's: the name that all its marks begin with.
const LOCK: &str = "windlass.lock";
const OF: &str = "windlass.lock.of";
const TOKEN: &str = "windlass.lock.token";
const STATE: &str = "windlass.lock.state";
const DOING: &str = "windlass.lock.doing";
const OWNER: &str = "windlass.lock.owner";
const HOST: &str = "windlass.lock.host";
const PID: &str = "windlass.lock.pid";
const SINCE: &str = "windlass.lock.since";

/// Puts up a mark, unless somebody was faster; returns the one that stands there now.
pub async fn put_up(
    docker: &Docker,
    deployment: &DeploymentId,
    place: &Place,
    holder: &Holder,
) -> Result<Mark, EngineError> {
    let lock = names::lock(deployment);
    let name = format!("{lock}{}", place.suffix());
    let request = VolumeCreateRequest {
        name: Some(name.clone()),
        labels: Some(to_labels(&lock, holder)),
        ..VolumeCreateRequest::default()
    };
    let doing = || format!("mark that `{deployment}` is worked on");
    let created = insisting(|| docker.client.create_volume(request.clone())).await;
    let volume = created.map_err(|error| docker.refused(doing(), &error))?;
    if let Some(mark) = from_volume(&volume) {
        return Ok(mark);
    }
    // Since it was started again, an engine answers without the labels of what it had before; when it is asked for the
    // volume alone, it knows them.
    let volume = match asking(|| docker.client.inspect_volume(&name)).await {
        Ok(volume) => volume,
        // Taken down meanwhile: whoever asked for it is not the first, and tries again.
        Err(error) if is_missing(&error) => volume,
        Err(error) => return Err(docker.refused(doing(), &error)),
    };
    let mark = from_volume(&volume).or_else(|| volume.labels.is_empty().then(|| broken(&volume, &lock, place)));
    mark.ok_or_else(|| {
        let reason = format!("a volume `{name}` exists that is no mark of windlass");
        EngineError::Refused { doing: doing(), reason }
    })
}

/// An engine that ended while it made or removed a volume may have kept its name, and nothing else of it.
fn broken(volume: &Volume, lock: &str, place: &Place) -> Mark {
    let unknown = || "unknown".to_owned();
    let holder = Holder {
        token: String::new(),
        state: String::new(),
        deployment: unknown(),
        doing: unknown(),
        operation: String::new(),
        owner: unknown(),
        host: unknown(),
        pid: 0,
        since: unknown(),
    };
    Mark { lock: lock.to_owned(), place: place.clone(), holder, at: volume.created_at.as_deref().and_then(seconds) }
}

/// The marks of a deployment, or of all.
pub async fn marks(docker: &Docker, deployment: Option<&DeploymentId>) -> Result<Vec<Mark>, EngineError> {
    let mut wanted = vec![format!("{}={KIND}", labels::KIND)];
    wanted.extend(deployment.map(|deployment| format!("{LOCK}={}", names::lock(deployment))));
    let filters = HashMap::from([("label".to_owned(), wanted)]);
    let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
    let answer = asking(|| docker.client.list_volumes(Some(options.clone())))
        .await
        .map_err(|error| docker.refused("list its marks", &error))?;
    Ok(answer.volumes.unwrap_or_default().iter().filter_map(from_volume).collect())
}

/// Takes a mark down. Taking down what is gone is no error.
pub async fn take_down(docker: &Docker, deployment: &DeploymentId, place: &Place) -> Result<(), EngineError> {
    let name = format!("{}{}", names::lock(deployment), place.suffix());
    match insisting(|| docker.client.remove_volume(&name, None::<RemoveVolumeOptions>)).await {
        Ok(()) => Ok(()),
        Err(error) if is_missing(&error) => Ok(()),
        Err(error) => Err(docker.refused(format!("take down the mark `{name}`"), &error)),
    }
}

/// What the engine's clock says: seconds since 1970.
pub async fn time(docker: &Docker) -> Result<Option<i64>, EngineError> {
    let said = asking(|| docker.client.info()).await.map_err(|error| docker.refused("say its time", &error))?;
    Ok(said.system_time.as_deref().and_then(seconds))
}

fn seconds(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

fn to_labels(lock: &str, holder: &Holder) -> HashMap<String, String> {
    let Holder { token, state, deployment, doing, operation, owner, host, pid, since } = holder;
    let pid = pid.to_string();
    let pairs = [
        (labels::MANAGED, "true"),
        (labels::KIND, KIND),
        (labels::OPERATION, operation),
        (LOCK, lock),
        (OF, deployment),
        (TOKEN, token),
        (STATE, state),
        (DOING, doing),
        (OWNER, owner),
        (HOST, host),
        (PID, &pid),
        (SINCE, since),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// `None` for a volume that is no mark.
fn from_volume(volume: &Volume) -> Option<Mark> {
    let said = |key: &str| volume.labels.get(key).cloned();
    if said(labels::KIND)? != KIND {
        return None;
    }
    let lock = said(LOCK)?;
    Some(Mark {
        place: Place::read(volume.name.strip_prefix(&lock)?)?,
        lock,
        holder: Holder {
            token: said(TOKEN)?,
            state: said(STATE)?,
            deployment: said(OF).unwrap_or_default(),
            doing: said(DOING).unwrap_or_default(),
            operation: said(labels::OPERATION).unwrap_or_default(),
            owner: said(OWNER).unwrap_or_default(),
            host: said(HOST).unwrap_or_default(),
            pid: said(PID).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            since: said(SINCE).unwrap_or_default(),
        },
        at: volume.created_at.as_deref().and_then(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::MtaId;
    use crate::target::Space;

    #[test]
    fn a_mark_is_read_back_from_its_volume_and_is_nobodys_data() {
        let deployment = DeploymentId {
            mta: MtaId::new("shop"),
            namespace: Some("qa".into()),
            space: Space { org: "local".into(), space: "dev".into() },
        };
        let holder = Holder {
            token: "0A1B".into(),
            state: "77".into(),
            deployment: "shop".into(),
            doing: "deploy".into(),
            operation: "8f3c2a1d".into(),
            owner: "ann".into(),
            host: "host-1".into(),
            pid: 4711,
            since: "2026-01-01T00:00:00Z".into(),
        };
        let lock = names::lock(&deployment);
        for place in [Place::First, Place::After("0A1B".into()), Place::Beat("0A1B".into(), 12)] {
            let labels = to_labels(&lock, &holder);
            assert!(!labels::belongs_to(Some(&labels), &deployment), "{labels:?}");
            let volume = Volume {
                name: format!("{lock}{}", place.suffix()),
                labels,
                created_at: Some("2026-11-20T17:25:37Z".into()),
                ..Volume::default()
            };
            let mark = Mark { lock: lock.clone(), place, holder: holder.clone(), at: Some(1_795_195_537) };
            assert_eq!(from_volume(&volume), Some(mark));
        }
        assert_eq!(from_volume(&Volume { name: lock, ..Volume::default() }), None);
    }
}
