//! What a registry says of an image, asked by the engine: it is the engine that will pull, with its network and its trust.
//!
//! `/distribution/…/json` reads one manifest and moves no layers. Podman has no such call; then nobody knows, and that is said.

use super::credentials;
use super::docker::Docker;
use super::{EngineError, ImageProblem, Manifest, failure, registry};
use crate::image::ImageReference;
use crate::plan::unit::ImageCredentials;
use std::time::Duration;

/// A registry that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn manifest(
    docker: &Docker,
    reference: &str,
    given: Option<&ImageCredentials>,
) -> Result<Manifest, EngineError> {
    let failed = |problem| EngineError::Image { reference: reference.to_owned(), problem };
    let image = ImageReference::parse(reference)
        .map_err(|bad| failed(ImageProblem::Reference { reference: reference.to_owned(), reason: bad.reason }))?;
    let pass = credentials::pass(docker, &image, given).await;
    let (mark, version) = if image.digest.is_some() { ('@', image.version()) } else { (':', image.version()) };
    let name = format!("{}/{}{mark}{version}", image.registry(), image.path);
    let question = docker.client.inspect_registry_image(&name, pass.credentials.clone());
    let error = match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(found)) => {
            let platform = |platform: bollard::models::OciPlatform| {
                Some(format!("{}/{}", platform.os?, platform.architecture?)).filter(|both| both.len() > 1)
            };
            return Ok(Manifest {
                digest: found.descriptor.digest,
                platforms: found.platforms.into_iter().filter_map(platform).collect(),
                used: pass.used,
            });
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let reason = format!("no answer within {} s", PATIENCE.as_secs());
            return Err(failed(ImageProblem::Host { host: image.registry(), reason }));
        }
    };
    let Some((_, text)) = failure::answer(&error) else {
        return Err(docker.refused(format!("ask for image `{reference}`"), &error));
    };
    let problem = match text.trim() {
        "Not Found" | "page not found" | "404 page not found" => {
            ImageProblem::Other { reason: "this engine cannot be asked what a registry has".to_owned() }
        }
        text => failure::image_problem(text, &image, &pass.used),
    };
    Err(failed(registry::tell_apart(docker, problem, &image, &pass).await))
}
