//! Asking again when an engine does not answer for a moment: it is being restarted, or a connection was cut.
//!
//! Only what may be done twice is done again: questions, and verbs whose second time changes nothing (removing what is gone,
//! putting up a mark that stands). Whether any other verb was done before its answer got lost, nobody knows; its step
//! fails, and the next operation looks at what is there. The first contact of a command is never repeated: that no engine is
//! there shall be told at once.

use super::failure;
use bollard::errors::Error;
use std::time::{Duration, Instant};

/// As long as an engine takes to start again.
const OUTAGE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Asks until there is an answer, or it is clear that there will be none.
pub async fn asking<T, F: Future<Output = Result<T, Error>>>(question: impl FnMut() -> F) -> Result<T, Error> {
    again(question, |error| is_outage(error) || failure::answer(error).is_some_and(|(status, _)| status == 500)).await
}

/// Does until it is done what may be done twice. What the engine refuses is not repeated.
pub async fn insisting<T, F: Future<Output = Result<T, Error>>>(verb: impl FnMut() -> F) -> Result<T, Error> {
    again(verb, is_outage).await
}

async fn again<T, F: Future<Output = Result<T, Error>>>(
    mut what: impl FnMut() -> F,
    may_pass: impl Fn(&Error) -> bool,
) -> Result<T, Error> {
    let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        match what().await {
            Err(error) if may_pass(&error) && began.elapsed() < OUTAGE => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            ended => return ended,
        }
    }
}

/// Nobody answers, or somebody in between does and cannot reach the engine. A socket that this user may not open stays so.
fn is_outage(error: &Error) -> bool {
    match error {
        Error::HyperLegacyError { .. }
        | Error::HyperResponseError { .. }
        | Error::IOError { .. }
        | Error::SocketNotFoundError(_) => !failure::chain(error).to_lowercase().contains("permission denied"),
        other => failure::answer(other).is_some_and(|(status, _)| matches!(status, 502..=504)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status_code: u16) -> Error {
        Error::DockerResponseServerError { status_code, message: "no".into() }
    }

    fn cut(kind: std::io::ErrorKind) -> Error {
        Error::IOError { err: kind.into() }
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    /// How often it is tried when the first try fails so and the second succeeds.
    fn tries(verb: bool, error: &dyn Fn() -> Error) -> usize {
        let mut tries = 0;
        run(async {
            let what = || {
                tries += 1;
                std::future::ready(if tries == 1 { Err(error()) } else { Ok(()) })
            };
            let _ = if verb { insisting(what).await } else { asking(what).await };
        });
        tries
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_is_refused_is_not() {
        use std::io::ErrorKind;
        for verb in [false, true] {
            assert_eq!(tries(verb, &|| cut(ErrorKind::ConnectionReset)), 2);
            assert_eq!(tries(verb, &|| refused(503)), 2);
            assert_eq!(tries(verb, &|| refused(404)), 1);
            assert_eq!(tries(verb, &|| cut(ErrorKind::PermissionDenied)), 1);
            assert_eq!(tries(verb, &|| refused(500)), if verb { 1 } else { 2 });
        }
    }
}
