//! Whether the version that is wanted may follow the one that is deployed (`--version-rule`, deploy process 7).

use super::desired::Desired;
use super::observed::{Container, Deployed, EngineState};
use crate::finding::{Finding, Findings, VERSION_REFUSED};
use crate::version::{Change, Version, VersionRule};
use std::collections::BTreeSet;

/// Which version is deployed.
#[derive(Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Known(String),
    /// Something is there, and what it is nobody can tell: the reason in words.
    Unknown(String),
}

/// Refuses a version that must not follow. Without a record the labels of the containers say what is deployed.
pub fn judge(desired: &Desired, engine: &EngineState, deployed: &Deployed, rule: VersionRule) -> Findings {
    let mut findings = Findings::default();
    // Whether it is a version at all is found elsewhere.
    let Ok(new) = Version::parse(&desired.version) else { return findings };
    let before = match &deployed.record {
        Some(record) => Before::Known(record.version.clone()),
        None => labelled(&engine.containers),
    };
    let unknown = |why: String| {
        let message = format!("{why}, so version {} counts as an upgrade.", desired.version);
        Finding::new(&VERSION_REFUSED, desired.version_at, message).as_warning()
    };
    let text = match before {
        Before::Nothing => return findings,
        Before::Unknown(why) => {
            findings.push(unknown(why));
            return findings;
        }
        Before::Known(text) => text,
    };
    let Ok(old) = Version::parse(&text) else {
        findings.push(unknown(format!("What is deployed calls itself `{text}`, which is no version")));
        return findings;
    };
    let change = Change::between(Some(&old), &new);
    if rule.allows(change) {
        return findings;
    }
    let relation = match change {
        Change::Same => "the same as",
        Change::Downgrade => "lower than",
        Change::First | Change::Upgrade => "higher than",
    };
    let message = format!(
        "Version {} is {relation} {text}, which is deployed; `--version-rule {}` does not allow that.",
        desired.version,
        rule.word()
    );
    let way = match change {
        Change::Same => VersionRule::SameHigher,
        _ => VersionRule::All,
    };
    findings.push(
        Finding::new(&VERSION_REFUSED, desired.version_at, message)
            .help(format!("Raise the version, or allow it: `--version-rule {}`.", way.word())),
    );
    findings
}

fn labelled(containers: &[Container]) -> Before {
    let versions: BTreeSet<Option<&str>> = containers.iter().map(|container| container.version.as_deref()).collect();
    let versions: Vec<Option<&str>> = versions.into_iter().collect();
    match versions.as_slice() {
        [] => Before::Nothing,
        [Some(one)] => Before::Known((*one).to_owned()),
        [None] => Before::Unknown("Nothing says which version is deployed".to_owned()),
        _ => Before::Unknown("The containers that are there are of several versions".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{ModuleName, MtaId};
    use crate::plan::observed::{ContainerState, Role};
    use crate::registry::DeploymentId;
    use crate::target::Space;

    fn container(version: Option<&str>) -> Container {
        let space = Space { org: "local".into(), space: "dev".into() };
        Container {
            id: "1".into(),
            name: "web".into(),
            deployment: DeploymentId { mta: MtaId::new("shop"), namespace: None, space },
            module: ModuleName::new("web"),
            role: Role::Instance,
            instance: 1,
            config_hash: String::new(),
            image_id: String::new(),
            state: ContainerState::Running,
            ports: Vec::new(),
            address: None,
            restarts: 0,
            started_at: None,
            version: version.map(str::to_owned),
            made_from: None,
        }
    }

    #[test]
    fn containers_know_their_version_when_they_agree() {
        let of = |versions: &[Option<&str>]| {
            labelled(&versions.iter().map(|version| container(*version)).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Before::Nothing);
        assert_eq!(of(&[Some("1.0.0"), Some("1.0.0")]), Before::Known("1.0.0".into()));
        for unclear in [of(&[Some("1.0.0"), Some("1.1.0")]), of(&[Some("1.0.0"), None]), of(&[None])] {
            assert!(matches!(unclear, Before::Unknown(_)), "{unclear:?}");
        }
    }
}
