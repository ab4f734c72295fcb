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
use crate::plan::job;
use crate::plan::observed::Container;
use crate::plan::unit::Unit;
use crate::registry::DeploymentId;
use crate::report::paint::harmless;
use crate::store::{Access, KeptLog, Store};
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Show what the containers of an application have written
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  windlass logs shop                      All modules, in the order of time
  windlass logs shop/web -f --tail 20     One module: the last 20 lines, and what comes
  windlass logs shop/web --previous       What the container wrote that was there before")]
pub struct Args {
    /// ID of the application, and the module if only one is meant
    #[arg(value_name = "MTA[/MODULE]")]
    pub what: String,
    #[command(flatten)]
    pub lines: LineArgs,
}

/// Which lines, and how they are shown.
#[derive(Debug, clap::Args)]
pub struct LineArgs {
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// What the containers have written that were there before; it is kept when an operation removes them
    #[arg(short, long, conflicts_with = "follow")]
    pub previous: bool,
    /// Form of the lines; json: an object on each line
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Form,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let (mta, module) = match args.what.split_once('/') {
        Some((mta, module)) => (mta, Some(module)),
        None => (&*args.what, None),
    };
    let deployment = global.deployment(mta)?;
    let store = global.store(Access::Read)?;
    show(&deployment, module, &args.lines, &store, global)
}

/// Shows the logs of a deployment, or of one of its modules.
pub fn show(
    deployment: &DeploymentId,
    module: Option<&str>,
    args: &LineArgs,
    store: &Store,
    global: &Global,
) -> Outcome {
    let mta = &deployment.mta;
    let visible = args.secrets.decide(global)?;
    if args.previous {
        return previous(deployment, module, args, store);
    }
    runtime()?.block_on(async {
        let engine = Docker::connect(&global.engine()?).await?;
        let containers = engine.observe(deployment, &[]).await?.containers;
        if containers.is_empty() {
            let known = deployments(store, &engine).await?;
            return Err(if known.contains(deployment) {
                Failure::new(Exit::Usage, format!("`{deployment}` has no containers, and so no logs"))
                    .next("`windlass deploy` brings them back; `--previous` shows what they have written")
            } else {
                not_deployed(deployment, &known)
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
            Visible::Masked => store.deployed(deployment)?.record.map(|record| record.units).unwrap_or_default(),
        };
        let sources: Vec<Source<'_>> = sources(&chosen, &units);
        if args.follow { follow(&engine, &sources, args).await } else { past(&engine, &sources, args).await }
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
    module: String,
    instance: u32,
    /// `web/1 | `, in one width; nothing for a single container.
    prefix: String,
    /// An application that writes its password shows it to whoever reads the log, but not through windlass.
    veil: Veil,
}

impl Source<'_> {
    /// As JSON, `text` has its time stamp before it.
    fn line(&self, text: &str, args: &LineArgs, stream: Option<job::Stream>) -> String {
        let said = self.veil.over(text);
        match args.output_format {
            Form::Json => {
                let (at, line) = said.split_once(' ').unwrap_or((&said, ""));
                json_line(&self.module, self.instance, at, line, stream)
            }
            Form::Text => format!("{}{}\n", self.prefix, harmless(&said)),
        }
    }
}

fn sources<'c>(containers: &[&'c Container], units: &[Arc<Unit>]) -> Vec<Source<'c>> {
    let veil = |container: &Container| {
        let unit = units.iter().find(|unit| unit.module == container.module).map(Arc::as_ref);
        unit.map(Veil::of).unwrap_or_default()
    };
    let source = |(container, prefix): (&&'c Container, String)| Source {
        id: &container.id,
        module: container.module.to_string(),
        instance: container.instance,
        prefix,
        veil: veil(container),
    };
    containers.iter().zip(prefixes(containers)).map(source).collect()
}

