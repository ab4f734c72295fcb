//! What `deploy` and `undeploy` have in common: options, progress, Ctrl-C, questions, and how it ended.

use super::console::{complain, print};
use super::exit::{Exit, Failure};
use super::ordered::Manner;
use super::ports::now;
use super::{Global, duration};
use crate::deploy::failure::in_words;
use crate::deploy::stop::{Stopper, Urgency, stop};
use crate::deploy::{Options, Outcome, Report};
use crate::plan::difference::PlanOptions;
use crate::plan::{Hooks, Plan, Restart, Secrets, Suspended};
use crate::report::operation::{ending, failure};
use crate::report::paint::Colour;
use crate::report::plan_text::{self, PlanStyle, View};
use crate::report::progress::{self, Form, Progress};
use sha2::{Digest, Sha256};
use std::io::{BufRead, IsTerminal};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use time::UtcOffset;

#[derive(Debug, clap::Args)]
pub struct OperationArgs {
    /// So many engine calls at the same time, at most; 1: one step after the other, each complete before the next begins
    /// (default: 4 per core, at most 32)
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub parallel: Option<NonZeroUsize>,
    /// How progress is shown; json: one event per line on standard output
    #[arg(long, value_name = "FORM", default_value = "auto")]
    pub progress: ProgressForm,
    /// How long a task, a hook or an executed application may run, instead of what the descriptor says (`90s`, `2m`)
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub task_timeout: Option<Duration>,
    /// Wait so long (`90s`, `5m`) when another operation is at work on the application, instead of refusing at once
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub lock_timeout: Option<Duration>,
    /// Give the operation up when it fails, so that nothing of it waits to be resumed or aborted
    #[arg(long)]
    pub abort_on_error: bool,
    /// Run no hooks: the way out when one cannot succeed
    #[arg(long)]
    pub no_hooks: bool,
    /// Give modules of other applications their new environment, but do not restart them
    #[arg(long)]
    pub no_restart_subscribed_apps: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ProgressForm {
    Auto,
    Tty,
    Plain,
    Json,
    Quiet,
}

/// How long the silence may last before the operation says what it waits for.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Before another try.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long another operation on a subscriber is waited for.
const SUBSCRIBER_PATIENCE: Duration = Duration::from_secs(10);

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "say a whole number, at least 1".to_owned())
}

/// One operation, about to begin.
pub struct Prepared {
    pub options: Options,
    pub progress: Progress,
    pub form: Form,
    stopper: Stopper,
    heeds: Arc<AtomicBool>,
    /// Of progress, for another operation.
    looks: (Colour, UtcOffset),
}

impl OperationArgs {
    /// How the operation is to be carried out, for its record.
    pub fn manner(&self, start_timeout: Option<Duration>) -> Manner {
        Manner {
            start_timeout,
            task_timeout: self.task_timeout,
            parallel: self.parallel,
            abort_on_error: self.abort_on_error,
            ..Manner::default()
        }
    }

    /// What the options say about the plan. Progress and reports show no secrets, whoever asks.
    pub fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            subscribers: if self.no_restart_subscribed_apps { Restart::Later } else { Restart::Now },
            hooks: if self.no_hooks { Hooks::Skip } else { Hooks::Run },
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        }
    }

    /// Must be called while the process has one thread: only then does the system tell the offset of local time.
    pub fn prepare(&self, global: &Global, start_timeout: Option<Duration>) -> Prepared {
        let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
        let console = global.stderr();
        let form = match self.progress {
            ProgressForm::Json => Form::Json,
            ProgressForm::Quiet => Form::Quiet,
            ProgressForm::Tty => Form::Terminal,
            ProgressForm::Plain => Form::Plain,
            ProgressForm::Auto if global.quiet > 0 => Form::Quiet,
            ProgressForm::Auto if console.terminal => Form::Terminal,
            ProgressForm::Auto => Form::Plain,
        };
        let operation = operation_id();
        let (stopper, stop) = stop();
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let by_default = NonZeroUsize::new((4 * cores).min(32)).unwrap_or(NonZeroUsize::MIN);
        let progress = Progress::new(form, &operation, console.colour, offset);
        let options = Options {
            operation,
            parallel: self.parallel.unwrap_or(by_default),
            start_timeout,
            task_timeout: self.task_timeout,
            abort_on_error: self.abort_on_error,
            heartbeat: HEARTBEAT,
            patience: self.lock_timeout.unwrap_or_default(),
            subscriber_patience: SUBSCRIBER_PATIENCE,
            stop,
        };
        Prepared { options, progress, form, stopper, heeds: Arc::default(), looks: (console.colour, offset) }
    }
}

