//! `windlass state`: a copy of what windlass remembers, putting one back, and whether all of it is whole.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::ports::now;
use crate::report::state::{Finding, StateCheck};
use crate::store::{self, Access, FlawKind, KeyPart, Store};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Keep, bring back or check what windlass remembers of its deployments
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass state backup                     Into a new file in this folder
  windlass state restore state.tar          What was there is kept aside
  windlass state check                      Whether everything can be read")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Check(CheckArgs),
}

/// Copy the state into one new file, whatever is at work meanwhile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The file is for its owner only. With the key in it, it opens every secret that windlass keeps. Its path is the only line on
standard output.

Examples:
  windlass state backup                                    windlass-state-20261120T180000Z.tar
  windlass state backup /backups/windlass.tar
  windlass state backup --without-key /backups/state.tar   For places where others can read it")]
pub struct BackupArgs {
    /// A file that is not there yet (default: `windlass-state-TIME.tar` in this folder)
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Leave the key out: what is sealed opens only where the key is kept
    #[arg(long)]
    pub without_key: bool,
}

/// Put a backup in the place of the state; what was there is kept aside
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The backup is unpacked, brought up to date and checked first. Nothing is exchanged while another windlass uses the state. Containers
are not touched: `windlass plan` shows what differs from what the backup remembers.

Examples:
  windlass state restore windlass-state-20261120T180000Z.tar
  windlass state restore state.tar --state-dir /srv/windlass   On a new machine")]
pub struct RestoreArgs {
    /// A file that `windlass state backup` has written
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Check that the state is whole: database, key, sealed parts, records, who else can read it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Nothing is changed, but for a state of an earlier version, which is brought up to date. The exit code is 1 when something is
wrong.

Examples:
  windlass state check
  windlass state check -o json    For programs")]
pub struct CheckArgs {
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    match args.command {
        Command::Backup(args) => backup(&args, global),
        Command::Restore(args) => restore(&args, global),
        Command::Check(args) => check(&args, global),
    }
}

fn backup(args: &BackupArgs, global: &Global) -> Outcome {
    let at = OffsetDateTime::from(now());
    let file = args.file.clone().unwrap_or_else(|| format!("windlass-state-{}.tar", stamp(at)).into());
    let part = if args.without_key { KeyPart::Apart } else { KeyPart::Inside };
    let store = global.store(Access::Read)?;
    store.back_up(&file, part, &at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default())?;
    global.note(match part {
        KeyPart::Inside => "the key is in it: whoever can read this file can read every secret that windlass keeps",
        KeyPart::Apart => {
            "the key is not in it: without a copy of the key file, nothing that is sealed in it opens again"
        }
    });
    print(&format!("{}\n", file.display()))?;
    Ok(Exit::Ok)
}

fn restore(args: &RestoreArgs, global: &Global) -> Outcome {
    let state = global.state_file()?;
    let restored = store::restore(&state, &args.file, &stamp(OffsetDateTime::from(now())))?;
    let about = &restored.about;
    global.note(&format!(
        "`{}` is the state of {} again, as windlass {} kept it",
        state.display(),
        about.at,
        about.windlass
    ));
    if let Some(why) = &restored.unasked {
        global.note(&format!("nobody could tell whether something was at work on the state that was there: {why}"));
    }
    if let Some(aside) = &restored.aside {
        global.note(&format!("what was there is in `{}`; remove it when nobody needs it", aside.display()));
    }
    global.note("containers are as they were; `windlass plan` shows what differs from what this state remembers");
    Ok(Exit::Ok)
}

fn check(args: &CheckArgs, global: &Global) -> Outcome {
    let path = global.state_file()?;
    if path.symlink_metadata().is_err() {
        return Err(store::StoreError::NothingThere { path }.into());
    }
    let mut check = StateCheck {
        v: 1,
        path: path.display().to_string(),
        schema: None,
        read: Default::default(),
        findings: Vec::new(),
    };
    match Store::open(&path, Access::Read) {
        Err(error) => check.findings.push(unusable(error)),
        Ok(store) => {
            let examined = store.examine();
            check.schema = Some(examined.schema);
            check.read = examined.counted.iter().map(|counted| (counted.what.to_owned(), counted.count)).collect();
            check.findings = examined.flaws.into_iter().map(finding).collect();
        }
    }
    let found = !check.findings.is_empty();
    let text = match args.output_format {
        Form::Text => check.text(global.stdout().colour),
        Form::Json => check
            .to_json()
            .map(|json| json + "\n")
            .map_err(|error| Failure::new(Exit::Bug, "the check cannot be written as JSON").why(error.to_string()))?,
    };
    print(&text)?;
    Ok(if found { Exit::Findings } else { Exit::Ok })
}

/// The state cannot even be opened.
fn unusable(error: store::StoreError) -> Finding {
    let text = error.to_string();
    let next = match Failure::from(error) {
        Failure::Message { next, .. } => next,
        Failure::Findings { .. } => Vec::new(),
    };
    Finding { kind: "unusable", text, next }
}

fn finding(flaw: store::Flaw) -> Finding {
    let restore = "put a copy in its place: `windlass state restore FILE`";
    let (kind, next): (_, Vec<String>) = match flaw.kind {
        FlawKind::Exposed { wanted } => {
            ("exposed", vec![format!("take the rights of others away: `chmod {wanted:o}`")])
        }
        FlawKind::Damaged => ("damaged", vec![restore.into()]),
        FlawKind::Sealed => (
            "sealed",
            vec![
                "put the right key back in its place, if it is the key".into(),
                restore.into(),
                "or deploy again what is meant, and set secrets again with `windlass secret set`".into(),
            ],
        ),
        FlawKind::Unreadable => ("unreadable", vec![restore.into()]),
        FlawKind::Foreign => ("foreign", vec!["windlass passes over it; remove it if nobody needs it".into()]),
        FlawKind::LeftOver => ("left-over", vec!["remove it when no windlass is at work".into()]),
    };
    Finding { kind, text: flaw.what, next }
}

/// `20261120T180000Z`, for names of files.
fn stamp(at: OffsetDateTime) -> String {
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}
