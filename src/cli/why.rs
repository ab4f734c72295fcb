//! `windlass why MTA/MODULE`: what started its containers.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::operation::style;
use crate::name::{ModuleName, nearest};
use crate::report::operations;
use crate::store::Access;

/// Say of each start of a module's containers why windlass started them, the newest first
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The engine restarts containers by itself when they end; those restarts are counted by `windlass status`.

Examples:
  windlass why shop/web
  windlass why shop/web -o json    For programs")]
pub struct Args {
    /// Application and module
    #[arg(value_name = "MTA/MODULE")]
    pub what: String,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: super::status::Output,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let Some((mta, module)) = args.what.split_once('/').filter(|(mta, module)| !mta.is_empty() && !module.is_empty())
    else {
        return Err(Failure::new(Exit::Usage, format!("`{}` names no module", args.what.escape_debug()))
            .next("write application and module: `windlass why shop/web`"));
    };
    let style = style(global);
    let store = global.store(Access::Read)?;
    let deployment = global.deployment(mta)?;
    let starts = store.starts(&deployment, &ModuleName::new(module))?;
    if starts.is_empty() && args.output_format == super::status::Output::Text {
        let known = store.modules_started(&deployment)?;
        let what = format!("no start of module `{module}` of `{deployment}` is known");
        let failure = Failure::new(Exit::Usage, what);
        return Err(match nearest(module, known.iter().map(ModuleName::as_str)) {
            Some(near) => failure.next(format!("did you mean `{mta}/{near}`?")),
            None => failure.next(format!("`windlass status {mta}` lists its modules")),
        });
    }
    print(&match args.output_format {
        super::status::Output::Text => operations::starts(&starts, style),
        super::status::Output::Json => format!("{:#}\n", operations::starts_json(&starts)),
    })?;
    Ok(Exit::Ok)
}
