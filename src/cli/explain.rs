//! `windlass explain CODE`: the long text for a finding.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use crate::finding::{CODES, code};
use crate::name::nearest;

/// Explain a finding: what it means, why it matters, how to fix it
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass explain unresolved-reference   The page of one code, as Markdown
  windlass explain                        All codes with their titles")]
pub struct Args {
    /// The word in brackets behind `error` or `warning`; none: list all codes
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

pub fn run(args: Args, _global: &Global) -> Outcome {
    let Some(id) = args.code else {
        let list: String =
            CODES.iter().map(|code| format!("{:<8} {:<30} {}\n", code.severity.word(), code.id, code.title)).collect();
        print(&list)?;
        return Ok(Exit::Ok);
    };
    // People copy the brackets along: `error[unresolved-reference]`.
    let bare = id.split_once('[').map_or(&*id, |(_, rest)| rest).trim_end_matches(']');
    match code(bare) {
        Some(code) => {
            print(code.explain)?;
            Ok(Exit::Ok)
        }
        None => {
            let failure = Failure::new(Exit::Usage, format!("there is no finding with the code `{bare}`"));
            Err(match nearest(bare, CODES.iter().map(|code| code.id)) {
                Some(near) => failure.next(format!("did you mean `windlass explain {near}`?")),
                None => failure.next("`windlass explain` lists all codes"),
            })
        }
    }
}
