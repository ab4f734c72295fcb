//! What things are called on the engine.
//!
//! One deployment, one project name; everything else begins with it. Names are for people who look at `docker ps`: what
//! belongs to whom is decided by labels alone.

use super::job::Job;
use crate::name::ModuleName;
use crate::registry::DeploymentId;
use sha2::{Digest, Sha256};

/// Docker takes longer names, but file systems and DNS behind it do not.
const MAX_LENGTH: usize = 120;

/// `windlass-shop`. In another space than the default one, or under a namespace, a hash of the whole identity follows, so
/// that the same application in two spaces of one engine has two names.
pub fn project(deployment: &DeploymentId) -> String {
    let mta = deployment.mta.as_str();
    let by_default = deployment.space.org == DEFAULT_ORG && deployment.space.space == DEFAULT_SPACE;
    let readable = match &deployment.namespace {
        Some(namespace) => format!("windlass-{namespace}-{mta}"),
        None => format!("windlass-{mta}"),
    };
    if by_default && deployment.namespace.is_none() {
        return tidy(&readable);
    }
    let namespace = deployment.namespace.as_deref().unwrap_or_default();
    let identity = format!("{mta}\0{namespace}\0{}\0{}", deployment.space.org, deployment.space.space);
    let readable = if by_default { readable } else { format!("{readable}-{}", deployment.space.space) };
    tidy(&format!("{readable}-{}", short_hash(&identity)))
}

/// What `--org` and `--space` are when nobody says.
pub const DEFAULT_ORG: &str = "local";
pub const DEFAULT_SPACE: &str = "dev";

pub fn network(deployment: &DeploymentId) -> String {
    project(deployment)
}

pub fn volume(deployment: &DeploymentId, volume: &str) -> String {
    tidy(&format!("{}-{volume}", project(deployment)))
}

/// `windlass-shop-web-1`; instances count from 1.
pub fn container(deployment: &DeploymentId, module: &ModuleName, instance: u32) -> String {
    tidy(&format!("{}-{module}-{instance}", project(deployment)))
}

/// `windlass-lock-5f1c…`: what the marks begin with that say who is at work on the deployment. Made of a hash alone, so that
/// no volume of any application is called so.
pub fn lock(deployment: &DeploymentId) -> String {
    let DeploymentId { mta, namespace, space } = deployment;
    let namespace = namespace.as_deref().unwrap_or_default();
    let identity = format!("{mta}\0{namespace}\0{}\0{}", space.org, space.space);
    let digest = Sha256::digest(identity.as_bytes());
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("windlass-lock-{hash}")
}

/// `windlass-shop-web-task-migrate-8f3c2a1d`, with the id of the operation: two of them never meet.
pub fn job(deployment: &DeploymentId, module: &ModuleName, job: &Job, operation: &str) -> String {
    let Job { kind, name, .. } = job;
    tidy(&format!("{}-{module}-{}-{name}-{operation}", project(deployment), kind.word()))
}

/// Puts `-` for what an engine does not take in a name, and shortens what is too long, so that different names stay
/// different.
fn tidy(name: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    if clean == name && clean.len() <= MAX_LENGTH {
        return clean;
    }
    let hash = short_hash(name);
    let kept = clean.len().min(MAX_LENGTH - hash.len() - 1);
    format!("{}-{hash}", &clean[..kept])
}

fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::MtaId;
    use crate::target::Space;

    fn deployment(mta: &str, namespace: Option<&str>, space: &str) -> DeploymentId {
        DeploymentId {
            mta: MtaId::new(mta),
            namespace: namespace.map(str::to_owned),
            space: Space { org: "local".into(), space: space.into() },
        }
    }

    #[test]
    fn the_same_application_has_one_name_per_space_and_namespace() {
        let plain = project(&deployment("com.acme.shop", None, "dev"));
        assert_eq!(plain, "windlass-com.acme.shop");
        let prod = project(&deployment("com.acme.shop", None, "prod"));
        assert!(prod.starts_with("windlass-com.acme.shop-prod-"), "{prod}");
        assert_ne!(project(&deployment("b-c", Some("a"), "dev")), project(&deployment("c", Some("a-b"), "dev")));
    }

    #[test]
    fn names_are_what_an_engine_takes_and_stay_different_when_cut() {
        let shop = deployment("shop", None, "dev");
        assert_eq!(container(&shop, &ModuleName::new("web"), 2), "windlass-shop-web-2");
        let long = "m".repeat(128);
        let (first, second) =
            (container(&shop, &ModuleName::new(&*long), 1), container(&shop, &ModuleName::new(&*long), 2));
        assert!(first.len() <= MAX_LENGTH && first != second, "{first} {second}");
        assert!(volume(&shop, "da ta").starts_with("windlass-shop-da-ta-"));
    }
}