impl Prepared {
    /// From now on, Ctrl-C (and the signal that CI systems and service managers send) asks the operation to stop instead
    /// of ending the process. Called when something is about to be changed: until then, ending is what people want.
    pub fn heed_signals(&self) {
        if !self.heeds.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(self.stopper.clone()));
        }
    }

    /// Another operation of the same command.
    pub fn anew(&self) -> Prepared {
        let operation = operation_id();
        let (colour, offset) = self.looks;
        Prepared {
            progress: Progress::new(self.form, &operation, colour, offset),
            options: Options { operation, ..self.options.clone() },
            form: self.form,
            stopper: self.stopper.clone(),
            heeds: Arc::clone(&self.heeds),
            looks: self.looks,
        }
    }

    /// Whether somebody has pressed Ctrl-C.
    pub fn is_stopped(&self) -> bool {
        self.options.stop.urgency() != Urgency::GoOn
    }

    /// Says that there will be another try, and waits for it, longer each time. Returns whether somebody has pressed Ctrl-C.
    pub async fn pause_before_another_try(&self, pause: &mut Duration, left: u32, global: &Global) -> bool {
        let span = in_words(*pause);
        global.note(&format!("another try in {span} ({left} left): the failure was not about what is deployed"));
        let mut stop = self.options.stop.clone();
        let stopped = tokio::time::timeout(*pause, stop.beyond(Urgency::GoOn)).await.is_ok();
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        stopped
    }

    /// Shows how it ended, and says the exit code. `again`: the command that goes on.
    pub fn conclude(&self, plan: &Plan, report: &Report, again: &str, global: &Global) -> Exit {
        if global.quiet < 2 && self.form != Form::Json {
            let colour = global.stderr().colour;
            let mut text = String::new();
            for failed in report.failures.iter().chain(&report.subscriber_failures) {
                text += "\n";
                text += &failure(failed, colour);
            }
            let end = ending(plan, report, again, colour);
            if !end.is_empty() {
                text += "\n";
                text += &end;
            }
            // The exit code says it all the same when standard error is closed.
            let _ = complain(&text);
        }
        if self.form == Form::Json {
            // Events tell of steps. What failed beside them, after the last of them, is told here.
            let beside = report.failures.iter().filter(|failed| matches!(&*failed.subject, "state" | "lock"));
            let text: String = beside.map(|failed| failure(failed, Colour::Off)).collect();
            let _ = complain(&text);
        }
        match report.outcome {
            Outcome::Finished => Exit::Ok,
            Outcome::Restored => Exit::Restored,
            Outcome::Partial => Exit::Partial,
            Outcome::Subscribers => Exit::Subscribers,
            Outcome::Interrupted => Exit::Interrupted,
        }
    }
}

#[cfg(unix)]
async fn listen(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    // Without these handlers a signal ends the process, as it does by default.
    if let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        loop {
            tokio::select! {
                _ = interrupt.recv() => stopper.press(),
                _ = terminate.recv() => stopper.press(),
            }
        }
    }
}

#[cfg(not(unix))]
async fn listen(stopper: Stopper) {
    while tokio::signal::ctrl_c().await.is_ok() {
        stopper.press();
    }
}

/// Runs an operation. One that could not begin has told no events: programs that read them are told its end all the same,
/// since they wait for it.
pub fn told(form: ProgressForm, work: impl FnOnce() -> Result<Exit, Failure>) -> Result<Exit, Failure> {
    let outcome = work();
    if let Err(failure) = &outcome
        && form == ProgressForm::Json
    {
        let exit = failure.exit();
        print(&progress::not_begun(now(), &operation_id(), exit.word(), exit as u8))?;
    }
    outcome
}

/// Eight digits: unique enough to tell operations apart in labels and logs.
fn operation_id() -> String {
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let digest = Sha256::digest(format!("{} {}", std::process::id(), since.as_nanos()));
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Says whose lock was taken over, when its holder had died.
pub fn mention_takeover(dead: Option<&str>, global: &Global) {
    if let Some(from) = dead {
        global.note(&format!("an earlier operation did not end ({from}); its lock was taken over"));
    }
}

/// Whether questions can be asked at all.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Shows what a plan changes to who is asked about it. `engine`: where it would happen.
pub fn show_changes(plan: &Plan, engine: Option<&str>, global: &Global) -> Result<(), Failure> {
    let console = global.stderr();
    let style = PlanStyle {
        view: View::Changes,
        colour: console.colour,
        width: console.width,
        secrets: Secrets::Mask,
        engine,
        next: None,
    };
    complain(&plan_text::render(plan, &style))
}

/// Asks a question that names what goes; everything but a clear yes means no.
pub fn ask(question: &str) -> Result<(), Failure> {
    complain(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Exit::Interrupted, "nothing was changed, because the answer was not yes"))
}
