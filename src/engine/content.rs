//! Files into containers, as tar streams: nothing is held in memory but what is on its way.

use super::EngineError;
use super::docker::Docker;
use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use std::io;
use std::time::Duration;

/// A gigabyte over a slow line takes its time.
const PATIENCE: Duration = Duration::from_secs(3600);

pub async fn fill(
    docker: &Docker,
    id: &str,
    files: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
) -> Result<(), EngineError> {
    upload(docker, id, "/", files).await
}

/// The engine hands a folder out under its last name, and takes it in below the folder that it stands in.
pub async fn copy_folder(docker: &Docker, from: &str, to: &str, folder: &str) -> Result<(), EngineError> {
    let patient = docker.client.clone().with_timeout(PATIENCE);
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    let options = DownloadFromContainerOptionsBuilder::default().path(folder).build();
    let pump = async {
        let mut pieces = std::pin::pin!(patient.download_from_container(from, Some(options)));
        while let Some(piece) = pieces.next().await {
            let (piece, failure) = match piece {
                Ok(piece) => (Ok(piece.to_vec()), Ok(())),
                Err(error) => (Err(io::Error::other(error.to_string())), Err(error)),
            };
            // Whoever takes the pieces may have failed, and says so.
            if sender.send(piece).await.is_err() {
                break;
            }
            failure?;
        }
        drop(sender);
        Ok(())
    };
    let pieces = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let parent = folder.trim_end_matches('/').rsplit_once('/').map_or("/", |(parent, _)| parent);
    let parent = if parent.is_empty() { "/" } else { parent };
    let (read, written) = futures_util::join!(pump, upload(docker, to, parent, pieces));
    read.map_err(|error| docker.refused("hand out the content of a container", &error))?;
    written
}

async fn upload(
    docker: &Docker,
    id: &str,
    at: &str,
    files: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
) -> Result<(), EngineError> {
    let patient = docker.client.clone().with_timeout(PATIENCE);
    let options = UploadToContainerOptionsBuilder::default().path(at).build();
    let body = bollard::body_try_stream(files.map_ok(Into::into));
    let sent = patient.upload_to_container(id, Some(options), body).await;
    sent.map_err(|error| docker.refused("take in the content of a module", &error))
}
