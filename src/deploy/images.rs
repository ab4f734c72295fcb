//! What registries have, before anything is planned: whether a tag has moved since it was pulled, and whether an image that has to be
//! pulled is there at all.
//!
//! The engine asks, as it would for a pull, all images at the same time and within `PATIENCE`. What cannot move or was never in a
//! registry is not asked about: references with a digest, and images that were built on the engine. A registry that gives no
//! answer keeps nobody from planning; that nobody knows is said then.

use crate::engine::{EngineError, ImageProblem, Look, Manifest};
use crate::image::ImageReference;
use crate::plan::changes::short_digest;
use crate::plan::desired::Desired;
use crate::plan::observed::EngineState;
use crate::plan::unit::{ImageCredentials, Unit};
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nobody waits longer for all registries together.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two questions about an image that is waited for.
const AGAIN: Duration = Duration::from_secs(2);

/// How many questions are asked at the same time.
const AT_ONCE: usize = 16;

/// Whether registries are asked, and what for.
#[derive(Clone, Debug, Default)]
pub enum Inquiry {
    /// `--no-image-check`
    Never,
    #[default]
    Ask,
    /// `--wait-for-image`: an image that is not there yet is waited for.
    Wait { limit: Duration, heard: fn(&str) },
}

/// One image that somebody wants.
struct Wanted {
    reference: String,
    credentials: Option<ImageCredentials>,
    /// Whether the engine has it.
    here: bool,
}

/// What came of asking.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// One line each.
    pub notices: Vec<String>,
    /// Whether that took long enough for the world to be another one.
    pub waited: bool,
}

/// Fills in what registries have. An image that must be pulled, and that its registry says it does not have or does not hand out, is an
/// error now, before any container is touched.
pub(super) async fn inquire(
    engine: &impl Look,
    desired: &Desired,
    state: &mut EngineState,
    inquiry: &Inquiry,
) -> Result<Answers, EngineError> {
    let mut answers = Answers::default();
    if matches!(inquiry, Inquiry::Never) {
        return Ok(answers);
    }
    let wanted = wanted(desired, state);
    let until = Instant::now() + PATIENCE;
    let asked = stream::iter(wanted).map(|wanted| async move {
        let left = until.saturating_duration_since(Instant::now());
        let question = engine.manifest(&wanted.reference, wanted.credentials.as_ref());
        let answer = match tokio::time::timeout(left, question).await {
            Ok(answer) => answer,
            Err(_) => Err(too_slow(&wanted.reference)),
        };
        (wanted, answer)
    });
    let waits = matches!(inquiry, Inquiry::Wait { .. });
    let mut missing = Vec::new();
    for (wanted, answer) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
        match answer {
            Ok(Manifest { digest, .. }) => note(state, &wanted.reference, digest),
            Err(error) if !wanted.here && (is_final(&error) || (waits && may_come(&error))) => {
                missing.push((wanted, error));
            }
            Err(error) => answers.notices.extend(unknown(&wanted, &error)),
        }
    }
    for (wanted, error) in missing {
        let Inquiry::Wait { limit, heard } = inquiry else { return Err(error) };
        let digest = until_there(engine, &wanted, error, *limit, *heard).await?;
        note(state, &wanted.reference, digest);
        answers.waited = true;
    }
    Ok(answers)
}

/// Writes down what each module's image means, for the record and for `status`.
pub(super) fn note_digests(desired: &mut Desired, state: &EngineState) {
    for wanted in &mut desired.units {
        if let Some(digest) = state.digest(&wanted.unit.image) {
            Arc::make_mut(&mut wanted.unit).digest = Some(digest.clone());
        }
    }
}

fn note(state: &mut EngineState, reference: &str, digest: Option<String>) {
    if let Some(digest) = digest {
        state.registry.insert(reference.to_owned(), digest);
    }
}

/// The images worth a question, in the order of the modules, each once.
fn wanted(desired: &Desired, state: &EngineState) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::new();
    let runs = |unit: &&Arc<Unit>| unit.instances > 0 || !unit.tasks.is_empty();
    for unit in desired.units.iter().map(|wanted| &wanted.unit).filter(runs) {
        let here = state.images.contains_key(&unit.image);
        let Ok(image) = ImageReference::parse(&unit.image) else { continue };
        let may_differ = !here || (image.digest.is_none() && state.digests.contains_key(&unit.image));
        let known = all.iter().any(|other| other.reference == unit.image && other.credentials == unit.credentials);
        if may_differ && !known {
            let (reference, credentials) = (unit.image.clone(), unit.credentials.clone());
            all.push(Wanted { reference, credentials, here });
        }
    }
    all
}

/// Asks again until the image is there, or the time is over. What asking again does not change ends it at once.
async fn until_there(
    engine: &impl Look,
    wanted: &Wanted,
    first: EngineError,
    limit: Duration,
    heard: fn(&str),
) -> Result<Option<String>, EngineError> {
    let until = Instant::now() + limit;
    let mut error = first;
    if may_come(&error) {
        heard(&format!("{error}; waiting for it, at most {}", super::failure::in_words(limit)));
    }
    while may_come(&error) && Instant::now() < until {
        tokio::time::sleep(AGAIN.min(until.saturating_duration_since(Instant::now()))).await;
        match engine.manifest(&wanted.reference, wanted.credentials.as_ref()).await {
            Ok(found) => {
                let digest = found.digest.as_deref().map(short_digest).unwrap_or_default();
                heard(format!("image `{}` is there {digest}", wanted.reference).trim_end());
                return Ok(found.digest);
            }
            Err(now) => error = now,
        }
    }
    Err(error)
}

/// Whether a pull would fail just so.
fn is_final(error: &EngineError) -> bool {
    match error {
        EngineError::Image { problem, .. } => match problem {
            ImageProblem::Credentials { .. }
            | ImageProblem::Expired { .. }
            | ImageProblem::Scope { .. }
            | ImageProblem::Repository { .. }
            | ImageProblem::Tag { .. }
            | ImageProblem::Missing { .. }
            | ImageProblem::Reference { .. } => true,
            // The way there may be open in a moment, or open for a pull only.
            ImageProblem::Host { .. } | ImageProblem::Tls { .. } | ImageProblem::Other { .. } => false,
        },
        EngineError::Unreachable { .. }
        | EngineError::BadEndpoint { .. }
        | EngineError::PortTaken { .. }
        | EngineError::Refused { .. } => false,
    }
}

/// Whether somebody may be about to push it.
fn may_come(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Image {
            problem: ImageProblem::Repository { .. }
                | ImageProblem::Tag { .. }
                | ImageProblem::Missing { .. }
                // On the way to what is pushed meanwhile, a registry may be away for a moment.
                | ImageProblem::Host { .. },
            ..
        }
    )
}

fn too_slow(reference: &str) -> EngineError {
    let host = ImageReference::parse(reference).map_or_else(|_| reference.to_owned(), |image| image.registry());
    let reason = format!("no answer within {} s", PATIENCE.as_secs());
    EngineError::Image { reference: reference.to_owned(), problem: ImageProblem::Host { host, reason } }
}

/// What nobody knows now. That a missing image cannot be asked for is told by its pull.
fn unknown(wanted: &Wanted, error: &EngineError) -> Option<String> {
    let problem = match error {
        EngineError::Image { problem, .. } => problem.to_string(),
        other => other.to_string(),
    };
    wanted
        .here
        .then(|| format!("whether the tag of image `{}` has moved could not be asked: {problem}", wanted.reference))
}
