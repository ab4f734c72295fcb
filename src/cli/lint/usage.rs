//! Options that make no sense together. Nothing that is said on a command line is passed over without a word.

use super::Args;
use crate::cli::console::variable;
use crate::cli::exit::{Exit, Failure};
use crate::cli::inputs::each_once;
use crate::cli::variables;

/// Refuses what cannot be meant.
pub fn check(args: &Args) -> Result<(), Failure> {
    if args.rules {
        return alone(args);
    }
    let refused = |what: &str, next: &str| Err(Failure::new(Exit::Usage, what).next(next));
    if !args.extensions.is_empty() && args.files.len() > 1 {
        return refused("`-e` belongs to one descriptor, and several are given", "check them one by one");
    }
    if !args.settings.is_empty() && args.files.len() > 1 {
        return refused(
            "`--set` and the like belong to one descriptor, and several are given",
            "check them one by one",
        );
    }
    if args.stdin_filename.is_some() && !args.files.iter().any(|path| path.as_os_str() == "-") {
        return refused("`--stdin-filename` names standard input, which is not read", "give `-` in place of a file");
    }
    if args.write_baseline.is_some() && (args.fixes.fix || args.fixes.diff) {
        return refused(
            "`--write-baseline` keeps what is found, and fixes change that",
            "fix first, and write the baseline then",
        );
    }
    if args.write_baseline.is_some() && args.baseline.is_some() && !comes_from_variable("baseline") {
        return refused(
            "`--write-baseline` keeps all that is found, and `--baseline` would hold some of it back",
            "give the old file to `--write-baseline`: it is written anew",
        );
    }
    each_once(&args.extensions)
}

/// `--rules` looks at nothing, so whatever says what to look at, or what to do with findings, was meant for something else. What a
/// variable says is meant for all commands, and does no harm.
fn alone(args: &Args) -> Result<(), Failure> {
    let options = [
        ("extension", !args.extensions.is_empty()),
        ("stdin-filename", args.stdin_filename.is_some()),
        ("force-exclude", args.force_exclude),
        ("fail-on", args.fail_on.is_some()),
        ("exit-zero", args.exit_zero),
        ("no-allow", args.no_allow),
        ("baseline", args.baseline.is_some()),
        ("write-baseline", args.write_baseline.is_some()),
        ("fix", args.fixes.fix),
        ("unsafe-fixes", args.fixes.unsafe_fixes),
        ("diff", args.fixes.diff),
    ];
    let other = match options.into_iter().find(|(name, given)| *given && !comes_from_variable(name)) {
        Some((name, _)) => format!("`--{name}`"),
        None if !args.settings.is_empty() => "`--set` and the like".to_owned(),
        None => match args.files.first() {
            Some(file) => format!("`{}`", file.display()),
            None => return Ok(()),
        },
    };
    Err(Failure::new(
        Exit::Usage,
        format!("`--rules` lists what there is to find and looks at nothing, so {other} means nothing"),
    )
    .next("leave one of the two out; only `-o` goes with `--rules`"))
}

fn comes_from_variable(flag: &str) -> bool {
    variable(&variables::name(flag)).is_some_and(|value| !value.is_empty())
}
