//! `--watch`: looks again whenever something happens, and shows what has changed, until somebody has seen enough.
//!
//! What happens to containers is told by the engine. What happens only in the state (an operation begins, a module is
//! suspended) is found by looking from time to time.

use super::Global;
use super::console::print;
use super::exit::{Failure, Outcome};
use super::ports::{now, runtime};
use crate::deploy::roster::Listed;
use crate::engine::{Docker, Look};
use crate::report::module::json;
use crate::report::watch::{Screen, Seen, changed, changes, cleared, fitted, redrawn, rows, seen};
use futures_util::{FutureExt, StreamExt};
use std::pin::pin;
use std::time::{Duration, Instant};
use time::{OffsetDateTime, UtcOffset};

/// However much happens: not more often.
const CALM: Duration = Duration::from_secs(1);

/// However little happens: not more seldom.
const AGAIN: Duration = Duration::from_secs(5);

/// How changes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table on a terminal, else a line for each change.
    Text,
    /// A line of JSON for each module that has changed.
    Json,
}

/// Watches what `look` finds. Must be called while the process has one thread: only then does the system tell the offset of
/// local time.
pub fn watch(form: Form, global: &Global, look: impl AsyncFn(&Docker) -> Result<Vec<Listed>, Failure>) -> Outcome {
    let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
    let selection = global.engine()?;
    runtime()?.block_on(async {
        let engine = Docker::connect(&selection).await?;
        let mut stirrings = pin!(engine.stirrings());
        let mut shown = Shown { form, offset, rows: Vec::new(), screen: None, seen: Seen::new() };
        loop {
            shown.show(&look(&engine).await?, global)?;
            let began = Instant::now();
            tokio::select! {
                told = stirrings.next() => match told {
                    // One thing seldom comes alone.
                    Some(Ok(())) => {
                        tokio::time::sleep(CALM.saturating_sub(began.elapsed())).await;
                        while let Some(Some(Ok(()))) = stirrings.next().now_or_never() {}
                    }
                    // Whether the engine is gone is found by the next look.
                    Some(Err(_)) | None => tokio::time::sleep(AGAIN).await,
                },
                () = resized() => {}
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    })
}

struct Shown {
    form: Form,
    offset: UtcOffset,
    /// What stands on the screen, and how large that was.
    rows: Vec<String>,
    screen: Option<Screen>,
    seen: Seen,
}

impl Shown {
    fn show(&mut self, modules: &[Listed], global: &Global) -> Result<(), Failure> {
        let console = global.stdout();
        let at = OffsetDateTime::from(now()).to_offset(self.offset);
        let text = match (self.form, console.terminal) {
            (Form::Json, _) => {
                changed(&self.seen, modules).into_iter().map(|module| format!("{}\n", json(module))).collect()
            }
            (Form::Text, false) => {
                let clock = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
                changes(&self.seen, &seen(modules)).iter().map(|line| format!("{clock} {line}\n")).collect()
            }
            (Form::Text, true) => {
                let screen = Screen { rows: console.height(), columns: console.width };
                let mut text = String::new();
                if self.screen.is_some_and(|before| before != screen) {
                    text = cleared(&self.rows, screen.columns);
                    self.rows.clear();
                }
                let after = fitted(&rows(modules, at, self.offset, console.colour), screen);
                text += &redrawn(&self.rows, &after);
                (self.rows, self.screen) = (after, Some(screen));
                text
            }
        };
        self.seen = seen(modules);
        if text.is_empty() { Ok(()) } else { print(&text) }
    }
}

/// The terminal has another size now.
#[cfg(unix)]
async fn resized() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::window_change()) {
        Ok(mut changes) => _ = changes.recv().await,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn resized() {
    std::future::pending().await
}