/// Several containers wrote at the same time: their lines are put in the order of time.
async fn past(engine: &Docker, sources: &[Source<'_>], args: &LineArgs) -> Outcome {
    let sorts = sources.len() > 1;
    let shows_time = args.timestamps || args.output_format == Form::Json;
    let mut lines: Vec<(&Source<'_>, LogLine)> = Vec::new();
    for source in sources {
        let mut log = Box::pin(engine.logs(source.id, wanted(args, sorts || shows_time)));
        while let Some(line) = log.next().await {
            lines.push((source, line?));
        }
    }
    if sorts {
        // Time stamps have one form and one length; a stable sort leaves each container's own order alone.
        lines.sort_by(|(_, a), (_, b)| stamp(&a.text).cmp(stamp(&b.text)));
    }
    for (source, line) in lines {
        let text = match sorts && !shows_time {
            true => line.text.split_once(' ').map_or("", |(_, rest)| rest),
            false => &line.text,
        };
        print(&source.line(text, args, Some(line.stream)))?;
    }
    Ok(Exit::Ok)
}

fn stamp(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}

/// Until all containers have ended, or Ctrl-C.
async fn follow(engine: &Docker, sources: &[Source<'_>], args: &LineArgs) -> Outcome {
    let logs = sources.iter().map(|source| {
        let shows_time = args.timestamps || args.output_format == Form::Json;
        let lines = engine.logs(source.id, wanted(args, shows_time));
        let shown = |line: LogLine| source.line(&line.text, args, Some(line.stream));
        Box::pin(lines.map(move |line: Result<LogLine, EngineError>| line.map(shown)))
    });
    let mut all = stream::select_all(logs);
    while let Some(line) = all.next().await {
        let line: String = line?;
        print(&line)?;
    }
    Ok(Exit::Ok)
}

fn wanted(args: &LineArgs, timestamps: bool) -> LogLines {
    LogLines {
        tail: args.tail,
        since: args.since.and_then(|span| now().checked_sub(span)),
        timestamps,
        follow: args.follow,
    }
}

fn prefixes(containers: &[&Container]) -> Vec<String> {
    beginnings(containers.iter().map(|container| format!("{}/{}", container.module, container.instance)).collect())
}

fn beginnings(names: Vec<String>) -> Vec<String> {
    if names.len() < 2 {
        return vec![String::new(); names.len()];
    }
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    names.into_iter().map(|name| format!("{name:<width$} | ")).collect()
}

/// What was kept of the containers that were there before: of each instance the latest log.
fn previous(deployment: &DeploymentId, module: Option<&str>, args: &LineArgs, store: &Store) -> Outcome {
    let mut kept: Vec<KeptLog> = Vec::new();
    for log in store.kept_logs(deployment)? {
        let wanted = module.is_none_or(|module| module == log.module.as_str());
        if wanted && !kept.iter().any(|other| (&other.module, other.instance) == (&log.module, log.instance)) {
            kept.push(log);
        }
    }
    if kept.is_empty() {
        let what = module.map_or_else(|| deployment.to_string(), |module| format!("{deployment}/{module}"));
        return Err(Failure::new(Exit::Usage, format!("nothing is kept of earlier containers of `{what}`"))
            .why(
                "a log is kept when an operation of windlass removes its container, for 30 days, five of each instance",
            )
            .next("without `--previous`, what is there now is shown"));
    }
    kept.sort_by(|a, b| (&a.module, a.instance).cmp(&(&b.module, b.instance)));
    let prefixes = beginnings(kept.iter().map(|log| format!("{}/{}", log.module, log.instance)).collect());
    // Time stamps of one form compare as texts do.
    let since = args.since.and_then(|span| now().checked_sub(span));
    let since = since.and_then(|since| OffsetDateTime::from(since).format(&Rfc3339).ok()).unwrap_or_default();
    let mut lines: Vec<(&KeptLog, &str, &str)> = Vec::new();
    for (log, prefix) in kept.iter().zip(&prefixes) {
        let recent: Vec<&String> = log.lines.iter().filter(|line| stamp(line) >= &*since).collect();
        let tail = recent.len().saturating_sub(args.tail.unwrap_or(usize::MAX));
        lines.extend(recent[tail..].iter().map(|line| (log, prefix.as_str(), line.as_str())));
    }
    lines.sort_by(|(_, _, a), (_, _, b)| stamp(a).cmp(stamp(b)));
    for (log, prefix, line) in lines {
        let (at, text) = line.split_once(' ').unwrap_or((line, ""));
        print(&match (args.output_format, args.timestamps) {
            (Form::Json, _) => json_line(log.module.as_str(), log.instance, at, text, None),
            (Form::Text, true) => format!("{prefix}{}\n", harmless(line)),
            (Form::Text, false) => format!("{prefix}{}\n", harmless(text)),
        })?;
    }
    Ok(Exit::Ok)
}

fn json_line(module: &str, instance: u32, at: &str, line: &str, stream: Option<job::Stream>) -> String {
    let stream = stream.map(|stream| match stream {
        job::Stream::Out => "stdout",
        job::Stream::Err => "stderr",
    });
    let line = json!({"v": 1, "module": module, "instance": instance, "ts": at, "stream": stream, "line": line});
    format!("{line}\n")
}
