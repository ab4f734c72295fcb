//! The process: arguments in, exit code out. Nothing else ends it.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use windlass::cli::{self, exit::Exit};

/// Resolving a large descriptor makes and drops a million small values; this allocator takes a third off the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    ExitCode::from(cli::run(std::env::args_os()) as u8)
}

/// A panic is a bug in windlass, never the user's fault: says so, and says what to send.
fn report_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let payload = panic.payload();
    let what = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let what = what.unwrap_or("no message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(
        std::io::stderr().lock(),
        "error: this is a bug in windlass, not in your descriptor\n  \
           what: {what}\n  \
          where: {place} (windlass {version}, {os}-{arch})\n  \
        command: {command}\n  \
           next: report the lines above; `windlass status` shows what is deployed",
        version = env!("CARGO_PKG_VERSION"),
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH,
        command = command_without_values(std::env::args_os().skip(1)),
    );
    #[expect(clippy::disallowed_methods, reason = "main ends the process")]
    std::process::exit(Exit::Bug as i32);
}

/// The command and its flags. Values stay out: people paste this into public trackers.
fn command_without_values(arguments: impl Iterator<Item = OsString>) -> String {
    let mut words = vec!["windlass".to_owned()];
    for argument in arguments {
        let argument = argument.to_string_lossy();
        if argument.starts_with('-') {
            words.push(argument.split('=').next().unwrap_or_default().to_owned());
        } else if words.len() == 1 {
            words.push(argument.into_owned());
        } else {
            words.push("…".to_owned());
        }
    }
    words.join(" ")
}
