//! Pulling an image, and saying what is wrong when it cannot be pulled.

use super::credentials::{self, Pass};
use super::docker::Docker;
use super::{EngineError, ImageProblem, failure, observe, registry};
use crate::image::ImageReference;
use crate::plan::unit::ImageCredentials;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use std::time::Duration;

/// An engine answers a pull as soon as the registry has. How long that may take is for the caller to say (`upload-timeout`,
/// three hours at most).
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

pub async fn pull(docker: &Docker, reference: &str, given: Option<&ImageCredentials>) -> Result<String, EngineError> {
    let failed = |problem| EngineError::Image { reference: reference.to_owned(), problem };
    let image = ImageReference::parse(reference)
        .map_err(|bad| failed(ImageProblem::Reference { reference: reference.to_owned(), reason: bad.reason }))?;
    let pass = credentials::pass(docker, &image, given).await;
    if let Err(error) = fetch(docker, &image, &pass).await {
        let Some((_, text)) = failure::answer(&error) else {
            return Err(docker.refused(format!("pull image `{reference}`"), &error));
        };
        let problem = failure::image_problem(text, &image, &pass.used);
        return Err(failed(registry::tell_apart(docker, problem, &image, &pass).await));
    }
    match observe::image(docker, reference).await? {
        Some(image) => Ok(image.id),
        None => Err(failed(ImageProblem::Other { reason: "it was pulled, and the engine does not have it".into() })),
    }
}

async fn fetch(docker: &Docker, image: &ImageReference, pass: &Pass) -> Result<(), bollard::errors::Error> {
    // Always with a version: without one an engine pulls every tag there is.
    let options = CreateImageOptionsBuilder::default()
        .from_image(&format!("{}/{}", image.registry(), image.path))
        .tag(image.version())
        .build();
    let patient = docker.client.clone().with_timeout(PATIENCE);
    let mut progress = std::pin::pin!(patient.create_image(Some(options), None, pass.credentials.clone()));
    while let Some(step) = progress.next().await {
        step?;
    }
    Ok(())
}
