//! `windlass logs MTA[/MODULE]`: what the containers of an application write.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::ports::{not_deployed, now, runtime};
use super::secrets::{ShowSecrets, Visible};
use super::{Global, duration};
use crate::deploy::failure::Veil;
use crate::deploy::survey::deployments;
use crate::engine::{Docker, EngineError, LogLine, LogLines, Look};
use crate::name::nearest;
use crate::plan::observed::Container;
use crate::plan::unit::Unit;
use crate::report::paint::harmless;
use crate::store::Access;
use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use std::time::Duration;

/// Show what the containers of an application have written
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass logs shop                      All modules, in the order of time
  windlass logs shop/web -f --tail 20     One module: the last 20 lines, and what comes")]
pub struct Args {
    /// ID of the application, and the module if only one is meant
    #[arg(value_name = "MTA[/MODULE]")]
    pub what: String,
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// Only the last lines of each container
    #[arg(long, value_name = "N")]
    pub tail: Option<usize>,
    /// Only what was written in the last … (`90s`, `2m`, `1h30m`)
    #[arg(long, value_name = "DUR", value_parser = duration::parse)]
    pub since: Option<Duration>,
    /// The time before each line
    #[arg(long)]
    pub timestamps: bool,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let (mta, module) = match args.what.split_once('/') {
        Some((mta, module)) => (mta, Some(module)),
        None => (&*args.what, None),
    };
    let visible = args.secrets.decide(global)?;
    let deployment = global.deployment(mta)?;
    let store = global.store(Access::Read)?;
    runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let containers = engine.observe(&deployment, &[]).await?.containers;
        if containers.is_empty() {
            let known = deployments(&store, &engine).await?;
            return Err(if known.contains(&deployment) {
                Failure::new(Exit::Usage, format!("`{deployment}` has no containers, and so no logs"))
                    .next("`windlass deploy` brings them back")
            } else {
                not_deployed(&deployment, &known)
            });
        }
        let chosen = choose(&containers, module).map_err(|near| {
            let failure = Failure::new(
                Exit::Usage,
                format!("`{deployment}` has no containers of a module `{}`", module.unwrap_or_default()),
            );
            match near {
                Some(near) => failure.next(format!("did you mean `{mta}/{near}`?")),
                None => failure.next(format!("`windlass status {mta}` lists its modules")),
            }
        })?;
        let units = match visible {
            Visible::Secrets => Vec::new(),
            Visible::Masked => store.deployed(&deployment)?.record.map(|record| record.units).unwrap_or_default(),
        };
        let sources: Vec<Source<'_>> = sources(&chosen, &units);
        if args.follow { follow(&engine, &sources, &args).await } else { past(&engine, &sources, &args).await }
    })
}

/// The containers of one module, or all; the nearest name when there is no such module.
fn choose<'c>(containers: &'c [Container], module: Option<&str>) -> Result<Vec<&'c Container>, Option<&'c str>> {
    let Some(module) = module else { return Ok(containers.iter().collect()) };
    let chosen: Vec<&Container> = containers.iter().filter(|container| container.module.as_str() == module).collect();
    if chosen.is_empty() {
        Err(nearest(module, containers.iter().map(|container| container.module.as_str())))
    } else {
        Ok(chosen)
    }
}

/// A container whose log is shown.
struct Source<'c> {
    id: &'c str,
    /// `web/1 | `, in one width; nothing for a single container.
    prefix: String,
    /// An application that writes its password shows it to whoever reads the log, but not through windlass.
    veil: Veil,
}

impl Source<'_> {
    fn line(&self, text: &str) -> String {
        format!("{}{}\n", self.prefix, harmless(&self.veil.over(text)))
    }
}

fn sources<'c>(containers: &[&'c Container], units: &[Arc<Unit>]) -> Vec<Source<'c>> {
    let veil = |container: &Container| {
        let unit = units.iter().find(|unit| unit.module == container.module).map(Arc::as_ref);
        unit.map(Veil::of).unwrap_or_default()
    };
    let source =
        |(container, prefix): (&&'c Container, String)| Source { id: &container.id, prefix, veil: veil(container) };
    containers.iter().zip(prefixes(containers)).map(source).collect()
}

/// Several containers wrote at the same time: their lines are put in the order of time.
async fn past(engine: &Docker, sources: &[Source<'_>], args: &Args) -> Outcome {
    let sorts = sources.len() > 1;
    let mut lines: Vec<(&Source<'_>, String)> = Vec::new();
    for source in sources {
        let mut log = Box::pin(engine.logs(source.id, wanted(args, sorts || args.timestamps)));
        while let Some(line) = log.next().await {
            lines.push((source, line?.text));
        }
    }
    if sorts {
        // Time stamps have one form and one length; a stable sort leaves each container's own order alone.
        lines.sort_by(|(_, a), (_, b)| stamp(a).cmp(stamp(b)));
    }
    for (source, line) in lines {
        let line = if sorts && !args.timestamps { line.split_once(' ').map_or("", |(_, rest)| rest) } else { &line };
        print(&source.line(line))?;
    }
    Ok(Exit::Ok)
}

fn stamp(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// Until all containers have ended, or Ctrl-C.
async fn follow(engine: &Docker, sources: &[Source<'_>], args: &Args) -> Outcome {
    let logs = sources.iter().map(|source| {
        let lines = engine.logs(source.id, wanted(args, args.timestamps));
        Box::pin(lines.map(move |line: Result<LogLine, EngineError>| line.map(|line| source.line(&line.text))))
    });
    let mut all = stream::select_all(logs);
    while let Some(line) = all.next().await {
        let line: String = line?;
        print(&line)?;
    }
    Ok(Exit::Ok)
}

fn wanted(args: &Args, timestamps: bool) -> LogLines {
    LogLines {
        tail: args.tail,
        since: args.since.and_then(|span| now().checked_sub(span)),
        timestamps,
        follow: args.follow,
    }
}

fn prefixes(containers: &[&Container]) -> Vec<String> {
    if containers.len() < 2 {
        return vec![String::new(); containers.len()];
    }
    let names: Vec<String> =
        containers.iter().map(|container| format!("{}/{}", container.module, container.instance)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    names.into_iter().map(|name| format!("{name:<width$} | ")).collect()
}
